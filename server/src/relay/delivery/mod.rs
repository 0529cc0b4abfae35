//! What devices ask of the Delivery Service, one file for each request. Each has two halves: `check`, in the session,
//! reads the request and obtains the grant from policy; `run`, in the writer, spends the grant inside a transaction.

mod append;
pub(super) mod blobs;
mod inbox;
mod key_packages;
mod letter;
mod listing;
mod open_thread;
mod restore;
mod shape;
pub(super) mod sync;
mod terms;

pub(super) use append::Posting;
pub(super) use blobs::BlobChange;
pub(super) use inbox::Acknowledgement;
pub(super) use key_packages::{Claim, Publication};
pub(super) use letter::Letter;
pub(super) use listing::{DevicePublication, Listing, admits};
pub(super) use open_thread::Opening;
pub(super) use terms::Assertion;

use colloque_schemas::frame::Response;

use super::batch::Batch;
use super::error::RequestError;

/// A request that was granted and waits for the writer.
pub(super) enum Act {
    /// See [`colloque_schemas::frame::Request::OpenThread`].
    Open(Opening),
    /// See [`colloque_schemas::frame::Request::Append`] and [`colloque_schemas::frame::Request::Restore`].
    Append(Posting),
    /// See [`colloque_schemas::frame::Request::AssertTerms`].
    Assert(Assertion),
    /// See [`colloque_schemas::frame::Request::PublishKeyPackages`].
    Publish(Publication),
    /// See [`colloque_schemas::frame::Request::ClaimKeyPackages`].
    Claim(Claim),
    /// See [`colloque_schemas::frame::Request::AcknowledgeInbox`].
    Acknowledge(Acknowledgement),
    /// A device list that came with a sign-in.
    List(Listing),
    /// See [`colloque_schemas::frame::Request::PublishDevices`].
    PublishDevices(DevicePublication),
    /// See [`colloque_schemas::frame::Request::SendLetter`].
    Letter(Letter),
    /// Of a blob whose chunks are on the disk, or gone from it.
    Blob(BlobChange),
}

impl Act {
    /// Does it, inside the transaction. A refusal has changed nothing; any other error undoes the transaction.
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        match self {
            Self::Append(posting) => posting.run(batch).await,
            Self::Open(opening) => Box::pin(opening.run(batch)).await,
            Self::Assert(assertion) => assertion.run(batch).await,
            Self::Publish(publication) => publication.run(batch).await,
            Self::Claim(claim) => Box::pin(claim.run(batch)).await,
            Self::Acknowledge(acknowledgement) => acknowledgement.run(batch).await,
            Self::List(listing) => listing.run(batch).await,
            Self::PublishDevices(published) => published.run(batch).await,
            Self::Letter(letter) => letter.run(batch).await,
            Self::Blob(change) => change.run(batch).await,
        }
    }

    /// Whether it writes nothing before the end of the batch.
    pub(super) fn is_gathered(&self) -> bool {
        matches!(self, Self::Append(posting) if posting.is_gathered())
    }

    /// How much it adds to a transaction, in bytes.
    pub(super) fn payload_bytes(&self) -> usize {
        match self {
            Self::Append(posting) => posting.payload_bytes(),
            Self::Open(opening) => opening.payload_bytes(),
            Self::Publish(publication) => publication.payload_bytes(),
            Self::Letter(letter) => letter.payload_bytes(),
            Self::Assert(_)
            | Self::Claim(_)
            | Self::Acknowledge(_)
            | Self::List(_)
            | Self::PublishDevices(_)
            | Self::Blob(_) => 0,
        }
    }
}
