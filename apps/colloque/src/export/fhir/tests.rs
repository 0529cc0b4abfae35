use serde_json::{Value, json};

use super::*;
use crate::cast::{NOW, PATIENT, PROFESSIONAL, STRANGER};
use crate::export::sample::{record, record_of, said, views};
use crate::export::{Names, Views, incoming};
use crate::plain::is_deceptive;
use crate::words::Language;
use structure::faults;

mod structure;

/// Set to write the golden files anew.
const BLESS: &str = "COLLOQUE_BLESS";

fn bundle(record: &Record, words: &Words) -> Value {
    serde_json::from_slice(&bytes(std::slice::from_ref(record), words).unwrap()).unwrap()
}

fn bundle_of(views: &Views, names: Names) -> Value {
    let words = Words::new(Language::English);
    bundle(&record_of(views, names, &words), &words)
}

/// The resources of this type, in their order.
fn resources<'a>(bundle: &'a Value, of: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    entries.filter(|resource| resource["resourceType"] == of).collect()
}

#[test]
fn the_bundle_is_the_golden_one_in_each_language_and_keeps_to_the_structure_of_r4() {
    for (language, golden) in [
        (Language::English, include_str!("golden.en.json")),
        (Language::French, include_str!("golden.fr.json")),
    ] {
        let (record, words) = record(language);
        let bundle = bundle(&record, &words);
        assert_eq!(faults(&bundle), Vec::<String>::new());
        let text = serde_json::to_string_pretty(&bundle).unwrap();
        if std::env::var_os(BLESS).is_some() {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/export/fhir");
            std::fs::write(folder.join(format!("golden.{}.json", language.word())), text + "\n").unwrap();
        } else {
            // As values: whether serde_json keeps the order of fields depends on what else is built.
            let golden: Value = serde_json::from_str(golden).unwrap();
            assert!(bundle == golden, "{language:?}: {text}");
        }
    }
}

