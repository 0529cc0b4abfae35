//! What a newcomer is told of the log that it has not read, so that it judges what follows as everyone else does (R36).
//!
//! A handover stands in the charter, hence in the group context: whoever has the keys of the epoch that an adding Commit
//! begins has the same handover, and members accept no Commit whose handover is not exactly what they know.

use alloc::vec::Vec;

use crate::id::{AccountId, Seq};
use crate::limits::{ACCOUNTS_PER_THREAD, DEVICES_PER_THREAD};
use crate::log_hash::LogHead;
use crate::time::UnixSeconds;

/// What the rules need to know of a thread's past, as the Commit that carries it leaves it.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Handover {
    /// The log just before the Commit: the final value of the epoch that it ends.
    #[n(0)]
    pub previous: LogHead,
    /// The day before which no Commit that follows is made.
    #[n(1)]
    pub committed_on: UnixSeconds,
    /// Whether a professional has posted content.
    #[n(2)]
    pub professional_has_spoken: bool,
    /// Accounts of charter and roster of which there is something to say, in ascending order.
    #[n(3)]
    pub accounts: Vec<AccountConduct>,
    /// Leaves that stay and whose devices have posted, in ascending order.
    #[n(4)]
    pub counters: Vec<LeafCounter>,
}

/// What an account has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct AccountConduct {
    /// Which.
    #[n(0)]
    pub account: AccountId,
    /// Whether this patient account has posted content since the mode was set.
    #[n(1)]
    pub has_replied: bool,
    /// Whether it has left or blocked.
    #[n(2)]
    pub has_departed: bool,
}

/// How many messages of a device are in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct LeafCounter {
    /// The leaf in the ratchet tree.
    #[n(0)]
    pub leaf: u32,
    /// The counter of the last message.
    #[cbor(n(1), with = "crate::bounded")]
    pub counter: u64,
}

impl Handover {
    /// Whether it is one of a Commit at this place, in order and within bounds. A charter without a handover is one of the
    /// first Commit.
    pub fn is_of(handover: Option<&Self>, seq: Seq) -> bool {
        let Some(handover) = handover else { return seq == Seq::START.next() };
        handover.previous.seq > Seq::START
            && handover.previous.seq.next() == seq
            && handover.accounts.len() <= ACCOUNTS_PER_THREAD
            && handover.counters.len() <= DEVICES_PER_THREAD
            && handover.accounts.is_sorted_by(|a, b| a.account < b.account)
            && handover.counters.is_sorted_by(|a, b| a.leaf < b.leaf)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn handover() -> Handover {
        let conduct =
            |id| AccountConduct { account: AccountId::new([id; 16]), has_replied: true, has_departed: false };
        Handover {
            previous: LogHead { seq: Seq(6), hash: [1; 32] },
            committed_on: UnixSeconds(86_400),
            professional_has_spoken: true,
            accounts: vec![conduct(1), conduct(2)],
            counters: vec![LeafCounter { leaf: 0, counter: 3 }, LeafCounter { leaf: 2, counter: 1 }],
        }
    }

    #[test]
    fn a_handover_is_of_the_place_after_what_it_describes_and_the_first_commit_has_none() {
        assert!(Handover::is_of(None, Seq(1)));
        assert!(Handover::is_of(Some(&handover()), Seq(7)));
        for seq in [0, 2, 7] {
            assert!(!Handover::is_of(None, Seq(seq)));
        }
        for seq in [0, 1, 6, 8] {
            assert!(!Handover::is_of(Some(&handover()), Seq(seq)));
        }
        let of_nothing = Handover { previous: LogHead { seq: Seq::START, hash: [0; 32] }, ..handover() };
        assert!(!Handover::is_of(Some(&of_nothing), Seq(1)));
    }

    #[test]
    fn a_handover_out_of_order_or_bounds_is_none() {
        let Handover { mut accounts, mut counters, .. } = handover();
        accounts.reverse();
        counters.reverse();
        let conduct = handover().accounts[0];
        let many = vec![conduct; ACCOUNTS_PER_THREAD + 1];
        let (twice, counter) = (vec![conduct; 2], handover().counters[0]);
        let bad = [
            Handover { accounts, ..handover() },
            Handover { counters, ..handover() },
            Handover { accounts: many, ..handover() },
            Handover { accounts: twice, ..handover() },
            Handover { counters: vec![counter; 2], ..handover() },
        ];
        for bad in bad {
            assert!(!Handover::is_of(Some(&bad), Seq(7)), "{bad:?}");
        }
    }
}
