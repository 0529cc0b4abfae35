//! What a thread's log is made of.

use alloc::vec::Vec;

use crate::bytes::Opaque;
use crate::id::{DeviceKey, Seq, ThreadId};

/// What an envelope says it holds. A device refuses one that holds something else (R28).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum EnvelopeKind {
    /// A Commit.
    #[n(0)]
    Handshake,
    /// Content, for people.
    #[n(1)]
    Application,
    /// Control, for devices: of fixed size, rate-bounded, allowed in every mode.
    #[n(2)]
    Control,
}

impl EnvelopeKind {
    /// The number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::Handshake => 0,
            Self::Application => 1,
            Self::Control => 2,
        }
    }

    /// The kind of this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Handshake),
            1 => Some(Self::Application),
            2 => Some(Self::Control),
            _ => None,
        }
    }
}

/// An envelope that has no place yet: one padded MLS PrivateMessage.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct NewEnvelope {
    /// What it says it holds.
    #[n(0)]
    pub kind: EnvelopeKind,
    /// The message in its bucket.
    #[n(1)]
    pub payload: Opaque,
}

/// An envelope in its place.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Envelope {
    /// Its place.
    #[n(0)]
    pub seq: Seq,
    /// What it says it holds.
    #[n(1)]
    pub kind: EnvelopeKind,
    /// The message in its bucket, as posted.
    #[n(2)]
    pub payload: Opaque,
}

/// A Welcome on its way to the devices that its Commit adds.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct NewWelcome {
    /// For whom.
    #[n(0)]
    pub devices: Vec<DeviceKey>,
    /// The Welcome in its bucket.
    #[n(1)]
    pub payload: Opaque,
}

/// Place of an item in a device's inbox, from 1; as a cursor, 0 stands before the first.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct InboxSeq(#[cbor(n(0), with = "crate::bounded")] pub u64);

/// A Welcome or a letter in a device's inbox, kept until acknowledged.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct InboxItem {
    /// Its place in the inbox.
    #[n(0)]
    pub number: InboxSeq,
    /// The thread. Of a letter, its own group.
    #[n(1)]
    pub thread: ThreadId,
    /// The place of the Commit that it belongs to: the device follows the log from there. [`Seq::START`], where no Commit
    /// can be, of a letter.
    #[n(2)]
    pub seq: Seq,
    /// The Welcome in its bucket, or the [`crate::letter::SealedLetter`].
    #[n(3)]
    pub payload: Opaque,
}

impl InboxItem {
    /// Whether it is a letter, and no Welcome into a thread.
    pub fn is_letter(&self) -> bool {
        self.seq == Seq::START
    }
}
