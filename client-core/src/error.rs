//! What can go wrong, by whose fault it is.

use colloque_schemas::certificate::CertificateError;
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::DEVICES_PER_ACCOUNT;
use colloque_schemas::linking::{GrantFault, LinkFault};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::rule::{Denied, Rule};

use crate::store::StoreError;

/// Why something was not done. Outcomes that need no action (duplicate, late, buffered) are not errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's: what was asked cannot be done, and asking again will not change that.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// A rule stands against it, found here before anything was sent.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The relay or authority refused, for the reason that it gives.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The relay's or authority's: it does not speak the protocol, or is not the one that was pinned.
    #[error(transparent)]
    Server(#[from] ServerFault),
    /// Another member's: what it sent is not acceptable.
    #[error("another device's data is not acceptable: {0}")]
    Peer(PeerFault),
    /// The local store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A linking of a device ended without one.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Ours: please report it.
    #[error("internal error ({0}): please report it")]
    Bug(&'static str),
}

impl Error {
    /// A stable id for apps and scripts: the rule's, the refusal's, or the kind's.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Misuse(misuse) => misuse.id(),
            Self::Denied(denied) => denied.rule.id(),
            Self::Refused(refusal) => refusal.rule.map_or(refusal.code.id(), Rule::id),
            Self::Server(fault) => fault.id(),
            Self::Peer(fault) => fault.id(),
            Self::Store(_) => "store",
            Self::Link(error) => error.id(),
            Self::Bug(_) => "bug",
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a caller can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// No thread of this id here.
    #[error("no such thread on this device")]
    UnknownThread,
    /// No account of this id here.
    #[error("no such person on this device: add them first")]
    UnknownAccount,
    /// The enrolment of this profile was begun and not finished.
    #[error("this profile is not enrolled yet: finish the enrolment first")]
    NotEnrolled,
    /// The profile is enrolled already.
    #[error("this profile is enrolled already")]
    AlreadyEnrolled,
    /// No text, or more than fits one message.
    #[error("a message has between 1 byte and 32 KiB of text")]
    TextLength,
    /// A thread is opened with at least one patient, and a bounded number.
    #[error("a thread is opened with one to four patients")]
    PatientCount,
    /// The thread does not take messages any more: left, removed, access lost, or forked.
    #[error("this device can no longer send in this thread")]
    ThreadInactive,
    /// More than is searched for at once.
    #[error("a search has at most 256 bytes of text")]
    QueryLength,
    /// No key, or more than is kept of the app's own values.
    #[error("a value of the app's own has a key of 1 to 64 bytes and at most 256 KiB")]
    AppDataLength,
    /// Only a patient blocks, and only a professional.
    #[error("only a patient blocks, and only a professional")]
    NotBlockable,
    /// The person's account key has changed; confirm it first.
    #[error("the account key of a member has changed: compare the safety number, then confirm")]
    AccountKeyChanged,
    /// No document in this place, or none attached under this name.
    #[error("no such document on this device")]
    UnknownDocument,
    /// A message has a bounded number of documents.
    #[error("a message has one to eight documents")]
    DocumentCount,
    /// More than a document may have.
    #[error("a document has at most 100 MiB")]
    DocumentTooLarge,
    /// The document is not on this device.
    #[error("the document is not on this device: fetch it first")]
    DocumentNotHere,
    /// The document is nowhere else yet.
    #[error("the document has not been sent yet")]
    DocumentUnsent,
    /// What was to be attached cannot be read.
    #[error("the file cannot be read")]
    SourceUnreadable,
    /// Somebody who was invited before has enrolled: there is nothing more to invite to.
    #[error("this person has enrolled already: no other invitation is needed")]
    AlreadyActivated,
    /// It takes the account key, which is on the person's primary device only.
    #[error("only the person's main device can do this: this is a linked one")]
    NotPrimary,
    /// No linking goes on that waits for this.
    #[error("no device is being linked: begin with the link text of the new one")]
    NoLinking,
    /// The account has as many devices as it may.
    #[error("an account has at most {DEVICES_PER_ACCOUNT} devices: unlink one first")]
    TooManyDevices,
    /// No other device of the account by this key.
    #[error("no other device of this account has this key")]
    UnknownDevice,
    /// The primary role moves to another device, which has not taken over yet.
    #[error("your main device is being changed: wait until the other one has taken over, or unlink it")]
    PrimaryMoves,
    /// No history of this id goes on.
    #[error("no such history is on its way")]
    UnknownHistory,
    /// The device is being given history already.
    #[error("this device is being given history already: wait, or stop that first")]
    HistoryGoesOn,
    /// Not an address of a relay.
    #[error("a relay's address is host:port")]
    RelayAddress,
}

impl Misuse {
    const fn id(self) -> &'static str {
        match self {
            Self::UnknownThread => "unknown-thread",
            Self::UnknownAccount => "unknown-account",
            Self::NotEnrolled => "not-enrolled",
            Self::AlreadyEnrolled => "already-enrolled",
            Self::TextLength => "text-length",
            Self::PatientCount => "patient-count",
            Self::ThreadInactive => "thread-inactive",
            Self::QueryLength => "query-length",
            Self::AppDataLength => "app-data-length",
            Self::NotBlockable => "not-blockable",
            Self::AccountKeyChanged => "account-key-changed",
            Self::UnknownDocument => "unknown-document",
            Self::DocumentCount => "document-count",
            Self::DocumentTooLarge => "document-too-large",
            Self::DocumentNotHere => "document-not-here",
            Self::DocumentUnsent => "document-unsent",
            Self::SourceUnreadable => "source-unreadable",
            Self::AlreadyActivated => "already-activated",
            Self::NotPrimary => "not-primary",
            Self::NoLinking => "no-linking",
            Self::TooManyDevices => "too-many-devices",
            Self::UnknownDevice => "unknown-device",
            Self::PrimaryMoves => "primary-moves",
            Self::UnknownHistory => "unknown-history",
            Self::HistoryGoesOn => "history-goes-on",
            Self::RelayAddress => "relay-address",
        }
    }
}

