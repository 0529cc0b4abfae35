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
