//! openmls's storage on the `mls` table: every method is one statement, inside the unit of work whose
//! connection it borrows.
//!
//! openmls 0.9 asks for 54 methods that differ only in names and types, so they are listed as three tables,
//! each a name, its generic parameters and the kind of row, and expanded. The few that are more than that are
//! written out.

use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::codec::{decode, encode, items};
use crate::store::{Connection, Damage, StoreError, check_open};

/// Where openmls keeps its rows.
#[derive(Clone, Copy)]
pub struct MlsStorage<'unit> {
    sql: &'unit Connection,
}

/// What a row holds. The numbers are stored: never reuse or change one.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Kind {
    JoinConfig = 1,
    OwnLeafNodes = 2,
    Proposals = 3,
    Tree = 4,
    GroupContext = 5,
    InterimTranscriptHash = 6,
    ConfirmationTag = 7,
    GroupState = 8,
    MessageSecrets = 9,
    ResumptionPsks = 10,
    OwnLeafIndex = 11,
    EpochSecrets = 12,
    SignatureKeyPair = 13,
    EncryptionKeyPair = 14,
    EpochKeyPairs = 15,
    KeyPackage = 16,
    Psk = 17,
}

const REPLACE: &str = "INSERT INTO mls VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value";

/// Joining two blobs gives their bytes typed as text; the cast types them as what they are.
const APPEND: &str = "INSERT INTO mls VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET value = CAST(value || excluded.value AS BLOB)";

impl<'unit> MlsStorage<'unit> {
    pub(super) fn new(sql: &'unit Connection) -> Self {
        Self { sql }
    }

    fn put(
        &self,
        kind: Kind,
        key: &impl Serialize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), StoreError> {
        self.change(kind, key, &encode(value)?, REPLACE)
    }

    /// Adds an item to the sequence of a row, which is made if absent.
    fn append(&self, kind: Kind, key: &impl Serialize, item: &impl Serialize) -> Result<(), StoreError> {
        self.change(kind, key, &encode(item)?, APPEND)
    }

    fn change(&self, kind: Kind, key: &impl Serialize, value: &[u8], sql: &str) -> Result<(), StoreError> {
        check_open(self.sql)?;
        self.sql.prepare_cached(sql)?.execute(params![kind as u8, *encode(key)?, value])?;
        Ok(())
    }

    fn delete(&self, kind: Kind, key: &impl Serialize) -> Result<(), StoreError> {
        check_open(self.sql)?;
        self.sql
            .prepare_cached("DELETE FROM mls WHERE kind = ?1 AND key = ?2")?
            .execute(params![kind as u8, *encode(key)?])?;
        Ok(())
    }

    /// Reads a row where it lies, without copying it first.
    fn with_row<T>(
        &self,
        kind: Kind,
        key: &impl Serialize,
        read: impl FnOnce(&[u8]) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.sql
            .prepare_cached("SELECT value FROM mls WHERE kind = ?1 AND key = ?2")?
            .query_row(params![kind as u8, *encode(key)?], |row| {
                Ok(row.get_ref(0)?.as_blob().map_err(|_| damaged()).and_then(read))
            })
            .optional()?
            .transpose()
    }

    fn find<T: DeserializeOwned>(&self, kind: Kind, key: &impl Serialize) -> Result<Option<T>, StoreError> {
        self.with_row(kind, key, decode)
    }

    /// The items of a row's sequence; none when there is no row.
    fn list<T: DeserializeOwned>(&self, kind: Kind, key: &impl Serialize) -> Result<Vec<T>, StoreError> {
        let read = |sequence: &[u8]| items(sequence).map(|item| decode(item?)).collect();
        Ok(self.with_row(kind, key, read)?.unwrap_or_default())
    }
}

fn damaged() -> StoreError {
    StoreError::Corrupt(Damage::Row)
}

/// `name<Key, Value> Kind`: writes one value under one key.
macro_rules! writers {
    ($($name:ident<$($parameter:ident),+>($key:ident, $value:ident) $kind:ident;)+) => {$(
        fn $name<$($parameter: traits::$parameter<CURRENT_VERSION>),+>(&self, key: &$key, value: &$value) -> Result<(), StoreError> {
            self.put(Kind::$kind, key, value)
        }
    )+};
}

/// Reads one value by one key.
macro_rules! readers {
    ($($name:ident<$($parameter:ident),+>($key:ident) -> $value:ident $kind:ident;)+) => {$(
        fn $name<$($parameter: traits::$parameter<CURRENT_VERSION>),+>(&self, key: &$key) -> Result<Option<$value>, StoreError> {
            self.find(Kind::$kind, key)
        }
    )+};
}

/// Deletes what one key names; deleting nothing is not an error.
macro_rules! deleters {
    ($($name:ident($key:ident) $kind:ident;)+) => {$(
        fn $name<$key: traits::$key<CURRENT_VERSION>>(&self, key: &$key) -> Result<(), StoreError> {
            self.delete(Kind::$kind, key)
        }
    )+};
}

