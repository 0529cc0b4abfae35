//! History: what a device gives to another of what it shows, as documents at the relay, and the letter that opens them
//! (PROTOCOL section 17).
//!
//! A part is a document (PROTOCOL section 13) that holds [`Record`]s, each after its length in four bytes, big-endian. Parts
//! are read in order, and each begins anew: an entry belongs to the thread whose record came last before it in its own part.
//! Never among them: MLS state, keys of devices or accounts, drafts.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::answer_mode::AnswerMode;
use crate::codec::{self, Malformed};
use crate::id::{AccountId, AccountKey, HistoryId, MessageId, Seq, ThreadId};
use crate::limits::HISTORY_RECORD_MAX_BYTES;
use crate::mimi::DocumentPart;
use crate::role::Role;
use crate::time::UnixSeconds;

/// Of what history is given.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Scope {
    /// All threads.
    #[n(0)]
    All,
    /// What was written from this instant on.
    #[n(1)]
    Since(#[n(0)] UnixSeconds),
    /// These threads, ascending, each once. At most [`crate::limits::HISTORY_THREADS_MAX`].
    #[n(2)]
    Threads(#[n(0)] Vec<ThreadId>),
}

/// Says where history is, and how to open it.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct HistoryLetter {
    /// Which one.
    #[n(0)]
    pub history: HistoryId,
    /// Of what.
    #[n(1)]
    pub scope: Scope,
    /// How many messages.
    #[cbor(n(2), with = "crate::bounded")]
    pub messages: u64,
    /// The parts, in order. At most [`crate::limits::HISTORY_PARTS_MAX`], each of at most
    /// [`crate::limits::HISTORY_PART_MAX_BYTES`].
    #[n(3)]
    pub parts: Vec<DocumentPart>,
}

impl fmt::Debug for HistoryLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HistoryLetter(..)")
    }
}

/// One thing that a part tells.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Record {
    /// Somebody whom the giver knows.
    #[n(0)]
    Contact(#[n(0)] ContactRecord),
    /// A thread: entries of it follow.
    #[n(1)]
    Thread(#[n(0)] ThreadRecord),
    /// One entry of the thread before.
    #[n(2)]
    Entry(#[n(0)] EntryRecord),
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record(..)")
    }
}

/// Somebody whom the giver knows, as it knows them.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ContactRecord {
    /// Who.
    #[n(0)]
    pub account: AccountId,
    /// The owner's name for them.
    #[n(1)]
    pub petname: Option<String>,
    /// What was certified of them, once seen.
    #[n(2)]
    pub certified: Option<CertifiedRecord>,
    /// When the owner blocked them.
    #[n(3)]
    pub blocked_at: Option<UnixSeconds>,
}

/// What was certified of somebody.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct CertifiedRecord {
    /// The pinned key.
    #[n(0)]
    pub account_key: AccountKey,
    /// The role.
    #[n(1)]
    pub role: Role,
    /// Public name, profession and national id, of a professional.
    #[n(2)]
    pub name: Option<String>,
    /// See [`Self::name`].
    #[n(3)]
    pub profession: Option<String>,
    /// See [`Self::name`].
    #[n(4)]
    pub national_id: Option<String>,
}

/// A thread, as the giver had it last.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ThreadRecord {
    /// Which.
    #[n(0)]
    pub thread: ThreadId,
    /// Who opened it.
    #[n(1)]
    pub opener: AccountId,
    /// The patients of its charter.
    #[n(2)]
    pub patients: Vec<AccountId>,
    /// When.
    #[n(3)]
    pub opened_at: UnixSeconds,
    /// The answer mode.
    #[n(4)]
    pub mode: AnswerMode,
    /// The last place that was displayed to the owner.
    #[n(5)]
    pub displayed: Seq,
}

/// What a thread shows at a place.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct EntryRecord {
    /// The place. Of several entries at one place all are in the same part, in order.
    #[n(0)]
    pub seq: Seq,
    /// What is there.
    #[n(1)]
    pub kind: EntryKindRecord,
}

