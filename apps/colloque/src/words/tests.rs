use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::*;

/// Keys whose ids are put together at run time, and what they are for.
const FAMILIES: [&str; 5] = ["rule-", "refusal-", "fault-", "linking-", "help-"];

/// Each key of a language with the variables that its message uses.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    messages_of(language.sources())
}

fn messages_of(sources: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    let lines = sources.iter().flat_map(|source| source.lines());
    for line in lines.filter(|line| !line.starts_with('#')) {
        if let Some((id, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}'])) {
            key = id.to_owned();
            assert!(found.insert(key.clone(), BTreeSet::new()).is_none(), "{id} stands twice");
        }
        for part in line.split('$').skip(1) {
            let name =
                part.chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '-');
            found.get_mut(&key).unwrap().insert(name.collect());
        }
    }
    found
}

/// The sources of this crate without their tests.
fn sources() -> Vec<String> {
    fn collect(folder: &Path, sources: &mut Vec<String>) {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                collect(&path, sources);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let source = fs::read_to_string(&path).unwrap();
                sources.push(source.split("mod tests {").next().unwrap().to_owned());
            }
        }
    }
    let mut sources = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    sources
}

fn keys_in_code() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for source in sources() {
        for part in source.split("key!(\"").skip(1) {
            keys.insert(part.split('"').next().unwrap().to_owned());
        }
    }
    keys.remove("…");
    keys.extend(keys_in_templates());
    keys
}

/// Templates say `page.t("…")` and `page.t_count("…", …)`.
fn keys_in_templates() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for item in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap() {
        let template = fs::read_to_string(item.unwrap().path()).unwrap();
        for start in [".t(\"", ".t_count(\""] {
            keys.extend(template.split(start).skip(1).map(|part| part.split('"').next().unwrap().to_owned()));
        }
    }
    keys
}

#[test]
fn every_language_has_the_same_keys_and_the_same_variables() {
    assert_eq!(messages(Language::English), messages(Language::French));
    for language in Language::ALL {
        for source in language.sources() {
            assert!(FluentResource::try_new((*source).to_owned()).is_ok(), "{language:?} is well formed");
        }
    }
}

#[test]
fn what_pages_say_instead_stands_for_a_message_of_the_same_variables_and_names_no_command() {
    let instead = |language: Language| messages_of(&[language.instead_at_the_desk()]);
    assert_eq!(instead(Language::English), instead(Language::French));
    let all = messages(Language::English);
    for (key, variables) in instead(Language::English) {
        assert_eq!(all.get(&key), Some(&variables), "{key}");
    }
    for language in Language::ALL {
        assert!(!language.instead_at_the_desk().contains('`'), "{language:?}");
    }
}

