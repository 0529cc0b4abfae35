//! The two parts of an enrolment code: what names it, and what stays secret.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA256};
use colloque_schemas::enrolment::Code;
use colloque_schemas::limits::CODE_LOOKUP_BYTES;

/// Sets this use of SHA-256 apart from every other.
const CONTEXT: &[u8] = b"colloque enrolment code 1\0";

/// The part of a code that the store finds it by.
pub(super) fn lookup(code: &Code) -> &[u8] {
    code.as_bytes().split_at_checked(CODE_LOOKUP_BYTES).map_or(&[], |(lookup, _)| lookup)
}

/// What the store keeps of a code.
///
/// Plain SHA-256: the secret part is 80 bits of uniform randomness and good for minutes, so there is nothing that a
/// slow or keyed hash would make harder to guess.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CodeHash(Vec<u8>);

impl CodeHash {
    /// Of the whole code, so that a secret part fits under one name only.
    pub(super) fn of(code: &Code) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(CONTEXT);
        context.update(code.as_bytes());
        Self(context.finish().as_ref().to_vec())
    }

    /// As it was stored.
    pub(super) const fn stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are of the same code, in constant time.
    pub(super) fn fits(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}
