//! Requests as the relay sees them: of the right shape, with contents that mean nothing.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{Append, AssertTerms, OpenThread, Request};
use colloque_schemas::id::{AccountId, DeviceKey, Seq, ThreadId};
use colloque_schemas::limits::CONTROL_ENVELOPE_BYTES;

use crate::raw::{RawDevice, idempotency_id};
use crate::world::World;

/// An envelope of the size that fits every kind.
pub fn envelope(kind: EnvelopeKind) -> NewEnvelope {
    NewEnvelope { kind, payload: vec![7; CONTROL_ENVELOPE_BYTES].into() }
}

/// An opening by the first of these devices: a Commit, a first message, a Welcome for the other devices, and access
/// for the accounts of all.
pub fn opening(world: &mut World, thread: ThreadId, mode: AnswerMode, devices: &[&RawDevice]) -> OpenThread {
    let others: Vec<DeviceKey> = devices[1..].iter().map(|device| device.device()).collect();
    let welcome = NewWelcome { devices: others, payload: vec![3; 2048].into() };
    OpenThread {
        thread,
        idempotency: idempotency_id(world),
        access: accounts(devices),
        mode,
        envelopes: vec![envelope(EnvelopeKind::Handshake), envelope(EnvelopeKind::Application)],
        welcomes: if welcome.devices.is_empty() { Vec::new() } else { vec![welcome] },
    }
}

/// An append by someone who has read up to this handshake, with a new id.
pub fn append(world: &mut World, thread: ThreadId, kind: EnvelopeKind, head: u64) -> Append {
    Append {
        thread,
        idempotency: idempotency_id(world),
        handshake_head: Seq(head),
        envelope: envelope(kind),
        welcomes: Vec::new(),
        grant: Vec::new(),
        read_through: None,
    }
}

/// Terms of this handshake: access for the accounts of these devices, and this mode.
pub fn terms(thread: ThreadId, handshake: u64, mode: AnswerMode, devices: &[&RawDevice]) -> Request {
    let handshake = Seq(handshake);
    Request::AssertTerms(AssertTerms { thread, handshake, access: accounts(devices), mode })
}

fn accounts(devices: &[&RawDevice]) -> Vec<AccountId> {
    devices.iter().map(|device| device.account).collect()
}
