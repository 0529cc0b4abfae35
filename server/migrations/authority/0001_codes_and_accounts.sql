-- Enrolment codes and the accounts issued for them. Never edited after landing: the next change is 0002.

-- One row per code until it expires. Of the code only what names it and a hash are kept.
CREATE TABLE codes (
    lookup BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 6),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    role TEXT NOT NULL CHECK (role IN ('professional', 'patient')),
    -- The public directory entry of a professional. Of a patient nothing is known here.
    name TEXT,
    profession TEXT,
    rpps TEXT,
    expires_at INTEGER NOT NULL,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    -- Whom it was spent for: the same account key may ask again after a lost reply.
    spent_for BLOB REFERENCES accounts (account_key),
    CHECK ((role = 'professional') = (name IS NOT NULL AND profession IS NOT NULL AND rpps IS NOT NULL)),
    CHECK (role = 'professional' OR (name IS NULL AND profession IS NULL AND rpps IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_expiry ON codes (expires_at);

CREATE TABLE accounts (
    account_key BLOB NOT NULL PRIMARY KEY CHECK (length(account_key) = 32),
    account BLOB NOT NULL UNIQUE CHECK (length(account) = 16),
    certificate BLOB NOT NULL,
    issued_day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many redemptions were refused. Also the one row that every refusal writes, so that a code that exists and one
-- that does not cost the same transaction.
CREATE TABLE refusals (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    count INTEGER NOT NULL
) STRICT;

INSERT INTO refusals (only_row, count) VALUES (1, 0);

-- What every invitation repeats: addresses, and the relay's key hash and name.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