impl StorageProvider<CURRENT_VERSION> for MlsStorage<'_> {
    type Error = StoreError;

    writers! {
        write_mls_join_config<GroupId, MlsGroupJoinConfig>(GroupId, MlsGroupJoinConfig) JoinConfig;
        write_tree<GroupId, TreeSync>(GroupId, TreeSync) Tree;
        write_context<GroupId, GroupContext>(GroupId, GroupContext) GroupContext;
        write_interim_transcript_hash<GroupId, InterimTranscriptHash>(GroupId, InterimTranscriptHash) InterimTranscriptHash;
        write_confirmation_tag<GroupId, ConfirmationTag>(GroupId, ConfirmationTag) ConfirmationTag;
        write_group_state<GroupState, GroupId>(GroupId, GroupState) GroupState;
        write_message_secrets<GroupId, MessageSecrets>(GroupId, MessageSecrets) MessageSecrets;
        write_resumption_psk_store<GroupId, ResumptionPskStore>(GroupId, ResumptionPskStore) ResumptionPsks;
        write_own_leaf_index<GroupId, LeafNodeIndex>(GroupId, LeafNodeIndex) OwnLeafIndex;
        write_group_epoch_secrets<GroupId, GroupEpochSecrets>(GroupId, GroupEpochSecrets) EpochSecrets;
        write_signature_key_pair<SignaturePublicKey, SignatureKeyPair>(SignaturePublicKey, SignatureKeyPair) SignatureKeyPair;
        write_encryption_key_pair<EncryptionKey, HpkeKeyPair>(EncryptionKey, HpkeKeyPair) EncryptionKeyPair;
        write_key_package<HashReference, KeyPackage>(HashReference, KeyPackage) KeyPackage;
        write_psk<PskId, PskBundle>(PskId, PskBundle) Psk;
    }

    readers! {
        mls_group_join_config<GroupId, MlsGroupJoinConfig>(GroupId) -> MlsGroupJoinConfig JoinConfig;
        tree<GroupId, TreeSync>(GroupId) -> TreeSync Tree;
        group_context<GroupId, GroupContext>(GroupId) -> GroupContext GroupContext;
        interim_transcript_hash<GroupId, InterimTranscriptHash>(GroupId) -> InterimTranscriptHash InterimTranscriptHash;
        confirmation_tag<GroupId, ConfirmationTag>(GroupId) -> ConfirmationTag ConfirmationTag;
        group_state<GroupState, GroupId>(GroupId) -> GroupState GroupState;
        message_secrets<GroupId, MessageSecrets>(GroupId) -> MessageSecrets MessageSecrets;
        resumption_psk_store<GroupId, ResumptionPskStore>(GroupId) -> ResumptionPskStore ResumptionPsks;
        own_leaf_index<GroupId, LeafNodeIndex>(GroupId) -> LeafNodeIndex OwnLeafIndex;
        group_epoch_secrets<GroupId, GroupEpochSecrets>(GroupId) -> GroupEpochSecrets EpochSecrets;
        signature_key_pair<SignaturePublicKey, SignatureKeyPair>(SignaturePublicKey) -> SignatureKeyPair SignatureKeyPair;
        encryption_key_pair<HpkeKeyPair, EncryptionKey>(EncryptionKey) -> HpkeKeyPair EncryptionKeyPair;
        key_package<HashReference, KeyPackage>(HashReference) -> KeyPackage KeyPackage;
        psk<PskBundle, PskId>(PskId) -> PskBundle Psk;
    }

    deleters! {
        delete_group_config(GroupId) JoinConfig;
        delete_own_leaf_nodes(GroupId) OwnLeafNodes;
        delete_tree(GroupId) Tree;
        delete_context(GroupId) GroupContext;
        delete_interim_transcript_hash(GroupId) InterimTranscriptHash;
        delete_confirmation_tag(GroupId) ConfirmationTag;
        delete_group_state(GroupId) GroupState;
        delete_message_secrets(GroupId) MessageSecrets;
        delete_all_resumption_psk_secrets(GroupId) ResumptionPsks;
        delete_own_leaf_index(GroupId) OwnLeafIndex;
        delete_group_epoch_secrets(GroupId) EpochSecrets;
        delete_signature_key_pair(SignaturePublicKey) SignatureKeyPair;
        delete_encryption_key_pair(EncryptionKey) EncryptionKeyPair;
        delete_key_package(HashReference) KeyPackage;
        delete_psk(PskId) Psk;
    }

    fn append_own_leaf_node<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        leaf_node: &LeafNode,
    ) -> Result<(), StoreError> {
        self.append(Kind::OwnLeafNodes, group_id, leaf_node)
    }

    fn own_leaf_nodes<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<LeafNode>, StoreError> {
        self.list(Kind::OwnLeafNodes, group_id)
    }

    fn queue_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), StoreError> {
        self.append(Kind::Proposals, group_id, &(proposal_ref, proposal))
    }

    fn queued_proposal_refs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<ProposalRef>, StoreError> {
        let queued: Vec<(ProposalRef, IgnoredAny)> = self.list(Kind::Proposals, group_id)?;
        Ok(queued.into_iter().map(|(proposal_ref, _)| proposal_ref).collect())
    }

    fn queued_proposals<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, StoreError> {
        self.list(Kind::Proposals, group_id)
    }

    fn remove_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
    ) -> Result<(), StoreError> {
        let removed = encode(proposal_ref)?;
        let kept = self.with_row(Kind::Proposals, group_id, |sequence| {
            let mut kept = Vec::with_capacity(sequence.len());
            for item in items(sequence) {
                let item = item?;
                // An item is an array of two, a head of one byte, and starts with its reference.
                if !item.get(1..).is_some_and(|pair| pair.starts_with(&removed)) {
                    kept.extend_from_slice(item);
                }
            }
            Ok(kept)
        })?;
        match kept {
            None => Ok(()),
            Some(kept) if kept.is_empty() => self.delete(Kind::Proposals, group_id),
            Some(kept) => self.change(Kind::Proposals, group_id, &kept, REPLACE),
        }
    }

    fn clear_proposal_queue<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<(), StoreError> {
        self.delete(Kind::Proposals, group_id)
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), StoreError> {
        self.put(Kind::EpochKeyPairs, &(group_id, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, StoreError> {
        Ok(self.find(Kind::EpochKeyPairs, &(group_id, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), StoreError> {
        self.delete(Kind::EpochKeyPairs, &(group_id, epoch, leaf_index))
    }
}
