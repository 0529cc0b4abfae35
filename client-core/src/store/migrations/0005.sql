-- Documents of messages, and those that wait to be sent with one. `part` is what the message says of it (CBOR), its key
-- included: the key is nowhere else on this device. `file` names the ciphertext beside the database, once there is any.
-- `stage`: 0 attached to no message yet, 1 to be brought to the relay, 2 at the relay only, 3 being fetched, 4 here,
-- 5 failed, for the reason with the id in `reason`. `thumbnail` is a small picture of it, made here; empty if none can be
-- made.
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    thread BLOB,
    message BLOB,
    place INTEGER,
    blob BLOB NOT NULL,
    part BLOB NOT NULL,
    stage INTEGER NOT NULL,
    reason TEXT,
    file TEXT UNIQUE,
    attached_at INTEGER,
    thumbnail BLOB,
    CHECK ((message IS NULL) = (stage = 0))
) STRICT;

CREATE UNIQUE INDEX document_place ON document (thread, message, place) WHERE message IS NOT NULL;
CREATE INDEX document_attached ON document (blob) WHERE stage = 0;
CREATE INDEX document_moving ON document (stage, id) WHERE stage IN (1, 3);
