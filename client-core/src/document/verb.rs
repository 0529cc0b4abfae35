//! What an app does with documents. Verbs are durable when they return; transfers happen while there is a connection.

use std::io::Read;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{BlobId, MessageId, ThreadId};
use colloque_schemas::limits::{DOCUMENTS_PER_MESSAGE, TEXT_MAX_BYTES};
use colloque_schemas::mimi::{DocumentKey, DocumentPart};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::cipher;
use super::reader::DocumentReader;
use super::row::{self, DocumentRow, Place, Stage};
use super::{media_type, safe_name};
use crate::client::Client;
use crate::error::{Error, Misuse};
use crate::outbox::Intent;
use crate::store::StoreError;

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
        let blob = BlobId::new(self.random());
        let key = Zeroizing::new(self.random());
        let (key, nonce) = (DocumentKey::new(*key), self.random());
        let file = HEXLOWER.encode(&self.random::<16>());
        let files = self.store.files();
        let written = files.create(&file).map_err(|error| Error::from(StoreError::from(error)));
        let written = written.and_then(|mut sink| {
            let sealed = cipher::seal(source, &mut sink, &key, &nonce)?;
            files.finish(&file).map_err(StoreError::from)?;
            Ok(sealed)
        });
        let kept = written.and_then(|(bytes, hash)| {
            let (name, media_type) = (safe_name(name), media_type(claimed_type).to_owned());
            let part = DocumentPart { media_type, blob, bytes, key, nonce, hash, name };
            let unit = self.store.begin()?;
            row::attach(unit.sql(), &part, &file, now)?;
            Ok(unit.commit()?)
        });
        if kept.is_err() {
            // What is left is removed when the store is next opened.
            let _ = self.store.files().remove(&file);
        }
        kept.map(|()| blob)
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
        DocumentReader::new(file, &row.part).ok_or(Error::Bug("a document larger than any"))
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