#[test]
fn every_key_in_the_code_has_a_message_and_every_message_is_used() {
    let messages: BTreeSet<String> = messages(Language::English).into_keys().collect();
    let in_code = keys_in_code();
    let missing: Vec<_> = in_code.difference(&messages).collect();
    assert!(missing.is_empty(), "no message for {missing:?}");
    let in_family = |key: &&String| FAMILIES.iter().any(|family| key.starts_with(family));
    let unused: Vec<_> = messages.difference(&in_code).filter(|key| !in_family(key)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn every_rule_and_every_refusal_has_plain_words_in_every_language_with_its_id() {
    for language in Language::ALL {
        let words = Words::new(language);
        for rule in Rule::ALL {
            let said = words.rule(*rule);
            assert!(said.ends_with(&format!(" ({})", rule.id())) && said.len() > 20, "{language:?} {said}");
        }
        for code in RefusalCode::ALL {
            let said = words.refusal_code(*code);
            assert!(said.ends_with(&format!(" ({})", code.id())) && said.len() > 20, "{language:?} {said}");
        }
    }
}

#[test]
fn no_message_of_a_family_is_for_an_id_that_does_not_exist() {
    use colloque_client_core::{DocumentFault, PeerFault};
    let faults = [
        PeerFault::Malformed,
        PeerFault::Replayed,
        PeerFault::TooDistant,
        PeerFault::UnknownOwn,
        PeerFault::Undecryptable,
        PeerFault::NoMatchingKeyPackage,
        PeerFault::Blocked(colloque_schemas::id::AccountId::new([0; 16])),
    ];
    let mut known: BTreeSet<String> = Rule::ALL.iter().map(|rule| format!("rule-{}", rule.id())).collect();
    known.extend(RefusalCode::ALL.iter().map(|code| format!("refusal-{}", code.id())));
    known.extend(faults.iter().map(|fault| format!("fault-{}", fault.id())));
    let documents = [
        DocumentFault::Altered,
        DocumentFault::Length,
        DocumentFault::Hash,
        DocumentFault::DiskFull,
        DocumentFault::Storage,
    ];
    known.extend(documents.iter().map(|fault| format!("fault-{}", fault.id())));
    known.insert("fault-other".to_owned());
    known.extend(LINKINGS.iter().map(|id| format!("linking-{id}")));
    let in_files: BTreeSet<String> = messages(Language::English)
        .into_keys()
        .filter(|key| FAMILIES[..4].iter().any(|family| key.starts_with(family)))
        .collect();
    assert_eq!(in_files, known);
}

/// Why a linking ends, where it is neither a rule nor a refusal.
const LINKINGS: [&str; 12] = [
    "link-other-relay",
    "link-other-nonce",
    "link-code-differs",
    "link-unreadable",
    "grant-other-linking",
    "grant-signature",
    "grant-certificate",
    "grant-other-account",
    "grant-other-device",
    "grant-device-list",
    "grant-unlisted",
    "grant-address",
];

#[test]
fn every_way_in_which_a_linking_ends_has_words_of_its_own_that_say_what_to_do_next() {
    use colloque_client_core::LinkError;
    use colloque_schemas::certificate::CertificateError;
    use colloque_schemas::device_list::DeviceListError;
    use colloque_schemas::linking::{GrantFault, LinkFault};
    let mut errors = vec![LinkError::Unreadable];
    errors
        .extend([LinkFault::OtherRelay, LinkFault::OtherNonce, LinkFault::CodeDiffers].map(LinkError::Fault));
    errors.extend(
        [
            GrantFault::OtherLinking,
            GrantFault::BadSignature,
            GrantFault::Certificate(CertificateError::Path),
            GrantFault::OtherAccount,
            GrantFault::OtherDevice,
            GrantFault::DeviceList(DeviceListError::BadSignature),
            GrantFault::Unlisted,
            GrantFault::Address,
        ]
        .map(LinkError::Grant),
    );
    let ids: BTreeSet<&str> = errors.iter().map(LinkError::id).collect();
    assert_eq!(ids, BTreeSet::from(LINKINGS));
    for language in Language::ALL {
        let words = Words::new(language);
        let said: BTreeSet<String> = LINKINGS.iter().map(|id| words.reason(id)).collect();
        assert_eq!(said.len(), LINKINGS.len());
        let next = if language == Language::English { "egin again" } else { "ecommencez" };
        assert!(said.iter().all(|line| line.contains(next)), "{said:#?}");
    }
}

#[test]
fn a_reason_that_is_stored_is_told_in_plain_words_whatever_its_kind() {
    let words = Words::new(Language::French);
    assert_eq!(words.reason("R01"), "Seul un professionnel de santé ouvre une conversation. (R01)");
    assert_eq!(words.reason("replayed"), "déjà envoyé auparavant (replayed)");
    assert!(words.reason("no-such-blob").starts_with("Le relais n’a pas le document"));
    assert_eq!(words.reason("of-a-later-version"), "refusé (of-a-later-version)");
}

#[test]
fn the_first_locale_variable_that_is_set_decides_and_english_is_the_default() {
    let of = |set: &[(&str, &str)]| {
        Language::of_environment(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Language::French);
    assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "fr_FR.UTF-8")]), Language::English);
    assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "fr"), ("LANG", "en_GB")]), Language::French);
    assert_eq!(of(&[("LANG", "fri_XX")]), Language::English);
    assert_eq!(of(&[]), Language::English);
}

#[test]
fn counts_agree_in_number_in_each_language() {
    let count =
        |language, count: u64| Words::new(language).say(key!("thread-unread"), &[("count", count.into())]);
    assert_eq!(count(Language::English, 1), "1 unread message");
    assert_eq!(count(Language::English, 2), "2 unread messages");
    assert_eq!(count(Language::French, 1), "1 message non lu");
    assert_eq!(count(Language::French, 2), "2 messages non lus");
}
