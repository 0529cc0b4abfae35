//! What a peer may be told when something is refused: a closed list, and nothing else leaves.

use core::fmt;

use crate::closed_list::closed_list;
use crate::id::Seq;
use crate::rule::{Denied, Rule};

closed_list! {
    /// Why a request is refused. Numbers and ids are never given to another reason.
    RefusalCode:
    /// The bytes are not a frame of this protocol.
    Malformed = 0, "malformed";
    /// The frame or one of its parts is larger than allowed.
    TooLarge = 1, "too-large";
    /// The peer speaks another version of the protocol.
    VersionUnsupported = 2, "version-unsupported";
    /// The request does not fit the state of the connection: sign in first, and once.
    OutOfTurn = 3, "out-of-turn";
    /// The sign-in is not valid.
    SignInFailed = 4, "sign-in-failed";
    /// A rule stands against it.
    NotPermitted = 5, "not-permitted";
    /// There is no such thread, or it is not this account's.
    NoAccess = 6, "no-access";
    /// A thread of this id exists.
    ThreadExists = 7, "thread-exists";
    /// The log has gone on since: catch up, encrypt again, post again.
    HeadStale = 8, "head-stale";
    /// The device list is older than one that the relay has.
    DeviceListStale = 9, "device-list-stale";
    /// The account has no KeyPackage at the relay: it was never active, or its supply is used up.
    NoKeyPackage = 10, "no-key-package";
    /// More than this device may ask in this time.
    QuotaExceeded = 11, "quota-exceeded";
    /// The server cannot take it now; nothing was stored.
    Busy = 12, "busy";
    /// The server failed and stored nothing. It is not the peer's fault.
    Internal = 13, "internal";
    /// The enrolment code is wrong, used, expired, or was tried too often.
    CodeRefused = 14, "code-refused";
    /// The same idempotency id came with another content.
    IdempotencyMismatch = 15, "idempotency-mismatch";
    /// There is no such document at the relay, or not all of it.
    NoSuchBlob = 16, "no-such-blob";
    /// Something else is stored there, which never changes.
    BlobConflict = 17, "blob-conflict";
    /// The chunk before this one is missing: ask which comes next.
    BlobGap = 18, "blob-gap";
    /// The relay has no room for it; nothing was stored.
    StorageFull = 19, "storage-full";
    /// Another envelope stands at this place of the log, and stays there.
    PlaceTaken = 20, "place-taken";
    /// No linking goes on at this rendezvous: it is over, was never begun, or something else was said there.
    LinkOver = 21, "link-over";
}

impl RefusalCode {
    /// The rule that a reason stands for by itself. [`RefusalCode::NotPermitted`] names the rule that was broken.
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::NoAccess => Some(Rule::OnlyMembersReachTheLog),
            Self::HeadStale => Some(Rule::TermsInForce),
            _ => None,
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What the peer may do about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Retry {
    /// The same request will be refused again.
    #[n(0)]
    Never,
    /// After catching up with the log to at least this place.
    #[n(1)]
    AfterCatchingUp(#[n(0)] Seq),
    /// The same request, after this many seconds.
    #[n(2)]
    After {
        /// How long to wait.
        #[n(0)]
        seconds: u32,
    },
    /// On a new connection.
    #[n(3)]
    OnNewConnection,
}

/// What a peer is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode, thiserror::Error)]
#[error("{}", rule.map_or(code.id(), Rule::id))]
pub struct Refusal {
    /// The reason.
    #[n(0)]
    pub code: RefusalCode,
    /// The rule that stands against it, if one does.
    #[n(1)]
    pub rule: Option<Rule>,
    /// What may be done about it.
    #[n(2)]
    pub retry: Retry,
}

impl Refusal {
    /// A refusal that stays one.
    pub const fn never(code: RefusalCode) -> Self {
        Self { code, rule: code.rule(), retry: Retry::Never }
    }

    /// A refusal for now.
    pub const fn after(code: RefusalCode, seconds: u32) -> Self {
        Self { code, rule: None, retry: Retry::After { seconds } }
    }

    /// The refusal of an append that names an older handshake than `head`, or with Welcomes an older envelope.
    pub const fn head_stale(head: Seq) -> Self {
        let code = RefusalCode::HeadStale;
        Self { code, rule: code.rule(), retry: Retry::AfterCatchingUp(head) }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self { code: RefusalCode::NotPermitted, rule: Some(denied.rule), retry: Retry::Never }
    }
}
