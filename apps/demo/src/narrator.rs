//! What the tour prints: numbered steps, sentences, commands with their real output, and what was checked.

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};

use crate::arguments::Language;
use crate::layout::{command, elided, quoted, shortened, without_qr, wrapped};

/// Before all that commands print. The client's own lines are up to 76 wide.
const OUTPUT_INDENT: &str = "    ";
/// Lines of a long output that are shown at each end.
const KEPT_LINES: usize = 7;

const BOLD: &str = "\u{1b}[1m";
const GREEN: &str = "\u{1b}[32m";
const PLAIN: &str = "\u{1b}[0m";

/// Tells the tour on standard output.
pub(crate) struct Narrator {
    language: Language,
    is_colored: bool,
    steps: usize,
    facts: Cell<usize>,
}

/// A text in both languages.
pub(crate) type Both<'a> = (&'a str, &'a str);

impl Narrator {
    /// Color is for terminals, and not where `NO_COLOR` is set (no-color.org).
    pub(crate) fn new(language: Language) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { language, is_colored: io::stdout().is_terminal() && !refused, steps: 0, facts: Cell::new(0) }
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// The one of two texts, English first, that is in the language of the tour.
    pub(crate) const fn pick<'a>(&self, (english, french): Both<'a>) -> &'a str {
        match self.language {
            Language::En => english,
            Language::Fr => french,
        }
    }

    /// A line as it is.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        self.put(text, "")
    }

    /// The title of the next step.
    pub(crate) fn step(&mut self, title: Both<'_>) -> io::Result<()> {
        self.steps += 1;
        self.line("")?;
        self.put(&format!("{}. {}", self.steps, self.pick(title)), BOLD)
    }

    /// A title without a number.
    pub(crate) fn title(&self, text: &str) -> io::Result<()> {
        self.put(text, BOLD)
    }

    /// How many facts were checked.
    pub(crate) const fn facts(&self) -> usize {
        self.facts.get()
    }

    /// How many steps there were.
    pub(crate) const fn steps(&self) -> usize {
        self.steps
    }

    /// A paragraph.
    pub(crate) fn say(&self, text: Both<'_>) -> io::Result<()> {
        wrapped(self.pick(text), "   ", "   ").iter().try_for_each(|line| self.line(line))
    }

    /// A command that `who` types, with its standard input from a file if one is named.
    pub(crate) fn command(&self, who: &str, words: &[&str], input: Option<&str>) -> io::Result<()> {
        let mut parts: Vec<String> = Vec::new();
        for word in words {
            let word = quoted(&shortened(word));
            match parts.last_mut() {
                // An option and its value stay on one line.
                Some(option)
                    if option.starts_with("--") && !option.contains(' ') && !word.starts_with('-') =>
                {
                    option.push(' ');
                    option.push_str(&word);
                }
                _ => parts.push(word),
            }
        }
        parts.extend(input.map(|file| format!("< {file}")));
        self.line("")?;
        command(&format!("   {who} $"), &parts).iter().try_for_each(|line| self.put(line, BOLD))
    }

    /// What a command printed; the middle of a long text is only counted.
    pub(crate) fn output(&self, text: &str) -> io::Result<()> {
        // What does not fit goes on below, further in than where its line began.
        let fitted = |line: &str| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            wrapped(&shortened(line), OUTPUT_INDENT, &format!("{OUTPUT_INDENT}{:1$}", "", blanks + 2))
        };
        let text = without_qr(text.trim_end(), self.pick(("[its QR code]", "[son code QR]")));
        let lines: Vec<String> = text.lines().flat_map(fitted).collect();
        let between = |count: usize| {
            self.pick((&format!("    [… {count} more lines]"), &format!("    [… encore {count} lignes]")))
                .to_owned()
        };
        let keep = if lines.len() > MANY_LINES { KEPT_LINES } else { lines.len() };
        elided(lines, keep, between).iter().try_for_each(|line| self.line(line))
    }

    /// Something that this program did itself, without a command.
    pub(crate) fn did(&self, text: Both<'_>) -> io::Result<()> {
        self.line("")?;
        wrapped(self.pick(text), "   > ", "     ").iter().try_for_each(|line| self.line(line))
    }

    /// What that led to.
    pub(crate) fn outcome(&self, text: Both<'_>) -> io::Result<()> {
        wrapped(self.pick(text), "    ", "      ").iter().try_for_each(|line| self.line(line))
    }

    /// Something that was checked just now and holds.
    pub(crate) fn checked(&self, text: Both<'_>) -> io::Result<()> {
        self.facts.set(self.facts.get() + 1);
        wrapped(self.pick(text), "   ✓ ", "     ").iter().try_for_each(|line| self.put(line, GREEN))
    }

    fn put(&self, line: &str, style: &str) -> io::Result<()> {
        let mut output = io::stdout().lock();
        if self.is_colored && !style.is_empty() {
            writeln!(output, "{style}{line}{PLAIN}")?;
        } else {
            writeln!(output, "{line}")?;
        }
        output.flush()
    }
}

/// More lines than this are shown only in part.
const MANY_LINES: usize = 24;
