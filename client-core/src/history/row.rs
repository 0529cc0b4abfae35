//! Histories and their parts as the store has them. The numbers of stages are those of the migration.

use colloque_schemas::codec;
use colloque_schemas::history::Scope;
use colloque_schemas::id::{DeviceKey, HistoryId};
use colloque_schemas::mimi::DocumentPart;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use super::{History, HistoryState};
use crate::error::Error;
use crate::sql::{damaged, stored};
use crate::store::Connection;

/// How far history is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// Being written and brought to the relay, or being read.
    Moving = 0,
    /// The letter that tells of it is to be written.
    Letter = 1,
    Done = 2,
    Failed = 3,
}

const STAGES: [Stage; 4] = [Stage::Moving, Stage::Letter, Stage::Done, Stage::Failed];

impl Stage {
    pub(crate) const fn goes_on(self) -> bool {
        matches!(self, Self::Moving | Self::Letter)
    }
}

/// Where a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PartStage {
    /// Here, to be brought to the relay.
    Written = 0,
    AtRelay = 1,
    /// Here, to be read.
    Here = 2,
    Read = 3,
}

const PART_STAGES: [PartStage; 4] =
    [PartStage::Written, PartStage::AtRelay, PartStage::Here, PartStage::Read];

/// Which part, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PartPlace {
    pub(crate) history: HistoryId,
    pub(crate) index: u32,
}

/// One row of `history`.
#[derive(Clone, Debug)]
pub(crate) struct HistoryRow {
    pub(crate) history: HistoryId,
    pub(crate) is_given: bool,
    /// The other one.
    pub(crate) device: DeviceKey,
    pub(crate) scope: Scope,
    pub(crate) stage: Stage,
    pub(crate) messages: u64,
    pub(crate) done: u64,
    pub(crate) reason: Option<String>,
    pub(crate) began_at: UnixSeconds,
}

impl HistoryRow {
    pub(super) fn into_view(self) -> History {
        let Self { history, is_given, device, scope, stage, messages, done, reason, began_at } = self;
        let state = match stage {
            Stage::Moving | Stage::Letter => HistoryState::Moving,
            Stage::Done => HistoryState::Done,
            Stage::Failed => HistoryState::Failed { reason: reason.unwrap_or_default() },
        };
        History { history, is_given, device, scope, messages, done, state, began_at }
    }
}

const COLUMNS: &str = "history, is_given, device, scope, stage, messages, done, reason, began_at";

fn read(row: &Row<'_>) -> Result<HistoryRow, Error> {
    Ok(HistoryRow {
        history: HistoryId::new(row.get(0)?),
        is_given: row.get(1)?,
        device: DeviceKey::new(row.get(2)?),
        scope: stored(&row.get::<_, Vec<u8>>(3)?)?,
        stage: STAGES.get(row.get::<_, usize>(4)?).copied().ok_or_else(damaged)?,
        messages: row.get(5)?,
        done: row.get(6)?,
        reason: row.get(7)?,
        began_at: UnixSeconds(row.get(8)?),
    })
}

/// All of them, the oldest first.
pub(crate) fn all(sql: &Connection) -> Result<Vec<HistoryRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM history ORDER BY began_at, history");
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// The one of this id.
pub(crate) fn find(sql: &Connection, history: HistoryId) -> Result<Option<HistoryRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM history WHERE history = ?1");
    let mut statement = sql.prepare_cached(&query)?;
    statement.query_row([history.as_bytes()], |row| Ok(read(row))).optional()?.transpose()
}

/// The one that was begun first of those that go on, in this direction.
pub(super) fn first(sql: &Connection, is_given: bool) -> Result<Option<HistoryRow>, Error> {
    let query = format!(
        "SELECT {COLUMNS} FROM history WHERE is_given = ?1 AND stage < 2 ORDER BY began_at, history LIMIT 1"
    );
    let mut statement = sql.prepare_cached(&query)?;
    statement.query_row([is_given], |row| Ok(read(row))).optional()?.transpose()
}

/// Adds one.
pub(super) fn add(sql: &Connection, row: &HistoryRow) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO history (history, is_given, device, scope, stage, messages, began_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        row.history.as_bytes(),
        row.is_given,
        row.device.as_bytes(),
        codec::encode(&row.scope),
        row.stage as u8,
        row.messages,
        row.began_at.0,
    ])?;
    Ok(())
}

/// Moves one on, by so many messages.
pub(super) fn advance(
    sql: &Connection,
    history: HistoryId,
    stage: Stage,
    messages: u64,
) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("UPDATE history SET stage = ?2, done = done + ?3 WHERE history = ?1")?;
    statement.execute(params![history.as_bytes(), stage as u8, messages])?;
    Ok(())
}

/// Ends one. Returns the files that are of no more use.
pub(super) fn end(
    sql: &Connection,
    history: HistoryId,
    stage: Stage,
    reason: Option<&str>,
) -> Result<Vec<String>, Error> {
    let mut statement =
        sql.prepare_cached("UPDATE history SET stage = ?2, reason = ?3 WHERE history = ?1")?;
    statement.execute(params![history.as_bytes(), stage as u8, reason])?;
    let mut statement =
        sql.prepare_cached("SELECT file FROM history_part WHERE history = ?1 AND file IS NOT NULL")?;
    let files = statement.query_map([history.as_bytes()], |row| row.get(0))?;
    let files = files.collect::<Result<_, _>>()?;
    for table in ["history_part", "history_thread"] {
        let query = format!("DELETE FROM {table} WHERE history = ?1");
        sql.prepare_cached(&query)?.execute([history.as_bytes()])?;
    }
    Ok(files)
}

/// A part.
pub(super) struct PartRow {
    pub(super) place: PartPlace,
    pub(super) part: DocumentPart,
    pub(super) stage: PartStage,
    pub(super) file: Option<String>,
}

/// Adds a part.
pub(super) fn add_part(
    sql: &Connection,
    place: PartPlace,
    part: &DocumentPart,
    stage: PartStage,
    file: Option<&str>,
) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO history_part (history, place, part, stage, file) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let values = params![place.history.as_bytes(), place.index, codec::encode(part), stage as u8, file];
    statement.execute(values)?;
    Ok(())
}

/// Moves a part on, and says where its file is from now on.
pub(super) fn set_part(
    sql: &Connection,
    place: PartPlace,
    stage: PartStage,
    file: Option<&str>,
) -> Result<(), Error> {
    let mut statement = sql
        .prepare_cached("UPDATE history_part SET stage = ?3, file = ?4 WHERE history = ?1 AND place = ?2")?;
    statement.execute(params![place.history.as_bytes(), place.index, stage as u8, file])?;
    Ok(())
}

/// The parts of one, in order.
pub(super) fn parts(sql: &Connection, history: HistoryId) -> Result<Vec<PartRow>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT place, part, stage, file FROM history_part WHERE history = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([history.as_bytes()], |row| {
        let columns: (u32, Vec<u8>, usize, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(columns)
    })?;
    rows.map(|row| {
        let (index, part, stage, file) = row?;
        Ok(PartRow {
            place: PartPlace { history, index },
            part: stored(&part)?,
            stage: PART_STAGES.get(stage).copied().ok_or_else(damaged)?,
            file,
        })
    })
    .collect()
}

/// The files of all parts, and whether each is whole.
pub(crate) fn files(sql: &Connection) -> Result<Vec<(String, bool)>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT file, stage <> 1 FROM history_part WHERE file IS NOT NULL")?;
    let files = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(files.collect::<Result<_, _>>()?)
}
