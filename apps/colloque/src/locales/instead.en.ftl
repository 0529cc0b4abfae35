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
misuse-unknown-device = This device is none of yours any more: load the page again.
misuse-relay-address = This is not the address of a relay, such as relay.example.org:443. Your main device shows the right one under This device, Devices.
device-advice-main = Remove it here, at once: it then receives nothing new and can no longer write. What it had already received is protected by its passphrase alone.
device-unlinked-waiting = Removed on this device: { $device }. The relay is told as soon as it can be reached. Until then that device still receives messages.
device-linked-later = Done: device { $device } is one of yours now. It is added to your conversations as soon as it has connected.
error-not-a-code = These are not six digits: type those that the new device shows.
device-removed = This device was removed from your account, on your main device. It receives and sends nothing any more; what it has can still be read here. If it was not you who removed it, look at the devices on your main device, or ask who invited you.
error-unknown-integration = There is no integration { $text }.
