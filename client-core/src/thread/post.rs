//! Posting: from an intent at the front of its thread's queue to the exact bytes of a request.

use colloque_schemas::codec;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope};
use colloque_schemas::frame::{Append, Request};
use colloque_schemas::id::{AccountId, KeyHash, MessageId};
use colloque_schemas::limits::{CONTROL_ENVELOPE_BYTES, ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES};
use colloque_schemas::padding::{pad, pad_inside};
use colloque_schemas::payload::{Body, Payload};
use colloque_schemas::policy::{self, Change, ClaimGrant, CommitFacts, CommitGrant, ContentFacts, PostGrant};
use colloque_schemas::role::Actor;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::MlsGroup;
use openmls::prelude::tls_codec::Serialize;
use sha2::{Digest, Sha256};

use super::open::Claimed;
use super::row::{Conduct, RosterRow, ThreadRow, roster};
use super::stage::{Stage, Staged};
use super::{Stop, Tools, load_group, repair};
use crate::contact;
use crate::document;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::mls::Provider;
use crate::outbox::{self, Encrypted, Intent, OutboxRow};
use crate::receipt;
use crate::store::Connection;
use crate::tail;
use crate::view::Standing;

/// What became of an intent.
pub(crate) enum Prepared {
    /// Its bytes are kept with it; send them after the commit.
    Ready(Vec<u8>),
    /// There is nothing left to do.
    Moot,
    /// Not while this device does not understand the log.
    Later,
}

