//! What an app does with documents. Verbs are durable when they return; transfers happen while there is a connection.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::blob::CHUNK_PLAIN_BYTES;
use colloque_schemas::id::{BlobId, MessageId, ThreadId};
use colloque_schemas::limits::{DOCUMENTS_PER_MESSAGE, TEXT_MAX_BYTES};
use colloque_schemas::mimi::DocumentKey;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::attachment::Attachment;
use super::reader::DocumentReader;
use super::row::{self, DocumentRow, Place, Stage};
use super::view::Document;
use crate::client::Client;
use crate::error::{Error, Misuse};
use crate::outbox::Intent;
use crate::store::StoreError;

/// Longest small picture of a document that is kept beside it.
pub const THUMBNAIL_MAX_BYTES: usize = 64 * 1024;

/// For how long a document is kept that was attached to no message.
const ATTACHED_SECONDS: u64 = SECONDS_PER_DAY;

impl Client {
    /// Encrypts a document into this device's store, so that it can be sent with a message within a day. The source is
    /// read once, to its end. Returns the name to send it by.
    ///
    /// # Errors
    /// [`Misuse::DocumentTooLarge`], [`Misuse::SourceUnreadable`], [`Error::Store`]; nothing is kept then.
    pub fn attach(
        &mut self,
        source: &mut dyn Read,
        name: &str,
        claimed_type: &str,
        now: UnixSeconds,
    ) -> Result<BlobId, Error> {
        let mut attachment = self.begin_attachment()?;
        let mut read = Zeroizing::new(vec![0; CHUNK_PLAIN_BYTES]);
        loop {
            match source.read(&mut read) {
                Ok(0) => break,
                Ok(bytes) => attachment.write(read.get(..bytes).unwrap_or_default())?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Misuse::SourceUnreadable.into()),
            }
        }
        self.keep_attachment(attachment, name, claimed_type, now)
    }

    /// As [`Self::attach`], for a document that comes piece by piece.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn begin_attachment(&mut self) -> Result<Attachment, Error> {
        let key = Zeroizing::new(self.random());
        let (key, nonce) = (DocumentKey::new(*key), self.random());
        let file = HEXLOWER.encode(&self.random::<16>());
        Attachment::new(self.store.files(), file, key, nonce)
    }

    /// Keeps a document of which all is written. Returns the name to send it by.
    ///
    /// # Errors
    /// [`Error::Store`]; nothing is kept then.
    pub fn keep_attachment(
        &mut self,
        attachment: Attachment,
        name: &str,
        claimed_type: &str,
        now: UnixSeconds,
    ) -> Result<BlobId, Error> {
        let blob = BlobId::new(self.random());
        let (part, file) = attachment.finish(blob, name, claimed_type)?;
        let unit = self.store.begin()?;
        row::attach(unit.sql(), &part, file.name(), now)?;
        unit.commit()?;
        file.keep();
        Ok(blob)
    }

    /// What is attached under this name, to no message yet.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Error::Store`].
    pub fn attached(&self, attachment: BlobId) -> Result<Document, Error> {
        let row = self.store.read(|view| row::attached(view.sql(), attachment))?;
        Ok(Document::of(row.ok_or(Misuse::UnknownDocument)?, 0, &self.session.transfers))
    }

    /// Forgets a document that was attached and not sent.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Error::Store`].
    pub fn discard_attachment(&mut self, attachment: BlobId) -> Result<(), Error> {
        let row = self.store.read(|view| row::attached(view.sql(), attachment))?;
        self.remove_attachments(vec![row.ok_or(Misuse::UnknownDocument)?])
    }

    /// Writes a message with documents that were attached, in this order, and a text, which may be empty. It is sent once
    /// all of them are at the relay; later messages of the thread wait behind it. A mode is set in the same action, as by
    /// [`Client::send_and_set_mode`].
    ///
    /// # Errors
    /// As [`Client::send`] and [`Client::set_mode`], and [`Misuse::DocumentCount`], [`Misuse::UnknownDocument`].
    pub fn send_documents(
        &mut self,
        thread: ThreadId,
        text: &str,
        attachments: &[BlobId],
        mode: Option<AnswerMode>,
        now: UnixSeconds,
    ) -> Result<MessageId, Error> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(Misuse::TextLength.into());
        }
        if attachments.is_empty() || attachments.len() > DOCUMENTS_PER_MESSAGE {
            return Err(Misuse::DocumentCount.into());
        }
        let message = MessageId::new(self.random());
        let mut intents = vec![Intent::Content { message, text: text.to_owned(), written_at: now }];
        intents.extend(mode.map(Intent::SetMode));
        self.queue_all(thread, &intents, now, |sql| {
            for (index, attachment) in (0_u32..).zip(attachments) {
                // Placed at once, so that the same one twice is not found again.
                let row = row::attached(sql, *attachment)?.ok_or(Misuse::UnknownDocument)?;
                row::place(sql, row.id, Place { thread, message, index })?;
            }
            Ok(())
        })?;
        Ok(message)
    }

    /// Reads a document that is here: its plaintext, never on the disk.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Misuse::DocumentNotHere`], [`Error::Store`].
    pub fn document(
        &self,
        thread: ThreadId,
        message: MessageId,
        index: u32,
    ) -> Result<DocumentReader, Error> {
        let row = self.document_row(thread, message, index)?;
        let file = row.file.filter(|_| row.stage.is_here()).ok_or(Misuse::DocumentNotHere)?;
        let file = self.store.files().open(&file).map_err(StoreError::from)?;
        DocumentReader::new(file, &row.part, Arc::downgrade(&self.life))
            .ok_or(Error::Bug("a document larger than any"))
    }

    /// The small picture of a document that was made here: none if none was made yet, empty if none can be made.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Error::Store`].
    pub fn thumbnail(
        &self,
        thread: ThreadId,
        message: MessageId,
        index: u32,
    ) -> Result<Option<Vec<u8>>, Error> {
        let row = self.document_row(thread, message, index)?;
        self.store.read(|view| row::thumbnail(view.sql(), row.id))
    }

    /// Keeps a small picture of a document, of at most [`THUMBNAIL_MAX_BYTES`], for as long as its message. Empty if none
    /// can be made of it.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Misuse::DocumentTooLarge`], [`Error::Store`].
    pub fn keep_thumbnail(
        &mut self,
        thread: ThreadId,
        message: MessageId,
        index: u32,
        picture: &[u8],
    ) -> Result<(), Error> {
        if picture.len() > THUMBNAIL_MAX_BYTES {
            return Err(Misuse::DocumentTooLarge.into());
        }
        let row = self.document_row(thread, message, index)?;
        let unit = self.store.begin()?;
        row::set_thumbnail(unit.sql(), row.id, picture)?;
        Ok(unit.commit()?)
    }

    /// Asks for a document: it is brought here while there is a connection. One that failed is tried again.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Error::Store`].
    pub fn fetch_document(&mut self, thread: ThreadId, message: MessageId, index: u32) -> Result<(), Error> {
        let row = self.document_row(thread, message, index)?;
        if matches!(row.stage, Stage::AtRelay | Stage::Failed) {
            let unit = self.store.begin()?;
            row::set_stage(unit.sql(), row.id, Stage::Fetching, None)?;
            unit.commit()?;
        }
        Ok(())
    }

    /// Removes a document from this device. The message keeps its name, and it can be fetched again while the relay has
    /// it.
    ///
    /// # Errors
    /// [`Misuse::UnknownDocument`], [`Misuse::DocumentUnsent`], [`Error::Store`].
    pub fn forget_document(&mut self, thread: ThreadId, message: MessageId, index: u32) -> Result<(), Error> {
        let row = self.document_row(thread, message, index)?;
        if row.stage == Stage::Waiting {
            return Err(Misuse::DocumentUnsent.into());
        }
        self.session.transfers.stop(row.id);
        let unit = self.store.begin()?;
        row::set_file(unit.sql(), row.id, None)?;
        row::set_stage(unit.sql(), row.id, Stage::AtRelay, None)?;
        unit.commit()?;
        match row.file {
            Some(file) => Ok(self.store.files().remove(&file).map_err(StoreError::from)?),
            None => Ok(()),
        }
    }

    /// Forgets what was attached long ago and never sent.
    pub(crate) fn forget_old_attachments(&mut self, now: UnixSeconds) -> Result<(), Error> {
        let before = now.minus(ATTACHED_SECONDS);
        let old = self.store.read(|view| row::attached_before(view.sql(), before))?;
        if old.is_empty() { Ok(()) } else { self.remove_attachments(old) }
    }

    fn remove_attachments(&mut self, rows: Vec<DocumentRow>) -> Result<(), Error> {
        let unit = self.store.begin()?;
        for row in &rows {
            row::remove(unit.sql(), row.id)?;
        }
        unit.commit()?;
        for file in rows.into_iter().filter_map(|row| row.file) {
            self.store.files().remove(&file).map_err(StoreError::from)?;
        }
        Ok(())
    }

    fn document_row(&self, thread: ThreadId, message: MessageId, index: u32) -> Result<DocumentRow, Error> {
        let row = self.store.read(|view| row::at(view.sql(), Place { thread, message, index }))?;
        row.ok_or_else(|| Misuse::UnknownDocument.into())
    }
}
