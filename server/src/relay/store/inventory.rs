//! What the relay stores, as an operator may see it: tables, rows, bytes. Contents stay where they are.

use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};

use super::super::error::StartError;
use super::choke::Connection;
use super::{DATABASE_FILE, open_to_read};

/// Each table, what it holds in a few words, and the bytes of one row's columns that vary in length.
const TABLES: [(&str, &str, &str); 8] = [
    ("thread", "random id, mode, newest handshake", "length(id)"),
    ("access", "who reaches a thread: keyed hashes", "length(row_key)"),
    ("envelope", "encrypted messages in padded sizes", "length(payload) + coalesce(length(idempotency), 0)"),
    ("account", "device lists: keyed hash, sealed", "length(row_key) + length(sealed)"),
    ("inbox", "counters: keyed hash", "length(device)"),
    ("inbox_item", "unread Welcomes: keyed hash, sealed", "length(device) + length(sealed)"),
    ("key_package", "KeyPackages: keyed hash, sealed", "length(device) + length(sealed)"),
    ("blob", "encrypted documents: keyed hash, padded size", "length(row_key) + size"),
];

/// What the relay stores.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Inventory {
    /// The tables.
    pub tables: Vec<TableInventory>,
    /// The database file and its companions.
    pub files: Vec<FileInventory>,
}

/// One table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TableInventory {
    /// Its name.
    pub table: &'static str,
    /// What it holds, in a few words.
    pub holds: &'static str,
    /// How many rows.
    pub rows: i64,
    /// Bytes of ids, keyed hashes and contents.
    pub bytes: i64,
}

/// One file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileInventory {
    /// Its name in the data folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
}

impl Inventory {
    /// Counts what the database of this folder holds. A relay may be running.
    ///
    /// # Errors
    /// [`StartError::Database`].
    pub async fn take(data: &Path) -> Result<Self, StartError> {
        let tables = with_connection(data, count).await?;
        let files = ["", "-wal", "-shm"].into_iter().filter_map(|suffix| {
            let file = format!("{DATABASE_FILE}{suffix}");
            let bytes = std::fs::metadata(data.join(&file)).ok()?.len();
            Some(FileInventory { file, bytes })
        });
        Ok(Self { tables, files: files.collect() })
    }

    /// SHA-256 over every column of every row, whatever order the rows lie in: equal as long as nothing was stored,
    /// changed or removed. A relay may be running.
    ///
    /// # Errors
    /// [`StartError::Database`].
    pub async fn digest(data: &Path) -> Result<Vec<u8>, StartError> {
        with_connection(data, digest).await
    }
}

/// Reads something and closes the database, whatever came of it.
async fn with_connection<T>(
    data: &Path,
    read: impl AsyncFnOnce(&mut Connection) -> sqlx::Result<T>,
) -> Result<T, StartError> {
    let (mut connection, path) = open_to_read(data).await?;
    let read = read(&mut connection).await;
    let closed = connection.close().await;
    let failed = |cause| StartError::Database { path: path.display().to_string(), cause };
    read.and_then(|read| closed.map(|()| read)).map_err(failed)
}

async fn count(connection: &mut Connection) -> sqlx::Result<Vec<TableInventory>> {
    let mut tables = Vec::with_capacity(TABLES.len());
    for (table, holds, bytes) in TABLES {
        // All of it from the constants above.
        let sql = AssertSqlSafe(format!("SELECT count(*), coalesce(sum({bytes}), 0) FROM {table}"));
        let row = sqlx::query(sql).fetch_one(&mut *connection).await?;
        tables.push(TableInventory { table, holds, rows: row.try_get(0)?, bytes: row.try_get(1)? });
    }
    Ok(tables)
}

async fn digest(connection: &mut Connection) -> sqlx::Result<Vec<u8>> {
    let mut context = Context::new(&SHA256);
    for (table, ..) in TABLES {
        let columns = "SELECT group_concat('quote(' || name || ')') FROM pragma_table_info(?)";
        let columns: String = sqlx::query_scalar(columns).bind(table).fetch_one(&mut *connection).await?;
        // Names from the constants above and from the schema.
        let sql = AssertSqlSafe(format!("SELECT concat_ws('|', {columns}) FROM {table} ORDER BY 1"));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await?;
        for row in rows {
            context.update(format!("{table}|{row}\n").as_bytes());
        }
    }
    Ok(context.finish().as_ref().to_vec())
}
