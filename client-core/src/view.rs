//! What the app reads: plain values, copied out of the store.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, MessageId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::document::Document;

/// This device and its owner.
#[derive(Debug, Clone)]
pub struct Own {
    /// The person.
    pub account: AccountId,
    /// What the authority certifies about the person.
    pub holder: Holder,
    /// The key that others pin.
    pub account_key: AccountKey,
    /// This device.
    pub device: DeviceKey,
    /// The relay's address.
    pub relay_address: String,
    /// When the device's certificate ends, unless renewed.
    pub leaf_expires_at: UnixSeconds,
    /// Whether this is the person's primary device, which alone links and unlinks others.
    pub is_primary: bool,
}

/// A device of the owner's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDevice {
    /// Its key.
    pub device: DeviceKey,
    /// Whether it is this one.
    pub is_this: bool,
    /// The owner's name for it, on the primary device that linked it.
    pub name: Option<String>,
    /// When it was linked, on the primary device that linked it.
    pub linked_at: Option<UnixSeconds>,
    /// In how many threads of this device it is.
    pub threads: u64,
}

/// A person that this device knows.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The person.
    pub account: AccountId,
    /// Certified role, once seen.
    pub role: Option<Role>,
    /// Certified public name and profession, of a professional.
    pub certified_name: Option<String>,
    /// Certified profession, of a professional.
    pub profession: Option<String>,
    /// The name that the owner of this device gave.
    pub petname: Option<String>,
    /// The pinned key, once seen.
    pub account_key: Option<AccountKey>,
    /// Whether another key has been seen, which waits for confirmation.
    pub key_has_changed: bool,
    /// Whether the owner has blocked this professional.
    pub is_blocked: bool,
    /// How many of this professional's Welcomes were refused since the owner last blocked.
    pub declined: u64,
}

/// Whether this device can take part in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Being opened: not yet at the relay.
    Opening,
    /// A member.
    Member,
    /// This account left or blocked, or was removed.
    Departed,
    /// The relay gives no access.
    AccessLost,
    /// Members do not agree on the log; sending has stopped.
    Forked,
    /// The opening was refused.
    Failed,
    /// This device seems to have made a change that it has no record of, and cannot follow: its store is an old one, or another
    /// copy of it is in use. It sends nothing until it understands the log again, or is added anew.
    Behind,
    /// Known from what another device gave only: this one never was in it.
    Given,
}

impl Standing {
    /// Whether the device reads the thread's log as it grows.
    pub(crate) const fn reads_log(self) -> bool {
        matches!(self, Self::Member | Self::Forked | Self::Behind)
    }

    /// The word for machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Member => "member",
            Self::Departed => "departed",
            Self::AccessLost => "access-lost",
            Self::Forked => "forked",
            Self::Failed => "failed",
            Self::Behind => "behind",
            Self::Given => "given",
        }
    }
}

/// A thread, as a list shows it.
#[derive(Debug, Clone)]
pub struct ThreadSummary {
    /// Its id.
    pub thread: ThreadId,
    /// Whether this device can take part.
    pub standing: Standing,
    /// How patients may answer.
    pub mode: AnswerMode,
    /// Who opened it.
    pub opener: AccountId,
    /// The patients of the charter.
    pub patients: Vec<AccountId>,
    /// When.
    pub opened_at: UnixSeconds,
    /// Messages of others that were not displayed yet.
    pub unread: u64,
    /// When the first of them was sent, if there is any.
    pub unread_since: Option<UnixSeconds>,
    /// The last message that the thread shows, if any; one that waits to be sent comes after all that do not.
    pub last: Option<LastMessage>,
    /// Messages of this device that are not at the relay yet.
    pub waiting: u64,
    /// Whether a text is kept that was not sent.
    pub has_draft: bool,
    /// Whether somebody other than who added this device has spoken since, or all joined at the opening. Until then, only
    /// that one vouches for what is shown.
    pub is_confirmed: bool,
    /// While it is being opened: patients who were not at the relay when it was last asked. They have not activated
    /// their mailbox yet.
    pub waits_for: Vec<AccountId>,
}

