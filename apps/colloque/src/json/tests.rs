use serde_json::json;

use super::*;
use crate::cast::{
    NOW, PATIENT, last_message, message, mode_change, own_patient, own_professional, patient_contact, summary,
};

fn value(item: impl Serialize) -> serde_json::Value {
    serde_json::to_value(item).unwrap()
}

#[test]
fn field_names_of_persons_are_stable() {
    let expected = json!({
        "account": "11".repeat(16), "role": "professional", "name": "Dr Anne Martin",
        "profession": "general practitioner", "rpps": "10101234564", "account_key": "04".repeat(32),
        "device": "05".repeat(32), "relay": "localhost:7443", "certificate_expires_at": NOW.0,
        "main": true,
    });
    assert_eq!(value(OwnJson::from(&own_professional())), expected);
    assert_eq!(value(OwnJson::from(&own_patient()))["rpps"], json!(null));
    let expected = json!({
        "account": "22".repeat(16), "role": "patient", "certified_name": null, "profession": null,
        "petname": "Louis", "account_key": "04".repeat(32), "key_has_changed": false, "is_blocked": false,
    });
    assert_eq!(value(ContactJson::from(&patient_contact())), expected);
}

#[test]
fn field_names_of_a_thread_and_its_entries_are_stable() {
    let summary = ThreadSummary { last: Some(last_message()), ..summary(AnswerMode::Until(NOW)) };
    let entries =
        [message(Some(2), Role::Professional, Role::Patient, "hi"), mode_change(3, AnswerMode::Closed)];
    let answer = Answer::Denied(colloque_schemas::rule::Rule::ClosedMeansClosed, None);
    let read = ReadJson::new(ThreadJson::new(1, &summary), &entries, &answer, Some("notice".to_owned()));
    let expected = json!({
        "row": 1, "thread": "ab".repeat(16), "standing": "member", "mode": "until", "until_at": NOW.0,
        "opener": "11".repeat(16), "patients": ["22".repeat(16)], "opened_at": NOW.0, "unread": 0, "waiting": 0,
        "last_author": "11".repeat(16), "last_at": NOW.0,
        "entries": [
            { "seq": 2, "kind": "message", "message": "09".repeat(16), "author": "11".repeat(16),
              "role": "professional", "own": false, "sent_at": NOW.0, "text": "hi", "documents": [] },
            { "seq": 3, "kind": "mode", "by": "11".repeat(16), "mode": "closed" },
        ],
        "answer": { "permitted": false, "rule": "R07" },
        "notice": "notice",
    });
    assert_eq!(value(read), expected);
}

#[test]
fn an_opening_names_whom_it_waits_for_and_an_invitation_its_account_and_end() {
    let waiting = ThreadSummary { waits_for: vec![PATIENT], ..summary(AnswerMode::Open) };
    assert_eq!(value(ThreadJson::new(1, &waiting))["waits_for"], json!(["22".repeat(16)]));
    let invited = InvitedJson { invitation: "COLLOQUE1.x", account: PATIENT.to_string(), expires_at: NOW.0 };
    let expected = json!({ "invitation": "COLLOQUE1.x", "account": "22".repeat(16), "expires_at": NOW.0 });
    assert_eq!(value(invited), expected);
}

#[test]
fn an_outcome_says_only_what_there_is_to_say() {
    let outcome = OutcomeJson { state: "waiting", thread: None, message: None, seq: None };
    assert_eq!(value(outcome), json!({ "state": "waiting" }));
}

#[test]
fn field_names_of_devices_are_stable_and_who_is_main_is_said_only_where_it_is_known() {
    use colloque_client_core::OwnDevice;
    use colloque_schemas::id::DeviceKey;
    let key = DeviceKey::new([5; 32]);
    let other = OwnDevice {
        device: key,
        is_this: false,
        name: Some("Tablet".to_owned()),
        linked_at: Some(NOW),
        threads: 2,
    };
    let expected = json!({
        "device": "05".repeat(32), "this": false, "main": false, "name": "Tablet", "linked_at": NOW.0, "threads": 2,
    });
    assert_eq!(value(OwnDeviceJson::new(&other, true)), expected);
    assert_eq!(value(OwnDeviceJson::new(&other, false))["main"], json!(null));
    let this = OwnDevice { is_this: true, ..other };
    assert_eq!(value(OwnDeviceJson::new(&this, true))["main"], json!(true));
    assert_eq!(value(OwnDeviceJson::new(&this, false))["main"], json!(false));
    assert_eq!(value(OfferJson { offer: "x" }), json!({ "offer": "x" }));
    assert_eq!(value(LinkCodeJson { code: "123 456" }), json!({ "code": "123 456" }));
    let linked = LinkedJson { state: "done", device: key.to_string(), is_everywhere: true };
    let expected = json!({ "state": "done", "device": "05".repeat(32), "is_everywhere": true });
    assert_eq!(value(linked), expected);
}
