-- Messages come into the index of words when their unit of work is made durable, not one by one: FTS5 writes what it has in
-- memory at every savepoint, and each message is read in one of its own.
DROP TRIGGER message_can_be_found;

-- The newest message that is in the index.
CREATE TABLE word_index (through INTEGER NOT NULL) STRICT;
INSERT INTO word_index (through) SELECT coalesce(max(id), 0) FROM message;
