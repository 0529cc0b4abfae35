-- Patients whom the owner of this device invited. With the reservation the authority is asked for the same account again;
-- the invitation, as it is handed over, is shown again until it ends.
CREATE TABLE invited (
    account BLOB NOT NULL PRIMARY KEY,
    reservation BLOB NOT NULL,
    invitation TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Accounts of which the relay had no KeyPackage when it was last asked: openings wait for them.
CREATE TABLE absent (
    account BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
