//! Reading history that was given. What this device has read in a log itself stays as it is: nothing that was given comes
//! where it was a member, nor in the place of anything.

use colloque_schemas::history::{
    self, ContactRecord, EntryKindRecord, EntryRecord, MessageRecord, Record, ThreadRecord,
};
use colloque_schemas::id::{AccountId, DeviceKey, Seq, ThreadId};
use colloque_schemas::limits::{DOCUMENTS_PER_MESSAGE, PATIENTS_PER_THREAD, TEXT_MAX_BYTES};
use rusqlite::params;

use crate::contact;
use crate::document;
use crate::document::row::{Place, Stage};
use crate::entry::{self, Given};
use crate::error::{Error, PeerFault};
use crate::store::Connection;
use crate::thread::Stop;
use crate::thread::row::{ThreadRow, roster};
use crate::view::{EntryKind, Message, Standing};

/// Who reads, and who gave.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// This device.
    pub(super) device: DeviceKey,
    /// Its account, and that of the device that gave.
    pub(super) account: AccountId,
}

/// Reads one part, all of it in this unit of work. Returns how many messages it has.
///
/// # Errors
/// [`PeerFault::Malformed`]; nothing of the part is to be kept then.
pub(super) fn part(reading: Reading, sql: &Connection, plain: &[u8]) -> Result<u64, Stop> {
    let mut numbers = Numbers::before_all(sql, count(plain))?;
    let mut thread = None;
    for record in history::read(plain) {
        match record.map_err(|_| PeerFault::Malformed)? {
            Record::Contact(contact) => take_contact(sql, &contact)?,
            Record::Thread(record) => thread = Some(Target::find(reading, sql, &record)?),
            Record::Entry(entry) => {
                let target = thread.as_mut().ok_or(PeerFault::Malformed)?;
                target.take(reading, sql, entry, &mut numbers)?;
            }
        }
    }
    numbers.index(sql)?;
    Ok(numbers.messages)
}

/// How many messages a part says that it has, as far as it can be read.
fn count(plain: &[u8]) -> u64 {
    let is_message = |record: &Result<Record, _>| {
        matches!(record, Ok(Record::Entry(EntryRecord { kind: EntryKindRecord::Message(_), .. })))
    };
    u64::try_from(history::read(plain).filter(is_message).count()).unwrap_or(u64::MAX)
}

/// The numbers that messages of a part get: below those of all that are here, and the newest of them the highest, so that a
/// search finds the newest first.
struct Numbers {
    first: i64,
    next: i64,
    messages: u64,
}

impl Numbers {
    fn before_all(sql: &Connection, messages: u64) -> Result<Self, Error> {
        let mut statement = sql.prepare_cached("SELECT coalesce(min(id), 1) FROM message")?;
        let least: i64 = statement.query_row([], |row| row.get(0))?;
        let first = least.saturating_sub(i64::try_from(messages).unwrap_or(i64::MAX));
        Ok(Self { first, next: least, messages })
    }

    fn next(&mut self) -> i64 {
        self.next = self.next.saturating_sub(1);
        self.next
    }

    /// Lets the messages be found by their words: in ascending order, which the index takes without a write for each.
    fn index(&self, sql: &Connection) -> Result<(), Error> {
        let end = self.first.saturating_add(i64::try_from(self.messages).unwrap_or(i64::MAX));
        Ok(crate::store::index_words(sql, self.first..end)?)
    }
}

/// A thread that entries are for.
struct Target {
    thread: ThreadId,
    /// From here on this device reads the log itself.
    reads_from: Option<Seq>,
    /// The place of the entry before, and whether this device has entries of its own there.
    place: Option<(Seq, bool)>,
    part: u32,
}

impl Target {
    fn find(reading: Reading, sql: &Connection, record: &ThreadRecord) -> Result<Self, Stop> {
        if record.patients.len() > PATIENTS_PER_THREAD {
            return Err(PeerFault::Malformed.into());
        }
        let known = ThreadRow::find(sql, record.thread)?;
        let is_another = |known: &ThreadRow| {
            (known.opener, &known.patients, known.opened_at)
                != (record.opener, &record.patients, record.opened_at)
        };
        if known.as_ref().is_some_and(is_another) {
            return Err(PeerFault::Malformed.into());
        }
        let device = reading.device;
        let own = roster(sql, record.thread)?.into_iter().find(|row| row.member.device == device);
        let row = known.unwrap_or_else(|| unknown(record));
        let displayed = row.displayed.max(record.displayed);
        ThreadRow { displayed, ..row }.save(sql)?;
        Ok(Self { thread: record.thread, reads_from: own.map(|row| row.since), place: None, part: 0 })
    }

