//! Opening a thread: its charter, its group, its first message, and one request that brings all of it to the relay.
//!
//! Nobody else can be in the group before the relay takes the request, so the opener merges its first Commit at once.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Credential;
use colloque_schemas::charter::{CHARTER_VERSION, Charter, Opening};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{ClaimedKeyPackage, ClaimedKeyPackages, OpenThread, Request};
use colloque_schemas::id::{AccountId, DeviceKey, KeyHash, Seq};
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::pad;
use colloque_schemas::payload::{Body, CommitHeader};
use colloque_schemas::policy::{self, OpenGrant};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::MlsGroup;
use openmls::prelude::tls_codec::{DeserializeBytes, Serialize};
use openmls::prelude::{GroupId, KeyPackage, KeyPackageIn, OpenMlsProvider, ProtocolVersion};
use sha2::{Digest, Sha256};

use super::commit::{begin_epoch, sync_roster};
use super::row::ThreadRow;
use super::stage::{own_credential, own_day};
use super::{Stop, Tools};
use crate::contact::{self, Met};
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::facts::certify;
use crate::mls::{LIFETIME, Provider, SUITE, SUITE_ID, create_config};
use crate::outbox::{self, Encrypted, Intent, OutboxRow};
use crate::store::Connection;
use crate::tail;

/// What is known of the account whose KeyPackages were claimed.
pub(crate) struct Claimed {
    pub(crate) account: AccountId,
    pub(crate) packages: ClaimedKeyPackages,
}

