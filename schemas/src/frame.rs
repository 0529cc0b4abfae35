//! The frames between a device and the relay: one websocket, binary messages, one frame each.
//!
//! | the device asks | rules | the relay answers |
//! |---|---|---|
//! | [`Request::SignIn`] | R23, R25 | [`Response::SignedIn`] |
//! | [`Request::OpenThread`] | R01 | [`Response::Appended`] |
//! | [`Request::Append`] | R03 to R07, R12, R29, R30, R31 | [`Response::Appended`] |
//! | [`Request::Sync`] | R30 | [`Response::Page`], then live [`Event`]s |
//! | [`Request::AcknowledgeInbox`] | | [`Response::Done`] |
//! | [`Request::PublishKeyPackages`] | R25 | [`Response::Done`] |
//! | [`Request::ClaimKeyPackages`] | R02 | [`Response::KeyPackages`] |
//! | [`Request::AssertTerms`] | R09, R10, R31 | [`Response::Done`] |
//! | [`Request::PutChunk`] | | [`Response::Done`] |
//! | [`Request::AskBlob`] | | [`Response::NextChunk`] |
//! | [`Request::TakeChunk`] | | [`Response::Chunk`] |
//! | [`Request::Restore`] | R03 to R08, R11, R30, R31 | [`Response::Appended`] |
//! | [`Request::PutLink`], [`Request::EndLink`] | | [`Response::Done`] |
//! | [`Request::TakeLink`] | | [`Response::Link`] |
//! | [`Request::PublishDevices`] | R23, R25 | [`Response::Done`] |
//! | [`Request::SendLetter`] | R25, R39 | [`Response::Done`] |
//!
//! Every request gets exactly one reply. Numbers of variants and fields are the wire's and never change meaning.

mod reply;

pub use reply::{
    Appended, Challenge, ClaimedKeyPackage, ClaimedKeyPackages, Event, Page, Response, ServerFrame, SignedIn,
    ThreadPage,
};

use alloc::vec::Vec;

use crate::answer_mode::AnswerMode;
use crate::blob::BlobSize;
use crate::bytes::{Opaque, Signature};
use crate::certificate::UnverifiedChain;
use crate::device_list::UnverifiedDeviceList;
use crate::envelope::{Envelope, InboxSeq, NewEnvelope, NewWelcome};
use crate::id::{AccountId, BlobId, DeviceKey, IdempotencyId, RendezvousId, Seq, ThreadId};
use crate::linking::LinkStep;

/// What a device calls a request on this connection, so that it knows the reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct RequestId(#[n(0)] pub u32);

/// From the device.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct ClientFrame {
    /// Chosen by the device.
    #[n(0)]
    pub id: RequestId,
    /// What it asks.
    #[n(1)]
    pub request: Request,
}