/// The last message of a thread, as a list shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct LastMessage {
    /// The author.
    pub author: AccountId,
    /// The author's certified role.
    pub role: Role,
    /// Whether this device wrote it.
    pub is_own: bool,
    /// When its author sent it.
    pub sent_at: UnixSeconds,
    /// Whether somebody of the other role is known to have had it displayed.
    pub is_displayed: bool,
    /// Its beginning: at most 160 characters, on one line.
    pub excerpt: String,
}

impl core::fmt::Debug for LastMessage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LastMessage(..)")
    }
}

/// A member of a thread: one device.
#[derive(Debug, Clone, Copy)]
pub struct Participant {
    /// The person.
    pub account: AccountId,
    /// Certified role.
    pub role: Role,
    /// The device.
    pub device: DeviceKey,
    /// Where it was added, or this device itself, if that was later.
    pub since: Seq,
    /// The day of that, or when the thread was opened.
    pub since_at: UnixSeconds,
}

/// A device of a person, as far as this device has met it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its key.
    pub device: DeviceKey,
    /// Since when this device knows it, to the day.
    pub since_at: UnixSeconds,
    /// In how many threads that this device knows.
    pub threads: u64,
}

/// One entry of a thread, in the log's order.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place; none while it waits to be sent.
    pub seq: Option<Seq>,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum EntryKind {
    /// A message, shown as its author signed it.
    Message(Message),
    /// The answer mode was changed.
    ModeChanged {
        /// By whom.
        by: AccountId,
        /// To what.
        mode: AnswerMode,
    },
    /// A device was added.
    Added {
        /// By whom.
        by: AccountId,
        /// Whose.
        account: AccountId,
    },
    /// This device was added after the opening. What was written before is not shown.
    Joined {
        /// By whom.
        by: AccountId,
    },
    /// A device was removed.
    Removed {
        /// By whom.
        by: AccountId,
        /// Whose.
        account: AccountId,
    },
    /// An account left or blocked.
    Departed {
        /// Who.
        account: AccountId,
    },
    /// An envelope that is not shown, and the id of the reason.
    Refused {
        /// The rule's or fault's id.
        reason: String,
    },
    /// Messages of this sender never arrived. Its device is asked for them: what it still has comes later, as
    /// [`Message::is_sent_again`].
    Gap {
        /// Whose.
        account: AccountId,
        /// How many.
        missing: u64,
    },
    /// Messages of this sender were missing here. All that there was to show of them has come later.
    Repaired {
        /// Whose.
        account: AccountId,
    },
    /// A device of this account says that something was sent in its name of which it has no record.
    Doubted {
        /// Whose.
        account: AccountId,
    },
}

impl EntryKind {
    /// Everyone whom it names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + use<> {
        let named = match self {
            Self::Message(message) => [Some(message.author), None],
            Self::ModeChanged { by, .. } | Self::Joined { by } => [Some(*by), None],
            Self::Added { by, account } | Self::Removed { by, account } => [Some(*by), Some(*account)],
            Self::Departed { account }
            | Self::Gap { account, .. }
            | Self::Repaired { account }
            | Self::Doubted { account } => [Some(*account), None],
            Self::Refused { .. } => [None, None],
        };
        named.into_iter().flatten()
    }
}

/// A message.
#[derive(Clone)]
pub struct Message {
    /// Its id.
    pub message: MessageId,
    /// The author.
    pub author: AccountId,
    /// The author's certified role.
    pub role: Role,
    /// Whether this device wrote it.
    pub is_own: bool,
    /// Whether it was missing, and its author's device has sent it again: it stands later than it was said.
    pub is_sent_again: bool,
    /// Who gave it, if this device has not read it in the log itself: then its author and time are as that one says.
    pub given_by: Option<AccountId>,
    /// When its author sent it.
    pub sent_at: UnixSeconds,
    /// The text; empty only beside documents.
    pub text: String,
    /// Its documents, in order.
    pub documents: Vec<Document>,
}

impl core::fmt::Debug for Message {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Message(..)")
    }
}
