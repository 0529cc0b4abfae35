//! Documents bound to the whole system: every rule has its test on each side that enforces it, and `THREATS.md` names
//! rules and tests that exist.

use std::path::{Path, PathBuf};

use colloque_schemas::rule::Rule;

const RULES: &str = include_str!("../../schemas/RULES.md");
const THREATS: &str = include_str!("../../schemas/THREATS.md");

/// The cells of each row of a document's tables whose first cell is one of these letters and a number.
fn rows<'a>(document: &'a str, letters: &[char]) -> Vec<Vec<&'a str>> {
    let lines = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = lines.map(|line| line.split(" | ").map(str::trim).collect::<Vec<_>>());
    let is_id = |id: &str| {
        let number = id.strip_prefix(letters).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    rows.filter(|cells| is_id(cells[0])).collect()
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

/// The text of all Rust files below these folders of the repository.
fn sources(folders: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in folders {
        rust_files(&root.join(folder), &mut files);
    }
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// The names of all functions that are marked as tests, whatever the attribute's arguments.
fn tests_in(text: &str) -> Vec<&str> {
    let mut is_marked = false;
    let mut names = Vec::new();
    for line in text.lines().map(str::trim) {
        let declared = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        match declared.and_then(|rest| rest.split_once('(')) {
            Some((name, _)) if is_marked => names.push(name),
            _ => {}
        }
        let is_attribute = line.starts_with("#[");
        is_marked =
            line.starts_with("#[test]") || line.starts_with("#[tokio::test") || (is_marked && is_attribute);
    }
    names
}

#[test]
fn every_rule_has_a_test_on_each_side_that_enforces_it() {
    let suite = sources(&["tests/suite"]);
    let tests = tests_in(&suite);
    let rows = rows(RULES, &['R']);
    assert_eq!(rows.len(), Rule::ALL.len());
    let mut missing = Vec::new();
    for cells in rows {
        for (side, answer) in [("relay", cells[2]), ("client", cells[3])] {
            let prefix = format!("{}_{side}_", cells[0].to_lowercase());
            if answer.starts_with("yes") && !tests.iter().any(|test| test.starts_with(&prefix)) {
                missing.push(prefix);
            }
        }
    }
    assert!(missing.is_empty(), "no test in tests/suite starts with: {missing:?}");
}

#[test]
fn threats_md_has_every_threat_and_fault_once_and_in_order() {
    let expected: Vec<String> =
        (1..=72).map(|n| format!("T{n:02}")).chain((1..=29).map(|n| format!("F{n:02}"))).collect();
    let listed: Vec<_> = rows(THREATS, &['T', 'F']).iter().map(|cells| cells[0]).collect();
    assert_eq!(listed, expected);
}

#[test]
fn threats_md_names_rules_that_exist() {
    for word in THREATS.split(|character: char| !character.is_ascii_alphanumeric()) {
        let number = word.strip_prefix('R').unwrap_or_default();
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            assert!(Rule::ALL.iter().any(|rule| rule.id() == word), "{word}");
        }
    }
}

#[test]
fn threats_md_names_tests_that_exist_or_says_open() {
    let folders = ["schemas/src", "schemas/tests", "server", "client-core", "apps", "tests"];
    let text = sources(&folders);
    let tests = tests_in(&text);
    for cells in rows(THREATS, &['T', 'F']) {
        let [id, _, _, evidence] = cells[..] else { panic!("{cells:?}") };
        let named: Vec<_> = evidence.split('`').skip(1).step_by(2).collect();
        if evidence == "open: not yet" {
            continue;
        }
        assert!(evidence.starts_with("shown: ") || evidence.starts_with("partly, "), "{id}: {evidence}");
        assert!(!named.is_empty(), "{id} names its tests");
        for name in named {
            assert!(tests.contains(&name), "{id} names {name}");
        }
    }
}
