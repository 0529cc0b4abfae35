//! Bringing a document to the relay, chunk by chunk, from the file of its ciphertext.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use colloque_schemas::blob::BlobSize;
use colloque_schemas::bytes::Opaque;
use colloque_schemas::frame::{PutChunk, Request};
use colloque_schemas::id::BlobId;
use colloque_schemas::mimi::DocumentPart;
use colloque_schemas::refusal::Refusal;
use colloque_schemas::time::UnixSeconds;

use super::cipher::DocumentFault;
use super::row::{self, DocumentRow, Place, Stage};
use super::transfer::{CHUNKS_IN_FLIGHT, Carried, bytes_of, put_off};
use crate::client::Client;
use crate::error::{Error, ServerFault};
use crate::event::Event;
use crate::outbox::{self, Intent, OutboxRow};
use crate::session::Pending;
use crate::store::StoreError;

/// One document on its way to the relay.
pub(super) struct Upload {
    pub(super) carried: Carried,
    serial: u64,
    blob: BlobId,
    size: BlobSize,
    file: File,
    /// The chunk to send next; none until the relay has said which.
    next: Option<u32>,
    /// Chunks that the relay has.
    acknowledged: u32,
}

impl Upload {
    pub(super) fn done(&self) -> u64 {
        bytes_of(self.acknowledged, self.size)
    }

    /// The next chunk, unless enough are in flight or all are sent.
    fn next_chunk(&mut self) -> Result<Option<PutChunk>, DocumentFault> {
        let Some(index) = self.next.filter(|next| next.saturating_sub(self.acknowledged) < CHUNKS_IN_FLIGHT)
        else {
            return Ok(None);
        };
        let Some(bytes) = self.size.chunk_bytes(index) else { return Ok(None) };
        let mut chunk = vec![0; bytes];
        self.file.read_exact(&mut chunk)?;
        self.next = Some(index.saturating_add(1));
        Ok(Some(PutChunk { blob: self.blob, size: self.size, index, chunk: Opaque::from(chunk) }))
    }
}

impl Client {
    pub(super) fn move_upload(
        &mut self,
        held_back: &[OutboxRow],
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if self.session.transfers.upload.is_none() {
            self.begin_upload(held_back, now, events)?;
        }
        while let Some(upload) = &mut self.session.transfers.upload {
            match upload.next_chunk() {
                Ok(Some(put)) => {
                    let serial = upload.serial;
                    self.session.ask(Request::PutChunk(put), Pending::PutChunk { serial });
                }
                Ok(None) => break,
                Err(fault) => match upload.carried {
                    Carried::Document(_, place) => {
                        self.drop_message(place)?;
                        events.push(Event::SendDenied { thread: place.thread, rule: fault.id() });
                    }
                    Carried::Part(part) => self.fail_history(part.history, fault.id(), events)?,
                },
            }
        }
        Ok(())
    }

    /// Takes up the first document of the message that has waited longest; if there is none, a part of a history.
    fn begin_upload(
        &mut self,
        held_back: &[OutboxRow],
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if self.session.still_waits(self.session.transfers.upload_waits_until, now) {
            return Ok(());
        }
        for waiting in held_back {
            let Intent::Content { message, .. } = &waiting.intent else { continue };
            let documents = self.store.read(|view| row::of_message(view.sql(), waiting.thread, *message))?;
            let Some(document) = documents.into_iter().find(|row| row.stage == Stage::Waiting) else {
                continue;
            };
            if self.upload_document(&document).is_none() {
                self.drop_message(Place { thread: waiting.thread, message: *message, index: 0 })?;
                events.push(Event::SendDenied { thread: waiting.thread, rule: DocumentFault::Storage.id() });
                continue;
            }
            return Ok(());
        }
        self.upload_history(now, events)
    }

    fn upload_document(&mut self, document: &DocumentRow) -> Option<()> {
        self.open_upload(
            Carried::Document(document.id, document.place?),
            document.file.as_deref()?,
            &document.part,
        )
    }

