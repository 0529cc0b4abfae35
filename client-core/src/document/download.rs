//! Bringing a document from the relay: each chunk is verified before it is written, and the file gets its name when the
//! whole is what the message says. Whatever else comes is removed.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use colloque_schemas::bytes::Opaque;
use colloque_schemas::frame::Request;
use colloque_schemas::id::BlobId;
use colloque_schemas::limits::CHUNK_BYTES;
use colloque_schemas::mimi::DocumentPart;
use colloque_schemas::refusal::Refusal;
use colloque_schemas::time::UnixSeconds;
use data_encoding::HEXLOWER;

use super::cipher::{DocumentFault, Opening};
use super::row::{self, DocumentRow, Stage};
use super::transfer::{CHUNKS_IN_FLIGHT, Carried, bytes_of, put_off};
use crate::client::Client;
use crate::error::Error;
use crate::event::Event;
use crate::session::Pending;
use crate::store::{Files, Unfinished};

/// One document on its way here.
pub(super) struct Download {
    pub(super) carried: Carried,
    serial: u64,
    blob: BlobId,
    /// Name of its file.
    name: String,
    file: Unfinished,
    opening: Opening,
    /// The chunk to ask for next.
    asked: u32,
    /// Chunks that came before their turn: as many as may be in flight.
    arrived: BTreeMap<u32, Opaque>,
}

impl Download {
    /// Goes on where the file ends, as far as what is in it verifies.
    fn resume(
        files: &Files,
        (carried, serial): (Carried, u64),
        name: String,
        part: &DocumentPart,
    ) -> Result<Self, DocumentFault> {
        let mut file = files.resume(&name)?;
        let mut opening = Opening::new(part)?;
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        while let Some(bytes) = opening.size().chunk_bytes(opening.next()) {
            chunk.resize(bytes, 0);
            if file.read_exact(&mut chunk).is_err() || opening.take(&chunk).is_err() {
                break;
            }
        }
        let verified = bytes_of(opening.next(), opening.size());
        file.go_on_from(verified)?;
        let asked = opening.next();
        let (blob, arrived) = (part.blob, BTreeMap::new());
        Ok(Self { carried, serial, blob, name, file, opening, asked, arrived })
    }

    pub(super) fn done(&self) -> u64 {
        bytes_of(self.opening.next(), self.opening.size())
    }

    /// The next chunk to ask for, unless enough are in flight or all are asked for.
    fn next_to_ask(&mut self) -> Option<u32> {
        let in_flight = self.asked.saturating_sub(self.opening.next());
        let index = self.asked;
        if in_flight >= CHUNKS_IN_FLIGHT || index >= self.opening.size().chunks() {
            return None;
        }
        self.asked = index.saturating_add(1);
        Some(index)
    }

    /// Verifies and writes what has arrived, in order.
    fn take(&mut self, index: u32, chunk: Opaque) -> Result<(), DocumentFault> {
        self.arrived.insert(index, chunk);
        while let Some(chunk) = self.arrived.remove(&self.opening.next()) {
            self.opening.take(chunk.as_slice())?;
            self.file.write_all(chunk.as_slice())?;
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.opening.next() == self.opening.size().chunks()
    }
}

impl Client {
    pub(super) fn move_download(&mut self, now: UnixSeconds, events: &mut Vec<Event>) -> Result<(), Error> {
        while self.session.transfers.download.is_none()
            && !self.session.still_waits(self.session.transfers.download_waits_until, now)
        {
            let row = self.store.read(|view| row::next_to_fetch(view.sql()))?;
            match row {
                Some(row) => self.download_document(row, events)?,
                None if self.download_history(events)? => {}
                None => return Ok(()),
            }
        }
        while let Some(download) = &mut self.session.transfers.download {
            let (serial, blob) = (download.serial, download.blob);
            let Some(index) = download.next_to_ask() else { break };
            self.session.ask(Request::TakeChunk { blob, index }, Pending::TakeChunk { serial, index });
        }
        Ok(())
    }

    /// Takes up a document; says that it failed if that cannot be done here.
    fn download_document(&mut self, row: DocumentRow, events: &mut Vec<Event>) -> Result<(), Error> {
        let Some(place) = row.place else {
            return Err(Error::Bug("a document is fetched without its message"));
        };
        let name = match row.file {
            Some(name) => name,
            None => {
                let name = HEXLOWER.encode(&self.random::<16>());
                let unit = self.store.begin()?;
                row::set_file(unit.sql(), row.id, Some(&name))?;
                unit.commit()?;
                name
            }
        };
        self.begin_download(Carried::Document(row.id, place), name, &row.part, events)
    }

    /// Goes on with the file of this name.
    pub(crate) fn begin_download(
        &mut self,
        carried: Carried,
        name: String,
        part: &DocumentPart,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let serial = self.session.transfers.next_serial();
        match Download::resume(self.store.files(), (carried, serial), name.clone(), part) {
            // All of it was here before a crash, but for its name.
            Ok(download) if download.is_complete() => self.complete_download(download, events),
            Ok(download) => {
                self.session.transfers.download = Some(download);
                Ok(())
            }
            Err(fault) => self.fail_download(carried, &name, fault.id(), events),
        }
    }

    /// A chunk has come.
    pub(crate) fn chunk_taken(
        &mut self,
        serial: u64,
        index: u32,
        chunk: Opaque,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(mut download) =
            self.session.transfers.download.take_if(|download| download.serial == serial)
        else {
            return Ok(());
        };
        match download.take(index, chunk) {
            Ok(()) if download.is_complete() => self.complete_download(download, events),
            Ok(()) => {
                events.push(download.carried.changed());
                self.session.transfers.download = Some(download);
                Ok(())
            }
            Err(fault) => {
                let Download { carried, name, .. } = download;
                self.fail_download(carried, &name, fault.id(), events)
            }
        }
    }

    fn complete_download(&mut self, download: Download, events: &mut Vec<Event>) -> Result<(), Error> {
        let Download { carried, name, opening, .. } = download;
        let finished = opening.finish().and_then(|()| Ok(self.store.files().finish(&name)?));
        if let Err(fault) = finished {
            return self.fail_download(carried, &name, fault.id(), events);
        }
        match carried {
            Carried::Document(document, _) => {
                let unit = self.store.begin()?;
                row::set_stage(unit.sql(), document, Stage::Here, None)?;
                unit.commit()?;
            }
            Carried::Part(part) => self.part_downloaded(part, events)?,
        }
        events.push(carried.changed());
        Ok(())
    }

    /// Nothing of it is kept but the reason.
    fn fail_download(
        &mut self,
        carried: Carried,
        name: &str,
        reason: &'static str,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let document = match carried {
            Carried::Document(document, _) => document,
            Carried::Part(part) => return self.fail_history(part.history, reason, events),
        };
        // What is left is removed when the store is next opened.
        let _ = self.store.files().remove(name);
        let unit = self.store.begin()?;
        row::set_file(unit.sql(), document, None)?;
        row::set_stage(unit.sql(), document, Stage::Failed, Some(reason))?;
        unit.commit()?;
        events.push(carried.changed());
        Ok(())
    }

    /// The relay does not give a chunk: now, or ever.
    pub(crate) fn download_refused(
        &mut self,
        serial: u64,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(download) = self.session.transfers.download.take_if(|download| download.serial == serial)
        else {
            return Ok(());
        };
        if let Some(until) = put_off(&refusal, now) {
            self.session.transfers.download_waits_until = Some(until);
            return Ok(());
        }
        let Download { carried, name, .. } = download;
        self.fail_download(carried, &name, refusal.code.id(), events)
    }
}
