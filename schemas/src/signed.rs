//! Signed statements: what is signed is always a context string, a zero byte, and the canonical CBOR of one type.
//!
//! Two statements can never be taken for each other, because no two share a context string.

use alloc::vec::Vec;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::encode::Encode;

use crate::bytes::Signature;
use crate::codec;

/// The signature is not that of this key over this statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// A type whose values are signed as they stand.
pub trait Statement: Encode<()> {
    /// Names the kind and version of the statement; part of what is signed.
    const CONTEXT: &'static str;

    /// The bytes that are signed.
    fn to_sign(&self) -> Vec<u8>
    where
        Self: Sized,
    {
        let mut bytes = Self::CONTEXT.as_bytes().to_vec();
        bytes.push(0);
        bytes.extend_from_slice(&codec::encode(self));
        bytes
    }

    /// Signs the statement.
    fn sign(&self, key: &SigningKey) -> Signature
    where
        Self: Sized,
    {
        Signature::from(key.sign(&self.to_sign()).to_bytes())
    }

    /// Checks a signature by the Ed25519 key with these bytes; small-order and non-canonical keys are refused
    /// (RFC 8032 section 5.1.7, strict).
    ///
    /// # Errors
    /// [`BadSignature`], whatever the cause.
    fn verify(&self, key: &[u8; 32], signature: &Signature) -> Result<(), BadSignature>
    where
        Self: Sized,
    {
        let key = VerifyingKey::from_bytes(key).map_err(|_| BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        key.verify_strict(&self.to_sign(), &signature).map_err(|_| BadSignature)
    }
}