/// Why a linking ended without a linked device, where no server is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// What was said does not fit.
    #[error(transparent)]
    Fault(#[from] LinkFault),
    /// The grant is refused.
    #[error(transparent)]
    Grant(#[from] GrantFault),
    /// What came for the new device cannot be opened or read.
    #[error("what came for this device cannot be read: somebody else answered, or the relay changed it")]
    Unreadable,
}

impl LinkError {
    /// A stable id.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.id(),
            Self::Grant(fault) => fault.id(),
            Self::Unreadable => "link-unreadable",
        }
    }
}

/// What a server can get wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerFault {
    /// It sent something that is no frame, or no answer to what was asked.
    #[error("the server does not speak this protocol")]
    Protocol,
    /// It speaks another version.
    #[error("the server speaks version {0} of the protocol")]
    Version(u16),
    /// Its TLS key is not the one of the enrolment profile.
    #[error("the server at this address is not the one of your invitation: its key differs")]
    WrongKey,
    /// It cannot be reached.
    #[error("the server at {0} cannot be reached")]
    Unreachable(String),
    /// It closed the connection, or does not answer.
    #[error("the connection to the server ended")]
    Disconnected,
    /// It issued a certificate that is not what was asked for.
    #[error("the authority issued a certificate that is refused: {0}")]
    Certificate(#[from] CertificateError),
    /// It answered for another account than the one that was reserved.
    #[error("the authority answered for another account than the invitation promises")]
    WrongAccount,
}

impl ServerFault {
    const fn id(&self) -> &'static str {
        match self {
            Self::Protocol => "server-protocol",
            Self::Version(_) => "server-version",
            Self::WrongKey => "server-key",
            Self::Unreachable(_) => "unreachable",
            Self::Disconnected => "disconnected",
            Self::Certificate(_) => "server-certificate",
            Self::WrongAccount => "server-account",
        }
    }
}

/// What another member can get wrong: why an envelope or Welcome was refused. Recorded with its place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerFault {
    /// A rule stands against it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Not the padding, framing or encoding of this protocol.
    #[error("malformed")]
    Malformed,
    /// Its key was used before: a replay, or a sender whose state was rolled back.
    #[error("its key was used before")]
    Replayed,
    /// Too many messages of its sender are missing.
    #[error("too far ahead of what its sender sent before")]
    TooDistant,
    /// It does not decrypt or verify.
    #[error("it does not decrypt")]
    Undecryptable,
    /// Its sender is this device, which has no record of it: this store is older than what was sent, or a copy sends as well.
    #[error("this device has no record of having sent it")]
    UnknownOwn,
    /// A Welcome for a KeyPackage that this device has not, or used before.
    #[error("the KeyPackage it is for is not here")]
    NoMatchingKeyPackage,
    /// A certificate in it does not verify.
    #[error("a certificate in it is refused")]
    Certificate,
    /// A Welcome of somebody whom the owner has blocked: this contact.
    #[error("its author is blocked here")]
    Blocked(AccountId),
}

impl PeerFault {
    /// A stable id, as stored with a refused envelope.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.rule.id(),
            Self::Malformed => "malformed",
            Self::Replayed => "replayed",
            Self::TooDistant => "too-distant",
            Self::Undecryptable => "undecryptable",
            Self::UnknownOwn => "unknown-own",
            Self::NoMatchingKeyPackage => "no-matching-key-package",
            Self::Certificate => "R23",
            Self::Blocked(_) => "blocked",
        }
    }
}

impl From<Rule> for PeerFault {
    fn from(rule: Rule) -> Self {
        Self::Denied(rule.into())
    }
}
