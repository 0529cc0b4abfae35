-- Encrypted documents. row_key = HMAC(blob): without the relay's key, a row says neither which message names it nor whose
-- it is. `size` is one of a closed list of padded lengths. The chunks are files beside the database, named by row_key.
CREATE TABLE blob (
    row_key   BLOB    NOT NULL PRIMARY KEY CHECK (length(row_key) = 32),
    size      INTEGER NOT NULL CHECK (size > 0),
    day       INTEGER NOT NULL,
    is_whole  INTEGER NOT NULL DEFAULT 0 CHECK (is_whole IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_by_day ON blob (day);
CREATE INDEX blob_open_by_day ON blob (day) WHERE is_whole = 0;
