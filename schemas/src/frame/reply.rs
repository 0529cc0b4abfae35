//! What the relay sends: replies, refusals, and what it says unasked.

use alloc::string::String;
use alloc::vec::Vec;

use super::RequestId;
use crate::bytes::Opaque;
use crate::device_list::UnverifiedDeviceList;
use crate::envelope::{Envelope, InboxItem};
use crate::id::{DeviceKey, Incarnation, KeyHash, Seq, ThreadId};
use crate::refusal::Refusal;
use crate::sign_in::Nonce;
use crate::time::UnixSeconds;

/// From the relay.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum ServerFrame {
    /// The first frame of a connection.
    #[n(0)]
    Challenge(#[n(0)] Challenge),
    /// Granted.
    #[n(1)]
    Reply {
        /// The request.
        #[n(0)]
        id: RequestId,
        /// Its outcome.
        #[n(1)]
        response: Response,
    },
    /// Not granted; nothing has changed.
    #[n(2)]
    Refused {
        /// The request, unless the frame was too malformed to name one.
        #[n(0)]
        id: Option<RequestId>,
        /// Why, and what may be done about it.
        #[n(1)]
        refusal: Refusal,
    },
    /// Something that the device follows.
    #[n(3)]
    Event(#[n(0)] Event),
}

/// What the relay opens a connection with.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Challenge {
    /// [`crate::limits::PROTOCOL_VERSION`] of the relay.
    #[n(0)]
    pub version: u16,
    /// For the sign-in statement.
    #[n(1)]
    pub nonce: Nonce,
    /// For people and logs. The name that is signed comes from the enrolment profile.
    #[n(2)]
    pub relay_name: String,
}

/// What a granted request gets.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Response {
    /// The connection is this device's.
    #[n(0)]
    SignedIn(#[n(0)] SignedIn),
    /// Durably stored.
    #[n(1)]
    Appended(#[n(0)] Appended),
    /// A part of the backlog.
    #[n(2)]
    Page(#[n(0)] Page),
    /// Done, durably.
    #[n(3)]
    Done,
    /// KeyPackages, claimed.
    #[n(4)]
    KeyPackages(#[n(0)] ClaimedKeyPackages),
    /// The first chunk that is not stored; as many as there are, if the blob is whole; 0 if nothing is known of it.
    #[n(5)]
    NextChunk(#[n(0)] u32),
    /// A chunk, as it was put.
    #[n(6)]
    Chunk(#[n(0)] Opaque),
    /// What the other side of a linking has said, if it has.
    #[n(7)]
    Link(#[n(0)] Option<Opaque>),
}

/// See [`Response::SignedIn`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SignedIn {
    /// The relay's clock: a hint that the device's own is wrong, no more.
    #[n(0)]
    pub relay_at: UnixSeconds,
    /// One-time KeyPackages that the relay has of this device.
    #[n(1)]
    pub key_packages_left: u32,
    /// Whether it has a last-resort KeyPackage of this device.
    #[n(2)]
    pub has_last_resort: bool,
    /// Which database the relay has: with another one than before, inbox numbers and KeyPackages may have gone back.
    #[n(3)]
    pub incarnation: Incarnation,
    /// The account's newest device list, where it is newer than the one that the device signed in with.
    #[n(4)]
    pub device_list: Option<UnverifiedDeviceList>,
    /// A newer certificate of this device than the one that it signed in with, DER: a linked device makes none itself.
    #[n(5)]
    pub leaf: Option<Opaque>,
}

/// See [`Response::Appended`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Appended {
    /// The place; for an opening, that of its last envelope.
    #[n(0)]
    pub seq: Seq,
    /// SHA-256 of the payload stored there: what the sender posted, unless the id was used for something else.
    #[n(1)]
    pub payload_hash: KeyHash,
}

/// See [`Response::Page`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Page {
    /// One entry for each thread that was asked for and has something to say.
    #[n(0)]
    pub threads: Vec<ThreadPage>,
    /// In order, from after the cursor.
    #[n(1)]
    pub inbox: Vec<InboxItem>,
    /// Whether to ask again from where this page ends. If not, the device is up to date and hears the rest live.
    #[n(2)]
    pub more: bool,
}

/// What there is of one thread.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum ThreadPage {
    /// In order, from after the cursor.
    #[n(0)]
    Envelopes {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// A piece of it.
        #[n(1)]
        envelopes: Vec<Envelope>,
    },
    /// The thread does not exist, or is not this account's.
    #[n(1)]
    AccessLost {
        /// The thread.
        #[n(0)]
        thread: ThreadId,
    },
    /// Envelopes up to this place are older than the relay keeps; the device asks to be added again.
    #[n(2)]
    Pruned {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// The last place that is gone.
        #[n(1)]
        through: Seq,
    },
    /// The log ends before the place that the device has read: the relay has lost the rest.
    #[n(3)]
    Short {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// Its last place.
        #[n(1)]
        last: Seq,
    },
}

/// See [`Response::KeyPackages`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClaimedKeyPackages {
    /// The account's newest device list.
    #[n(0)]
    pub device_list: UnverifiedDeviceList,
    /// At most one for each device of the list.
    #[n(1)]
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// One KeyPackage, as published.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClaimedKeyPackage {
    /// Whose.
    #[n(0)]
    pub device: DeviceKey,
    /// The KeyPackage (RFC 9420 section 10).
    #[n(1)]
    pub key_package: Opaque,
}

/// What the relay says unasked.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Event {
    /// The next envelope of a log that the device follows.
    #[n(0)]
    Appended {
        /// The log.
        #[n(0)]
        thread: ThreadId,
        /// The envelope.
        #[n(1)]
        envelope: Envelope,
    },
    /// A Welcome.
    #[n(1)]
    Inbox(#[n(0)] InboxItem),
    /// The account no longer has access to this thread.
    #[n(2)]
    AccessLost(#[n(0)] ThreadId),
    /// The device's supply of one-time KeyPackages runs out.
    #[n(3)]
    KeyPackagesLow {
        /// How many are left.
        #[n(0)]
        left: u32,
    },
    /// The relay is about to close the connection; come back after a random part of this time.
    #[n(4)]
    GoingAway {
        /// Upper bound of the random wait.
        #[n(0)]
        retry_within_seconds: u32,
    },
    /// Another device of the account has a newer list of devices, or new KeyPackages after a list that names it: this is the
    /// newest list.
    #[n(5)]
    Devices(#[n(0)] UnverifiedDeviceList),
}
