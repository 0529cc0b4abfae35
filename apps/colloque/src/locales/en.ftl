# Every message of the program in English. fr.ftl has the same keys and the same variables; a test checks it.

emergency = Not for emergencies: call 15 or 112.

## Persons

person-own = You
person-certified = { $name }, { $profession } ({ $role }, certified)
person-petname = { $name } (name that you gave)
person-unnamed = { $role } { $account }
person-unknown = unknown person { $account }
role-professional = professional
role-patient = patient

## Time

moment = { $year }-{ $month }-{ $day } { $hour }:{ $minute }
moment-day = { $year }-{ $month }-{ $day }
moment-today = { $hour }:{ $minute }
moment-yesterday = yesterday { $hour }:{ $minute }
moment-this-year = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[other] December
}, { $hour }:{ $minute }
moment-other-year = { $year }-{ $month ->
    [1] 01
    [2] 02
    [3] 03
    [4] 04
    [5] 05
    [6] 06
    [7] 07
    [8] 08
    [9] 09
   *[other] { $month }
}-{ $day } { $hour }:{ $minute }
moment-exact = { $year }-{ $month }-{ $day } { $hour }:{ $minute }:{ $second } (UTC{ $offset })
moment-unknown = unknown time

## Answer modes

mode-open = patients may answer
mode-one-reply = patients may answer once
mode-until = patients may answer until { $time }
mode-no-reply = patients cannot answer
mode-closed = closed

## What the reader may answer

answer-open = You may answer.
answer-once = You may answer once.
answer-until = You may answer until { $time }.
answer-closed-by = { $name } has closed this conversation. You can no longer answer.
answer-access-lost = You no longer have access to this conversation. You cannot answer.
answer-forked = The copies of this conversation do not agree. Sending has stopped here; what you see stays. A professional of the conversation can go on with you in a new one, which then appears in your list: tell them by another way.
answer-forked-continue = The copies of this conversation do not agree. Sending has stopped here; what you see stays, and others may see something else. Go on with the same people in a new conversation: `colloque continue`, or the form here on the pages.
read-continued = This conversation goes on in [{ $thread }].
read-continues = This conversation goes on with what was begun in [{ $thread }].
answer-behind = This device does not know a change that was made in its name: its data are older, or another copy of it is in use. It sends nothing here. Ask a professional of the conversation to take you out and add you again, or go on in a new one.
answer-given = Another of your devices gave this one what is written here. This device is not in the conversation: write from the other one.
answer-failed = This conversation was refused and was not opened.

## Threads and entries

thread-row = { $row }. [{ $thread }] { $people }
thread-header = Conversation [{ $thread }] with { $people }
thread-last = last message: { $name }, { $time }
thread-unread = { $count ->
    [one] 1 unread message
   *[other] { $count } unread messages
}
thread-waiting = { $count ->
    [one] 1 message waits to be sent
   *[other] { $count } messages wait to be sent
}
threads-none = No conversation yet.
thread-waits-for = waits on this device until { $people } activates the mailbox
standing-opening = being opened, not yet at the relay
standing-departed = you left
standing-access-lost = access lost
standing-forked = stopped: the copies do not agree
standing-behind = stopped: this device’s data are older than the conversation
standing-given = copied from another of your devices: this one is not in the conversation
standing-failed = refused, not opened
entry-place = place { $place }
entry-waiting = waits to be sent
document-waiting = waits to be sent
document-uploading = being sent, { $percent } %
document-at-relay = at the relay, not on this device
document-fetching = on its way here, { $percent } %
document-here = on this device
document-failed = not here: { $reason }
document-saved = Saved: { $path }
document-unsaved = Not saved, because it is not on this device: { $state }
size-bytes = { $number } B
size-kilobytes = { $number } kB
size-megabytes = { $number } MB
decimal-mark = .
entry-mode = Answers: { $mode } (set by: { $name })
entry-added = Device added: { $whose } (by: { $name })
entry-joined = You were added by: { $name }. What was written before was not sent to this device.
entry-removed = Device removed: { $whose } (by: { $name })
entry-departed = Left the conversation: { $name }
entry-refused = Not shown: { $reason }
entry-gap = { $count ->
    [one] 1 message never arrived, from: { $name }
   *[other] { $count } messages never arrived, from: { $name }
}
entry-repaired = Messages were missing here, from: { $name }. That device has sent again, further down, all that there was to read.
entry-doubted = Somebody else may have written as a device of: { $name }. That device found messages in its name that it has no record of, and has taken new keys: its data were restored from an older copy, or somebody uses a copy of them. Ask this person by another way; if they restored nothing, write nothing here that a stranger may not read until the device is replaced.
entry-sent-again = sent again: it had not arrived at its time
entry-given = received from your other device
member = { $name } · { $role } · device { $device } · since place { $place }

