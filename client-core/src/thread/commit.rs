//! Commits: making one's own, and what an accepted one does to what this device knows.
//!
//! One's own Commit is staged and kept with its exact bytes, posted, and merged when the log shows it: after every
//! earlier envelope, like anybody else's.

use colloque_schemas::codec;
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::pad;
use colloque_schemas::payload::CommitHeader;
use colloque_schemas::policy::{Change, CommitGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use openmls::group::{MlsGroup, StagedCommit};
use openmls::prelude::tls_codec::Serialize;
use openmls::prelude::{
    CredentialWithKey, LeafNodeIndex, LeafNodeParameters, OpenMlsProvider, ProcessedMessage,
    ProcessedMessageContent,
};
use rusqlite::Connection;

use super::judge::{Case, Verdict, charter, judge};
use super::receive::Reader;
use super::row::{
    Conduct, RosterRow, ThreadRow, agrees, delete_member, forget_heads, note_head, put_member, roster,
};
use super::{Stop, Tools, load_group};
use crate::contact::{self, Met};
use crate::entry;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::{certify_sitting, credential_of, member_of};
use crate::mls::{Provider, capabilities, group_context_extensions};
use crate::outbox::{self, Intent};
use crate::receipt;
use crate::view::{EntryKind, Standing};

/// Applies another member's Commit, if it is valid.
pub(super) fn accept(
    reader: &mut Reader<'_, '_>,
    processed: ProcessedMessage,
    committer: LeafNodeIndex,
) -> Result<(), Stop> {
    let header: CommitHeader = codec::decode(processed.aad(), 128).map_err(|_| PeerFault::Malformed)?;
    if header.sent_on < reader.row.committed_on {
        return Err(Rule::MessagesAreInOrder.into());
    }
    if header.seen.seq < reader.row.handshake_head {
        return Err(Rule::TermsInForce.into());
    }
    if !agrees(reader.sql, reader.row.thread, &header.seen)? {
        return Err(Rule::OneLog.into());
    }
    let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
        return Err(Rule::KindsAgree.into());
    };
    let Some(group) = reader.group.as_mut() else { return Err(bug("a Commit without its group")) };
    let anchor = &reader.tools.identity.anchor;
    let case = Case { sql: reader.sql, row: reader.row, group, staged: &staged, anchor, at: header.sent_on };
    let verdict = judge(&case, committer)?;
    merge(reader, verdict, Merge::Theirs(staged), header.sent_on)
}

/// Applies one's own Commit, which the log has just shown.
pub(super) fn accept_own(reader: &mut Reader<'_, '_>, at: UnixSeconds) -> Result<(), Stop> {
    let provider = reader.tools.provider(reader.sql);
    let group = load_group(&provider, reader.row.thread)?;
    let group = reader.group.insert(group);
    let own = group.own_leaf_index();
    let staged = group.pending_commit().ok_or_else(|| bug("a posted Commit is not pending"))?;
    let anchor = &reader.tools.identity.anchor;
    let verdict = judge(&Case { sql: reader.sql, row: reader.row, group, staged, anchor, at }, own)?;
    merge(reader, verdict, Merge::Own, at)
}

enum Merge {
    Theirs(Box<StagedCommit>),
    Own,
}

fn merge(reader: &mut Reader<'_, '_>, verdict: Verdict, which: Merge, at: UnixSeconds) -> Result<(), Stop> {
    let Verdict { grant, committer, changes } = verdict;
    let _spent: CommitGrant = grant;
    let provider = reader.tools.provider(reader.sql);
    let Some(group) = reader.group.as_mut() else { return Err(bug("a Commit without its group")) };
    let removes_self = match which {
        Merge::Theirs(staged) => {
            let removes_self = staged.self_removed();
            group
                .merge_staged_commit(&provider, *staged)
                .map_err(|_| bug("a staged Commit does not merge"))?;
            removes_self
        }
        Merge::Own => {
            group.merge_pending_commit(&provider).map_err(|_| bug("a pending Commit does not merge"))?;
            reader.row.updated_on = at;
            false
        }
    };
    let (thread, seq) = (reader.row.thread, reader.envelope.seq);
    record(reader.sql, reader.row, committer.actor.account, &changes, seq, reader.events)?;
    // Only professionals move the thread's time: a patient who dated a Commit ahead would make everyone's later ones,
    // and the certificates in them, look expired.
    let at = if committer.actor.role == Role::Professional { at } else { reader.row.committed_on };
    if removes_self {
        reader.row.standing = Standing::Departed;
        outbox::remove_thread(reader.sql, thread)?;
        return Ok(());
    }
    sync_roster(reader.tools, reader.sql, thread, group, seq, reader.events)?;
    begin_epoch(reader.sql, reader.row, group, seq, at)?;
    let own = reader.tools.identity.actor();
    let changes_terms = changes.iter().any(|change| !matches!(change, Change::UpdateLeaf { .. }));
    reader.row.terms_due |= changes_terms && own.role == Role::Professional;
    Ok(())
}

/// Writes what people are to see of a Commit.
fn record(
    sql: &Connection,
    row: &mut ThreadRow,
    by: AccountId,
    changes: &[Change],
    seq: Seq,
    events: &mut Vec<Event>,
) -> Result<(), Error> {
    let thread = row.thread;
    let mut roster_changes = false;
    for change in changes {
        let kind = match *change {
            Change::Add { added, .. } => {
                roster_changes = true;
                EntryKind::Added { by, account: added.actor.account }
            }
            Change::Remove { removed, .. } => {
                roster_changes = true;
                EntryKind::Removed { by, account: removed.actor.account }
            }
            Change::Mode { to, .. } => {
                row.mode = to;
                Conduct::forget_replies(sql, thread)?;
                events.push(Event::ModeChanged { thread, mode: to });
                EntryKind::ModeChanged { by, mode: to }
            }
            Change::UpdateLeaf { .. } | Change::Forbidden(_) => continue,
        };
        entry::add(sql, thread, seq, &kind)?;
    }
    if roster_changes {
        events.push(Event::RosterChanged { thread, seq });
    }
    Ok(())
}

