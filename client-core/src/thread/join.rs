//! Joining by a Welcome: everything is decided on the staged Welcome, before anything is stored (R01, R13, R23 to R27).

use colloque_schemas::certificate::Credential;
use colloque_schemas::charter::{Charter, CharterError};
use colloque_schemas::envelope::InboxItem;
use colloque_schemas::id::{AccountKey, IdempotencyId, Seq, ThreadId};
use colloque_schemas::limits::{CLOCK_SKEW_SECONDS, DEVICES_PER_THREAD, ENVELOPE_MIN_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::unpad;
use colloque_schemas::policy::{self, JoinFacts, JoinGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use openmls::group::{StagedWelcome, WelcomeError};
use openmls::prelude::tls_codec::DeserializeBytes;
use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn, Welcome};
use rusqlite::Connection;

use super::commit::{begin_epoch, sync_roster};
use super::row::ThreadRow;
use super::{Stop, Tools};
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::{certify_sitting, charter_in};
use crate::mls::{SUITE, join_config};
use crate::outbox::{self, Intent};
use crate::view::Standing;

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
    if ThreadRow::find(sql, item.thread)?.is_some() {
        return Err(PeerFault::Replayed.into());
    }
    let provider = tools.provider(sql);
    let welcome = welcome_of(item)?;
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
    let grant = judge(tools, &staged, &charter, &opener, now)?;
    enter(tools, sql, staged, grant, &charter, item.seq, events)?;
    outbox::push(sql, item.thread, update_id, &Intent::Update)?;
    events.push(Event::ThreadJoined(item.thread));
    Ok(item.thread)
}

fn judge(
    tools: Tools<'_>,
    staged: &StagedWelcome,
    charter: &Charter,
    opener: &Credential,
    now: UnixSeconds,
) -> Result<JoinGrant, Stop> {
    let sender = staged.welcome_sender_index();
    let mut adder = None;
    let mut keys: Vec<(colloque_schemas::id::AccountId, AccountKey)> = Vec::new();
    for sitting in staged.members() {
        let credential = certify_sitting(&sitting, &tools.identity.anchor, UnixSeconds(u64::MAX))?;
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
    Ok(policy::join_thread(&JoinFacts {
        adder: adder.actor(),
        opener: opener.actor(),
        own,
        own_is_charter_patient: charter.names_patient(own.account),
    })?)
}

fn enter(
    tools: Tools<'_>,
    sql: &Connection,
    staged: StagedWelcome,
    _grant: JoinGrant,
    charter: &Charter,
    seq: Seq,
    events: &mut Vec<Event>,
) -> Result<(), Stop> {
    let provider = tools.provider(sql);
    let group = staged
        .into_group(&provider)
        .map_err(|_| Stop::Failure(Error::Bug("a Welcome does not become a group")))?;
    let opening = charter.opening();
    let mut row = ThreadRow {
        thread: opening.thread,
        standing: Standing::Member,
        opener: opening.opener,
        patients: opening.patients.clone(),
        opened_at: opening.opened_at,
        mode: charter.mode(),
        head: LogHead { seq: Seq::START, hash: [0; 32] },
        handshake_head: seq,
        previous: None,
        committed_on: UnixSeconds(0),
        own_counter: 0,
        epoch_is_new: true,
        // An opening carries the opener's first message: whoever joins after it knows that a professional has spoken.
        professional_has_spoken: seq > Seq(2),
        terms_due: false,
        updated_on: UnixSeconds(0),
        displayed: Seq::START,
    };
    sync_roster(tools, sql, row.thread, &group, seq, events)?;
    let opened_on = UnixSeconds(opening.opened_at.day().saturating_mul(SECONDS_PER_DAY));
    begin_epoch(sql, &mut row, &group, seq, opened_on)?;
    Ok(row.save(sql)?)
}

fn welcome_of(item: &InboxItem) -> Result<Welcome, PeerFault> {
    let bytes = unpad(item.payload.as_slice(), ENVELOPE_MIN_BYTES).map_err(|_| PeerFault::Malformed)?;
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