## Copies of conversations

export-title = Conversation: { $people }
export-title-all = { $count ->
    [one] 1 conversation
   *[other] { $count } conversations
}
export-refused = Not shown: something was refused that rule { $rule } of the protocol does not allow
export-made = Copy made at { $time } by { $name } on device { $device }.
export-copy = It holds what this device had of the conversation at that time. For each message the device had checked who wrote it and that nothing was changed on the way. The signatures of the messages are not part of this copy: whoever receives it relies on the person who made it.
export-times = Times are those of the authors’ devices. Places are the order of the messages, which is the same for everyone.
export-begins = The device was added to the conversation at place { $place }: what was written before is not in this copy, or not all of it.
export-opening = The conversation is not open yet: nobody else has received anything.
export-ended = The device no longer had access to the conversation: what was written later is not in this copy.
export-forked = The copies of this conversation on different devices do not agree: other devices may show other messages.
export-behind = This device does not know a change that was made in its name: what came after it is missing here.
export-given = Another device of the same person gave this one what is in this copy: it was not in the conversation itself.
export-names-given = Names marked as given are not certified: the person who made this copy chose them.
export-characters = Characters that this file cannot show stand as their Unicode number, such as ⟨U+1F642⟩; � stands for one that is invisible or changes the order of others.
export-document = Document: { $name } ({ $type }, { $bytes } bytes)
export-documents = Documents that were sent with messages are named here with type and size, and are not part of this copy.
export-subject = Conversation
export-opened = Opened
export-opened-by = { $time }, by { $name }
export-answers = Answers
export-counts = Messages
export-sent = { $count ->
    [one] 1 message
   *[other] { $count } messages
}
export-not-sent = { $count ->
    [one] 1 written but not sent
   *[other] { $count } written but not sent
}
export-parties = Who took part
export-number = No.
export-name = Name
export-function = Profession and role
export-identifiers = Identifiers
export-stay = In the conversation
export-certified = { $profession } ({ $role }, certified)
export-name-given = { $name } (name given)
export-account = account { $account }
export-rpps = RPPS { $number }
export-stay-opening = since it was opened
export-stay-before = at place { $place } or before
export-stay-place = since place { $place }
export-stay-until = { $since }, until place { $place }
export-stay-unknown = not known to this device
export-entries = Messages and changes
export-about = About this copy
export-waiting = written but not sent
export-stay-line = { $name }: { $stay }
export-answers-line = Answers: { $answers }
export-line = Place { $place }: { $line }
export-page = Page { $page } of { $pages }
export-done = Written to { $file }: { $counts }. SHA-256: { $hash }

## Events

event-opened = Conversation [{ $thread }] is open, at the relay.
event-joined = A professional has opened a conversation with you: [{ $thread }].
event-opening-waits = Conversation [{ $thread }] waits on this device: the mailbox is not activated yet by { $name }.
event-welcome-refused = An invitation to a conversation was refused: { $reason }
event-letter-refused = What another device wanted to give this one was refused: { $reason }
event-primary-moved = This is your main device now.
event-no-longer-primary = Another of your devices is the main one now: devices are added and removed there.
event-send-refused = In conversation [{ $thread }], what you wanted to send was refused.
event-continued = Conversation [{ $thread }] goes on in a new one: [{ $successor }].
event-fork = In conversation [{ $thread }], the copies do not agree: the relay lost something or shows different things to different people. Sending has stopped there.
event-cloned = In conversation [{ $thread }], somebody else writes as this device: a copy of its data is in use. It takes new keys, which shuts the copy out. If you did not copy them yourself, tell your contact by another way.
event-other-cloned = In conversation [{ $thread }], somebody else may have written as the device of { $name }. Ask this person by another way whether its data were restored; what to do is in the conversation.
event-rolled-back = In conversation [{ $thread }], this device finds something that it sent and has no record of: its data were restored from an older copy. What it wrote meanwhile is missing here; it takes new keys before it sends.
event-access-lost = The relay no longer gives you access to conversation [{ $thread }].
event-pruned = The oldest part of conversation [{ $thread }] is no longer at the relay.
event-relay-went-back = The relay has lost the end of conversation [{ $thread }]. Your device gives it back; what you write is sent after that.
event-key-changed = The key of { $name } has changed. Nothing is sent to this person until you compare the safety number: colloque verify.

