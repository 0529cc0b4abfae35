//! What an app sees of documents, and how they get into messages and out of them.

use std::collections::HashSet;

use colloque_schemas::id::{MessageId, ThreadId};
use colloque_schemas::mimi::{DocumentPart, MimiContent};
use colloque_schemas::payload::Body;

use super::row::{self, DocumentRow, Place, Stage};
use super::transfer::Transfers;
use super::{media_type, safe_name};
use crate::error::Error;
use crate::history;
use crate::outbox::{self, Intent};
use crate::store::{Connection, Store, StoreError};
use crate::view::{Entry, EntryKind};

/// Documents up to this size are fetched when their message is read.
const FETCHED_AT_ONCE_BYTES: u64 = 512 * 1024;

/// A document of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its place in the message, from 0.
    pub index: u32,
    /// Its name, made harmless by [`safe_name`].
    pub name: String,
    /// Its media type, as its author claims it: one of [`media_type`]'s.
    pub media_type: &'static str,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether it is here, and nothing shows yet that no small picture of it can be made ([`Client::keep_thumbnail`]).
    ///
    /// [`Client::keep_thumbnail`]: crate::Client::keep_thumbnail
    pub may_have_thumbnail: bool,
    /// Where it is.
    pub state: DocumentState,
}

impl core::fmt::Debug for Document {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Document(..)")
    }
}

/// Where a document is. Progress counts the bytes of its ciphertext, on the present connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// Own, and waits to be brought to the relay.
    Waiting,
    /// Own, and on its way to the relay.
    Uploading {
        /// Bytes that are there.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// At the relay, and not here.
    AtRelay,
    /// To be brought here, and perhaps on its way.
    Fetching {
        /// Bytes that are here and verified.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Here, verified.
    Here,
    /// It could not be brought here, for the reason with this id. It may be tried again.
    Failed {
        /// The fault's or refusal's id.
        reason: String,
    },
}

impl Document {
    pub(super) fn of(row: DocumentRow, index: u32, transfers: &Transfers) -> Self {
        let total = row.part.blob_size().map_or(0, |size| size.bytes());
        let progress = transfers.progress(row.id);
        let state = match (row.stage, progress) {
            (Stage::Waiting, Some(done)) => DocumentState::Uploading { done, total },
            (Stage::Attached | Stage::Waiting, _) => DocumentState::Waiting,
            (Stage::AtRelay, _) => DocumentState::AtRelay,
            (Stage::Fetching, done) => DocumentState::Fetching { done: done.unwrap_or_default(), total },
            (Stage::Here, _) => DocumentState::Here,
            (Stage::Failed, _) => DocumentState::Failed { reason: row.reason.unwrap_or_default() },
        };
        let (name, media_type) = (safe_name(&row.part.name), media_type(&row.part.media_type));
        let may_have_thumbnail = row.may_have_thumbnail && row.stage.is_here();
        Self { index, name, media_type, bytes: row.part.bytes, may_have_thumbnail, state }
    }
}

/// Gives messages among these entries of a thread their documents.
pub(crate) fn fill(
    sql: &Connection,
    thread: ThreadId,
    transfers: &Transfers,
    entries: &mut [Entry],
) -> Result<(), Error> {
    for entry in entries {
        if let EntryKind::Message(message) = &mut entry.kind {
            let documents = row::of_message(sql, thread, message.message)?;
            message.documents =
                (0..).zip(documents).map(|(index, row)| Document::of(row, index, transfers)).collect();
        }
    }
    Ok(())
}

/// What a message says: its text and its documents.
pub(crate) fn body(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
    salt: [u8; 16],
    text: String,
) -> Result<Body, Error> {
    Ok(Body::Content(content(sql, thread, message, salt, text)?))
}

/// The same, for any payload.
pub(crate) fn content(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
    salt: [u8; 16],
    text: String,
) -> Result<MimiContent, Error> {
    let documents = row::of_message(sql, thread, message)?.into_iter().map(|row| row.part).collect();
    Ok(MimiContent::new(salt, text, documents))
}

/// Keeps the documents of a message that has been accepted.
pub(crate) fn receive(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
    documents: &[DocumentPart],
) -> Result<(), Error> {
    for (index, part) in (0_u32..).zip(documents) {
        let stage = if part.bytes <= FETCHED_AT_ONCE_BYTES { Stage::Fetching } else { Stage::AtRelay };
        row::receive(sql, Place { thread, message, index }, part, stage)?;
    }
    Ok(())
}

/// Forgets documents of messages that were neither sent nor wait to be, and files that belong to none: what refusals and
/// crashes left. When the store is opened.
pub(crate) fn sweep(store: &mut Store) -> Result<(), Error> {
    let unit = store.begin()?;
    let waiting = outbox::intents(unit.sql())?.into_iter();
    let waiting: HashSet<MessageId> = waiting
        .filter_map(|(_, intent)| match intent {
            Intent::Content { message, .. } => Some(message),
            _ => None,
        })
        .collect();
    let (mut whole, mut unfinished) = (HashSet::new(), HashSet::new());
    for document in row::all(unit.sql())? {
        let is_sent = match document.place {
            Some(place) => waiting.contains(&place.message) || row::is_shown(unit.sql(), place)?,
            None => true,
        };
        if !is_sent {
            row::remove(unit.sql(), document.id)?;
        } else if let Some(file) = document.file {
            let kept = if document.stage.is_here() { &mut whole } else { &mut unfinished };
            kept.insert(file);
        }
    }
    for (file, is_whole) in history::files(unit.sql())? {
        let kept = if is_whole { &mut whole } else { &mut unfinished };
        kept.insert(file);
    }
    unit.commit()?;
    Ok(store.files().keep_only(&whole, &unfinished).map_err(StoreError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_document_shows_neither_name_nor_type() {
        let document = Document {
            index: 0,
            name: "Ordonnance.pdf".to_owned(),
            media_type: "application/pdf",
            bytes: 7,
            may_have_thumbnail: false,
            state: DocumentState::Here,
        };
        assert_eq!(format!("{document:?}"), "Document(..)");
    }
}
