//! Bringing history to another device: part by part over the relay, then the letter; and fetching it, part by part.

use std::io::Read as _;
use std::sync::Arc;

use colloque_schemas::history::HistoryLetter;
use colloque_schemas::id::{BlobId, DeviceKey, HistoryId};
use colloque_schemas::letter::Letter;
use colloque_schemas::limits::{HISTORY_PART_MAX_BYTES, HISTORY_PARTS_MAX};
use colloque_schemas::time::UnixSeconds;
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::row::{self, HistoryRow, PartPlace, PartStage, Stage};
use super::{give, take};
use crate::client::Client;
use crate::document::DocumentReader;
use crate::document::transfer::Carried;
use crate::error::Error;
use crate::event::Event;
use crate::letter::Errand;
use crate::store::StoreError;
use crate::thread::Stop;

/// The name and media type that parts have, which say nothing.
const PART_NAME: &str = "history";
const PART_TYPE: &str = "application/octet-stream";

impl Client {
    /// Brings the next part to the relay, writing it first if it is not written yet; after the last one, the letter.
    pub(crate) fn upload_history(&mut self, now: UnixSeconds, events: &mut Vec<Event>) -> Result<(), Error> {
        let Some(history) = self.store.read(|view| row::first(view.sql(), true))? else { return Ok(()) };
        if !self.identity.device_list.names(&history.device) {
            return self.fail_history(history.history, "unknown-device", events);
        }
        if history.stage == Stage::Letter {
            self.begin_letter(Errand::History(history.history), now);
            return Ok(());
        }
        let parts = self.store.read(|view| row::parts(view.sql(), history.history))?;
        let written = parts.iter().find(|part| part.stage == PartStage::Written);
        if let Some((part, file)) = written.and_then(|part| Some((part, part.file.as_deref()?))) {
            let is_open = self.open_upload(Carried::Part(part.place), file, &part.part).is_some();
            let failed = || Error::from(StoreError::from(std::io::Error::from(std::io::ErrorKind::NotFound)));
            return is_open.then_some(()).ok_or_else(failed);
        }
        if self.store.read(|view| give::is_whole(view.sql(), history.history))? {
            let unit = self.store.begin()?;
            row::advance(unit.sql(), history.history, Stage::Letter, 0)?;
            unit.commit()?;
            return self.upload_history(now, events);
        }
        if parts.len() >= HISTORY_PARTS_MAX {
            return self.fail_history(history.history, "history-too-long", events);
        }
        let index = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        if self.write_part(&history, index)? { self.upload_history(now, events) } else { Ok(()) }
    }

    /// False if nothing can be written now.
    fn write_part(&mut self, history: &HistoryRow, index: u32) -> Result<bool, Error> {
        let of = (history.history, history.device);
        let written = self.store.read(|view| give::part(view.sql(), of, index == 0))?;
        let Some(written) = written else { return Ok(false) };
        let mut attachment = self.begin_attachment()?;
        attachment.write(&written.plain)?;
        let (part, file) = attachment.finish(BlobId::new(self.random()), PART_NAME, PART_TYPE)?;
        let place = PartPlace { history: history.history, index };
        let unit = self.store.begin()?;
        row::add_part(unit.sql(), place, &part, PartStage::Written, Some(file.name()))?;
        give::note(unit.sql(), history.history, &written.left)?;
        row::advance(unit.sql(), history.history, Stage::Moving, written.messages)?;
        unit.commit()?;
        file.keep();
        Ok(true)
    }

    /// The relay has all of a part: here it is of no more use.
    pub(crate) fn part_uploaded(&mut self, place: PartPlace) -> Result<(), Error> {
        let unit = self.store.begin()?;
        let parts = row::parts(unit.sql(), place.history)?;
        row::set_part(unit.sql(), place, PartStage::AtRelay, None)?;
        unit.commit()?;
        let file = parts.into_iter().find(|part| part.place == place).and_then(|part| part.file);
        self.discard_files(file.into_iter().collect())
    }

