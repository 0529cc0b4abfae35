//! The charter of a thread: its signed terms, in a GroupContext extension of every member's group (DESIGN section 5).
//!
//! The opening part never changes and is signed by the opener's device; the answer mode is changed by Commits of
//! professionals only, the handover by Commits that add. A Welcome into a group without a charter that verifies is
//! refused (R26).

use alloc::vec::Vec;

use crate::answer_mode::AnswerMode;
use crate::bytes::Signature;
use crate::certificate::{CertificateError, Credential, TrustAnchor, UnverifiedChain};
use crate::codec::{self, Malformed};
use crate::handover::Handover;
use crate::id::{AccountId, ThreadId};
use crate::limits::{FRAME_MAX_BYTES, PATIENTS_PER_THREAD};
use crate::policy::{self, OpenGrant};
use crate::rule::Denied;
use crate::signed::Statement;
use crate::time::UnixSeconds;

/// Type of the GroupContext extension (private use range of RFC 9420 section 17.3).
pub const CHARTER_EXTENSION_TYPE: u16 = 0xf0c0;
/// The only version of a charter.
pub const CHARTER_VERSION: u16 = 1;
/// The only suite of a thread: ML-KEM-768 + X25519, AES-128-GCM, SHA-256, Ed25519 (provisional code point of
/// draft-ietf-mls-pq-ciphersuites).
pub const SUITE: u16 = 0x004f;

/// The part that never changes.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Opening {
    /// [`CHARTER_VERSION`].
    #[n(0)]
    pub version: u16,
    /// [`SUITE`].
    #[n(1)]
    pub suite: u16,
    /// The thread, and the MLS group id.
    #[n(2)]
    pub thread: ThreadId,
    /// The professional who opens it.
    #[n(3)]
    pub opener: AccountId,
    /// The patient accounts, in ascending order. They join now or never (R13).
    #[n(4)]
    pub patients: Vec<AccountId>,
    /// When.
    #[n(5)]
    pub opened_at: UnixSeconds,
}

impl Statement for Opening {
    const CONTEXT: &'static str = "colloque thread opening 1";
}

/// A charter as it comes out of a group context.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct UnverifiedCharter {
    #[n(0)]
    opening: Opening,
    #[n(1)]
    chain: UnverifiedChain,
    #[n(2)]
    signature: Signature,
    #[n(3)]
    mode: AnswerMode,
    #[n(4)]
    handover: Option<Handover>,
}

/// What a Commit changes of a charter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Amendment {
    /// The mode, if it sets one: another, or the same one anew.
    pub mode: Option<AnswerMode>,
    /// The handover, if there is another.
    pub handover: Option<Handover>,
}

/// A charter whose opening a professional's device signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charter {
    unverified: UnverifiedCharter,
}

/// Why a charter is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// Its bytes are not a charter.
    #[error("the charter is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// Another version, suite or thread than the group that carries it, or a list of patients out of bounds.
    #[error("the charter is not one of this thread and version")]
    Mismatch,
    /// The opener's chain does not verify at the time of opening.
    #[error("the opener's certificates are refused: {0}")]
    Certificate(#[from] CertificateError),
    /// The opening is not signed by the device of the chain, or that is another account's.
    #[error("the charter is not signed by its opener")]
    BadSignature,
    /// The opener may not open threads.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl UnverifiedCharter {
    /// Reads a charter from the extension's bytes.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        codec::decode(bytes, FRAME_MAX_BYTES)
    }

    /// Checks the charter of the group with this id: version, suite, the opener's chain at the time of opening, its
    /// signature, and that the opener may open threads (R01). Returns the opener as certified, too.
    ///
    /// # Errors
    /// [`CharterError`].
    pub fn verify(
        self,
        thread: ThreadId,
        anchor: &TrustAnchor,
    ) -> Result<(Charter, Credential), CharterError> {
        let Opening { version, suite, thread: named, opener, ref patients, opened_at } = self.opening;
        let known = version == CHARTER_VERSION && suite == SUITE && named == thread;
        let ascending = patients.is_sorted_by(|a, b| a < b);
        if !known || !ascending || patients.is_empty() || patients.len() > PATIENTS_PER_THREAD {
            return Err(CharterError::Mismatch);
        }
        let credential = self.chain.verify(anchor, opened_at)?;
        if credential.account() != opener {
            return Err(CharterError::BadSignature);
        }
        let signed = self.opening.verify(credential.device_key().as_bytes(), &self.signature);
        signed.map_err(|_| CharterError::BadSignature)?;
        let _: OpenGrant = policy::open_thread(credential.actor())?;
        Ok((Charter { unverified: self }, credential))
    }
}

impl Charter {
    /// Signs the opening of a thread. The grant is spent: only who may open a thread makes its charter.
    pub fn sign(
        _grant: OpenGrant,
        opening: Opening,
        mode: AnswerMode,
        chain: UnverifiedChain,
        device: &ed25519_dalek::SigningKey,
    ) -> Self {
        let signature = opening.sign(device);
        Self { unverified: UnverifiedCharter { opening, chain, signature, mode, handover: None } }
    }

    /// The part that never changes.
    pub fn opening(&self) -> &Opening {
        &self.unverified.opening
    }

    /// The answer mode.
    pub fn mode(&self) -> AnswerMode {
        self.unverified.mode
    }

    /// Whether the account is one of the charter's patients.
    pub fn names_patient(&self, account: AccountId) -> bool {
        self.opening().patients.contains(&account)
    }

    /// What newcomers were told by the last Commit that added some.
    pub fn handover(&self) -> Option<&Handover> {
        self.unverified.handover.as_ref()
    }

    /// The same charter with another mode.
    #[must_use]
    pub fn with_mode(&self, mode: AnswerMode) -> Self {
        Self { unverified: UnverifiedCharter { mode, ..self.unverified.clone() } }
    }

    /// The same charter with another handover.
    #[must_use]
    pub fn with_handover(&self, handover: Handover) -> Self {
        Self { unverified: UnverifiedCharter { handover: Some(handover), ..self.unverified.clone() } }
    }

    /// What makes `changed` of this charter, if nothing differs that never changes. A Commit that changes nothing at all
    /// sets the mode anew.
    pub fn amendment(&self, changed: &UnverifiedCharter) -> Option<Amendment> {
        let UnverifiedCharter { mode, ref handover, .. } = *changed;
        let amended = UnverifiedCharter { mode, handover: handover.clone(), ..self.unverified.clone() };
        let hands_over = *handover != self.unverified.handover;
        if amended != *changed || (hands_over && handover.is_none()) {
            return None;
        }
        let sets_mode = mode != self.mode() || !hands_over;
        Some(Amendment { mode: sets_mode.then_some(mode), handover: handover.clone().filter(|_| hands_over) })
    }

    /// The extension's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(&self.unverified)
    }
}
