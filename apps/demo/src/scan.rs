//! Looking for known bytes in all files of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a folder's files hold, read once.
pub(crate) struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    /// All files under these folders, and these files.
    pub(crate) fn read(paths: &[PathBuf]) -> io::Result<Self> {
        let mut files = Vec::new();
        let mut waiting = paths.to_vec();
        while let Some(path) = waiting.pop() {
            if fs::metadata(&path)?.is_dir() {
                for entry in fs::read_dir(&path)? {
                    waiting.push(entry?.path());
                }
            } else {
                files.push((path.clone(), fs::read(&path)?));
            }
        }
        files.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self(files))
    }

    /// Their names and lengths, in order.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = (&Path, usize)> {
        self.0.iter().map(|(path, content)| (path.as_path(), content.len()))
    }

    /// How often these bytes occur in them.
    pub(crate) fn occurrences(&self, bytes: &[u8]) -> usize {
        self.0.iter().map(|(_, content)| occurrences(content, bytes)).sum()
    }
}

fn occurrences(content: &[u8], bytes: &[u8]) -> usize {
    if bytes.is_empty() {
        return 0;
    }
    content.windows(bytes.len()).filter(|window| *window == bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_in_every_file_of_a_folder_and_of_those_within() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("within")).unwrap();
        fs::write(folder.path().join("a"), "xx needle needle").unwrap();
        fs::write(folder.path().join("within/b"), [b"\xff\x00needle".as_slice(), b"\xfe"].concat()).unwrap();
        let files = Files::read(&[folder.path().to_owned()]).unwrap();
        assert_eq!(files.occurrences(b"needle"), 3);
        assert_eq!(files.occurrences(b"needles"), 0);
        assert_eq!(files.lengths().map(|(_, length)| length).collect::<Vec<_>>(), [16, 9]);
    }

    #[test]
    fn nothing_is_found_nowhere() {
        assert_eq!(occurrences(b"abc", b""), 0);
        assert_eq!(occurrences(b"", b"abc"), 0);
    }
}
