//! What a thread shows: rows of `entry`, written as the log is read.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::id::{AccountId, MessageId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{Connection, Row, params};

use crate::error::Error;
use crate::sql::{damaged, stored};
use crate::view::{Entry, EntryKind, Message};

const MESSAGE: u8 = 0;
const MODE_CHANGED: u8 = 1;
const ADDED: u8 = 2;
const REMOVED: u8 = 3;
const DEPARTED: u8 = 4;
const REFUSED: u8 = 5;
const GAP: u8 = 6;

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
                text: Some(&message.text),
                ..with(MESSAGE, Some(message.author), None)
            },
            EntryKind::ModeChanged { by, mode } => {
                Self { detail: Some(codec::encode(mode)), ..with(MODE_CHANGED, Some(*by), None) }
            }
            EntryKind::Added { by, account } => with(ADDED, Some(*by), Some(*account)),
            EntryKind::Removed { by, account } => with(REMOVED, Some(*by), Some(*account)),
            EntryKind::Departed { account } => with(DEPARTED, Some(*account), None),
            EntryKind::Refused { reason } => Self { text: Some(reason), ..with(REFUSED, None, None) },
            EntryKind::Gap { account, missing } => {
                Self { detail: Some(codec::encode(missing)), ..with(GAP, Some(*account), None) }
            }
        }
    }
}

/// Adds an entry at this place, after those that are there.
pub(crate) fn add(sql: &Connection, thread: ThreadId, seq: Seq, kind: &EntryKind) -> Result<(), Error> {
    let columns = Columns::of(kind);
    let mut statement = sql.prepare_cached(
        "INSERT INTO entry (thread, seq, part, kind, author, subject, role, is_own, message, sent_at, detail, text) \
         VALUES (?1, ?2, (SELECT count(*) FROM entry WHERE thread = ?1 AND seq = ?2), \
                 ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
    ])?;
    Ok(())
}

/// Whether a message of this id is shown already.
pub(crate) fn is_shown(sql: &Connection, thread: ThreadId, message: MessageId) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE thread = ?1 AND message = ?2)")?;
    Ok(statement.query_row(params![thread.as_bytes(), message.as_bytes()], |row| row.get(0))?)
}

/// All entries of a thread, in order.
pub(crate) fn all(sql: &Connection, thread: ThreadId) -> Result<Vec<Entry>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, kind, author, subject, role, is_own, message, sent_at, detail, text \
         FROM entry WHERE thread = ?1 ORDER BY seq, part",
    )?;
    let rows = statement.query_map([thread.as_bytes()], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// How many messages of others stand after a place.
pub(crate) fn unread(sql: &Connection, thread: ThreadId, after: Seq) -> Result<u64, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) FROM entry WHERE thread = ?1 AND seq > ?2 AND kind = 0 AND is_own = 0",
    )?;
    Ok(statement.query_row(params![thread.as_bytes(), after.0], |row| row.get(0))?)
}

/// Author and time of the newest message.
pub(crate) fn newest(sql: &Connection, thread: ThreadId) -> Result<Option<(AccountId, UnixSeconds)>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT author, sent_at FROM entry WHERE thread = ?1 AND kind = 0 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query([thread.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((AccountId::new(row.get(0)?), UnixSeconds(row.get(1)?))))
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
        DEPARTED => EntryKind::Departed { account: account(2)? },
        REFUSED => EntryKind::Refused { reason: row.get(9)? },
        GAP => EntryKind::Gap { account: account(2)?, missing: stored(&detail()?)? },
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
        sent_at: UnixSeconds(row.get(7)?),
        text: row.get(9)?,
        documents: Vec::new(),
    })
}