## What became of it

sent = Sent to { $people }: at the relay at place { $place }.
opened = Conversation [{ $thread }] with { $people } is open, at the relay: { $mode }.
mode-set = Done in conversation [{ $thread }]: { $mode }.
closed = Conversation [{ $thread }] is closed.
left = You have left conversation [{ $thread }].
added = Added to conversation [{ $thread }]: { $people } read from now on what is written there.
removed = Taken out of conversation [{ $thread }].
blocked = { $name } is blocked: you have left every conversation with this person, and take part in no new one.
blocked-waiting = { $name } is blocked on this device. You leave the conversations with this person when the relay can be reached.
unblocked = { $name } is no longer blocked. Conversations that you left stay left.
waiting-unreachable = Waiting [{ $thread }]: the relay cannot be reached; it will be sent when `colloque sync` or `colloque watch` runs.
waiting-unconfirmed = Waiting [{ $thread }]: the relay has not confirmed it yet; it will be sent again when `colloque sync` or `colloque watch` runs.
waiting-for-patient = Waiting [{ $thread }] on this device: the mailbox is not activated yet by { $people }; it will be sent when `colloque sync` or `colloque watch` runs after that.
waiting-offline = Waiting [{ $thread }]: kept on this device; it will be sent when `colloque sync` or `colloque watch` runs.
shown-from-device = What follows is what this device has: it may not be the newest.
sync-done = Up to date with the relay.
sync-waiting = Not up to date: something waits for the relay.
sync-counts = Unread: { $unread }. Waiting to be sent: { $waiting }.
desk-link = Your desk, this link works once: { $link }
desk-again = Enter makes a new link; one that was not used ends with that.
desk-stop = Ctrl-C ends.
desk-no-browser = No browser was found: open the link yourself.
watch-connected = Connected. Ctrl-C ends.
watch-lost = The connection ended. Trying again.
watch-retries = Trying again until the relay is there. Ctrl-C ends.
watch-unread = { $count ->
    [one] 1 unread message: colloque threads
   *[other] { $count } unread messages: colloque threads
}

## Enrolment and persons

prompt-passphrase = Passphrase:
prompt-passphrase-new = New passphrase of this profile:
prompt-passphrase-again = The same passphrase again:
prompt-invitation = Paste the invitation, then press Enter:
prompt-text = Type the message. Ctrl-D on an empty line sends it, Ctrl-C gives up.
enrol-done = Enrolled. Keep the passphrase safe: nobody can recover it.
enrol-resume = The keys are kept on this device. To finish: colloque enrol --resume
enrol-not-published = This device is not known at the relay yet: run `colloque sync`.
invited = Give this to { $name } and nobody else. It is good once, until { $time }. The name stays on this device.
own-person = You are: { $name }
own-account = Account: { $account }
own-relay = Relay: { $address }
own-expiry = Certificate of this device valid until: { $time }
patients-none = No patient yet. To invite one: colloque invite NAME
colleagues-none = No colleague in the directory.
patients-named = { $account } is now: { $name }. This name stays on this device.
contact-key-changed = The key of this person has changed. Compare the safety number by another way, then: colloque verify --confirm
verify-title = Safety number with { $name }
verify-compare = Compare it face to face or by telephone. If it is the same on both devices, nobody stands between you.
verify-matches = It is the same: nobody stands between you.
verify-confirmed = The key of this person is confirmed.

## Integrations

scope-read = list and read conversations and people
scope-write = open conversations, send, close
scope-export = save conversations as files
scope-events = hear that something happened, without content
integrations-none = No integration yet: colloque integration add NAME --scope read
integration-line = { $name }: { $scopes }. Added { $time }.
integration-added = Token of { $name }, shown this once. Give it to the program and to nobody else:
integration-removed = { $name } is removed: its token opens nothing any more.

## Command line

