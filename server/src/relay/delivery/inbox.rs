//! [`Request::AcknowledgeInbox`](colloque_schemas::frame::Request::AcknowledgeInbox): what a device has, the relay forgets.

use colloque_schemas::envelope::InboxSeq;
use colloque_schemas::frame::Response;

use super::super::batch::Batch;
use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::super::store::inboxes;

/// Of a device's own inbox.
pub(in super::super) struct Acknowledgement {
    /// Whose inbox.
    pub(in super::super) device: RowKey,
    /// The last item that the device has.
    pub(in super::super) through: InboxSeq,
}

impl Acknowledgement {
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        inboxes::acknowledge(batch.connection, &self.device, self.through).await?;
        Ok(Response::Done)
    }
}
