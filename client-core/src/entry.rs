//! What a thread shows: rows of `entry`, written as the log is read.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::id::{AccountId, MessageId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use crate::error::Error;
use crate::sql::{damaged, stored};
use crate::store::Connection;
use crate::view::{Entry, EntryKind, Message};

const MESSAGE: u8 = 0;
const MODE_CHANGED: u8 = 1;
const ADDED: u8 = 2;
const REMOVED: u8 = 3;
const DEPARTED: u8 = 4;
const REFUSED: u8 = 5;
const GAP: u8 = 6;
const JOINED: u8 = 7;
const REPAIRED: u8 = 8;
const DOUBTED: u8 = 9;

#[derive(Default)]
struct Columns<'a> {
    kind: u8,
    author: Option<AccountId>,
    subject: Option<AccountId>,
    role: Option<Role>,
    is_own: bool,
    message: Option<MessageId>,
    sent_at: Option<UnixSeconds>,
    detail: Option<Vec<u8>>,
    text: Option<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(kind: &'a EntryKind) -> Self {
        let with = |kind, author, subject| Self { kind, author, subject, ..Self::default() };
        match kind {
            EntryKind::Message(message) => Self {
                role: Some(message.role),
                is_own: message.is_own,
                message: Some(message.message),
                sent_at: Some(message.sent_at),
                detail: message.is_sent_again.then(|| codec::encode(&true)),
                text: Some(&message.text),
                ..with(MESSAGE, Some(message.author), None)
            },
            EntryKind::ModeChanged { by, mode } => {
                Self { detail: Some(codec::encode(mode)), ..with(MODE_CHANGED, Some(*by), None) }
            }
            EntryKind::Added { by, account } => with(ADDED, Some(*by), Some(*account)),
            EntryKind::Removed { by, account } => with(REMOVED, Some(*by), Some(*account)),
            EntryKind::Joined { by } => with(JOINED, Some(*by), None),
            EntryKind::Departed { account } => with(DEPARTED, Some(*account), None),
            EntryKind::Refused { reason } => Self { text: Some(reason), ..with(REFUSED, None, None) },
            EntryKind::Gap { account, missing } => {
                Self { detail: Some(codec::encode(missing)), ..with(GAP, Some(*account), None) }
            }
            EntryKind::Repaired { account } => with(REPAIRED, Some(*account), None),
            EntryKind::Doubted { account } => with(DOUBTED, Some(*account), None),
        }
    }
}

/// Adds an entry at this place, after those that are there.
pub(crate) fn add(sql: &Connection, thread: ThreadId, seq: Seq, kind: &EntryKind) -> Result<(), Error> {
    insert(sql, (thread, seq), kind, None)
}

fn insert(
    sql: &Connection,
    (thread, seq): (ThreadId, Seq),
    kind: &EntryKind,
    given: Option<Given>,
) -> Result<(), Error> {
    let columns = Columns::of(kind);
    let mut statement = sql.prepare_cached(
        "INSERT INTO entry (thread, seq, part, kind, author, subject, role, is_own, message, sent_at, detail, text, \
                            given_by) \
         VALUES (?1, ?2, coalesce(?12, (SELECT count(*) FROM entry WHERE thread = ?1 AND seq = ?2)), \
                 ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13)",
    )?;
    statement.execute(params![
        thread.as_bytes(),
        seq.0,
        columns.kind,
        columns.author.map(|account| *account.as_bytes()),
        columns.subject.map(|account| *account.as_bytes()),
        columns.role.map(Role::word),
        columns.is_own,
        columns.message.map(|message| *message.as_bytes()),
        columns.sent_at.map(|at| at.0),
        columns.detail,
        columns.text,
        given.map(|given| given.part),
        given.map(|given| *given.by.as_bytes()),
    ])?;
    Ok(())
}

/// An entry that another device gave.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    /// Whose device.
    pub(crate) by: AccountId,
    /// Which of those at its place.
    pub(crate) part: u32,
}

