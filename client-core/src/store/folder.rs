//! The folder of a store: its files, their permissions, the lock, and writes that survive a power cut.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// Suffix of a file that is being made: not part of a store until it is renamed.
const UNFINISHED: &str = "new";

/// Where the files of one store are.
#[derive(Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The unfinished name of `target`.
    pub(super) fn unfinished(target: &Path) -> PathBuf {
        target.with_added_extension(UNFINISHED)
    }

    /// The SQLCipher database. The store exists exactly when this file does: it is renamed last.
    pub(super) fn database(&self) -> PathBuf {
        self.0.join("store.db")
    }

    /// The sealed key.
    pub(super) fn key_file(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// Makes the folder, or tightens one that is there: for its owner only.
    pub(super) fn create(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)?;
        #[cfg(unix)]
        fs::set_permissions(&self.0, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        // So that a power cut cannot take the folder away with a store already in it.
        #[cfg(unix)]
        if let Some(parent) = fs::canonicalize(&self.0)?.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }

    /// Holds the store for one owner, as long as the file is open; the system lets go when a process dies.
    ///
    /// # Errors
    ///
    /// `InUse` when another process, or this one, holds it.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        let file = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(self.0.join("store.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// An empty file, for its owner only, under the unfinished name of `target`. Replaces what a crash left
    /// there.
    pub(super) fn start(&self, target: &Path) -> io::Result<(PathBuf, File)> {
        let unfinished = Self::unfinished(target);
        remove_if_there(&unfinished)?;
        remove_if_there(&unfinished.with_added_extension("wal"))?;
        let file = private(OpenOptions::new().write(true).create_new(true)).open(&unfinished)?;
        Ok((unfinished, file))
    }

    /// Gives an unfinished file its name, durably.
    pub(super) fn finish(&self, unfinished: &Path, target: &Path) -> io::Result<()> {
        File::open(unfinished)?.sync_all()?;
        fs::rename(unfinished, target)?;
        // A rename is durable once its folder is; only unix can sync one.
        #[cfg(unix)]
        File::open(&self.0)?.sync_all()?;
        Ok(())
    }

    /// Writes a small file whole or not at all.
    pub(super) fn write(&self, target: &Path, content: &[u8]) -> io::Result<()> {
        let (unfinished, mut file) = self.start(target)?;
        file.write_all(content)?;
        drop(file);
        self.finish(&unfinished, target)
    }
}

/// At most `bytes_max` + 1 bytes of a file, so that a longer one is seen to be longer and is never read
/// whole.
pub(super) fn read_at_most(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut content)?;
    Ok(content)
}

/// Removes a file that may be absent.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
