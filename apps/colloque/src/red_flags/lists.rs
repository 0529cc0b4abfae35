//! The lists of phrases in `red-flags/*.txt`, read once. What their lines mean is told in `red-flags/README.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Category;
use super::tokens::tokens;
use super::vocabulary::{Vocabulary, Word};

pub(super) const SOURCES: [&str; 2] =
    [include_str!("../../red-flags/fr.txt"), include_str!("../../red-flags/en.txt")];

/// The phrases of both languages. A line that cannot be read is left out, and a test shows that there is none.
pub(super) static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::default();
    for source in SOURCES {
        let _ = lists.read(source);
    }
    lists
});

/// What the lines under a heading are for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Section {
    /// Signs.
    Flag(Category),
    /// Says that what follows, up to the next comma, is not so.
    Negation,
    /// Is no sign, although it has words of one.
    Denial,
    /// Says so of all that is enumerated after it.
    Exclusion,
    /// Joins the last of what is enumerated.
    Or,
    /// Says that what follows is feared, asked about or imagined.
    Supposition,
    /// Says of its sentence that it tells of the past.
    Past,
    /// Says of its sentence that it tells of now, even if it tells of the past as well.
    Now,
    /// Starts another thought: nothing before it changes what follows.
    Contrast,
    /// Starts another clause: no negation before it changes what follows.
    Subject,
    /// Words that are no typing error of other words of the lists.
    NoTypo,
}

impl Section {
    fn of(heading: &str) -> Option<Self> {
        Some(match heading {
            "negation" => Self::Negation,
            "denial" => Self::Denial,
            "exclusion" => Self::Exclusion,
            "or" => Self::Or,
            "supposition" => Self::Supposition,
            "past" => Self::Past,
            "now" => Self::Now,
            "contrast" => Self::Contrast,
            "subject" => Self::Subject,
            "no-typo" => Self::NoTypo,
            _ => Self::Flag(Category::ALL.into_iter().find(|category| category.id() == heading)?),
        })
    }
}

/// One place of a phrase: any of these words, by their numbers in [`Lists::vocabulary`].
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) words: Vec<usize>,
    /// It stands directly after the one before.
    pub(super) is_next: bool,
    /// It must not stand directly before the one after.
    pub(super) is_absent: bool,
}

/// Runs of words close to each other, in any order; the words of a run in theirs.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) runs: Vec<Vec<Element>>,
}

/// Parts that are all somewhere in a text.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    pub(super) parts: Vec<Part>,
}

/// All lists.
#[derive(Default, Debug)]
pub(super) struct Lists {
    pub(super) vocabulary: Vocabulary,
    phrases: BTreeMap<Section, Vec<Phrase>>,
    spelling: BTreeMap<String, Vec<String>>,
}

impl Lists {
    /// Adds the lines of a source, and returns those that cannot be read.
    pub(super) fn read<'a>(&mut self, source: &'a str) -> Vec<&'a str> {
        let mut heading = "";
        let mut unread = Vec::new();
        for line in source.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) => heading = name,
                None if self.read_line(heading, line).is_none() => unread.push(line),
                None => {}
            }
        }
        unread
    }

    fn read_line(&mut self, heading: &str, line: &str) -> Option<()> {
        if heading == "spelling" {
            let (short, long) = line.split_once(" = ")?;
            let long = long.split(' ').map(plain).collect::<Option<_>>()?;
            return self.spelling.insert(plain(short)?, long).is_none().then_some(());
        }
        let section = Section::of(heading)?;
        let parts = line.split(" + ").map(|part| self.part(part)).collect::<Option<_>>()?;
        self.phrases.entry(section).or_default().push(Phrase { parts });
        Some(())
    }

    fn part(&mut self, line: &str) -> Option<Part> {
        let runs = line.split(" & ").map(|run| self.run(run)).collect::<Option<_>>()?;
        Some(Part { runs })
    }

    fn run(&mut self, text: &str) -> Option<Vec<Element>> {
        let run: Vec<Element> =
            text.split(' ').map(|element| self.element(element)).collect::<Option<_>>()?;
        let is_sound = !run.first()?.is_next && !run.last()?.is_absent;
        is_sound.then_some(run)
    }

    fn element(&mut self, text: &str) -> Option<Element> {
        let (is_absent, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (is_next, text) = text.strip_prefix('_').map_or((false, text), |rest| (true, rest));
        let words = text.split('|').map(|word| self.number(word)).collect::<Option<_>>()?;
        Some(Element { words, is_next, is_absent })
    }

    fn number(&mut self, text: &str) -> Option<usize> {
        let word = match (text.strip_suffix('*'), text.split_once('-')) {
            (Some(start), _) => Word::Start(plain(start)?),
            (None, Some((from, to))) => Word::Number(from.parse().ok()?, to.parse().ok()?),
            (None, None) => Word::Whole(plain(text)?),
        };
        Some(self.vocabulary.number(word))
    }

    pub(super) fn phrases(&self, section: Section) -> &[Phrase] {
        self.phrases.get(&section).map_or(&[], Vec::as_slice)
    }

    /// What is read in place of a short form.
    pub(super) fn spelling(&self, short: &str) -> Option<&[String]> {
        self.spelling.get(short).map(Vec::as_slice)
    }
}

/// One word as it is found in texts.
fn plain(word: &str) -> Option<String> {
    let mut tokens = tokens(word).into_iter();
    let token = tokens.next()?;
    tokens.next().is_none().then_some(token.text)
}
