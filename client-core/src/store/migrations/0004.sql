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
