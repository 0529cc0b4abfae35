//! How well the check does on `red-flags/labelled.tsv`, printed with `--nocapture`.

#![allow(clippy::print_stdout, reason = "figures, for whoever runs the test")]

use sha2::{Digest as _, Sha256};

use super::{Category, check};

const LABELLED: &str = include_str!("../../red-flags/labelled.tsv");

/// The lines of the held-out part as they were before the matcher was written, each with its line end.
const HELD_OUT_SHA256: &str = "8d4ca1d3a88bb06f9d8346eb31d47cdcde06c1c69ae4e753f85ec7c03aab2a44";

struct Message {
    part: &'static str,
    language: &'static str,
    /// Of a message that must be flagged.
    category: Option<&'static str>,
    /// Why it could be taken for one that must.
    is_hard: bool,
    text: &'static str,
}

fn message(line: &'static str) -> Message {
    let [part, label, language, category, text] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("five columns: {line}")
    };
    assert!(matches!(part, "tuning" | "held-out") && matches!(language, "fr" | "en"), "{line}");
    let category = match label {
        "flag" => {
            assert!(Category::ALL.iter().any(|known| known.id() == category), "{line}");
            Some(category)
        }
        "none" => None,
        _ => panic!("a label: {line}"),
    };
    let is_hard = category.is_none() && !line.contains("\tplain\t");
    Message { part, language, category, is_hard, text }
}

fn messages() -> Vec<Message> {
    LABELLED.lines().filter(|line| !line.starts_with('#')).map(message).collect()
}

/// What came out for one part in one language.
struct Outcome {
    recall: f64,
    false_alarms: f64,
}

fn outcome(part: &str, language: &str) -> Outcome {
    let all: Vec<_> = messages()
        .into_iter()
        .filter(|message| (message.part, message.language) == (part, language))
        .collect();
    let (mut found, mut alarms, mut same_kind) = (0_u32, 0_u32, 0_u32);
    for message in &all {
        let flag = check(message.text);
        let kind = flag.as_ref().map(|flag| flag.category.id());
        found += u32::from(message.category.is_some() && flag.is_some());
        same_kind += u32::from(message.category.is_some() && kind == message.category);
        alarms += u32::from(message.category.is_none() && flag.is_some());
        // Of the held-out part, which ones is not told: it would be tuned to.
        if part == "tuning" && message.category.is_some() != flag.is_some() {
            println!("  {:?}: {}", message.category, message.text);
        }
    }
    let count = |is_flag: bool| all.iter().filter(|message| message.category.is_some() == is_flag).count();
    let (flags, others) = (count(true) as f64, count(false) as f64);
    let outcome = Outcome { recall: f64::from(found) / flags, false_alarms: f64::from(alarms) / others };
    println!(
        "{part} {language}: recall {:.3} ({found} of {flags}, {same_kind} of the same kind), \
         false alarms {:.3} ({alarms} of {others})",
        outcome.recall, outcome.false_alarms
    );
    outcome
}

#[test]
fn recall_and_false_alarms_stay_within_their_bounds_in_both_languages_on_both_parts() {
    for (part, recall_min) in [("tuning", 0.90), ("held-out", 0.85)] {
        for language in ["fr", "en"] {
            let outcome = outcome(part, language);
            assert!(outcome.recall >= recall_min, "{part} {language}");
            assert!(outcome.false_alarms <= 0.10, "{part} {language}");
        }
    }
}

#[test]
fn the_held_out_messages_are_those_that_were_written_before_the_matcher() {
    let mut hash = Sha256::new();
    for line in LABELLED.lines().filter(|line| line.starts_with("held-out")) {
        hash.update(format!("{line}\n"));
    }
    assert_eq!(data_encoding::HEXLOWER.encode(&hash.finalize()), HELD_OUT_SHA256);
}

#[test]
fn there_are_enough_messages_of_both_kinds_and_half_of_the_harmless_ones_are_hard() {
    let messages = messages();
    for language in ["fr", "en"] {
        let of_language = || messages.iter().filter(|message| message.language == language);
        assert!(of_language().count() >= 200, "{language}");
        let harmless: Vec<_> = of_language().filter(|message| message.category.is_none()).collect();
        assert!(harmless.len() * 2 >= of_language().count(), "{language}");
        assert!(
            harmless.iter().filter(|message| message.is_hard).count() * 2 >= harmless.len(),
            "{language}"
        );
        for category in Category::ALL {
            let id = Some(category.id());
            assert!(of_language().filter(|message| message.category == id).count() >= 6, "{language} {id:?}");
        }
    }
}