#[test]
fn the_structure_check_finds_what_r4_does_not_allow() {
    let (record, words) = record(Language::English);
    let good = bundle(&record, &words);
    let breaks: [(&str, Value); 9] = [
        ("/type", json!("anything")),
        ("/entry/0/resource/status", json!("sent")),
        ("/entry/0/resource/note", json!([])),
        ("/entry/0/resource/sent", json!("2026-12-01")),
        ("/entry/0/resource/note/0/text", json!("\u{1b}")),
        ("/entry/1/fullUrl", good["entry"][0]["fullUrl"].clone()),
        ("/entry/0/resource/sender/reference", json!("urn:uuid:00000000-0000-0000-0000-000000000000")),
        ("/entry/0/resource/recipient", json!({})),
        ("/entry/1/resource/name/0", json!({ "nom": "x" })),
    ];
    for (pointer, value) in breaks {
        let mut broken = good.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert_ne!(faults(&broken), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn each_message_is_a_communication_of_the_thread_with_its_place_author_and_those_who_received_it() {
    let bundle = bundle_of(&views(), Names::Certified);
    let communications = resources(&bundle, "Communication");
    let [thread, messages @ ..] = communications.as_slice() else { panic!("{bundle}") };
    assert_eq!(thread["status"], "in-progress");
    assert_eq!(messages.len(), 5);
    let account = |account: AccountId| format!("urn:colloque:account:{account}");
    let third = messages[2];
    assert_eq!(third["partOf"][0]["reference"], bundle["entry"][0]["fullUrl"]);
    assert_eq!(third["identifier"][0]["value"], "urn:uuid:03030303-0303-0303-0303-030303030303");
    assert_eq!(third["identifier"][1]["value"], "6");
    assert_eq!(third["sent"], "2026-12-02T20:00:00+01:00");
    assert_eq!(third["sender"]["identifier"]["value"], account(STRANGER));
    let recipients: Vec<_> =
        third["recipient"].as_array().unwrap().iter().map(|to| to["identifier"]["value"].clone()).collect();
    assert_eq!(recipients, [json!(account(PROFESSIONAL)), json!(account(PATIENT))]);
    let second = messages[1]["recipient"].as_array().unwrap();
    assert_eq!(second.len(), 1, "who was added later did not receive it");
    let waiting = messages[4];
    assert_eq!((&waiting["status"], &waiting["sent"]), (&json!("preparation"), &Value::Null));
    let notes: Vec<_> =
        thread["note"].as_array().unwrap().iter().filter_map(|n| n["text"].as_str()).collect();
    for place in 4..=10 {
        let is_said = notes.iter().any(|note| note.starts_with(&format!("Place {place}: ")));
        assert_eq!(is_said, place != 6, "{notes:?}");
    }
}

#[test]
fn a_professional_has_the_national_numbers_and_a_patient_a_name_only_if_it_was_asked_for() {
    let bundle = bundle_of(&views(), Names::Certified);
    let professional = resources(&bundle, "Practitioner")[0];
    assert_eq!(professional["name"][0]["text"], "Dr Anne Martin");
    assert_eq!(professional["qualification"][0]["code"]["text"], "general practitioner");
    let number =
        |at: usize| (&professional["identifier"][at]["system"], &professional["identifier"][at]["value"]);
    assert_eq!(number(1), (&json!("urn:oid:1.2.250.1.71.4.2.1"), &json!("810101234564")));
    assert_eq!(number(2), (&json!("https://rpps.esante.gouv.fr"), &json!("10101234564")));
    assert!(!bundle.to_string().contains("Roux"), "a given name stays on the device");
    let named = bundle_of(&views(), Names::CertifiedAndGiven);
    assert_eq!(resources(&named, "Patient")[0]["name"][0]["text"], "Louis Roux");
}

#[test]
fn an_author_cannot_choose_an_id_that_makes_a_message_pass_for_a_person_or_the_thread() {
    let mut views = views();
    let mut chosen = said(Some(3), PATIENT, 0x11, 60, "I am the doctor");
    for (seq, id) in [(3, PROFESSIONAL.as_bytes()), (4, crate::cast::THREAD.as_bytes())] {
        if let colloque_client_core::EntryKind::Message(message) = &mut chosen.kind {
            message.message = colloque_schemas::id::MessageId::new(*id);
        }
        chosen.seq = Some(Seq(seq));
        views.entries.push(chosen.clone());
    }
    assert_eq!(faults(&bundle_of(&views, Names::Certified)), Vec::<String>::new());
}

#[test]
fn whatever_a_peer_sends_the_bundle_stays_sound_and_the_text_what_it_was() {
    let texts = [
        "",
        " ",
        "\u{202e}\u{200d}\u{feff}",
        "\u{0}\u{1b}[2J\u{7f}",
        "\u{10ffff}\u{e0041}",
        "\"}]\\u0000\u{2028}",
    ];
    let mut views = views();
    views.entries.clear();
    for (id, text) in (1..).zip(texts) {
        views.entries.push(said(Some(u64::from(id) + 1), PATIENT, id, 1, text));
    }
    views.entries.push(said(Some(20), PATIENT, 20, u64::MAX, "at the end of time"));
    let words = Words::new(Language::English);
    let record = record_of(&views, Names::Certified, &words);
    let bytes = bytes(std::slice::from_ref(&record), &words).unwrap();
    assert!(!std::str::from_utf8(&bytes).unwrap().chars().any(is_deceptive), "nothing acts on a terminal");
    let bundle: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(faults(&bundle), Vec::<String>::new());
    let communications = resources(&bundle, "Communication");
    let payload = |at: usize| communications[at]["payload"][0]["contentString"].as_str();
    assert_eq!(payload(1), None, "FHIR has no empty text");
    assert_eq!((payload(3), payload(5), payload(6)), (Some(texts[2]), Some(texts[4]), Some(texts[5])));
    assert_eq!(payload(4), Some("\u{fffd}\u{fffd}[2J\u{7f}"), "nor control characters");
    assert_eq!(communications[7]["sent"], Value::Null);
}

#[test]
fn the_status_of_a_thread_says_only_what_this_device_can_know() {
    let with = |standing: Standing, is_closed: bool| {
        let mut views = views();
        views.summary.standing = standing;
        if is_closed {
            views.summary.mode = colloque_schemas::answer_mode::AnswerMode::Closed;
        }
        bundle_of(&views, Names::Certified)["entry"][0]["resource"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(with(Standing::Opening, false), "preparation");
    assert_eq!(with(Standing::Member, false), "in-progress");
    assert_eq!(with(Standing::Member, true), "completed");
    assert_eq!(with(Standing::Failed, false), "not-done");
    for standing in [Standing::Departed, Standing::AccessLost, Standing::Forked] {
        assert_eq!(with(standing, true), "unknown", "{standing:?}");
    }
}

#[test]
fn a_message_to_one_person_can_be_read_back_as_what_is_to_be_sent() {
    let bundle = bundle_of(&views(), Names::Certified);
    let first = resources(&bundle, "Communication")[1];
    let read = incoming::read(&serde_json::to_vec(first).unwrap()).ok().unwrap();
    let recipient = incoming::Recipient::Account(PATIENT);
    assert_eq!((read.recipient, read.thread), (recipient, Some(views().summary.thread)));
    assert_eq!(read.text, first["payload"][0]["contentString"].as_str().unwrap());
    assert_eq!(first["sent"], "2026-12-01T19:00:05+01:00", "{NOW:?} and five seconds");
}

#[test]
fn several_threads_are_one_bundle_in_which_each_person_stands_once() {
    let words = Words::new(Language::English);
    let (one, mut other) = (views(), views());
    other.summary.thread = colloque_schemas::id::ThreadId::new([0xcd; 16]);
    other.entries = vec![said(Some(2), PROFESSIONAL, 9, 5, "another thread")];
    let records = [&one, &other].map(|views| record_of(views, Names::Certified, &words));
    let bundle: Value = serde_json::from_slice(&bytes(&records, &words).unwrap()).unwrap();
    assert_eq!(faults(&bundle), Vec::<String>::new());
    assert_eq!(resources(&bundle, "Patient").len(), 1);
    let threads = resources(&bundle, "Communication").into_iter().filter(|one| one.get("partOf").is_none());
    assert_eq!(threads.count(), 2);
    assert_ne!(
        bundle["identifier"],
        serde_json::from_slice::<Value>(&bytes(&records[..1], &words).unwrap()).unwrap()["identifier"]
    );
}

#[test]
fn the_answer_to_a_search_has_what_matches_and_says_what_comes_along() {
    let (record, words) = record(Language::English);
    let address = "http://a.localhost:1/api/fhir/Communication?part-of=x".to_owned();
    let answer: Value = serde_json::from_slice(&found(&record, address.clone(), &words).unwrap()).unwrap();
    assert_eq!(faults(&answer), Vec::<String>::new());
    assert_eq!((&answer["type"], &answer["link"][0]["url"]), (&json!("searchset"), &json!(address)));
    let mut matches = 0;
    for entry in answer["entry"].as_array().unwrap() {
        let is_part = entry["resource"].get("partOf").is_some();
        assert_eq!(entry["search"]["mode"], if is_part { "match" } else { "include" }, "{entry}");
        matches += u64::from(is_part);
    }
    assert!(matches > 1 && answer["total"] == matches);
    assert!(bundle(&record, &words).get("total").is_none(), "a copy is no search");
}
