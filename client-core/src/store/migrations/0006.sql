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
