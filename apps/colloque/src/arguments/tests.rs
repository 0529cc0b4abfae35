use std::collections::BTreeSet;

use clap::Command;

use super::help::joined;
use super::*;

fn read(line: &str) -> Result<Asked, Failure> {
    parsed(line.split(' ').map(OsString::from).collect(), &Words::new(Language::English))
}

fn verb(line: &str) -> Verb {
    match read(line) {
        Ok(Asked::Verb(arguments)) => arguments.verb,
        other => panic!("{line}: {other:?}"),
    }
}

fn help_ids(command: &Command, path: &str, ids: &mut BTreeSet<String>) {
    ids.insert(if path.is_empty() { "colloque".to_owned() } else { path.to_owned() });
    for argument in command.get_arguments() {
        ids.insert(joined(path, &argument.get_id().as_str().replace('_', "-")));
    }
    for verb in command.get_subcommands() {
        help_ids(verb, &joined(path, verb.get_name()), ids);
    }
}

#[test]
fn the_command_line_is_well_formed_in_each_language() {
    for language in Language::ALL {
        help::worded(Arguments::command(), &Words::new(language)).debug_assert();
    }
}

#[test]
fn every_verb_and_argument_has_help_in_each_language_and_no_help_is_for_nothing() {
    let mut ids = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
    help_ids(&Arguments::command(), "", &mut ids);
    for language in Language::ALL {
        let words = Words::new(language);
        for id in &ids {
            assert!(words.help(id).is_some_and(|help| !help.is_empty()), "{language:?}: help-{id}");
        }
    }
    let in_file = include_str!("../locales/en.ftl").lines().filter_map(|line| line.strip_prefix("help-"));
    let in_file: BTreeSet<String> =
        in_file.map(|line| line.split(" = ").next().unwrap().to_owned()).collect();
    assert_eq!(in_file, ids);
}

#[test]
fn a_passphrase_is_never_an_argument() {
    let mut ids = BTreeSet::new();
    help_ids(&Arguments::command(), "", &mut ids);
    let secret: Vec<_> = ids.iter().filter(|id| id.contains("passphrase")).collect();
    assert_eq!(secret, ["passphrase-file"]);
}

#[test]
fn verbs_are_read_with_their_arguments() {
    let open = verb("colloque open --patient Louis --patient 2222 --mode one-reply hello");
    let Verb::Open { patient, mode, text } = open else { panic!("{open:?}") };
    assert_eq!(
        (patient.as_slice(), mode.as_str()),
        (["Louis".to_owned(), "2222".to_owned()].as_slice(), "one-reply")
    );
    assert_eq!(text.text.as_deref(), Some("hello"));
    assert!(
        matches!(verb("colloque send 1 -"), Verb::Send { text, .. } if text.text.as_deref() == Some("-"))
    );
    assert!(matches!(verb("colloque reopen abcd"), Verb::Reopen { mode, .. } if mode == "open"));
    assert!(matches!(verb("colloque patients"), Verb::Patients { change: None }));
    let export = verb("colloque export 1 --format pdf --to - --with-names");
    assert!(matches!(export, Verb::Export { format: Format::Pdf, with_names: true, .. }), "{export:?}");
    assert!(matches!(verb("colloque threads --json --offline"), Verb::Threads));
}

#[test]
fn a_mistake_is_one_line_that_names_it() {
    let cases = [
        ("colloque", "Say what to do"),
        ("colloque frobnicate", "frobnicate"),
        ("colloque send", "<THREAD>"),
        ("colloque threads --wrong", "--wrong"),
        ("colloque --lang de threads", "--lang"),
        ("colloque export 1 --format doc --to x", "--format"),
        ("colloque export 1 --format pdf", "--to"),
        ("colloque send 1 text --file x", "[TEXT]"),
        ("colloque open text", "--patient"),
        ("colloque send 1 \u{1b}[2J --no\u{202e}", "--no"),
    ];
    for (line, part) in cases {
        let Err(Failure::Arguments(said)) = read(line) else { panic!("{line}") };
        assert!(said.contains(part) && said.ends_with("(usage)"), "{line}: {said}");
        assert!(!said.chars().any(plain::is_deceptive), "{said:?}");
    }
}

#[test]
fn help_speaks_the_language_that_the_line_asks_for_and_warns_patients() {
    let of = |line: &str| {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let words = Words::new(language_asked(&arguments).unwrap_or(Language::English));
        match parsed(arguments, &words) {
            Ok(Asked::Text(text)) => text,
            other => panic!("{line}: {other:?}"),
        }
    };
    for line in ["colloque read --help --lang fr", "colloque --lang=fr send --help"] {
        let help = of(line);
        assert!(help.contains("Pas pour les urgences : appelez le 15 ou le 112"), "{help}");
        assert!(help.contains("Utilisation :") && !help.contains("Usage"), "{help}");
    }
    assert!(of("colloque read --help").contains("Not for emergencies: call 15 or 112"));
    assert!(of("colloque --help").contains("Commands"));
}
