//! Whether the parts of a request are as large, as many and as padded as they may be. No rule of policy is here.

use std::collections::HashSet;
use std::hash::Hash;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{
    ACCOUNTS_PER_THREAD, CONTROL_ENVELOPE_BYTES, DEVICES_PER_THREAD, ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES,
    NUMBER_MAX, WELCOME_MAX_BYTES,
};
use colloque_schemas::refusal::RefusalCode;

/// An envelope fills a bucket; a control envelope the one that all of them fill.
pub(super) fn check_envelope(envelope: &NewEnvelope) -> Result<(), RefusalCode> {
    let length = envelope.payload.length();
    if length > ENVELOPE_MAX_BYTES {
        return Err(RefusalCode::TooLarge);
    }
    let fits = match envelope.kind {
        EnvelopeKind::Control => length == CONTROL_ENVELOPE_BYTES,
        EnvelopeKind::Handshake | EnvelopeKind::Application => {
            length >= ENVELOPE_MIN_BYTES && length.is_power_of_two()
        }
    };
    if fits { Ok(()) } else { Err(RefusalCode::Malformed) }
}

/// Welcomes fill buckets and name each device once.
pub(super) fn check_welcomes(welcomes: &[NewWelcome]) -> Result<(), RefusalCode> {
    let mut devices = HashSet::new();
    for welcome in welcomes {
        let length = welcome.payload.length();
        if length > WELCOME_MAX_BYTES {
            return Err(RefusalCode::TooLarge);
        }
        let is_new = welcome.devices.iter().all(|device| devices.insert(*device));
        if length < ENVELOPE_MIN_BYTES || !length.is_power_of_two() || welcome.devices.is_empty() || !is_new {
            return Err(RefusalCode::Malformed);
        }
    }
    if devices.len() > DEVICES_PER_THREAD { Err(RefusalCode::TooLarge) } else { Ok(()) }
}

/// How much Welcomes take in inboxes, where each device has its own copy.
pub(super) fn inbox_bytes(welcomes: &[NewWelcome]) -> usize {
    let each = welcomes.iter().map(|welcome| welcome.payload.length().saturating_mul(welcome.devices.len()));
    each.fold(0, usize::saturating_add)
}

/// A mode as it can be stored. What the writer cannot store would fail the requests of others with it.
pub(super) fn check_mode(mode: AnswerMode) -> Result<(), RefusalCode> {
    match mode {
        AnswerMode::Until(deadline) if deadline.0 > NUMBER_MAX => Err(RefusalCode::Malformed),
        _ => Ok(()),
    }
}

/// Accounts with access: not too many, each once.
pub(super) fn check_accounts(accounts: &[AccountId]) -> Result<(), RefusalCode> {
    if accounts.len() > ACCOUNTS_PER_THREAD {
        return Err(RefusalCode::TooLarge);
    }
    if are_distinct(accounts) { Ok(()) } else { Err(RefusalCode::Malformed) }
}

/// Whether nothing occurs twice.
pub(super) fn are_distinct<T: Hash + Eq>(items: &[T]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().all(|item| seen.insert(item))
}

#[cfg(test)]
mod tests {
    use colloque_schemas::time::UnixSeconds;

    use super::*;

    #[test]
    fn a_deadline_that_cannot_be_stored_is_malformed() {
        let until = |seconds| check_mode(AnswerMode::Until(UnixSeconds(seconds)));
        assert_eq!(until(u64::MAX), Err(RefusalCode::Malformed));
        assert_eq!(until(NUMBER_MAX + 1), Err(RefusalCode::Malformed));
        assert_eq!(until(NUMBER_MAX), Ok(()));
        assert_eq!(check_mode(AnswerMode::Open), Ok(()));
    }

    fn envelope(kind: EnvelopeKind, length: usize) -> NewEnvelope {
        NewEnvelope { kind, payload: vec![0; length].into() }
    }

    #[test]
    fn envelopes_fill_buckets_and_control_envelopes_are_all_alike() {
        let cases = [
            (EnvelopeKind::Application, 512, Ok(())),
            (EnvelopeKind::Application, 256, Err(RefusalCode::Malformed)),
            (EnvelopeKind::Application, 1000, Err(RefusalCode::Malformed)),
            (EnvelopeKind::Handshake, ENVELOPE_MAX_BYTES, Ok(())),
            (EnvelopeKind::Handshake, 2 * ENVELOPE_MAX_BYTES, Err(RefusalCode::TooLarge)),
            (EnvelopeKind::Control, CONTROL_ENVELOPE_BYTES, Ok(())),
            (EnvelopeKind::Control, 512, Err(RefusalCode::Malformed)),
        ];
        for (kind, length, expected) in cases {
            assert_eq!(check_envelope(&envelope(kind, length)), expected, "{kind:?} {length}");
        }
    }
}
