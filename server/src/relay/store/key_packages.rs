//! KeyPackages, sealed: their references would link an account to the Welcomes that name them.

use colloque_schemas::bytes::Opaque;
use sqlx::{Executor, Row, Sqlite};

use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::choke::Connection;

const LABEL: &[u8] = b"key package";

/// What the relay has of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Supply {
    /// One-time KeyPackages left.
    pub(in super::super) one_time: u32,
    /// Whether there is a last-resort one.
    pub(in super::super) has_last_resort: bool,
}

/// Counts a device's KeyPackages.
///
/// # Errors
/// The database's.
pub(in super::super) async fn supply<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    device: &RowKey,
) -> Result<Supply, RequestError> {
    let row = sqlx::query(
        "SELECT count(*) FILTER (WHERE is_last_resort = 0), count(*) FILTER (WHERE is_last_resort = 1)
         FROM key_package WHERE device = ?",
    )
    .bind(device.as_slice())
    .fetch_one(executor)
    .await?;
    let one_time = u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX);
    Ok(Supply { one_time, has_last_resort: row.try_get::<i64, _>(1)? > 0 })
}

/// Removes a device's whole supply.
///
/// # Errors
/// The database's.
pub(in super::super) async fn clear<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    device: &RowKey,
) -> Result<(), RequestError> {
    sqlx::query("DELETE FROM key_package WHERE device = ?").bind(device.as_slice()).execute(executor).await?;
    Ok(())
}

/// Adds a KeyPackage. One that the relay has already changes nothing.
///
/// # Errors
/// The database's.
pub(in super::super) async fn insert(
    connection: &mut Connection,
    blind: &Blind,
    device: &RowKey,
    key_package: &Opaque,
    is_last_resort: bool,
    day: i64,
) -> Result<(), RequestError> {
    let row_key = blind.key_package_row(device, key_package.as_slice());
    let sealed = blind.seal(&[LABEL, &row_key], key_package.as_slice().to_vec())?;
    sqlx::query(
        "INSERT INTO key_package (device, is_last_resort, row_key, day, sealed) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(device.as_slice())
    .bind(i64::from(is_last_resort))
    .bind(row_key.as_slice())
    .bind(day)
    .bind(sealed)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Takes one KeyPackage of a device: a one-time one, which is then gone, else the last resort, which stays.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn take(
    connection: &mut Connection,
    blind: &Blind,
    device: &RowKey,
) -> Result<Option<Opaque>, RequestError> {
    const ONE_TIME: &str = "DELETE FROM key_package WHERE device = ?1 AND is_last_resort = 0 AND row_key =
        (SELECT row_key FROM key_package WHERE device = ?1 AND is_last_resort = 0 ORDER BY row_key LIMIT 1)
        RETURNING row_key, sealed";
    const LAST_RESORT: &str =
        "SELECT row_key, sealed FROM key_package WHERE device = ? AND is_last_resort = 1";
    for statement in [ONE_TIME, LAST_RESORT] {
        let row = sqlx::query(statement).bind(device.as_slice()).fetch_optional(&mut *connection).await?;
        if let Some(row) = row {
            let key_package = blind.open(&[LABEL, row.try_get(0)?], row.try_get(1)?)?;
            return Ok(Some(key_package.into()));
        }
    }
    Ok(None)
}