/// Makes the group and the request that opens the thread, and keeps the request's bytes.
///
/// # Errors
/// [`Stop::Peer`] if a claimed KeyPackage is not acceptable.
#[allow(clippy::too_many_arguments, reason = "an opening is made of all of these")]
pub(crate) fn create(
    tools: Tools<'_>,
    sql: &Connection,
    row: &mut ThreadRow,
    waiting: &OutboxRow,
    claims: &[Claimed],
    salt: [u8; 16],
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<Vec<u8>, Stop> {
    // Signed now, under the certificates of now, whenever it was written.
    row.opened_at = now;
    let grant = policy::open_thread(tools.identity.actor())?;
    let provider = tools.provider(sql);
    let mut key_packages = Vec::new();
    for claim in claims {
        let own = tools.identity.actor();
        let expected = if claim.account == own.account { own.role } else { Role::Patient };
        key_packages.extend(checked(tools, sql, &provider, claim, expected, now, events)?);
    }
    let devices: Vec<DeviceKey> = key_packages.iter().map(|(device, _)| *device).collect();
    let key_packages = key_packages.into_iter().map(|(_, key_package)| key_package).collect();
    let mut group = found(tools, &provider, row, grant, row.mode)?;
    let (commit, welcome) = add_first(tools, &provider, &mut group, row, key_packages, now)?;
    row.handshake_head = Seq(1);
    begin_epoch(sql, row, &group, Seq(1), own_day(row, now))?;
    sync_roster(tools, sql, row.thread, &group, (Seq(1), row.opened_at), events)?;
    let post = policy::post_content(&policy::ContentFacts {
        author: tools.identity.actor(),
        mode: row.mode,
        professional_has_spoken: false,
        has_replied: false,
        has_departed: false,
        at: now,
    })?;
    let first = outbox::of_thread(sql, row.thread)?.into_iter().nth(1);
    let Some(OutboxRow { id: first, intent: Intent::Content { message, text, written_at }, .. }) = first
    else {
        return Err(Stop::Failure(Error::Bug("an opening without a first message")));
    };
    let body = Body::text(salt, text);
    let message = super::post::seal(tools, &provider, &mut group, row, post, message, written_at, body)?;
    let payload_hash = KeyHash::new(Sha256::digest(&message).into());
    let mut access: Vec<AccountId> = row.patients.clone();
    access.push(row.opener);
    let request = codec::encode(&Request::OpenThread(OpenThread {
        thread: row.thread,
        idempotency: waiting.idempotency,
        access,
        mode: row.mode,
        envelopes: vec![
            NewEnvelope { kind: EnvelopeKind::Handshake, payload: commit.into() },
            NewEnvelope { kind: EnvelopeKind::Application, payload: message.into() },
        ],
        welcomes: vec![NewWelcome { devices, payload: welcome.into() }],
    }));
    let handshake_head = Seq(1);
    let encrypted = Encrypted { request: &[], payload_hash, handshake_head, sent_at: written_at };
    outbox::keep_bytes(sql, first, &encrypted)?;
    outbox::acknowledge(sql, first, Seq(2))?;
    outbox::keep_bytes(sql, waiting.id, &Encrypted { request: &request, ..encrypted })?;
    tail::keep_opening(sql, row.thread, &request, now)?;
    row.updated_on = row.committed_on;
    row.save(sql)?;
    Ok(request)
}

/// The KeyPackages of one account of this role, each checked against the account's device list and pinned key.
pub(super) fn checked(
    tools: Tools<'_>,
    sql: &Connection,
    provider: &Provider<'_>,
    claim: &Claimed,
    expected: Role,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<Vec<(DeviceKey, KeyPackage)>, Stop> {
    let mut checked: Vec<(DeviceKey, KeyPackage)> = Vec::new();
    for claimed in &claim.packages.key_packages {
        let (key_package, credential) = certified(tools, provider, claimed, now)?;
        let is_new = checked.iter().all(|(device, _)| *device != claimed.device);
        if credential.account() != claim.account || credential.device_key() != claimed.device || !is_new {
            return Err(PeerFault::Certificate.into());
        }
        if credential.role() != expected {
            return Err(Rule::PatientsJoinAtOpening.into());
        }
        if contact::meet(sql, &credential)? == Met::KeyChanged {
            events.push(Event::AccountKeyChanged(claim.account));
            return Err(Rule::OneKeyPerAccount.into());
        }
        let key = credential.account_key();
        let list: DeviceList = claim
            .packages
            .device_list
            .clone()
            .verify(claim.account, &key)
            .map_err(|_| PeerFault::from(Rule::DevicesAreListed))?;
        if !list.names(&claimed.device) || !contact::accept_device_list(sql, &list, &key)? {
            return Err(Rule::DevicesAreListed.into());
        }
        checked.push((claimed.device, key_package));
    }
    if checked.is_empty() { Err(Rule::DevicesAreListed.into()) } else { Ok(checked) }
}

/// A KeyPackage as MLS checks it, and who its leaf is certified to be.
///
/// # Errors
/// [`PeerFault`] (R23, R27).
pub(crate) fn certified(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    claimed: &ClaimedKeyPackage,
    now: UnixSeconds,
) -> Result<(KeyPackage, Credential), PeerFault> {
    let bytes = claimed.key_package.as_slice();
    let key_package = KeyPackageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| PeerFault::Malformed)?;
    let key_package = key_package
        .validate(provider.crypto(), ProtocolVersion::Mls10)
        .map_err(|_| PeerFault::Undecryptable)?;
    let lifetime = key_package.life_time();
    if key_package.ciphersuite() != SUITE || (lifetime.not_before(), lifetime.not_after()) != LIFETIME {
        return Err(Rule::OneSuite.into());
    }
    let leaf = key_package.leaf_node();
    let credential =
        certify(leaf.credential(), leaf.signature_key().as_slice(), &tools.identity.chains, now)?;
    Ok((key_package, credential))
}

/// Keeps what claimed KeyPackages tell of account keys, where the opening itself came to nothing.
pub(crate) fn note_keys(
    tools: Tools<'_>,
    sql: &Connection,
    claims: &[Claimed],
    now: UnixSeconds,
) -> Result<(), Error> {
    let provider = tools.provider(sql);
    for claim in claims {
        for claimed in &claim.packages.key_packages {
            if let Ok((_, credential)) = certified(tools, &provider, claimed, now)
                && credential.account() == claim.account
            {
                contact::meet(sql, &credential)?;
            }
        }
    }
    Ok(())
}

/// The group with its charter, and only the opener in it.
fn found(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    row: &ThreadRow,
    grant: OpenGrant,
    mode: AnswerMode,
) -> Result<MlsGroup, Error> {
    let opening = Opening {
        version: CHARTER_VERSION,
        suite: SUITE_ID,
        thread: row.thread,
        opener: row.opener,
        patients: row.patients.clone(),
        opened_at: row.opened_at,
    };
    let identity = tools.identity;
    let charter = Charter::sign(grant, opening, mode, identity.chain.clone(), identity.device_signing_key());
    let config = create_config(charter.to_bytes()).map_err(|_| Error::Bug("a charter does not fit"))?;
    let id = GroupId::from_slice(row.thread.as_bytes());
    let credential = own_credential(tools)?;
    MlsGroup::new_with_group_id(provider, &identity.signer, &config, id, credential)
        .map_err(|_| Error::Bug("a group could not be made"))
}

/// Adds the others and merges. Returns the padded Commit and Welcome.
fn add_first(
    tools: Tools<'_>,
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    row: &ThreadRow,
    key_packages: Vec<KeyPackage>,
    now: UnixSeconds,
) -> Result<(Vec<u8>, Vec<u8>), Stop> {
    let seen = LogHead { seq: Seq::START, hash: [0; 32] };
    group.set_aad(codec::encode(&CommitHeader { sent_on: own_day(row, now), seen }));
    let bundle = group
        .commit_builder()
        .consume_proposal_store(false)
        .propose_adds(key_packages)
        .load_psks(provider.storage())
        .map_err(|_| Error::Bug("a Commit cannot be built"))?
        .build(provider.rand(), provider.crypto(), &tools.identity.signer, |_| true)
        // A KeyPackage that does not fit the group, such as one without the charter among its capabilities.
        .map_err(|_| PeerFault::Malformed)?
        .stage_commit(provider)
        .map_err(|_| Error::Bug("a Commit cannot be staged"))?;
    let (commit, welcome, _) = bundle.into_messages();
    group.merge_pending_commit(provider).map_err(|_| Error::Bug("a pending Commit does not merge"))?;
    let welcome = welcome.ok_or(Error::Bug("an Add without a Welcome"))?;
    let encoded = |bytes: Result<Vec<u8>, _>| bytes.map_err(|_| Error::Bug("a Commit does not encode"));
    let commit = encoded(commit.tls_serialize_detached())?;
    let welcome = encoded(welcome.tls_serialize_detached())?;
    // Only KeyPackages of others can make it that large.
    let too_large = |_| PeerFault::Malformed;
    Ok((
        pad(&commit, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).map_err(too_large)?,
        pad(&welcome, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES).map_err(too_large)?,
    ))
}
