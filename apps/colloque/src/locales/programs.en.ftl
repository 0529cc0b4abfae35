# Words for files that leave the device, and for programs of the practice.

## Copies of conversations

desk-export = Export
desk-export-why = A copy of this conversation as this device has it. The file is not encrypted: keep it as you keep a medical record.
desk-export-all = My messages
desk-export-all-why = A copy of all conversations as this device has them, in one file. The file is not encrypted: keep it as you keep a medical record.
desk-export-names = With the names that you gave
desk-export-pdf = PDF, to read and print
desk-export-fhir = FHIR, for other software

## Integrations

integrations-title = Integrations
integrations-why = Programs of the practice on this computer can use what this desk can, each with a token of its own and only for what you allow.
integrations-add = Add an integration
integrations-name = Name of the program
integrations-scopes = What it may do
integrations-add-button = Add, and show the token
integrations-token = Token of the new integration
integrations-token-help = Copy it into the program now: it is not shown again. Whoever has it can do what you allowed.
integrations-remove = Remove

## What programs are told

problem-token = No token of an integration, or one that is not valid.
problem-scope = This integration may not do that: it needs the scope { $scope }.
problem-rate = Too many requests in this minute.
problem-body-too-large = The body is too large.
problem-media-type = The body has to be application/json, or application/fhir+json.
problem-idempotency-key = An idempotency key has 1 to 64 characters and stands once.
problem-idempotency-mismatch = Something else was asked under this idempotency key before.
problem-idempotency-unsure = The program ended while this was done: look into the conversation before you ask again under another key.
problem-red-flag = The text has words of an emergency: tell the person to call 15 or 112, and send it only if the person wants to all the same.
problem-unsendable = This Communication cannot be sent.
problem-locked = The desk is locked: its owner opens it with the passphrase.
