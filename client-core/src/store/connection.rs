//! One SQLCipher connection, set up the same way each time.

use std::path::Path;

use colloque_schemas::point::Points;

use super::choke::Connection;
use super::error::{Damage, StoreError};
use super::key::StoreKey;
use super::migrations;

/// After the key, before the first read.
///
/// - `cipher_compatibility` pins SQLCipher 4's format: AES-256 with an HMAC-SHA512 on each page.
/// - `locking_mode` EXCLUSIVE also keeps the index of the write-ahead log in memory rather than in a file.
/// - `synchronous` FULL: a commit that returned survives a power cut.
/// - `secure_delete` overwrites what is deleted, `journal_size_limit` empties the log when it starts again:
///   forward secrecy needs used
///   keys to leave the disk.
/// - `temp_store` keeps intermediate results off the disk.
/// - `trusted_schema`: a doctored schema cannot call functions with side effects.
/// - `cipher_memory_security` stays off: it locks and wipes each allocation of SQLite, which makes loading a
///   group take twice as long,
///   while the same plaintext passes through memory outside SQLite. SQLCipher wipes its keys either way.
const SETTINGS: &str = "
    PRAGMA cipher_compatibility = 4;
    PRAGMA cipher_memory_security = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 0;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
";

/// Makes the schema in an empty file and closes it again, so that it stands in one file.
pub(super) fn create(path: &Path, key: &StoreKey, points: &Points) -> Result<(), StoreError> {
    Ok(open(path, key, points)?.close()?)
}

/// Opens a file that is there.
///
/// # Errors
///
/// `Corrupt` also when the key is not the file's, which SQLCipher cannot tell apart.
pub(super) fn open(path: &Path, key: &StoreKey, points: &Points) -> Result<Connection, StoreError> {
    let connection = Connection::open(path, points)?;
    // SQLCipher would write each failure to standard error, of which the caller gets a typed one.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    // rusqlite's error would carry the statement, and with it the key.
    connection.execute_batch(&key.pragma()).map_err(|_| StoreError::Corrupt(Damage::Database))?;
    connection.execute_batch(SETTINGS)?;
    connection.defend()?;
    migrations::migrate(&connection)?;
    Ok(connection)
}

/// Verifies the HMAC of every page in the file, then the structure.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let damaged = StoreError::Corrupt(Damage::Database);
    // One row for each page that fails.
    if connection.prepare_cached("PRAGMA cipher_integrity_check")?.exists([])? {
        return Err(damaged);
    }
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged) }
}

/// Empties the write-ahead log into the database.
pub(super) fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    let is_blocked: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_blocked { Err(StoreError::InUse) } else { Ok(()) }
}
