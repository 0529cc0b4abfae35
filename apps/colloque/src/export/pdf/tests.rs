use super::*;
use crate::cast::{PATIENT, PROFESSIONAL};
use crate::export::Names;
use crate::export::sample::{record, record_of, said, views};
use crate::words::Language;

fn pdf_of(texts: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut views = views();
    views.entries = (2..)
        .zip(texts)
        .map(|(seq, text)| {
            let author = if seq % 2 == 0 { PROFESSIONAL } else { PATIENT };
            said(Some(seq), author, 1, 60 * seq, &text)
        })
        .collect();
    let words = Words::new(Language::French);
    bytes(&[record_of(&views, Names::Certified, &words)], &words).unwrap()
}

fn glyphs() -> Glyphs {
    Glyphs::of(&engine().world_builder().build().unwrap())
}

fn contains(pdf: &[u8], text: &str) -> bool {
    pdf.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_record_becomes_pdf_a_2a_and_pdf_ua_1_with_title_language_and_date_and_always_the_same_bytes() {
    for (language, title) in
        [(Language::English, "Conversation: Dr"), (Language::French, "Conversation : Dr")]
    {
        let (record, words) = record(language);
        let pdf = bytes(std::slice::from_ref(&record), &words).unwrap();
        let is_so = |text: &str| assert!(contains(&pdf, text), "{language:?}: {text}");
        is_so("<pdfaid:part>2</pdfaid:part>");
        is_so("<pdfaid:conformance>A</pdfaid:conformance>");
        is_so("<pdfuaid:part>1</pdfuaid:part>");
        is_so(title);
        is_so(&format!("/Lang({})", language.word()));
        is_so("2026-12-03T06:00:00");
        is_so("/MarkInfo<</Marked true");
        assert!(!contains(&pdf, "/URI"), "a link that somebody wrote is text");
        assert_eq!(pdf, bytes(std::slice::from_ref(&record), &words).unwrap());
    }
}

/// How often all characters are mixed anew. Sixty went well, and take a minute.
const ROUNDS: u32 = 4;

#[test]
fn no_text_that_a_person_can_type_stops_the_document() {
    let glyphs = glyphs();
    // Every character that has a glyph: alone, after a letter and doubled; then among others of every script, and beside
    // one that has none.
    let known: Vec<char> =
        ('\0'..=char::MAX).filter(|c| glyphs.lines(&c.to_string()) == [c.to_string()]).collect();
    assert!(known.len() > 3_500, "{}", known.len());
    let mut texts: Vec<String> =
        known.chunks(500).map(|some| some.iter().map(|c| format!("{c} a{c}{c}b")).collect()).collect();
    for round in 1..=ROUNDS {
        let mut mixed = [&known[..], &['\u{4f60}'; 500]].concat();
        mixed.sort_by_key(|c| u32::from(*c).wrapping_mul(2_654_435_761_u32.wrapping_mul(2 * round + 1)));
        texts.extend(mixed.chunks(500).map(|some| some.iter().collect()));
    }
    pdf_of(texts);
}

#[test]
fn what_the_fonts_lack_stands_as_its_number_and_a_long_word_may_break() {
    let glyphs = glyphs();
    assert_eq!(glyphs.lines("e\u{301} \u{4f60}\u{301}"), ["e\u{301} ⟨U+4F60⟩\u{200b}⟨U+0301⟩"]);
    assert_eq!(
        glyphs.lines("oui \u{1f642}\u{200d}!\n\u{4f60}"),
        ["oui ⟨U+1F642⟩\u{200b}⟨U+200D⟩!", "⟨U+4F60⟩"]
    );
    assert_eq!(glyphs.lines("Été, Ελλάδα, Україна, Việt Nam"), ["Été, Ελλάδα, Україна, Việt Nam"]);
    let long = &glyphs.lines(&"x".repeat(100))[0];
    assert!(long.split('\u{200b}').all(|part| part.len() <= 40) && long.matches('x').count() == 100);
}

#[test]
fn a_thread_of_two_thousand_messages_becomes_one_document() {
    let pdf = pdf_of((0..2000).map(|number| format!("Message {number}")));
    assert!(contains(&pdf, "<xmpTPg:NPages>1"), "between 100 and 199 pages");
}

#[test]
fn a_line_is_read_in_the_direction_of_its_first_letter() {
    let lines = ["12:30", "Bonjour", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} 500 mg", "- 1", "\u{645}", "oui"]
        .map(str::to_owned);
    let read: Vec<_> =
        paragraphs(lines.into()).iter().map(|of| (of.is_right_to_left, of.lines.len())).collect();
    assert_eq!(read, [(false, 2), (true, 3), (false, 1)]);
}

#[test]
fn several_threads_are_one_document_and_none_are_no_document() {
    let (first, words) = record(Language::French);
    let (second, _) = record(Language::French);
    let pdf = bytes(&[first, second], &words).unwrap();
    assert!(contains(&pdf, "2 conversations") && contains(&pdf, "<pdfuaid:part>1</pdfuaid:part>"));
    assert!(bytes(&[], &words).is_err());
}
