//! What the app is told. Everything here is durably stored before it is said.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, DeviceKey, HistoryId, MessageId, Seq, ThreadId};
use colloque_schemas::refusal::Refusal;

/// Something that an app may want to show or act on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The connection is signed in, and everything that was stored has been read.
    CaughtUp,
    /// A thread that this device opened is at the relay.
    ThreadOpened(ThreadId),
    /// An opening waits on this device, because this account has never been at the relay. Told once in a connection.
    OpeningWaits {
        /// Where.
        thread: ThreadId,
        /// For whom.
        account: AccountId,
    },
    /// This device was added to a thread that a professional opened.
    ThreadJoined(ThreadId),
    /// A message of somebody else is to be shown.
    MessageReceived {
        /// Where.
        thread: ThreadId,
        /// Its place.
        seq: Seq,
    },
    /// A message of this device is at the relay, durably, in its place.
    MessageSent {
        /// Where.
        thread: ThreadId,
        /// Which.
        message: MessageId,
        /// Its place.
        seq: Seq,
    },
    /// A document has moved, is here, or failed: its state says.
    DocumentChanged {
        /// Where.
        thread: ThreadId,
        /// Of which message.
        message: MessageId,
        /// Its place in the message.
        index: u32,
    },
    /// The answer mode has changed.
    ModeChanged {
        /// Where.
        thread: ThreadId,
        /// To what.
        mode: AnswerMode,
    },
    /// Somebody has said how far they have read.
    ReceiptsChanged {
        /// Where.
        thread: ThreadId,
    },
    /// The roster has changed. Every such change is to be visible.
    RosterChanged {
        /// Where.
        thread: ThreadId,
        /// The Commit.
        seq: Seq,
    },
    /// An account has left or blocked.
    Departed {
        /// Where.
        thread: ThreadId,
        /// Who.
        account: AccountId,
    },
    /// Something in the log is not shown, for the reason with this id. It stays visible as refused.
    EnvelopeRefused {
        /// Where.
        thread: ThreadId,
        /// Its place.
        seq: Seq,
        /// The rule's or fault's id.
        reason: &'static str,
    },
    /// A Welcome is not followed, for the reason with this id.
    WelcomeRefused {
        /// The rule's or fault's id.
        reason: &'static str,
    },
    /// What this device wanted to send was refused by the relay, and stays refused.
    SendRefused {
        /// Where.
        thread: ThreadId,
        /// Why.
        refusal: Refusal,
    },
    /// What this device wanted to do is no longer allowed by the rule with this id.
    SendDenied {
        /// Where.
        thread: ThreadId,
        /// The rule's id.
        rule: &'static str,
    },
    /// Messages of a sender between these counters never arrived.
    Gap {
        /// Where.
        thread: ThreadId,
        /// Whose.
        sender: DeviceKey,
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// Something of what a sender's messages lacked has come, or is known to be nothing to show.
    GapRepaired {
        /// Where.
        thread: ThreadId,
        /// Whose.
        sender: DeviceKey,
        /// The place at which it came.
        seq: Seq,
    },
    /// Another member has a different log: the relay shows different people different things, or lost some of it.
    /// Sending in this thread stops.
    ForkDetected {
        /// Where.
        thread: ThreadId,
        /// The place at which the other's description was read.
        seq: Seq,
    },
    /// A professional goes on in another thread, with the same people.
    ThreadContinued {
        /// The one that was.
        thread: ThreadId,
        /// The one that goes on.
        successor: ThreadId,
    },
    /// The relay no longer lets this account read the thread.
    AccessLost(ThreadId),
    /// The relay has forgotten envelopes that this device never read.
    Pruned {
        /// Where.
        thread: ThreadId,
        /// The last that is gone.
        through: Seq,
    },
    /// The relay has lost the end of a thread that this device has read, as when its database was restored from a backup. The
    /// device gives it back; nothing new is sent there until it is whole.
    RelayWentBack {
        /// Where.
        thread: ThreadId,
    },
    /// This device has sent something that it has no record of: its store was restored from an older copy. It takes new keys
    /// in the thread before it sends anything, or stops if it cannot (see [`crate::Standing::Behind`]).
    StateRolledBack {
        /// Where.
        thread: ThreadId,
    },
    /// Somebody sends as this device now: another copy of its store is in use. This one does as for
    /// [`Self::StateRolledBack`]; the copy that takes new keys last is shut out.
    DeviceCloned {
        /// Where.
        thread: ThreadId,
    },
    /// A device of somebody else says that something was sent in its name of which it has no record: its store was restored
    /// from an older copy, or a copy of it is in use. It has taken new keys.
    OtherDeviceCloned {
        /// Where.
        thread: ThreadId,
        /// Whose device.
        account: AccountId,
        /// Which.
        device: DeviceKey,
        /// Where it says so.
        seq: Seq,
    },
    /// A known account appears with another account key. Nothing is sent to it until a person confirms.
    AccountKeyChanged(AccountId),
    /// The new device has answered: it shows a code now, which a person gives to [`crate::Client::confirm_link`].
    LinkCompared,
    /// The linking of a device ended without one, for the reason with this id.
    LinkEnded {
        /// The refusal's or fault's id.
        reason: &'static str,
    },
    /// The account has another device, which this one has linked.
    DeviceLinked(DeviceKey),
    /// The account's list of devices has changed, on its primary device.
    DevicesChanged,
    /// Another device of the account is the primary one now.
    PrimaryMoved {
        /// Whether it is this one; else it was this one.
        is_this: bool,
    },
    /// History that is given to another device, or comes from one, has moved, is all there, or failed: its state says.
    HistoryChanged(HistoryId),
    /// A letter of another device was refused, for the reason with this id.
    LetterRefused {
        /// The rule's or fault's id.
        reason: &'static str,
    },
    /// The relay closes the connection and asks to come back within this many seconds.
    GoingAway {
        /// Upper bound of a random wait.
        retry_within_seconds: u32,
    },
}

impl Event {
    /// The thread that it is about, if it is about one: what an app that shows it looks at again.
    pub const fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::ThreadOpened(thread)
            | Self::ThreadJoined(thread)
            | Self::OpeningWaits { thread, .. }
            | Self::AccessLost(thread)
            | Self::MessageReceived { thread, .. }
            | Self::MessageSent { thread, .. }
            | Self::DocumentChanged { thread, .. }
            | Self::ModeChanged { thread, .. }
            | Self::ReceiptsChanged { thread }
            | Self::RosterChanged { thread, .. }
            | Self::Departed { thread, .. }
            | Self::EnvelopeRefused { thread, .. }
            | Self::SendRefused { thread, .. }
            | Self::SendDenied { thread, .. }
            | Self::Gap { thread, .. }
            | Self::GapRepaired { thread, .. }
            | Self::ThreadContinued { thread, .. }
            | Self::ForkDetected { thread, .. }
            | Self::RelayWentBack { thread }
            | Self::StateRolledBack { thread }
            | Self::DeviceCloned { thread }
            | Self::OtherDeviceCloned { thread, .. }
            | Self::Pruned { thread, .. } => Some(*thread),
            Self::CaughtUp
            | Self::WelcomeRefused { .. }
            | Self::AccountKeyChanged(_)
            | Self::LinkCompared
            | Self::LinkEnded { .. }
            | Self::DeviceLinked(_)
            | Self::DevicesChanged
            | Self::PrimaryMoved { .. }
            | Self::HistoryChanged(_)
            | Self::LetterRefused { .. }
            | Self::GoingAway { .. } => None,
        }
    }
}
