//! Looks for what must not be found: planted texts, names and ids in files and logs, in each form that a leak may have.

use std::path::Path;

/// What is looked for, with a name for the report.
#[derive(Default)]
pub struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    /// A text, as it is.
    pub fn text(&mut self, text: &str) {
        self.0.push((text.to_owned(), text.as_bytes().to_vec()));
    }

    /// An id or key: its bytes, in hexadecimal, and as Rust's `Debug` writes bytes.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let debug = format!("{bytes:?}");
        let debug = debug.trim_matches(['[', ']']).as_bytes().to_vec();
        self.0.push((name.to_owned(), bytes.to_vec()));
        self.0.push((format!("{name} in hexadecimal"), hex.clone().into_bytes()));
        self.0.push((format!("{name} in upper case"), hex.to_uppercase().into_bytes()));
        self.0.push((format!("{name} as Debug"), debug));
    }

    /// Which of them occur.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        let mut found = vec![false; self.0.len()];
        // Any needle that begins in a stretch so long has all of this end of the stretch within.
        let window = self.0.iter().map(|(_, needle)| needle.len()).min().unwrap_or_default();
        assert!(self.0.is_empty() || window >= PAIR, "too short to look for");
        let skips = self.skips(window);
        let mut at = 0;
        while let Some(stretch) = haystack.get(at..at + window).filter(|_| window > 0) {
            let skip = skips[pair(&stretch[window - PAIR..])];
            if skip == 0 {
                let occurring = self.0.iter().zip(&mut found);
                occurring.for_each(|((_, needle), found)| *found |= haystack[at..].starts_with(needle));
            }
            at += usize::from(skip.max(1));
        }
        let all = self.0.iter().zip(found);
        all.filter(|(_, found)| *found).map(|((name, _), _)| name.as_str()).collect()
    }

    /// How far after a stretch that ends in these two bytes the next needle can begin, at the earliest: megabytes are
    /// looked through for dozens of needles, most of it by looking at two bytes of a stretch (Wu and Manber, 1994).
    fn skips(&self, window: usize) -> Vec<u8> {
        let short = |skip: usize| u8::try_from(skip).unwrap_or(u8::MAX);
        let mut skips = vec![short((window + 1).saturating_sub(PAIR)); 1 << 16];
        for (_, needle) in &self.0 {
            for (at, bytes) in needle[..window].windows(PAIR).enumerate() {
                let skip = &mut skips[pair(bytes)];
                *skip = (*skip).min(short(window - PAIR - at));
            }
        }
        skips
    }

    /// Which of them occur in which file of a folder, except in files of these names.
    pub fn found_in_folder(&self, folder: &Path, except: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                found.extend(self.found_in_folder(&path, except));
            } else if !except.contains(&name.as_str()) {
                let bytes = std::fs::read(&path).expect("a file that can be read");
                found.extend(self.found_in(&bytes).iter().map(|canary| format!("{name}: {canary}")));
            }
        }
        found
    }
}

/// Bytes that are looked at to go on.
const PAIR: usize = 2;

/// Two bytes as a number.
fn pair(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// Whether a sequence of bytes occurs in another.
pub fn occurs(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
