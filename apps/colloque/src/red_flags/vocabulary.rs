//! All words of the lists, and which of them a word of a text is.

use std::collections::BTreeMap;

use super::typo::{is_typo, starts_with_typo};

/// A word of a phrase, as [`tokens`](super::tokens::tokens) writes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Word {
    Whole(String),
    /// Any word that starts so.
    Start(String),
    /// A number from the first to the second.
    Number(u32, u32),
}

/// Words, each with its number: from 0, without holes.
#[derive(Default, Debug)]
pub(super) struct Vocabulary {
    numbers: BTreeMap<Word, usize>,
    /// By the first letter, which no typing error changes, and the length.
    whole: BTreeMap<(char, usize), Vec<(String, usize)>>,
    starts: BTreeMap<char, Vec<(String, usize)>>,
    ranges: Vec<(u32, u32, usize)>,
}

impl Vocabulary {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a word, which is added if it is new.
    pub(super) fn number(&mut self, word: Word) -> usize {
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let number = self.numbers.len();
        match word.clone() {
            Word::Number(from, to) => self.ranges.push((from, to, number)),
            Word::Start(text) => self.starts.entry(first(&text)).or_default().push((text, number)),
            Word::Whole(text) => {
                self.whole.entry((first(&text), text.len())).or_default().push((text, number));
            }
        }
        self.numbers.insert(word, number);
        number
    }

    /// Whether a list has this word as it is.
    pub(super) fn has(&self, text: &str) -> bool {
        self.numbers.contains_key(&Word::Whole(text.to_owned()))
    }

    /// The numbers of all words that this is. One that a list has is no typing error of another.
    pub(super) fn numbers(&self, text: &str) -> Vec<usize> {
        if let Ok(value) = text.parse::<u32>() {
            let within = self.ranges.iter().filter(|(from, to, _)| (*from..=*to).contains(&value));
            return within.map(|(_, _, number)| *number).chain(self.exactly(text)).collect();
        }
        let is_well_written = self.has(text);
        let first = first(text);
        let lengths = text.len().saturating_sub(1)..=text.len() + 1;
        let similar = lengths.filter_map(|length| self.whole.get(&(first, length))).flatten();
        let meant = similar.filter(|(word, _)| !is_well_written && is_typo(text, word));
        let is_started =
            |start: &str| text.starts_with(start) || (!is_well_written && starts_with_typo(text, start));
        let started = self.starts.get(&first).into_iter().flatten().filter(|(start, _)| is_started(start));
        meant.chain(started).map(|(_, number)| *number).chain(self.exactly(text)).collect()
    }

    fn exactly(&self, text: &str) -> Option<usize> {
        self.numbers.get(&Word::Whole(text.to_owned())).copied()
    }
}

fn first(text: &str) -> char {
    text.chars().next().unwrap_or_default()
}
