//! The only place that writes: results to one stream, everything said about them to the other.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::plain;

/// Where results and remarks go.
pub(crate) struct Output<'io> {
    results: &'io mut dyn Write,
    remarks: &'io mut dyn Write,
}

impl<'io> Output<'io> {
    /// Over two streams: standard output and standard error, or buffers in a test.
    pub(crate) fn new(results: &'io mut dyn Write, remarks: &'io mut dyn Write) -> Self {
        Self { results, remarks }
    }

    /// One line, or several, of the result.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.results, "{text}").and_then(|()| self.results.flush()).map_err(Failure::Output)
    }

    /// Lines of the result.
    pub(crate) fn lines(&mut self, lines: &[String]) -> Result<(), Failure> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// A result that is no text for a screen: as it is.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.results.write_all(bytes).and_then(|()| self.results.flush()).map_err(Failure::Output)
    }

    /// A line that is not part of the result. That it cannot be written changes nothing.
    pub(crate) fn remark(&mut self, text: &str) {
        let _: io::Result<()> = writeln!(self.remarks, "{text}").and_then(|()| self.remarks.flush());
    }

    /// A value on one line, for programs. Characters that a terminal acts on are escaped, so that their value is kept.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))?;
        self.line(&plain::json(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::is_deceptive;

    #[test]
    fn json_keeps_every_character_and_shows_none_that_a_terminal_acts_on() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{202e}\u{e0041}é";
        let (mut results, mut remarks) = (Vec::new(), Vec::new());
        Output::new(&mut results, &mut remarks).json(&hostile).unwrap();
        let written = String::from_utf8(results).unwrap();
        assert!(!written.trim_end().chars().any(is_deceptive), "{written:?}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), hostile);
    }
}
