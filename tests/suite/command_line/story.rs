//! Two people in each language, with every verb; then what the servers logged and stored of it.

mod export;

use colloque_tests::leak::Canaries;
use serde_json::json;

use super::{Person, Tenant};

const FIRST: &str = "canary-text: bonjour, comment allez-vous ?";
const ANSWER: &str = "canary-text: mieux, merci";
const PETNAME: &str = "canary-name: Basile Roux";

/// What each language says where the test looks.
struct Expected {
    enrolled: &'static str,
    emergency: &'static str,
    closed: &'static str,
    connected: &'static str,
    up_to_date: &'static str,
    at_relay: &'static str,
}

const FRENCH: Expected = Expected {
    enrolled: "Inscription terminée",
    emergency: "Pas pour les urgences",
    closed: "fermé",
    connected: "Connecté.",
    up_to_date: "À jour avec le relais.",
    at_relay: "au relais, pas sur cet appareil",
};
const ENGLISH: Expected = Expected {
    enrolled: "Enrolled.",
    emergency: "Not for emergencies",
    closed: "closed",
    connected: "Connected.",
    up_to_date: "Up to date with the relay.",
    at_relay: "at the relay, not on this device",
};

#[test]
fn two_people_use_every_verb_in_french() {
    every_verb("fr", &FRENCH);
}

#[test]
fn two_people_use_every_verb_in_english() {
    every_verb("en", &ENGLISH);
}

fn every_verb(language: &str, expected: &Expected) {
    let tenant = Tenant::new();
    let doctor = tenant.person("ana", language);
    let patient = tenant.person("basile", language);
    enrol(&tenant, doctor, patient, expected);
    name_and_open(doctor, patient);
    read_and_answer(doctor, patient, expected);
    send_and_save_documents(doctor, patient, expected);
    compare_safety_numbers(doctor, patient);
    close_and_reopen(doctor, patient, expected);
    watch(doctor, patient, expected);
    leave_and_block(doctor, patient, expected);
    let ids = [doctor.account(), patient.account(), thread_of(doctor)];
    nothing_is_said_in_logs_and_files(tenant, &ids);
}

fn enrol(tenant: &Tenant, doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    let said = doctor.says(&["enrol", "--file", "ana.txt"]).done();
    assert!(said.output.contains(expected.enrolled) && said.output.contains("Dr Ana Verne"), "{said:?}");
    let invitation = std::fs::read_to_string(tenant.programs.folder().join("basile.txt")).unwrap();
    let own = patient.says_with_input(&["enrol", "-", "--json"], &invitation).json();
    assert_eq!(own["role"], "patient");
    assert!(doctor.does(&["whoami"]).contains("Dr Ana Verne"));
    let own = doctor.json(&["whoami"]);
    assert_eq!((&own["role"], &own["name"]), (&json!("professional"), &json!("Dr Ana Verne")));
    assert_eq!(own["rpps"], "10000000009");
}

fn name_and_open(doctor: Person<'_>, patient: Person<'_>) {
    doctor.does(&["patients", "name", &patient.account(), PETNAME]);
    assert!(doctor.does(&["patients"]).contains(PETNAME));
    let contacts = doctor.json(&["patients"]);
    assert_eq!(contacts[0]["petname"], PETNAME);
    let refused = patient.says(&["open", "--patient", &doctor.account(), FIRST]);
    refused.failed(3, "(R01)");
    let opened = doctor.json(&["open", "--patient", PETNAME, "--mode", "one-reply", FIRST]);
    assert_eq!(opened["state"], "done");
}

fn read_and_answer(doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    assert!(patient.does(&["sync"]).contains(expected.up_to_date));
    assert!(patient.does(&["threads"]).contains("Dr Ana Verne"));
    let threads = patient.json(&["threads"]);
    assert_eq!((&threads[0]["mode"], &threads[0]["unread"]), (&json!("one-reply"), &json!(1)));
    let read = patient.does(&["read", "1"]);
    assert!(read.contains(FIRST) && read.contains(expected.emergency), "{read}");
    let read = patient.json(&["read", "1"]);
    assert_eq!((&read["answer"]["permitted"], &read["unread"]), (&json!(true), &json!(0)));
    doctor.tenant.programs.write("answer.txt", ANSWER.as_bytes());
    patient.does(&["send", "1", "--file", "answer.txt"]);
    let again = patient.says(&["send", "1", "encore"]);
    assert_eq!(again.code, Some(3), "{again:?}");
    assert!(again.errors.trim_end().ends_with("(R04)"), "{again:?}");
    let read = doctor.json(&["read", "1"]);
    let texts: Vec<_> =
        read["entries"].as_array().unwrap().iter().filter_map(|entry| entry["text"].as_str()).collect();
    assert_eq!(texts, [FIRST, ANSWER]);
    assert!(doctor.does(&["read", "1"]).contains(PETNAME));
    assert_eq!(doctor.json(&["members", "1"]).as_array().unwrap().len(), 2);
    assert!(patient.does(&["members", "1"]).contains("Dr Ana Verne"));
    doctor.does(&["mode", "1", "open"]);
    patient.does(&["send", "1", "et encore"]);
}

