//! The part of FHIR R4 (4.0.1) that bundles of threads use, written from its definitions: which elements there are, how
//! often, of which type. Whatever is not listed here is an error.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What an element holds.
#[derive(Clone, Copy)]
enum Kind {
    /// One of these codes.
    Code(&'static [&'static str]),
    /// Text, neither empty nor blank, with no control characters but tab and line ends.
    Text,
    /// `unsignedInt`.
    Count,
    /// An absolute URI.
    Uri,
    /// Date, time and offset, to the second.
    Instant,
    /// Elements of a data type.
    Type(&'static [Element]),
    /// A resource of its own.
    Resource,
}

struct Element {
    name: &'static str,
    least: usize,
    is_list: bool,
    kind: Kind,
}

const fn one(name: &'static str, kind: Kind) -> Element {
    Element { name, least: 1, is_list: false, kind }
}

const fn at_most_one(name: &'static str, kind: Kind) -> Element {
    Element { name, least: 0, is_list: false, kind }
}

const fn any(name: &'static str, kind: Kind) -> Element {
    Element { name, least: 0, is_list: true, kind }
}

const LANGUAGE: Element = at_most_one("language", Kind::Code(&["en", "fr"]));
const CODING: Kind = Kind::Type(&[at_most_one("system", Kind::Uri), at_most_one("code", Kind::Text)]);
const CODEABLE_CONCEPT: Kind = Kind::Type(&[any("coding", CODING), at_most_one("text", Kind::Text)]);
const IDENTIFIER: Kind = Kind::Type(&[
    at_most_one("type", CODEABLE_CONCEPT),
    at_most_one("system", Kind::Uri),
    at_most_one("value", Kind::Text),
]);
const REFERENCE: Kind = Kind::Type(&[
    at_most_one("reference", Kind::Uri),
    at_most_one("identifier", IDENTIFIER),
    at_most_one("display", Kind::Text),
]);
const HUMAN_NAME: Kind = Kind::Type(&[at_most_one("text", Kind::Text)]);
const ANNOTATION: Kind = Kind::Type(&[
    at_most_one("authorReference", REFERENCE),
    at_most_one("time", Kind::Instant),
    one("text", Kind::Text),
]);
/// `http://hl7.org/fhir/event-status`.
const EVENT_STATUS: &[&str] = &[
    "preparation",
    "in-progress",
    "not-done",
    "on-hold",
    "stopped",
    "completed",
    "entered-in-error",
    "unknown",
];
/// `http://hl7.org/fhir/bundle-type`.
const BUNDLE_TYPE: &[&str] = &[
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
];
const BUNDLE: &[Element] = &[
    LANGUAGE,
    at_most_one("identifier", IDENTIFIER),
    one("type", Kind::Code(BUNDLE_TYPE)),
    at_most_one("timestamp", Kind::Instant),
    at_most_one("total", Kind::Count),
    any("link", Kind::Type(&[one("relation", Kind::Text), one("url", Kind::Uri)])),
    any(
        "entry",
        Kind::Type(&[
            at_most_one("fullUrl", Kind::Uri),
            at_most_one("resource", Kind::Resource),
            at_most_one("search", Kind::Type(&[at_most_one("mode", Kind::Code(&["match", "include"]))])),
        ]),
    ),
];
const COMMUNICATION: &[Element] = &[
    LANGUAGE,
    any("identifier", IDENTIFIER),
    any("partOf", REFERENCE),
    one("status", Kind::Code(EVENT_STATUS)),
    at_most_one("subject", REFERENCE),
    at_most_one("sent", Kind::Instant),
    any("recipient", REFERENCE),
    at_most_one("sender", REFERENCE),
    any(
        "payload",
        Kind::Type(&[
            at_most_one("contentString", Kind::Text),
            at_most_one(
                "contentAttachment",
                Kind::Type(&[
                    at_most_one("contentType", Kind::Text),
                    at_most_one("size", Kind::Count),
                    at_most_one("title", Kind::Text),
                ]),
            ),
        ]),
    ),
    any("note", ANNOTATION),
];
const PRACTITIONER: &[Element] = &[
    any("identifier", IDENTIFIER),
    any("name", HUMAN_NAME),
    any("qualification", Kind::Type(&[one("code", CODEABLE_CONCEPT)])),
];
const PATIENT: &[Element] = &[any("identifier", IDENTIFIER), any("name", HUMAN_NAME)];

