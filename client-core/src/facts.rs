//! From MLS structures to the plain facts that the policy takes.
//!
//! openmls never interprets a credential and binds none to a key, so that is done here, at every place where a leaf
//! enters: KeyPackages, Adds, update paths, and every member of a Welcome (R23).

use colloque_schemas::certificate::{CertificateError, Credential, UnverifiedChain};
use colloque_schemas::charter::{CHARTER_EXTENSION_TYPE, UnverifiedCharter};
use colloque_schemas::policy::{Change, Forbidden, Member};
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use openmls::group::Member as MlsMember;
use openmls::prelude::tls_codec::{Deserialize, Serialize, VLBytes};
use openmls::prelude::{
    Credential as MlsCredential, CredentialType, Extension, Extensions, GroupContext, KeyPackage, LeafNode,
    Proposal, ProposalOrRefType, QueuedProposal, Sender, StagedCommit,
};

use crate::chains::Chains;
use crate::error::PeerFault;

/// A chain as an MLS credential: two DER certificates, leaf first (RFC 9420 section 5.3).
pub(crate) fn credential_of(chain: &UnverifiedChain) -> Option<MlsCredential> {
    let mut content = Vec::new();
    for certificate in [chain.leaf(), chain.account()] {
        content.extend(VLBytes::new(certificate.to_vec()).tls_serialize_detached().ok()?);
    }
    Some(MlsCredential::new(CredentialType::X509, content))
}

fn chain_of(credential: &MlsCredential) -> Option<UnverifiedChain> {
    if credential.credential_type() != CredentialType::X509 {
        return None;
    }
    let mut rest = credential.serialized_content();
    let leaf = VLBytes::tls_deserialize(&mut rest).ok()?;
    let account = VLBytes::tls_deserialize(&mut rest).ok()?;
    rest.is_empty().then(|| UnverifiedChain::new(leaf.into(), account.into()))
}

/// Who a leaf is, certified at this instant, which its certificate must not have outlived.
///
/// # Errors
/// [`PeerFault::Certificate`] (R23).
pub(crate) fn certify(
    credential: &MlsCredential,
    signature_key: &[u8],
    chains: &Chains,
    at: UnixSeconds,
) -> Result<Credential, PeerFault> {
    let chain = chain_of(credential).ok_or(PeerFault::Certificate)?;
    bound(chains.verify(&chain, at), signature_key)
}

/// Who a sitting member is; its certificate may have expired since.
///
/// # Errors
/// [`PeerFault::Certificate`] (R23).
pub(crate) fn certify_sitting(
    member: &MlsMember,
    chains: &Chains,
    at: UnixSeconds,
) -> Result<Credential, PeerFault> {
    let chain = chain_of(&member.credential).ok_or(PeerFault::Certificate)?;
    bound(chains.verify_regardless_of_leaf_expiry(&chain, at), &member.signature_key)
}

fn bound(
    verified: Result<Credential, CertificateError>,
    signature_key: &[u8],
) -> Result<Credential, PeerFault> {
    let credential = verified.map_err(|_| PeerFault::Certificate)?;
    if credential.device_key().as_bytes() == signature_key {
        Ok(credential)
    } else {
        Err(PeerFault::Certificate)
    }
}

/// The member that a certified leaf is.
pub(crate) fn member_of(credential: &Credential) -> Member {
    Member {
        actor: credential.actor(),
        account_key: credential.account_key(),
        device: credential.device_key(),
    }
}

/// The certified member that an Add's or a path's leaf would be.
pub(crate) fn member_of_leaf(leaf: &LeafNode, chains: &Chains, at: UnixSeconds) -> Result<Member, PeerFault> {
    certify(leaf.credential(), leaf.signature_key().as_slice(), chains, at)
        .map(|credential| member_of(&credential))
}

/// The charter in a group context, unverified.
///
/// # Errors
/// [`Rule::WelcomesAreChartered`] if there is none, or it is malformed.
pub(crate) fn charter_in(context: &Extensions<GroupContext>) -> Result<UnverifiedCharter, PeerFault> {
    let charter = context.iter().find_map(|extension| match extension {
        Extension::Unknown(CHARTER_EXTENSION_TYPE, content) => Some(&content.0),
        _ => None,
    });
    let charter = charter.ok_or(PeerFault::from(Rule::WelcomesAreChartered))?;
    UnverifiedCharter::from_bytes(charter).map_err(|_| Rule::WelcomesAreChartered.into())
}

/// Whether the extensions of two group contexts differ in anything but the charter's bytes, which are compared on their
/// own. No Commit can change the rest of a context (RFC 9420 section 8.1).
pub(crate) fn differ_beside_charter(
    before: &Extensions<GroupContext>,
    after: &Extensions<GroupContext>,
) -> bool {
    let others = |extensions: &Extensions<GroupContext>| -> Vec<Extension> {
        let is_charter =
            |extension: &&Extension| matches!(extension, Extension::Unknown(CHARTER_EXTENSION_TYPE, _));
        extensions.iter().filter(|extension| !is_charter(extension)).cloned().collect()
    };
    before.iter().count() != after.iter().count() || others(before) != others(after)
}

/// What a proposal of a staged Commit is, if it is one that has a rule of its own.
pub(crate) enum Proposed<'a> {
    Add(&'a KeyPackage),
    Remove(openmls::prelude::LeafNodeIndex),
    /// The group context is compared as a whole.
    Context,
    Forbidden(Forbidden),
}

/// Sorts a proposal. Anything that is not named here is forbidden.
pub(crate) fn sort(queued: &QueuedProposal, committer: openmls::prelude::LeafNodeIndex) -> Proposed<'_> {
    let by_committer = matches!(queued.sender(), Sender::Member(index) if *index == committer);
    if !matches!(queued.proposal_or_ref_type(), ProposalOrRefType::Proposal) || !by_committer {
        return Proposed::Forbidden(Forbidden::LoneProposal);
    }
    match queued.proposal() {
        Proposal::Add(add) => Proposed::Add(add.key_package()),
        Proposal::Remove(remove) => Proposed::Remove(remove.removed()),
        Proposal::GroupContextExtensions(_) => Proposed::Context,
        Proposal::PreSharedKey(_) => Proposed::Forbidden(Forbidden::PreSharedKey),
        Proposal::ReInit(_) => Proposed::Forbidden(Forbidden::ReInit),
        Proposal::ExternalInit(_) => Proposed::Forbidden(Forbidden::ExternalJoin),
        Proposal::Update(_) | Proposal::SelfRemove | Proposal::Custom(_) => {
            Proposed::Forbidden(Forbidden::OtherProposal)
        }
    }
}

/// The change that a path's new leaf is, if the Commit has a path. A Commit without one says nothing of its sender.
pub(crate) fn path_change(
    staged: &StagedCommit,
    before: Member,
    chains: &Chains,
    at: UnixSeconds,
) -> Result<Option<Change>, PeerFault> {
    let Some(leaf) = staged.update_path_leaf_node() else { return Ok(None) };
    let after = member_of_leaf(leaf, chains, at)?;
    Ok(Some(Change::UpdateLeaf { before, after }))
}
