//! The passphrase of a profile: from a prompt or a file, never from an argument, which other users of the machine can see.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use colloque_client_core::Passphrase;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::words::{Words, key};

/// More than any passphrase has, so that a wrong file is not read whole.
const MAX_BYTES: u64 = 4096;

/// How often the person is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To open a profile.
    Once,
    /// To make one: a mistyped passphrase could never be typed again.
    Twice,
}

/// The passphrase in the file, or the one that the person types.
///
/// # Errors
///
/// `PassphraseEmpty`, `PassphrasesDiffer`, `PassphraseUnasked`, `PassphraseFileShared`, `FileUnreadable`, `NotText`.
pub(crate) fn obtained(file: Option<&Path>, asked: Asked, words: &Words) -> Result<Passphrase, Failure> {
    match file {
        Some(path) => of_file(path),
        None => typed(|text| rpassword::prompt_password(format!("{text} ")), asked, words),
    }
}

fn typed(
    mut prompt: impl FnMut(String) -> io::Result<String>,
    asked: Asked,
    words: &Words,
) -> Result<Passphrase, Failure> {
    let mut ask = |key| {
        let typed = prompt(words.say(key, &[])).map_err(|_| Failure::PassphraseUnasked)?;
        Ok::<_, Failure>(Zeroizing::new(typed))
    };
    let mut first = match asked {
        Asked::Once => ask(key!("prompt-passphrase"))?,
        Asked::Twice => ask(key!("prompt-passphrase-new"))?,
    };
    if first.is_empty() {
        return Err(Failure::PassphraseEmpty);
    }
    if asked == Asked::Twice && *ask(key!("prompt-passphrase-again"))? != *first {
        return Err(Failure::PassphrasesDiffer);
    }
    Ok(Passphrase::new(std::mem::take(&mut first)))
}

/// The first line of the file.
fn of_file(path: &Path) -> Result<Passphrase, Failure> {
    let unreadable = |error| Failure::FileUnreadable(path.to_owned(), error);
    let file = File::open(path).map_err(unreadable)?;
    if is_shared(&file).map_err(unreadable)? {
        return Err(Failure::PassphraseFileShared(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::NotText)?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Passphrase::new(line.to_owned())),
        _ => Err(Failure::PassphraseEmpty),
    }
}

/// Whether anyone but the owner of the file may read or write it. A pipe has no such rights to look at.
#[cfg(unix)]
fn is_shared(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata()?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::words::Language;

    fn typed_in_turn(answers: &[&str], asked: Asked) -> Result<Passphrase, Failure> {
        let mut answers = answers.iter();
        let prompt = |_| {
            answers
                .next()
                .map(|answer| (*answer).to_owned())
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        typed(prompt, asked, &Words::new(Language::English))
    }

    #[test]
    fn a_new_passphrase_is_typed_twice_alike_and_an_empty_one_is_refused() {
        assert!(typed_in_turn(&["right", "right"], Asked::Twice).is_ok());
        assert!(typed_in_turn(&["right"], Asked::Once).is_ok());
        assert!(matches!(typed_in_turn(&["right", "wrong"], Asked::Twice), Err(Failure::PassphrasesDiffer)));
        assert!(matches!(typed_in_turn(&["", ""], Asked::Twice), Err(Failure::PassphraseEmpty)));
        assert!(matches!(typed_in_turn(&[], Asked::Once), Err(Failure::PassphraseUnasked)));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_or_that_is_empty_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        let outcome = |content: &str, mode| {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            of_file(&path)
        };
        assert!(outcome("right\n", 0o600).is_ok());
        assert!(outcome("right\n", 0o400).is_ok());
        for mode in [0o640, 0o604, 0o660] {
            assert!(matches!(outcome("right\n", mode), Err(Failure::PassphraseFileShared(_))), "{mode:o}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert!(matches!(outcome("", 0o600), Err(Failure::PassphraseEmpty)));
        assert!(matches!(outcome("\nright", 0o600), Err(Failure::PassphraseEmpty)));
        assert!(matches!(of_file(&folder.path().join("none")), Err(Failure::FileUnreadable(..))));
    }
}