heading-usage = Usage:
heading-verbs = Commands
heading-arguments = Arguments
heading-options = Options
value-verb = COMMAND
exit-codes = Exit codes: 0 done, 1 other error, 2 not understood, 3 refused, 4 waiting for the relay.
usage-verb = There is no command { $text }: see `colloque --help`.
usage-no-verb = Say what to do, for example `colloque threads`: see `colloque --help`.
usage-unknown = { $text } is not understood here: see `colloque --help`.
usage-missing = Something is missing: { $text }. See `colloque --help`.
usage-conflict = { $text } does not go with the other arguments: see `colloque --help`.
usage-value = A value is missing or not understood: { $text }. See `colloque --help`.

help-colloque = Confidential conversations of professionals and patients, end-to-end encrypted.
help-help = Show this help
help-version = Show the version
help-profile = Folder of the profile [also: COLLOQUE_PROFILE; else: colloque in the folder for data of programs]
help-passphrase-file = File with the passphrase, readable by its owner only [also: COLLOQUE_PASSPHRASE_FILE; else: asked for]
help-lang = Language [else: that of the system]
help-json = For programs: JSON
help-offline = Do not connect: work with what this device has
help-enrol = Make a profile from an invitation
help-enrol-invitation = The invitation, or - for standard input
help-enrol-file = File with the invitation
help-enrol-resume = Go on with an enrolment that was interrupted
help-invite = Invite a patient to enrol (professionals only)
help-invite-name = Name that you give, which stays on this device
help-invite-again = Another invitation for somebody invited before, who has not enrolled; the one before ends
help-colleagues = List the professionals of the directory
help-whoami = Show who you are, and your account
help-patients = List patients
help-patients-name = Give a person a name, which stays on this device
help-patients-name-account = Account, as the person reads it from `colloque whoami`
help-patients-name-petname = The name
help-open = Open a conversation with a first message (professionals only)
help-open-patient = Patient: name or account; several times for several
help-open-mode = How patients may answer: open, one-reply, until=2026-12-01T18:00, no-reply
help-open-text = The message, or - for standard input
help-open-file = File with the message
help-threads = List conversations
help-send = Send a message. Not for emergencies: call 15 or 112.
help-send-thread = Conversation: its row, or the start of its id
help-send-text = The message, or - for standard input
help-send-file = File with the message
help-send-attach = File to send with the message; several times for several. Of a picture, nothing but what is seen
help-save = Save a document of a message as a file
help-save-thread = Conversation: its row, or the start of its id
help-save-document = Document, as `colloque read` shows it: 7.2 is the second of the message at place 7 [else: the newest]
help-save-into = Folder to save it in [else: this one]
help-read = Read a conversation. Not for emergencies: call 15 or 112.
help-read-thread = Conversation: its row, or the start of its id
help-watch = Show new messages as they come, until Ctrl-C
help-mode = Set how patients may answer (professionals only)
help-mode-thread = Conversation: its row, or the start of its id
help-mode-mode = open, one-reply, until=2026-12-01T18:00, no-reply, closed
help-close = Close a conversation (professionals only)
help-close-thread = Conversation: its row, or the start of its id
help-reopen = Reopen a closed conversation (professionals only)
help-reopen-thread = Conversation: its row, or the start of its id
help-reopen-mode = open [default], one-reply, until=2026-12-01T18:00, no-reply
help-continue = Go on in a new conversation with the same people, where one is stopped (professionals only)
help-continue-thread = Conversation: its row, or the start of its id
help-continue-text = First message; “-”, or nothing: from standard input
help-continue-file = File with the first message
help-leave = Leave a conversation
help-leave-thread = Conversation: its row, or the start of its id
help-add = Add a colleague to a conversation, visible to all (professionals only)
help-add-thread = Conversation: its row, or the start of its id
help-add-person = Professional: name or account
help-remove = Take somebody out of a conversation, visible to all (professionals only)
help-remove-thread = Conversation: its row, or the start of its id
help-remove-person = Person: name or account
help-block = Block a professional: leave every conversation with this person (patients only)
help-block-person = Professional: name or account
help-unblock = Undo blocking a professional
help-unblock-person = Professional: name or account
help-export = Write a conversation to a file, to keep it or hand it on
help-export-thread = Conversation: its row, or the start of its id
help-export-format = pdf, for people and archives (PDF/A), or fhir, for programs (FHIR R4)
help-export-to = The file, which must not exist yet, or - for standard output
help-export-with-names = Also write the names that you gave; otherwise they stay on this device
help-members = List who is in a conversation, by device
help-members-thread = Conversation: its row, or the start of its id
help-verify = Show the safety number with a person, to compare it
help-verify-person = Person: name or account
help-verify-scan = Compare with this text, scanned from the other device
help-verify-confirm = Confirm the changed key of this person
help-integration = Let programs of the practice use the API of the desk
help-integration-add = Add an integration and show its token, once
help-integration-add-name = What you call it
help-integration-add-scope = What it may do: read, write, export, events, separated by commas
help-integration-list = List integrations
help-integration-remove = Remove an integration; its token opens nothing any more
help-integration-remove-name = Its name
help-device = Your own devices: list them, add one, remove one
help-device-offer = On a new device: show what your main device reads to add it
help-device-offer-relay = Address of the relay, as `colloque whoami` shows it on your main device
help-device-link = On your main device: add the new device that shows this text
help-device-link-offer = The text that the new device shows, or - for standard input
help-device-link-file = File with that text
help-device-link-picture = Picture of the code that the new device shows
help-device-link-name = Name for the new device, which stays on this one
help-device-list = List your devices
help-device-unlink = On your main device: remove a device, as when it is lost
help-device-unlink-device = Its name, or the start of its key, as `colloque device list` shows it
help-device-give = Give another of your devices the conversations of before it was added
help-device-give-device = Its name, or the start of its key, as `colloque device list` shows it
help-device-give-since = Only what was written from this day on, such as 2026-12-01
help-device-give-thread = Only this conversation; may be given several times
help-device-history = List what your devices have given each other
help-device-stop = Stop giving conversations to a device, or receiving them
help-device-stop-history = Its number, as `colloque device history` shows it
help-device-main = On your main device: make another one the main device
help-device-main-device = Its name, or the start of its key, as `colloque device list` shows it
help-desk = Serve your conversations as pages for the browser of this device, until Ctrl-C
help-desk-port = Port on loopback [else: a free one]
help-desk-idle = Minutes without anybody after which it locks and forgets its keys [else: 10]
help-desk-no-browser = Do not open the browser
help-sync = Send what waits and fetch what is new

