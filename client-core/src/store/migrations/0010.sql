-- Turning a page of a thread counts what was on that page, not all that is still unread after it.
DROP TRIGGER thread_is_displayed;

CREATE TRIGGER thread_is_displayed AFTER INSERT ON thread BEGIN
    UPDATE summary SET
        unread = unread - (
            SELECT count(*) FROM entry
            WHERE entry.thread = new.thread AND entry.seq > displayed_until AND entry.seq <= new.displayed
                AND entry.kind = 0 AND entry.is_own = 0
        ),
        unread_since = (
            SELECT entry.sent_at FROM entry
            WHERE entry.thread = new.thread AND entry.seq > new.displayed AND entry.kind = 0 AND entry.is_own = 0
            ORDER BY entry.seq, entry.part LIMIT 1
        ),
        displayed_until = new.displayed
    WHERE thread = new.thread AND displayed_until < new.displayed;
END;

-- A thread that is joined again may be displayed less far than before.
CREATE TRIGGER thread_is_not_displayed AFTER INSERT ON thread BEGIN
    UPDATE summary SET displayed_until = new.displayed, (unread, unread_since) = (
        SELECT count(*), (
            SELECT sent_at FROM entry
            WHERE thread = new.thread AND seq > new.displayed AND kind = 0 AND is_own = 0 ORDER BY seq, part LIMIT 1
        )
        FROM entry WHERE thread = new.thread AND seq > new.displayed AND kind = 0 AND is_own = 0
    )
    WHERE thread = new.thread AND displayed_until > new.displayed;
END;
