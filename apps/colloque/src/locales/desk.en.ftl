# What the pages of the desk say in English. desk.fr.ftl has the same keys and the same variables; a test checks it.

## Every page

desk-skip = Skip to the content
desk-navigation = Main menu
desk-inbox = Conversations
desk-new = New conversation
desk-people = People
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
desk-enrol-why = You have received an invitation from your hospital or your doctor. Paste it, choose a passphrase, and your mailbox is ready.
desk-invitation = Invitation
desk-invitation-help = It starts with COLLOQUE1. and works once, for a short time.
desk-passphrase-new = New passphrase
desk-passphrase-help = At least 8 characters; several words are best. Nobody can recover it for you.
desk-passphrase-again = The same passphrase again
desk-enrol-button = Open my mailbox

## Conversations

inbox-owner = Awaiting you
inbox-owner-patient = For you to read or answer
inbox-attention = Needs attention
inbox-others = Awaiting the patient
inbox-others-patient = Awaiting the professional
inbox-nobody = No answer expected
inbox-over = Closed
inbox-none = No conversation yet. Begin with a new one.
inbox-none-patient = No conversation yet. A professional opens the first one; it appears here by itself.

## Persons

person-mark-certified = { $profession }, { $role }, certified
person-mark-petname = name that you gave

## One conversation

desk-conversation = Messages
desk-about = About this conversation
desk-access = Who has access
desk-devices = { $count ->
    [one] 1 device
   *[other] { $count } devices
}
desk-message = Your message
desk-send = Send
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
desk-until = Until
desk-mode-button = Apply
desk-depart = Leave this conversation
desk-depart-why = You will no longer receive its messages. What you have received stays on this device.
desk-leave = Leave
desk-block-why = Or leave, and let its professionals know that you want no more messages here.
desk-block = Leave and block
state-at-relay = at the relay
state-on-device = on a device of { $names }
state-displayed = displayed to { $names }

## A new conversation

compose-patient = Patient
compose-choose = Choose a patient
compose-open = Open the conversation
compose-no-patient = You know no patient yet. Add one first:

## People

people-none = Nobody yet.
people-add = Add a patient
people-name = Name
people-name-help = For you alone: it stays on this device.
people-account = Account number, as the patient reads it
people-add-button = Add
people-name-button = Keep this name
people-key-changed = key has changed
people-own-account = Your account number
people-own-account-help = Give it to the professional who is to write to you. It opens nothing.
person-number = Safety number
person-number-qr = The safety number as a code to scan
person-number-words = The same in words, for the telephone:
person-number-none = The key of this person was not seen yet: it is known once you have a conversation.
person-confirm = I have compared it: trust this key
person-account = Account:
person-write = Write to this patient

## This device

settings-owner = You
settings-account = Account
settings-device = Device
settings-relay = Relay
settings-expires = Certificate of this device valid until
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
