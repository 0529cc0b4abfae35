//! What really happened, kept outside of every device: what people wrote, what the relay acknowledged, and what each place
//! of a log comes to.

use std::collections::{BTreeMap, BTreeSet};

use colloque_client_core::Standing;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{AccountId, MessageId, ThreadId};

use super::Verdict;
use super::device::Device;

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
    /// How far each device had read when it was last looked at.
    read: BTreeMap<(&'static str, ThreadId), u64>,
    heads: BTreeMap<(ThreadId, u64), ([u8; 32], &'static str)>,
}

impl Truth {
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
