//! What counts the choke points of a program, and ends it at one of them.
//!
//! Ended means as by SIGKILL: the files stay as they are at that moment, which a copy is made of, and nothing that is done
//! afterwards has an effect. The memory is the test's to drop.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use colloque_schemas::point::{Cut, Moment, Points, Watch};
use sha2::{Digest as _, Sha256};

/// The fuse of one program, which writes in one folder.
pub struct Fuse {
    folder: PathBuf,
    /// Where the folder is copied to when the program is ended.
    copy: PathBuf,
    /// How much has been made durable or sent, by anybody.
    effects: Effects,
    state: Mutex<State>,
}

/// Counts what has been made durable or sent, by all programs that have it.
pub type Effects = Arc<AtomicUsize>;

/// A moment at which a program could have been ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passed {
    /// Which.
    pub moment: Moment,
    /// What had been made durable or sent until then, by anybody.
    effects: usize,
    /// A digest of what the program would have left.
    left: [u8; 32],
}

impl Passed {
    /// Whether being ended here is being ended there: the same files, and nobody has done anything in between.
    pub fn leaves_what(&self, earlier: &Self) -> bool {
        (self.effects, self.left) == (earlier.effects, earlier.left)
    }
}

#[derive(Default)]
struct State {
    is_armed: bool,
    is_paused: bool,
    /// The moment at which it burns.
    target: Option<usize>,
    passed: Vec<Passed>,
    has_burnt: bool,
}

impl Fuse {
    /// Of a program in this folder. What is done before it is armed is not counted.
    pub fn new(folder: &Path, copy: &Path, effects: &Effects) -> Arc<Self> {
        let (folder, copy, effects) = (folder.to_owned(), copy.to_owned(), Arc::clone(effects));
        Arc::new(Self { folder, copy, effects, state: Mutex::default() })
    }

    /// What the program is given.
    pub fn points(self: &Arc<Self>) -> Points {
        Points::watched_by(Arc::<Self>::clone(self))
    }

    /// Counts from here on, and ends the program at the moment of this number.
    pub fn arm(&self, target: Option<usize>) {
        *self.state() = State { is_armed: true, target, ..State::default() };
    }

    /// Does not count what the test itself looks at.
    pub fn pause(&self, is_paused: bool) {
        self.state().is_paused = is_paused;
    }

    /// The moments that were passed while it was armed.
    pub fn passed(&self) -> Vec<Passed> {
        self.state().passed.clone()
    }

    /// Whether the program was ended.
    pub fn has_burnt(&self) -> bool {
        self.state().has_burnt
    }

    /// What the program left.
    pub fn left(&self) -> &Path {
        assert!(self.has_burnt(), "the program was ended");
        &self.copy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

impl Watch for Fuse {
    fn at(&self, moment: Moment) -> Result<(), Cut> {
        let mut state = self.state();
        if state.has_burnt {
            return Err(Cut);
        }
        if matches!(moment, Moment::After(_)) {
            self.effects.fetch_add(1, Ordering::Relaxed);
        }
        if state.is_armed && !state.is_paused {
            let number = state.passed.len();
            let (effects, mut left) = (self.effects.load(Ordering::Relaxed), Sha256::new());
            if state.target.is_none() {
                digest_folder(&self.folder, &mut left);
            }
            state.passed.push(Passed { moment, effects, left: left.finalize().into() });
            if state.target == Some(number) {
                copy_folder(&self.folder, &self.copy);
                state.has_burnt = true;
                return Err(Cut);
            }
        }
        Ok(())
    }
}

/// All that is in a folder, but for the shared memory of SQLite, which the first to open a database makes anew.
fn digest_folder(folder: &Path, digest: &mut Sha256) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            digest_folder(&path, digest);
        } else if !path.to_string_lossy().ends_with("-shm") {
            digest.update(path.to_string_lossy().as_bytes());
            digest.update(fs::read(&path).expect("a file"));
        }
    }
}

/// Copies a folder with all that is in it; one that is not there leaves none.
pub fn copy_folder(from: &Path, to: &Path) {
    let Ok(entries) = fs::read_dir(from) else { return };
    fs::create_dir_all(to).expect("a folder");
    for entry in entries {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