/// What an entry is.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum EntryKindRecord {
    /// A message.
    #[n(0)]
    Message(#[n(0)] MessageRecord),
    /// The answer mode was changed.
    #[n(1)]
    ModeChanged {
        /// By whom.
        #[n(0)]
        by: AccountId,
        /// To what.
        #[n(1)]
        mode: AnswerMode,
    },
    /// A device was added.
    #[n(2)]
    Added {
        /// By whom.
        #[n(0)]
        by: AccountId,
        /// Whose.
        #[n(1)]
        account: AccountId,
    },
    /// A device was removed.
    #[n(3)]
    Removed {
        /// By whom.
        #[n(0)]
        by: AccountId,
        /// Whose.
        #[n(1)]
        account: AccountId,
    },
    /// An account left or blocked.
    #[n(4)]
    Departed(#[n(0)] AccountId),
    /// An envelope that was not shown, and the id of the reason.
    #[n(5)]
    Refused(#[n(0)] String),
    /// Messages of this account never reached the giver.
    #[n(6)]
    Gap {
        /// Whose.
        #[n(0)]
        account: AccountId,
        /// How many.
        #[cbor(n(1), with = "crate::bounded")]
        missing: u64,
    },
    /// Messages of this account were missing here, and came later.
    #[n(7)]
    Repaired(#[n(0)] AccountId),
    /// A device of this account said that something was sent in its name of which it had no record.
    #[n(8)]
    Doubted(#[n(0)] AccountId),
}

/// A message, as the giver shows it.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct MessageRecord {
    /// Its id.
    #[n(0)]
    pub message: MessageId,
    /// The author.
    #[n(1)]
    pub author: AccountId,
    /// The author's certified role.
    #[n(2)]
    pub role: Role,
    /// When its author sent it.
    #[n(3)]
    pub sent_at: UnixSeconds,
    /// Whether it was missing, and came later.
    #[n(4)]
    pub is_sent_again: bool,
    /// The text; empty only beside documents. At most [`crate::limits::TEXT_MAX_BYTES`].
    #[n(5)]
    pub text: String,
    /// Its documents, in order. At most [`crate::limits::DOCUMENTS_PER_MESSAGE`].
    #[n(6)]
    pub documents: Vec<DocumentPart>,
}

/// Adds a record to a part.
pub fn write(record: &Record, part: &mut Vec<u8>) {
    let bytes = codec::encode(record);
    // No record is that long.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    part.extend_from_slice(&length.to_be_bytes());
    part.extend_from_slice(&bytes);
}

/// The records of a part, in order. Ends after the first that is malformed.
pub fn read(part: &[u8]) -> impl Iterator<Item = Result<Record, Malformed>> {
    let mut rest = part;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let record = next(&mut rest);
        if record.is_err() {
            rest = &[];
        }
        Some(record)
    })
}

fn next(rest: &mut &[u8]) -> Result<Record, Malformed> {
    let (length, after) = rest.split_first_chunk().ok_or(Malformed::Structure)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Malformed::Structure)?;
    let (bytes, after) = after.split_at_checked(length).ok_or(Malformed::Structure)?;
    *rest = after;
    codec::decode(bytes, HISTORY_RECORD_MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn entry(seq: u64) -> Record {
        Record::Entry(EntryRecord { seq: Seq(seq), kind: EntryKindRecord::Departed(AccountId::new([7; 16])) })
    }

    #[test]
    fn a_part_is_read_as_it_was_written() {
        let records = vec![entry(3), entry(2), entry(1)];
        let mut part = Vec::new();
        records.iter().for_each(|record| write(record, &mut part));
        assert_eq!(read(&part).collect::<Result<Vec<_>, _>>(), Ok(records));
        assert_eq!(read(&[]).count(), 0);
    }

    #[test]
    fn a_part_that_is_cut_or_altered_ends_with_its_fault() {
        let mut part = Vec::new();
        [entry(2), entry(1)].iter().for_each(|record| write(record, &mut part));
        for length in 1..part.len() {
            let read: Vec<_> = read(&part[..length]).collect();
            let whole = usize::from(length >= part.len() / 2);
            let is_at_an_end = length == part.len() / 2;
            assert_eq!(read.len(), whole + usize::from(!is_at_an_end), "{length}");
            assert_eq!(read.last().unwrap().is_err(), !is_at_an_end, "{length}");
        }
        part[3] = u8::try_from(HISTORY_RECORD_MAX_BYTES >> 16).unwrap();
        part[1] = part[3];
        assert_eq!(read(&part).collect::<Vec<_>>(), [Err(Malformed::Structure)]);
    }
}