/// Brings the roster in line with the ratchet tree; pins accounts that are new.
pub(super) fn sync_roster(
    tools: Tools<'_>,
    sql: &Connection,
    thread: ThreadId,
    group: &MlsGroup,
    seq: Seq,
    events: &mut Vec<Event>,
) -> Result<(), Stop> {
    let known = roster(sql, thread)?;
    let mut leaves = Vec::new();
    for sitting in group.members() {
        let leaf = sitting.index.u32();
        leaves.push(leaf);
        let before = known.iter().find(|row| row.leaf == leaf);
        if before.is_some_and(|row| row.member.device.as_bytes().as_slice() == sitting.signature_key) {
            continue;
        }
        let credential = certify_sitting(&sitting, &tools.identity.anchor, UnixSeconds(u64::MAX))?;
        let member = member_of(&credential);
        if contact::meet(sql, &credential)? == Met::KeyChanged {
            events.push(Event::AccountKeyChanged(member.actor.account));
        }
        put_member(sql, thread, &RosterRow { leaf, member, since: seq, counter: 0 })?;
        receipt::begin(sql, thread, member.actor.account, seq)?;
    }
    for gone in known.iter().filter(|row| !leaves.contains(&row.leaf)) {
        delete_member(sql, thread, gone.leaf)?;
    }
    Ok(())
}

/// Starts the running hash of the epoch that the Commit at `seq` began.
pub(super) fn begin_epoch(
    sql: &Connection,
    row: &mut ThreadRow,
    group: &MlsGroup,
    seq: Seq,
    at: UnixSeconds,
) -> Result<(), Error> {
    row.previous = (row.head.seq > Seq::START).then_some(row.head);
    row.head = LogHead::seed(&row.thread, group.epoch_authenticator().as_slice(), seq);
    row.committed_on = at;
    row.epoch_is_new = true;
    forget_heads(sql, row.thread)?;
    note_head(sql, row.thread, &row.head)
}

/// The day that a Commit of one's own says, never before an earlier Commit's.
pub(super) fn own_day(row: &ThreadRow, now: UnixSeconds) -> UnixSeconds {
    UnixSeconds(now.day().saturating_mul(SECONDS_PER_DAY)).max(row.committed_on)
}

/// Stages a Commit for an intent and returns its padded bytes and the day that it says, or nothing if there is nothing
/// left to do.
///
/// # Errors
/// [`Stop::Peer`] with the rule, if it would be refused by everyone.
pub(super) fn stage(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    intent: &Intent,
    now: UnixSeconds,
) -> Result<Option<(Vec<u8>, UnixSeconds)>, Stop> {
    let provider = tools.provider(sql);
    let mut group = load_group(&provider, row.thread)?;
    group.clear_pending_commit(provider.storage()).map_err(|_| bug("a pending Commit cannot be dropped"))?;
    let removals = match intent {
        Intent::Remove(account) => {
            let roster = roster(sql, row.thread)?;
            let of_account = roster.iter().filter(|row| row.member.actor.account == *account);
            of_account.map(|row| LeafNodeIndex::new(row.leaf)).collect()
        }
        _ => Vec::new(),
    };
    if matches!(intent, Intent::Remove(_)) && removals.is_empty() {
        return Ok(None);
    }
    let at = own_day(row, now);
    group.set_aad(codec::encode(&CommitHeader { sent_on: at, seen: row.head }));
    let bytes = build(tools, &provider, row, &mut group, intent, removals)?;
    let staged = group.pending_commit().ok_or_else(|| bug("a staged Commit is not pending"))?;
    let case = Case { sql, row, group: &group, staged, anchor: &tools.identity.anchor, at };
    let Verdict { .. } = judge(&case, group.own_leaf_index())?;
    let padded =
        pad(&bytes, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).map_err(|_| bug("a Commit is too large"))?;
    Ok(Some((padded, at)))
}

fn build(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    row: &ThreadRow,
    group: &mut MlsGroup,
    intent: &Intent,
    removals: Vec<LeafNodeIndex>,
) -> Result<Vec<u8>, Stop> {
    let extensions = match intent {
        Intent::SetMode(mode) => {
            let charter = charter(group, row, &tools.identity.anchor)?.with_mode(*mode);
            Some(group_context_extensions(charter.to_bytes()).map_err(|_| bug("a charter does not fit"))?)
        }
        _ => None,
    };
    // Proposals are listed here and nowhere else: whatever a member slipped in is left out (R20, R22).
    let mut builder = group
        .commit_builder()
        .consume_proposal_store(false)
        .force_self_update(true)
        .propose_removals(removals);
    if let Some(extensions) = extensions {
        builder = builder
            .propose_group_context_extensions(extensions)
            .map_err(|_| bug("a charter does not fit"))?;
    }
    let bundle = builder
        .leaf_node_parameters(own_leaf(tools)?)
        .load_psks(provider.storage())
        .map_err(|_| bug("a Commit cannot be built"))?
        .build(provider.rand(), provider.crypto(), &tools.identity.signer, |_| true)
        .map_err(|_| bug("a Commit cannot be built"))?
        .stage_commit(provider)
        .map_err(|_| bug("a Commit cannot be staged"))?;
    bundle.into_commit().tls_serialize_detached().map_err(|_| bug("a Commit does not encode"))
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
