use serde_json::{Value, json};

use super::*;
use crate::cast::PATIENT;

/// What practice software would post: with elements that are not used here.
fn communication() -> Value {
    json!({
        "resourceType": "Communication",
        "id": "c1",
        "meta": { "profile": ["https://example.org/StructureDefinition/any"] },
        "extension": [{ "url": "https://example.org/any", "valueBoolean": true }],
        "status": "in-progress",
        "_status": { "id": "s" },
        "priority": "routine",
        "recipient": [{ "identifier": {
            "system": "urn:ietf:rfc:3986", "value": format!("urn:colloque:account:{PATIENT}"),
        } }],
        "payload": [{ "contentString": "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\r\n\t!" }],
        "fromALaterVersion": { "nested": [1, 2] },
    })
}

/// The same with another value at this place, or without it.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut changed = communication();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.to_owned(), value)),
        (Value::Object(fields), None) => drop(fields.remove(name).unwrap()),
        (parent, _) => panic!("{parent}"),
    }
    changed
}

fn read_value(value: &Value) -> Result<Outgoing, Unsendable> {
    read(&serde_json::to_vec(value).unwrap())
}

fn recipient(value: Value) -> Result<Recipient, Unsendable> {
    read_value(&value).map(|read| read.recipient)
}

/// With a contained resource that the recipient points to.
fn contained(resource: Value) -> Value {
    let mut changed = with("/recipient/0", Some(json!({ "reference": "#p", "display": "Louis" })));
    changed["contained"] = json!([resource]);
    changed
}

#[test]
fn a_communication_is_read_with_what_is_not_used_passed_over() {
    let read = read_value(&communication()).ok().unwrap();
    assert_eq!((read.recipient, read.thread), (Recipient::Account(PATIENT), None));
    assert_eq!(read.text, "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\r\n\t!");
    for status in ["preparation", "completed"] {
        assert!(read_value(&with("/status", Some(json!(status)))).is_ok(), "{status}");
    }
}

