//! What a cut of power leaves: of the databases of a program, everything that was written and not synced is gone.
//!
//! What was done is read from the notes of [`Under::noting`](crate::under::Under::noting). Only writes of SQLite are
//! looked at (`pwrite64`); that a file was renamed, cut or removed is taken as durable.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// What is found where something is lost.
const LOST: u8 = 0xa5;

/// A place in a file, and how many bytes were written there.
type Written = (u64, usize);

/// Overwrites what was not synced, and says how many bytes that is, and how many syncs there were.
///
/// # Panics
/// If the notes cannot be read.
pub fn cut(notes: &Path) -> (usize, usize) {
    let notes = fs::read_to_string(notes).expect("the notes of strace");
    let (unsynced, syncs) = unsynced(&notes);
    let mut lost = 0;
    for (path, writes) in unsynced {
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
        let length = file.metadata().expect("a file").len();
        for (offset, bytes) in writes {
            let bytes = bytes.min(usize::try_from(length.saturating_sub(offset)).expect("a short file"));
            file.write_all_at(&vec![LOST; bytes], offset).expect("a file that can be written");
            lost += bytes;
        }
    }
    (lost, syncs)
}

fn unsynced(notes: &str) -> (HashMap<PathBuf, Vec<Written>>, usize) {
    let mut unsynced: HashMap<PathBuf, Vec<Written>> = HashMap::new();
    // A sync that has begun: of which file, and how many writes it is for.
    let mut syncing: HashMap<&str, (PathBuf, usize)> = HashMap::new();
    let mut syncs = 0;
    for line in notes.lines() {
        let (thread, call) = line.split_once(' ').expect("the thread first");
        let call = call.trim_start();
        let file = || PathBuf::from(call.split(['<', '>']).nth(1).expect("a file"));
        if call.starts_with("pwrite64(") {
            // As in `pwrite64(11</folder/file>, ""..., 4096, 8224) = 4096`.
            let given = call.split_once("\"...").expect("bytes").1;
            let mut numbers = given.split([',', ')', ' ', '<']).filter_map(|number| number.parse().ok());
            let (bytes, offset): (u64, u64) =
                (numbers.next().expect("a length"), numbers.next().expect("a place"));
            let written = (offset, usize::try_from(bytes).expect("a short write"));
            unsynced.entry(file()).or_default().push(written);
        } else if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
            let file = file();
            let writes = unsynced.get(&file).map_or(0, Vec::len);
            syncing.insert(thread, (file, writes));
        }
        let is_sync = call.starts_with('f') || (call.starts_with("<...") && call.contains("sync resumed"));
        // strace says so of a call that it has held up.
        if is_sync && call.trim_end_matches(" (DELAYED)").ends_with("= 0") {
            let (file, writes) = syncing.remove(thread).expect("a sync that had begun");
            unsynced.entry(file).or_default().drain(..writes);
            syncs += 1;
        }
    }
    (unsynced, syncs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_after_the_beginning_of_the_last_sync_is_lost() {
        let notes = "7 pwrite64(3</a/x.db>, \"\"..., 10, 0) = 10\n\
                     7 fsync(3</a/x.db>) = 0 (DELAYED)\n\
                     7 pwrite64(3</a/x.db>, \"\"..., 20, 10) = 20\n\
                     7 fdatasync(3</a/x.db> <unfinished ...>\n\
                     8 pwrite64(4</a/x.db>, \"\"..., 30, 30 <unfinished ...>\n\
                     7 <... fdatasync resumed>) = 0\n\
                     8 <... pwrite64 resumed>) = 30\n\
                     8 fsync(4</a/x.db>) = -1 EIO (Input/output error)\n";
        let (lost, syncs) = unsynced(notes);
        assert_eq!((lost[Path::new("/a/x.db")].clone(), syncs), (vec![(30, 30)], 2));
    }
}
