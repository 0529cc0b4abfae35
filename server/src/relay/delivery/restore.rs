//! [`Request::Restore`](colloque_schemas::frame::Request::Restore): an envelope that this relay had and lost, as when its
//! database was restored from a backup, back in its place.
//!
//! The relay cannot tell whose an envelope is, or whether it was there: a member that gives back something else is found out by
//! the running hash (R34), as a relay is that shows something else. It gains nothing that it could not post.

use colloque_schemas::envelope::NewEnvelope;
use colloque_schemas::frame::{Appended, Response, Restore};
use colloque_schemas::id::Seq;
use colloque_schemas::policy::AccessGrant;
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::role::Actor;

use super::super::batch::Batch;
use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::super::store::threads;
use super::append::{Additions, Placing, Posting, add_access};

impl Posting {
    /// As [`Self::check`], of an envelope that goes back to its place.
    pub(in super::super) fn check_restore(
        author: Actor,
        restore: Restore,
        access_row: RowKey,
        blind: &Blind,
    ) -> Result<Self, RequestError> {
        let Restore { thread, envelope, welcomes, grant } = restore;
        let placing = Placing::Back(envelope.seq);
        let envelope = NewEnvelope { kind: envelope.kind, payload: envelope.payload };
        let additions = Additions { welcomes, grant };
        Self::check_parts((author, access_row), thread, placing, envelope, additions, blind)
    }

    /// Something stands at its place. If it is this envelope, another member was faster; what comes with it is still missing
    /// then, since only its sender has that.
    pub(super) async fn settle_back(self, seq: Seq, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let thread = self.thread;
        if batch.stored(thread, seq).await? != Some((self.envelope.kind, self.payload_hash)) {
            return Err(RefusalCode::PlaceTaken.into());
        }
        self.check_invited(batch).await?;
        let answer = Appended { seq, payload_hash: self.payload_hash };
        if let Some((AccessGrant { .. }, rows)) = self.granted {
            let Some(record) = batch.loaded(thread) else {
                return Err(RequestError::Damaged("a thread vanished"));
            };
            add_access(record, rows)?;
            let record = record.clone();
            threads::replace_access(batch.connection, &record).await?;
        }
        batch.invite(thread, seq, self.welcomes).await?;
        Ok(Response::Appended(answer))
    }
}