#[test]
fn a_patient_is_known_by_the_account_among_the_identifiers_of_the_reference_or_what_is_contained() {
    let ins = json!({ "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "255069999999934" });
    let account = communication()["recipient"][0]["identifier"].clone();
    let patient = json!({ "resourceType": "Patient", "id": "p", "identifier": [ins, account] });
    assert_eq!(recipient(contained(patient)), Ok(Recipient::Account(PATIENT)));
    assert_eq!(recipient(with("/recipient/0/identifier", Some(ins))), Err(Unsendable::RecipientUnidentified));
}

#[test]
fn the_thread_is_named_as_an_exported_bundle_names_it() {
    let part_of = |value: &str| {
        let identifier = json!({ "system": "urn:ietf:rfc:3986", "value": value });
        let mut whole = communication();
        whole["partOf"] = json!([{ "identifier": identifier }]);
        read_value(&whole).map(|read| read.thread)
    };
    let thread = "abababab-abab-abab-abab-abababababab";
    assert_eq!(part_of(&format!("urn:uuid:{thread}")), Ok(Some(ThreadId::new([0xab; 16]))));
    for other in [
        thread.to_owned(),
        format!("urn:uuid:{}", thread.replace('-', "")),
        format!("urn:uuid:{}", thread.to_uppercase()),
        format!("urn:uuid:{thread}-"),
        "urn:uuid:".to_owned(),
    ] {
        assert_eq!(part_of(&other), Err(Unsendable::PartOf), "{other}");
    }
}

#[test]
fn every_way_to_be_unsendable_has_its_name() {
    use Unsendable as U;
    let set = |pointer: &str, value: Value| with(pointer, Some(value));
    let without = |pointer: &str| with(pointer, None);
    let patient = |more: &str| format!(r#"{{ "resourceType": "Patient", "id": "p", {more} }}"#);
    let contained_in = |text: String| contained(serde_json::from_str(&text).unwrap());
    let text = |text: String| set("/payload/0/contentString", json!(text));
    let account =
        |digits: &str| set("/recipient/0/identifier/value", json!(format!("urn:colloque:account:{digits}")));
    let one = json!({ "contentString": "x" });
    let cases = [
        (json!([]), U::Malformed),
        (set("/resourceType", json!("Patient")), U::ResourceType),
        (without("/resourceType"), U::ResourceType),
        (set("/resourceType", json!(1)), U::Malformed),
        (set("/status", json!(["completed"])), U::Malformed),
        (set("/payload", json!("text")), U::Malformed),
        (set("/payload/0/contentString", json!(1)), U::Malformed),
        (set("/implicitRules", json!("https://example.org/rules")), U::ModifierUnknown),
        (set("/modifierExtension", json!([{ "url": "https://example.org/not" }])), U::ModifierUnknown),
        (
            set("/payload/0/modifierExtension", json!([{ "url": "https://example.org/not" }])),
            U::ModifierUnknown,
        ),
        (contained_in(patient(r#""modifierExtension": [{}]"#)), U::ModifierUnknown),
        (contained_in(patient(r#""implicitRules": "x""#)), U::ModifierUnknown),
        (without("/status"), U::Status),
        (set("/status", json!("entered-in-error")), U::Status),
        (set("/status", json!("sent")), U::Status),
        (without("/recipient"), U::RecipientCount),
        (set("/recipient", json!([{}, {}])), U::RecipientCount),
        (set("/recipient/0/type", json!("Practitioner")), U::RecipientKind),
        (contained_in(r#"{ "resourceType": "Group", "id": "p" }"#.to_owned()), U::RecipientKind),
        (set("/recipient/0", json!({ "reference": "Patient/1" })), U::RecipientUnidentified),
        (set("/recipient/0", json!({ "reference": "#nobody" })), U::RecipientUnidentified),
        (set("/recipient/0", json!({ "display": "Louis" })), U::RecipientUnidentified),
        (without("/recipient/0/identifier/system"), U::RecipientUnidentified),
        (without("/recipient/0/identifier/value"), U::RecipientUnidentified),
        (set("/recipient/0/identifier", json!({ "system": "x", "value": " " })), U::RecipientUnidentified),
        (contained_in(patient(r#""identifier": []"#)), U::RecipientUnidentified),
        (
            contained_in(patient(r#""identifier": [{"system":"a","value":"1"},{"system":"b","value":"2"}]"#)),
            U::RecipientUnidentified,
        ),
        (account("22"), U::Account),
        (account(&"AB".repeat(16)), U::Account),
        (without("/payload"), U::PayloadCount),
        (set("/payload", json!([])), U::PayloadCount),
        (set("/payload", json!([one, one])), U::PayloadCount),
        (set("/partOf", json!([{}])), U::PartOf),
        (set("/partOf", json!([{}, {}])), U::PartOf),
        (set("/payload/0", json!({})), U::PayloadKind),
        (set("/payload/0", json!({ "contentAttachment": { "title": "x" } })), U::PayloadKind),
        (set("/payload/0/contentReference", json!({ "reference": "#p" })), U::PayloadKind),
        (text(" \n".to_owned()), U::TextEmpty),
        (text("x".repeat(TEXT_MAX_BYTES + 1)), U::TextTooLong),
        (text("\u{1b}[2J".to_owned()), U::TextCharacters),
        (text("\0".to_owned()), U::TextCharacters),
    ];
    for (value, expected) in cases {
        assert_eq!(read_value(&value).err(), Some(expected), "{value}");
    }
}

#[test]
fn bytes_that_are_no_json_or_say_a_thing_twice_are_malformed() {
    let whole = serde_json::to_string(&communication()).unwrap();
    let twice = whole.replacen("\"status\"", "\"status\":\"completed\",\"status\"", 1);
    let deep = format!("{{\"resourceType\":\"Communication\",\"x\":{}", "[".repeat(100_000));
    for bytes in [&b""[..], b"{", b"\xff", &whole.as_bytes()[1..], twice.as_bytes(), deep.as_bytes()] {
        assert_eq!(read(bytes).err(), Some(Unsendable::Malformed));
    }
    assert!(read_value(&with("/payload/0/contentString", Some(json!("x".repeat(TEXT_MAX_BYTES))))).is_ok());
}

#[test]
fn every_reason_has_an_id_of_its_own() {
    let all = [
        Unsendable::Malformed,
        Unsendable::ResourceType,
        Unsendable::ModifierUnknown,
        Unsendable::Status,
        Unsendable::RecipientCount,
        Unsendable::RecipientKind,
        Unsendable::RecipientUnidentified,
        Unsendable::Account,
        Unsendable::PartOf,
        Unsendable::PayloadCount,
        Unsendable::PayloadKind,
        Unsendable::TextEmpty,
        Unsendable::TextTooLong,
        Unsendable::TextCharacters,
    ];
    let ids: std::collections::BTreeSet<_> = all.iter().map(|reason| reason.id()).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn a_recipient_is_named_by_account_or_by_the_one_name_that_was_given_here() {
    let name = |value: &str| json!({ "system": "urn:colloque:name", "value": value });
    let with = |identifiers: Value| {
        recipient(contained(json!({ "resourceType": "Patient", "id": "p", "identifier": identifiers })))
    };
    assert_eq!(with(json!([name("Louis")])), Ok(Recipient::Name("Louis".to_owned())));
    let account =
        json!({ "system": "urn:ietf:rfc:3986", "value": format!("urn:colloque:account:{PATIENT}") });
    assert_eq!(with(json!([name("Louis"), account])), Ok(Recipient::Account(PATIENT)), "the account decides");
    for none in [json!([name("Louis"), name("Paul")]), json!([name(" ")]), json!([{ "value": "Louis" }])] {
        assert_eq!(with(none), Err(Unsendable::RecipientUnidentified));
    }
}
