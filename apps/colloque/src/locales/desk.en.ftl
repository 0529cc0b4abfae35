# What the pages of the desk say in English. desk.fr.ftl has the same keys and the same variables; a test checks it.

## Every page

desk-skip = Skip to the content
desk-navigation = Main menu
desk-inbox = Conversations
desk-new = New conversation
desk-people = People
desk-search = Search
desk-templates = Templates
desk-notice = Something new for you.
desk-unkept = What you type cannot be kept at the moment: copy it before you leave this page.
desk-settings = This device
desk-other-language = Français
desk-emergency = In an emergency
desk-lock = Lock
desk-offline = The relay cannot be reached. What you write is kept on this device and sent when it is back.
desk-local = These pages come from this device, not from the network.

## Opening the desk

desk-unlock = Unlock
desk-unlock-why = Your conversations are encrypted on this device. The passphrase opens them.
desk-passphrase = Passphrase
desk-unlock-button = Unlock
desk-enrol = Open your mailbox
desk-enrol-why = You have received an invitation from your hospital or your doctor. Take a picture of its code or paste its text, choose a passphrase, and your mailbox is ready.
desk-picture = Picture of the code
desk-picture-help = JPEG, PNG or WebP. It is read on this device and not kept.
desk-picture-button = Read the code
desk-picture-without-code = No code can be read in this picture: take it again, with the whole code, sharp and straight, or paste the text.
desk-passphrase-show = Show the passphrase
desk-invitation = Invitation
desk-invitation-help = It starts with COLLOQUE1. and works once, for a short time.
desk-passphrase-new = New passphrase
desk-passphrase-help = At least 8 characters; several words are best. Nobody can recover it for you.
desk-enrol-button = Open my mailbox

## Conversations

inbox-owner = Awaiting you
inbox-owner-patient = For you to read or answer
inbox-attention = Needs attention
inbox-unread = Not read for long
inbox-others = Awaiting the patient
inbox-others-patient = Awaiting the professional
inbox-nobody = No answer expected
inbox-over = Closed
inbox-earlier = Newer conversations
inbox-later = More conversations
inbox-all = All groups
inbox-draft = draft
thread-unread-for = { $count ->
    [one] Your last message has not been read for 1 day.
   *[other] Your last message has not been read for { $count } days.
}
thread-unread-advice = If it matters, reach the patient another way.
inbox-none = No conversation yet. Begin with a new one.
inbox-none-patient = No conversation yet. A professional opens the first one; it appears here by itself.

## Persons

person-mark-certified = { $profession }, { $role }, certified
person-mark-petname = name that you gave

## One conversation

desk-conversation = Messages
desk-earlier = Earlier messages
desk-later = Later messages
desk-newest = Newest messages
desk-more-waiting = { $count ->
    [one] One earlier message waits to be sent, too.
   *[other] { $count } earlier messages wait to be sent, too.
}
desk-rest = Read on: this message is long
desk-rest-waiting = This message is long: all of it can be read here once it is sent.
desk-rest-back = Back to the conversation
desk-about = About this conversation
desk-access = Who has access
desk-devices = { $count ->
    [one] 1 device
   *[other] { $count } devices
}
desk-message = Your message
desk-send = Send
desk-elsewhere = Another text is kept for this conversation, written in another window or before. What you type here is not kept: send it or copy it before you leave this page.
desk-unsent = Written and not sent
flag-title = Is this an emergency?
flag-why = Your message has words of an emergency. Nobody may read it for hours. If it is one, do not wait for an answer: call.
flag-call-15 = Call 15
flag-call-112 = Call 112
flag-anyway = It is no emergency: send
desk-send-close = Send and close
desk-mode = How patients may answer
desk-mode-legend = May the patient answer?
desk-mode-open = Yes, freely
desk-mode-open-meaning = The patient may write until you close the conversation.
desk-mode-one-reply = Once
desk-mode-one-reply-meaning = The patient may send one message. You can allow one more later.
desk-mode-until = Until a date
desk-mode-until-meaning = The patient may write until then.
desk-mode-no-reply = No
desk-mode-no-reply-meaning = For information only: the patient reads and cannot write.
desk-mode-closed = Close the conversation
desk-mode-closed-meaning = Nobody writes any more. You can reopen it.
desk-close-reason = Last message, when you close
desk-close-reason-help = Sent with the closing, so that the patient knows why. May stay empty.
desk-close-answered = Your question is answered. Please make an appointment if something changes.
desk-close-visit = This needs a consultation: please make an appointment.
desk-close-elsewhere = I am not the right person for this question: please ask your general practitioner.
desk-until = Until
desk-mode-button = Apply
desk-continue = Go on in a new conversation
desk-continue-why = Opens a new conversation with the same people, and says in both where the other is. This one stays readable. Say again what may not have arrived.
desk-continued = This conversation goes on in a new one.
desk-continues = This conversation goes on with an earlier one.
desk-depart = Leave this conversation
desk-depart-why = You will no longer receive its messages. What you have received stays on this device.
desk-leave = Leave
desk-block-why = To hear nothing more from a professional in any conversation, block that person: choose the name above.
desk-since = since { $day }
desk-since-before = since before you joined
desk-add = Add a colleague
desk-add-why = Everyone in the conversation sees it. Your colleague reads what is written from then on, and nothing older.
desk-add-colleague = Colleague
desk-add-choose = Choose a colleague
desk-add-account = Or the account number, as your colleague reads it under “This device”
desk-add-others = Not all colleagues fit in this list. Others are added by their account number.
desk-add-button = Add to this conversation
desk-remove = Take somebody out
desk-remove-whom = Whom
desk-remove-choose = Choose a person
desk-remove-why = Everyone in the conversation sees it. This person reads nothing that is written afterwards, and keeps what was read.
desk-remove-button = Take out of this conversation
state-at-relay = at the relay
state-on-device = on a device of { $names }
state-displayed = displayed to { $names }

