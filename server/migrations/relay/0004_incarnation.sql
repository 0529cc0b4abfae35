-- Which database this is: drawn when it is made, and again when it was restored from a backup. `settles_at`, in seconds since
-- 1970, is when a restored relay takes new envelopes again: until then devices give back what it lost.
CREATE TABLE incarnation (
    only        INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    settles_at  INTEGER NOT NULL
) STRICT;