fn send_and_save_documents(doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    let programs = &doctor.tenant.programs;
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
    programs.write("IRM.dcm", &large);
    programs.write("photo.jpg", b"said to be a picture, and none");
    programs.write("page.html", b"<script>alert(1)</script>");
    patient.says(&["send", "1", "--attach", "photo.jpg"]).failed(2, "(picture-unclean)");
    patient.says(&["send", "1", "--attach", "nothing.pdf"]).failed(1, "(file-unreadable)");
    patient.does(&["send", "1", "--attach", "IRM.dcm", "--attach", "page.html"]);
    let read = doctor.does(&["read", "1"]);
    assert!(
        read.contains("IRM.dcm") && read.contains("page.html_") && read.contains(expected.at_relay),
        "{read}"
    );
    let entries = doctor.json(&["read", "1"])["entries"].as_array().unwrap().clone();
    let message = entries.last().unwrap();
    let (large_one, small_one) = (&message["documents"][0], &message["documents"][1]);
    assert_eq!((&large_one["state"], &large_one["bytes"]), (&json!("at-relay"), &json!(3_000_000)));
    assert_eq!(
        (&small_one["state"], &small_one["media_type"]),
        (&json!("here"), &json!("application/octet-stream"))
    );
    let place = message["seq"].as_u64().unwrap();
    let unsaved = doctor.says(&["save", "1", &format!("{place}.1"), "--offline"]);
    assert!(unsaved.code == Some(4) && unsaved.output.contains("(document-not-here)"), "{unsaved:?}");
    let saved = doctor.json(&["save", "1", &format!("{place}.1")]);
    assert_eq!((&saved["state"], &saved["path"]), (&json!("done"), &json!("./IRM (2).dcm")));
    assert!(std::fs::read(programs.folder().join("IRM (2).dcm")).unwrap() == large);
    assert!(doctor.does(&["save", "1"]).contains("page.html_"), "the newest");
    doctor.says(&["save", "1", &format!("{place}.3")]).failed(2, "(unknown-document)");
    doctor.says(&["save", "1", &place.to_string(), "--into", "nowhere"]).failed(1, "(file-unwritable)");
}

fn compare_safety_numbers(doctor: Person<'_>, patient: Person<'_>) {
    let number = doctor.json(&["verify", PETNAME]);
    let digits = number["digits"].as_str().unwrap();
    let shown = patient.does(&["verify", "Dr Ana Verne"]);
    let first_line = digits.split(' ').take(6).collect::<Vec<_>>().join(" ");
    assert!(shown.contains(&first_line), "{shown}");
    let scanned = number["qr"].as_str().unwrap();
    patient.does(&["verify", "Dr Ana Verne", "--scan", scanned]);
    assert_eq!(patient.json(&["verify", "Dr Ana Verne", "--scan", scanned])["matches"], true);
    let other = scanned.replace(|digit: char| digit.is_ascii_digit(), "0");
    patient.says(&["verify", "Dr Ana Verne", "--scan", &other]).failed(3, "(safety-number-differs)");
    doctor.does(&["verify", PETNAME, "--confirm"]);
}