    fn take(
        &mut self,
        reading: Reading,
        sql: &Connection,
        entry: EntryRecord,
        numbers: &mut Numbers,
    ) -> Result<(), Stop> {
        let EntryRecord { seq, kind } = entry;
        if seq == Seq::START || self.place.is_some_and(|(last, _)| last < seq) {
            return Err(PeerFault::Malformed.into());
        }
        let is_message = matches!(kind, EntryKindRecord::Message(_));
        let number = is_message.then(|| numbers.next());
        if self.reads_from.is_some_and(|from| from <= seq) {
            return Ok(());
        }
        match self.place {
            Some((last, _)) if last == seq => self.part = self.part.saturating_add(1),
            _ => (self.place, self.part) = (Some((seq, entry::is_at(sql, self.thread, seq)?)), 0),
        }
        if self.place.is_some_and(|(_, is_taken)| is_taken) {
            return Ok(());
        }
        let given = Given { by: reading.account, part: self.part };
        let (kind, documents) = kind_of(reading, kind)?;
        let EntryKind::Message(message) = &kind else {
            return Ok(entry::give(sql, self.thread, seq, &kind, given)?);
        };
        if entry::is_shown(sql, self.thread, message.message)? {
            return Ok(());
        }
        entry::give(sql, self.thread, seq, &kind, given)?;
        if let Some(number) = number {
            entry::number_given(sql, (self.thread, seq, self.part), number)?;
        }
        for (index, part) in (0..).zip(&documents) {
            let place = Place { thread: self.thread, message: message.message, index };
            document::row::receive(sql, place, part, Stage::AtRelay)?;
        }
        Ok(())
    }
}

/// A thread of which this device knows nothing else.
fn unknown(record: &ThreadRecord) -> ThreadRow {
    let ThreadRecord { thread, opener, patients, opened_at, mode, .. } = record;
    ThreadRow::unread((*thread, Standing::Given), *opener, patients.clone(), *opened_at, *mode)
}

type Documents = Vec<colloque_schemas::mimi::DocumentPart>;

fn kind_of(reading: Reading, kind: EntryKindRecord) -> Result<(EntryKind, Documents), PeerFault> {
    let kind = match kind {
        EntryKindRecord::Message(record) => return message_of(reading, record),
        EntryKindRecord::ModeChanged { by, mode } => EntryKind::ModeChanged { by, mode },
        EntryKindRecord::Added { by, account } => EntryKind::Added { by, account },
        EntryKindRecord::Removed { by, account } => EntryKind::Removed { by, account },
        EntryKindRecord::Departed(account) => EntryKind::Departed { account },
        EntryKindRecord::Refused(reason) => EntryKind::Refused { reason },
        EntryKindRecord::Gap { account, missing } => EntryKind::Gap { account, missing },
        EntryKindRecord::Repaired(account) => EntryKind::Repaired { account },
        EntryKindRecord::Doubted(account) => EntryKind::Doubted { account },
    };
    Ok((kind, Vec::new()))
}

fn message_of(reading: Reading, record: MessageRecord) -> Result<(EntryKind, Documents), PeerFault> {
    let MessageRecord { message, author, role, sent_at, is_sent_again, text, documents } = record;
    let is_empty = text.trim().is_empty() && documents.is_empty();
    if text.len() > TEXT_MAX_BYTES || documents.len() > DOCUMENTS_PER_MESSAGE || is_empty {
        return Err(PeerFault::Malformed);
    }
    let message = Message {
        message,
        author,
        role,
        is_own: author == reading.account,
        is_sent_again,
        given_by: Some(reading.account),
        sent_at,
        text,
        documents: Vec::new(),
    };
    Ok((EntryKind::Message(message), documents))
}

/// What is known here stays; a key that was pinned here most of all.
fn take_contact(sql: &Connection, record: &ContactRecord) -> Result<(), Error> {
    let ContactRecord { account, petname, certified, blocked_at } = record;
    let known = contact::find(sql, *account)?;
    if let (None, Some(petname)) = (known.as_ref().and_then(|known| known.petname.as_ref()), petname) {
        contact::name(sql, *account, petname)?;
    }
    if let (None, Some(certified)) = (known.as_ref().and_then(|known| known.account_key), certified) {
        contact::certify(sql, *account, certified)?;
    }
    if let (false, Some(at)) = (known.is_some_and(|known| known.is_blocked), blocked_at) {
        contact::block(sql, *account, Some(*at))?;
    }
    Ok(())
}

/// What was given of a thread from this place on goes: this device reads the log itself from here.
pub(crate) fn forget_given(sql: &Connection, thread: ThreadId, from: Seq) -> Result<(), Error> {
    let place = params![thread.as_bytes(), from.0];
    crate::store::forget_words(sql, thread, from)?;
    for statement in [
        "DELETE FROM message WHERE (thread, seq, part) IN \
             (SELECT thread, seq, part FROM entry WHERE thread = ?1 AND seq >= ?2 AND given_by IS NOT NULL)",
        "DELETE FROM document WHERE thread = ?1 AND message IN \
             (SELECT message FROM entry WHERE thread = ?1 AND seq >= ?2 AND given_by IS NOT NULL)",
        "DELETE FROM entry WHERE thread = ?1 AND seq >= ?2 AND given_by IS NOT NULL",
    ] {
        sql.prepare_cached(statement)?.execute(place)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
