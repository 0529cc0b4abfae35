//! Staging one's own Commit: from an intent to its padded bytes, kept pending until the log shows it.

use colloque_schemas::charter::Charter;
use colloque_schemas::codec;
use colloque_schemas::envelope::NewWelcome;
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::padding::pad;
use colloque_schemas::payload::CommitHeader;
use colloque_schemas::policy::{Change, Member};
use colloque_schemas::role::Role;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use openmls::group::MlsGroup;
use openmls::prelude::tls_codec::Serialize;
use openmls::prelude::{
    CredentialWithKey, KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsMessageOut, OpenMlsProvider,
};

use super::handover::{self, Known};
use super::judge::{Case, Verdict, charter, judge};
use super::open::{Claimed, checked};
use super::row::{RosterRow, ThreadRow, roster};
use super::{Stop, Tools, load_group};
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::{credential_of, member_of_leaf};
use crate::identity::Identity;
use crate::mls::{Provider, capabilities, group_context_extensions};
use crate::outbox::Intent;
use crate::store::Connection;

/// A Commit that waits for its place.
pub(super) struct Staged {
    /// In its bucket.
    pub(super) commit: Vec<u8>,
    /// The day that it says.
    pub(super) at: UnixSeconds,
    /// Whom it adds, with the Welcome.
    pub(super) invited: Option<(AccountId, NewWelcome)>,
}

/// What a Commit is to do, beside giving this device a new leaf.
#[derive(Default)]
struct Plan {
    adds: Vec<KeyPackage>,
    removals: Vec<LeafNodeIndex>,
    charter: Option<Charter>,
    invited: Option<(AccountId, Vec<colloque_schemas::id::DeviceKey>)>,
}

/// What a Commit is staged from.
pub(super) struct Stage<'a> {
    pub(super) tools: Tools<'a>,
    pub(super) sql: &'a Connection,
    pub(super) row: &'a ThreadRow,
    pub(super) claims: &'a [Claimed],
    pub(super) now: UnixSeconds,
}

/// The day that a Commit of one's own says, never before an earlier Commit's.
pub(super) fn own_day(row: &ThreadRow, now: UnixSeconds) -> UnixSeconds {
    UnixSeconds(now.day().saturating_mul(SECONDS_PER_DAY)).max(row.committed_on)
}

impl Stage<'_> {
    /// Stages a Commit for an intent, or nothing if there is nothing left to do.
    ///
    /// # Errors
    /// [`Stop::Peer`] with the rule, if it would be refused by everyone.
    pub(super) fn commit(&self, intent: &Intent, events: &mut Vec<Event>) -> Result<Option<Staged>, Stop> {
        let Self { tools, sql, row, .. } = *self;
        let provider = tools.provider(sql);
        let mut group = load_group(&provider, row.thread)?;
        let cleared = group.clear_pending_commit(provider.storage());
        cleared.map_err(|_| bug("a pending Commit cannot be dropped"))?;
        let Some(mut plan) = self.plan(&provider, &group, intent, events)? else { return Ok(None) };
        let invited = plan.invited.take();
        let at = own_day(row, self.now);
        group.set_aad(codec::encode(&CommitHeader { sent_on: at, seen: row.head }));
        let (commit, welcome) = build(tools, &provider, &mut group, plan)?;
        let staged = group.pending_commit().ok_or_else(|| bug("a staged Commit is not pending"))?;
        let case = Case { sql, row, group: &group, staged, identity: tools.identity, at };
        let Verdict { .. } = judge(&case, group.own_leaf_index())?;
        let invited = invited.zip(welcome).map(|((account, devices), welcome)| {
            let payload = framed(&welcome, WELCOME_MAX_BYTES)?.into();
            Ok::<_, Stop>((account, NewWelcome { devices, payload }))
        });
        Ok(Some(Staged { commit: framed(&commit, ENVELOPE_MAX_BYTES)?, at, invited: invited.transpose()? }))
    }

    fn plan(
        &self,
        provider: &Provider<'_>,
        group: &MlsGroup,
        intent: &Intent,
        events: &mut Vec<Event>,
    ) -> Result<Option<Plan>, Stop> {
        let Self { tools, sql, row, .. } = *self;
        let roster = roster(sql, row.thread)?;
        match intent {
            Intent::SetMode(mode) => {
                let charter = charter(group, row, &tools.identity.anchor)?.with_mode(*mode);
                Ok(Some(Plan { charter: Some(charter), ..Plan::default() }))
            }
            Intent::Remove(account) => {
                let of_account = roster.iter().filter(|row| row.member.actor.account == *account);
                let removals: Vec<_> = of_account.map(|row| LeafNodeIndex::new(row.leaf)).collect();
                Ok((!removals.is_empty()).then(|| Plan { removals, ..Plan::default() }))
            }
            Intent::Add(account) => self.addition(provider, group, &roster, (*account, &[]), events),
            Intent::Align => {
                let identity = tools.identity;
                let gone: Vec<RosterRow> =
                    roster.iter().filter(|row| is_unlisted(row, identity)).copied().collect();
                let own = identity.actor().account;
                let plan = self.addition(provider, group, &roster, (own, &gone), events)?;
                let removals: Vec<_> = gone.iter().map(|row| LeafNodeIndex::new(row.leaf)).collect();
                Ok(match plan {
                    Some(plan) => Some(Plan { removals, ..plan }),
                    None if removals.is_empty() => None,
                    None => Some(Plan { removals, ..Plan::default() }),
                })
            }
            _ => Ok(Some(Plan::default())),
        }
    }

    /// Adds the listed devices of an account that are not in the thread, and tells them what they have not read, as it is
    /// without those that the same Commit removes.
    fn addition(
        &self,
        provider: &Provider<'_>,
        group: &MlsGroup,
        roster: &[RosterRow],
        (account, removed): (AccountId, &[RosterRow]),
        events: &mut Vec<Event>,
    ) -> Result<Option<Plan>, Stop> {
        let Self { tools, sql, row, now, .. } = *self;
        let anchor = &tools.identity.anchor;
        let expected = if row.is_charter_patient(account) { Role::Patient } else { Role::Professional };
        let (mut devices, mut adds) = (Vec::new(), Vec::new());
        let gone = |row: &RosterRow| Change::Remove {
            removed: row.member,
            is_charter_patient: self.row.is_charter_patient(account),
            has_departed: false,
        };
        let mut changes: Vec<Change> = removed.iter().map(gone).collect();
        for claim in self.claims.iter().filter(|claim| claim.account == account) {
            for (device, key_package) in checked(tools, sql, provider, claim, expected, now, events)? {
                if roster.iter().any(|row| row.member.device == device) {
                    continue;
                }
                let added = member_of_leaf(key_package.leaf_node(), &tools.identity.chains, now)?;
                // Whether it may be added is judged on the staged Commit.
                changes.push(Change::Add { added, account_is_known: false });
                devices.push(device);
                adds.push(key_package);
            }
        }
        if adds.is_empty() {
            return Ok(None);
        }
        let known = Known { sql, row, roster, own: tools.identity.device() };
        let told = handover::after(&known, tools.identity.actor(), &changes, own_day(row, now))?;
        let charter = Some(charter(group, row, anchor)?.with_handover(told));
        Ok(Some(Plan { adds, charter, invited: Some((account, devices)), ..Plan::default() }))
    }
}

