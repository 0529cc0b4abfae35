-- What others said of their reading: one row per account and thread. `since` is where its newest device joined; of what
-- stands before that, nothing is said.
CREATE TABLE receipt (
    thread BLOB NOT NULL,
    account BLOB NOT NULL,
    since INTEGER NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    displayed INTEGER NOT NULL DEFAULT 0,
    displayed_at INTEGER,
    PRIMARY KEY (thread, account)
) STRICT, WITHOUT ROWID;

INSERT INTO receipt (thread, account, since) SELECT thread, account, max(since) FROM member GROUP BY thread, account;

-- Receipts wait behind everything else of their thread.
ALTER TABLE outbox ADD COLUMN is_receipt INTEGER NOT NULL DEFAULT 0;

-- A row that is one action with an earlier one, by its id, is refused with it.
ALTER TABLE outbox ADD COLUMN together_with INTEGER;

-- Who added this device after the opening, until somebody else has spoken.
ALTER TABLE thread ADD COLUMN adder BLOB;

-- A Welcome into a thread that this device is still in, as far as it has read: it may read next that it was removed.
CREATE TABLE welcome (
    thread BLOB NOT NULL PRIMARY KEY,
    item BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A blocked professional, who may come back under another account: hence the national id. `declined` counts the Welcomes
-- that were refused since.
ALTER TABLE contact ADD COLUMN national_id TEXT;
ALTER TABLE contact ADD COLUMN blocked_at INTEGER;
ALTER TABLE contact ADD COLUMN declined INTEGER NOT NULL DEFAULT 0;