/// Encrypts an intent under the terms now in force, and keeps its bytes. `claims` are of the account that it adds.
///
/// # Errors
/// [`Stop::Peer`] with the rule, if it is not allowed (any more).
#[allow(clippy::too_many_arguments, reason = "an append is made of all of these")]
pub(crate) fn prepare(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    waiting: &OutboxRow,
    claims: &[Claimed],
    salt: [u8; 16],
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<Prepared, Stop> {
    if row.standing == Standing::Behind {
        return Ok(Prepared::Later);
    }
    // A key that was used for one message is never used for another.
    if row.needs_new_keys && waiting.intent != Intent::Update {
        return Err(PeerFault::UnknownOwn.into());
    }
    check_keys(sql, row)?;
    let mut invited = None;
    let (kind, payload, sent_at) = match &waiting.intent {
        Intent::Content { message, text, written_at } => {
            let grant = may_post(tools, sql, row, now)?;
            let body = document::body(sql, row.thread, *message, salt, text.clone())?;
            let payload = encrypt(tools, sql, row, grant, *message, *written_at, body)?;
            (EnvelopeKind::Application, payload, *written_at)
        }
        Intent::Upkeep { control, .. } if repair::is_moot(tools, sql, row, control)? => {
            return Ok(Prepared::Moot);
        }
        Intent::Control { message, control } | Intent::Upkeep { message, control } => {
            let grant = policy::post_control(tools.identity.actor());
            let body = Body::Control(control.clone());
            (EnvelopeKind::Control, encrypt(tools, sql, row, grant, *message, now, body)?, now)
        }
        Intent::Receipt { message, receipt, at } => {
            let own = tools.identity.actor();
            if receipt::is_moot(sql, row.thread, own.account, waiting.id, receipt)? {
                return Ok(Prepared::Moot);
            }
            let (grant, body) = (policy::post_control(own), Body::Control(receipt.clone()));
            (EnvelopeKind::Control, encrypt(tools, sql, row, grant, *message, *at, body)?, *at)
        }
        Intent::Again { message, counter } => {
            let Some(body) = repair::body(tools, sql, row, (*message, *counter), salt)? else {
                return Ok(Prepared::Moot);
            };
            let grant = may_post(tools, sql, row, now)?;
            (EnvelopeKind::Application, encrypt(tools, sql, row, grant, *message, now, body)?, now)
        }
        Intent::Update | Intent::SetMode(_) | Intent::Remove(_) | Intent::Add(_) | Intent::Align => {
            let stage = Stage { tools, sql, row, claims, now };
            let Some(staged) = stage.commit(&waiting.intent, events)? else { return Ok(Prepared::Moot) };
            let Staged { commit, at, invited: newcomers } = staged;
            invited = newcomers;
            (EnvelopeKind::Handshake, commit, at)
        }
        Intent::Open => return Err(Stop::Failure(Error::Bug("an opening is not appended"))),
    };
    let payload_hash = KeyHash::new(Sha256::digest(&payload).into());
    let has_welcomes = invited.is_some();
    let own = tools.identity.actor().account;
    let request = codec::encode(&Request::Append(Append {
        thread: row.thread,
        idempotency: waiting.idempotency,
        handshake_head: row.handshake_head,
        envelope: NewEnvelope { kind, payload: payload.into() },
        read_through: invited.as_ref().map(|_| row.head.seq),
        // A further device of an account that has access needs no grant.
        grant: invited.iter().map(|(account, _)| *account).filter(|account| *account != own).collect(),
        welcomes: invited.into_iter().map(|(_, welcome)| welcome).collect(),
    }));
    let encrypted =
        Encrypted { request: &request, payload_hash, handshake_head: row.handshake_head, sent_at };
    outbox::keep_bytes(sql, waiting.id, &encrypted)?;
    if has_welcomes {
        tail::keep_append(sql, &payload_hash, &request, now)?;
    }
    Ok(Prepared::Ready(request))
}

/// Whether an intent would be allowed if it were at its place now: asked before it is queued, so that a person hears no
/// at once.
///
/// # Errors
/// [`Stop::Peer`] with the rule.
pub(crate) fn check_now(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    intent: &Intent,
    now: UnixSeconds,
) -> Result<(), Stop> {
    check_keys(sql, row)?;
    match intent {
        Intent::Content { .. } => may_post(tools, sql, row, now).map(|_| ()),
        Intent::SetMode(mode) => Ok(policy::change_mode(tools.identity.actor(), row.mode, *mode, now)?),
        Intent::Add(account) => {
            let _: ClaimGrant = policy::claim_key_packages(tools.identity.actor(), *account)?;
            Ok(())
        }
        Intent::Remove(account) => may_remove(tools, sql, row, *account, now),
        Intent::Open | Intent::Update | Intent::Align => Ok(()),
        Intent::Control { .. } | Intent::Receipt { .. } | Intent::Upkeep { .. } | Intent::Again { .. } => {
            Ok(())
        }
    }
}

/// Whether this device's account may take all devices of another out now.
fn may_remove(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    account: AccountId,
    now: UnixSeconds,
) -> Result<(), Stop> {
    let has_departed = Conduct::load(sql, row.thread, account)?.has_departed;
    let is_charter_patient = row.is_charter_patient(account);
    let roster = roster(sql, row.thread)?;
    let of_account = roster.iter().filter(|row| row.member.actor.account == account);
    let remove = |row: &RosterRow| Change::Remove { removed: row.member, is_charter_patient, has_departed };
    let _: CommitGrant = policy::apply_commit(&CommitFacts {
        committer: tools.identity.actor(),
        committer_is_expired: false,
        mode: row.mode,
        at: now,
        changes: &of_account.map(remove).collect::<Vec<_>>(),
    })?;
    Ok(())
}

/// Nothing is sent to an account whose key has changed, until a person confirms (R24).
fn check_keys(sql: &Connection, row: &ThreadRow) -> Result<(), Stop> {
    for member in roster(sql, row.thread)? {
        let known = contact::find(sql, member.member.actor.account)?;
        let pinned = known.as_ref().and_then(|contact| contact.account_key);
        if pinned.is_some_and(|pinned| pinned != member.member.account_key) {
            return Err(Rule::OneKeyPerAccount.into());
        }
    }
    Ok(())
}

/// Whether this device's account may post content now.
pub(crate) fn may_post(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    now: UnixSeconds,
) -> Result<PostGrant, Stop> {
    Ok(policy::post_content(&content_facts(tools.identity.actor(), sql, row, now)?)?)
}

/// What the rules ask of content of this account that would be posted now.
pub(crate) fn content_facts(
    author: Actor,
    sql: &Connection,
    row: &ThreadRow,
    now: UnixSeconds,
) -> Result<ContentFacts, Error> {
    let conduct = Conduct::load(sql, row.thread, author.account)?;
    Ok(ContentFacts {
        author,
        mode: row.mode,
        professional_has_spoken: row.professional_has_spoken,
        has_replied: conduct.has_replied,
        has_departed: conduct.has_departed || row.standing == Standing::Departed,
        at: now,
    })
}

fn encrypt(
    tools: Tools<'_>,
    sql: &Connection,
    row: &ThreadRow,
    grant: PostGrant,
    message: MessageId,
    sent_at: UnixSeconds,
    body: Body,
) -> Result<Vec<u8>, Stop> {
    let provider = tools.provider(sql);
    let mut group = load_group(&provider, row.thread)?;
    Ok(seal(tools, &provider, &mut group, row, grant, message, sent_at, body)?)
}

/// Encrypts one message and frames it to its bucket. The grant is spent.
#[allow(clippy::too_many_arguments, reason = "what a message says, and what it is encrypted with")]
pub(super) fn seal(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    row: &ThreadRow,
    _grant: PostGrant,
    message: MessageId,
    sent_at: UnixSeconds,
    body: Body,
) -> Result<Vec<u8>, Error> {
    let (minimum, maximum) = match body {
        Body::Content(_) | Body::Again { .. } => (ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES),
        Body::Control(_) => (CONTROL_ENVELOPE_BYTES, CONTROL_ENVELOPE_BYTES),
    };
    let payload = Payload {
        message,
        thread: row.thread,
        counter: row.own_counter.saturating_add(1),
        sent_at,
        seen: row.head,
        previous: row.previous.filter(|_| row.epoch_is_new),
        body,
    };
    let inside = pad_inside(&codec::encode(&payload), minimum, maximum);
    let inside = inside.map_err(|_| Error::Bug("a message does not fit its bucket"))?;
    group.set_aad(Vec::new());
    let sealed = group
        .create_message(provider, &tools.identity.signer, &inside)
        .map_err(|_| Error::Bug("a message cannot be encrypted"))?;
    let bytes = sealed.tls_serialize_detached().map_err(|_| Error::Bug("a message does not encode"))?;
    pad(&bytes, minimum, maximum).map_err(|_| Error::Bug("a message does not fit its bucket"))
}