/// Everything that is wrong with a bundle, each with where it is.
pub(super) fn faults(bundle: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check_resource(bundle, "Bundle", &mut faults);
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let urls: Vec<&str> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
    let distinct: BTreeSet<&str> = urls.iter().copied().collect();
    if distinct.len() != entries.len() {
        faults.push("bdl-7: every entry has an address of its own".to_owned());
    }
    let is_search = bundle["type"] == "searchset";
    if bundle.get("total").is_some() != is_search {
        faults.push("bdl-1: total of a search alone".to_owned());
    }
    if entries.iter().any(|entry| entry.get("search").is_some() != is_search) {
        faults.push("bdl-2: how an entry was found, of a search alone".to_owned());
    }
    let mut references = Vec::new();
    collect_references(bundle, &mut references);
    faults.extend(
        references
            .iter()
            .filter(|to| !distinct.contains(to.as_str()))
            .map(|to| format!("{to} leads nowhere")),
    );
    faults
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("reference").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

fn check_resource(value: &Value, at: &str, faults: &mut Vec<String>) {
    let mut fields = value.as_object().cloned().unwrap_or_default();
    let elements = match fields.remove("resourceType").as_ref().and_then(Value::as_str) {
        Some("Bundle") => BUNDLE,
        Some("Communication") => COMMUNICATION,
        Some("Practitioner") => PRACTITIONER,
        Some("Patient") => PATIENT,
        other => return faults.push(format!("{at}: resource {other:?}")),
    };
    check_elements(&fields, elements, at, faults);
}

fn check_elements(fields: &Map<String, Value>, elements: &[Element], at: &str, faults: &mut Vec<String>) {
    if fields.is_empty() {
        faults.push(format!("{at}: ele-1: an element has a value or children"));
    }
    for name in fields.keys().filter(|name| elements.iter().all(|element| element.name != **name)) {
        faults.push(format!("{at}.{name}: unknown"));
    }
    for element in elements {
        let at = format!("{at}.{}", element.name);
        let values = match fields.get(element.name) {
            None if element.least > 0 => {
                faults.push(format!("{at}: missing"));
                continue;
            }
            None => continue,
            Some(Value::Array(items)) if element.is_list && !items.is_empty() => items.clone(),
            Some(Value::Array(_)) => {
                return faults.push(format!("{at}: a list that is empty or should be none"));
            }
            Some(_) if element.is_list => return faults.push(format!("{at}: no list")),
            Some(value) => vec![value.clone()],
        };
        values.iter().for_each(|value| check_value(value, element.kind, &at, faults));
    }
}

fn check_value(value: &Value, kind: Kind, at: &str, faults: &mut Vec<String>) {
    let is_text =
        |text: &str| !text.is_empty() && !text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r'));
    let is_good = match (kind, value) {
        (Kind::Type(elements), Value::Object(fields)) => return check_elements(fields, elements, at, faults),
        (Kind::Resource, resource) => return check_resource(resource, at, faults),
        (Kind::Code(codes), Value::String(code)) => codes.contains(&code.as_str()),
        (Kind::Text, Value::String(text)) => is_text(text),
        (Kind::Count, Value::Number(count)) => count.as_u64().is_some_and(|count| count < 1 << 31),
        (Kind::Uri, Value::String(uri)) => {
            is_text(uri) && uri.contains(':') && !uri.contains(char::is_whitespace) && is_uuid_if_urn(uri)
        }
        (Kind::Instant, Value::String(text)) => is_instant(text),
        _ => false,
    };
    if !is_good {
        faults.push(format!("{at}: {value}"));
    }
}

/// A `urn:uuid:` has 32 lowercase hexadecimal digits in five groups (data type `uuid`).
fn is_uuid_if_urn(uri: &str) -> bool {
    let Some(uuid) = uri.strip_prefix("urn:uuid:") else { return true };
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && uuid.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f' | '-'))
}

/// `YYYY-MM-DDThh:mm:ss` and `Z` or `+hh:mm`.
fn is_instant(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    ["9999-99-99T99:99:99Z", "9999-99-99T99:99:99+99:99", "9999-99-99T99:99:99-99:99"]
        .contains(&shape.as_str())
        && text.parse::<jiff::Timestamp>().is_ok()
}
