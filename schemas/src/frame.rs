//! The frames between a device and the relay: one websocket, binary messages, one frame each.
//!
//! | the device asks | rules | the relay answers |
//! |---|---|---|
//! | [`Request::SignIn`] | R23, R25 | [`Response::SignedIn`] |
//! | [`Request::OpenThread`] | R01 | [`Response::Appended`] |
//! | [`Request::Append`] | R03 to R07, R12, R29, R30, R31 | [`Response::Appended`] |
//! | [`Request::Sync`] | R30 | [`Response::Page`], then live [`Event`]s |
//! | [`Request::AcknowledgeInbox`] | | [`Response::Done`] |
//! | [`Request::PublishKeyPackages`] | R25 | [`Response::Done`] |
//! | [`Request::ClaimKeyPackages`] | R02 | [`Response::KeyPackages`] |
//! | [`Request::AssertTerms`] | R09, R10, R31 | [`Response::Done`] |
//! | [`Request::PutChunk`] | | [`Response::Done`] |
//! | [`Request::AskBlob`] | | [`Response::NextChunk`] |
//! | [`Request::TakeChunk`] | | [`Response::Chunk`] |
//! | [`Request::Restore`] | R03 to R08, R11, R30, R31 | [`Response::Appended`] |
//!
//! Every request gets exactly one reply. Numbers of variants and fields are the wire's and never change meaning.

use alloc::string::String;
use alloc::vec::Vec;

use crate::answer_mode::AnswerMode;
use crate::blob::BlobSize;
use crate::bytes::{Opaque, Signature};
use crate::certificate::UnverifiedChain;
use crate::device_list::UnverifiedDeviceList;
use crate::envelope::{Envelope, InboxItem, InboxSeq, NewEnvelope, NewWelcome};
use crate::id::{AccountId, BlobId, DeviceKey, IdempotencyId, Incarnation, KeyHash, Seq, ThreadId};
use crate::refusal::Refusal;
use crate::sign_in::Nonce;
use crate::time::UnixSeconds;

/// What a device calls a request on this connection, so that it knows the reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct RequestId(#[n(0)] pub u32);

/// From the device.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClientFrame {
    /// Chosen by the device.
    #[n(0)]
    pub id: RequestId,
    /// What it asks.
    #[n(1)]
    pub request: Request,
}

