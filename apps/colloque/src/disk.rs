//! Files that the app itself writes, for its user alone: each is there whole or not at all, whenever the program ends.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use colloque_schemas::point::{Point, Points};

/// A file that has all its content, on the disk, and not its name yet. Dropped without one, it goes away.
pub(crate) struct Draft {
    path: PathBuf,
    points: Points,
}

impl Draft {
    /// Writes what is to be at `path`, beside it. Replaces what a crash left there.
    ///
    /// # Errors
    ///
    /// Whatever the system, or `fill`, says; nothing is left then.
    pub(crate) fn write(
        points: &Points,
        path: &Path,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        let draft = Self { path: path.with_file_name(format!(".{name}.colloque")), points: points.clone() };
        draft.remove()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = change(points, || options.open(&draft.path))?;
        change(points, || fill(&mut file))?;
        change(points, || file.sync_all())?;
        Ok(draft)
    }

    /// Gives it a name that nothing has.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`; whatever else the system says.
    pub(crate) fn place(&self, path: &Path) -> io::Result<()> {
        match change(&self.points, || fs::hard_link(&self.path, path)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every disk has links.
            Err(_) if fs::symlink_metadata(path).is_ok() => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => change(&self.points, || fs::rename(&self.path, path))?,
            Ok(()) => {}
        }
        self.keep(path)
    }

    /// Gives it a name, in place of what had it.
    ///
    /// # Errors
    ///
    /// Whatever the system says.
    pub(crate) fn replace(&self, path: &Path) -> io::Result<()> {
        change(&self.points, || fs::rename(&self.path, path))?;
        self.keep(path)
    }

    /// A name is durable once its folder is; only unix can sync one.
    fn keep(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if cfg!(unix) { change(&self.points, || File::open(folder)?.sync_all()) } else { Ok(()) }
    }

    fn remove(&self) -> io::Result<()> {
        change(&self.points, || match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It has its name, or is in the way of nothing but the next try, which removes it.
        let _ = self.remove();
    }
}

/// Makes a folder for its user alone, or leaves it as it is.
///
/// # Errors
///
/// Whatever the system says.
pub(crate) fn private_folder(points: &Points, folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    change(points, || builder.create(folder))
}

/// What the app does to the disk goes through here.
fn change<T>(points: &Points, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    points.pass(Point::File, io::Error::other, act)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use colloque_schemas::point::{Cut, Moment, Watch};

    use super::*;

    /// Ends the program at the moment of this number.
    struct Fuse {
        passed: AtomicUsize,
        target: usize,
    }

    impl Watch for Fuse {
        fn at(&self, _: Moment) -> Result<(), Cut> {
            if self.passed.fetch_add(1, Ordering::Relaxed) < self.target { Ok(()) } else { Err(Cut) }
        }
    }

    /// Does this with the program ended at each moment in turn, and then once more; says after each what is there.
    fn walk(write: impl Fn(&Points, &Path) -> io::Result<()>, check: impl Fn(Option<&str>)) -> usize {
        for target in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.txt");
            let points = Points::watched_by(Arc::new(Fuse { passed: AtomicUsize::new(0), target }));
            let ended = write(&points, &path).is_err();
            check(fs::read_to_string(&path).ok().as_deref());
            let again = write(&Points::default(), &path);
            assert!(again.is_ok() || again.unwrap_err().kind() == io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
            if !ended {
                return target;
            }
        }
        unreachable!("it ends")
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all_whenever_the_program_ends() {
        let whole = |found: Option<&str>| assert!(found.is_none_or(|found| found == "whole"));
        let fill = |file: &mut File| file.write_all(b"whole");
        let placed = walk(|points, path| Draft::write(points, path, fill)?.place(path), whole);
        let replaced = walk(|points, path| Draft::write(points, path, fill)?.replace(path), whole);
        assert!(placed >= 12 && replaced >= 12);
    }

    #[test]
    fn a_new_file_is_placed_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        fs::write(&path, "first").unwrap();
        let points = Points::default();
        let draft = Draft::write(&points, &path, |file| file.write_all(b"second")).unwrap();
        assert_eq!(draft.place(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        drop(draft);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