fn close_and_reopen(doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    assert_eq!(doctor.json(&["close", "1"])["state"], "done");
    assert!(doctor.does(&["threads"]).contains(expected.closed));
    let refused = patient.says(&["send", "1", "trop tard"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.errors.contains("(R07)"), "{refused:?}");
    patient.says(&["reopen", "1"]).failed(3, "(R09)");
    doctor.does(&["reopen", "1"]);
    patient.says_with_input(&["send", "1", "-"], "de l'entrée standard\n").done();
    doctor.does(&["send", "1", "noté"]);
}

fn watch(doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    let watching = doctor.starts(&["watch", "--json"]);
    patient.does(&["send", "1", "pendant la garde"]);
    watching.line_with("pendant la garde");
    assert!(watching.log().contains(expected.connected), "{}", watching.log());
    doctor.says(&["threads"]).failed(1, "(profile-in-use)");
    assert_eq!(watching.end_by("INT"), Some(0));
}

fn leave_and_block(doctor: Person<'_>, patient: Person<'_>, expected: &Expected) {
    patient.does(&["leave", "1"]);
    assert_eq!(patient.says(&["send", "1", "adieu"]).code, Some(3));
    assert!(doctor.does(&["sync"]).contains(expected.up_to_date));
    assert_eq!(doctor.json(&["members", "1"]).as_array().unwrap().len(), 1, "the patient was taken out");
    doctor.does(&["open", "--patient", PETNAME, FIRST]);
    let threads = doctor.json(&["threads"]).as_array().unwrap().len();
    assert_eq!(patient.json(&["block", "Dr Ana Verne"])["state"], "done");
    doctor.does(&["open", "--patient", PETNAME, FIRST]);
    patient.does(&["sync"]);
    assert_eq!(patient.json(&["threads"]).as_array().unwrap().len(), threads, "no new one is followed");
    assert!(patient.does(&["unblock", "Dr Ana Verne"]).contains("Dr Ana Verne"));
    doctor.says(&["block", PETNAME]).failed(2, "(not-blockable)");
}

#[test]
fn a_colleague_is_added_to_a_conversation_and_taken_out_of_it() {
    let tenant = Tenant::new();
    let [doctor, colleague, patient] = ["ana", "zoe", "basile"].map(|name| tenant.person(name, "en"));
    tenant.invite_professional("ana.txt");
    tenant.invite_professional("zoe.txt");
    tenant.invite_patient("basile.txt");
    for (person, file) in [(doctor, "ana.txt"), (colleague, "zoe.txt"), (patient, "basile.txt")] {
        person.does(&["enrol", "--file", file]);
    }
    let account = colleague.account();
    doctor.does(&["open", "--patient", &patient.account(), FIRST]);
    assert!(doctor.does(&["add", "1", &account]).contains("Added to conversation"));
    colleague.does(&["sync"]);
    assert!(colleague.does(&["read", "1"]).contains("You were added by"));
    assert_eq!(doctor.json(&["members", "1"]).as_array().unwrap().len(), 3);
    patient.does(&["sync"]);
    patient.says(&["add", "1", &account]).failed(3, "(R02)");
    patient.says(&["remove", "1", &account]).failed(3, "(R15)");
    assert_eq!(doctor.json(&["remove", "1", &account])["state"], "done");
    assert_eq!(doctor.json(&["members", "1"]).as_array().unwrap().len(), 2);
    doctor.says(&["remove", "1", &patient.account()]).failed(3, "(R14)");
}

#[test]
fn a_conversation_goes_on_in_a_new_one_which_both_say() {
    let tenant = Tenant::new();
    let [doctor, patient] = ["ana", "basile"].map(|name| tenant.person(name, "en"));
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    for (person, file) in [(doctor, "ana.txt"), (patient, "basile.txt")] {
        person.does(&["enrol", "--file", file]);
    }
    doctor.does(&["open", "--patient", &patient.account(), FIRST]);
    let before = thread_of(doctor);
    patient.does(&["sync"]);
    patient.says(&["continue", "1", "plutôt ailleurs"]).failed(3, "(R01)");
    let opened = doctor.json(&["continue", &before, "on reprend"]);
    assert_eq!(opened["state"], "done");
    let after = opened["thread"].as_str().unwrap().to_owned();
    assert_ne!(after, before);
    assert!(patient.does(&["read", &before]).contains("This conversation goes on in"));
    assert!(patient.does(&["read", &after]).contains("goes on with what was begun in"));
    assert_eq!(doctor.json(&["read", &before])["continued_in"], json!(after));
    assert_eq!(doctor.json(&["read", &after])["continues"], json!(before));
}

fn thread_of(person: Person<'_>) -> String {
    person.json(&["threads"])[0]["thread"].as_str().unwrap().to_owned()
}

/// At every log level, and with the servers stopped as an operator stops them.
fn nothing_is_said_in_logs_and_files(mut tenant: Tenant, ids: &[String]) {
    let mut in_files = Canaries::default();
    ["canary-text", "canary-name"].iter().for_each(|text| in_files.text(text));
    for id in &ids[..2] {
        in_files.bytes("account", &bytes_of(id));
    }
    let mut in_logs = Canaries::default();
    ["canary-text", "canary-name", "Dr Ana Verne"].iter().for_each(|text| in_logs.text(text));
    for id in ids {
        in_logs.bytes("id", &bytes_of(id));
    }
    for running in [tenant.authority.take().unwrap(), tenant.relay.take().unwrap()] {
        let log = running.log();
        assert_eq!(in_logs.found_in(log.as_bytes()), Vec::<&str>::new(), "{log}");
        assert_eq!(running.end_by("TERM"), Some(0));
    }
    let relay = tenant.programs.folder().join("relay");
    assert_eq!(in_files.found_in_folder(&relay, &["relay.key", "tls.key.pem"]), Vec::<String>::new());
    assert!(!relay.join("relay.db-wal").exists(), "a stop in good order empties the WAL and removes it");
}

fn bytes_of(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
