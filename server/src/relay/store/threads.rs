//! Threads and who has access to them.

use std::collections::HashMap;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::time::UnixSeconds;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::super::recent::RecentIds;
use super::choke::{Connection, Readers};
use super::envelopes::{SEQ_BITS, place_of, recent_ids, seq_of};
use super::{from_stored, in_statements, to_stored};

/// A thread's row and its access rows, as the writer keeps them in memory.
#[derive(Clone, Debug)]
pub(in super::super) struct ThreadRecord {
    /// Where its envelopes lie.
    pub(in super::super) number: i64,
    /// The place of the newest envelope.
    pub(in super::super) last: Seq,
    /// The place of the newest handshake.
    pub(in super::super) handshake_head: Seq,
    /// The handshake whose terms are in force.
    pub(in super::super) terms_seq: Seq,
    /// The mode flag.
    pub(in super::super) mode: AnswerMode,
    /// Access rows, each with whether the account has replied since the mode was set.
    pub(in super::super) access: HashMap<RowKey, bool>,
    /// Of its newest appends.
    pub(in super::super) recent: RecentIds,
}

/// Reads a thread, if there is one of this id.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn load(
    connection: &mut Connection,
    thread: ThreadId,
) -> Result<Option<ThreadRecord>, RequestError> {
    const THREAD: &str = "SELECT number, handshake_head, terms_seq, mode, mode_until, pruned_through,
            (SELECT max(place) FROM envelope WHERE place BETWEEN number << 32 AND (number << 32) + 4294967295)
        FROM thread WHERE id = ?";
    let Some(row) =
        sqlx::query(THREAD).bind(thread.as_bytes().as_slice()).fetch_optional(&mut *connection).await?
    else {
        return Ok(None);
    };
    let number: i64 = row.try_get(0)?;
    let pruned_through = Seq(from_stored(row.try_get(5)?)?);
    let last = row.try_get::<Option<i64>, _>(6)?.map_or(Seq::START, seq_of).max(pruned_through);
    let rows = sqlx::query("SELECT row_key, has_replied FROM access WHERE thread = ?")
        .bind(number)
        .fetch_all(&mut *connection)
        .await?;
    let access = rows.iter().map(access_row).collect::<Result<_, _>>()?;
    Ok(Some(ThreadRecord {
        number,
        last,
        handshake_head: Seq(from_stored(row.try_get(1)?)?),
        terms_seq: Seq(from_stored(row.try_get(2)?)?),
        mode: mode_from(row.try_get(3)?, row.try_get(4)?)?,
        access,
        recent: recent_ids(connection, number).await?,
    }))
}

fn access_row(row: &SqliteRow) -> Result<(RowKey, bool), RequestError> {
    let key: &[u8] = row.try_get(0)?;
    let key = key.try_into().map_err(|_| RequestError::Damaged("an access row"))?;
    Ok((key, row.try_get::<i64, _>(1)? != 0))
}

