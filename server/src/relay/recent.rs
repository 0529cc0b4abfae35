//! The ids of the newest appends of a log, so that a repeated one is answered and not stored again, and of those that policy
//! has refused, so that a copy that comes late is refused, too.
//!
//! A sender repeats an id when a connection ended before the answer came. It reads the log first, and does not repeat what
//! it finds there; so only what was under way at the same time can be repeated, and the newest are enough.

use std::collections::{HashMap, VecDeque};

use colloque_schemas::id::{IdempotencyId, Seq};
use colloque_schemas::limits::IDS_PER_LOG;
use colloque_schemas::rule::Rule;

/// What became of an append, as far as its sender was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It has this place.
    Placed(Seq),
    /// This rule stood against it. Its sender has given it up, and may have used its counter for something else. Only in
    /// memory: what was on its way ends with the relay.
    Refused(Rule),
}

/// At most [`IDS_PER_LOG`] ids with what became of them, the oldest forgotten first.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentIds {
    fates: HashMap<IdempotencyId, Fate>,
    order: VecDeque<IdempotencyId>,
}

impl RecentIds {
    /// Remembers an id.
    pub(super) fn add(&mut self, id: IdempotencyId, fate: Fate) {
        if self.fates.insert(id, fate).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > IDS_PER_LOG
            && let Some(oldest) = self.order.pop_front()
        {
            self.fates.remove(&oldest);
        }
    }

    /// What became of an append.
    pub(super) fn find(&self, id: &IdempotencyId) -> Option<Fate> {
        self.fates.get(id).copied()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_ids_are_remembered_and_the_oldest_forgotten_first() {
        let id = |number: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            IdempotencyId::new(bytes)
        };
        let mut recent = RecentIds::default();
        for number in 0..=IDS_PER_LOG {
            recent.add(id(number), Fate::Placed(Seq(number as u64)));
        }
        assert_eq!(recent.count(), IDS_PER_LOG);
        assert_eq!(recent.find(&id(0)), None);
        assert_eq!(recent.find(&id(1)), Some(Fate::Placed(Seq(1))));
        assert_eq!(recent.find(&id(IDS_PER_LOG)), Some(Fate::Placed(Seq(IDS_PER_LOG as u64))));
    }
}