## Errors of the command

error-no-profile-folder = There is no home folder: name the profile with --profile.
error-passphrase-empty = The passphrase is empty: choose one of several words.
error-passphrase-short = The passphrase has fewer than { $count } characters: choose a longer one.
error-passphrases-differ = The two passphrases differ: start again.
error-passphrase-unasked = There is no terminal to ask for the passphrase: name a file with --passphrase-file.
error-passphrase-file-shared = Others can read the passphrase in { $text }: run chmod 600 on it first.
error-file-unreadable = { $text } cannot be read ({ $reason }): check its name and rights.
error-file-unwritable = { $text } cannot be written ({ $reason }): check the folder and its rights.
error-picture-unclean = { $text } is a picture that cannot be read here, so what the camera wrote in it, such as the place, cannot be removed: save it as JPEG or PNG first, of at most 32 MB.
error-not-text = What was read is not text in UTF-8.
error-not-an-invitation = This is not a complete invitation: it starts with COLLOQUE1. and is to be copied whole.
error-text-empty = The message is empty: nothing was sent.
error-text-too-long = The message is longer than { $kibibytes } KiB: shorten or split it. Nothing was sent.
error-template = A template has a name of at most 60 characters and a text of at most 4,000 bytes, and there are at most 40 of them.
error-unknown-person = { $text } is nobody known here: see `colloque patients`, or use the account.
error-ambiguous-person = Several persons are called { $text }: use the account, see `colloque patients`.
error-not-an-account = { $text } is not an account: it has 32 hexadecimal digits, see `colloque whoami` of the person.
error-petname = A name has 1 to 100 bytes and only characters that can be seen.
error-key-unseen = The key of this person was not seen yet: it is known once you have a conversation.
error-unknown-thread = There is no conversation { $text }: see `colloque threads`.
error-ambiguous-thread = Several conversations begin with { $text }: give more digits, see `colloque threads`.
error-mode = { $text } is not a way to answer: open, one-reply, until=2026-12-01T18:00, no-reply or closed.
error-deadline = { $text } is not a date and time such as 2026-12-01T18:00.
error-day = { $text } is not a day such as 2026-12-01.
error-safety-number = The safety numbers differ: do not use this conversation, and tell the person by another way.
error-file-exists = { $text } exists already: choose another name. Nothing was changed.
error-pdf-absent = This build of the program makes no PDF: use --format fhir, or a build with the feature `pdf`.
error-integration-name = { $text } cannot be the name of an integration: it has 1 to 64 printable characters and is not taken.
error-integration-count = There are { $count } integrations, and no more fit: remove one that is no longer used.
error-integration-scopes = Choose what the integration may do: read, write, export or events.
error-unknown-integration = There is no integration { $text }: see `colloque integration list`.
error-output = The result cannot be written ({ $text }).
error-system = The system refuses ({ $text }).
error-bug = Internal error ({ $text }): please report it.
error-other = This could not be done. Update the program and try again.

