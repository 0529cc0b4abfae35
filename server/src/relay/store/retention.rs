//! What is older than the relay keeps.

use colloque_schemas::id::ThreadId;
use sqlx::Row;

use super::super::error::RequestError;
use super::choke::Connection;
use super::envelopes::seq_of;
use super::threads::places;
use super::to_stored;

/// Removes inbox items and KeyPackages from before this day.
///
/// # Errors
/// The database's.
pub(in super::super) async fn prune_device_rows(
    connection: &mut Connection,
    before_day: i64,
) -> Result<(), RequestError> {
    for statement in ["DELETE FROM inbox_item WHERE day < ?", "DELETE FROM key_package WHERE day < ?"] {
        sqlx::query(statement).bind(before_day).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes the envelopes from before this day of up to `threads` threads, and says which these were. None are left
/// when it returns none.
///
/// # Errors
/// The database's.
pub(in super::super) async fn prune_logs(
    connection: &mut Connection,
    before_day: i64,
    threads: i64,
) -> Result<Vec<ThreadId>, RequestError> {
    let candidates =
        sqlx::query("SELECT number, id FROM thread WHERE oldest_day < ? ORDER BY oldest_day LIMIT ?")
            .bind(before_day)
            .bind(threads)
            .fetch_all(&mut *connection)
            .await?;
    let mut pruned = Vec::with_capacity(candidates.len());
    for row in &candidates {
        prune_log(connection, row.try_get(0)?, before_day).await?;
        pruned.push(ThreadId::from_slice(row.try_get(1)?).ok_or(RequestError::Damaged("a thread id"))?);
    }
    Ok(pruned)
}

/// Days grow with places, but for a clock that was set back: the log is cut after the last old envelope before the
/// first that is not.
async fn prune_log(connection: &mut Connection, number: i64, before_day: i64) -> Result<(), RequestError> {
    let (first, last) = places(number)?;
    let kept = sqlx::query(
        "SELECT place, day FROM envelope WHERE place BETWEEN ? AND ? AND day >= ? ORDER BY place LIMIT 1",
    )
    .bind(first)
    .bind(last)
    .bind(before_day)
    .fetch_optional(&mut *connection)
    .await?;
    let (end, oldest_day) = match &kept {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        // Empty now: looked at again when this day has passed too, as envelopes may follow.
        None => (last.saturating_add(1), before_day),
    };
    let through: Option<i64> = sqlx::query("SELECT max(place) FROM envelope WHERE place >= ? AND place < ?")
        .bind(first)
        .bind(end)
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    sqlx::query("DELETE FROM envelope WHERE place >= ? AND place < ?")
        .bind(first)
        .bind(end)
        .execute(&mut *connection)
        .await?;
    let through = through.map_or(Ok(0), |place| to_stored(seq_of(place).0))?;
    sqlx::query("UPDATE thread SET pruned_through = max(pruned_through, ?), oldest_day = ? WHERE number = ?")
        .bind(through)
        .bind(oldest_day)
        .bind(number)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
