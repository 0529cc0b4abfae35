use super::*;
use crate::cast::{OWN, PATIENT, new_store, say, thread};
use crate::store::Store;

/// A store with these messages of one thread, in this order.
fn with(texts: &[&str]) -> (tempfile::TempDir, Store) {
    let (folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    let thread = thread(unit.sql(), 1);
    for (seq, text) in (1..).zip(texts) {
        say(unit.sql(), thread, seq, PATIENT, text);
    }
    unit.commit().unwrap();
    (folder, store)
}

/// The places of what is found.
fn places(store: &Store, query: &str) -> Vec<u64> {
    let hits = store.read(|view| find(view.sql(), query, 100)).unwrap();
    hits.iter().map(|hit| hit.seq.0).collect()
}

/// The excerpts of what is found, with matches in brackets.
fn excerpts(store: &Store, query: &str) -> Vec<String> {
    let shown = |piece: &Piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() };
    let hits = store.read(|view| find(view.sql(), query, 100)).unwrap();
    hits.iter().map(|hit| hit.excerpt.iter().map(shown).collect()).collect()
}

#[test]
fn words_are_found_whatever_their_accents_case_and_ligatures() {
    let text = "Œdème du GENOU : l’IRM est prévue à l’hôpital (cœur normal).";
    // As a phone writes it whose keyboard decomposes.
    let decomposed =
        "Oede\u{300}me du genou : l'irm est pre\u{301}vue a\u{300} l'ho\u{302}pital (coeur normal).";
    let (_folder, store) = with(&[text, decomposed, "rien de tout cela"]);
    for query in [
        "oedeme",
        "ŒDÈME",
        "œdeme",
        "genou",
        "IRM",
        "prevue hopital",
        "PRÉVUE",
        "coeur",
        "cœur",
        "ho\u{302}pital",
    ] {
        assert_eq!(places(&store, query), [2, 1], "{query}");
    }
}

#[test]
fn every_word_has_to_be_there_and_the_last_may_be_unfinished() {
    let (_folder, store) = with(&["ordonnance envoyée hier", "ordonnance demain", "ordre du jour"]);
    assert_eq!(places(&store, "ordonn"), [2, 1]);
    assert_eq!(places(&store, "o"), [3, 2, 1]);
    assert_eq!(places(&store, "hier ordonnance"), [1]);
    assert_eq!(places(&store, "ordonnance dem"), [2]);
    assert_eq!(places(&store, "ordonn demain"), Vec::<u64>::new(), "only the last word may be unfinished");
    assert_eq!(places(&store, "donnance"), Vec::<u64>::new(), "a word is found by its beginning");
}

#[test]
fn what_a_person_types_is_never_syntax() {
    let (_folder, store) =
        with(&["NEAR est un mot, AND aussi ; rendez-vous à 8h30.", "l’ordonnance \"urgente\" OR rien"]);
    for (query, expected) in [
        ("NEAR", vec![1]),
        ("near AND mot", vec![1]),
        ("mot NOT", vec![]),
        ("OR rien", vec![2]),
        ("rendez-vous", vec![1]),
        ("vous-rendez", vec![]),
        ("8h30.", vec![1]),
        ("l'ordonnance", vec![2]),
        ("\"urgente\"", vec![2]),
        ("urgente\"", vec![2]),
        ("text:mot", vec![]),
        ("mot*", vec![1]),
        ("(mot", vec![1]),
        ("mot !", vec![1]),
        ("- mot", vec![1]),
        ("mot\0aussi", vec![1]),
    ] {
        assert_eq!(places(&store, query), expected, "{query:?}");
    }
    for hostile in [
        "",
        " ",
        "\0",
        "\"",
        "\"\"",
        "*",
        "^",
        "NEAR(a b, 2)",
        "{text}:a",
        "a + b",
        "-- ;",
        "' OR 1=1",
        "\u{300}",
        "\u{202e}",
    ] {
        assert!(store.read(|view| find(view.sql(), hostile, 100)).is_ok(), "{hostile:?}");
    }
    for letter in (1..0x80_u8).map(char::from) {
        let query = format!("mot{letter}{letter}est {letter}");
        assert!(store.read(|view| find(view.sql(), &query, 100)).is_ok(), "{query:?}");
    }
}

