//! What is known of each blob beside its chunks.

use colloque_schemas::blob::BlobSize;
use sqlx::{Executor, Row, Sqlite};

use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::choke::{Connection, Readers};
use super::{from_stored, to_stored};

/// Blobs removed in one go, so that nobody waits long for it.
const REMOVED_AT_ONCE: i64 = 16;

/// A blob's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct BlobRecord {
    /// How long it is, or will be.
    pub(in super::super) size: BlobSize,
    /// Whether every chunk is stored.
    pub(in super::super) is_whole: bool,
}

/// Reads a blob's row, if it was ever begun.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn load(
    readers: &Readers,
    blob: &RowKey,
) -> Result<Option<BlobRecord>, RequestError> {
    let row = sqlx::query("SELECT size, is_whole FROM blob WHERE row_key = ?")
        .bind(blob.as_slice())
        .fetch_optional(readers)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let size = size_from(row.try_get(0)?)?;
    Ok(Some(BlobRecord { size, is_whole: row.try_get::<i64, _>(1)? != 0 }))
}

fn size_from(stored: i64) -> Result<BlobSize, RequestError> {
    BlobSize::from_bytes(from_stored(stored)?).ok_or(RequestError::Damaged("the size of a blob"))
}

/// Begins a blob. False, and nothing done, if there is one of this name.
///
/// # Errors
/// The database's.
pub(in super::super) async fn insert(
    connection: &mut Connection,
    blob: &RowKey,
    size: BlobSize,
    day: i64,
) -> Result<bool, RequestError> {
    let done = sqlx::query(
        "INSERT INTO blob (row_key, size, day) VALUES (?, ?, ?) ON CONFLICT (row_key) DO NOTHING",
    )
    .bind(blob.as_slice())
    .bind(to_stored(size.bytes())?)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that every chunk of a blob is stored.
///
/// # Errors
/// The database's.
pub(in super::super) async fn set_whole(
    connection: &mut Connection,
    blob: &RowKey,
) -> Result<(), RequestError> {
    sqlx::query("UPDATE blob SET is_whole = 1 WHERE row_key = ?")
        .bind(blob.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Some blobs that were begun before `before_day`, or before `open_before_day` and are not whole. There are no others if
/// there are none.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn expired(
    readers: &Readers,
    before_day: i64,
    open_before_day: i64,
) -> Result<Vec<(RowKey, BlobSize)>, RequestError> {
    let rows = sqlx::query(
        "SELECT row_key, size FROM blob WHERE day < ?1
         UNION SELECT row_key, size FROM blob WHERE is_whole = 0 AND day < ?2 LIMIT ?3",
    )
    .bind(before_day)
    .bind(open_before_day)
    .bind(REMOVED_AT_ONCE)
    .fetch_all(readers)
    .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let key: &[u8] = row.try_get(0)?;
        let key = key.try_into().map_err(|_| RequestError::Damaged("the name of a blob"))?;
        Ok((key, size_from(row.try_get(1)?)?))
    };
    rows.iter().map(read).collect()
}

/// Forgets a blob whose chunks are gone.
///
/// # Errors
/// The database's.
pub(in super::super) async fn remove(connection: &mut Connection, blob: &RowKey) -> Result<(), RequestError> {
    sqlx::query("DELETE FROM blob WHERE row_key = ?").bind(blob.as_slice()).execute(connection).await?;
    Ok(())
}

/// Bytes of all blobs, those included that are still to come.
///
/// # Errors
/// The database's.
pub(in super::super) async fn total_bytes<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
) -> Result<u64, sqlx::Error> {
    let row = sqlx::query("SELECT coalesce(sum(size), 0) FROM blob").fetch_one(executor).await?;
    // A sum of positive numbers.
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}