/// What a device asks.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum Request {
    /// Proves who it is. The first request, and the only one of its kind.
    #[n(0)]
    SignIn(#[n(0)] SignIn),
    /// Opens a thread: log, access, Welcomes and first envelopes in one transaction (R01).
    #[n(1)]
    OpenThread(#[n(0)] OpenThread),
    /// Appends one envelope to a log.
    #[n(2)]
    Append(#[n(0)] Append),
    /// Asks for the backlog, and for everything that follows live.
    #[n(3)]
    Sync(#[n(0)] Sync),
    /// Lets the relay forget inbox items up to this one.
    #[n(4)]
    AcknowledgeInbox(#[n(0)] InboxSeq),
    /// Adds to the device's supply of KeyPackages.
    #[n(5)]
    PublishKeyPackages(#[n(0)] PublishKeyPackages),
    /// Takes one KeyPackage of each listed device of an account (R02).
    #[n(6)]
    ClaimKeyPackages(#[n(0)] AccountId),
    /// Brings access rows and mode flag in line with the roster and charter after a Commit (R09, R31).
    #[n(7)]
    AssertTerms(#[n(0)] AssertTerms),
    /// Adds the next chunk to a blob, or begins one. Repeating it changes nothing.
    #[n(8)]
    PutChunk(#[n(0)] PutChunk),
    /// Asks which chunk of a blob comes next.
    #[n(9)]
    AskBlob(#[n(0)] BlobId),
    /// Reads one chunk of a whole blob.
    #[n(10)]
    TakeChunk {
        /// The blob.
        #[n(0)]
        blob: BlobId,
        /// Which chunk, from 0.
        #[n(1)]
        index: u32,
    },
    /// Gives an envelope back that the relay had at this place, and lost.
    #[n(11)]
    Restore(#[n(0)] Restore),
    /// Says a step of a linking to the other side. Repeating it changes nothing. A new device, which cannot sign in yet,
    /// says its own step without.
    #[n(12)]
    PutLink {
        /// Where the two meet.
        #[n(0)]
        rendezvous: RendezvousId,
        /// Which step.
        #[n(1)]
        step: LinkStep,
        /// What is said.
        #[n(2)]
        content: Opaque,
    },
    /// Asks for a step of the other side. A new device, which cannot sign in yet, opens the rendezvous by asking.
    #[n(13)]
    TakeLink {
        /// Where the two meet.
        #[n(0)]
        rendezvous: RendezvousId,
        /// Which step.
        #[n(1)]
        step: LinkStep,
    },
    /// Ends a linking, from either side.
    #[n(14)]
    EndLink(#[n(0)] RendezvousId),
    /// Publishes the account's newest device list, and certificates for devices that cannot make their own.
    #[n(15)]
    PublishDevices(#[n(0)] PublishDevices),
    /// Brings a letter to the inbox of one device (R39).
    #[n(16)]
    SendLetter(#[n(0)] SendLetter),
}

/// See [`Request::SendLetter`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SendLetter {
    /// Whose device it is for.
    #[n(0)]
    pub owner: AccountId,
    /// For which device.
    #[n(1)]
    pub device: DeviceKey,
    /// The id of the letter's MLS group: random.
    #[n(2)]
    pub group: ThreadId,
    /// The [`crate::letter::SealedLetter`] in its bucket.
    #[n(3)]
    pub payload: Opaque,
}

/// See [`Request::SignIn`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SignIn {
    /// [`crate::limits::PROTOCOL_VERSION`] of the device.
    #[n(0)]
    pub version: u16,
    /// The device's certificates.
    #[n(1)]
    pub chain: UnverifiedChain,
    /// The account's device list, the newest that the device has.
    #[n(2)]
    pub device_list: UnverifiedDeviceList,
    /// By the device key, over [`crate::sign_in::SignInStatement`].
    #[n(3)]
    pub signature: Signature,
}

/// See [`Request::OpenThread`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct OpenThread {
    /// Chosen at random by the opener.
    #[n(0)]
    pub thread: ThreadId,
    /// A repeated id is answered as the first was.
    #[n(1)]
    pub idempotency: IdempotencyId,
    /// The accounts of the roster, the opener's own included.
    #[n(2)]
    pub access: Vec<AccountId>,
    /// The mode of the charter.
    #[n(3)]
    pub mode: AnswerMode,
    /// First the Commit that adds the members, then the first messages, at least one.
    #[n(4)]
    pub envelopes: Vec<NewEnvelope>,
    /// For the devices that the Commit adds.
    #[n(5)]
    pub welcomes: Vec<NewWelcome>,
}

/// See [`Request::Append`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Append {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// A repeated id is answered as the first was, before anything else is looked at.
    #[n(1)]
    pub idempotency: IdempotencyId,
    /// The place of the last handshake that the sender has processed (R29).
    #[n(2)]
    pub handshake_head: Seq,
    /// The envelope.
    #[n(3)]
    pub envelope: NewEnvelope,
    /// With a handshake only: for the devices that it adds.
    #[n(4)]
    pub welcomes: Vec<NewWelcome>,
    /// With a handshake only: accounts that get access with it (R31).
    #[n(5)]
    pub grant: Vec<AccountId>,
    /// With Welcomes, and only then: the last place that the sender has read, after which nothing may have come. What the
    /// newcomers are told is then the whole past (R36).
    #[n(6)]
    pub read_through: Option<Seq>,
}

/// See [`Request::Restore`]. Repeating it changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Restore {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// The envelope in its place, whoever posted it: the next of the log, or one that is there already.
    #[n(1)]
    pub envelope: Envelope,
    /// With a handshake of one's own only: for the devices that it adds.
    #[n(2)]
    pub welcomes: Vec<NewWelcome>,
    /// With a handshake of one's own only: accounts that get access with it (R31).
    #[n(3)]
    pub grant: Vec<AccountId>,
}

/// See [`Request::Sync`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Sync {
    /// Threads that the device follows from now on, beside those that it follows already, each with the last place
    /// that it has.
    #[n(0)]
    pub threads: Vec<Cursor>,
    /// The last inbox item that it has.
    #[n(1)]
    pub inbox_after: InboxSeq,
}

/// How far a device has read a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Cursor {
    /// The log.
    #[n(0)]
    pub thread: ThreadId,
    /// The last place that the device has.
    #[n(1)]
    pub after: Seq,
}

/// See [`Request::PublishKeyPackages`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct PublishKeyPackages {
    /// Each is handed out once.
    #[n(0)]
    pub one_time: Vec<Opaque>,
    /// Handed out when there is no other, any number of times. With it, the publication replaces the device's whole
    /// supply: older KeyPackages may carry a certificate that has been renewed.
    #[n(1)]
    pub last_resort: Option<Opaque>,
}

/// See [`Request::AssertTerms`]. Idempotent.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct AssertTerms {
    /// The thread.
    #[n(0)]
    pub thread: ThreadId,
    /// The handshake whose outcome this is. Terms of any but the relay's newest are refused as stale.
    #[n(1)]
    pub handshake: Seq,
    /// Exactly these accounts have access.
    #[n(2)]
    pub access: Vec<AccountId>,
    /// The mode in force.
    #[n(3)]
    pub mode: AnswerMode,
}

/// See [`Request::PutChunk`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct PutChunk {
    /// The blob.
    #[n(0)]
    pub blob: BlobId,
    /// Length of the whole blob, the same with every chunk.
    #[n(1)]
    pub size: BlobSize,
    /// Which chunk, from 0. The ones before it are stored already.
    #[n(2)]
    pub index: u32,
    /// As long as [`BlobSize::chunk_bytes`] says.
    #[n(3)]
    pub chunk: Opaque,
}

/// See [`Request::PublishDevices`]. Repeating it changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct PublishDevices {
    /// The newest list.
    #[n(0)]
    pub device_list: UnverifiedDeviceList,
    /// Of listed devices, at most one for each. One that is not newer than what the relay has of its device changes nothing.
    #[n(1)]
    pub chains: Vec<UnverifiedChain>,
}
