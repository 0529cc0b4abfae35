//! The relay's SQL: SQLite with one writing connection and a few reading ones.
//!
//! | table | module |
//! |---|---|
//! | `thread`, `access` | [`threads`] |
//! | `envelope` | [`envelopes`] |
//! | `account` | [`accounts`] |
//! | `inbox`, `inbox_item` | [`inboxes`] |
//! | `key_package` | [`key_packages`] |
//! | `blob` | [`blobs`] |
//! | none: the chunks of blobs, as files | [`chunks`] |
//! | all, by age | [`retention`] |
//! | all, as an operator may see them | [`inventory`] |
//!
//! Nothing here decides; what is written was granted by policy above.

pub(super) mod accounts;
pub(super) mod blobs;
pub(super) mod choke;
pub(super) mod chunks;
pub(super) mod envelopes;
pub(super) mod inboxes;
pub(super) mod inventory;
pub(super) mod key_packages;
pub(super) mod retention;
pub(super) mod threads;

use std::path::{Path, PathBuf};
use std::time::Duration;

use colloque_schemas::point::Points;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlSafeStr};

use super::error::{RequestError, StartError};
use choke::{Connection, Readers};

/// Name of the database file in the data folder.
pub(super) const DATABASE_FILE: &str = "relay.db";

/// Reading connections: Sync pages and sign-ins, beside the one writer.
const READERS: u32 = 2;
/// Bytes of a page of a new database. Larger than SQLite's 4 KiB: a page then holds a dozen messages, and a batch writes fewer.
const PAGE_BYTES: u32 = 16 * 1024;
/// Pages of WAL after which a commit moves them to the database.
const CHECKPOINT_PAGES: &str = "2000";
/// Page cache of a connection; negative is KiB, as SQLite has it.
const WRITER_CACHE: &str = "-32768";
const READER_CACHE: &str = "-2048";
/// How long a connection waits for a lock that another holds, which only a checkpoint does for long.
const BUSY: Duration = Duration::from_secs(5);

/// The open database.
pub(super) struct Store {
    /// For the writer task alone.
    pub(super) writer: Connection,
    /// For everyone.
    pub(super) readers: Readers,
}

impl Store {
    /// Opens, creates and migrates the database in this folder.
    ///
    /// # Errors
    /// [`StartError`], each with what to do.
    pub(super) async fn open(data: &Path, points: &Points) -> Result<Self, StartError> {
        let file = data.join(DATABASE_FILE);
        let path = file.display().to_string();
        let failed = |cause| database_error(data, cause);
        let writing = options(&file).create_if_missing(true).pragma("cache_size", WRITER_CACHE);
        let mut writer = Connection::open(writing, points).await.map_err(failed)?;
        writer.migrate(&migrator()).await.map_err(|cause| match cause {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StartError::NewerDatabase(path.clone())
            }
            MigrateError::Execute(cause) => failed(cause),
            cause => StartError::Migration { path: path.clone(), cause },
        })?;
        let reading = options(&file).read_only(true).pragma("cache_size", READER_CACHE);
        let readers = Readers::open(reading, READERS, points).await.map_err(failed)?;
        Ok(Self { writer, readers })
    }
}

/// Why the relay does not start on what the database of this folder says.
pub(super) fn database_error(data: &Path, cause: sqlx::Error) -> StartError {
    StartError::Database { path: data.join(DATABASE_FILE).display().to_string(), cause }
}

/// Opens the database of this folder for reading, without changing anything: for an inventory beside a running relay.
///
/// # Errors
/// [`StartError::Database`].
pub(super) async fn open_to_read(data: &Path) -> Result<(Connection, PathBuf), StartError> {
    let file = data.join(DATABASE_FILE);
    let failed = |cause| database_error(data, cause);
    let connection = Connection::open(options(&file).read_only(true), &Points::default()).await;
    Ok((connection.map_err(failed)?, file))
}

/// What holds for every connection. FULL is what makes an acknowledgement durable in WAL mode; `secure_delete`
/// overwrites what is deleted; `trusted_schema` off, because a schema needs no functions of ours.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// The migrations in order, compiled in.
fn migrator() -> Migrator {
    let log = include_str!("../../../migrations/relay/0001_log.sql");
    let log = Migration::new(1, "log".into(), MigrationType::Simple, log.into_sql_str(), false);
    let blobs = include_str!("../../../migrations/relay/0002_blobs.sql");
    let blobs = Migration::new(2, "blobs".into(), MigrationType::Simple, blobs.into_sql_str(), false);
    let ids = include_str!("../../../migrations/relay/0003_recent_ids.sql");
    let ids = Migration::new(3, "recent ids".into(), MigrationType::Simple, ids.into_sql_str(), false);
    let incarnation = include_str!("../../../migrations/relay/0004_incarnation.sql");
    let incarnation =
        Migration::new(4, "incarnation".into(), MigrationType::Simple, incarnation.into_sql_str(), false);
    Migrator::with_migrations(vec![log, blobs, ids, incarnation])
}

/// Empties the WAL file into the database, so that no copy of what was deleted stays in it.
///
/// # Errors
/// The database's.
pub(super) async fn truncate_wal(writer: &mut Connection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(writer).await.map(drop)
}

/// Closes the writing connection in good order.
///
/// # Errors
/// The database's.
pub(super) async fn close(mut writer: Connection) -> Result<(), sqlx::Error> {
    truncate_wal(&mut writer).await?;
    writer.close().await
}

/// SQLite's integers are signed.
pub(super) fn to_stored(number: u64) -> Result<i64, RequestError> {
    i64::try_from(number).map_err(|_| RequestError::Damaged("a number does not fit"))
}

/// The way back.
pub(super) fn from_stored(number: i64) -> Result<u64, RequestError> {
    u64::try_from(number).map_err(|_| RequestError::Damaged("a negative number"))
}

/// Rows of one statement at most.
pub(super) const STATEMENT_ROWS: usize = 256;

/// Cuts rows into pieces of at most [`STATEMENT_ROWS`], each with the rows that its statement has room for: a power of two,
/// so that there are few different statements and all stay prepared. What is not bound is NULL, which statements skip.
pub(super) fn in_statements<T>(rows: &[T]) -> impl Iterator<Item = (usize, &[T])> {
    rows.chunks(STATEMENT_ROWS).map(|piece| (piece.len().next_power_of_two(), piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_statements_each_with_room_for_its_rows() {
        let rows: Vec<u32> = (0..343).collect();
        let pieces: Vec<_> = in_statements(&rows).map(|(room, piece)| (room, piece.len())).collect();
        assert_eq!(pieces, [(256, 256), (128, 87)]);
        assert!(in_statements(&rows).flat_map(|(_, piece)| piece).eq(&rows));
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_named_as_such() {
        let data = tempfile::tempdir().unwrap();
        let mut store = Store::open(data.path(), &Points::default()).await.unwrap();
        sqlx::query("UPDATE _sqlx_migrations SET version = version + 997")
            .execute(&mut store.writer)
            .await
            .unwrap();
        drop(store);
        assert!(matches!(
            Store::open(data.path(), &Points::default()).await,
            Err(StartError::NewerDatabase(_))
        ));
    }

    #[tokio::test]
    async fn what_is_no_database_is_refused_and_left_as_it_is() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(DATABASE_FILE);
        let text = "not a database ".repeat(400);
        std::fs::write(&file, &text).unwrap();
        assert!(matches!(
            Store::open(data.path(), &Points::default()).await,
            Err(StartError::Database { .. })
        ));
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }
}
