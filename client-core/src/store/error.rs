//! What can go wrong with the local store, by what a person or the embedding app can do about it.

use std::io;

use rusqlite::ErrorCode;

/// SQLite's general error code, and its message when nothing more is known.
const SQLITE_ERROR: i32 = 1;
const UNSPECIFIC: &str = "SQL logic error";

/// Why the local store did not do what it was asked.
///
/// Carries no path, no key and no row content, so that it can be logged as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store in this folder: create one, or correct the folder.
    #[error("there is no store in this folder")]
    Missing,
    /// There is already a store in this folder: open it instead.
    #[error("there is already a store in this folder")]
    AlreadyExists,
    /// The passphrase does not open the key file, which is itself intact: ask again.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The raw key does not open the database. SQLCipher cannot tell this from a damaged first page.
    #[error("the key does not open this store")]
    WrongKey,
    /// Another process, or another part of this one, has the store open: close it there first.
    #[error("the store is already open elsewhere")]
    InUse,
    /// Present but unreadable, which is never treated as absent: restore it, or set this device up again.
    #[error("the store is damaged: {0}")]
    Corrupt(Damage),
    /// Written by a newer program: update this one.
    #[error("the store has version {found}, newer than {supported}: update this program")]
    NewerVersion {
        /// Version found in the file.
        found: u32,
        /// Newest version that this program reads.
        supported: u32,
    },
    /// No space left: nothing was written. Free some and try again.
    #[error("no space left on the disk of the store")]
    DiskFull,
    /// The operating system refused: permissions, a failing or missing disk.
    #[error("the store cannot be reached: {0}")]
    Io(io::ErrorKind),
    /// SQLite gave up: memory ran out, or SQLCipher met a damaged page earlier and serves nothing since.
    /// Close the store, open it again and run `Store::check`, which tells the two apart.
    #[error("the store stopped working and must be opened again")]
    Stopped,
    /// The unit of work was rolled back by SQLite before it could be committed: drop it and begin again.
    #[error("the unit of work is no longer open")]
    UnitLost,
    /// A value did not encode: a bug.
    #[error("a value for the store does not encode")]
    Encode,
    /// A statement that writes was given to a read view: a bug.
    #[error("a read view was asked to write")]
    NotReadOnly,
    /// SQLite refused for a reason that only a programmer can mend: a bug.
    #[error("the store refused a statement")]
    Sqlite(#[source] rusqlite::Error),
}

/// Which part of a store is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The database is there, its key file is not.
    #[error("the key file is missing")]
    KeyFileMissing,
    /// The key file is not as it was written.
    #[error("the key file is unreadable")]
    KeyFile,
    /// A page of the database fails its checks.
    #[error("the database is unreadable")]
    Database,
    /// A row is readable but does not decode as what it should be.
    #[error("a row of the database is unreadable")]
    Row,
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            kind => Self::Io(kind),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match &error {
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..) => Self::Corrupt(Damage::Row),
            E::SqliteFailure(failure, message) => match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::InUse,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(Damage::Database),
                ErrorCode::OutOfMemory => Self::Stopped,
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                    Self::Io(io::ErrorKind::PermissionDenied)
                }
                ErrorCode::CannotOpen => Self::Io(io::ErrorKind::NotFound),
                ErrorCode::SystemIoFailure => Self::Io(io::ErrorKind::Other),
                // What SQLCipher says after a page failed its HMAC. A faulty statement has the same code, and
                // says what is wrong.
                ErrorCode::Unknown
                    if failure.extended_code == SQLITE_ERROR
                        && message.as_deref().is_none_or(|m| m == UNSPECIFIC) =>
                {
                    Self::Corrupt(Damage::Database)
                }
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}
