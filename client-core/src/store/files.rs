//! Files beside the database, for ciphertext that is too large for it. Their names are random; what they are and how to
//! open them is in the database only.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{Folder, private, remove_if_there};

/// Name of their folder in the profile.
const FOLDER: &str = "documents";

/// The files of one store.
#[derive(Clone)]
pub(crate) struct Files {
    path: PathBuf,
    folder: Folder,
}

impl Files {
    pub(super) fn of(profile: &Path) -> Self {
        let path = profile.join(FOLDER);
        Self { folder: Folder::new(&path), path }
    }

    /// An empty file that is not finished. Replaces an unfinished one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        self.folder.create()?;
        Ok(self.folder.start(&self.path.join(name))?.1)
    }

    /// An unfinished file as it was left, or an empty one; to read and to write.
    pub(crate) fn resume(&self, name: &str) -> io::Result<File> {
        self.folder.create()?;
        let unfinished = Folder::unfinished(&self.path.join(name));
        private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(unfinished)
    }

    /// Makes an unfinished file a whole one, durably.
    pub(crate) fn finish(&self, name: &str) -> io::Result<()> {
        let target = self.path.join(name);
        self.folder.finish(&Folder::unfinished(&target), &target)
    }

    /// A whole file, to read.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    /// Removes a file, finished or not, that may be absent.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let file = self.path.join(name);
        remove_if_there(&Folder::unfinished(&file))?;
        remove_if_there(&file)
    }

    /// Removes whole files and unfinished ones of any other names than these: what a crash left behind.
    pub(crate) fn keep_only(&self, whole: &HashSet<String>, unfinished: &HashSet<String>) -> io::Result<()> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let unfinished: HashSet<PathBuf> =
            unfinished.iter().map(|name| Folder::unfinished(&self.path.join(name))).collect();
        for entry in entries {
            let path = entry?.path();
            let is_whole =
                path.file_name().and_then(|name| name.to_str()).is_some_and(|name| whole.contains(name));
            if !is_whole && !unfinished.contains(&path) {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}