/// Whether this is another device of one's own account that its list no longer names.
fn is_unlisted(row: &RosterRow, identity: &Identity) -> bool {
    let Member { actor, device, .. } = row.member;
    actor.account == identity.actor().account
        && device != identity.device()
        && !identity.device_list.names(&device)
}

/// Proposals are listed here and nowhere else: whatever a member slipped in is left out (R20, R22).
fn build(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    plan: Plan,
) -> Result<(MlsMessageOut, Option<MlsMessageOut>), Stop> {
    let adds = !plan.adds.is_empty();
    let mut builder = group
        .commit_builder()
        .consume_proposal_store(false)
        .force_self_update(true)
        .propose_removals(plan.removals)
        .propose_adds(plan.adds);
    if let Some(charter) = plan.charter {
        let extensions =
            group_context_extensions(charter.to_bytes()).map_err(|_| bug("a charter does not fit"))?;
        builder = builder
            .propose_group_context_extensions(extensions)
            .map_err(|_| bug("a charter does not fit"))?;
    }
    let built = builder
        .leaf_node_parameters(own_leaf(tools)?)
        .load_psks(provider.storage())
        .map_err(|_| bug("a Commit cannot be built"))?
        .build(provider.rand(), provider.crypto(), &tools.identity.signer, |_| true);
    let bundle = match built {
        Ok(built) => built.stage_commit(provider).map_err(|_| bug("a Commit cannot be staged"))?,
        // A KeyPackage that does not fit the group, such as one without the charter among its capabilities.
        Err(_) if adds => return Err(PeerFault::Malformed.into()),
        Err(_) => return Err(bug("a Commit cannot be built")),
    };
    let (commit, welcome, _) = bundle.into_messages();
    Ok((commit, welcome))
}

/// A message in its bucket. Only KeyPackages of others can make one too large.
fn framed(message: &MlsMessageOut, maximum: usize) -> Result<Vec<u8>, Stop> {
    let bytes = message.tls_serialize_detached().map_err(|_| bug("a Commit does not encode"))?;
    pad(&bytes, ENVELOPE_MIN_BYTES, maximum).map_err(|_| PeerFault::Malformed.into())
}

/// This device's leaf, with its newest certificate.
fn own_leaf(tools: Tools<'_>) -> Result<LeafNodeParameters, Stop> {
    let own = own_credential(tools)?;
    Ok(LeafNodeParameters::builder().with_credential_with_key(own).with_capabilities(capabilities()).build())
}

/// This device's chain as an MLS credential, with its key.
pub(crate) fn own_credential(tools: Tools<'_>) -> Result<CredentialWithKey, Error> {
    let credential =
        credential_of(&tools.identity.chain).ok_or(Error::Bug("a certificate chain does not encode"))?;
    Ok(CredentialWithKey { credential, signature_key: tools.identity.device().as_bytes().to_vec().into() })
}

const fn bug(what: &'static str) -> Stop {
    Stop::Failure(Error::Bug(what))
}
