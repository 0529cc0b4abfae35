//! A letter's encryption: one message to one device, in an MLS group of two of which neither keeps anything.

use colloque_schemas::certificate::Credential;
use colloque_schemas::codec;
use colloque_schemas::envelope::InboxItem;
use colloque_schemas::id::ThreadId;
use colloque_schemas::letter::{Letter, SealedLetter};
use colloque_schemas::limits::{CLOCK_SKEW_SECONDS, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::padding::{pad, unpad};
use colloque_schemas::policy;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::{MlsGroup, StagedWelcome};
use openmls::prelude::tls_codec::{DeserializeBytes, Serialize};
use openmls::prelude::{
    GroupId, KeyPackage, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider,
    ProcessedMessageContent, ProtocolMessage, Sender,
};
use openmls_traits::storage::StorageProvider;

use crate::error::{Error, PeerFault};
use crate::facts::certify_sitting;
use crate::mls::{Provider, SUITE, join_config, letter_config};
use crate::store::Connection;
use crate::thread::join::welcome_of;
use crate::thread::stage::own_credential;
use crate::thread::{Stop, Tools};

/// Encrypts a letter to the device of a KeyPackage. The unit of work in which this happens is to be dropped: the group is
/// made for this one message.
///
/// # Errors
/// [`Stop::Peer`] if the KeyPackage does not fit a letter.
pub(crate) fn seal(
    tools: Tools<'_>,
    sql: &Connection,
    (group, to): (ThreadId, KeyPackage),
    letter: &Letter,
) -> Result<Vec<u8>, Stop> {
    let bug = |what| Stop::Failure(Error::Bug(what));
    let provider = tools.provider(sql);
    let signer = &tools.identity.signer;
    let (id, credential) = (GroupId::from_slice(group.as_bytes()), own_credential(tools)?);
    let mut group = MlsGroup::new_with_group_id(&provider, signer, &letter_config(), id, credential)
        .map_err(|_| bug("the group of a letter could not be made"))?;
    let bundle = group
        .commit_builder()
        .consume_proposal_store(false)
        .propose_adds([to])
        .load_psks(provider.storage())
        .map_err(|_| bug("a Commit cannot be built"))?
        .build(provider.rand(), provider.crypto(), signer, |_| true)
        .map_err(|_| PeerFault::Malformed)?
        .stage_commit(&provider)
        .map_err(|_| bug("a Commit cannot be staged"))?;
    let (_, welcome, _) = bundle.into_messages();
    group.merge_pending_commit(&provider).map_err(|_| bug("a pending Commit does not merge"))?;
    let message = group
        .create_message(&provider, signer, &codec::encode(letter))
        .map_err(|_| bug("a letter cannot be encrypted"))?;
    let encoded = |bytes: Result<Vec<u8>, _>| bytes.map_err(|_| bug("a letter does not encode"));
    let welcome = welcome.ok_or(bug("an Add without a Welcome"))?;
    let sealed = SealedLetter {
        welcome: encoded(welcome.tls_serialize_detached())?.into(),
        message: encoded(message.tls_serialize_detached())?.into(),
    };
    pad(&codec::encode(&sealed), ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES)
        .map_err(|_| bug("a letter is too long"))
}

/// Decrypts a letter. Of its group nothing is left; the KeyPackage is used up.
///
/// # Errors
/// [`Stop::Peer`] if it is refused; the savepoint around this is to be discarded then, which also gives the KeyPackage back.
pub(crate) fn open(
    tools: Tools<'_>,
    sql: &Connection,
    item: &InboxItem,
    now: UnixSeconds,
) -> Result<(Credential, Letter), Stop> {
    let provider = tools.provider(sql);
    let bytes = unpad(item.payload.as_slice(), ENVELOPE_MIN_BYTES).map_err(|_| PeerFault::Malformed)?;
    let sealed: SealedLetter = codec::decode(bytes, WELCOME_MAX_BYTES).map_err(|_| PeerFault::Malformed)?;
    let staged =
        StagedWelcome::build_from_welcome(&provider, &join_config(), welcome_of(sealed.welcome.as_slice())?)
            .map_err(|_| PeerFault::NoMatchingKeyPackage)?
            .skip_lifetime_validation()
            .build()
            .map_err(|_| PeerFault::Undecryptable)?;
    let context = staged.group_context();
    if context.ciphersuite() != SUITE {
        return Err(Rule::OneSuite.into());
    }
    let has_extensions = context.extensions().iter().next().is_some();
    if context.group_id().as_slice() != item.thread.as_bytes()
        || has_extensions
        || staged.members().count() != 2
    {
        return Err(PeerFault::Malformed.into());
    }
    let (writer, index) = writer_of(tools, &staged, now)?;
    let mut group = staged
        .into_group(&provider)
        .map_err(|_| Stop::Failure(Error::Bug("a Welcome does not become a group")))?;
    let letter = read(&provider, &mut group, index, sealed.message.as_slice())?;
    let (id, epoch, leaf) = (group.group_id().clone(), group.epoch(), group.own_leaf_index().u32());
    provider.storage().delete_encryption_epoch_key_pairs(&id, &epoch, leaf)?;
    group.delete(provider.storage())?;
    Ok((writer, letter))
}

/// Who wrote it: a device of an account that may, whose certificate is valid now, and of one's own account one that is
/// listed.
fn writer_of(
    tools: Tools<'_>,
    staged: &StagedWelcome,
    now: UnixSeconds,
) -> Result<(Credential, LeafNodeIndex), Stop> {
    let index = staged.welcome_sender_index();
    let sitting = staged.members().find(|member| member.index == index).ok_or(PeerFault::Certificate)?;
    let writer = certify_sitting(&sitting, &tools.identity.chains, UnixSeconds(u64::MAX))?;
    if writer.is_leaf_expired(now.minus(CLOCK_SKEW_SECONDS)) {
        return Err(Rule::ExpiredMembersOnlyRenew.into());
    }
    let own = &tools.identity.credential;
    let _ = policy::send_letter(writer.actor(), own.account())?;
    if writer.account() == own.account() {
        if writer.account_key() != own.account_key() {
            return Err(Rule::OneKeyPerAccount.into());
        }
        if !tools.identity.device_list.names(&writer.device_key()) {
            return Err(Rule::DevicesAreListed.into());
        }
    }
    Ok((writer, index))
}

fn read(
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    writer: LeafNodeIndex,
    message: &[u8],
) -> Result<Letter, PeerFault> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(message).map_err(|_| PeerFault::Malformed)?;
    let message: ProtocolMessage = match message.extract() {
        MlsMessageBodyIn::PrivateMessage(message) => message.into(),
        _ => return Err(PeerFault::Malformed),
    };
    let processed = group.process_message(provider, message).map_err(|_| PeerFault::Undecryptable)?;
    if !matches!(processed.sender(), Sender::Member(index) if *index == writer) {
        return Err(PeerFault::Certificate);
    }
    let ProcessedMessageContent::ApplicationMessage(content) = processed.into_content() else {
        return Err(PeerFault::Malformed);
    };
    codec::decode(&content.into_bytes(), WELCOME_MAX_BYTES).map_err(|_| PeerFault::Malformed)
}
