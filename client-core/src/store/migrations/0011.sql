-- Messages of other devices that never reached this one, by their senders' counters: one row for each run of them. `seq` is
-- where the gap is shown; `requests` counts how often its sender was asked for it.
CREATE TABLE gap (
    thread BLOB NOT NULL,
    device BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread, device, first)
) STRICT, WITHOUT ROWID;

-- What this device sent, by counter: a message, or nothing that is shown. `again_at` is where it last was sent again.
CREATE TABLE sent (
    thread BLOB NOT NULL,
    counter INTEGER NOT NULL,
    message BLOB,
    again_at INTEGER,
    PRIMARY KEY (thread, counter)
) STRICT, WITHOUT ROWID;

-- The day on which another device last said that something was sent in its name.
CREATE TABLE doubted (
    thread BLOB NOT NULL,
    device BLOB NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (thread, device)
) STRICT, WITHOUT ROWID;

-- How many answers this device has given on a day to another that asked.
CREATE TABLE answered (
    thread BLOB NOT NULL,
    device BLOB NOT NULL,
    day INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (thread, device)
) STRICT, WITHOUT ROWID;

-- When this device last said how it has the log, and whether content or a handshake has come since its last heartbeat. When
-- it last told others that something was sent in its name of which it has no record.
CREATE TABLE pulse (
    thread BLOB NOT NULL PRIMARY KEY,
    spoke_at INTEGER NOT NULL DEFAULT 0,
    has_news INTEGER NOT NULL DEFAULT 0,
    doubted_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Where a thread goes on.
CREATE TABLE successor (
    thread BLOB NOT NULL PRIMARY KEY,
    successor BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pulse_news ON pulse (thread) WHERE has_news = 1;
