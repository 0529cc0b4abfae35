-- The newest envelopes of each log, as they were, to give them back to a relay that has lost them. `day` is when they were read.
CREATE TABLE tail (
    thread BLOB NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    payload BLOB NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (thread, seq)
) STRICT;

CREATE INDEX tail_day ON tail (day);
CREATE INDEX tail_handshake ON tail (thread) WHERE kind = 0;

-- What this device posted with Welcomes, which no log has: by the hash of its envelope, an opening by its thread.
CREATE TABLE invitation_posted (
    key BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL,
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
