//! Fixed people, keys and texts, so that every fixture comes out the same on every machine.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::device_list::{DeviceList, UnverifiedDeviceList};
use colloque_schemas::envelope::{Envelope, EnvelopeKind, InboxItem, InboxSeq, NewEnvelope, NewWelcome};
use colloque_schemas::id::{
    AccountId, BlobId, DeviceKey, IdempotencyId, Incarnation, KeyHash, Seq, ThreadId,
};
use colloque_schemas::limits::{
    CONTROL_ENVELOPE_BYTES, ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES,
};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::pad;
use colloque_schemas::sign_in::{ChannelBinding, Nonce};
use colloque_schemas::time::UnixSeconds;
use ed25519_dalek::SigningKey;

pub(crate) const THREAD: ThreadId = ThreadId::new([0x11; 16]);
pub(crate) const PROFESSIONAL: AccountId = AccountId::new([0x22; 16]);
pub(crate) const PATIENT: AccountId = AccountId::new([0x33; 16]);
pub(crate) const REQUEST: IdempotencyId = IdempotencyId::new([0x44; 16]);
pub(crate) const INCARNATION: Incarnation = Incarnation::new([0x45; 16]);
pub(crate) const BLOB: BlobId = BlobId::new([0xaa; 16]);
pub(crate) const HASH: KeyHash = KeyHash::new([0x55; 32]);
pub(crate) const NONCE: Nonce = Nonce([0x66; 32]);
pub(crate) const BINDING: ChannelBinding = ChannelBinding([0x77; 32]);
/// 2025-10-09T00:00:00Z, a start of day.
pub(crate) const DAY: UnixSeconds = UnixSeconds(1_759_968_000);
pub(crate) const RELAY_NAME: &str = "relay.example";

pub(crate) fn device_key() -> SigningKey {
    SigningKey::from_bytes(&[0x88; 32])
}

pub(crate) fn account_key() -> SigningKey {
    SigningKey::from_bytes(&[0x99; 32])
}

pub(crate) fn device() -> DeviceKey {
    DeviceKey::new(device_key().verifying_key().to_bytes())
}

/// Two texts where certificates stand: the codec carries them and never looks into them.
pub(crate) fn chain() -> UnverifiedChain {
    UnverifiedChain::new(b"device certificate".to_vec(), b"account certificate".to_vec())
}

pub(crate) fn device_list() -> UnverifiedDeviceList {
    let list = DeviceList::sign(PROFESSIONAL, 3, vec![device()], &account_key());
    list.unwrap().to_unverified()
}

pub(crate) fn opaque(text: &str) -> Opaque {
    Opaque::from(text.as_bytes().to_vec())
}

pub(crate) fn envelope_payload(kind: EnvelopeKind) -> Opaque {
    let (text, minimum) = match kind {
        EnvelopeKind::Handshake => ("commit", ENVELOPE_MIN_BYTES),
        EnvelopeKind::Application => ("message", ENVELOPE_MIN_BYTES),
        EnvelopeKind::Control => ("control", CONTROL_ENVELOPE_BYTES),
    };
    Opaque::from(pad(text.as_bytes(), minimum, ENVELOPE_MAX_BYTES).unwrap())
}

pub(crate) fn new_envelope(kind: EnvelopeKind) -> NewEnvelope {
    NewEnvelope { kind, payload: envelope_payload(kind) }
}

pub(crate) fn envelope(seq: u64, kind: EnvelopeKind) -> Envelope {
    Envelope { seq: Seq(seq), kind, payload: envelope_payload(kind) }
}

fn welcome_payload() -> Opaque {
    Opaque::from(pad(b"welcome", ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES).unwrap())
}

pub(crate) fn new_welcome() -> NewWelcome {
    NewWelcome { devices: vec![device()], payload: welcome_payload() }
}

pub(crate) fn inbox_item() -> InboxItem {
    InboxItem { number: InboxSeq(5), thread: THREAD, seq: Seq(1), payload: welcome_payload() }
}

/// The running hash two envelopes after a Commit, so that the fixtures pin how it is computed.
pub(crate) fn log_head() -> LogHead {
    let payload = envelope_payload(EnvelopeKind::Application);
    let control = envelope_payload(EnvelopeKind::Control);
    LogHead::seed(&THREAD, b"epoch authenticator", Seq(3))
        .chain(EnvelopeKind::Application.number(), payload.as_slice())
        .chain(EnvelopeKind::Control.number(), control.as_slice())
}
