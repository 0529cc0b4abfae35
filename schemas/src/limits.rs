//! Every number that bounds something on the wire, once. The unit is the last word of the name.
//!
//! A relay may be configured stricter where its configuration says so; none of these can be raised by a peer.

/// Version of this protocol. Signed at sign-in; a peer of another version is refused.
pub const PROTOCOL_VERSION: u16 = 1;

/// Largest websocket message, either way.
pub const FRAME_MAX_BYTES: usize = 512 * 1024;
/// Largest frame before sign-in, when nothing is known about the peer.
pub const SIGN_IN_FRAME_MAX_BYTES: usize = 16 * 1024;
/// Deepest nesting of CBOR arrays and maps in any frame, payload or charter.
pub const NESTING_MAX_LEVELS: usize = 12;

/// Largest whole number in a frame, payload or charter: what the databases of both sides hold.
pub const NUMBER_MAX: u64 = 9_223_372_036_854_775_807;

/// Smallest envelope bucket: shorter ones are padded up to it.
pub const ENVELOPE_MIN_BYTES: usize = 512;
/// Largest envelope, after padding.
pub const ENVELOPE_MAX_BYTES: usize = 128 * 1024;
/// Largest Welcome, after padding.
pub const WELCOME_MAX_BYTES: usize = 256 * 1024;
/// Welcome bytes that one append may put into inboxes, once for each device: sixteen of the largest. An opening, which
/// only professionals make, may fill a whole tree.
pub const WELCOMES_PER_APPEND_BYTES: usize = 4 * 1024 * 1024;
/// Size of every control envelope, so that a receipt and a block look alike.
pub const CONTROL_ENVELOPE_BYTES: usize = 1024;
/// Bytes of an envelope that inner padding leaves free for MLS framing, tag and signature.
pub const MLS_OVERHEAD_BYTES: usize = 256;
/// Longest text of one message, UTF-8.
pub const TEXT_MAX_BYTES: usize = 32 * 1024;

/// Largest document, before padding and encryption.
pub const DOCUMENT_MAX_BYTES: u64 = 100 * 1024 * 1024;
/// Smallest document bucket: shorter documents are padded up to it.
pub const DOCUMENT_BUCKET_MIN_BYTES: u64 = 16 * 1024;
/// Documents in one message.
pub const DOCUMENTS_PER_MESSAGE: usize = 8;
/// Longest name of a document, UTF-8.
pub const DOCUMENT_NAME_MAX_BYTES: usize = 480;
/// Longest media type of a document.
pub const MEDIA_TYPE_MAX_BYTES: usize = 100;
/// Every chunk of a blob but its last, authentication tag included.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// Authentication tag at the end of every chunk.
pub const CHUNK_TAG_BYTES: usize = 16;
/// Largest blob: a document of [`DOCUMENT_MAX_BYTES`], encrypted.
pub const BLOB_MAX_BYTES: u64 = 104_864_016;
/// Days after which the relay forgets a blob that is not whole.
pub const OPEN_BLOB_DAYS: u64 = 2;

/// Entries of one part of a history, as its writer ends it.
pub const HISTORY_PART_ENTRIES: usize = 5000;
/// Plaintext at which the writer of a part of a history ends it, too.
pub const HISTORY_PART_END_BYTES: u64 = 4 * 1024 * 1024;
/// Largest part of a history, before padding and encryption.
pub const HISTORY_PART_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Parts of one history.
pub const HISTORY_PARTS_MAX: usize = 512;
/// Threads that a history may be chosen of by name.
pub const HISTORY_THREADS_MAX: usize = 1024;
/// Largest record of a history.
pub const HISTORY_RECORD_MAX_BYTES: usize = 128 * 1024;