## A new conversation

compose-named = Or somebody who is not in this list, by the name that you gave
compose-begun = Texts begun for:
compose-patient = Patient
compose-choose = Choose a patient
compose-open = Open the conversation
compose-no-patient = You know no patient yet. Add one first:

## Search

search-query = Words to look for
search-help = All of them have to be in a message; the last one may be its beginning alone. Accents and capitals make no difference. The search stays on this device.
search-button = Search
search-found = { $count ->
    [0] No message has these words.
    [one] 1 message
   *[other] { $count } messages
}
search-cut = The newest { $count } messages. More words find fewer.

## Templates

templates-why = Texts that you write again and again. They stay on this device.
templates-none = No template yet.
templates-keep = A new or changed template
templates-name = Name of the template
templates-text = Text
templates-help = What stands between braces is asked for each time: {"{"}date of the appointment{"}"}.
templates-keep-button = Keep
templates-edit = Change
templates-remove = Remove
templates-use = Use a template
templates-choose = Template
templates-insert = Insert

## People

people-none = Nobody yet.
people-add = Add a patient
people-name = Name
people-name-help = For you alone: it stays on this device.
people-account = Account number, as the patient reads it
people-add-button = Add
people-name-button = Keep this name
people-invite = Invite a patient
people-invite-why = The patient gets a code to photograph or a text to paste. It is good once and for a quarter of an hour. You can write at once: it waits on this device.
people-invite-button = Make the invitation
people-colleagues = Colleagues
people-directory = Read the directory of colleagues
people-directory-why = Everyone whom the authority has certified as a professional. You can then add them to a conversation.
invitation-title = Invitation for { $name }
invitation-until = Good once, until { $time }.
invitation-over = This invitation ended on { $time } and opens nothing any more.
invitation-used = This invitation was used: the mailbox is active.
invitation-private = Give it to this person and nobody else: whoever uses it first has the mailbox.
invitation-scan = To photograph with the device
invitation-qr = Code with the invitation
invitation-text = Or to paste as a text
invitation-print = Print
invitation-again = Make another invitation
invitation-again-why = For the same person. The one before ends.
invitation-write-why = You can write at once: what you write waits on this device until the mailbox is activated.
person-invited = mailbox not activated yet
person-invited-why = This person was invited and has not activated the mailbox. What you write waits on this device until then.
person-invitation = Show the invitation
person-absent = has not activated the mailbox yet. What you write waits on this device until then.
people-blocked = blocked
people-key-changed = key has changed
people-own-account = Your account number
people-own-account-help = Give it to the professional who is to write to you. It opens nothing.
person-number = Safety number
person-number-qr = The safety number as a code to scan
person-number-words = The same in words, for the telephone:
person-number-none = The key of this person was not seen yet: it is known once you have a conversation.
person-confirm = I have compared it: trust this key
person-devices = Devices
person-devices-why = Those that this device has met. A new one is shown in the conversations that it joins.
person-device-threads = { $count ->
    [one] in 1 conversation
   *[other] in { $count } conversations
}
person-block = Block this professional
person-block-why = You leave every conversation with this person and take part in no new one. The others see that you left. You can undo it.
person-block-button = Block
person-blocked = You have blocked this professional
person-unblock-why = You take part in no conversation with this person. Once undone, new ones reach you again; those that you left stay left.
person-unblock = No longer block
person-account = Account:
person-write = Write to this patient

## This device

settings-owner = You
settings-account = Account
settings-device = Device
settings-relay = Relay
settings-expires = Certificate of this device valid until
settings-notices = Notices of the browser
settings-notices-why = While no page of the desk is in sight, the browser can tell you that something is new: never from whom, and never what.
settings-notices-button = Allow notices
settings-notices-on = Notices are on. The browser's settings turn them off.
settings-notices-off = The browser refuses notices of this desk. Its settings change that.
settings-lock = { $count ->
    [one] After 1 minute without anybody the desk locks itself and forgets its keys.
   *[other] After { $count } minutes without anybody the desk locks itself and forgets its keys.
}

## Pages that are not shown

unshown-title = This page is not shown
unshown-back = To the conversations
unshown-misdirected = This address is not the one of your desk. Open it by the link that `colloque desk` prints.
unshown-cross-site = Another site asked for this page. Open it yourself.
unshown-no-session = This browser has not been opened from your device, or too long ago. Open the desk by the link that `colloque desk` prints; each link works once.
unshown-foreign-form = This form is no longer valid. Go back, load the page again, and send it once more.
unshown-malformed = The request is not understood.
unshown-not-found = There is no such page, conversation or person here.
unshown-ending = The desk is ending. Start `colloque desk` again.
