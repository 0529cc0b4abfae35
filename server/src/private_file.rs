//! Files that nobody but the server's user may read, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use colloque_schemas::point::{Point, Points};

/// Owner may read and write; nobody else anything.
const PRIVATE_MODE: u32 = 0o600;
/// As [`PRIVATE_MODE`], and everyone may read.
const PUBLIC_MODE: u32 = 0o644;

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is there already. Keys are never overwritten.
    #[error("{} exists already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Others on this machine could read the secret.
    #[error("{} can be read by others on this machine: run `chmod 600 {}`", .0.display(), .0.display())]
    Readable(PathBuf),
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// What was to be written or read.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl FileError {
    /// What the system said about this file.
    pub fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }

    /// Whether the file is simply not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound)
    }
}

/// Creates a file of mode 0600. After a crash it is there completely or not at all.
///
/// # Errors
/// [`FileError::Exists`] if there is one of this name; [`FileError::Io`].
pub fn create_private(points: &Points, path: &Path, contents: &[u8]) -> Result<(), FileError> {
    create(points, path, contents, PRIVATE_MODE)
}

/// Creates a file of mode 0644, as [`create_private`] does.
///
/// # Errors
/// As [`create_private`].
pub fn create_public(points: &Points, path: &Path, contents: &[u8]) -> Result<(), FileError> {
    create(points, path, contents, PUBLIC_MODE)
}

/// Reads a file that only its owner can read, of at most `limit_bytes`.
///
/// # Errors
/// [`FileError::Readable`] if group or others have any right to it; [`FileError::Io`].
pub fn read_private(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, FileError> {
    let metadata = fs::metadata(path).map_err(|cause| FileError::io(path, cause))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(FileError::Readable(path.to_owned()));
    }
    if metadata.len() > limit_bytes {
        return Err(FileError::io(
            path,
            io::Error::new(io::ErrorKind::InvalidData, "far too long for what it is"),
        ));
    }
    fs::read(path).map_err(|cause| FileError::io(path, cause))
}

fn create(points: &Points, path: &Path, contents: &[u8], mode: u32) -> Result<(), FileError> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.draft", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = write_and_link(points, path, &draft, contents, mode);
    // The draft has done its work, or a failed one is in the way of the next try.
    let _ = change(points, || fs::remove_file(&draft));
    written.map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
        _ => FileError::io(path, cause),
    })
}

/// A link, unlike a rename, fails if the name is taken.
fn write_and_link(points: &Points, path: &Path, draft: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut file = change(points, || options.open(draft))?;
    change(points, || file.set_permissions(fs::Permissions::from_mode(mode)))?;
    change(points, || file.write_all(contents))?;
    change(points, || file.sync_all())?;
    change(points, || fs::hard_link(draft, path))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    change(points, || File::open(folder)?.sync_all())
}

/// Changes a file or folder: what the servers do to the disk goes through here.
///
/// # Errors
/// What the system says.
pub(crate) fn change<T>(points: &Points, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    points.pass(Point::File, io::Error::other, act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_private_complete_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create_private(&Points::default(), &path, b"first").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(create_private(&Points::default(), &path, b"second"), Err(FileError::Exists(_))));
        assert_eq!(read_private(&path, 5).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create_private(&Points::default(), &path, b"x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read_private(&path, 5).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_file_longer_than_its_kind_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create_private(&Points::default(), &path, b"123456").unwrap();
        assert!(matches!(read_private(&path, 5), Err(FileError::Io { .. })));
    }
}