/// Adds an entry that another device gave.
pub(crate) fn give(
    sql: &Connection,
    thread: ThreadId,
    seq: Seq,
    kind: &EntryKind,
    given: Given,
) -> Result<(), Error> {
    insert(sql, (thread, seq), kind, Some(given))
}

/// Gives a message that was given its number among all messages.
pub(crate) fn number_given(
    sql: &Connection,
    (thread, seq, part): (ThreadId, Seq, u32),
    number: i64,
) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("INSERT INTO message (id, thread, seq, part) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![number, thread.as_bytes(), seq.0, part])?;
    Ok(())
}

/// Whether anything stands at this place.
pub(crate) fn is_at(sql: &Connection, thread: ThreadId, seq: Seq) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE thread = ?1 AND seq = ?2)")?;
    Ok(statement.query_row(params![thread.as_bytes(), seq.0], |row| row.get(0))?)
}

/// Whether a message of this id is shown already.
pub(crate) fn is_shown(sql: &Connection, thread: ThreadId, message: MessageId) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE thread = ?1 AND message = ?2)")?;
    Ok(statement.query_row(params![thread.as_bytes(), message.as_bytes()], |row| row.get(0))?)
}

/// Who wrote the message of this id, if it is shown.
pub(crate) fn author_of(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
) -> Result<Option<AccountId>, Error> {
    let mut statement = sql.prepare_cached("SELECT author FROM entry WHERE thread = ?1 AND message = ?2")?;
    let values = params![thread.as_bytes(), message.as_bytes()];
    Ok(statement.query_row(values, |row| row.get(0)).optional()?.map(AccountId::new))
}

/// A message of this device that is shown: its text, and when it was sent.
pub(crate) fn own_text(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
) -> Result<Option<(String, UnixSeconds)>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT text, sent_at FROM entry WHERE thread = ?1 AND message = ?2 AND is_own = 1",
    )?;
    let values = params![thread.as_bytes(), message.as_bytes()];
    Ok(statement.query_row(values, |row| Ok((row.get(0)?, UnixSeconds(row.get(1)?)))).optional()?)
}

/// Of the gap at this place so many messages are accounted for.
pub(crate) fn shrink_gap(sql: &Connection, thread: ThreadId, seq: Seq, by: u64) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("SELECT detail FROM entry WHERE thread = ?1 AND seq = ?2 AND kind = ?3")?;
    let values = params![thread.as_bytes(), number(seq), GAP];
    let missing: Option<Vec<u8>> = statement.query_row(values, |row| row.get(0)).optional()?;
    let Some(missing) = missing else { return Ok(()) };
    let left = stored::<u64>(&missing)?.saturating_sub(by);
    let (kind, detail) = if left == 0 { (REPAIRED, None) } else { (GAP, Some(codec::encode(&left))) };
    let mut statement = sql.prepare_cached(
        "UPDATE entry SET kind = ?4, detail = ?5 WHERE thread = ?1 AND seq = ?2 AND kind = ?3",
    )?;
    statement.execute(params![thread.as_bytes(), number(seq), GAP, kind, detail])?;
    Ok(())
}

/// The newest entries before a place, in order: `limit` of them, and as many more as stand at the place of the first.
/// Its cost does not depend on how many there are.
pub(crate) fn before(
    sql: &Connection,
    thread: ThreadId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let Some(skipped) = limit.checked_sub(1) else { return Ok(Vec::new()) };
    let before = before.map_or(i64::MAX, number);
    let nth =
        "SELECT seq FROM entry WHERE thread = ?1 AND seq < ?2 ORDER BY seq DESC, part DESC LIMIT 1 OFFSET ?3";
    let first = place(sql, nth, thread, before, skipped)?;
    between(sql, thread, first.unwrap_or_default(), before)
}

