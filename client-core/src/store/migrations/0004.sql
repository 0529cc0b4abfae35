-- What the pages read at once, however much there is: messages by their words, and threads at a glance. What the app keeps:
-- drafts, and small values of its own.

-- Every message, in the order in which this device read them. While it is named here, and so can be found by its words, it
-- cannot be deleted from `entry`.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    thread BLOB NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    FOREIGN KEY (thread, seq, part) REFERENCES entry (thread, seq, part)
) STRICT;

-- Where each word is. `prefix` answers for the first letters of a word while they are still those of very many.
CREATE VIRTUAL TABLE message_word USING fts5 (
    text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2'
);

-- As large as a page of SQLCipher leaves room for: the default would spill into a second one.
INSERT INTO message_word (message_word, rank) VALUES ('pgsz', 3900);

-- What a list shows of a thread: its newest message, of which `head` is the beginning, and the messages of others after
-- the place until which it was displayed.
CREATE TABLE summary (
    thread BLOB NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    author BLOB NOT NULL,
    role TEXT NOT NULL,
    is_own INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    head TEXT NOT NULL,
    displayed_until INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    unread_since INTEGER
) STRICT, WITHOUT ROWID;

CREATE TRIGGER message_is_known AFTER INSERT ON entry WHEN new.kind = 0 BEGIN
    INSERT INTO message (thread, seq, part) VALUES (new.thread, new.seq, new.part);
END;

-- French ligatures are written out, which the tokenizer does not do: few keyboards have them.
CREATE TRIGGER message_can_be_found AFTER INSERT ON message BEGIN
    INSERT INTO message_word (rowid, text)
    SELECT new.id, replace(replace(replace(replace(text, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE')
    FROM entry WHERE (thread, seq, part) = (new.thread, new.seq, new.part);
END;

CREATE TRIGGER message_is_summed_up AFTER INSERT ON message BEGIN
    INSERT INTO summary (thread, seq, author, role, is_own, sent_at, head, displayed_until, unread, unread_since)
    SELECT thread, seq, author, role, is_own, sent_at, substr(trim(text, char(9, 10, 13, 32)), 1, 320),
        displayed, is_own = 0 AND seq > displayed, iif(is_own = 0 AND seq > displayed, sent_at, NULL)
    FROM entry JOIN thread USING (thread) WHERE (thread, seq, part) = (new.thread, new.seq, new.part)
    ON CONFLICT (thread) DO UPDATE SET
        seq = excluded.seq, author = excluded.author, role = excluded.role, is_own = excluded.is_own, sent_at = excluded.sent_at,
        head = excluded.head, unread = unread + excluded.unread,
        unread_since = coalesce(unread_since, excluded.unread_since);
END;

-- A row of `thread` is changed by being replaced.
CREATE TRIGGER thread_is_displayed AFTER INSERT ON thread BEGIN
    UPDATE summary SET displayed_until = new.displayed, (unread, unread_since) = (
        SELECT count(*), (
            SELECT sent_at FROM entry
            WHERE thread = new.thread AND seq > new.displayed AND kind = 0 AND is_own = 0 ORDER BY seq, part LIMIT 1
        )
        FROM entry WHERE thread = new.thread AND seq > new.displayed AND kind = 0 AND is_own = 0
    )
    WHERE thread = new.thread AND displayed_until <> new.displayed;
END;

-- What was read before, by time as far as each log's order allows.
INSERT INTO message (thread, seq, part)
SELECT thread, seq, part FROM (
    SELECT *, max(sent_at) OVER (PARTITION BY thread ORDER BY seq, part) AS newest_at FROM entry WHERE kind = 0
)
ORDER BY newest_at, thread, seq, part;

-- Texts that are being written. The one of a thread that is not opened yet has an empty id.
CREATE TABLE draft (
    thread BLOB NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app_data (
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
