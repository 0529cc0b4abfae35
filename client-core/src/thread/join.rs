//! Joining by a Welcome: everything is decided on the staged Welcome, before anything is stored (R01, R13, R23 to R27,
//! R36).
//!
//! A thread is joined again by a device that is out of it, and by one for which nobody but its adder has vouched: what it
//! was told may have come from a Commit that the others refused. Then it is the same thread only if the opening is the
//! same.

use colloque_schemas::certificate::Credential;
use colloque_schemas::charter::{Charter, CharterError};
use colloque_schemas::envelope::InboxItem;
use colloque_schemas::handover::Handover;
use colloque_schemas::id::{AccountId, AccountKey, IdempotencyId, Seq, ThreadId};
use colloque_schemas::limits::{CLOCK_SKEW_SECONDS, DEVICES_PER_THREAD, ENVELOPE_MIN_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::unpad;
use colloque_schemas::policy::{self, JoinFacts, JoinGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use openmls::group::{StagedWelcome, WelcomeError};
use openmls::prelude::tls_codec::DeserializeBytes;
use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider, Welcome};
use openmls_traits::storage::StorageProvider;

use super::commit::{begin_epoch, sync_roster};
use super::row::{ThreadRow, forget_members, roster};
use super::{Stop, Tools, handover, load_group};
use crate::contact;
use crate::entry;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::{certify_sitting, charter_in};
use crate::history::forget_given;
use crate::mls::{SUITE, join_config};
use crate::outbox::{self, Intent};
use crate::repair;
use crate::store::Connection;
use crate::view::{EntryKind, Standing};

/// Joins the thread of an inbox item, if that is allowed, and queues the update of one's own leaf.
///
/// # Errors
/// [`Stop::Peer`] if the Welcome is refused; the savepoint around this is to be discarded then, which also gives the
/// KeyPackage back.
pub(crate) fn join(
    tools: Tools<'_>,
    sql: &Connection,
    item: &InboxItem,
    update_id: IdempotencyId,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<ThreadId, Stop> {
    let provider = tools.provider(sql);
    let known = ThreadRow::find(sql, item.thread)?;
    if let Some(known) = &known {
        leave_behind(tools, sql, known, item.seq)?;
    }
    let bytes = unpad(item.payload.as_slice(), ENVELOPE_MIN_BYTES).map_err(|_| PeerFault::Malformed)?;
    let welcome = welcome_of(bytes)?;
    let staged = StagedWelcome::build_from_welcome(&provider, &join_config(), welcome)
        .map_err(|error| fault_of(&error))?
        // Real validity lives in the certificates; an inactive member must not lock newcomers out.
        .skip_lifetime_validation()
        .build()
        .map_err(|error| fault_of(&error))?;
    let context = staged.group_context();
    if context.ciphersuite() != SUITE {
        return Err(Rule::OneSuite.into());
    }
    if context.group_id().as_slice() != item.thread.as_bytes() {
        return Err(Rule::WelcomesAreChartered.into());
    }
    let charter = charter_in(context.extensions())?;
    let verified = charter.verify(item.thread, &tools.identity.anchor);
    let (charter, opener) = verified.map_err(fault_of_charter)?;
    let opening = charter.opening();
    let is_another = |known: &ThreadRow| {
        (known.opener, &known.patients, known.opened_at)
            != (opening.opener, &opening.patients, opening.opened_at)
    };
    if known.as_ref().is_some_and(is_another) {
        return Err(Rule::WelcomesAreChartered.into());
    }
    if !Handover::is_of(charter.handover(), item.seq) {
        return Err(Rule::NewcomersKnowWhatMembersKnow.into());
    }
    let (grant, adder) = judge(tools, &staged, &charter, &opener, now)?;
    for inviter in [&adder, &opener] {
        if let Some(blocked) = contact::find_blocked(sql, inviter)? {
            return Err(PeerFault::Blocked(blocked).into());
        }
    }
    let adder = adder.account();
    let displayed = known.as_ref().map_or(Seq::START, |known| known.displayed);
    if known.is_some() {
        forget_given(sql, item.thread, item.seq)?;
    }
    enter(
        tools,
        sql,
        staged,
        grant,
        Entering { charter: &charter, adder, seq: item.seq, displayed },
        events,
    )?;
    outbox::push(sql, item.thread, update_id, &Intent::Update)?;
    events.push(Event::ThreadJoined(item.thread));
    Ok(item.thread)
}

/// Makes room for joining a thread again, if this device may.
fn leave_behind(tools: Tools<'_>, sql: &Connection, known: &ThreadRow, seq: Seq) -> Result<(), Stop> {
    if known.standing == Standing::Given {
        return Ok(());
    }
    let device = tools.identity.device();
    let read = match known.standing {
        Standing::Departed | Standing::AccessLost | Standing::Behind => known.head.seq,
        Standing::Member if known.adder.is_some() => {
            let roster = roster(sql, known.thread)?;
            roster.iter().find(|row| row.member.device == device).map_or(known.head.seq, |row| row.since)
        }
        _ => return Err(PeerFault::Replayed.into()),
    };
    if seq <= read {
        return Err(PeerFault::Replayed.into());
    }
    let provider = tools.provider(sql);
    let mut group = load_group(&provider, known.thread)?;
    let (id, epoch, leaf) = (group.group_id().clone(), group.epoch(), group.own_leaf_index().u32());
    provider.storage().delete_encryption_epoch_key_pairs(&id, &epoch, leaf)?;
    group.delete(provider.storage())?;
    forget_members(sql, known.thread)?;
    repair::forget_thread(sql, known.thread)?;
    Ok(outbox::begin_anew(sql, known.thread)?)
}

fn judge(
    tools: Tools<'_>,
    staged: &StagedWelcome,
    charter: &Charter,
    opener: &Credential,
    now: UnixSeconds,
) -> Result<(JoinGrant, Credential), Stop> {
    let sender = staged.welcome_sender_index();
    let mut adder = None;
    let mut keys: Vec<(AccountId, AccountKey)> = Vec::new();
    for sitting in staged.members() {
        let credential = certify_sitting(&sitting, &tools.identity.chains, UnixSeconds(u64::MAX))?;
        let (account, key) = (credential.account(), credential.account_key());
        if keys.iter().any(|(known, pinned)| *known == account && *pinned != key) {
            return Err(Rule::OneKeyPerAccount.into());
        }
        if credential.role() == Role::Patient && !charter.names_patient(account) {
            return Err(Rule::PatientsJoinAtOpening.into());
        }
        keys.push((account, key));
        if sitting.index == sender {
            adder = Some(credential);
        }
    }
    let adder = adder.ok_or(PeerFault::Certificate)?;
    if keys.len() > DEVICES_PER_THREAD {
        return Err(PeerFault::Malformed.into());
    }
    // Whether to act on an invitation is a matter of local time: an expired device invites nobody.
    if adder.is_leaf_expired(now.minus(CLOCK_SKEW_SECONDS)) {
        return Err(Rule::ExpiredMembersOnlyRenew.into());
    }
    let own = tools.identity.actor();
    let grant = policy::join_thread(&JoinFacts {
        adder: adder.actor(),
        opener: opener.actor(),
        own,
        own_is_charter_patient: charter.names_patient(own.account),
    })?;
    Ok((grant, adder))
}

/// How a thread is entered.
struct Entering<'a> {
    charter: &'a Charter,
    adder: AccountId,
    seq: Seq,
    displayed: Seq,
}

fn enter(
    tools: Tools<'_>,
    sql: &Connection,
    staged: StagedWelcome,
    _grant: JoinGrant,
    entering: Entering<'_>,
    events: &mut Vec<Event>,
) -> Result<(), Stop> {
    let Entering { charter, adder, seq, displayed } = entering;
    let provider = tools.provider(sql);
    let group = staged
        .into_group(&provider)
        .map_err(|_| Stop::Failure(Error::Bug("a Welcome does not become a group")))?;
    let opening = charter.opening();
    let opened_on = UnixSeconds(opening.opened_at.day().saturating_mul(SECONDS_PER_DAY));
    let told = charter.handover();
    let mut row = ThreadRow {
        thread: opening.thread,
        standing: Standing::Member,
        needs_new_keys: false,
        opener: opening.opener,
        patients: opening.patients.clone(),
        opened_at: opening.opened_at,
        mode: charter.mode(),
        head: told.map_or(LogHead { seq: Seq::START, hash: [0; 32] }, |told| told.previous),
        handshake_head: seq,
        previous: None,
        committed_on: UnixSeconds(0),
        own_counter: 0,
        epoch_is_new: true,
        professional_has_spoken: told.is_some_and(|told| told.professional_has_spoken),
        terms_due: false,
        updated_on: UnixSeconds(0),
        displayed,
        adder: told.map(|_| adder),
    };
    let at = told.map_or(row.opened_at, |told| told.committed_on);
    sync_roster(tools, sql, row.thread, &group, (seq, at), events)?;
    begin_epoch(sql, &mut row, &group, seq, told.map_or(opened_on, |told| told.committed_on))?;
    if let Some(told) = told {
        handover::take(sql, &row, told)?;
        entry::add(sql, row.thread, seq, &EntryKind::Joined { by: adder })?;
    }
    Ok(row.save(sql)?)
}

/// The Welcome that these bytes are.
///
/// # Errors
/// [`PeerFault::Malformed`].
pub(crate) fn welcome_of(bytes: &[u8]) -> Result<Welcome, PeerFault> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| PeerFault::Malformed)?;
    match message.extract() {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(PeerFault::Malformed),
    }
}

/// A charter that its opener had no right to make keeps its rule (R01); any other is as good as none.
fn fault_of_charter(error: CharterError) -> PeerFault {
    match error {
        CharterError::Denied(denied) => denied.into(),
        _ => Rule::WelcomesAreChartered.into(),
    }
}

fn fault_of<E>(error: &WelcomeError<E>) -> PeerFault {
    match error {
        WelcomeError::NoMatchingKeyPackage => PeerFault::NoMatchingKeyPackage,
        WelcomeError::CiphersuiteMismatch | WelcomeError::UnsupportedCiphersuite(_) => Rule::OneSuite.into(),
        _ => PeerFault::Undecryptable,
    }
}
