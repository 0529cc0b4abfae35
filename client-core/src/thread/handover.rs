//! What newcomers are told (R36): the same on every member's device, as a Commit that adds leaves it.

use std::collections::BTreeSet;

use colloque_schemas::handover::{AccountConduct, Handover, LeafCounter};
use colloque_schemas::id::{AccountId, DeviceKey};
use colloque_schemas::policy::Change;
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::UnixSeconds;

use super::row::{Conduct, RosterRow, ThreadRow, member_at, put_member};
use crate::error::Error;
use crate::store::Connection;

/// What this device knows of a thread.
pub(super) struct Known<'a> {
    pub(super) sql: &'a Connection,
    pub(super) row: &'a ThreadRow,
    pub(super) roster: &'a [RosterRow],
    pub(super) own: DeviceKey,
}

/// What it knows, as a Commit at the next place would leave it.
pub(super) fn after(
    known: &Known<'_>,
    committer: Actor,
    changes: &[Change],
    at: UnixSeconds,
) -> Result<Handover, Error> {
    let Known { sql, row, roster, own } = *known;
    let removed: Vec<DeviceKey> = changes.iter().filter_map(removed).collect();
    let added: Vec<AccountId> = changes.iter().filter_map(added).collect();
    let sets_mode = changes.iter().any(|change| matches!(change, Change::Mode { .. }));
    let staying: Vec<&RosterRow> =
        roster.iter().filter(|row| !removed.contains(&row.member.device)).collect();
    let sitting = staying.iter().map(|row| row.member.actor.account);
    let everyone: BTreeSet<AccountId> = sitting.chain(added.iter().chain(&row.patients).copied()).collect();
    let mut accounts = Vec::new();
    for account in everyone {
        let conduct = Conduct::load(sql, row.thread, account)?;
        let has_replied = conduct.has_replied && row.is_charter_patient(account) && !sets_mode;
        let has_departed = conduct.has_departed && !(added.contains(&account) && joins_anew(roster, account));
        if has_replied || has_departed {
            accounts.push(AccountConduct { account, has_replied, has_departed });
        }
    }
    let counters = staying.iter().map(|sitting| LeafCounter {
        leaf: sitting.leaf,
        counter: if sitting.member.device == own { row.own_counter } else { sitting.counter },
    });
    Ok(Handover {
        previous: row.head,
        committed_on: committed_on(row, committer, at),
        professional_has_spoken: row.professional_has_spoken,
        accounts,
        counters: counters.filter(|counted| counted.counter > 0).collect(),
    })
}

/// The day before which no later Commit is made. Only professionals move it: a patient who dated a Commit ahead would
/// make everyone's later ones, and the certificates in them, look expired.
pub(super) fn committed_on(row: &ThreadRow, committer: Actor, at: UnixSeconds) -> UnixSeconds {
    if committer.role == Role::Professional { at } else { row.committed_on }
}

/// Whether the account has no device in the thread: who is added anew has not left, whatever it did before.
pub(super) fn joins_anew(roster: &[RosterRow], account: AccountId) -> bool {
    roster.iter().all(|row| row.member.actor.account != account)
}

/// A newcomer takes over what it was told.
pub(super) fn take(sql: &Connection, row: &ThreadRow, handover: &Handover) -> Result<(), Error> {
    for AccountConduct { account, has_replied, has_departed } in &handover.accounts {
        let conduct = Conduct { has_replied: *has_replied, has_departed: *has_departed };
        conduct.save(sql, row.thread, *account)?;
    }
    for LeafCounter { leaf, counter } in &handover.counters {
        if let Some(member) = member_at(sql, row.thread, *leaf)? {
            put_member(sql, row.thread, &RosterRow { counter: *counter, ..member })?;
        }
    }
    Ok(())
}

fn added(change: &Change) -> Option<AccountId> {
    match change {
        Change::Add { added, .. } => Some(added.actor.account),
        _ => None,
    }
}

fn removed(change: &Change) -> Option<DeviceKey> {
    match change {
        Change::Remove { removed, .. } => Some(removed.device),
        _ => None,
    }
}
