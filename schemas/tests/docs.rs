//! Documents bound to code: what `RULES.md`, `PROTOCOL.md` and `colloque.cddl` say of ids, statements, limits and tests
//! is what the code says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::rule::Rule;

const RULES: &str = include_str!("../RULES.md");
const PROTOCOL: &str = include_str!("../PROTOCOL.md");
const CDDL: &str = include_str!("../colloque.cddl");

/// The cells of each row of a document's tables whose first cell satisfies `is_id`.
fn rows(document: &str, is_id: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let lines = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = lines.map(|line| line.split(" | ").map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| is_id(cells[0])).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn rule_rows() -> Vec<Vec<&'static str>> {
    rows(RULES, |id| id.strip_prefix('R').is_some_and(is_number))
}

/// The texts between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file in which tests are, with its text.
fn tree() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["schemas/src", "schemas/tests", "tests", "server/src", "client-core/src"] {
        rust_files(&root.join(folder), &mut files);
    }
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    files.iter().map(|path| (path.to_str().unwrap().to_owned(), text(path))).collect()
}

/// Whether a test of this path exists: a function of that name, in a file whose path has the modules before it.
fn exists(tree: &[(String, String)], test: &str) -> bool {
    let (modules, name) = test.rsplit_once("::").unwrap_or(("", test));
    let declaration = format!("fn {name}(");
    let in_file = |path: &str| modules.split("::").all(|module| module == "tests" || path.contains(module));
    tree.iter().any(|(path, text)| in_file(path) && text.contains(&declaration))
}

#[test]
fn rules_md_states_every_rule_as_the_code_does_and_no_other() {
    let stated: Vec<_> = rule_rows().iter().map(|cells| (cells[0], cells[1])).collect();
    let expected: Vec<_> = Rule::ALL.iter().map(|rule| (rule.id(), rule.statement())).collect();
    assert_eq!(stated, expected);
}

#[test]
fn rules_md_says_of_every_rule_who_enforces_it_and_someone_does() {
    for cells in rule_rows() {
        let [id, _, relay, client, decided_by] = cells[..] else { panic!("{cells:?}") };
        let is_answer = |cell: &str| cell.starts_with("yes: ") || cell.starts_with("no: ");
        assert!(is_answer(relay) && is_answer(client), "{id} says where, or why not");
        assert!(relay.starts_with("yes") || client.starts_with("yes"), "{id} is enforced by someone");
        assert!(decided_by == "whole system only" || decided_by.starts_with('`'), "{id}");
    }
}

#[test]
fn every_test_that_rules_md_names_exists() {
    let tree = tree();
    for cells in rule_rows() {
        for test in code_spans(cells[4]) {
            assert!(exists(&tree, test), "{} names {test}", cells[0]);
        }
    }
    assert!(!exists(&tree, "policy::tests::a_test_that_nobody_has_written"));
}

#[test]
fn every_rule_that_a_document_mentions_exists() {
    for document in [PROTOCOL, CDDL, RULES] {
        for word in document.split(|character: char| !character.is_ascii_alphanumeric()) {
            if word.strip_prefix('R').is_some_and(is_number) {
                assert!(Rule::ALL.iter().any(|rule| rule.id() == word), "{word}");
            }
        }
    }
}

#[test]
fn refusal_ids_are_unique_kebab_case_and_in_protocol_md_as_in_the_code() {
    let listed: Vec<_> =
        rows(PROTOCOL, is_number).iter().map(|cells| (cells[0], cells[1], cells[2])).collect();
    let numbers: Vec<String> = (0..RefusalCode::ALL.len()).map(|number| number.to_string()).collect();
    let ids: Vec<String> = RefusalCode::ALL.iter().map(|code| format!("`{}`", code.id())).collect();
    let expected: Vec<_> = RefusalCode::ALL
        .iter()
        .zip(numbers.iter().zip(&ids))
        .map(|(code, (number, id))| (number.as_str(), id.as_str(), code.statement()))
        .collect();
    assert_eq!(listed, expected);
    let unique: BTreeSet<_> = RefusalCode::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(unique.len(), RefusalCode::ALL.len());
    for id in unique {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(id.split('-').all(is_word), "{id}");
    }
    for (place, code) in RefusalCode::ALL.iter().enumerate() {
        let number = u8::try_from(place).unwrap();
        assert!(number < 24, "numbers from 24 take two bytes: compare them another way");
        assert_eq!(colloque_schemas::codec::encode(code), [number], "{code}");
    }
}

/// Every constant of `limits.rs`, and the one that lives with the certificates, by name, as far as it is a product of
/// numbers.
fn limits() -> BTreeMap<&'static str, u64> {
    let sources = [include_str!("../src/limits.rs"), include_str!("../src/certificate/parse.rs")];
    let lines = sources.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("pub const "));
    let value = |text: &str| -> Option<u64> {
        let factors = text.trim_end_matches(';').split('*').map(|factor| factor.trim().replace('_', ""));
        factors.map(|factor| factor.parse::<u64>().ok()).product()
    };
    let constants = lines.map(|line| {
        let (name, rest) = line.split_once(": ").unwrap();
        (name, value(rest.split_once(" = ").unwrap().1).unwrap())
    });
    constants.collect()
}

/// Whether a word is written as constants are.
fn is_constant(word: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    word.contains('_') && word.bytes().all(is_letter)
}

#[test]
fn every_limit_that_protocol_md_names_exists() {
    let limits = limits();
    let named: Vec<_> = code_spans(PROTOCOL).filter(|span| is_constant(span)).collect();
    assert!(named.len() > 20, "the limits are named between backticks");
    for name in named {
        assert!(limits.contains_key(name), "{name}");
    }
}

#[test]
fn every_limit_that_the_cddl_names_exists_and_is_the_number_beside_it() {
    let limits = limits();
    let mut compared = 0;
    for line in CDDL.lines() {
        let Some((rule, comment)) = line.split_once(';') else { continue };
        let separators = |character: char| !character.is_ascii_alphanumeric() && character != '_';
        for name in comment.split(separators).filter(|word| is_constant(word)) {
            assert!(limits.contains_key(name), "{name} is no limit");
        }
        // What stands first in a comment beside a rule is what the line holds.
        let held = comment.split([',', ';']).map(str::trim).take_while(|word| is_constant(word));
        let numbers = rule.split(|character: char| !character.is_ascii_digit());
        let numbers: Vec<u64> = numbers.filter_map(|number| number.parse().ok()).collect();
        for name in held.filter(|_| !rule.trim().is_empty()) {
            assert!(numbers.contains(&limits[name]), "{name} is {}: {line}", limits[name]);
            compared += 1;
        }
    }
    assert!(compared >= 14, "{compared} limits are compared");
}

#[test]
fn the_cddl_has_as_many_rules_and_refusal_codes_as_the_code() {
    assert!(CDDL.contains(&format!("refusal-code = 0..{} ", RefusalCode::ALL.len() - 1)));
    assert!(CDDL.contains(&format!("rule = 1..{} ", Rule::ALL.len())));
}
