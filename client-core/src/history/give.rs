//! Writing history: which threads, and one part after the other, the newest entries of each thread first.

use colloque_schemas::history::{
    self, CertifiedRecord, ContactRecord, EntryKindRecord, EntryRecord, MessageRecord, Record, Scope,
    ThreadRecord,
};
use colloque_schemas::id::{AccountId, DeviceKey, HistoryId, Seq, ThreadId};
use colloque_schemas::limits::{HISTORY_PART_END_BYTES, HISTORY_PART_ENTRIES, NUMBER_MAX};
use colloque_schemas::time::UnixSeconds;
use rusqlite::params;
use zeroize::Zeroizing;

use crate::document;
use crate::entry;
use crate::error::{Error, Misuse};
use crate::store::Connection;
use crate::thread::row::{ThreadRow, roster};
use crate::view::{Contact, Entry, EntryKind, Message, Standing};

/// Entries that are read at a time.
const PAGE_ENTRIES: usize = 500;

/// Notes the threads of a scope that are to be written for a device, and says how many messages they have before it was added,
/// as far as that is known.
///
/// # Errors
/// [`Misuse::UnknownThread`].
pub(super) fn choose(
    sql: &Connection,
    (history, device): (HistoryId, DeviceKey),
    scope: &Scope,
) -> Result<u64, Error> {
    let rows = ThreadRow::all(sql)?;
    let is_known = |thread: &ThreadId| rows.iter().any(|row| row.thread == *thread);
    let is_chosen = |thread: &ThreadId| match scope {
        Scope::All | Scope::Since(_) => true,
        Scope::Threads(threads) => threads.contains(thread),
    };
    if let Scope::Threads(threads) = scope
        && !threads.iter().all(is_known)
    {
        return Err(Misuse::UnknownThread.into());
    }
    let since = match scope {
        Scope::Since(at) => *at,
        Scope::All | Scope::Threads(_) => UnixSeconds(0),
    };
    // Nothing of a thread is to be shown that never was at the relay.
    let is_real = |row: &&ThreadRow| !matches!(row.standing, Standing::Opening | Standing::Failed);
    let mut messages = 0_u64;
    for row in rows.iter().filter(is_real).filter(|row| is_chosen(&row.thread)) {
        let before = before(sql, row, device)?.map_or(NUMBER_MAX, |before| before.0);
        let mut statement = sql.prepare_cached(
            "SELECT min(seq), count(*) FROM entry WHERE thread = ?1 AND kind = 0 AND sent_at >= ?2 AND seq < ?3",
        )?;
        let values = params![row.thread.as_bytes(), since.0, before];
        let (first, count): (Option<u64>, u64) =
            statement.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        messages = messages.saturating_add(count);
        // With all of it, also what stands before the first message.
        let first = if since == UnixSeconds(0) { 0 } else { first.unwrap_or(NUMBER_MAX) };
        let mut statement = sql.prepare_cached(
            "INSERT INTO history_thread (history, thread, first, before) VALUES (?1, ?2, ?3, ?4)",
        )?;
        statement.execute(params![history.as_bytes(), row.thread.as_bytes(), first, NUMBER_MAX])?;
    }
    Ok(messages)
}

/// What a part is made of, and what is left after it.
pub(super) struct Written {
    pub(super) plain: Zeroizing<Vec<u8>>,
    pub(super) messages: u64,
    /// Threads that are begun, each with the place before which entries are still to be written; none if it is whole.
    pub(super) left: Vec<(ThreadId, Option<Seq>)>,
}

/// Whether threads are left, of which some only wait for the other device to be in them.
pub(super) fn is_whole(sql: &Connection, history: HistoryId) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM history_thread WHERE history = ?1)")?;
    Ok(statement.query_row([history.as_bytes()], |row| row.get(0))?)
}

/// Writes the next part, in memory; none if nothing can be written now. People come with the first one.
///
/// A thread is written only once the other device is in it, up to where that one reads itself, so that nothing is lost between
/// the two. Of one that this device is out of, all is written.
pub(super) fn part(
    sql: &Connection,
    (history, device): (HistoryId, DeviceKey),
    is_first: bool,
) -> Result<Option<Written>, Error> {
    let mut writing = Writing { part: Zeroizing::new(Vec::new()), entries: 0, messages: 0, left: Vec::new() };
    if is_first {
        for contact in crate::contact::all(sql)? {
            writing.put(&Record::Contact(contact_record(sql, contact)?));
        }
    }
    for (thread, first, before) in threads(sql, history)? {
        if writing.is_full() {
            break;
        }
        let row = ThreadRow::load(sql, thread)?;
        let before = match self::before(sql, &row, device)? {
            None if row.standing == Standing::Member => continue,
            since => since.map_or(before, |since| before.min(since)),
        };
        writing.thread(sql, &row, (first, before))?;
    }
    let Writing { part, messages, left, .. } = writing;
    if part.is_empty() { Ok(None) } else { Ok(Some(Written { plain: part, messages, left })) }
}

/// Where another device was added to a thread of which this one is a member: from there on it reads itself.
fn before(sql: &Connection, row: &ThreadRow, device: DeviceKey) -> Result<Option<Seq>, Error> {
    let is_member = row.standing == Standing::Member;
    let roster = if is_member { roster(sql, row.thread)? } else { Vec::new() };
    Ok(roster.iter().find(|row| row.member.device == device).map(|row| row.since))
}

