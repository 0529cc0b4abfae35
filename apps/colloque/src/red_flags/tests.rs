use super::lists::SOURCES;
use super::*;

fn category(text: &str) -> Option<Category> {
    check(text).map(|flag| flag.category)
}

/// The words that a text is flagged for.
fn words(text: &str) -> Vec<&str> {
    check(text).map_or_else(Vec::new, |flag| flag.spans.into_iter().map(|span| &text[span]).collect())
}

#[test]
fn every_line_of_the_lists_can_be_read_and_stands_there_once() {
    let mut lists = Lists::default();
    for source in SOURCES {
        assert_eq!(lists.read(source), Vec::<&str>::new());
        for heading in source.split("\n[").skip(1) {
            let mut lines: Vec<_> = heading.lines().filter(|line| !line.is_empty()).collect();
            let all = lines.len();
            lines.sort_unstable();
            lines.dedup();
            assert_eq!(lines.len(), all, "{}", heading.lines().next().unwrap());
        }
    }
    for category in Category::ALL {
        assert!(!lists.phrases(Section::Flag(category)).is_empty(), "{category:?}");
    }
}

#[test]
fn a_line_that_means_nothing_is_reported() {
    let source = "[pain]\nmal\n[bleeding]\n\nsang & & plein\n_sang\nsang !plein\na-b\n*\nsang\n[spelling]\nx\nx = y\nx = z\n";
    let unread = ["mal", "sang & & plein", "_sang", "sang !plein", "a-b", "*", "x", "x = z"];
    assert_eq!(Lists::default().read(source), unread);
}

#[test]
fn a_sign_is_found_however_it_is_written() {
    let written = [
        "J'ai mal à la poitrine",
        "jai mal a la poitrine",
        "J’AI MAL À LA POITRINE !!!",
        "g maaaal a la poitrin",
        "mal a\u{300} la\u{a0}poitrine",
        "mal-à-la-poitrine",
        "mal 😭 à la poitrien",
    ];
    for text in written {
        assert_eq!(category(text), Some(Category::ChestPain), "{text}");
    }
    for text in ["I can't breathe", "i cant breathe", "I can’t breeathe", "i can not breath"] {
        assert_eq!(category(text), Some(Category::Breathing), "{text}");
    }
}

#[test]
fn a_flag_says_where_its_words_are() {
    assert_eq!(words("Bonjour, j’ai très mal à la poitrine."), ["mal à la poitrine"]);
    assert_eq!(words("Je suis enceinte. Rappelez-moi. Je saigne."), ["enceinte", "saigne"]);
    assert_eq!(words("Je suis enceinte. Je vais bien."), Vec::<&str>::new());
}

#[test]
fn the_most_pressing_of_several_signs_is_told() {
    assert_eq!(category("I want to die and my husband is unconscious"), Some(Category::Consciousness));
}

#[test]
fn what_is_denied_is_no_sign() {
    let denied = [
        "Je n'ai pas de douleur à la poitrine",
        "Ni fièvre, ni toux, ni douleur thoracique",
        "Il n'a aucun mal à respirer",
        "Elle ne saigne plus",
        "No fever, chest pain or breathlessness",
        "She denies chest pain",
        "He didn't lose consciousness",
    ];
    for text in denied {
        assert_eq!(check(text), None, "{text}");
    }
}

#[test]
fn a_denial_of_something_else_hides_no_sign() {
    let signs = [
        "Je ne sais pas quoi faire, j'ai mal à la poitrine",
        "Je ne peux plus dormir j'ai mal à la poitrine",
        "Pas de fièvre mais mal à la poitrine",
        "No fever but chest pain",
        "I don't know what to do my chest hurts",
        "No allergies, chest pain since this morning",
        "I can't stop bleeding",
        "Il ne respire pas",
    ];
    for text in signs {
        assert!(check(text).is_some(), "{text}");
    }
}

#[test]
fn what_is_long_ago_is_no_sign_unless_the_sentence_tells_of_now() {
    assert_eq!(check("Mon père a fait un infarctus en 2010"), None);
    assert_eq!(check("I had chest pain last year"), None);
    assert!(check("I had chest pain last year and now it is back again").is_some());
    assert!(check("J'ai eu mal à la poitrine en 2010. J'ai mal à la poitrine.").is_some());
    assert!(check("J'ai pris 2000 mg et j'ai mal à la poitrine").is_some(), "a dose is no year");
    assert!(check("chest pain for the past hour").is_some());
}

#[test]
fn what_is_feared_or_asked_about_is_no_sign() {
    for text in [
        "J'ai peur de faire un infarctus",
        "Can this tablet cause chest pain?",
        "Que faire si mon enfant avale de la javel ?",
    ] {
        assert_eq!(check(text), None, "{text}");
    }
    for text in ["I don't know if I'm having a heart attack", "J'ai peur, j'ai mal à la poitrine"] {
        assert!(check(text).is_some(), "{text}");
    }
}

#[test]
fn any_text_is_read_to_its_end_and_spans_cut_no_character() {
    let hostile = [
        "",
        " ",
        "'",
        "’’’",
        "\u{301}\u{301}",
        "İ",
        "ß",
        "👩\u{200d}⚕️ mal à la poitrine 👩",
        "\0mal\0poitrine",
        "ﬁèvre",
    ];
    let long = "pas mal à la poitrine, 38 ans ".repeat(1200);
    for text in hostile.iter().copied().chain([long.as_str()]) {
        let spans = check(text).map_or_else(Vec::new, |flag| flag.spans);
        assert!(spans.iter().all(|span| !span.is_empty() && text.get(span.clone()).is_some()), "{text:?}");
        assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start), "{text:?}");
    }
}
