# Words for the owner's own devices: adding one, taking one out. devices.fr.ftl has the same keys and the same variables; a test checks it.

## Devices of the owner

device-this-main = this device, your main one
device-this-linked = this device, linked to your main one
device-linked = a linked device
device-other = another of your devices
device-linked-at = added on { $day }
device-threads = { $count ->
    [0] in no conversation yet
    [one] in 1 conversation
   *[other] in { $count } conversations
}
device-advice-main = A device is lost or stolen? Remove it here, at once: colloque device unlink. It then receives nothing new.
device-advice-linked = Devices are added and removed on your main device. A device is lost or stolen? Remove it there, at once. If it is your main device, tell who invited you.
device-unlinked = Removed: { $device }. It receives nothing new and can no longer write. What it had already received is still on it.
device-unlinked-waiting = Removed on this device: { $device }. The relay is told as soon as it can be reached: run `colloque sync`. Until then that device still receives messages.
device-removed = This device was removed from your account, on your main device. It receives and sends nothing any more; what it has can still be read here with --offline. If it was not you who removed it, look at the devices on your main device, or ask who invited you.
own-device-main = This device: { $device }, your main one
own-device-linked = This device: { $device }, linked to your main one

## Adding a device

device-offer-shown = On your main device: colloque device link, or the page “Devices”. Take a picture of this code there, or copy the text. It waits ten minutes; Ctrl-C gives up.
device-offer-code = { $code }
device-offer-compare = Type these six digits on your main device. If it already says that they differ, stop there: somebody else may have answered.
device-offer-done = Done: this device is one of yours now. Your conversations come by themselves, with what is written from now on. Keep the passphrase safe: nobody can recover it.
device-link-warning = Go on only if you hold the new device in your hands: it will read everything that is written to you, and can write in your name.
device-linked-done = Done: device { $device } is one of yours now, and takes part in all your conversations.
device-linked-later = Done: device { $device } is one of yours now. It is added to your conversations as soon as it has connected: run `colloque sync` then.
prompt-link = Paste the text that the new device shows, then press Enter:
prompt-link-code = Type the six digits that the new device shows, then press Enter:
event-devices-changed = A device was added to your account or removed from it, on your main device. If it was not you, look at your devices there.

## In conversations

entry-added-own = You added one more of your devices. It reads what is written from here on.
entry-added-their-own = One more device, added by its owner: { $name }. It reads what is written from here on.
entry-removed-own = You took one of your devices out. It reads nothing that is written from here on.
entry-removed-their-own = One device less, taken out by its owner: { $name }.
entry-joined-own = This device was added here, as one of yours. What was written before is on your other device.

## Errors

error-not-an-offer = This is not the complete text of a new device: it starts with COLLOQUE-LINK1. and is to be copied whole.
error-not-a-code = These are not six digits, so nothing was added. Begin again on the new device, and type the digits that it shows.
error-unknown-device = None of your devices is called { $text }: see `colloque device list`.
error-ambiguous-device = Several of your devices are meant by { $text }: give more digits, see `colloque device list`.
misuse-no-linking = No new device waits for this any more. Nothing was added: begin again on the new device.
misuse-too-many-devices = You have as many devices as an account can have. Remove one that you no longer use, then begin again.
misuse-unknown-device = This is none of your other devices, and a device cannot remove itself: see `colloque device list`.
misuse-relay-address = This is not the address of a relay, such as relay.example.org:443. Your main device shows the right one: colloque whoami.
error-unknown-history = Nothing of number { $text } is on its way between your devices: see `colloque device history`.

## Why a linking ended

linking-link-other-relay = The new device was given another relay than yours. Nothing was added. Begin again on the new device, with the address of the relay that this device shows.
linking-link-other-nonce = What came from the new device is not what it showed: something was changed on its way. Nothing was added. Begin again on the new device; if this happens again, tell who invited you.
linking-link-code-differs = The digits are not the same on both devices, so nothing was added. Perhaps one was mistyped; perhaps somebody has come between your devices. Begin again on the new device; if they differ again, tell who invited you.
linking-link-unreadable = What came from the other device cannot be read: it was changed on its way, or somebody else answered. Nothing was added. Begin again on the new device; if this happens again, tell who invited you.
linking-grant-other-linking = What came is the answer to an earlier try. This device was not added. On your main device, remove the device that it has just added; then begin again here.
linking-grant-signature = What came does not come from your main device. This device was not added. Begin again here; if this happens again, tell who invited you.
linking-grant-certificate = The certificate that your main device made for this one does not hold. Check that date and time are right on both. On your main device, remove the device that it has just added; then begin again here.
linking-grant-other-account = What came is for the account of somebody else. This device was not added. Begin again here; if this happens again, tell who invited you.
linking-grant-other-device = What came is for another device than this one, which was not added. On your main device, remove the device that it has just added; then begin again here.
linking-grant-device-list = The list of your devices that came does not hold, so this device was not added. On your main device, remove the device that it has just added; then begin again here.
linking-grant-unlisted = The list of your devices that came does not have this one, which was not added. Begin again here; if this happens again, tell who invited you.
linking-grant-address = The addresses that your main device gave cannot be used, so this device was not added. On your main device, remove the device that it has just added; then begin again here.

