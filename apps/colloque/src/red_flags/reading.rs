//! A text in which phrases are sought.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lists::{Element, Lists, Part};
use super::tokens::{Token, tokens};

/// Other words that may stand between two of a phrase that follow each other.
const GAP_WORDS: usize = 2;
/// How far words of a phrase in any order may be from the first of it.
const REACH_WORDS: usize = 6;
/// Letters of a word that is left when the elided one before it is taken off: `mevanouir`.
const ELISION_MIN_LETTERS: usize = 5;

/// A text, and which words of the lists are where in it.
pub(super) struct Reading {
    pub(super) tokens: Vec<Token>,
    /// Of each word of the lists, where it is, in order.
    places: Vec<Vec<usize>>,
}

/// Where a part of a phrase is: the places of its words, in order of the text.
#[derive(Debug)]
pub(super) struct Occurrence {
    pub(super) places: Vec<usize>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Reading {
    /// Reads a text with these lists.
    pub(super) fn new(text: &str, lists: &Lists) -> Self {
        let tokens: Vec<Token> =
            tokens(text).into_iter().flat_map(|token| spelled_out(token, lists)).collect();
        let mut places = vec![Vec::new(); lists.vocabulary.len()];
        let mut seen: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, token) in tokens.iter().enumerate() {
            for number in seen.entry(&token.text).or_insert_with(|| lists.vocabulary.numbers(&token.text)) {
                places.get_mut(*number).into_iter().for_each(|places| places.push(at));
            }
        }
        Self { tokens, places }
    }

    /// Where the words of an occurrence are in the text, in bytes, from the first to the last.
    pub(super) fn span(&self, occurrence: &Occurrence) -> Option<Range<usize>> {
        Some(self.tokens.get(occurrence.start)?.span.start..self.tokens.get(occurrence.end)?.span.end)
    }

    /// Where a part is in the text: at most once for each place of its first word.
    pub(super) fn occurrences<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = Occurrence> + 'a {
        let (first, others) =
            part.runs.split_first().map_or((&[][..], &[][..]), |(first, others)| (first, others));
        let element = first.iter().find(|element| !element.is_absent);
        let starts = element.into_iter().flat_map(|element| &element.words).flat_map(|word| self.of(*word));
        starts.filter_map(move |start| {
            let mut places = self.along(*start, first)?;
            for run in others {
                places.extend(self.nearby(*start, run, &places)?);
            }
            places.sort_unstable();
            Some(Occurrence { start: *places.first()?, end: *places.last()?, places })
        })
    }

    fn of(&self, word: usize) -> &[usize] {
        self.places.get(word).map_or(&[], Vec::as_slice)
    }

    /// Whether one of the element's words is there, in this sentence.
    fn is_at(&self, element: &Element, at: usize, sentence: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.sentence == sentence)
            && element.words.iter().any(|word| self.of(*word).binary_search(&at).is_ok())
    }

    /// The places of a run whose first word is there.
    fn along(&self, start: usize, run: &[Element]) -> Option<Vec<usize>> {
        let sentence = self.tokens.get(start)?.sentence;
        let mut places: Vec<usize> = Vec::new();
        let mut absent: Option<&Element> = None;
        for element in run {
            if element.is_absent {
                absent = Some(element);
                continue;
            }
            let gap = if element.is_next { 0 } else { GAP_WORDS };
            let at = match places.last() {
                None => Some(start).filter(|at| self.is_at(element, *at, sentence))?,
                Some(last) => (last + 1..=last + 1 + gap).find(|at| self.is_at(element, *at, sentence))?,
            };
            let is_before = |absent: &Element| at > 0 && self.is_at(absent, at - 1, sentence);
            if absent.take().is_some_and(is_before) {
                return None;
            }
            places.push(at);
        }
        Some(places)
    }

    /// The places of a run that starts close to another, in the same sentence, and shares no word with those taken.
    fn nearby(&self, start: usize, run: &[Element], taken: &[usize]) -> Option<Vec<usize>> {
        let sentence = self.tokens.get(start)?.sentence;
        let nearest = (1..=REACH_WORDS).flat_map(|far| [Some(start + far), start.checked_sub(far)]);
        let in_sentence = nearest
            .flatten()
            .filter(|at| self.tokens.get(*at).is_some_and(|token| token.sentence == sentence));
        in_sentence
            .filter_map(|at| self.along(at, run))
            .find(|places| !places.iter().any(|at| taken.contains(at)))
    }
}

/// A short form as what it stands for, and a word from which an elided one was not set apart as both.
fn spelled_out(token: Token, lists: &Lists) -> Vec<Token> {
    let is_known = |text| lists.vocabulary.has(text);
    if let Some(words) = lists.spelling(&token.text) {
        return words.iter().map(|text| Token { text: text.clone(), ..token.clone() }).collect();
    }
    let parts = token.text.split_at_checked(1).filter(|(elided, rest)| {
        "cdjlmnst".contains(elided)
            && rest.len() >= ELISION_MIN_LETTERS
            && rest.starts_with(['a', 'e', 'i', 'o', 'u'])
    });
    match parts {
        Some((elided, rest)) if is_known(rest) && !is_known(&token.text) => {
            [elided, rest].map(|text| Token { text: text.to_owned(), ..token.clone() }).to_vec()
        }
        _ => vec![token],
    }
}
