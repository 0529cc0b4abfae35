//! A thread as a document, from the command line.

use std::os::unix::fs::PermissionsExt as _;

use colloque_schemas::id::KeyHash;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::command_line::Tenant;

/// The resources of this type in a bundle.
fn resources<'a>(bundle: &'a Value, of: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    entries.filter(|resource| resource["resourceType"] == of).collect()
}

#[test]
fn both_people_write_their_thread_to_a_file_of_their_own_that_nothing_replaces() {
    let mut tenant = Tenant::new();
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    tenant.person("ana", "en").does(&["enrol", "--file", "ana.txt"]);
    tenant.person("basile", "fr").does(&["enrol", "--file", "basile.txt"]);
    let account = tenant.person("basile", "fr").account();
    tenant.person("ana", "en").does(&["patients", "name", &account, "Basile Roux"]);
    tenant.person("ana", "en").does(&["open", "--patient", &account, "bonjour"]);
    tenant.person("basile", "fr").does(&["send", "1", "merci"]);
    let folder = tenant.programs.folder().to_owned();
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let bundle = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };

    // The doctor's, with the name that stays on the device otherwise.
    let doctor = tenant.person("ana", "en");
    let outcome = doctor.json(&["export", "1", "--format", "fhir", "--to", "thread.json", "--with-names"]);
    let written = file("thread.json");
    let hash = KeyHash::new(Sha256::digest(&written).into()).to_string();
    assert_eq!((&outcome["sha256"], &outcome["messages"]), (&json!(hash), &json!(2)), "{outcome}");
    assert_eq!(resources(&bundle(&written), "Patient")[0]["name"][0]["text"], "Basile Roux");
    let mode = std::fs::metadata(folder.join("thread.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    doctor.says(&["export", "1", "--format", "fhir", "--to", "thread.json"]).failed(1, "(file-exists)");
    assert_eq!(file("thread.json"), written);
    doctor.says(&["export", "1", "--format", "fhir", "--to", "none/x"]).failed(1, "(file-unwritable)");
    doctor.says(&["export", "9", "--format", "fhir", "--to", "x"]).failed(2, "(unknown-thread)");

    // The patient's: the doctor is named in full, by the certificate in the thread.
    let patient = tenant.person("basile", "fr");
    let printed = patient.does(&["export", "1", "--format", "fhir", "--to", "-"]);
    let printed = bundle(printed.as_bytes());
    let professional = resources(&printed, "Practitioner")[0];
    assert_eq!(professional["name"][0]["text"], "Dr Ana Verne");
    assert_eq!(professional["identifier"][2]["value"], "10000000009");
    let texts: Vec<_> = resources(&printed, "Communication")
        .into_iter()
        .filter_map(|message| message["payload"][0]["contentString"].as_str())
        .collect();
    assert_eq!(texts, ["bonjour", "merci"]);

    // What waits is in the copy, as not sent; that the copy may be old is said by the exit code.
    assert_eq!(tenant.relay.take().unwrap().end_by("TERM"), Some(0));
    let patient = tenant.person("basile", "fr");
    assert_eq!(patient.says(&["send", "1", "attend"]).code, Some(4));
    assert_eq!(patient.says(&["export", "1", "--format", "fhir", "--to", "late.json"]).code, Some(4));
    let late = bundle(&file("late.json"));
    let last = resources(&late, "Communication").pop().unwrap();
    assert_eq!((&last["status"], &last["sent"]), (&json!("preparation"), &Value::Null));

    let said = patient.says(&["export", "1", "--format", "pdf", "--to", "thread.pdf", "--offline"]);
    if said.code == Some(0) {
        assert!(file("thread.pdf").starts_with(b"%PDF-1.7"));
    } else {
        // As these tests are built on their own: without the feature.
        said.failed(1, "(pdf-absent)");
        assert!(!folder.join("thread.pdf").exists());
    }
}
