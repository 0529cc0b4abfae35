//! Byte strings on the wire.

use alloc::vec::Vec;

use core::fmt;

/// Bytes that this crate carries and never looks into: MLS messages, certificates, sealed contents.
/// `Debug` prints their number only.
#[derive(Clone, PartialEq, Eq, Hash, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Opaque(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>);

impl Opaque {
    /// How many bytes.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, taken.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Opaque {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// An Ed25519 signature (RFC 8032) on the wire; what it covers is said where it is used.
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(n(0), with = "minicbor::bytes")] [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl Signature {
    /// The 64 bytes.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}
