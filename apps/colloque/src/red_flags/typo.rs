//! Words that were meant to be others.

/// Letters from which a word is recognised with one wrong: shorter ones are too often other words.
const MIN_LETTERS: usize = 6;
/// As [`MIN_LETTERS`], for the start of words.
const START_MIN_LETTERS: usize = 7;

/// Whether `typed` is `meant` with one letter added, left out, changed, or swapped with its neighbour; never the first.
pub(super) fn is_typo(typed: &str, meant: &str) -> bool {
    let (typed, meant) = (typed.as_bytes(), meant.as_bytes());
    if meant.len() < MIN_LETTERS || typed.first() != meant.first() || typed.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let start = typed.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (typed, meant) = (typed.split_at(start).1, meant.split_at(start).1);
    let end = typed.iter().rev().zip(meant.iter().rev()).take_while(|(a, b)| a == b).count();
    let differing = (typed.split_at(typed.len() - end).0, meant.split_at(meant.len() - end).0);
    match differing {
        ([a, b], [c, d]) => a == d && b == c,
        (typed, meant) => typed.len() <= 1 && meant.len() <= 1,
    }
}

/// Whether `typed` starts like `meant`, with such an error.
pub(super) fn starts_with_typo(typed: &str, meant: &str) -> bool {
    let lengths = meant.len().saturating_sub(1)..=meant.len() + 1;
    meant.len() >= START_MIN_LETTERS
        && lengths.filter_map(|length| typed.get(..length)).any(|start| is_typo(start, meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_letter_is_a_typing_error_and_two_are_another_word() {
        for typed in ["poitrin", "poitrinne", "poitrime", "poirtine", "poitrnie", "poitrines"] {
            assert!(is_typo(typed, "poitrine"), "{typed}");
        }
        for typed in ["moitrine", "poitrail", "ponctuer", "poi", "p", ""] {
            assert!(!is_typo(typed, "poitrine"), "{typed}");
        }
    }

    #[test]
    fn short_words_are_never_taken_for_others() {
        for (typed, meant) in [("mail", "mal"), ("sing", "sang"), ("late", "ate"), ("heart", "heard")] {
            assert!(!is_typo(typed, meant), "{typed}");
        }
    }
}