/// Adds a thread and its access rows; `record.number` is taken to be free.
///
/// # Errors
/// The database's.
pub(in super::super) async fn insert(
    connection: &mut Connection,
    thread: ThreadId,
    record: &ThreadRecord,
    day: i64,
) -> Result<(), RequestError> {
    let (mode, until) = mode_to(record.mode)?;
    sqlx::query(
        "INSERT INTO thread (number, id, handshake_head, terms_seq, mode, mode_until, oldest_day)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(record.number)
    .bind(thread.as_bytes().as_slice())
    .bind(to_stored(record.handshake_head.0)?)
    .bind(to_stored(record.terms_seq.0)?)
    .bind(mode)
    .bind(until)
    .bind(day)
    .execute(&mut *connection)
    .await?;
    replace_access(connection, record).await
}

/// Whether no thread has this number yet.
///
/// # Errors
/// The database's.
pub(in super::super) async fn is_number_free(
    connection: &mut Connection,
    number: i64,
) -> Result<bool, RequestError> {
    let taken =
        sqlx::query("SELECT 1 FROM thread WHERE number = ?").bind(number).fetch_optional(connection).await?;
    Ok(taken.is_none())
}

/// Writes the handshake head.
///
/// # Errors
/// The database's.
pub(in super::super) async fn set_head(
    connection: &mut Connection,
    record: &ThreadRecord,
) -> Result<(), RequestError> {
    sqlx::query("UPDATE thread SET handshake_head = ? WHERE number = ?")
        .bind(to_stored(record.handshake_head.0)?)
        .bind(record.number)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes terms, mode flag and access rows.
///
/// # Errors
/// The database's.
pub(in super::super) async fn set_terms(
    connection: &mut Connection,
    record: &ThreadRecord,
) -> Result<(), RequestError> {
    let (mode, until) = mode_to(record.mode)?;
    sqlx::query("UPDATE thread SET terms_seq = ?, mode = ?, mode_until = ? WHERE number = ?")
        .bind(to_stored(record.terms_seq.0)?)
        .bind(mode)
        .bind(until)
        .bind(record.number)
        .execute(&mut *connection)
        .await?;
    replace_access(connection, record).await
}

/// Makes the access rows those of the record.
///
/// # Errors
/// The database's.
pub(in super::super) async fn replace_access(
    connection: &mut Connection,
    record: &ThreadRecord,
) -> Result<(), RequestError> {
    sqlx::query("DELETE FROM access WHERE thread = ?").bind(record.number).execute(&mut *connection).await?;
    for (row_key, has_replied) in &record.access {
        sqlx::query("INSERT INTO access (thread, row_key, has_replied) VALUES (?, ?, ?)")
            .bind(record.number)
            .bind(row_key.as_slice())
            .bind(i64::from(*has_replied))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Remembers that an account has replied since the mode was set.
///
/// # Errors
/// The database's.
pub(in super::super) async fn set_replied(
    connection: &mut Connection,
    number: i64,
    row_key: &RowKey,
) -> Result<(), RequestError> {
    sqlx::query("UPDATE access SET has_replied = 1 WHERE thread = ? AND row_key = ?")
        .bind(number)
        .bind(row_key.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a reader has to know of a thread that it has access to.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Readable {
    /// Where its envelopes lie.
    pub(in super::super) number: i64,
    /// The last place that retention has removed.
    pub(in super::super) pruned_through: Seq,
    /// The place of the newest envelope.
    pub(in super::super) last: Seq,
}

/// Which of these threads the access rows open, in the order asked.
///
/// # Errors
/// The database's.
pub(in super::super) async fn readable(
    readers: &Readers,
    wanted: &[(ThreadId, RowKey)],
) -> Result<Vec<Option<Readable>>, RequestError> {
    let mut found = HashMap::new();
    for (room, piece) in in_statements(wanted) {
        let mut sql = String::from("WITH wanted (id, row_key) AS (VALUES (?, ?)");
        sql.push_str(&", (?, ?)".repeat(room.saturating_sub(1)));
        sql.push_str(
            ") SELECT thread.id, number, pruned_through, (SELECT max(place) FROM envelope
                WHERE place BETWEEN number << 32 AND (number << 32) + 4294967295)
            FROM wanted CROSS JOIN thread ON thread.id = wanted.id
            CROSS JOIN access ON access.thread = thread.number AND access.row_key = wanted.row_key",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (thread, row_key) in piece {
            query = query.bind(thread.as_bytes().as_slice()).bind(row_key.as_slice());
        }
        for row in query.fetch_all(readers).await? {
            let thread = ThreadId::from_slice(row.try_get(0)?).ok_or(RequestError::Damaged("a thread id"))?;
            let pruned_through = Seq(from_stored(row.try_get(2)?)?);
            let last = row.try_get::<Option<i64>, _>(3)?.map_or(Seq::START, seq_of).max(pruned_through);
            found.insert(thread, Readable { number: row.try_get(1)?, pruned_through, last });
        }
    }
    Ok(wanted.iter().map(|(thread, _)| found.get(thread).copied()).collect())
}

/// The bounds of a thread's places, both included.
pub(in super::super) fn places(number: i64) -> Result<(i64, i64), RequestError> {
    let first = place_of(number, Seq::START)?;
    Ok((first, first.saturating_add((1 << SEQ_BITS) - 1)))
}

fn mode_to(mode: AnswerMode) -> Result<(i64, Option<i64>), RequestError> {
    Ok(match mode {
        AnswerMode::Open => (0, None),
        AnswerMode::OneReply => (1, None),
        AnswerMode::Until(deadline) => (2, Some(to_stored(deadline.0)?)),
        AnswerMode::NoReply => (3, None),
        AnswerMode::Closed => (4, None),
    })
}

fn mode_from(mode: i64, until: Option<i64>) -> Result<AnswerMode, RequestError> {
    match (mode, until) {
        (0, None) => Ok(AnswerMode::Open),
        (1, None) => Ok(AnswerMode::OneReply),
        (2, Some(deadline)) => Ok(AnswerMode::Until(UnixSeconds(from_stored(deadline)?))),
        (3, None) => Ok(AnswerMode::NoReply),
        (4, None) => Ok(AnswerMode::Closed),
        _ => Err(RequestError::Damaged("an answer mode")),
    }
}
