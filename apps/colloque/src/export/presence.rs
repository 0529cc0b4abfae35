//! Who was in a thread at each place of its log, worked out backwards from the roster as it is now.

use std::collections::{BTreeMap, BTreeSet};

use colloque_client_core::{Entry, EntryKind, Participant, Standing};
use colloque_schemas::id::{AccountId, Seq};

/// Who was there, as far as this device can tell.
#[derive(Debug)]
pub(super) struct Presence {
    /// Whoever had a device in the thread at each entry, in the order of the entries; none where it is not known.
    pub(super) at: Vec<BTreeSet<AccountId>>,
    /// Whoever had one where this device's knowledge of the roster begins.
    pub(super) first: BTreeSet<AccountId>,
    /// Whoever has one now.
    pub(super) last: BTreeSet<AccountId>,
}

/// Devices of each account.
#[derive(Default)]
struct Devices(BTreeMap<AccountId, usize>);

impl Devices {
    fn change(&mut self, kind: &EntryKind, is_backwards: bool) {
        let (account, is_more) = match kind {
            EntryKind::Added { account, .. } => (account, !is_backwards),
            EntryKind::Removed { account, .. } => (account, is_backwards),
            _ => return,
        };
        let count = self.0.entry(*account).or_default();
        *count = if is_more { count.saturating_add(1) } else { count.saturating_sub(1) };
    }

    fn accounts(&self) -> BTreeSet<AccountId> {
        self.0.iter().filter(|(_, count)| **count > 0).map(|(account, _)| *account).collect()
    }
}

impl Presence {
    /// From the roster and the entries. Of what stands before `known_from`, where this device was added, it can tell
    /// nothing.
    pub(super) fn of(
        entries: &[Entry],
        roster: &[Participant],
        standing: Standing,
        own: AccountId,
        known_from: Seq,
    ) -> Self {
        let mut devices = Devices::default();
        for participant in roster {
            *devices.0.entry(participant.account).or_default() += 1;
        }
        // A device does not write down the roster that the Commit leaves which removes it.
        let unwritten = match standing {
            Standing::Departed => last_removal(entries, own),
            _ => None,
        };
        let is_unwritten = |entry: &&Entry| unwritten.is_some() && entry.seq == unwritten;
        for entry in entries.iter().filter(is_unwritten) {
            devices.change(&entry.kind, false);
        }
        let last = devices.accounts();
        let mut at = Vec::with_capacity(entries.len());
        for entry in entries.iter().rev() {
            let is_known = entry.seq.is_none_or(|seq| seq >= known_from);
            if is_known {
                devices.change(&entry.kind, true);
            }
            at.push(if is_known { devices.accounts() } else { BTreeSet::new() });
        }
        at.reverse();
        Self { at, first: devices.accounts(), last }
    }
}

/// Where the last device of an account was removed.
pub(super) fn last_removal(entries: &[Entry], of: AccountId) -> Option<Seq> {
    let removal = entries
        .iter()
        .rfind(|entry| matches!(entry.kind, EntryKind::Removed { account, .. } if account == of));
    removal.and_then(|entry| entry.seq)
}

#[cfg(test)]
mod tests {
    use colloque_schemas::id::DeviceKey;
    use colloque_schemas::role::Role;

    use super::*;
    use crate::cast::{PATIENT, PROFESSIONAL, STRANGER, message};

    fn device(account: AccountId) -> Participant {
        Participant {
            account,
            role: Role::Professional,
            device: DeviceKey::new([5; 32]),
            since: Seq(1),
            since_at: crate::cast::NOW,
        }
    }

    fn entry(seq: u64, kind: EntryKind) -> Entry {
        Entry { seq: Some(Seq(seq)), kind }
    }

    fn added(seq: u64, account: AccountId) -> Entry {
        entry(seq, EntryKind::Added { by: PROFESSIONAL, account })
    }

    fn removed(seq: u64, account: AccountId) -> Entry {
        entry(seq, EntryKind::Removed { by: PROFESSIONAL, account })
    }

    fn said(seq: u64) -> Entry {
        message(Some(seq), Role::Professional, Role::Patient, "hello")
    }

    fn set(accounts: &[AccountId]) -> BTreeSet<AccountId> {
        accounts.iter().copied().collect()
    }

    #[test]
    fn whoever_came_later_or_was_gone_by_then_did_not_receive_a_message() {
        let entries = [said(2), added(3, STRANGER), said(4), removed(5, PATIENT), said(6)];
        let roster = [device(PROFESSIONAL), device(STRANGER)];
        let presence = Presence::of(&entries, &roster, Standing::Member, PROFESSIONAL, Seq(1));
        assert_eq!(presence.first, set(&[PROFESSIONAL, PATIENT]));
        assert_eq!(presence.at[0], set(&[PROFESSIONAL, PATIENT]));
        assert_eq!(presence.at[2], set(&[PROFESSIONAL, PATIENT, STRANGER]));
        assert_eq!(presence.at[4], set(&[PROFESSIONAL, STRANGER]));
        assert_eq!(presence.last, set(&[PROFESSIONAL, STRANGER]));
    }

    #[test]
    fn an_account_that_loses_one_of_two_devices_is_still_there() {
        let entries = [said(2), added(3, PATIENT), removed(4, PATIENT), said(5)];
        let roster = [device(PROFESSIONAL), device(PATIENT)];
        let presence = Presence::of(&entries, &roster, Standing::Member, PROFESSIONAL, Seq(1));
        assert!(presence.at.iter().all(|there| *there == set(&[PROFESSIONAL, PATIENT])), "{presence:?}");
    }

    #[test]
    fn a_device_that_was_removed_knows_that_it_is_gone_though_its_roster_is_older() {
        let entries = [said(2), removed(3, PATIENT)];
        let roster = [device(PROFESSIONAL), device(PATIENT)];
        let presence = Presence::of(&entries, &roster, Standing::Departed, PATIENT, Seq(1));
        assert_eq!(presence.at[0], set(&[PROFESSIONAL, PATIENT]));
        assert_eq!(presence.last, set(&[PROFESSIONAL]));
    }

    #[test]
    fn nothing_is_claimed_of_what_was_before_this_device_was_added() {
        let entries = [said(2), said(9)];
        let roster = [device(PROFESSIONAL), device(PATIENT)];
        let presence = Presence::of(&entries, &roster, Standing::Member, PATIENT, Seq(8));
        assert_eq!(presence.at, [set(&[]), set(&[PROFESSIONAL, PATIENT])]);
    }
}
