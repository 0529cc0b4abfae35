//! Letters: what one device tells another beside all threads.
//!
//! A letter is an MLS group of two that is made for one message: the writer adds the reader by a KeyPackage of it, says what
//! it has to say, and keeps nothing; the reader joins, reads, and keeps nothing either. So a letter has the key exchange,
//! the certificates and the signatures of threads, and needs none of its own (PROTOCOL section 17).

use core::fmt;

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
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(..)")
    }
}