/// Threads that are left, the most recent first, each with the places between which it is still to be written.
fn threads(sql: &Connection, history: HistoryId) -> Result<Vec<(ThreadId, Seq, Seq)>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT history_thread.thread, first, before FROM history_thread LEFT JOIN summary USING (thread) \
         WHERE history = ?1 ORDER BY summary.sent_at DESC NULLS LAST, history_thread.thread",
    )?;
    let rows = statement.query_map([history.as_bytes()], |row| {
        Ok((ThreadId::new(row.get(0)?), Seq(row.get(1)?), Seq(row.get(2)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes what is left after a part.
pub(super) fn note(
    sql: &Connection,
    history: HistoryId,
    left: &[(ThreadId, Option<Seq>)],
) -> Result<(), Error> {
    for (thread, before) in left {
        let (history, thread) = (history.as_bytes(), thread.as_bytes());
        match before {
            Some(before) => {
                let mut statement = sql.prepare_cached(
                    "UPDATE history_thread SET before = ?3 WHERE history = ?1 AND thread = ?2",
                )?;
                statement.execute(params![history, thread, before.0])?;
            }
            None => {
                let mut statement =
                    sql.prepare_cached("DELETE FROM history_thread WHERE history = ?1 AND thread = ?2")?;
                statement.execute(params![history, thread])?;
            }
        }
    }
    Ok(())
}

struct Writing {
    part: Zeroizing<Vec<u8>>,
    entries: usize,
    messages: u64,
    left: Vec<(ThreadId, Option<Seq>)>,
}

impl Writing {
    fn is_full(&self) -> bool {
        let bytes = u64::try_from(self.part.len()).unwrap_or(u64::MAX);
        self.entries >= HISTORY_PART_ENTRIES || bytes >= HISTORY_PART_END_BYTES
    }

    fn put(&mut self, record: &Record) {
        history::write(record, &mut self.part);
    }

    /// Writes entries of a thread between two places, the newest first, until there are no more or the part is full.
    fn thread(
        &mut self,
        sql: &Connection,
        row: &ThreadRow,
        (first, before): (Seq, Seq),
    ) -> Result<(), Error> {
        self.put(&Record::Thread(ThreadRecord {
            thread: row.thread,
            opener: row.opener,
            patients: row.patients.clone(),
            opened_at: row.opened_at,
            mode: row.mode,
            displayed: row.displayed,
        }));
        let mut before = before;
        while before > first {
            let mut page = entry::before(sql, row.thread, Some(before), PAGE_ENTRIES)?;
            page.retain(|entry| entry.seq.is_some_and(|seq| seq >= first));
            if page.is_empty() {
                break;
            }
            while let Some(seq) = page.last().and_then(|entry| entry.seq) {
                if self.is_full() {
                    self.left.push((row.thread, Some(before)));
                    return Ok(());
                }
                // All that stands at one place, in order.
                let from = page.iter().position(|entry| entry.seq == Some(seq)).unwrap_or_default();
                for entry in page.split_off(from) {
                    self.entry(sql, row.thread, seq, entry)?;
                }
                before = seq;
            }
        }
        self.left.push((row.thread, None));
        Ok(())
    }

    fn entry(&mut self, sql: &Connection, thread: ThreadId, seq: Seq, entry: Entry) -> Result<(), Error> {
        let kind = match entry.kind {
            EntryKind::Message(message) => {
                self.messages = self.messages.saturating_add(1);
                EntryKindRecord::Message(message_record(sql, thread, message)?)
            }
            EntryKind::ModeChanged { by, mode } => EntryKindRecord::ModeChanged { by, mode },
            EntryKind::Added { by, account } => EntryKindRecord::Added { by, account },
            EntryKind::Removed { by, account } => EntryKindRecord::Removed { by, account },
            EntryKind::Departed { account } => EntryKindRecord::Departed(account),
            EntryKind::Refused { reason } => EntryKindRecord::Refused(reason),
            EntryKind::Gap { account, missing } => EntryKindRecord::Gap { account, missing },
            EntryKind::Repaired { account } => EntryKindRecord::Repaired(account),
            EntryKind::Doubted { account } => EntryKindRecord::Doubted(account),
            // Of this device, not of the other.
            EntryKind::Joined { .. } => return Ok(()),
        };
        self.entries = self.entries.saturating_add(1);
        self.put(&Record::Entry(EntryRecord { seq, kind }));
        Ok(())
    }
}

fn message_record(sql: &Connection, thread: ThreadId, message: Message) -> Result<MessageRecord, Error> {
    let Message { message, author, role, is_sent_again, sent_at, text, .. } = message;
    let documents = document::row::of_message(sql, thread, message)?;
    let documents = documents.into_iter().map(|row| row.part).collect();
    Ok(MessageRecord { message, author, role, sent_at, is_sent_again, text, documents })
}

fn contact_record(sql: &Connection, contact: Contact) -> Result<ContactRecord, Error> {
    let mut statement =
        sql.prepare_cached("SELECT national_id, blocked_at FROM contact WHERE account = ?1")?;
    let account: AccountId = contact.account;
    let (national_id, blocked_at): (Option<String>, Option<u64>) =
        statement.query_row([account.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let certified = match (contact.account_key, contact.role) {
        (Some(account_key), Some(role)) => Some(CertifiedRecord {
            account_key,
            role,
            name: contact.certified_name,
            profession: contact.profession,
            national_id,
        }),
        _ => None,
    };
    Ok(ContactRecord {
        account,
        petname: contact.petname,
        certified,
        blocked_at: blocked_at.map(UnixSeconds),
    })
}
