//! The local encrypted store: one SQLCipher database in one folder, open in one place at a time.
//!
//! [`Store::begin`] opens a [`UnitOfWork`], the only way to change anything; [`Store::read`] lends a
//! [`ReadView`], which cannot.
//!
//! ```text
//! let mut unit = store.begin()?;
//! let savepoint = unit.savepoint()?;
//! let provider = Provider::new(&crypto, savepoint.sql());
//! //  MlsGroup::load, process_message, the rules, merge
//! savepoint.keep()?;              // or discard(), and the refusal is all that is written
//! unit.sql().execute(...)?;       // message row, log hash, cursor
//! unit.commit()?;
//! ```

mod choke;
mod connection;
mod error;
mod files;
mod folder;
mod key;
mod key_file;
mod migrations;
mod unit;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use colloque_schemas::point::{Point, Points};
use rand_core::CryptoRngCore;

pub use choke::{Connection, Statement};
pub use error::{Damage, StoreError};
pub(crate) use files::Files;
pub use folder::Location;
pub(crate) use folder::Unfinished;
pub use key::{KeySource, Passphrase, STORE_KEY_BYTES, StoreKey};
pub(crate) use unit::check_open;
pub use unit::{ReadView, Savepoint, UnitOfWork};
pub(crate) use words::{forget_words, index_words};

use folder::Folder;

/// An open store. Dropping it closes it and lets another process open it.
pub struct Store {
    // Closed before the lock is let go: fields are dropped in this order.
    connection: Connection,
    files: Files,
    points: Points,
    _lock: File,
}

/// Starts SQLite and its cryptography on the calling thread.
///
/// For a program that also opens databases on threads that it cannot join, as those of sqlx are: it calls this first in
/// `main`. OpenSSL frees what it keeps for a thread when that thread ends, and again when the process does. A thread that
/// did not start it, and decrypts nothing, has nothing there.
///
/// # Errors
///
/// `Io` and others of SQLite.
pub fn start() -> Result<(), StoreError> {
    Ok(Connection::open_in_memory().map(drop)?)
}

impl Store {
    /// Makes a store in `folder`, which is created if absent and made private to its owner.
    ///
    /// Atomic: after a crash there is either no store, and `create` works again, or a whole one.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, `InUse`, `DiskFull`, `Io`.
    pub fn create(
        location: impl Into<Location>,
        source: &KeySource,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, StoreError> {
        let folder = Folder::new(location.into());
        folder.create()?;
        let lock = folder.lock()?;
        if fs::exists(folder.database())? {
            return Err(StoreError::AlreadyExists);
        }
        let key = match source {
            KeySource::Raw(key) => {
                folder.remove_if_there(&folder.key_file())?;
                key.clone()
            }
            KeySource::Passphrase(passphrase) => {
                let key = StoreKey::generate(rng);
                let sealed = key_file::seal(&key, passphrase, key_file::COST, rng)?;
                folder.write(&folder.key_file(), &sealed)?;
                key
            }
        };
        // The database comes last: its name is what makes the store exist.
        let (unfinished, _) = folder.start(&folder.database())?;
        connection::create(&unfinished, &key, folder.points())?;
        folder.finish(&unfinished, &folder.database())?;
        Self::on(connection::open(&folder.database(), &key, folder.points()), &folder, lock)
    }

    /// Whether there is a store in `folder`. What cannot be looked at counts as there: nothing is made over it.
    pub fn exists(folder: &Path) -> bool {
        fs::exists(Folder::new(folder.into()).database()).unwrap_or(true)
    }

    /// Opens the store in `folder` and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// `Missing`, `InUse`, `WrongPassphrase` or `WrongKey`, `Corrupt`, `NewerVersion`, `DiskFull`, `Io`.
    pub fn open(location: impl Into<Location>, source: &KeySource) -> Result<Self, StoreError> {
        let folder = Folder::new(location.into());
        if !fs::exists(folder.database())? {
            return Err(StoreError::Missing);
        }
        let lock = folder.lock()?;
        let opened = match source {
            KeySource::Raw(key) => {
                connection::open(&folder.database(), key, folder.points()).map_err(|error| match error {
                    StoreError::Corrupt(Damage::Database) => StoreError::WrongKey,
                    error => error,
                })
            }
            KeySource::Passphrase(passphrase) => {
                let key = key_file::open(&read_key_file(&folder)?, passphrase)?;
                connection::open(&folder.database(), &key, folder.points())
            }
        };
        Self::on(opened, &folder, lock)
    }

    fn on(
        connection: Result<Connection, StoreError>,
        folder: &Folder,
        lock: File,
    ) -> Result<Self, StoreError> {
        let (files, points) = (Files::of(folder), folder.points().clone());
        Ok(Self { connection: connection?, files, points, _lock: lock })
    }

    /// Reads one state of the store. The result counts only once this returns: what was read is verified
    /// last.
    ///
    /// # Errors
    ///
    /// What `read` says, and `Corrupt` when anything that it was shown was damaged.
    pub fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(ReadView<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        unit::read(&self.connection, read)
    }

    /// Begins a change. The exclusive borrow is what makes it the only one.
    ///
    /// # Errors
    ///
    /// `DiskFull`, `Io`, `Corrupt`.
    pub fn begin(&mut self) -> Result<UnitOfWork<'_>, StoreError> {
        UnitOfWork::begin(&self.connection)
    }

    /// Whoever watches what this store and its client do.
    pub(crate) fn points(&self) -> &Points {
        &self.points
    }

    /// A frame that goes to the authority.
    ///
    /// # Errors
    /// Only where a store is watched, and its program ended here.
    pub(crate) fn hand_over(&self, frame: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.points.pass(Point::Send, |cut| io::Error::other(cut).into(), || Ok(frame))
    }

    /// Files of ciphertext beside the database.
    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// Reads the whole store and verifies every page and every index. Takes time in proportion to its size.
    ///
    /// # Errors
    ///
    /// `Corrupt` when anything does not verify.
    pub fn check(&self) -> Result<(), StoreError> {
        connection::check(&self.connection)
    }

    /// Moves the write-ahead log into the database and empties it, so that what was deleted is gone from the
    /// disk as well. For idle moments, and after erasing something on request.
    ///
    /// # Errors
    ///
    /// `DiskFull`, `Io`.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        connection::checkpoint(&self.connection)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Store(..)")
    }
}

fn read_key_file(folder: &Folder) -> Result<Vec<u8>, StoreError> {
    folder::read_at_most(&folder.key_file(), key_file::KEY_FILE_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::Corrupt(Damage::KeyFileMissing),
        _ => error.into(),
    })
}
