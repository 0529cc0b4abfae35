//! Whether a staged Commit is valid: a pure function of group state and Commit bytes, so that all honest devices agree.

use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::charter::{Amendment, Charter};
use colloque_schemas::handover::Handover;
use colloque_schemas::limits::{DEVICES_PER_ACCOUNT, DEVICES_PER_THREAD};
use colloque_schemas::policy::{self, Change, CommitFacts, CommitGrant, Forbidden, Member};
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::{GroupContext, MlsGroup, StagedCommit};
use openmls::prelude::{Extensions, KeyPackage, LeafNodeIndex};

use super::Stop;
use super::handover::{self, Known};
use super::row::{Conduct, RosterRow, ThreadRow, roster};
use crate::error::PeerFault;
use crate::facts::{
    Proposed, certify_sitting, charter_in, differ_beside_charter, member_of_leaf, path_change, sort,
};
use crate::identity::Identity;
use crate::mls::LIFETIME;
use crate::store::Connection;

/// What is judged.
pub(crate) struct Case<'a> {
    pub(crate) sql: &'a Connection,
    pub(crate) row: &'a ThreadRow,
    pub(crate) group: &'a MlsGroup,
    pub(crate) staged: &'a StagedCommit,
    pub(crate) identity: &'a Identity,
    /// The Commit's authenticated time.
    pub(crate) at: UnixSeconds,
}

/// What a valid Commit does.
pub(crate) struct Verdict {
    pub(crate) grant: CommitGrant,
    pub(crate) committer: Member,
    pub(crate) changes: Vec<Change>,
}

/// Judges a Commit of the member at `committer`.
///
/// # Errors
/// [`Stop::Peer`] with the rule against it.
pub(crate) fn judge(case: &Case<'_>, committer: LeafNodeIndex) -> Result<Verdict, Stop> {
    let roster = roster(case.sql, case.row.thread)?;
    let sitting = case.group.member_at(committer).ok_or(PeerFault::Certificate)?;
    let credential = certify_sitting(&sitting, &case.identity.chains, case.at)?;
    let before = at_leaf(&roster, committer)?;
    let (mut changes, mut told) = (Vec::new(), None);
    for queued in case.staged.queued_proposals() {
        match sort(queued, committer) {
            Proposed::Add(key_package) => changes.push(added(case, &roster, &changes, key_package)?),
            Proposed::Remove(index) => changes.push(removed(case, at_leaf(&roster, index)?)?),
            Proposed::Context => changes.extend(context_changes(case, &mut told)?),
            Proposed::Forbidden(forbidden) => changes.push(Change::Forbidden(forbidden)),
        }
    }
    let named = told.is_some() || changes.iter().any(|change| matches!(change, Change::Mode { .. }));
    if !named && context_differs(case) {
        changes.push(Change::Forbidden(Forbidden::ContextChange));
    }
    if let Some(told) = told {
        let known = Known { sql: case.sql, row: case.row, roster: &roster, own: case.identity.device() };
        let truth = handover::after(&known, before.actor, &changes, case.at)?;
        changes.push(Change::HandOver { is_true: told == truth });
    }
    changes.extend(path_change(case.staged, before, &case.identity.chains, case.at)?);
    let facts = CommitFacts {
        committer: before.actor,
        committer_is_expired: credential.is_leaf_expired(case.at),
        mode: case.row.mode,
        at: case.at,
        changes: &changes,
    };
    let grant = policy::apply_commit(&facts)?;
    Ok(Verdict { grant, committer: before, changes })
}

fn at_leaf(roster: &[RosterRow], index: LeafNodeIndex) -> Result<Member, Stop> {
    let row = roster.iter().find(|row| row.leaf == index.u32());
    Ok(row.ok_or(PeerFault::Certificate)?.member)
}

fn added(
    case: &Case<'_>,
    roster: &[RosterRow],
    earlier: &[Change],
    key_package: &KeyPackage,
) -> Result<Change, Stop> {
    // openmls compares a lifetime with the local clock, on which no verdict may depend: only the widest one is taken.
    let lifetime = key_package.life_time();
    if (lifetime.not_before(), lifetime.not_after()) != LIFETIME {
        return Err(Rule::OneSuite.into());
    }
    let added = member_of_leaf(key_package.leaf_node(), &case.identity.chains, case.at)?;
    let adds = earlier.iter().filter_map(|change| match change {
        Change::Add { added, .. } => Some(added),
        _ => None,
    });
    // One account key per account in a roster (R24); what this device has pinned decides what it does, not what is valid.
    let sitting: Vec<&Member> = roster.iter().map(|row| &row.member).chain(adds).collect();
    let of_account = sitting.iter().filter(|member| member.actor.account == added.actor.account);
    if of_account.clone().any(|member| member.account_key != added.account_key) {
        return Err(Rule::OneKeyPerAccount.into());
    }
    // A tree that grows without bound would make every later Commit too large to post.
    if sitting.len() >= DEVICES_PER_THREAD || of_account.count() >= DEVICES_PER_ACCOUNT {
        return Err(Rule::DevicesAddedByProfessionalOrOwner.into());
    }
    let account = added.actor.account;
    let account_is_known =
        case.row.is_charter_patient(account) || roster.iter().any(|row| row.member.actor.account == account);
    Ok(Change::Add { added, account_is_known })
}

fn removed(case: &Case<'_>, removed: Member) -> Result<Change, Stop> {
    let account = removed.actor.account;
    let has_departed = Conduct::load(case.sql, case.row.thread, account)?.has_departed;
    Ok(Change::Remove { removed, is_charter_patient: case.row.is_charter_patient(account), has_departed })
}

/// What a proposal for the group context changes; `told` becomes what it hands over, which is compared once all else that
/// the Commit does is known.
fn context_changes(case: &Case<'_>, told: &mut Option<Handover>) -> Result<Option<Change>, Stop> {
    let (before, after) = contexts(case);
    let forbidden = Some(Change::Forbidden(Forbidden::ContextChange));
    if differ_beside_charter(before, after) {
        return Ok(forbidden);
    }
    let charter = charter(case.group, case.row, &case.identity.anchor)?;
    let Ok(successor) = charter_in(after) else { return Ok(forbidden) };
    let Some(Amendment { mode, handover }) = charter.amendment(&successor) else { return Ok(forbidden) };
    *told = handover;
    Ok(mode.map(|to| Change::Mode { from: case.row.mode, to }))
}

/// Whether a Commit without a context proposal changed the context all the same.
fn context_differs(case: &Case<'_>) -> bool {
    let (before, after) = contexts(case);
    before != after
}

/// The charter in force, verified: it was when this device joined, and costs little to verify again.
pub(crate) fn charter(group: &MlsGroup, row: &ThreadRow, anchor: &TrustAnchor) -> Result<Charter, Stop> {
    let charter = charter_in(group.extensions())?;
    let verified = charter.verify(row.thread, anchor);
    Ok(verified.map_err(|_| PeerFault::from(Rule::WelcomesAreChartered))?.0)
}

fn contexts<'a>(case: &Case<'a>) -> (&'a Extensions<GroupContext>, &'a Extensions<GroupContext>) {
    (case.group.extensions(), case.staged.group_context().extensions())
}
