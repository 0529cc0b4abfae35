//! The folder of a store: its files, their permissions, the lock, and writes that survive a power cut.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use colloque_schemas::point::{Point, Points};

use super::error::StoreError;

/// Suffix of a file that is being made: not part of a store until it is renamed.
const UNFINISHED: &str = "new";

/// Where a store is. By default nobody watches what is done there.
#[derive(Clone, Debug)]
pub struct Location {
    folder: PathBuf,
    points: Points,
}

impl Location {
    /// A folder in which every choke point is told to whoever watches these.
    #[must_use]
    pub fn watched(folder: &Path, points: Points) -> Self {
        Self { folder: folder.to_owned(), points }
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Location {
    fn from(folder: &P) -> Self {
        Self::watched(folder.as_ref(), Points::default())
    }
}

/// Where the files of one store are.
#[derive(Clone)]
pub(super) struct Folder(Location);

impl Folder {
    pub(super) fn new(location: Location) -> Self {
        Self(location)
    }

    /// A folder in this one.
    pub(super) fn inner(&self, name: &str) -> Self {
        Self(Location::watched(&self.0.folder.join(name), self.0.points.clone()))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0.folder
    }

    /// Whoever watches.
    pub(super) fn points(&self) -> &Points {
        &self.0.points
    }

    /// Changes a file or folder.
    fn change<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.0.points.pass(Point::File, io::Error::other, act)
    }

    /// The unfinished name of `target`.
    pub(super) fn unfinished(target: &Path) -> PathBuf {
        target.with_added_extension(UNFINISHED)
    }

    /// The SQLCipher database. The store exists exactly when this file does: it is renamed last.
    pub(super) fn database(&self) -> PathBuf {
        self.path().join("store.db")
    }

    /// The sealed key.
    pub(super) fn key_file(&self) -> PathBuf {
        self.path().join("store.key")
    }

    /// Makes the folder, or tightens one that is there: for its owner only.
    pub(super) fn create(&self) -> io::Result<()> {
        let path = self.path();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        self.change(|| builder.create(path))?;
        #[cfg(unix)]
        self.change(|| fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700)))?;
        // So that a power cut cannot take the folder away with a store already in it.
        #[cfg(unix)]
        if let Some(parent) = fs::canonicalize(path)?.parent() {
            self.change(|| File::open(parent)?.sync_all())?;
        }
        Ok(())
    }

    /// Holds the store for one owner, as long as the file is open; the system lets go when a process dies.
    ///
    /// # Errors
    ///
    /// `InUse` when another process, or this one, holds it.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        let mut options = OpenOptions::new();
        let options = private(options.write(true).create(true).truncate(false));
        let file = self.change(|| options.open(self.path().join("store.lock")))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// An empty file, for its owner only, under the unfinished name of `target`. Replaces what a crash left
    /// there.
    pub(super) fn start(&self, target: &Path) -> io::Result<(PathBuf, Unfinished)> {
        let unfinished = Self::unfinished(target);
        self.remove_if_there(&unfinished)?;
        self.remove_if_there(&unfinished.with_added_extension("wal"))?;
        let file = self.open(&unfinished, OpenOptions::new().write(true).create_new(true))?;
        Ok((unfinished, file))
    }

    /// The unfinished file of `target` as it was left, or an empty one; to read and to write.
    pub(super) fn resume(&self, target: &Path) -> io::Result<Unfinished> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        self.open(&Self::unfinished(target), &mut options)
    }

    fn open(&self, path: &Path, options: &mut OpenOptions) -> io::Result<Unfinished> {
        let file = self.change(|| private(options).open(path))?;
        Ok(Unfinished { file, points: self.0.points.clone() })
    }

    /// Gives an unfinished file its name, durably.
    pub(super) fn finish(&self, unfinished: &Path, target: &Path) -> io::Result<()> {
        self.change(|| File::open(unfinished)?.sync_all())?;
        self.change(|| fs::rename(unfinished, target))?;
        // A rename is durable once its folder is; only unix can sync one.
        #[cfg(unix)]
        self.change(|| File::open(self.path())?.sync_all())?;
        Ok(())
    }

    /// Writes a small file whole or not at all.
    pub(super) fn write(&self, target: &Path, content: &[u8]) -> io::Result<()> {
        let (unfinished, mut file) = self.start(target)?;
        file.write_all(content)?;
        drop(file);
        self.finish(&unfinished, target)
    }

    /// Removes a file that may be absent.
    pub(super) fn remove_if_there(&self, path: &Path) -> io::Result<()> {
        self.change(|| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }
}

/// A file that is being written.
pub(crate) struct Unfinished {
    file: File,
    points: Points,
}

impl Unfinished {
    /// Goes on from here: what is behind is cut off.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn go_on_from(&mut self, bytes: u64) -> io::Result<()> {
        self.points.pass(Point::File, io::Error::other, || self.file.set_len(bytes))?;
        self.file.seek(SeekFrom::Start(bytes)).map(drop)
    }
}

impl io::Read for Unfinished {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl io::Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.points.pass(Point::File, io::Error::other, || self.file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
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

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
