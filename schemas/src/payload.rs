//! What an MLS application message holds once decrypted: an authenticated envelope around content or control
//! (DESIGN section 5).
//!
//! Everything that a device shows of a message, its sender aside, comes from here, never from what the relay said.

use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{DeviceKey, MessageId, Seq, ThreadId};
use crate::log_hash::LogHead;
use crate::mimi::{DocumentPart, MimiContent};
use crate::time::UnixSeconds;

/// One message, as its author signed it.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Payload {
    /// The message, the same in every encryption of it.
    #[n(0)]
    pub message: MessageId,
    /// The thread it was written for.
    #[n(1)]
    pub thread: ThreadId,
    /// Place among all messages of this device in this thread, from 1, without holes.
    #[cbor(n(2), with = "crate::bounded")]
    pub counter: u64,
    /// When its author sent it.
    #[n(3)]
    pub sent_at: UnixSeconds,
    /// The log as the author had it.
    #[n(4)]
    pub seen: LogHead,
    /// The final value of the epoch before, in the author's first message of an epoch, where it is known.
    #[n(5)]
    pub previous: Option<LogHead>,
    /// What is said.
    #[n(6)]
    pub body: Body,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Body {
    /// Content, for people.
    #[n(0)]
    Content(#[n(0)] MimiContent),
    /// Control, for devices: a closed list without free text.
    #[n(1)]
    Control(#[n(0)] Control),
    /// Content that its author's device has sent before, for whom it never reached. The payload around it has the
    /// message id of then, and counts as any other.
    #[n(2)]
    Again {
        /// The counter of then.
        #[cbor(n(0), with = "crate::bounded")]
        counter: u64,
        /// When its author sent it.
        #[n(1)]
        sent_at: UnixSeconds,
        /// What was said.
        #[n(2)]
        content: MimiContent,
    },
}

/// A control message. Every one fills the same bucket.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Control {
    /// All content up to this place has reached the author's device.
    #[n(0)]
    Delivered(#[n(0)] Seq),
    /// All content up to this place has been displayed to the author.
    #[n(1)]
    Displayed(#[n(0)] Seq),
    /// The author's account leaves; the next professional device commits the Remove.
    #[n(2)]
    Leave,
    /// The author's account leaves and blocks the thread's professionals.
    #[n(3)]
    Block,
    /// Nothing but `seen`: a heartbeat that confirms the log.
    #[n(4)]
    Heads,
    /// Messages of this device never reached the author: it asks for them again.
    #[n(5)]
    Missing {
        /// Whose.
        #[n(0)]
        device: DeviceKey,
        /// The counter of the first.
        #[cbor(n(1), with = "crate::bounded")]
        from: u64,
        /// The counter of the last.
        #[cbor(n(2), with = "crate::bounded")]
        to: u64,
    },
    /// What the author sent under these counters was control: there is nothing to show of it.
    #[n(6)]
    Nothing {
        /// The first.
        #[cbor(n(0), with = "crate::bounded")]
        from: u64,
        /// The last.
        #[cbor(n(1), with = "crate::bounded")]
        to: u64,
    },
    /// The author's device has read messages in its own name of which it has no record: its store is an old copy, or another
    /// copy of it is in use.
    #[n(7)]
    UnknownOwn,
    /// What was begun in another thread goes on in this one. Only professionals say so.
    #[n(8)]
    Continues(#[n(0)] ThreadId),
}

/// What a Commit says in its `authenticated_data` (RFC 9420 section 6.3.1), which the relay can read.
///
/// The hash reveals nothing without the epoch's secrets; the time is a day, as all times that the relay stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct CommitHeader {
    /// Start of the day, UTC, on which the Commit was made; never before that of an earlier Commit.
    #[n(0)]
    pub sent_on: UnixSeconds,
    /// The log as the committer had it: the final value of the epoch that the Commit ends.
    #[n(1)]
    pub seen: LogHead,
}

impl Body {
    /// A text message.
    pub fn text(salt: [u8; 16], text: String) -> Self {
        Self::Content(MimiContent::text(salt, text))
    }

    /// A message of a text, which may be empty beside documents.
    pub fn content(salt: [u8; 16], text: String, documents: Vec<DocumentPart>) -> Self {
        Self::Content(MimiContent::new(salt, text, documents))
    }
}