/// The oldest entries from a place on, in order: `limit` of them, and as many more as stand at the place of the last. Its
/// cost does not depend on how many there are.
pub(crate) fn from(sql: &Connection, thread: ThreadId, from: Seq, limit: usize) -> Result<Vec<Entry>, Error> {
    let Some(skipped) = limit.checked_sub(1) else { return Ok(Vec::new()) };
    let nth = "SELECT seq FROM entry WHERE thread = ?1 AND seq >= ?2 ORDER BY seq, part LIMIT 1 OFFSET ?3";
    let last = place(sql, nth, thread, number(from), skipped)?;
    between(sql, thread, number(from), last.map_or(i64::MAX, |last| last.saturating_add(1)))
}

/// The place that a statement finds from one on, after skipping some; none if there are not so many.
fn place(
    sql: &Connection,
    statement: &str,
    thread: ThreadId,
    from: i64,
    skipped: usize,
) -> Result<Option<i64>, Error> {
    let Ok(skipped) = i64::try_from(skipped) else { return Ok(None) };
    let mut statement = sql.prepare_cached(statement)?;
    Ok(statement.query_row(params![thread.as_bytes(), from, skipped], |row| row.get(0)).optional()?)
}

fn between(sql: &Connection, thread: ThreadId, first: i64, end: i64) -> Result<Vec<Entry>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, kind, author, subject, role, is_own, message, sent_at, detail, text, given_by \
         FROM entry WHERE thread = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq, part",
    )?;
    let rows = statement.query_map(params![thread.as_bytes(), first, end], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// As the store holds it.
fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// The place of the first message of others after a place.
pub(crate) fn first_of_others(sql: &Connection, thread: ThreadId, after: Seq) -> Result<Option<Seq>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT seq FROM entry WHERE thread = ?1 AND seq > ?2 AND kind = 0 AND is_own = 0 ORDER BY seq LIMIT 1",
    )?;
    let first =
        statement.query_row(params![thread.as_bytes(), number(after)], |row| row.get(0)).optional()?;
    Ok(first.map(Seq))
}

/// The place of the newest message of others after a place and up to another one.
pub(crate) fn newest_of_others(
    sql: &Connection,
    thread: ThreadId,
    after: Seq,
    through: Seq,
) -> Result<Option<Seq>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT seq FROM entry WHERE thread = ?1 AND seq > ?2 AND seq <= ?3 AND kind = 0 AND is_own = 0 \
         ORDER BY seq DESC LIMIT 1",
    )?;
    let places = params![thread.as_bytes(), number(after), number(through)];
    Ok(statement.query_row(places, |row| row.get(0)).optional()?.map(Seq))
}

/// Who set the answer mode last, if anybody did after the opening, and to what.
pub(crate) fn last_mode(
    sql: &Connection,
    thread: ThreadId,
) -> Result<Option<(AccountId, AnswerMode)>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT author, detail FROM entry WHERE thread = ?1 AND kind = 1 ORDER BY seq DESC, part DESC LIMIT 1",
    )?;
    let row = statement.query_row([thread.as_bytes()], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)));
    row.optional()?.map(|(by, mode)| Ok((AccountId::new(by), stored(&mode)?))).transpose()
}

/// Where this device was added last, if that was after the opening.
pub(crate) fn joined(sql: &Connection, thread: ThreadId) -> Result<Option<Seq>, Error> {
    let mut statement = sql.prepare_cached("SELECT max(seq) FROM entry WHERE thread = ?1 AND kind = 7")?;
    let place: Option<u64> = statement.query_row([thread.as_bytes()], |row| row.get(0))?;
    Ok(place.map(Seq))
}