## Errors of client-core

misuse-unknown-thread = There is no such conversation on this device: see `colloque threads`.
misuse-unknown-account = This person is not known on this device: see `colloque patients`.
misuse-not-enrolled = The enrolment of this profile is not finished: run `colloque enrol --resume`.
misuse-already-enrolled = This profile is enrolled already: name another folder with --profile.
misuse-patient-count = A conversation is opened with one to four patients.
misuse-query-length = That is more than is searched for at once: use fewer words.
misuse-app-data-length = That is more than is kept of one kind: remove some of it first.
misuse-thread-inactive = This device can no longer send in this conversation: see `colloque threads`.
misuse-not-blockable = Only a patient can block, and only a professional.
misuse-account-key-changed = The key of a person in this conversation has changed: compare the safety number, then run `colloque verify --confirm`.
misuse-unknown-document = There is no such document in this conversation: see `colloque read`.
misuse-document-count = One to eight documents go with a message.
misuse-document-too-large = A document has at most 100 MiB: make it smaller, or send it in parts.
misuse-document-not-here = The document is not on this device: it must be fetched first.
misuse-document-unsent = The document has not been sent yet: it is nowhere else.
misuse-source-unreadable = The document cannot be read to its end: check the file.
misuse-already-activated = This person has enrolled already: no other invitation is needed.
misuse-not-primary = Only your main device can do this, and this one is linked to it: do it there.
misuse-primary-moves = Your main device is being changed: wait until the other device has been connected, or remove that one to keep this as the main one.
misuse-unknown-history = Nothing of this name is being copied: see `colloque device history`.
misuse-history-goes-on = This device is already being given conversations: wait until that is done, or stop it first.
server-protocol = The server does not speak this protocol: check the address with who invited you.
server-version = The server speaks version { $version } of the protocol: update the program.
server-key = The server is not the one of your invitation, its key differs: do not go on, tell who invited you.
server-unreachable = The server at { $address } cannot be reached: check the network and try again.
server-disconnected = The connection to the server ended: try again.
server-certificate = The authority issued a certificate that is refused ({ $reason }): tell who invited you.
server-account = The authority answered for another account than the one that was reserved: do not go on, tell the person who runs it.
store-missing = There is no profile here: run `colloque enrol`, or name the folder with --profile.
store-already-exists = There is a profile in this folder already: name another folder with --profile.
store-wrong-passphrase = Wrong passphrase: try again.
store-in-use = Another colloque is using this profile: end it first (perhaps `colloque watch`).
store-corrupt = The profile is damaged: restore the folder from a backup, or enrol again in another folder.
store-newer = The profile was written by a newer program: update this one.
store-disk-full = The disk is full: free some space and try again. Nothing was changed.
store-unreachable = The profile cannot be read or written ({ $reason }): check the disk and the rights of the folder.
store-other = The profile could not be used: please report it.

## Rules, in plain words

