-- Who gave an entry that this device has not read in a log itself.
ALTER TABLE entry ADD COLUMN given_by BLOB;

-- Messages that were given are older than those that were read, and get their numbers from whoever adds them.
DROP TRIGGER message_is_known;

CREATE TRIGGER message_is_known AFTER INSERT ON entry WHEN new.kind = 0 AND new.given_by IS NULL BEGIN
    INSERT INTO message (thread, seq, part) VALUES (new.thread, new.seq, new.part);
END;

-- What stands before the newest message is counted and not shown at a glance.
DROP TRIGGER message_is_summed_up;

CREATE TRIGGER message_is_summed_up AFTER INSERT ON message BEGIN
    INSERT INTO summary (thread, seq, author, role, is_own, sent_at, head, displayed_until, unread, unread_since)
    SELECT thread, seq, author, role, is_own, sent_at, substr(trim(text, char(9, 10, 13, 32)), 1, 320),
        displayed, is_own = 0 AND seq > displayed, iif(is_own = 0 AND seq > displayed, sent_at, NULL)
    FROM entry JOIN thread USING (thread) WHERE (thread, seq, part) = (new.thread, new.seq, new.part)
    ON CONFLICT (thread) DO UPDATE SET
        seq = max(seq, excluded.seq),
        author = iif(excluded.seq < seq, author, excluded.author),
        role = iif(excluded.seq < seq, role, excluded.role),
        is_own = iif(excluded.seq < seq, is_own, excluded.is_own),
        sent_at = iif(excluded.seq < seq, sent_at, excluded.sent_at),
        head = iif(excluded.seq < seq, head, excluded.head),
        unread = unread + excluded.unread,
        unread_since = iif(excluded.seq < seq,
            min(coalesce(excluded.unread_since, unread_since), coalesce(unread_since, excluded.unread_since)),
            coalesce(unread_since, excluded.unread_since));
END;

-- History that this device gives to another of its account, or is given. `stage`: 0 being written and brought to the relay, or
-- being read; 1 the letter that tells of it is to be written; 2 done; 3 failed, for the reason with the id in `reason`. `device` is
-- the other one. `done` counts messages.
CREATE TABLE history (
    history BLOB NOT NULL PRIMARY KEY,
    is_given INTEGER NOT NULL,
    device BLOB NOT NULL,
    scope BLOB NOT NULL,
    stage INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    began_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Threads of a history that is given, of which entries before a place are still to be written, from one on.
CREATE TABLE history_thread (
    history BLOB NOT NULL,
    thread BLOB NOT NULL,
    first INTEGER NOT NULL,
    before INTEGER NOT NULL,
    PRIMARY KEY (history, thread)
) STRICT, WITHOUT ROWID;

-- Parts of histories. `part` says where it is and how to open it (CBOR). `stage`: 0 here, to be brought to the relay; 1 at the
-- relay; 2 here, to be read; 3 read. `file` names the ciphertext beside the database, while there is any.
CREATE TABLE history_part (
    history BLOB NOT NULL,
    place INTEGER NOT NULL,
    part BLOB NOT NULL,
    stage INTEGER NOT NULL,
    file TEXT UNIQUE,
    PRIMARY KEY (history, place)
) STRICT, WITHOUT ROWID;
