//! History: what one device of an account gives another of what it shows, from before the other one came.
//!
//! The giver writes it in parts, each a document at the relay, and then a letter that opens them. The receiver reads part by
//! part, the newest entries of each thread first, each in one unit of work. Both go on where they were after an interruption.
//! What was given is marked so, and what a device has read in a log itself is never replaced by it.
//!
//! | for | see |
//! |---|---|
//! | what an app does and sees | this file |
//! | rows | `row` |
//! | writing a part, reading one | `give`, `take` |
//! | bringing parts and letter to the other device | `transfer` |

mod give;
mod row;
mod take;
mod transfer;

use colloque_schemas::history::{HistoryLetter, Scope};
use colloque_schemas::id::{DeviceKey, HistoryId};
use colloque_schemas::limits::{HISTORY_PART_MAX_BYTES, HISTORY_PARTS_MAX, HISTORY_THREADS_MAX};
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::error::{Error, Misuse, PeerFault};
use crate::event::Event;
use crate::store::{Connection, StoreError};

pub(crate) use row::{PartPlace, files};
pub(crate) use take::forget_given;

use row::{HistoryRow, Stage};

/// History on its way to another device of the account, or from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Which one.
    pub history: HistoryId,
    /// Whether this device gives it; else it is given it.
    pub is_given: bool,
    /// The other device.
    pub device: DeviceKey,
    /// Of what.
    pub scope: Scope,
    /// How many messages it has.
    pub messages: u64,
    /// How many of them are written, or read.
    pub done: u64,
    /// How far it is.
    pub state: HistoryState,
    /// When it was begun, here.
    pub began_at: UnixSeconds,
}

/// How far history is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryState {
    /// On its way, while there is a connection.
    Moving,
    /// The other device was told of it, or all of it is here.
    Done,
    /// It did not get there, for the reason with this id. Nothing that came is lost, and more can be given anew.
    Failed {
        /// The fault's or refusal's id.
        reason: String,
    },
}

impl Client {
    /// Gives history to another device of this account, which reads it when it is connected next. Threads follow once that
    /// device is in them.
    ///
    /// # Errors
    /// [`Misuse::UnknownDevice`], [`Misuse::UnknownThread`], [`Misuse::HistoryGoesOn`] while it is given history already,
    /// [`Error::Store`].
    pub fn give_history(
        &mut self,
        device: DeviceKey,
        scope: Scope,
        now: UnixSeconds,
    ) -> Result<HistoryId, Error> {
        let is_other = device != self.identity.device() && self.identity.device_list.names(&device);
        if !is_other {
            return Err(Misuse::UnknownDevice.into());
        }
        if let Scope::Threads(threads) = &scope
            && (threads.is_empty()
                || threads.len() > HISTORY_THREADS_MAX
                || !threads.is_sorted_by(|a, b| a < b))
        {
            return Err(Misuse::UnknownThread.into());
        }
        let history = HistoryId::new(self.random());
        let unit = self.store.begin()?;
        let goes_on = |row: &HistoryRow| row.is_given && row.device == device && row.stage.goes_on();
        if row::all(unit.sql())?.iter().any(goes_on) {
            return Err(Misuse::HistoryGoesOn.into());
        }
        let messages = give::choose(unit.sql(), (history, device), &scope)?;
        let stage = Stage::Moving;
        row::add(
            unit.sql(),
            &HistoryRow {
                history,
                is_given: true,
                device,
                scope,
                stage,
                messages,
                done: 0,
                reason: None,
                began_at: now,
            },
        )?;
        unit.commit()?;
        Ok(history)
    }

    /// All that was given, or came, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn histories(&self) -> Result<Vec<History>, Error> {
        let mut rows = self.store.read(|view| row::all(view.sql()))?;
        rows.sort_by_key(|row| std::cmp::Reverse((row.began_at, row.history)));
        Ok(rows.into_iter().map(HistoryRow::into_view).collect())
    }

    /// Gives up what is on its way; what was read of it stays.
    ///
    /// # Errors
    /// [`Misuse::UnknownHistory`] if there is none, or none that goes on; [`Error::Store`].
    pub fn end_history(&mut self, history: HistoryId) -> Result<(), Error> {
        let found = self.store.read(|view| row::find(view.sql(), history))?;
        found.filter(|row| row.stage.goes_on()).ok_or(Misuse::UnknownHistory)?;
        self.fail_history(history, "ended", &mut Vec::new())
    }

    /// It does not get there. Of its parts nothing is kept.
    pub(crate) fn fail_history(
        &mut self,
        history: HistoryId,
        reason: &'static str,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        self.session.transfers.stop_history(history);
        let unit = self.store.begin()?;
        let files = row::end(unit.sql(), history, Stage::Failed, Some(reason))?;
        unit.commit()?;
        events.push(Event::HistoryChanged(history));
        self.discard_files(files)
    }

    fn discard_files(&self, files: Vec<String>) -> Result<(), Error> {
        for file in files {
            self.store.files().remove(&file).map_err(StoreError::from)?;
        }
        Ok(())
    }
}

/// A letter says where history is: it is read from now on. Told again of the same, there is nothing to do.
///
/// # Errors
/// [`PeerFault::Malformed`] if it has more than any may.
pub(crate) fn hear(
    sql: &Connection,
    device: DeviceKey,
    letter: &HistoryLetter,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<(), crate::thread::Stop> {
    let is_small = letter.parts.iter().all(|part| part.bytes <= HISTORY_PART_MAX_BYTES);
    if letter.parts.len() > HISTORY_PARTS_MAX || !is_small {
        return Err(PeerFault::Malformed.into());
    }
    if row::find(sql, letter.history)?.is_some() {
        return Ok(());
    }
    let row = HistoryRow {
        history: letter.history,
        is_given: false,
        device,
        scope: letter.scope.clone(),
        stage: if letter.parts.is_empty() { Stage::Done } else { Stage::Moving },
        messages: letter.messages,
        done: 0,
        reason: None,
        began_at: now,
    };
    row::add(sql, &row)?;
    for (index, part) in (0..).zip(&letter.parts) {
        row::add_part(
            sql,
            PartPlace { history: letter.history, index },
            part,
            row::PartStage::AtRelay,
            None,
        )?;
    }
    events.push(Event::HistoryChanged(letter.history));
    Ok(())
}
