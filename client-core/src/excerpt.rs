//! Short lines out of long texts: the beginning of one, or what stands around the words that were looked for. Bounded,
//! whatever the author wrote.

use std::ops::Range;

/// Characters of an excerpt, ellipses included.
const EXCERPT_CHARACTERS: usize = 160;
/// Characters that an excerpt shows before the word that it is about, at most.
const BEFORE_CHARACTERS: usize = 48;
const ELLIPSIS: char = '…';

/// A part of an excerpt.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    /// Plain text without line breaks; pieces follow each other without anything between them.
    pub text: String,
    /// Whether it is what was looked for.
    pub is_match: bool,
}

impl core::fmt::Debug for Piece {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Piece(..)")
    }
}

/// The beginning of a text on one line, at most 160 characters, with an ellipsis if the text goes on.
pub(crate) fn beginning(text: &str) -> String {
    line(text, 0, &[]).into_iter().map(|piece| piece.text).collect()
}

/// What stands around the place `about`, on one line of at most 160 characters. `matches` are places as well, in order.
pub(crate) fn around(text: &str, about: usize, matches: &[Range<usize>]) -> Vec<Piece> {
    let before = text.get(..about).unwrap_or_default();
    let start = before.char_indices().nth_back(BEFORE_CHARACTERS).map_or(0, |(start, letter)| {
        let start = start.saturating_add(letter.len_utf8());
        let space = before.get(start..).and_then(|before| before.find(char::is_whitespace));
        start.saturating_add(space.unwrap_or_default())
    });
    line(text, start, matches)
}

fn line(text: &str, start: usize, matches: &[Range<usize>]) -> Vec<Piece> {
    let mut matches = matches.iter().peekable();
    let (mut pieces, mut left, mut is_apart) = (Vec::new(), EXCERPT_CHARACTERS, false);
    let mut put = |letter, is_match, left: &mut usize| {
        push(&mut pieces, letter, is_match);
        *left = left.saturating_sub(1);
    };
    if start > 0 {
        put(ELLIPSIS, false, &mut left);
    }
    for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < start) {
        if letter.is_whitespace() {
            is_apart = true;
            continue;
        }
        // A space, this letter and an ellipsis.
        if left < 3 {
            put(ELLIPSIS, false, &mut left);
            break;
        }
        if std::mem::take(&mut is_apart) && left < EXCERPT_CHARACTERS {
            put(' ', false, &mut left);
        }
        while matches.next_if(|place| place.end <= at).is_some() {}
        put(letter, matches.peek().is_some_and(|place| place.contains(&at)), &mut left);
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, letter: char, is_match: bool) {
    match pieces.last_mut() {
        Some(piece) if piece.is_match == is_match => piece.text.push(letter),
        _ => pieces.push(Piece { text: letter.to_string(), is_match }),
    }
}

#[cfg(test)]
// A list of one place is what is meant.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let piece =
            |piece: &Piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn the_beginning_of_a_text_is_one_line_of_at_most_160_characters() {
        assert_eq!(beginning("  Bonjour,\r\n\tvoici\u{2028}la suite. \n"), "Bonjour, voici la suite.");
        assert_eq!(beginning(" \n "), "");
        for letter in ["é", "é ", " é", "\n\né", "👩‍⚕️"] {
            let line = beginning(&letter.repeat(5000));
            assert!((150..=160).contains(&line.chars().count()), "{}", line.chars().count());
            assert!(line.ends_with('…') && !line.contains('\n'));
        }
    }

    #[test]
    fn what_stands_around_a_word_shows_where_it_is_and_that_the_text_goes_on() {
        let text =
            format!("{} prendre le Doliprane\nmatin et soir {}", "avant ".repeat(20), "après ".repeat(50));
        let word = text.find("Doliprane").unwrap();
        let line = shown(&around(&text, word, &[word..word + 9]));
        assert!(line.starts_with("… avant ") && line.ends_with('…'), "{line}");
        assert!(line.contains("prendre le [Doliprane] matin et soir après"), "{line}");
        assert!(line.chars().count() <= EXCERPT_CHARACTERS + 2, "{line}");
        assert_eq!(shown(&around("a b c", 2, &[2..3, 4..5])), "a [b] [c]");
    }

    #[test]
    fn an_excerpt_is_bounded_whatever_the_text() {
        for text in ["a".repeat(32_768), "\n".repeat(32_768), "a ".repeat(16_384), "é".repeat(16_384)] {
            for about in [0, 1000, 32_766] {
                let line = around(&text, about, &[0..text.len()]);
                let letters: usize = line.iter().map(|piece| piece.text.chars().count()).sum();
                assert!(letters <= EXCERPT_CHARACTERS, "{letters}");
            }
        }
    }

    #[test]
    fn debug_shows_no_text() {
        let piece = Piece { text: "Doliprane".to_owned(), is_match: true };
        assert_eq!(format!("{piece:?}"), "Piece(..)");
    }
}
