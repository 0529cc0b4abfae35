# What pages say instead of messages that name commands of the terminal.

error-unknown-person = { $text } is nobody known here.
error-ambiguous-person = Several persons are called { $text }: choose one from the list.
error-not-an-account = { $text } is not an account number: it has 32 digits from 0 to 9 and a to f.
misuse-not-enrolled = The enrolment of this profile is not finished: paste the invitation again.
misuse-already-enrolled = This profile is enrolled already.
misuse-thread-inactive = This device can no longer send in this conversation.
misuse-account-key-changed = The key of a person in this conversation has changed: compare the safety number under People, then confirm it.
misuse-unknown-document = There is no such document in this conversation.
contact-key-changed = The key of this person has changed. Compare the safety number by another way before you trust it.
event-key-changed = The key of { $name } has changed. Nothing is sent to this person until you compare the safety number under People.
store-in-use = Another colloque is using this profile: end it first.
refusal-head-stale = Something new came in between: it is being read, then tried again.
refusal-no-key-package = This person cannot be reached yet: the mailbox has to be opened once.
refusal-idempotency-mismatch = The server has something else under this request.
error-pdf-absent = This build of the program makes no PDF: choose FHIR.
error-unknown-integration = There is no integration { $text }.