    /// Asks where to go on with what is in this file. None if it is gone or cannot be read.
    pub(crate) fn open_upload(&mut self, carried: Carried, file: &str, part: &DocumentPart) -> Option<()> {
        let file = self.store.files().open(file).ok()?;
        let (blob, size) = (part.blob, part.blob_size()?);
        let serial = self.session.transfers.next_serial();
        self.session.transfers.upload =
            Some(Upload { carried, serial, blob, size, file, next: None, acknowledged: 0 });
        self.session.ask(Request::AskBlob(blob), Pending::AskBlob { serial });
        Some(())
    }

    /// The relay says where to go on.
    pub(crate) fn upload_resumes(
        &mut self,
        serial: u64,
        next: u32,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(upload) = self.upload_of(serial) else { return Ok(()) };
        if next > upload.size.chunks() {
            return Err(ServerFault::Protocol.into());
        }
        (upload.next, upload.acknowledged) = (Some(next), next);
        let at = SeekFrom::Start(bytes_of(next, upload.size));
        upload.file.seek(at).map_err(StoreError::from)?;
        self.upload_moved(events)
    }

    /// The relay has another chunk.
    pub(crate) fn chunk_put(&mut self, serial: u64, events: &mut Vec<Event>) -> Result<(), Error> {
        let Some(upload) = self.upload_of(serial) else { return Ok(()) };
        upload.acknowledged = upload.acknowledged.saturating_add(1);
        self.upload_moved(events)
    }

    fn upload_moved(&mut self, events: &mut Vec<Event>) -> Result<(), Error> {
        let Some(upload) = &self.session.transfers.upload else { return Ok(()) };
        let carried = upload.carried;
        if upload.acknowledged == upload.size.chunks() {
            self.session.transfers.upload = None;
            match carried {
                Carried::Document(document, _) => {
                    let unit = self.store.begin()?;
                    row::set_stage(unit.sql(), document, Stage::Here, None)?;
                    unit.commit()?;
                }
                Carried::Part(part) => self.part_uploaded(part)?,
            }
        }
        events.push(carried.changed());
        Ok(())
    }

    /// The relay does not take a chunk: now, and it is asked again where to go on; or ever, and the message is not sent.
    pub(crate) fn upload_refused(
        &mut self,
        serial: u64,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(upload) = self.upload_of(serial) else { return Ok(()) };
        let carried = upload.carried;
        if let Some(until) = put_off(&refusal, now) {
            self.session.transfers.upload_waits_until = Some(until);
            self.session.transfers.upload = None;
            return Ok(());
        }
        match carried {
            Carried::Document(_, place) => {
                self.drop_message(place)?;
                events.push(Event::SendRefused { thread: place.thread, refusal });
                Ok(())
            }
            Carried::Part(part) => self.fail_history(part.history, refusal.code.id(), events),
        }
    }

    fn upload_of(&mut self, serial: u64) -> Option<&mut Upload> {
        self.session.transfers.upload.as_mut().filter(|upload| upload.serial == serial)
    }

    /// Gives up the message of this place that waits, and its documents.
    fn drop_message(&mut self, place: Place) -> Result<(), Error> {
        let Place { thread, message: of, .. } = place;
        let is_of = |carried: Carried| matches!(carried, Carried::Document(_, place) if place.message == of);
        self.session.transfers.upload.take_if(|upload| is_of(upload.carried));
        let unit = self.store.begin()?;
        let is_it = |row: &OutboxRow| matches!(row.intent, Intent::Content { message, .. } if message == of);
        let waiting = outbox::of_thread(unit.sql(), thread)?.into_iter().find(is_it);
        let Some(waiting) = waiting else { return Ok(()) };
        outbox::refuse(unit.sql(), waiting.id)?;
        let mut files = Vec::new();
        for document in row::of_message(unit.sql(), thread, of)? {
            row::remove(unit.sql(), document.id)?;
            files.extend(document.file);
        }
        unit.commit()?;
        for file in files {
            // What is left is removed when the store is next opened.
            let _ = self.store.files().remove(&file);
        }
        Ok(())
    }
}
