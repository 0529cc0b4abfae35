//! A text as plain words: lower case, without accents, apostrophes and hyphens, each with its place in the text.

use std::ops::Range;

/// What French writes before an apostrophe: the word ends there. Any other apostrophe joins, as in `can't`.
const ELIDED: [&str; 12] = ["c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "s", "t"];

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Letters or digits, never both.
    pub(super) text: String,
    /// Where it is in the text, in bytes.
    pub(super) span: Range<usize>,
    /// The number of its sentence.
    pub(super) sentence: usize,
    /// Whether a comma, or what is read like one, stands before it.
    pub(super) is_after_comma: bool,
}

/// The words of a text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader::default();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match character {
            // Marks of a letter written apart, and what nobody sees.
            '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' => {}
            '\'' | '’' | 'ʼ' | '`' | '´' => reader.apostrophe(),
            _ if character.is_alphanumeric() => reader.letter(character, at),
            '!' | '?' | ';' | '…' | '\n' | '\u{2028}' | '\u{2029}' => reader.sentence(),
            '.' if next.is_none_or(char::is_whitespace) => reader.sentence(),
            ',' | ':' | '(' | ')' | '–' | '—' => reader.comma(),
            _ => reader.end_word(),
        }
    }
    reader.end_word();
    reader.tokens
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    word: String,
    span: Range<usize>,
    sentence: usize,
    is_after_comma: bool,
}

impl Reader {
    fn letter(&mut self, character: char, at: usize) {
        let is_digit = |character: char| character.is_ascii_digit();
        // `2mois` is two words.
        if self.word.chars().next_back().is_some_and(|last| is_digit(last) != is_digit(character)) {
            self.end_word();
        }
        if self.word.is_empty() {
            self.span.start = at;
        }
        self.span.end = at + character.len_utf8();
        character.to_lowercase().for_each(|character| push_plain(character, &mut self.word));
    }

    fn apostrophe(&mut self) {
        if ELIDED.contains(&self.word.as_str()) {
            self.end_word();
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let text = without_runs(&std::mem::take(&mut self.word));
        let (span, sentence) = (self.span.clone(), self.sentence);
        self.tokens.push(Token { text, span, sentence, is_after_comma: self.is_after_comma });
        self.is_after_comma = false;
    }

    fn comma(&mut self) {
        self.end_word();
        self.is_after_comma = true;
    }

    fn sentence(&mut self) {
        self.end_word();
        self.sentence += 1;
        self.is_after_comma = false;
    }
}

fn push_plain(character: char, word: &mut String) {
    let plain = match character {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'œ' => return word.push_str("oe"),
        'æ' => return word.push_str("ae"),
        // What `İ` leaves behind in lower case.
        '\u{307}' => return,
        _ => character,
    };
    word.push(plain);
}

/// Letters that are written three times or more, once: `mallll` is `mal`.
fn without_runs(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let after = rest.trim_start_matches(letter);
        let run = rest.len().saturating_sub(after.len()) / letter.len_utf8();
        let kept = if run >= 3 && !letter.is_ascii_digit() { 1 } else { run };
        plain.extend(std::iter::repeat_n(letter, kept));
        rest = after;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn case_accents_apostrophes_hyphens_and_repeated_letters_make_no_difference() {
        for text in
            ["J'ai MAL à l’œil", "j ai mal a l oeil", "J’ai maaaal a\u{300} l`Oeil !!", "j-ai mal a l-oeil"]
        {
            assert_eq!(words(text), ["j", "ai", "mal", "a", "l", "oeil"], "{text}");
        }
        assert_eq!(words("I can't, he’s"), ["i", "cant", "hes"]);
        assert_eq!(words("bébé 2mois 38,9°"), ["bebe", "2", "mois", "38", "9"]);
        assert_eq!(words("20000 bleeeeding"), ["20000", "bleding"]);
    }

    #[test]
    fn sentences_end_at_their_marks_and_not_within_a_number() {
        let sentences = |text| tokens(text).last().map_or(0, |token| token.sentence);
        assert_eq!(sentences("il a 38.4 de fièvre, etc"), 0);
        for text in ["Non. Oui", "Non ! oui", "Non\noui", "Non… oui", "Non; oui"] {
            assert_eq!(sentences(text), 1, "{text}");
        }
    }

    #[test]
    fn a_word_knows_where_it_stands_in_the_text() {
        let text = "Ça, l’été";
        let tokens = tokens(text);
        assert_eq!(
            tokens.iter().map(|token| &text[token.span.clone()]).collect::<Vec<_>>(),
            ["Ça", "l", "été"]
        );
        assert_eq!(tokens.iter().map(|token| token.is_after_comma).collect::<Vec<_>>(), [false, true, false]);
    }
}
