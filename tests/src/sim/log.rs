//! The one log of a thread that all devices show parts of.

use std::collections::{BTreeMap, BTreeSet};

use colloque_client_core::{EntryKind, Message};
use colloque_schemas::id::AccountId;

use super::check::View;

/// What happened to the roster at one place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Removed(AccountId),
    Added(AccountId),
    Left(AccountId),
}

/// The one log that all devices show parts of.
pub(super) struct Log<'a> {
    pub(super) messages: BTreeMap<u64, &'a Message>,
    changes: BTreeSet<(u64, Change)>,
}

/// Puts together what all devices show.
pub(super) fn log_of(opening: BTreeSet<AccountId>, views: &[View]) -> Result<Log<'_>, String> {
    let mut log = Log { messages: BTreeMap::new(), changes: BTreeSet::new() };
    let mut changes: Vec<_> = opening.into_iter().map(|account| (1, Change::Added(account))).collect();
    for view in views {
        let placed = view.entries.iter().filter_map(|entry| Some((entry.seq?.0, &entry.kind)));
        for (seq, kind) in placed {
            match kind {
                EntryKind::Message(message) => {
                    let known = *log.messages.entry(seq).or_insert(message);
                    let [one, other] =
                        [known, message].map(|of| (of.message, of.author, &of.text, of.sent_at));
                    if one != other {
                        return Err(format!("I4: {} shows another message at {seq}", view.name));
                    }
                }
                EntryKind::Added { account, .. } => changes.push((seq, Change::Added(*account))),
                EntryKind::Removed { account, .. } => changes.push((seq, Change::Removed(*account))),
                EntryKind::Departed { account } => changes.push((seq, Change::Left(*account))),
                EntryKind::Refused { reason } => {
                    return Err(format!("I9: {} refused {seq}: {reason}", view.name));
                }
                EntryKind::Gap { missing, .. } => {
                    return Err(format!("I1: {} misses {missing} at {seq}", view.name));
                }
                EntryKind::Repaired { .. } | EntryKind::Doubted { .. } => {
                    return Err(format!("I1: {} missed or doubts something at {seq}", view.name));
                }
                EntryKind::ModeChanged { .. } | EntryKind::Joined { .. } => {}
            }
        }
    }
    log.changes.extend(changes);
    Ok(log)
}

impl Log<'_> {
    /// From where to where an account was a member: after the first place, before the second.
    pub(super) fn stays(&self, account: AccountId) -> Vec<(u64, Option<u64>)> {
        let mut stays: Vec<(u64, Option<u64>)> = Vec::new();
        for (seq, change) in &self.changes {
            let last = stays.last_mut().filter(|(_, until)| until.is_none());
            match (change, last) {
                (Change::Added(of), None) if *of == account => stays.push((*seq, None)),
                (Change::Removed(of), Some(stay)) if *of == account => stay.1 = Some(*seq),
                _ => {}
            }
        }
        stays
    }

    pub(super) fn reads(&self, account: AccountId, place: u64) -> bool {
        let within =
            |(after, until): &(u64, Option<u64>)| *after < place && until.is_none_or(|until| place < until);
        self.stays(account).iter().any(within)
    }

    pub(super) fn has_left(&self, account: AccountId) -> bool {
        let of_account = |change: &&(u64, Change)| match change.1 {
            Change::Added(of) | Change::Removed(of) | Change::Left(of) => of == account,
        };
        self.changes.iter().rfind(of_account).is_some_and(|(_, change)| matches!(change, Change::Left(_)))
    }
}
