-- The day on which a device was added to a thread, as the Commit says it; the instant of opening for those of the opening,
-- which is everyone so far who did not join later.
ALTER TABLE member ADD COLUMN since_at INTEGER NOT NULL DEFAULT 0;

UPDATE member SET since_at = coalesce(
    (SELECT iif(member.since <= 1, opened_at, committed_on) FROM thread WHERE thread.thread = member.thread), 0);
