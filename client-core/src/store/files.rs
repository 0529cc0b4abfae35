//! Files beside the database, for ciphertext that is too large for it. Their names are random; what they are and how to
//! open them is in the database only.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::folder::{Folder, Unfinished};

/// Name of their folder in the profile.
const FOLDER: &str = "documents";

/// The files of one store.
#[derive(Clone)]
pub(crate) struct Files(Folder);

impl Files {
    pub(super) fn of(profile: &Folder) -> Self {
        Self(profile.inner(FOLDER))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// An empty file that is not finished. Replaces an unfinished one.
    pub(crate) fn create(&self, name: &str) -> io::Result<Unfinished> {
        self.0.create()?;
        Ok(self.0.start(&self.path(name))?.1)
    }

    /// An unfinished file as it was left, or an empty one; to read and to write.
    pub(crate) fn resume(&self, name: &str) -> io::Result<Unfinished> {
        self.0.create()?;
        self.0.resume(&self.path(name))
    }

    /// Makes an unfinished file a whole one, durably.
    pub(crate) fn finish(&self, name: &str) -> io::Result<()> {
        let target = self.path(name);
        self.0.finish(&Folder::unfinished(&target), &target)
    }

    /// A whole file, to read.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        File::open(self.path(name))
    }

    /// Removes a file, finished or not, that may be absent.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let file = self.path(name);
        self.0.remove_if_there(&Folder::unfinished(&file))?;
        self.0.remove_if_there(&file)
    }

    /// Removes whole files and unfinished ones of any other names than these: what a crash left behind.
    pub(crate) fn keep_only(&self, whole: &HashSet<String>, unfinished: &HashSet<String>) -> io::Result<()> {
        let entries = match fs::read_dir(self.0.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let unfinished: HashSet<PathBuf> =
            unfinished.iter().map(|name| Folder::unfinished(&self.path(name))).collect();
        for entry in entries {
            let path = entry?.path();
            let is_whole =
                path.file_name().and_then(|name| name.to_str()).is_some_and(|name| whole.contains(name));
            if !is_whole && !unfinished.contains(&path) {
                // What cannot be removed is in nobody's way.
                let _ = self.0.remove_if_there(&path);
            }
        }
        Ok(())
    }
}