#[test]
fn the_newest_are_found_newest_first_and_no_more_than_asked_for() {
    let (_folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    let (first, second) = (thread(unit.sql(), 1), thread(unit.sql(), 2));
    for seq in [1, 4, 9] {
        say(unit.sql(), first, seq, PATIENT, "bonjour");
    }
    for seq in [2, 3, 10] {
        say(unit.sql(), second, seq, OWN, "bonjour");
    }
    unit.commit().unwrap();
    let found = |limit| {
        let hits = store.read(|view| find(view.sql(), "bonjour", limit)).unwrap();
        hits.iter().map(|hit| (hit.thread, hit.seq.0, hit.sent_at.0)).collect::<Vec<_>>()
    };
    let all = [(second, 10, 10), (first, 9, 9), (first, 4, 4), (second, 3, 3), (second, 2, 2), (first, 1, 1)];
    assert_eq!(found(usize::MAX), all);
    assert_eq!(found(1), all[..1]);
    assert_eq!(found(0), []);
    let hit = store.read(|view| find(view.sql(), "bonjour", 1)).unwrap().remove(0);
    assert_eq!(hit.author, OWN.account);
    assert_eq!(format!("{hit:?}"), "Hit(..)", "no content in a log");
}

#[test]
fn an_excerpt_marks_what_was_found_as_the_author_wrote_it() {
    let (_folder, store) = with(&["Pas de fièvre.\nŒdème   du genou <b>gauche</b>", "ΑΣΠΙΡΊΝΗ naïve"]);
    assert_eq!(excerpts(&store, "oede"), ["Pas de fièvre. [Œdème] du genou <b>gauche</b>"]);
    assert_eq!(excerpts(&store, "fievre genou"), ["Pas de [fièvre]. Œdème du [genou] <b>gauche</b>"]);
    assert_eq!(excerpts(&store, "naiv"), ["ΑΣΠΙΡΊΝΗ [naïve]"]);
}

#[test]
fn what_a_savepoint_or_unit_took_back_is_not_found_and_its_words_are_nowhere() {
    let (_folder, mut store) = with(&["gardé"]);
    let mut unit = store.begin().unwrap();
    let thread = ThreadId::new([1; 16]);
    let savepoint = unit.savepoint().unwrap();
    say(savepoint.sql(), thread, 2, PATIENT, "refusé");
    savepoint.discard().unwrap();
    let savepoint = unit.savepoint().unwrap();
    say(savepoint.sql(), thread, 3, PATIENT, "accepté");
    savepoint.keep().unwrap();
    unit.commit().unwrap();
    let unit = store.begin().unwrap();
    say(unit.sql(), thread, 4, PATIENT, "perdu");
    drop(unit);
    assert_eq!(places(&store, "refuse"), Vec::<u64>::new());
    assert_eq!(places(&store, "perdu"), Vec::<u64>::new());
    assert_eq!(places(&store, "accepte"), [3]);
    let unit = store.begin().unwrap();
    unit.sql()
        .execute_batch("CREATE VIRTUAL TABLE temp.term USING fts5vocab (main, message_word, row)")
        .unwrap();
    let mut statement = unit.sql().prepare_cached("SELECT term FROM term ORDER BY term").unwrap();
    let terms: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(terms, ["accepte", "garde"]);
    drop(statement);
    drop(unit);
    store.check().unwrap();
}

#[test]
fn a_message_cannot_be_deleted_while_it_can_be_found() {
    let (_folder, mut store) = with(&["bonjour"]);
    let unit = store.begin().unwrap();
    assert!(unit.sql().execute_batch("DELETE FROM entry").is_err());
}
