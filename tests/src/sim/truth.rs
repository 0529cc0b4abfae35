//! What really happened, kept outside of every device: what people wrote, what the relay acknowledged, and what each place
//! of a log comes to.

use std::collections::{BTreeMap, BTreeSet};

use colloque_client_core::Standing;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{AccountId, IdempotencyId, MessageId, ThreadId};

use super::Verdict;
use super::device::Device;
use super::link::Acknowledged;

/// A message that somebody wrote, and that the client took.
pub(super) struct Said {
    pub(super) device: usize,
    pub(super) thread: ThreadId,
    /// Unknown of the first of a thread.
    pub(super) message: Option<MessageId>,
    /// No two are the same.
    pub(super) text: String,
}

/// The truth.
#[derive(Default)]
pub(super) struct Truth {
    pub(super) said: Vec<Said>,
    pub(super) acknowledged: BTreeMap<(ThreadId, u64), EnvelopeKind>,
    /// Devices that were told that something is not sent after all, once for each time.
    pub(super) denied: Vec<(usize, ThreadId)>,
    /// Who has blocked somebody, and may therefore have declined a Welcome without a word.
    pub(super) blockers: BTreeSet<AccountId>,
    /// The place that each id was given.
    places: BTreeMap<(ThreadId, IdempotencyId), u64>,
    /// How far each device had read when it was last looked at.
    read: BTreeMap<(&'static str, ThreadId), u64>,
    heads: BTreeMap<(ThreadId, u64), ([u8; 32], &'static str)>,
}

impl Truth {
    /// Notes what the relay acknowledged: one place for one id, however often it hears it (I2). Says whether it had.
    pub(super) fn note(&mut self, acknowledged: &Acknowledged) -> Result<bool, String> {
        let Acknowledged { thread, id, kind, seq, .. } = *acknowledged;
        self.acknowledged.insert((thread, seq), kind);
        match self.places.insert((thread, id), seq) {
            Some(before) if before != seq => {
                Err(format!("I2: what was acknowledged at {before} is acknowledged again at {seq}"))
            }
            before => Ok(before.is_some()),
        }
    }

    /// Compares how far a member has read with all who have read as far: the running hash holds the log and the epoch
    /// authenticator (I4).
    pub(super) fn look(&mut self, device: &mut Device, threads: &[ThreadId]) -> Verdict {
        for thread in threads {
            let Ok(head) = device.client().log_head(*thread) else { continue };
            if self.read.insert((device.name, *thread), head.seq.0) == Some(head.seq.0) {
                continue;
            }
            let standing = device.client().thread(*thread).map(|thread| thread.standing);
            if !matches!(standing, Ok(Standing::Member)) {
                continue;
            }
            let (hash, first) = *self.heads.entry((*thread, head.seq.0)).or_insert((head.hash, device.name));
            if hash != head.hash {
                return Err(format!("I4: {} and {first} differ at place {}", device.name, head.seq));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_given_a_second_place_is_named() {
        let mut truth = Truth::default();
        let (thread, id) = (ThreadId::new([1; 16]), IdempotencyId::new([2; 16]));
        let mut note = |seq| {
            let kind = EnvelopeKind::Application;
            truth.note(&Acknowledged { thread, id, kind, seq, is_echo: false })
        };
        assert_eq!(note(3), Ok(false));
        assert_eq!(note(3), Ok(true));
        assert_eq!(note(4).unwrap_err()[..2], *"I2");
    }
}
