//! Letters: what one device tells another beside all threads.
//!
//! A letter is an MLS group of two that is made for one message: the writer adds the reader by a KeyPackage of it, says what
//! it has to say, and keeps nothing; the reader joins, reads, and keeps nothing either. So a letter has the key exchange,
//! the certificates and the signatures of threads, and needs none of its own (PROTOCOL section 17).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bytes::Opaque;
use crate::history::HistoryLetter;

/// What the inbox of the reader's device has, in its bucket.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SealedLetter {
    /// The Welcome into the group of two (RFC 9420 section 12.4.3.1).
    #[n(0)]
    pub welcome: Opaque,
    /// The one PrivateMessage of its second epoch: a [`Letter`].
    #[n(1)]
    pub message: Opaque,
}

/// What a letter says.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Letter {
    /// Where history is, and how to open it.
    #[n(0)]
    History(#[n(0)] HistoryLetter),
    /// The reader's device is to be the account's primary one.
    #[n(1)]
    Primary(#[n(0)] PrimaryLetter),
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(..)")
    }
}

/// What the primary device knows that another takes to be it.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct PrimaryLetter {
    /// The seed of the account key.
    #[n(0)]
    pub account_seed: AccountSeed,
    /// The account's other devices, the writer's own included. At most [`crate::limits::DEVICES_PER_ACCOUNT`].
    #[n(1)]
    pub devices: Vec<KnownDevice>,
}

impl fmt::Debug for PrimaryLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrimaryLetter(..)")
    }
}

/// A device of the account, as the primary one knows it.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct KnownDevice {
    /// Its newest certificate, DER.
    #[n(0)]
    pub leaf: Opaque,
    /// The owner's name for it.
    #[n(1)]
    pub name: Option<String>,
}

/// The seed of an account's Ed25519 key (RFC 8032 section 5.1.5).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct AccountSeed(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl AccountSeed {
    /// These bytes as a seed. The caller wipes its own copy.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed, to make the key of it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AccountSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountSeed(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn debug_of_a_letter_shows_no_seed() {
        let letter = PrimaryLetter { account_seed: AccountSeed::new([0xab; 32]), devices: vec![] };
        let shown =
            alloc::format!("{:?} {letter:?} {:?}", letter.account_seed, Letter::Primary(letter.clone()));
        assert_eq!(shown, "AccountSeed(..) PrimaryLetter(..) Letter(..)");
    }
}
