//! What uploads and downloads share: one of each at a time, a few chunks of it in flight, so that messages pass.
//!
//! What is lost with the connection is only what was in flight: an upload goes on where the relay says, a download where
//! its file ends.

use std::collections::HashSet;

use colloque_schemas::id::{HistoryId, MessageId};
use colloque_schemas::refusal::{Refusal, Retry};
use colloque_schemas::time::UnixSeconds;

use super::download::Download;
use super::row::{self, Place, Stage};
use super::upload::Upload;
use crate::client::Client;
use crate::error::Error;
use crate::event::Event;
use crate::history::PartPlace;
use crate::outbox::OutboxRow;
use crate::session::Session;

/// Chunks of one transfer that are asked for or sent and not answered.
pub(super) const CHUNKS_IN_FLIGHT: u32 = 2;

/// Longer than any connection lasts.
const ANOTHER_CONNECTION: UnixSeconds = UnixSeconds(u64::MAX);

/// What a transfer carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carried {
    /// A document of a message: its row.
    Document(i64, Place),
    /// A part of a history.
    Part(PartPlace),
}

impl Carried {
    /// It has moved.
    pub(super) const fn changed(self) -> Event {
        match self {
            Self::Document(_, Place { thread, message, index }) => {
                Event::DocumentChanged { thread, message, index }
            }
            Self::Part(PartPlace { history, .. }) => Event::HistoryChanged(history),
        }
    }

    const fn is_document(self, document: i64) -> bool {
        matches!(self, Self::Document(row, _) if row == document)
    }
}

/// Transfers on the present connection.
#[derive(Default)]
pub(crate) struct Transfers {
    pub(super) upload: Option<Upload>,
    pub(super) download: Option<Download>,
    /// Until when the relay takes nothing, and gives nothing.
    pub(super) upload_waits_until: Option<UnixSeconds>,
    pub(super) download_waits_until: Option<UnixSeconds>,
    last_serial: u64,
}

impl Transfers {
    /// A number that no transfer of this connection had: answers to one that was given up mean nothing to the next.
    pub(super) fn next_serial(&mut self) -> u64 {
        self.last_serial = self.last_serial.saturating_add(1);
        self.last_serial
    }

    /// How many bytes of this document are across, if it is on its way.
    pub(super) fn progress(&self, document: i64) -> Option<u64> {
        let upload = self.upload.as_ref().filter(|upload| upload.carried.is_document(document));
        let upload = upload.map(Upload::done);
        let download = self.download.as_ref().filter(|download| download.carried.is_document(document));
        upload.or_else(|| download.map(Download::done))
    }

    /// Gives up what is under way of a history.
    pub(crate) fn stop_history(&mut self, history: HistoryId) {
        let is_of = |carried: Carried| matches!(carried, Carried::Part(part) if part.history == history);
        self.upload.take_if(|upload| is_of(upload.carried));
        self.download.take_if(|download| is_of(download.carried));
    }

    /// Gives up what is under way of a document.
    pub(super) fn stop(&mut self, document: i64) {
        self.upload.take_if(|upload| upload.carried.is_document(document));
        self.download.take_if(|download| download.carried.is_document(document));
    }
}

/// Until when to wait after a refusal that is one for now.
pub(crate) const fn put_off(refusal: &Refusal, now: UnixSeconds) -> Option<UnixSeconds> {
    match refusal.retry {
        Retry::Never => None,
        Retry::After { seconds } => Some(now.plus(seconds as u64)),
        Retry::AfterCatchingUp(_) => Some(now.plus(1)),
        Retry::OnNewConnection => Some(ANOTHER_CONNECTION),
    }
}

/// `done` chunks of a blob, in bytes.
pub(super) fn bytes_of(chunks: u32, size: colloque_schemas::blob::BlobSize) -> u64 {
    let whole = u64::from(chunks)
        .saturating_mul(u64::try_from(colloque_schemas::limits::CHUNK_BYTES).unwrap_or(u64::MAX));
    whole.min(size.bytes())
}

impl Session {
    /// Whether the wait of one direction is not over; the client wakes when it is.
    pub(crate) fn still_waits(&mut self, until: Option<UnixSeconds>, now: UnixSeconds) -> bool {
        let Some(until) = until.filter(|until| now < *until) else { return false };
        if until != ANOTHER_CONNECTION {
            self.wake_at(until);
        }
        true
    }
}

impl Client {
    /// Messages that cannot be posted yet, because documents of theirs are not at the relay.
    pub(crate) fn held_back(&self) -> Result<HashSet<MessageId>, Error> {
        let waiting = self.store.read(|view| row::moving(view.sql(), Stage::Waiting))?;
        Ok(waiting.iter().filter_map(|row| row.place).map(|place| place.message).collect())
    }

    /// Moves documents, after the messages: those of messages that are held back to the relay, and what is fetched from
    /// it. History comes after them.
    pub(crate) fn move_documents(
        &mut self,
        held_back: &[OutboxRow],
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        self.move_upload(held_back, now, events)?;
        self.move_download(now, events)
    }
}