    /// The letter that tells of a history that is at the relay.
    pub(crate) fn history_letter(&self, history: HistoryId) -> Result<Option<(DeviceKey, Letter)>, Error> {
        self.store.read(|view| {
            let found = row::find(view.sql(), history)?.filter(|found| found.stage == Stage::Letter);
            let Some(found) = found else { return Ok(None) };
            let parts = row::parts(view.sql(), history)?.into_iter().map(|part| part.part).collect();
            let (scope, messages) = (found.scope, found.done);
            let letter = Letter::History(HistoryLetter { history, scope, messages, parts });
            Ok(Some((found.device, letter)))
        })
    }

    /// The letter is in the other device's inbox.
    pub(crate) fn history_told(&mut self, history: HistoryId, events: &mut Vec<Event>) -> Result<(), Error> {
        let unit = self.store.begin()?;
        let files = row::end(unit.sql(), history, Stage::Done, None)?;
        unit.commit()?;
        events.push(Event::HistoryChanged(history));
        self.discard_files(files)
    }

    /// Goes on with history that comes: reads a part that is here, or begins to fetch the next. False if there is nothing
    /// to do.
    pub(crate) fn download_history(&mut self, events: &mut Vec<Event>) -> Result<bool, Error> {
        let Some(history) = self.store.read(|view| row::first(view.sql(), false))? else { return Ok(false) };
        let parts = self.store.read(|view| row::parts(view.sql(), history.history))?;
        let Some(next) = parts.into_iter().find(|part| part.stage != PartStage::Read) else {
            return Ok(false);
        };
        if next.stage == PartStage::Here {
            self.read_part(next.place, events)?;
            return Ok(true);
        }
        let name = match next.file {
            Some(name) => name,
            None => {
                let name = HEXLOWER.encode(&self.random::<16>());
                let unit = self.store.begin()?;
                row::set_part(unit.sql(), next.place, PartStage::AtRelay, Some(&name))?;
                unit.commit()?;
                name
            }
        };
        self.begin_download(Carried::Part(next.place), name, &next.part, events)?;
        Ok(true)
    }

    /// All of a part is here, and verified: it is read at once.
    pub(crate) fn part_downloaded(&mut self, place: PartPlace, events: &mut Vec<Event>) -> Result<(), Error> {
        let parts = self.store.read(|view| row::parts(view.sql(), place.history))?;
        let Some(part) = parts.into_iter().find(|part| part.place == place) else { return Ok(()) };
        let unit = self.store.begin()?;
        row::set_part(unit.sql(), place, PartStage::Here, part.file.as_deref())?;
        unit.commit()?;
        self.read_part(place, events)
    }

    fn read_part(&mut self, place: PartPlace, events: &mut Vec<Event>) -> Result<(), Error> {
        let parts = self.store.read(|view| row::parts(view.sql(), place.history))?;
        let is_last = parts.last().is_some_and(|part| part.place == place);
        let Some(part) = parts.into_iter().find(|part| part.place == place) else { return Ok(()) };
        let file = part.file.ok_or(Error::Bug("a part that is here without a file"))?;
        let source = self.store.files().open(&file).map_err(StoreError::from)?;
        let reader = DocumentReader::new(source, &part.part, Arc::downgrade(&self.life));
        let reader = reader.ok_or(Error::Bug("a part larger than any"))?;
        let bytes = usize::try_from(part.part.bytes.min(HISTORY_PART_MAX_BYTES)).unwrap_or_default();
        let mut plain = Zeroizing::new(Vec::with_capacity(bytes));
        let read = reader.take(HISTORY_PART_MAX_BYTES).read_to_end(&mut plain);
        if read.is_err() {
            return self.fail_history(place.history, "document-altered", events);
        }
        let unit = self.store.begin()?;
        let reading =
            take::Reading { device: self.identity.device(), account: self.identity.actor().account };
        match take::part(reading, unit.sql(), &plain) {
            Ok(messages) => {
                row::set_part(unit.sql(), place, PartStage::Read, None)?;
                row::advance(unit.sql(), place.history, Stage::Moving, messages)?;
                let mut files = vec![file];
                if is_last {
                    files.extend(row::end(unit.sql(), place.history, Stage::Done, None)?);
                }
                unit.commit()?;
                events.push(Event::HistoryChanged(place.history));
                self.discard_files(files)
            }
            Err(Stop::Peer(fault)) => {
                drop(unit);
                self.fail_history(place.history, fault.id(), events)
            }
            Err(Stop::Failure(error)) => Err(error),
        }
    }
}
