//! What goes wrong in the relay, and the one place that decides what of it a peer is told.

use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::rule::Denied;

use super::blind::Unreadable;
use super::store::chunks::ChunkError;

/// Seconds after which a device may try again what the relay could not take.
pub(super) const BUSY_RETRY_SECONDS: u32 = 2;
/// Seconds after which a device may try again what the relay had no room for.
pub(super) const STORAGE_RETRY_SECONDS: u32 = 600;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// The request is refused; the relay is well.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The database failed: the whole transaction is undone.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row is not what the relay wrote.
    #[error("a stored row is not readable: {0}")]
    Damaged(&'static str),
    /// A chunk could not be written or read.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// The relay is stopping and takes nothing more.
    #[error("stopping")]
    Stopping,
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RefusalCode> for RequestError {
    fn from(code: RefusalCode) -> Self {
        Self::Refused(Refusal::never(code))
    }
}

impl From<Denied> for RequestError {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.into())
    }
}

impl From<Unreadable> for RequestError {
    fn from(_: Unreadable) -> Self {
        Self::Damaged("sealed with another key")
    }
}

impl RequestError {
    /// What the peer is told: nothing but the closed list. Details go to the log.
    pub(super) fn to_refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            // The reading connections close first when the relay stops, and are few when everyone comes back at once.
            Self::Stopping | Self::Database(sqlx::Error::PoolClosed | sqlx::Error::PoolTimedOut) => {
                Refusal::after(RefusalCode::Busy, BUSY_RETRY_SECONDS)
            }
            Self::Chunk(ChunkError::Full) => Refusal::after(RefusalCode::StorageFull, STORAGE_RETRY_SECONDS),
            Self::Database(error) if is_full(error) => {
                Refusal::after(RefusalCode::StorageFull, STORAGE_RETRY_SECONDS)
            }
            Self::Database(_) | Self::Damaged(_) | Self::Chunk(ChunkError::Failed(_)) => {
                Refusal::after(RefusalCode::Internal, BUSY_RETRY_SECONDS)
            }
        }
    }
}

impl RequestError {
    /// Whether the disk did not do what it was asked, or gave back something else than it was given. What it says later is
    /// not to be believed: a sync that failed is reported once, and the next one succeeds without what was lost.
    pub(super) fn is_of_disk(&self) -> bool {
        const SQLITE_IOERR: u32 = 10;
        const SQLITE_CORRUPT: u32 = 11;
        const SQLITE_NOTADB: u32 = 26;
        matches!(self, Self::Database(error) if matches!(primary_code(error), Some(SQLITE_IOERR | SQLITE_CORRUPT | SQLITE_NOTADB)))
    }
}

/// Whether SQLite says that there is no room on its disk.
fn is_full(error: &sqlx::Error) -> bool {
    const SQLITE_FULL: u32 = 13;
    primary_code(error) == Some(SQLITE_FULL)
}

/// The primary result code of SQLite, without the bits that extend it.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    Some(code.parse::<u32>().ok()? & 0xff)
}

/// Why a relay that was serving ended on its own.
#[derive(Debug, thiserror::Error)]
#[error(
    "the disk of {0} failed, and nothing more is acknowledged: see the log, mend the disk, then start the relay again"
)]
pub struct DiskFailed(pub(super) String);

/// Why the relay does not start. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {path}: {cause}")]
    Folder {
        /// Which folder.
        path: String,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The bucket of blobs cannot be used as it is set up.
    #[cfg(feature = "s3")]
    #[error("cannot use the bucket {name}: {cause}; see the AWS_… variables of the environment")]
    Bucket {
        /// Which bucket.
        name: String,
        /// What is missing.
        cause: object_store::Error,
    },
    /// Another relay holds the data folder.
    #[error("the data folder {0} is in use by another relay: stop that one first")]
    InUse(String),
    /// The relay key cannot be read or made.
    #[error("cannot read or make the relay key: {0}")]
    RelayKey(String),
    /// The database cannot be opened.
    #[error("cannot open the database {path}: {cause}; if it is damaged, restore a copy")]
    Database {
        /// Which file.
        path: String,
        /// What SQLite says.
        cause: sqlx::Error,
    },
    /// A newer relay has used the database.
    #[error("the database {0} is of a newer version of colloque-relay: start that version")]
    NewerDatabase(String),
    /// The database cannot be brought to this version.
    #[error("cannot migrate the database {path}: {cause}")]
    Migration {
        /// Which file.
        path: String,
        /// What went wrong.
        cause: sqlx::migrate::MigrateError,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Cryptography,
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn a_full_disk_of_the_database_is_refused_as_such() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for statement in ["PRAGMA max_page_count = 2", "CREATE TABLE t (x)"] {
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
        let full = sqlx::query("INSERT INTO t VALUES (zeroblob(100000))").execute(&mut connection).await;
        let refusal = RequestError::from(full.unwrap_err()).to_refusal();
        assert_eq!(refusal, Refusal::after(RefusalCode::StorageFull, STORAGE_RETRY_SECONDS));
    }
}