## On the pages

desk-own-devices = Your devices
desk-add-device = Add a device
desk-device-lost = A device is lost or stolen?
desk-device-lost-main = Should this main device get lost one day, none of the others can remove it. Tell who invited you: you get a new mailbox, and those who write to you see that your key has changed.
desk-device-remove = Remove this device
desk-device-remove-why = It receives nothing new from then on and can no longer write. What it has already received stays on it. Everyone in your conversations sees that one of your devices was taken out.
desk-device-remove-button = Remove
desk-device-give = Give it the conversations of before
desk-device-give-why = A device that was added later has only what was written since. This device sends it, encrypted for that one alone, what was written before. There each message is marked as received from your other device.
desk-device-give-since = From this day on (empty: all)
desk-device-give-button = Give
desk-device-main = Make it the main device
desk-device-main-why = The main device adds and removes the others, and renews their certificates. Choose one that you keep: if it gets lost, none of the others can remove it.
desk-device-main-button = Make it the main one
desk-histories = Given between your devices
desk-history-stop = Stop
desk-go-on = Go on
desk-look-again = Look again
desk-link-begin = Begin on the new device
desk-link-there = On the new device, open Colloque and choose “I already use Colloque on another device”.
desk-link-relay = It asks for the address of the relay. Type this one there:
desk-link-read = It then shows a code. Take a picture of it here, or paste its text.
desk-link-text = Text of the new device
desk-link-text-help = It starts with COLLOQUE-LINK1. and works once, for ten minutes.
desk-link-waits = Waiting for the new device
desk-link-waits-why = In a moment it shows six digits. Have it before you; this page goes on by itself.
desk-link-compare = Compare the six digits
desk-link-code = The six digits that the new device shows
desk-link-code-help = Read them on the new device that you hold, and nowhere else. Nobody needs to know them, not even by telephone.
desk-link-name = Name for the new device
desk-link-name-help = For you alone, such as “tablet”. It stays on this device, and may stay empty.
desk-link-button = Add this device
desk-link-granting = The device is being added
desk-link-granting-why = This takes a few seconds; this page goes on by itself.
desk-link-done = The device is added
desk-link-stop = Give up
desk-join = Use Colloque on this device, too
desk-join-offered = I already use Colloque on another device
desk-join-begin = Have your other device at hand
desk-join-why = Your mailbox is on another device: your main device. It adds this one, in three steps. You then read and write on both.
desk-join-relay = Address of the relay
desk-join-relay-help = Your main device shows it: This device, Your devices, Add a device.
desk-join-passphrase = Passphrase for this device
desk-join-instead = I have an invitation instead
desk-join-show = Let your main device read this code
desk-join-show-why = On your main device, open This device, Your devices, Add a device, and take a picture of this code there. This page goes on by itself.
desk-join-qr = Code of this device
desk-join-life = It works once, for ten minutes.
desk-join-compare = Type these six digits on your main device
desk-join-compare-why = Once you have done so there, your mailbox opens here by itself.
desk-join-differs = If your main device says that they differ, give up here and begin again.

## Conversations of before, for another device

history-none = Your devices have given each other nothing yet: colloque device give.
history-given = for device { $device }
history-received = from device { $device }
history-all = all conversations
history-since = what was written since { $day }
history-threads = { $count ->
    [one] 1 conversation
   *[other] { $count } conversations
}
history-moving = { $done } of { $count } messages so far
history-given-done = { $count ->
    [one] 1 message is at the relay, encrypted; the other device takes it when it is connected
   *[other] { $count } messages are at the relay, encrypted; the other device takes them when it is connected
}
history-done = { $count ->
    [one] 1 message received
   *[other] { $count } messages received
}
history-ended = stopped; what had already come is kept
history-device-removed = stopped, because that device was removed
history-too-long = not all at once: choose a day, or some conversations
history-failed = it did not get there: { $reason } What had already come is kept; give it again
device-main-waiting = Nearly done: as soon as it is connected, { $device } becomes your main device. Until then this one stays the main one, and no device can be added or removed.
