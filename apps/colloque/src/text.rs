//! The text of a message, or an invitation: from an argument, a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use colloque_schemas::limits::TEXT_MAX_BYTES;

use crate::failure::Failure;

/// Where a text comes from. `-` as the argument or the file is standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    Argument(&'a str),
    File(&'a Path),
    StandardInput,
}

impl<'a> Source<'a> {
    /// As given by an argument and `--file`, of which there is at most one.
    pub(crate) fn of(argument: Option<&'a str>, file: Option<&'a Path>) -> Self {
        match (argument, file) {
            (Some("-"), _) | (None, None) => Self::StandardInput,
            (Some(text), _) => Self::Argument(text),
            (None, Some(path)) if path == Path::new("-") => Self::StandardInput,
            (None, Some(path)) => Self::File(path),
        }
    }

    /// The text, without blanks and line ends after it.
    ///
    /// # Errors
    ///
    /// `TextEmpty`, `TextTooLong`, `NotText`, `FileUnreadable`.
    pub(crate) fn message(self, input: &mut dyn Read) -> Result<String, Failure> {
        checked(&self.read(input)?)
    }

    /// The text as it is, read only as far as shows that it is too long.
    ///
    /// # Errors
    ///
    /// `TextTooLong`, `NotText`, `FileUnreadable`.
    pub(crate) fn read(self, input: &mut dyn Read) -> Result<String, Failure> {
        match self {
            Self::Argument(text) => Ok(text.to_owned()),
            Self::File(path) => {
                let mut file =
                    File::open(path).map_err(|error| Failure::FileUnreadable(path.to_owned(), error))?;
                limited(&mut file, path)
            }
            Self::StandardInput => limited(input, Path::new("-")),
        }
    }
}

/// The text of a form, which ends its lines with CR LF (HTML, section 4.10.21.7).
///
/// # Errors
///
/// `TextEmpty`, `TextTooLong`.
pub(crate) fn of_form(text: &str) -> Result<String, Failure> {
    checked(&text.replace("\r\n", "\n"))
}

/// The text of a form beside so many documents: beside any it may be empty.
///
/// # Errors
///
/// As [`of_form`].
pub(crate) fn beside(documents: usize, text: &str) -> Result<String, Failure> {
    if documents > 0 && text.trim().is_empty() { Ok(String::new()) } else { of_form(text) }
}

/// A text that fits a message, without blanks and line ends after it.
fn checked(text: &str) -> Result<String, Failure> {
    let text = text.trim_end();
    if text.trim_start().is_empty() {
        return Err(Failure::TextEmpty);
    }
    if text.len() > TEXT_MAX_BYTES {
        return Err(Failure::TextTooLong);
    }
    Ok(text.to_owned())
}

fn limited(reader: &mut dyn Read, path: &Path) -> Result<String, Failure> {
    // Twice as much as fits: blanks at the end are not counted, yet nothing is read without end.
    let most = 2 * TEXT_MAX_BYTES;
    let mut bytes = Vec::new();
    let unreadable = |error: io::Error| Failure::FileUnreadable(path.to_owned(), error);
    reader.take(most as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > most {
        return Err(Failure::TextTooLong);
    }
    String::from_utf8(bytes).map_err(|_| Failure::NotText)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn piped(bytes: &[u8]) -> Result<String, Failure> {
        Source::StandardInput.message(&mut &bytes[..])
    }

    #[test]
    fn a_text_comes_from_an_argument_a_file_or_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        fs::write(&path, "from a file\n\n").unwrap();
        let of = |argument, file| Source::of(argument, file).message(&mut &b"from a pipe\r\n"[..]).ok();
        assert_eq!(of(Some("an argument"), None).as_deref(), Some("an argument"));
        assert_eq!(of(None, Some(path.as_path())).as_deref(), Some("from a file"));
        for (argument, file) in [(Some("-"), None), (None, None), (None, Some(Path::new("-")))] {
            assert_eq!(of(argument, file).as_deref(), Some("from a pipe"));
        }
    }

    #[test]
    fn an_empty_and_an_over_long_text_are_told_apart_at_the_exact_byte() {
        assert!(matches!(piped(b" \n\t\n"), Err(Failure::TextEmpty)));
        assert!(piped(&vec![b'a'; TEXT_MAX_BYTES]).is_ok());
        assert!(matches!(piped(&vec![b'a'; TEXT_MAX_BYTES + 1]), Err(Failure::TextTooLong)));
        assert!(matches!(Source::StandardInput.message(&mut io::repeat(b'a')), Err(Failure::TextTooLong)));
    }

    #[test]
    fn bytes_that_are_no_text_and_a_file_that_is_not_there_say_so() {
        assert!(matches!(piped(&[0xff, 0xfe]), Err(Failure::NotText)));
        let missing = Source::File(Path::new("/nonexistent/text")).message(&mut io::empty());
        assert!(matches!(missing, Err(Failure::FileUnreadable(..))));
    }
}