rule-R01 = Only a professional opens a conversation.
rule-R02 = A patient cannot prepare a conversation with somebody else.
rule-R03 = You may answer once the professional has written first.
rule-R04 = You have given the one answer that was asked for. You cannot send another.
rule-R05 = The time to answer is over.
rule-R06 = The professional expects no answer here. You cannot answer.
rule-R07 = This conversation is closed. Nobody can write in it.
rule-R08 = You have left this conversation. You can no longer write in it.
rule-R09 = Only a professional decides how to answer, closes and reopens.
rule-R10 = This change is not possible: a closed conversation is not closed again, and a deadline lies in the future.
rule-R11 = Only a professional, or the person, adds a device.
rule-R12 = Only a professional adds another professional.
rule-R13 = A patient joins when the conversation is opened, never later.
rule-R14 = A patient is removed only after leaving or blocking, or when the conversation is closed.
rule-R15 = A patient removes only devices of their own.
rule-R16 = A device changed who it is: refused.
rule-R17 = A conversation is never started over.
rule-R18 = A foreign secret was to be brought into the conversation: refused.
rule-R19 = Somebody tried to enter the conversation from outside: refused.
rule-R20 = A change of a kind that is not allowed was tried: refused.
rule-R21 = Only the way to answer may change in the terms of a conversation.
rule-R22 = A change that nobody had decided was proposed: refused.
rule-R23 = The identity of a device is not certified: refused.
rule-R24 = Somebody appears with another key than the one you know: refused.
rule-R25 = A device is not, or no longer, one of the person whose name it bears: refused.
rule-R26 = This conversation was not opened by a professional in due form: refused.
rule-R27 = The encryption is not the one that is required: refused.
rule-R28 = A message is not what it says it is: refused.
rule-R29 = A message was not written under the terms in force: refused.
rule-R30 = Only the members reach this conversation.
rule-R31 = Only a professional gives or takes access.
rule-R32 = The certificate of a device has expired: it must be renewed first.
rule-R33 = A message is not the next one of its author, or belongs elsewhere: refused.
rule-R34 = The copies of this conversation do not agree.
rule-R35 = A receipt is for something that its sender had not received yet: refused.
rule-R36 = Whoever joins a conversation later is told exactly what the others know: refused otherwise.
rule-R37 = Only a professional invites, and only patients.
rule-R38 = Only what was sent is asked for again, and only what was sent before is sent again.
rule-R39 = A device gives conversations to other devices of the same person only.

## Reasons of a server, in plain words

refusal-malformed = The server did not understand the request: update the program.
refusal-too-large = This is larger than the server accepts: shorten it.
refusal-version-unsupported = The server needs another version of this program: update it.
refusal-out-of-turn = The server did not expect this now: try again.
refusal-sign-in-failed = The server did not accept this device: its certificate may have ended, or it was removed. Ask who invited you.
refusal-not-permitted = A rule stands against it.
refusal-no-access = There is no such conversation at the relay, or you have no access to it.
refusal-thread-exists = This conversation exists at the relay already.
refusal-head-stale = Something new came in between: run `colloque sync`.
refusal-device-list-stale = Another of your devices has a newer list of your devices: use that one, or ask who invited you.
refusal-no-key-package = This person cannot be reached yet: the device has to connect once. Ask the person to run `colloque sync`.
refusal-quota-exceeded = Too much in a short time: wait a minute and try again.
refusal-busy = The server is busy and stored nothing: try again in a moment.
refusal-internal = The server failed and stored nothing: try again later.
refusal-code-refused = The invitation is not accepted: it was mistyped, used before, or is too old. Ask for a new one.
refusal-idempotency-mismatch = The server has something else under this request: run `colloque sync`.
refusal-no-such-blob = The relay does not have the document, or not all of it: ask its author to send it again.
refusal-blob-conflict = The relay has something else in place of the document: attach it again.
refusal-blob-gap = The relay lacks an earlier part of the document: it is sent again from there.
refusal-storage-full = The relay has no room for documents now: the document waits on this device.
refusal-place-taken = The relay has something else at this place of the conversation.
refusal-link-over = This link text is over: it was used, given up, or is older than ten minutes. Begin again on the new device.

## Why something received is not shown

fault-malformed = it could not be read
fault-replayed = it was sent before
fault-too-distant = too many messages before it are missing
fault-unknown-own = sent by this device, which has no record of it
fault-undecryptable = it could not be decrypted
fault-no-matching-key-package = it was meant for keys that are not on this device
fault-document-altered = it was altered on its way: nothing of it was kept
fault-document-length = it has another length than its message says: nothing of it was kept
fault-document-hash = it is another document than its message says: nothing of it was kept
fault-disk-full = the disk of this device is full: make room
fault-document-storage = it cannot be read or written on this device: check the disk
fault-blocked = it is from somebody who is blocked here
fault-other = it was refused

## Documents

document-picture = Picture:
document-save = Save
document-fetch = Fetch
document-stop = Stop fetching
document-forget = Remove from this device
desk-enclosed = Documents that go with this message
desk-enclosed-remove = Take out
desk-enclose = Photos and documents
desk-enclose-help = At most 8, of 100 MiB each. Photos are sent without the place and time that the camera wrote in them.
desk-enclose-more = Attach, and go on writing
