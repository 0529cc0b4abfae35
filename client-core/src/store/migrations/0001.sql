-- Rows of openmls: one key-value table, in the same database as everything else so that one transaction covers both.
-- `kind` is `mls::storage::Kind`; key and value are CBOR. `mls::codec` says how.
CREATE TABLE mls (
    kind  INTEGER NOT NULL,
    key   BLOB    NOT NULL,
    value BLOB    NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Single values about this device: one row each.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
