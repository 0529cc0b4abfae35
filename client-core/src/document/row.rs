//! A document as the store has it.

use colloque_schemas::codec;
use colloque_schemas::id::{BlobId, MessageId, ThreadId};
use colloque_schemas::mimi::DocumentPart;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use crate::error::Error;
use crate::sql::{damaged, stored};
use crate::store::Connection;

/// Where a document is, and what is to be done with it. The numbers are those of the migration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// Encrypted here, and of no message yet.
    Attached = 0,
    /// Own, and to be brought to the relay.
    Waiting = 1,
    /// At the relay, and not here.
    AtRelay = 2,
    /// To be brought here.
    Fetching = 3,
    /// Here, and at the relay.
    Here = 4,
    /// Refused, or not to be had.
    Failed = 5,
}

const STAGES: [Stage; 6] =
    [Stage::Attached, Stage::Waiting, Stage::AtRelay, Stage::Fetching, Stage::Here, Stage::Failed];

impl Stage {
    /// Whether the whole ciphertext is in its file.
    pub(crate) const fn is_here(self) -> bool {
        matches!(self, Self::Attached | Self::Waiting | Self::Here)
    }
}

/// Which message a document belongs to, and its place there, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) thread: ThreadId,
    pub(crate) message: MessageId,
    pub(crate) index: u32,
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRow {
    pub(crate) id: i64,
    /// None while it is attached to no message.
    pub(crate) place: Option<Place>,
    pub(crate) part: DocumentPart,
    pub(crate) stage: Stage,
    pub(crate) reason: Option<String>,
    /// Name of the file of its ciphertext, once there is one.
    pub(crate) file: Option<String>,
    /// Whether it was not found out that it has no small picture.
    pub(crate) may_have_thumbnail: bool,
}

const COLUMNS: &str =
    "id, thread, message, place, part, stage, reason, file, thumbnail IS NULL OR length(thumbnail) > 0";

fn read(row: &Row<'_>) -> Result<DocumentRow, Error> {
    let place = match (row.get(1)?, row.get(2)?, row.get(3)?) {
        (Some(thread), Some(message), Some(index)) => {
            Some(Place { thread: ThreadId::new(thread), message: MessageId::new(message), index })
        }
        _ => None,
    };
    Ok(DocumentRow {
        id: row.get(0)?,
        place,
        part: stored(&row.get::<_, Vec<u8>>(4)?)?,
        stage: STAGES.get(row.get::<_, usize>(5)?).copied().ok_or_else(damaged)?,
        reason: row.get(6)?,
        file: row.get(7)?,
        may_have_thumbnail: row.get(8)?,
    })
}

fn query(
    sql: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<DocumentRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM document WHERE {condition}");
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map(values, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Adds one that belongs to no message yet.
pub(crate) fn attach(
    sql: &Connection,
    part: &DocumentPart,
    file: &str,
    now: UnixSeconds,
) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO document (blob, part, stage, file, attached_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let (blob, stage) = (part.blob.as_bytes(), Stage::Attached as u8);
    statement.execute(params![blob, codec::encode(part), stage, file, now.0])?;
    Ok(())
}

/// Adds one of a message of somebody else.
pub(crate) fn receive(
    sql: &Connection,
    place: Place,
    part: &DocumentPart,
    stage: Stage,
) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO document (thread, message, place, blob, part, stage) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![
        place.thread.as_bytes(),
        place.message.as_bytes(),
        place.index,
        part.blob.as_bytes(),
        codec::encode(part),
        stage as u8,
    ])?;
    Ok(())
}

/// Makes one that is attached a part of a message.
pub(crate) fn place(sql: &Connection, id: i64, place: Place) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "UPDATE document SET thread = ?2, message = ?3, place = ?4, stage = ?5, attached_at = NULL WHERE id = ?1",
    )?;
    let stage = Stage::Waiting as u8;
    statement.execute(params![id, place.thread.as_bytes(), place.message.as_bytes(), place.index, stage])?;
    Ok(())
}

/// Gives one a file.
pub(crate) fn set_file(sql: &Connection, id: i64, file: Option<&str>) -> Result<(), Error> {
    sql.prepare_cached("UPDATE document SET file = ?2 WHERE id = ?1")?.execute(params![id, file])?;
    Ok(())
}

/// Moves one on.
pub(crate) fn set_stage(sql: &Connection, id: i64, stage: Stage, reason: Option<&str>) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("UPDATE document SET stage = ?2, reason = ?3 WHERE id = ?1")?;
    statement.execute(params![id, stage as u8, reason])?;
    Ok(())
}

/// The small picture of one, if one was made.
pub(crate) fn thumbnail(sql: &Connection, id: i64) -> Result<Option<Vec<u8>>, Error> {
    let mut statement = sql.prepare_cached("SELECT thumbnail FROM document WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}

/// Keeps a small picture of one.
pub(crate) fn set_thumbnail(sql: &Connection, id: i64, picture: &[u8]) -> Result<(), Error> {
    sql.prepare_cached("UPDATE document SET thumbnail = ?2 WHERE id = ?1")?.execute(params![id, picture])?;
    Ok(())
}

/// Takes one out, and its key with it.
pub(crate) fn remove(sql: &Connection, id: i64) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The one that is attached under this id, to no message yet.
pub(crate) fn attached(sql: &Connection, blob: BlobId) -> Result<Option<DocumentRow>, Error> {
    Ok(query(sql, "stage = 0 AND blob = ?1", [blob.as_bytes()])?.pop())
}

/// Those that have been attached to no message since before this.
pub(crate) fn attached_before(sql: &Connection, before: UnixSeconds) -> Result<Vec<DocumentRow>, Error> {
    query(sql, "stage = 0 AND attached_at < ?1", [before.0])
}

/// Those of a message, in order.
pub(crate) fn of_message(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
) -> Result<Vec<DocumentRow>, Error> {
    let condition = "thread = ?1 AND message = ?2 AND message IS NOT NULL ORDER BY place";
    query(sql, condition, [thread.as_bytes(), message.as_bytes()])
}

/// The one in this place.
pub(crate) fn at(sql: &Connection, place: Place) -> Result<Option<DocumentRow>, Error> {
    let rows = of_message(sql, place.thread, place.message)?;
    Ok(rows.into_iter().find(|row| row.place == Some(place)))
}

/// Those of one of the two stages in which something is to be done, the oldest first.
pub(crate) fn moving(sql: &Connection, stage: Stage) -> Result<Vec<DocumentRow>, Error> {
    // Written out, so that the partial index serves it.
    let condition = match stage {
        Stage::Waiting => "stage = 1 ORDER BY id",
        _ => "stage = 3 ORDER BY id",
    };
    query(sql, condition, [])
}

/// Whether any is being fetched.
pub(crate) fn is_fetching(sql: &Connection) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM document WHERE stage = 3)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// All of them.
pub(crate) fn all(sql: &Connection) -> Result<Vec<DocumentRow>, Error> {
    query(sql, "true ORDER BY id", [])
}

/// Whether the log shows the message of this place.
pub(crate) fn is_shown(sql: &Connection, place: Place) -> Result<bool, Error> {
    crate::entry::is_shown(sql, place.thread, place.message)
}

/// The oldest one that is to be fetched.
pub(crate) fn next_to_fetch(sql: &Connection) -> Result<Option<DocumentRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM document WHERE stage = 3 ORDER BY id LIMIT 1");
    let row = sql.prepare_cached(&query)?.query_row([], |row| Ok(read(row))).optional()?;
    row.transpose()
}
