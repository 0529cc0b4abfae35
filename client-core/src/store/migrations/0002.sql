-- What this device knows beside MLS state: people, threads, messages, and what waits to be sent.

-- Everyone seen or named. `account_key` is the pinned key; `changed_key` waits for a person's confirmation.
CREATE TABLE contact (
    account BLOB NOT NULL PRIMARY KEY,
    petname TEXT,
    role TEXT,
    certified_name TEXT,
    profession TEXT,
    account_key BLOB,
    changed_key BLOB,
    device_list BLOB
) STRICT, WITHOUT ROWID;

-- One row per thread. The log has been read up to `cursor`; `handshake_head` is the last handshake in it, refused
-- ones included; `hash` is the running hash at `cursor`, `previous_*` its last value in the epoch before.
CREATE TABLE thread (
    thread BLOB NOT NULL PRIMARY KEY,
    standing INTEGER NOT NULL,
    opener BLOB NOT NULL,
    patients BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    mode BLOB NOT NULL,
    cursor INTEGER NOT NULL,
    handshake_head INTEGER NOT NULL,
    hash BLOB NOT NULL,
    previous_seq INTEGER,
    previous_hash BLOB,
    committed_on INTEGER NOT NULL,
    own_counter INTEGER NOT NULL DEFAULT 0,
    epoch_is_new INTEGER NOT NULL DEFAULT 1,
    professional_has_spoken INTEGER NOT NULL DEFAULT 0,
    terms_due INTEGER NOT NULL DEFAULT 0,
    updated_on INTEGER NOT NULL,
    displayed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_terms_due ON thread (thread) WHERE terms_due = 1;

-- The running hash after each envelope since the last accepted Commit: what another member's description is compared with.
CREATE TABLE log_head (
    thread BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (thread, seq)
) STRICT, WITHOUT ROWID;

-- The roster, one row per leaf of the ratchet tree.
CREATE TABLE member (
    thread BLOB NOT NULL,
    leaf INTEGER NOT NULL,
    account BLOB NOT NULL,
    role TEXT NOT NULL,
    account_key BLOB NOT NULL,
    device BLOB NOT NULL,
    since INTEGER NOT NULL,
    counter INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread, leaf)
) STRICT, WITHOUT ROWID;

-- What the rules need to know of an account in a thread, whether or not it still has a device there.
CREATE TABLE conduct (
    thread BLOB NOT NULL,
    account BLOB NOT NULL,
    has_replied INTEGER NOT NULL DEFAULT 0,
    has_departed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread, account)
) STRICT, WITHOUT ROWID;

-- What a thread shows, in the order of its log. Several things may be shown of one Commit: hence `part`.
CREATE TABLE entry (
    thread BLOB NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    author BLOB,
    subject BLOB,
    role TEXT,
    is_own INTEGER NOT NULL DEFAULT 0,
    message BLOB,
    sent_at INTEGER,
    detail BLOB,
    text TEXT,
    PRIMARY KEY (thread, seq, part)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entry_message ON entry (thread, message) WHERE message IS NOT NULL;

-- What waits for the relay, in order. `intent` says what to do (CBOR); `request` holds the exact bytes once they are
-- encrypted, until the log shows them, and `payload_hash` is how they are recognised there; `sent_at` is the time that
-- they say inside.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    thread BLOB NOT NULL,
    idempotency BLOB NOT NULL UNIQUE,
    intent BLOB NOT NULL,
    request BLOB,
    payload_hash BLOB,
    handshake_head INTEGER,
    sent_at INTEGER,
    acknowledged INTEGER
) STRICT;

CREATE INDEX outbox_thread ON outbox (thread, id);