fn read(row: &Row<'_>) -> Result<Entry, Error> {
    let account = |column: usize| -> Result<AccountId, Error> {
        row.get::<_, Option<[u8; 16]>>(column)?.map(AccountId::new).ok_or_else(damaged)
    };
    let detail = || row.get::<_, Option<Vec<u8>>>(8)?.ok_or_else(damaged);
    let kind = match row.get::<_, u8>(1)? {
        MESSAGE => EntryKind::Message(read_message(row, account(2)?)?),
        MODE_CHANGED => EntryKind::ModeChanged { by: account(2)?, mode: stored::<AnswerMode>(&detail()?)? },
        ADDED => EntryKind::Added { by: account(2)?, account: account(3)? },
        REMOVED => EntryKind::Removed { by: account(2)?, account: account(3)? },
        JOINED => EntryKind::Joined { by: account(2)? },
        DEPARTED => EntryKind::Departed { account: account(2)? },
        REFUSED => EntryKind::Refused { reason: row.get(9)? },
        GAP => EntryKind::Gap { account: account(2)?, missing: stored(&detail()?)? },
        REPAIRED => EntryKind::Repaired { account: account(2)? },
        DOUBTED => EntryKind::Doubted { account: account(2)? },
        _ => return Err(damaged()),
    };
    Ok(Entry { seq: Some(Seq(row.get(0)?)), kind })
}

fn read_message(row: &Row<'_>, author: AccountId) -> Result<Message, Error> {
    Ok(Message {
        message: MessageId::new(row.get(6)?),
        author,
        role: Role::from_word(&row.get::<_, String>(4)?).ok_or_else(damaged)?,
        is_own: row.get(5)?,
        is_sent_again: row.get::<_, Option<Vec<u8>>>(8)?.is_some(),
        given_by: row.get::<_, Option<[u8; 16]>>(10)?.map(AccountId::new),
        sent_at: UnixSeconds(row.get(7)?),
        text: row.get(9)?,
        documents: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{PATIENT, new_store, say, thread};

    #[test]
    fn pages_joined_are_the_whole_log_and_no_place_is_parted() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        let missing = |missing| EntryKind::Gap { account: PATIENT.account, missing };
        for seq in [2, 3, 7, 8, 20, 21, 22] {
            for part in 0..seq % 4 {
                add(unit.sql(), thread, Seq(seq), &missing(part)).unwrap();
            }
            say(unit.sql(), thread, seq, PATIENT, "message");
        }
        let places = |entries: &[Entry]| entries.iter().map(|entry| entry.seq.unwrap().0).collect::<Vec<_>>();
        let whole = places(&before(unit.sql(), thread, None, usize::MAX).unwrap());
        assert!(whole.is_sorted() && whole.len() == 18, "{whole:?}");
        for limit in 1..=21 {
            let (mut joined, mut until) = (Vec::new(), None);
            loop {
                let page = before(unit.sql(), thread, until, limit).unwrap();
                let Some(first) = page.first() else { break };
                until = first.seq;
                assert!(page.len() >= limit.min(whole.len() - joined.len()) && page.len() < limit + 4);
                joined.splice(0..0, places(&page));
            }
            assert_eq!(joined, whole, "{limit}");
        }
        for limit in 1..=21 {
            let (mut joined, mut next) = (Vec::new(), Seq::START);
            loop {
                let page = from(unit.sql(), thread, next, limit).unwrap();
                let Some(last) = page.last() else { break };
                next = last.seq.unwrap().next();
                assert!(page.len() >= limit.min(whole.len() - joined.len()) && page.len() < limit + 4);
                joined.extend(places(&page));
            }
            assert_eq!(joined, whole, "{limit}");
        }
        assert_eq!(places(&from(unit.sql(), thread, Seq(8), 1).unwrap()), [8]);
        assert_eq!(from(unit.sql(), thread, Seq(23), 1).unwrap().len(), 0);
        assert_eq!(from(unit.sql(), thread, Seq(u64::MAX), 9).unwrap().len(), 0);
        assert_eq!(before(unit.sql(), thread, None, 0).unwrap().len(), 0);
        assert_eq!(before(unit.sql(), thread, Some(Seq(u64::MAX)), 1).unwrap().len(), 3);
        assert_eq!(before(unit.sql(), thread, Some(Seq::START), 9).unwrap().len(), 0);
    }
}