/// Largest KeyPackage on suite 0x004F with a certificate chain in its leaf.
pub const KEY_PACKAGE_MAX_BYTES: usize = 16 * 1024;
/// KeyPackages in one publication.
pub const KEY_PACKAGES_PER_PUBLICATION: usize = 32;
/// One-time KeyPackages that the relay keeps for one device.
pub const KEY_PACKAGES_PER_DEVICE: u32 = 64;
/// Below this many left, a device publishes more.
pub const KEY_PACKAGES_LOW: u32 = 8;
/// Devices in one device list.
pub const DEVICES_PER_ACCOUNT: usize = 8;
/// Leaves in one thread's ratchet tree.
pub const DEVICES_PER_THREAD: usize = 64;
/// Accounts with access to one thread.
pub const ACCOUNTS_PER_THREAD: usize = 32;
/// Patient accounts in one charter.
pub const PATIENTS_PER_THREAD: usize = 4;
/// Envelopes in one `OpenThread`: its Commit and the first messages.
pub const OPENING_ENVELOPES_MAX: usize = 8;

/// Threads that one `Sync` may name.
pub const SYNC_THREADS_MAX: usize = 1024;
/// Threads that one connection may follow.
pub const FOLLOWED_THREADS_MAX: usize = 16 * 1024;
/// Envelope and inbox bytes that one page carries at most, unless its first item alone is larger.
pub const PAGE_BYTES: usize = 256 * 1024;
/// Items that one page carries at most.
pub const PAGE_ITEMS: usize = 512;

/// Handshakes of one device in one thread within a minute.
pub const HANDSHAKES_PER_MINUTE: u32 = 20;
/// Control messages of one device within a minute.
pub const CONTROLS_PER_MINUTE: u32 = 240;
/// Threads in which one device may make handshakes within a minute.
pub const HANDSHAKE_THREADS_PER_MINUTE: u32 = 256;
/// Claims of KeyPackages of one device within a minute.
pub const CLAIMS_PER_MINUTE: u32 = 60;
/// Letters of one device.
pub const LETTERS_PER_MINUTE: u32 = 30;
/// Publications of KeyPackages of one device within a minute.
pub const PUBLICATIONS_PER_MINUTE: u32 = 10;
/// Assertions of terms of one device within a minute.
pub const ASSERTIONS_PER_MINUTE: u32 = 60;
/// Pages that one device may read within a minute.
pub const PAGES_PER_MINUTE: u32 = 1200;
/// Newest envelopes of each log that a device keeps as they were, to give back.
pub const TAIL_ENVELOPES: u64 = 256;
/// Days for which it keeps them.
pub const TAIL_DAYS: u64 = 30;
/// For how long a relay that was restored takes no new envelopes, so that devices can give back what it lost.
pub const RESTORED_SETTLE_SECONDS: u64 = 120;
/// Chunks of blobs that one device may give, take or ask about within a minute.
pub const CHUNKS_PER_MINUTE: u32 = 2400;
/// Blobs that one device has begun and not finished.
pub const OPEN_BLOBS_PER_DEVICE: usize = 32;
/// Counters in one request to send again, and in one answer that there is nothing to show.
pub const REPAIR_COUNTERS: u64 = 32;
/// How often a device asks for one gap: when it finds it, and once in each later epoch while it is there.
pub const REPAIR_REQUESTS: u32 = 8;
/// Gaps of one device for which another asks at a time.
pub const REPAIR_GAPS: usize = 16;
/// Answers that a device gives in one thread within a day because one other device asked.
pub const REPAIRS_PER_DAY: u32 = 64;
/// How long a device may say nothing in a thread in which there is news, before it sends a heartbeat.
pub const HEARTBEAT_SECONDS: u64 = 86_400;
/// Bytes that one device may ask the relay to store within a day: a Welcome counts once for each device it is for.
pub const DEVICE_BYTES_PER_DAY: u64 = 1024 * 1024 * 1024;
/// Sockets from one address.
pub const SOCKETS_PER_ADDRESS: usize = 256;

