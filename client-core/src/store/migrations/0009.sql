-- The device's keys of the epoch may have been used by another copy of its store: it takes new ones before it sends.
ALTER TABLE thread ADD COLUMN needs_new_keys INTEGER NOT NULL DEFAULT 0;

-- Goes out before what was written earlier.
ALTER TABLE outbox ADD COLUMN is_urgent INTEGER NOT NULL DEFAULT 0;
