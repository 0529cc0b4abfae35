-- What the relay stores (DESIGN section 4). Keys called `row_key` and `device` are HMACs under a key that is not in
-- this database, and contents called `sealed` are encrypted under it. Days are days since 1970-01-01: nothing finer.

-- One row for each thread. `number` is random, so that it says nothing about the order in which threads were opened.
CREATE TABLE thread (
    number          INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 2147483647),
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    handshake_head  INTEGER NOT NULL CHECK (handshake_head >= 1),
    terms_seq       INTEGER NOT NULL CHECK (terms_seq BETWEEN 1 AND handshake_head),
    mode            INTEGER NOT NULL CHECK (mode BETWEEN 0 AND 4),
    mode_until      INTEGER          CHECK ((mode = 2) = (mode_until IS NOT NULL)),
    pruned_through  INTEGER NOT NULL DEFAULT 0,
    oldest_day      INTEGER NOT NULL
) STRICT;

CREATE INDEX thread_by_oldest_day ON thread (oldest_day);

-- The logs. `place` is thread.number * 2^32 + Seq: one thread's envelopes lie together, and no row says who sent it.
CREATE TABLE envelope (
    place        INTEGER PRIMARY KEY,
    kind         INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
    day          INTEGER NOT NULL,
    idempotency  BLOB             CHECK (length(idempotency) = 16),
    payload      BLOB    NOT NULL
) STRICT;

-- Several envelopes without an id (those of an opening but its last) do not meet here: NULLs are distinct.
CREATE UNIQUE INDEX envelope_by_idempotency ON envelope (place >> 32, idempotency);

-- Who reaches a log: row_key = HMAC(thread, account). `has_replied` counts since the mode was set.
CREATE TABLE access (
    thread       INTEGER NOT NULL REFERENCES thread (number),
    row_key      BLOB    NOT NULL CHECK (length(row_key) = 32),
    has_replied  INTEGER NOT NULL DEFAULT 0 CHECK (has_replied IN (0, 1)),
    PRIMARY KEY (thread, row_key)
) STRICT, WITHOUT ROWID;

-- The newest device list of each account, sealed; row_key = HMAC(account).
CREATE TABLE account (
    row_key  BLOB NOT NULL PRIMARY KEY CHECK (length(row_key) = 32),
    sealed   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The last number given in each inbox, so that numbers never come back after items are acknowledged.
CREATE TABLE inbox (
    device       BLOB    NOT NULL PRIMARY KEY CHECK (length(device) = 32),
    last_number  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Welcomes until they are acknowledged; thread and place are sealed with them.
CREATE TABLE inbox_item (
    device  BLOB    NOT NULL CHECK (length(device) = 32),
    number  INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

-- KeyPackages; row_key = HMAC(device, KeyPackage), so that a repeated publication adds nothing.
CREATE TABLE key_package (
    device          BLOB    NOT NULL CHECK (length(device) = 32),
    is_last_resort  INTEGER NOT NULL CHECK (is_last_resort IN (0, 1)),
    row_key         BLOB    NOT NULL CHECK (length(row_key) = 32),
    day             INTEGER NOT NULL,
    sealed          BLOB    NOT NULL,
    PRIMARY KEY (device, is_last_resort, row_key)
) STRICT, WITHOUT ROWID;
