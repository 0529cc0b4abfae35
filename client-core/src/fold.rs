//! Words as the index of messages has them: without case and diacritics (SQLite's FTS5, tokenizer `unicode61` with
//! `remove_diacritics 2`), and with ligatures written out, as the index is given them.
//!
//! The index says which messages have a word, and not where in them; its own functions that would say so take time that
//! grows with the square of the matches in a message, which its author chooses. So words are found again here.

use std::iter;
use std::ops::Range;

/// The words of a text: where each is, in bytes, and what the index takes it for.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut letters = text.char_indices().peekable();
    iter::from_fn(move || {
        while letters.next_if(|(_, letter)| !letter.is_alphanumeric()).is_some() {}
        let start = letters.peek()?.0;
        let (mut end, mut word) = (start, String::new());
        while let Some((at, letter)) =
            letters.next_if(|(_, letter)| letter.is_alphanumeric() || is_mark(*letter))
        {
            end = at + letter.len_utf8();
            push(&mut word, letter);
        }
        Some((start..end, word))
    })
}

/// A diacritic that stands after its letter.
const fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{304}' | '\u{306}'..='\u{30c}' | '\u{30f}' | '\u{311}' | '\u{31b}'
            | '\u{323}'..='\u{328}' | '\u{32d}' | '\u{32e}' | '\u{330}' | '\u{331}'
    )
}

fn push(word: &mut String, letter: char) {
    for letter in letter.to_lowercase() {
        match letter {
            'œ' => word.push_str("oe"),
            'æ' => word.push_str("ae"),
            letter if is_mark(letter) => {}
            letter => word.push(base(letter)),
        }
    }
}

/// A small Latin letter without what is put on it, for the languages of Europe and Vietnamese. Where such letters of one
/// base stand together in Unicode, capitals, which do not occur here, stand between them.
const fn base(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā'..='ą' | 'ạ'..='ặ' => 'a',
        'ç' | 'ć'..='č' => 'c',
        'ď' => 'd',
        'è'..='ë' | 'ē'..='ě' | 'ẹ'..='ệ' => 'e',
        'ĝ'..='ģ' => 'g',
        'ĥ' => 'h',
        'ì'..='ï' | 'ĩ'..='į' | 'ỉ'..='ị' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ'..='ľ' => 'l',
        'ñ' | 'ń'..='ň' => 'n',
        'ò'..='ö' | 'ō'..='ő' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ŕ'..='ř' => 'r',
        'ś'..='š' | 'ș' | 'ſ' => 's',
        'ţ'..='ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ'..='ų' | 'ư' | 'ụ'..='ự' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => 'y',
        'ź'..='ž' => 'z',
        // As in µg; and the sigma at the end of words.
        'µ' => 'μ',
        'ς' => 'σ',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::store::Connection;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|(_, word)| word).collect()
    }

    /// What the index itself makes of a text.
    fn indexed(sql: &Connection, text: &str) -> Vec<String> {
        sql.execute_batch("DELETE FROM word").unwrap();
        sql.prepare_cached("INSERT INTO word (text) VALUES (?1)").unwrap().execute([text]).unwrap();
        let mut statement = sql.prepare_cached("SELECT term FROM term ORDER BY offset").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn words_are_what_the_index_takes_them_for() {
        let sql = Connection::open_in_memory().unwrap();
        sql.execute_batch(
            "CREATE VIRTUAL TABLE word USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
             CREATE VIRTUAL TABLE term USING fts5vocab (word, instance);",
        )
        .unwrap();
        // Latin up to its first extension, marks, Greek, Cyrillic, Vietnamese, punctuation.
        let blocks = [0..0x180, 0x300..0x332, 0x3a3..0x3d0, 0x400..0x482, 0x1ea0..0x1efa, 0x2000..0x2060];
        for letter in blocks.into_iter().flatten().filter_map(char::from_u32) {
            // Written out before the index sees them.
            if matches!(letter, 'œ' | 'Œ' | 'æ' | 'Æ') {
                continue;
            }
            let text = format!("be{letter}fore {letter}");
            assert_eq!(folded(&text), indexed(&sql, &text), "{:x}", u32::from(letter));
        }
    }

    #[test]
    fn ligatures_are_written_out_and_places_are_those_of_the_text() {
        let text = "L’œdème: ŒDÈME, Ex Æquo";
        assert_eq!(folded(text), ["l", "oedeme", "oedeme", "ex", "aequo"]);
        let slices: Vec<&str> = words(text).map(|(place, _)| &text[place]).collect();
        assert_eq!(slices, ["L", "œdème", "ŒDÈME", "Ex", "Æquo"]);
    }
}
