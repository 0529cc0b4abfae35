-- Devices that this one, as the primary of its account, has linked: the owner's name for each, and its newest certificate.
CREATE TABLE own_device (
    device BLOB NOT NULL PRIMARY KEY,
    name TEXT,
    leaf BLOB NOT NULL,
    leaf_expires_at INTEGER NOT NULL,
    linked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