/// From TCP accept to the end of the TLS handshake.
pub const TLS_HANDSHAKE_SECONDS: u64 = 10;
/// From the end of the TLS handshake to complete HTTP headers.
pub const HEADERS_SECONDS: u64 = 10;
/// From the websocket upgrade to a valid sign-in; also the life of a nonce.
pub const SIGN_IN_SECONDS: u64 = 30;
/// Between pings of the relay; two unanswered end the connection.
pub const PING_SECONDS: u64 = 45;
/// Connections of one device at a time: more end the oldest, which may be half open.
pub const SESSIONS_PER_DEVICE: usize = 8;
/// Frames that may wait for a slow reader before its connection is ended. It catches up from the log.
pub const OUTBOUND_QUEUE_FRAMES: usize = 1024;
/// Bytes that may wait likewise.
pub const OUTBOUND_QUEUE_BYTES: usize = 4 * 1024 * 1024;

/// Default life of what the relay stores.
pub const RETENTION_DAYS: u64 = 400;
/// Default room of a relay for blobs.
pub const BLOB_ROOM_GIBIBYTES: u64 = 64;
/// Default life of an enrolment code.
pub const CODE_LIFE_SECONDS: u64 = 15 * 60;
/// Wrong tries that end a code.
pub const CODE_TRIES: u32 = 5;
/// Random bytes in an enrolment code: [`CODE_LOOKUP_BYTES`] to find it by, and 80 bits that stay secret.
pub const CODE_BYTES: usize = 16;
/// Leading bytes of an enrolment code that name it to the authority, so that wrong tries can be counted against one
/// code. 48 random bits: a stranger who could name a code could end it with five wrong tries.
pub const CODE_LOOKUP_BYTES: usize = 6;
/// Appends of a log whose ids the relay remembers at least, the newest of them.
pub const IDS_PER_LOG: usize = 256;
/// Random bytes of a reservation: who invites, and these, are the invited patient's account.
pub const RESERVATION_BYTES: usize = 16;
/// Invitations of one professional within an hour.
pub const INVITATIONS_PER_HOUR: u32 = 30;
/// Invitations of one professional within a day.
pub const INVITATIONS_PER_DAY: u32 = 120;
/// Codes that all professionals of a tenant together may have open.
pub const OPEN_INVITATIONS_MAX: u32 = 4096;
/// Account certificates in one page of the directory of professionals.
pub const DIRECTORY_PAGE_ITEMS: usize = 128;
/// Pages of the directory that one account may read within a minute.
pub const DIRECTORY_PAGES_PER_MINUTE: u32 = 240;
/// Professionals that a device reads of a directory: no more than it may in a minute.
pub const DIRECTORY_ITEMS_MAX: usize = 16 * 1024;
/// When to ask again for KeyPackages of an account that has none.
pub const NO_KEY_PACKAGE_RETRY_SECONDS: u32 = 15;
/// Longest offer of a new device, before it is a text.
pub const LINK_OFFER_MAX_BYTES: usize = 320;
/// Largest grant to a new device: three certificates, and a device list.
pub const LINK_GRANT_MAX_BYTES: usize = 8 * 1024;
/// Random bytes of each side of a linking.
pub const LINK_NONCE_BYTES: usize = 32;
/// Decimal digits of the code that a person compares when linking a device: one try in a million.
pub const LINK_CODE_DIGITS: u32 = 6;
/// Life of an offer of a new device, from when it first asks the relay for an answer.
pub const LINK_SECONDS: u64 = 10 * 60;
/// How long each side of a linking waits before it asks again what the other has said.
pub const LINK_ASK_SECONDS: u64 = 1;
/// Largest step of a linking: a grant of [`LINK_GRANT_MAX_BYTES`], and 64 bytes that sealing adds at most.
pub const LINK_STEP_MAX_BYTES: usize = 8256;
/// Linkings that one relay lets go on at a time.
pub const LINKINGS_MAX: usize = 1024;
/// Requests of a linking on one connection that has not signed in.
pub const LINK_REQUESTS_MAX: u32 = 1500;
/// Requests of linkings of one device within a minute.
pub const LINK_REQUESTS_PER_MINUTE: u32 = 180;
/// Clock difference that a certificate's start of validity allows for.
pub const CLOCK_SKEW_SECONDS: u64 = 86_400;
