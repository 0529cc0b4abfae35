//! The running hash of a thread's log (DESIGN section 5): how forks, drops and reorderings show at the next message.
//!
//! At each accepted Commit it starts anew from the epoch authenticator, which only members know; it is then chained
//! over every envelope that follows, refused ones included.

use sha2::{Digest, Sha256};

use crate::id::{Seq, ThreadId};

/// A value of the running hash, and the place of the last envelope in it.
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct LogHead {
    /// The last envelope that the hash covers.
    #[n(0)]
    pub seq: Seq,
    /// SHA-256, 32 bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

impl core::fmt::Debug for LogHead {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "LogHead({}, ..)", self.seq)
    }
}

impl LogHead {
    /// The value just after the Commit at `seq` was accepted, from the epoch authenticator (RFC 9420 section 8.7) of
    /// the epoch that it began.
    pub fn seed(thread: &ThreadId, epoch_authenticator: &[u8], seq: Seq) -> Self {
        let mut hash = Sha256::new_with_prefix(b"colloque log seed 1\0");
        hash.update(u64::try_from(epoch_authenticator.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(epoch_authenticator);
        hash.update(thread.as_bytes());
        hash.update(seq.0.to_be_bytes());
        Self { seq, hash: hash.finalize().into() }
    }

    /// The value after the envelope that follows: `kind` is its number on the wire, `payload` as stored.
    #[must_use]
    pub fn chain(&self, kind: u8, payload: &[u8]) -> Self {
        let seq = self.seq.next();
        let mut hash = Sha256::new_with_prefix(b"colloque log step 1\0");
        hash.update(self.hash);
        hash.update(seq.0.to_be_bytes());
        hash.update([kind]);
        hash.update(payload);
        Self { seq, hash: hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_of_the_running_hash_changes_it() {
        let thread = ThreadId::new([1; 16]);
        let seed = LogHead::seed(&thread, b"authenticator", Seq(3));
        let others = [
            LogHead::seed(&ThreadId::new([2; 16]), b"authenticator", Seq(3)),
            LogHead::seed(&thread, b"another", Seq(3)),
            LogHead::seed(&thread, b"authenticator", Seq(4)),
            seed.chain(1, b"a"),
            seed.chain(2, b"a"),
            seed.chain(1, b"b"),
            seed.chain(1, b"a").chain(1, b"b"),
            seed.chain(1, b"b").chain(1, b"a"),
        ];
        for (place, one) in others.iter().enumerate() {
            assert_ne!(seed.hash, one.hash);
            assert!(others[place + 1..].iter().all(|other| other.hash != one.hash));
        }
    }
}
