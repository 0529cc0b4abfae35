//! FHIR in and out.

use serde_json::{Value, json};

use super::{done, refused};
use crate::desk::{Clinic, first_thread};

/// A `Communication` to an account.
pub(super) fn communication(account: &str, text: &str) -> Value {
    json!({
        "resourceType": "Communication",
        "status": "in-progress",
        "recipient": [{ "identifier": {
            "system": "urn:ietf:rfc:3986", "value": format!("urn:colloque:account:{account}"),
        } }],
        "payload": [{ "contentString": text }],
    })
}

#[test]
fn a_communication_opens_a_thread_or_goes_on_in_the_one_that_it_names_and_never_reaches_somebody_else() {
    let clinic = Clinic::new();
    let (ana, program) = clinic.desk_and_program("ana");
    let basile = clinic.seat("basile");
    let path = "/api/fhir/Communication";
    let fhir = |body: &Value| {
        program.asks("POST", path, &[("content-type", "application/fhir+json")], &body.to_string())
    };
    let mut first = communication(&clinic.patient_account, "Your results are here.");
    let opened = done(&fhir(&first), 201);
    let thread = opened["thread"].as_str().unwrap();
    let page = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&page, "Your results are here.");
    basile.visitor.does(&page, &format!("{page}/send"), &[("text", "Thank you.")]);
    ana.sees(&page, "Thank you.");

    let out = program.asks("GET", &format!("{path}?part-of={thread}"), &[], "");
    assert_eq!((out.status, out.one("content-type")), (200, "application/fhir+json"));
    let bundle: Value = serde_json::from_str(&out.body).unwrap();
    let texts: Vec<&str> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["resource"]["payload"][0]["contentString"].as_str())
        .collect();
    assert_eq!(texts, ["Your results are here.", "Thank you."]);
    let modes = |mode: &str| {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries.filter(|entry| entry["search"]["mode"] == mode).count()
    };
    assert_eq!((&bundle["type"], &bundle["total"], modes("match")), (&json!("searchset"), &json!(2), 2));
    assert_eq!(modes("include"), 3, "the thread and both people");
    let address = bundle["link"][0]["url"].as_str().unwrap();
    assert!(address.ends_with(&format!("{path}?part-of={thread}")), "{address}");

    // What came out names the thread as what goes in does.
    first["partOf"] = bundle["entry"].as_array().unwrap().last().unwrap()["resource"]["partOf"].clone();
    first["payload"] = json!([{ "contentString": "You are welcome." }]);
    assert_eq!(done(&fhir(&first), 201)["thread"], thread);
    basile.sees(&page, "You are welcome.");
    // By the name that the owner gave, as well.
    let named = |name: &str| {
        let mut named = communication("", "By name");
        named["recipient"][0]["identifier"] = json!({ "system": "urn:colloque:name", "value": name });
        named["partOf"] = first["partOf"].clone();
        fhir(&named)
    };
    assert_eq!(done(&named("Basile Roux"), 201)["thread"], thread);
    refused(&named("Basile"), 422, "unknown-person");
    let mut other = communication("00000000000000000000000000000001", "For somebody else");
    other["partOf"] = first["partOf"].clone();
    refused(&fhir(&other), 422, "part-of");
    first["payload"] = json!([{ "contentAttachment": { "title": "x" } }]);
    refused(&fhir(&first), 422, "payload-kind");
    refused(&fhir(&json!({ "resourceType": "Patient" })), 422, "resource-type");
    refused(&fhir(&json!([])), 422, "malformed");
    assert!(!ana.visitor.page(&page).contains("For somebody else"));
    assert_eq!(program.gets("/api/threads").as_array().unwrap().len(), 1);
}
