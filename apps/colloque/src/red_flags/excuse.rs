//! Why a sign that is named is not said to be there: it is denied, told of the past, or only feared.

use super::lists::{Lists, Section};
use super::reading::{Occurrence, Reading};
use super::tokens::Token;

/// Words before a sign in which one that denies or supposes it is sought.
const REACH_WORDS: usize = 9;
/// Words after a sign in which an enumeration that was begun before it may go on.
const ENUMERATION_WORDS: usize = 5;

/// What a text says about what it names.
pub(super) struct Excuses<'a> {
    tokens: &'a [Token],
    negations: Places,
    denials: Places,
    exclusions: Places,
    suppositions: Places,
    ors: Places,
    contrasts: Places,
    subjects: Places,
    /// Of each sentence, whether it tells of the past alone.
    is_past: Vec<bool>,
}

/// Of each word of a text, the start of the phrase of a list that ends there.
struct Places(Vec<Option<usize>>);

impl Places {
    fn new(section: Section, reading: &Reading, lists: &Lists) -> Self {
        let mut starts = vec![None; reading.tokens.len()];
        let parts = lists.phrases(section).iter().flat_map(|phrase| &phrase.parts);
        for found in parts.flat_map(|part| reading.occurrences(part)) {
            if let Some(start) = starts.get_mut(found.end) {
                *start = (*start).max(Some(found.start));
            }
        }
        Self(starts)
    }

    /// The start of the phrase that ends here.
    fn start(&self, at: usize) -> Option<usize> {
        self.0.get(at).copied().flatten()
    }

    /// The sentences that have one.
    fn sentences<'a>(&'a self, tokens: &'a [Token]) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(tokens).filter(|(start, _)| start.is_some()).map(|(_, token)| token.sentence)
    }
}

impl<'a> Excuses<'a> {
    pub(super) fn new(reading: &'a Reading, lists: &Lists) -> Self {
        let places = |section| Places::new(section, reading, lists);
        let tokens = &reading.tokens;
        let mut is_past = vec![false; tokens.last().map_or(0, |last| last.sentence + 1)];
        let mut mark = |section, value| {
            for sentence in places(section).sentences(tokens) {
                is_past.get_mut(sentence).into_iter().for_each(|is_past| *is_past = value);
            }
        };
        mark(Section::Past, true);
        mark(Section::Now, false);
        Self {
            tokens,
            negations: places(Section::Negation),
            denials: places(Section::Denial),
            exclusions: places(Section::Exclusion),
            suppositions: places(Section::Supposition),
            ors: places(Section::Or),
            contrasts: places(Section::Contrast),
            subjects: places(Section::Subject),
            is_past,
        }
    }

    /// Whether a sign that is named there is not said to be there now.
    pub(super) fn excuse(&self, sign: &Occurrence) -> bool {
        self.is_of_the_past(sign) || self.is_denied(sign) || self.is_supposed(sign)
    }

    fn is_of_the_past(&self, sign: &Occurrence) -> bool {
        let sentence = self.tokens.get(sign.start).map(|token| token.sentence);
        sentence.and_then(|sentence| self.is_past.get(sentence)).is_some_and(|is_past| *is_past)
    }

    /// Words from the sign back to where another thought starts; each with whether a comma stands between.
    fn before(&self, sign: &Occurrence) -> impl Iterator<Item = (usize, bool)> {
        let sentence = self.tokens.get(sign.start).map(|token| token.sentence);
        let mut is_beyond_comma = false;
        (sign.start.saturating_sub(REACH_WORDS)..sign.start)
            .rev()
            .take_while(move |at| self.tokens.get(*at).map(|token| token.sentence) == sentence)
            .take_while(|at| self.contrasts.start(*at).is_none())
            .map(move |at| {
                is_beyond_comma |= self.tokens.get(at + 1).is_some_and(|token| token.is_after_comma);
                (at, is_beyond_comma)
            })
    }

    fn is_denied(&self, sign: &Occurrence) -> bool {
        // `pain, but not in the chest`: a word between those of the sign denies it.
        let is_between = |at: &usize| !sign.places.contains(at) && self.negations.start(*at) == Some(*at);
        if (sign.start..sign.end).any(|at| is_between(&at)) || self.is_part_of_a_denial(sign) {
            return true;
        }
        let is_or = |at: usize| self.ors.start(at).is_some();
        let mut is_enumeration = (sign.end..=sign.end + ENUMERATION_WORDS).any(is_or);
        for (at, is_beyond_comma) in self.before(sign) {
            is_enumeration |= is_or(at);
            let is_excluded = self.exclusions.start(at).is_some() && (!is_beyond_comma || is_enumeration);
            if is_excluded || (self.negations.start(at).is_some() && !is_beyond_comma) {
                return true;
            }
            if self.subjects.start(at).is_some() {
                return false;
            }
        }
        false
    }

    /// `ne saigne plus`, `blood test`: a word of the sign belongs to something else.
    fn is_part_of_a_denial(&self, sign: &Occurrence) -> bool {
        let covers = |end| {
            let start = self.denials.start(end);
            start.is_some_and(|start| sign.places.iter().any(|place| (start..=end).contains(place)))
        };
        (sign.start..=sign.end + REACH_WORDS).any(covers)
    }

    fn is_supposed(&self, sign: &Occurrence) -> bool {
        let is_supposition = |at| self.suppositions.start(at).is_some();
        self.before(sign).any(|(at, is_beyond_comma)| !is_beyond_comma && is_supposition(at))
    }
}
