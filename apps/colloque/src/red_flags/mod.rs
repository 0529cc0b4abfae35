//! A check for words of an emergency in a message, before it is sent. It runs on this device and tells nobody; what it
//! finds is a reason to suggest a call to 15 or 112, never to hold a message back. See `red-flags/README.md`.
//!
//! A phrase of a list ([`lists`]) is sought in the words of a text ([`tokens`], [`reading`]) and counts unless the text
//! says that it is not so, long ago, or only feared ([`excuse`]).

mod excuse;
mod lists;
mod reading;
mod tokens;
mod typo;
mod vocabulary;

use std::ops::Range;

use excuse::Excuses;
use lists::{LISTS, Lists, Phrase, Section};
use reading::Reading;

/// What kind of emergency the words are of, the most pressing first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Category {
    /// Fainting, seizures, not waking up, not responding.
    Consciousness,
    /// Suffocating, severe shortness of breath.
    Breathing,
    /// A severe allergic reaction.
    Allergy,
    /// Pain or pressure in the chest, a heart attack.
    ChestPain,
    /// Face, arm, speech, sight, sudden confusion.
    Stroke,
    /// Overdose, poison, gas.
    Poisoning,
    /// Suicide and self-harm.
    SelfHarm,
    /// Bleeding, labour too early or a child that no longer moves, while pregnant.
    Pregnancy,
    /// Bleeding that does not stop, vomited blood.
    Bleeding,
    /// Fever with a stiff neck, or a rash that does not fade.
    Meningitis,
    /// Fever or limpness in the first three months of life.
    InfantFever,
    /// Falls, burns, blows to the head.
    Injury,
}

impl Category {
    pub(crate) const ALL: [Self; 12] = [
        Self::Consciousness,
        Self::Breathing,
        Self::Allergy,
        Self::ChestPain,
        Self::Stroke,
        Self::Poisoning,
        Self::SelfHarm,
        Self::Pregnancy,
        Self::Bleeding,
        Self::Meningitis,
        Self::InfantFever,
        Self::Injury,
    ];

    /// Its name in the lists of phrases.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Consciousness => "consciousness",
            Self::Breathing => "breathing",
            Self::Allergy => "allergy",
            Self::ChestPain => "chest-pain",
            Self::Stroke => "stroke",
            Self::Poisoning => "poisoning",
            Self::SelfHarm => "self-harm",
            Self::Pregnancy => "pregnancy",
            Self::Bleeding => "bleeding",
            Self::Meningitis => "meningitis",
            Self::InfantFever => "infant-fever",
            Self::Injury => "injury",
        }
    }
}

/// Words of an emergency in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Flag {
    /// The most pressing kind of all that were found.
    pub(crate) category: Category,
    /// Where its words are in the text, in bytes: in order, apart from each other, never empty.
    pub(crate) spans: Vec<Range<usize>>,
}

/// The words of an emergency in a message, if there are any. The phrases of every language are sought, whatever the
/// language of the pages: people write in their own.
pub(crate) fn check(text: &str) -> Option<Flag> {
    check_with(&LISTS, text)
}

fn check_with(lists: &Lists, text: &str) -> Option<Flag> {
    let reading = Reading::new(text, lists);
    let excuses = Excuses::new(&reading, lists);
    Category::ALL.into_iter().find_map(|category| {
        let phrases = lists.phrases(Section::Flag(category)).iter();
        let found: Vec<_> =
            phrases.filter_map(|phrase| spans(phrase, &reading, &excuses)).flatten().collect();
        (!found.is_empty()).then(|| Flag { category, spans: merged(found) })
    })
}

/// The first places of all parts of a phrase that count.
fn spans(phrase: &Phrase, reading: &Reading, excuses: &Excuses) -> Option<Vec<Range<usize>>> {
    let first = |part| {
        let found = reading.occurrences(part).find(|occurrence| !excuses.excuse(occurrence))?;
        reading.span(&found)
    };
    phrase.parts.iter().map(first).collect()
}

fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod labelled;
#[cfg(test)]
mod tests;
