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

-- The outbox again, for three reasons. An id is never given twice: answers of the relay name rows by it, and may come when
-- the row is gone. Receipts (`is_receipt`) wait behind everything else of their thread. A row that is one action with an
-- earlier one (`together_with`, its id) is refused with it.
ALTER TABLE outbox RENAME TO outbox_before;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    thread BLOB NOT NULL,
    idempotency BLOB NOT NULL UNIQUE,
    intent BLOB NOT NULL,
    request BLOB,
    payload_hash BLOB,
    handshake_head INTEGER,
    sent_at INTEGER,
    acknowledged INTEGER,
    is_receipt INTEGER NOT NULL DEFAULT 0,
    together_with INTEGER
) STRICT;

INSERT INTO outbox (id, thread, idempotency, intent, request, payload_hash, handshake_head, sent_at, acknowledged)
    SELECT id, thread, idempotency, intent, request, payload_hash, handshake_head, sent_at, acknowledged
    FROM outbox_before;

DROP TABLE outbox_before;

CREATE INDEX outbox_thread ON outbox (thread, id);
