-- Codes for an account that a professional's device reserved, and which accounts are in the directory. Never edited
-- after landing: the next change is 0003.

-- Whom redeeming certifies; NULL for a code of the operator, which makes a new account. Who reserved it is not kept.
ALTER TABLE codes ADD COLUMN account BLOB CHECK (account IS NULL OR length(account) = 16);

CREATE UNIQUE INDEX codes_by_account ON codes (account) WHERE account IS NOT NULL;

ALTER TABLE accounts ADD COLUMN is_professional INTEGER NOT NULL DEFAULT 0 CHECK (is_professional IN (0, 1));

-- Of the accounts that are there: whose certificate does not hold the role extension of a patient, identifier and value.
UPDATE accounts SET is_professional =
    instr(certificate, X'060A2B0601040181FD591C01040B30090C0770617469656E74') = 0;

CREATE INDEX accounts_in_directory ON accounts (account) WHERE is_professional = 1;