/// What a device asks.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Request {
    /// Proves who it is. The first request, and the only one of its kind.
    #[n(0)]
    SignIn(#[n(0)] SignIn),
    /// Opens a thread: log, access, Welcomes and first envelopes in one transaction (R01).
    #[n(1)]
    OpenThread(#[n(0)] OpenThread),
    /// Appends one envelope to a log.
    #[n(2)]
    Append(#[n(0)] Append),
    /// Asks for the backlog, and for everything that follows live.
    #[n(3)]
    Sync(#[n(0)] Sync),
    /// Lets the relay forget inbox items up to this one.
    #[n(4)]
    AcknowledgeInbox(#[n(0)] InboxSeq),
    /// Adds to the device's supply of KeyPackages.
    #[n(5)]
    PublishKeyPackages(#[n(0)] PublishKeyPackages),
    /// Takes one KeyPackage of each listed device of an account (R02).
    #[n(6)]
    ClaimKeyPackages(#[n(0)] AccountId),
    /// Brings access rows and mode flag in line with the roster and charter after a Commit (R09, R31).
    #[n(7)]
    AssertTerms(#[n(0)] AssertTerms),
    /// Adds the next chunk to a blob, or begins one. Repeating it changes nothing.
    #[n(8)]
    PutChunk(#[n(0)] PutChunk),
    /// Asks which chunk of a blob comes next.
    #[n(9)]
    AskBlob(#[n(0)] BlobId),
    /// Reads one chunk of a whole blob.
    #[n(10)]
    TakeChunk {
        /// The blob.
        #[n(0)]
        blob: BlobId,
        /// Which chunk, from 0.
        #[n(1)]
        index: u32,
    },
    /// Gives an envelope back that the relay had at this place, and lost.
    #[n(11)]
    Restore(#[n(0)] Restore),
}

/// See [`Request::SignIn`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SignIn {
    /// [`crate::limits::PROTOCOL_VERSION`] of the device.
    #[n(0)]
    pub version: u16,
    /// The device's certificates.
    #[n(1)]
    pub chain: UnverifiedChain,
    /// The account's device list, the newest that the device has.
    #[n(2)]
    pub device_list: UnverifiedDeviceList,
    /// By the device key, over [`crate::sign_in::SignInStatement`].
    #[n(3)]
    pub signature: Signature,
}

/// See [`Request::OpenThread`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct OpenThread {
    /// Chosen at random by the opener.
    #[n(0)]
    pub thread: ThreadId,
    /// A repeated id is answered as the first was.
    #[n(1)]
    pub idempotency: IdempotencyId,
    /// The accounts of the roster, the opener's own included.
    #[n(2)]
    pub access: Vec<AccountId>,
    /// The mode of the charter.
    #[n(3)]
    pub mode: AnswerMode,
    /// First the Commit that adds the members, then the first messages, at least one.
    #[n(4)]
    pub envelopes: Vec<NewEnvelope>,
    /// For the devices that the Commit adds.
    #[n(5)]
    pub welcomes: Vec<NewWelcome>,
}

/// See [`Request::Append`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Append {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// A repeated id is answered as the first was, before anything else is looked at.
    #[n(1)]
    pub idempotency: IdempotencyId,
    /// The place of the last handshake that the sender has processed (R29).
    #[n(2)]
    pub handshake_head: Seq,
    /// The envelope.
    #[n(3)]
    pub envelope: NewEnvelope,
    /// With a handshake only: for the devices that it adds.
    #[n(4)]
    pub welcomes: Vec<NewWelcome>,
    /// With a handshake only: accounts that get access with it (R31).
    #[n(5)]
    pub grant: Vec<AccountId>,
    /// With Welcomes, and only then: the last place that the sender has read, after which nothing may have come. What the
    /// newcomers are told is then the whole past (R36).
    #[n(6)]
    pub read_through: Option<Seq>,
}

/// See [`Request::Restore`]. Repeating it changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Restore {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// The envelope in its place, whoever posted it: the next of the log, or one that is there already.
    #[n(1)]
    pub envelope: Envelope,
    /// With a handshake of one's own only: for the devices that it adds.
    #[n(2)]
    pub welcomes: Vec<NewWelcome>,
    /// With a handshake of one's own only: accounts that get access with it (R31).
    #[n(3)]
    pub grant: Vec<AccountId>,
}

/// See [`Request::Sync`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Sync {
    /// Threads that the device follows from now on, beside those that it follows already, each with the last place
    /// that it has.
    #[n(0)]
    pub threads: Vec<Cursor>,
    /// The last inbox item that it has.
    #[n(1)]
    pub inbox_after: InboxSeq,
}

/// How far a device has read a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Cursor {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// The last place that the device has.
    #[n(1)]
    pub after: Seq,
}

/// See [`Request::PublishKeyPackages`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct PublishKeyPackages {
    /// Each is handed out once.
    #[n(0)]
    pub one_time: Vec<Opaque>,
    /// Handed out when there is no other, any number of times. With it, the publication replaces the device's whole
    /// supply: older KeyPackages may carry a certificate that has been renewed.
    #[n(1)]
    pub last_resort: Option<Opaque>,
}

/// See [`Request::AssertTerms`]. Idempotent.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct AssertTerms {
    /// The thread.
    #[n(0)]
    pub thread: ThreadId,
    /// The handshake whose outcome this is. Terms of any but the relay's newest are refused as stale.
    #[n(1)]
    pub handshake: Seq,
    /// Exactly these accounts have access.
    #[n(2)]
    pub access: Vec<AccountId>,
    /// The mode in force.
    #[n(3)]
    pub mode: AnswerMode,
}

/// See [`Request::PutChunk`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct PutChunk {
    /// The blob.
    #[n(0)]
    pub blob: BlobId,
    /// Length of the whole blob, the same with every chunk.
    #[n(1)]
    pub size: BlobSize,
    /// Which chunk, from 0. The ones before it are stored already.
    #[n(2)]
    pub index: u32,
    /// As long as [`BlobSize::chunk_bytes`] says.
    #[n(3)]
    pub chunk: Opaque,
}

/// From the relay.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum ServerFrame {
    /// The first frame of a connection.
    #[n(0)]
    Challenge(#[n(0)] Challenge),
    /// Granted.
    #[n(1)]
    Reply {
        /// The request.
        #[n(0)]
        id: RequestId,
        /// Its outcome.
        #[n(1)]
        response: Response,
    },
    /// Not granted; nothing has changed.
    #[n(2)]
    Refused {
        /// The request, unless the frame was too malformed to name one.
        #[n(0)]
        id: Option<RequestId>,
        /// Why, and what may be done about it.
        #[n(1)]
        refusal: Refusal,
    },
    /// Something that the device follows.
    #[n(3)]
    Event(#[n(0)] Event),
}

/// What the relay opens a connection with.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Challenge {
    /// [`crate::limits::PROTOCOL_VERSION`] of the relay.
    #[n(0)]
    pub version: u16,
    /// For the sign-in statement.
    #[n(1)]
    pub nonce: Nonce,
    /// For people and logs. The name that is signed comes from the enrolment profile.
    #[n(2)]
    pub relay_name: String,
}

/// What a granted request gets.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Response {
    /// The connection is this device's.
    #[n(0)]
    SignedIn(#[n(0)] SignedIn),
    /// Durably stored.
    #[n(1)]
    Appended(#[n(0)] Appended),
    /// A part of the backlog.
    #[n(2)]
    Page(#[n(0)] Page),
    /// Done, durably.
    #[n(3)]
    Done,
    /// KeyPackages, claimed.
    #[n(4)]
    KeyPackages(#[n(0)] ClaimedKeyPackages),
    /// The first chunk that is not stored; as many as there are, if the blob is whole; 0 if nothing is known of it.
    #[n(5)]
    NextChunk(#[n(0)] u32),
    /// A chunk, as it was put.
    #[n(6)]
    Chunk(#[n(0)] Opaque),
}

/// See [`Response::SignedIn`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SignedIn {
    /// The relay's clock: a hint that the device's own is wrong, no more.
    #[n(0)]
    pub relay_at: UnixSeconds,
    /// One-time KeyPackages that the relay has of this device.
    #[n(1)]
    pub key_packages_left: u32,
    /// Whether it has a last-resort KeyPackage of this device.
    #[n(2)]
    pub has_last_resort: bool,
    /// Which database the relay has: with another one than before, inbox numbers and KeyPackages may have gone back.
    #[n(3)]
    pub incarnation: Incarnation,
}

/// See [`Response::Appended`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Appended {
    /// The place; for an opening, that of its last envelope.
    #[n(0)]
    pub seq: Seq,
    /// SHA-256 of the payload stored there: what the sender posted, unless the id was used for something else.
    #[n(1)]
    pub payload_hash: KeyHash,
}

/// See [`Response::Page`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Page {
    /// One entry for each thread that was asked for and has something to say.
    #[n(0)]
    pub threads: Vec<ThreadPage>,
    /// In order, from after the cursor.
    #[n(1)]
    pub inbox: Vec<InboxItem>,
    /// Whether to ask again from where this page ends. If not, the device is up to date and hears the rest live.
    #[n(2)]
    pub more: bool,
}

/// What there is of one thread.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum ThreadPage {
    /// In order, from after the cursor.
    #[n(0)]
    Envelopes {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// A piece of it.
        #[n(1)]
        envelopes: Vec<Envelope>,
    },
    /// The thread does not exist, or is not this account's.
    #[n(1)]
    AccessLost {
        /// The thread.
        #[n(0)]
        thread: ThreadId,
    },
    /// Envelopes up to this place are older than the relay keeps; the device asks to be added again.
    #[n(2)]
    Pruned {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// The last place that is gone.
        #[n(1)]
        through: Seq,
    },
    /// The log ends before the place that the device has read: the relay has lost the rest.
    #[n(3)]
    Short {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// Its last place.
        #[n(1)]
        last: Seq,
    },
}

/// See [`Response::KeyPackages`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClaimedKeyPackages {
    /// The account's newest device list.
    #[n(0)]
    pub device_list: UnverifiedDeviceList,
    /// At most one for each device of the list.
    #[n(1)]
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// One KeyPackage, as published.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClaimedKeyPackage {
    /// Whose.
    #[n(0)]
    pub device: DeviceKey,
    /// The KeyPackage (RFC 9420 section 10).
    #[n(1)]
    pub key_package: Opaque,
}

/// What the relay says unasked.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Event {
    /// The next envelope of a log that the device follows.
    #[n(0)]
    Appended {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// The envelope.
        #[n(1)]
        envelope: Envelope,
    },
    /// A Welcome.
    #[n(1)]
    Inbox(#[n(0)] InboxItem),
    /// The account no longer has access to this thread.
    #[n(2)]
    AccessLost(#[n(0)] ThreadId),
    /// The device's supply of one-time KeyPackages runs out.
    #[n(3)]
    KeyPackagesLow {
        /// How many are left.
        #[n(0)]
        left: u32,
    },
    /// The relay is about to close the connection; come back after a random part of this time.
    #[n(4)]
    GoingAway {
        /// Upper bound of the random wait.
        #[n(0)]
        retry_within_seconds: u32,
    },
}
