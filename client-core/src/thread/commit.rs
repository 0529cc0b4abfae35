//! Commits: what an accepted one does to what this device knows.
//!
//! One's own is merged when the log shows it: after every earlier envelope, like anybody else's.

use colloque_schemas::codec;
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::payload::CommitHeader;
use colloque_schemas::policy::{Change, CommitGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::{MlsGroup, StagedCommit};
use openmls::prelude::{LeafNodeIndex, ProcessedMessage, ProcessedMessageContent};

use super::handover::{committed_on, joins_anew};
use super::judge::{Case, Verdict, judge};
use super::receive::Reader;
use super::row::{
    Conduct, RosterRow, ThreadRow, agrees, delete_member, forget_heads, note_head, put_member, roster,
};
use super::{Stop, Tools, load_group};
use crate::contact::{self, Met};
use crate::entry;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::{certify_sitting, member_of};
use crate::outbox;
use crate::pulse;
use crate::receipt;
use crate::repair;
use crate::store::Connection;
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
    let (sql, row, identity, at) = (reader.sql, &*reader.row, reader.tools.identity, header.sent_on);
    let case = Case { sql, row, group, staged: &staged, identity, at };
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
    let (sql, row, identity) = (reader.sql, &*reader.row, reader.tools.identity);
    let verdict = judge(&Case { sql, row, group, staged, identity, at }, own)?;
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
            pulse::spoke(reader.sql, reader.row.thread, reader.now)?;
            false
        }
    };
    let (thread, seq) = (reader.row.thread, reader.envelope.seq);
    record(reader.sql, reader.row, committer.actor.account, &changes, seq, reader.events)?;
    reader.row.confirm(committer.actor.account, reader.tools.identity.actor().account);
    let at = committed_on(reader.row, committer.actor, at);
    if removes_self {
        reader.row.standing = Standing::Departed;
        outbox::remove_thread(reader.sql, thread)?;
        return Ok(());
    }
    sync_roster(reader.tools, reader.sql, thread, group, (seq, at), reader.events)?;
    begin_epoch(reader.sql, reader.row, group, seq, at)?;
    let own = reader.tools.identity.actor();
    let changes_terms = changes.iter().any(|change| !matches!(change, Change::UpdateLeaf { .. }));
    reader.row.terms_due |= changes_terms && own.role == Role::Professional;
    Ok(reader.ask_anew()?)
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
    let before = roster(sql, thread)?;
    let mut roster_changes = false;
    for change in changes {
        let kind = match *change {
            Change::Add { added, .. } => {
                roster_changes = true;
                let account = added.actor.account;
                if joins_anew(&before, account) {
                    let conduct = Conduct::load(sql, thread, account)?;
                    Conduct { has_departed: false, ..conduct }.save(sql, thread, account)?;
                }
                EntryKind::Added { by, account }
            }
            Change::Remove { removed, .. } => {
                roster_changes = true;
                repair::forget_device(sql, thread, removed.device)?;
                // The leaf may have been given to a newcomer by the same Commit.
                if let Some(row) = before.iter().find(|row| row.member.device == removed.device) {
                    delete_member(sql, thread, row.leaf)?;
                }
                EntryKind::Removed { by, account: removed.actor.account }
            }
            Change::Mode { to, .. } => {
                row.mode = to;
                Conduct::forget_replies(sql, thread)?;
                events.push(Event::ModeChanged { thread, mode: to });
                EntryKind::ModeChanged { by, mode: to }
            }
            Change::UpdateLeaf { .. } | Change::HandOver { .. } | Change::Forbidden(_) => continue,
        };
        entry::add(sql, thread, seq, &kind)?;
    }
    if roster_changes {
        events.push(Event::RosterChanged { thread, seq });
    }
    Ok(())
}

/// Brings the roster in line with the ratchet tree after the Commit of this place and time; pins accounts that are new.
pub(super) fn sync_roster(
    tools: Tools<'_>,
    sql: &Connection,
    thread: ThreadId,
    group: &MlsGroup,
    (seq, at): (Seq, UnixSeconds),
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
        let credential = certify_sitting(&sitting, &tools.identity.chains, UnixSeconds(u64::MAX))?;
        let member = member_of(&credential);
        if contact::meet(sql, &credential)? == Met::KeyChanged {
            events.push(Event::AccountKeyChanged(member.actor.account));
        }
        put_member(sql, thread, &RosterRow { leaf, member, since: seq, since_at: at, counter: 0 })?;
        repair::forget_device(sql, thread, member.device)?;
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
    // The keys of an epoch are new for everyone.
    row.needs_new_keys = false;
    forget_heads(sql, row.thread)?;
    note_head(sql, row.thread, &row.head)
}

const fn bug(what: &'static str) -> Stop {
    Stop::Failure(Error::Bug(what))
}
