//! What a program does with the API.

use serde_json::{Value, json};

use super::{Program, done, refused};
use crate::desk::{Clinic, first_thread};

/// The texts of a thread as a program reads it.
fn texts(thread: &Value) -> Vec<&str> {
    let entries = thread["entries"].as_array().unwrap();
    entries.iter().filter_map(|entry| entry["text"].as_str()).collect()
}

#[test]
fn a_program_opens_sends_reads_closes_and_exports_under_the_rules_of_the_pages() {
    let clinic = Clinic::new();
    let (ana, program) = clinic.desk_and_program("ana");
    let basile = clinic.seat("basile");
    let body = json!({ "patients": ["Basile Roux"], "mode": "one-reply", "text": "How is the cough?" });
    let opened = done(&program.sends("POST", "/api/threads", &body), 201);
    let thread = format!("/api/threads/{}", opened["thread"].as_str().unwrap());

    let page = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&page, "How is the cough?");
    basile.visitor.does(&page, &format!("{page}/send"), &[("text", "Better.")]);
    ana.sees(&page, "Better.");
    let read = program.gets(&thread);
    assert_eq!(texts(&read), ["How is the cough?", "Better."]);
    assert_eq!(
        (&read["mode"], &read["entries"][1]["author"]),
        (&json!("one-reply"), &json!(clinic.patient_account))
    );
    let seq = read["entries"][1]["seq"].as_u64().unwrap();
    assert_eq!(texts(&program.gets(&format!("{thread}?after={seq}"))), Vec::<&str>::new());
    assert_eq!(program.gets("/api/threads")[0]["thread"], opened["thread"]);
    assert_eq!(program.gets("/api/people")[0]["petname"], "Basile Roux");

    let messages = format!("{thread}/messages");
    let sent =
        done(&program.sends("POST", &messages, &json!({ "text": "Then all is well.", "closes": true })), 201);
    assert_eq!(sent["message"].as_str().unwrap().len(), 32);
    basile.sees(&page, "has closed this conversation");
    ana.sees(&page, "class=\"mode\">closed<");
    refused(&program.sends("POST", &messages, &json!({ "text": "One more." })), 403, "R07");
    let mode = format!("{thread}/mode");
    refused(&program.sends("PUT", &mode, &json!({ "mode": "until", "until_at": 1 })), 403, "R10");
    refused(&program.sends("PUT", &mode, &json!({ "mode": "until" })), 422, "deadline");
    refused(&program.sends("PUT", &mode, &json!({ "mode": "sometimes" })), 422, "mode");
    refused(&program.sends("PUT", &mode, &json!({ "mode": "open", "until_at": 1 })), 400, "malformed");
    done(&program.sends("PUT", &mode, &json!({ "mode": "open" })), 202);
    basile.sees(&page, "<textarea");

    let file = program.asks("GET", &format!("{thread}/export?format=fhir&names=true"), &[], "");
    assert_eq!((file.status, file.one("content-type")), (200, "application/fhir+json"));
    assert!(file.one("content-disposition").starts_with("attachment;"));
    assert!(file.body.contains("Then all is well.") && file.body.contains("Basile Roux"));
}

#[test]
fn a_patients_program_can_do_what_the_patient_may_and_is_told_of_an_emergency_first() {
    let clinic = Clinic::new();
    let (ana, professional) = clinic.desk_and_program("ana");
    let (basile, program) = clinic.desk_and_program("basile");
    let own = professional.gets("/api/own")["account"].clone();
    let open = json!({ "patients": [own], "text": "x" });
    refused(&program.sends("POST", "/api/threads", &open), 403, "R01");
    let thread = professional.opens(&clinic, "How is the cough?");
    basile.sees("/", "How is the cough?");
    let messages = format!("{thread}/messages");
    let urgent = "I have a crushing chest pain since an hour";
    refused(&program.sends("POST", &messages, &json!({ "text": urgent })), 409, "red-flag");
    assert_eq!(texts(&program.gets(&thread)), ["How is the cough?"]);
    assert!(program.gets(&thread)["notice"].as_str().unwrap().contains("15"), "to be shown beside it");
    done(&program.sends("POST", &messages, &json!({ "text": urgent, "anyway": true })), 201);
    refused(&program.sends("PUT", &format!("{thread}/mode"), &json!({ "mode": "closed" })), 403, "R09");
    ana.sees("/", "crushing chest pain");
}

#[test]
fn what_is_asked_twice_under_one_key_is_done_once_even_after_the_desk_was_started_again() {
    let clinic = Clinic::new();
    let (seat, program) = clinic.desk_and_program("ana");
    let open = json!({ "patients": [clinic.patient_account], "text": "Hello" }).to_string();
    let under = |program: &Program, key: &str, path: &str, body: &str| {
        program.asks("POST", path, &[("idempotency-key", key)], body)
    };
    let first = done(&under(&program, "open-1", "/api/threads", &open), 201);
    assert_eq!(done(&under(&program, "open-1", "/api/threads", &open), 201), first);
    let thread = format!("/api/threads/{}", first["thread"].as_str().unwrap());
    let messages = format!("{thread}/messages");
    let text = json!({ "text": "Once." }).to_string();
    // Neither another body nor another address is what was asked under this key.
    refused(
        &under(&program, "open-1", "/api/threads", &open.replace("Hello", "Bye")),
        422,
        "idempotency-mismatch",
    );
    let sent = done(&under(&program, "send-1", &messages, &text), 201);
    let elsewhere = "/api/threads/00000000000000000000000000000000/messages";
    refused(&under(&program, "send-1", elsewhere, &text), 422, "idempotency-mismatch");

    assert_eq!(seat.running.end_by("TERM"), Some(0));
    let seat = clinic.seat("ana");
    let program = Program { visitor: Program::of(&seat, "").visitor, ..program };
    assert_eq!(done(&under(&program, "send-1", &messages, &text), 201), sent);
    assert_eq!(texts(&program.gets(&thread)), ["Hello", "Once."]);
    // What was refused is not remembered; another key is another request.
    refused(&under(&program, "send-2", &messages, r#"{"text":" "}"#), 422, "text-empty");
    done(&under(&program, "send-2", &messages, &text), 201);
    assert_eq!(texts(&program.gets(&thread)), ["Hello", "Once.", "Once."]);
    assert_eq!(program.gets("/api/threads").as_array().unwrap().len(), 1);
}

#[test]
fn the_stream_says_that_something_happened_and_nothing_of_what_and_ends_with_its_integration() {
    let clinic = Clinic::new();
    let (ana, program) = clinic.desk_and_program("ana");
    let thread = program.opens(&clinic, "A secret of the patient");
    ana.sees("/", "A secret of the patient");
    let authorization = format!("Bearer {}", program.token);
    let mut heard = program.visitor.hears("/api/events", &[("authorization", &authorization)]);
    let basile = clinic.seat("basile");
    let page = first_thread(&basile.sees("/", "/threads/"));
    // The thread is there before its first message, and may not be answered until then.
    basile.sees(&page, "A secret of the patient");
    basile.visitor.does(&page, &format!("{page}/send"), &[("text", "An answer in confidence")]);
    let mut lines = Vec::new();
    let event = loop {
        let line = heard.next().expect("the stream goes on");
        let data = line.strip_prefix("data: ").map(|data| serde_json::from_str::<Value>(data).unwrap());
        lines.push(line);
        if let Some(event) = data.filter(|event| event["event"] == "message-received") {
            break event;
        }
    };
    assert_eq!(event["thread"], thread.rsplit('/').next().unwrap());
    for word in ["secret", "confidence", "Roux", "Verne"] {
        assert!(!lines.iter().any(|line| line.contains(word)), "{word}: {lines:?}");
    }
    ana.visitor.does("/settings", "/settings/integrations/remove", &[("name", "practice")]);
    basile.visitor.does(&page, &format!("{page}/send"), &[("text", "More")]);
    assert!(!heard.any(|line| line.contains("message-received")), "told to nobody who may not hear it");
    refused(&program.asks("GET", "/api/events", &[], ""), 401, "token");
}

#[test]
fn the_owner_lets_programs_in_and_out_and_a_token_is_shown_once() {
    let clinic = Clinic::new();
    let ana = clinic.tenant.person("ana", "en");
    let token = clinic.token("ana", "billing", "read,export");
    let list = ana.does(&["integration", "list", "--json"]);
    assert!(list.contains("billing") && !list.contains(&token), "{list}");
    let seat = clinic.seat("ana");
    let settings = "/settings/integrations/add";
    let fields = [("name", "agenda <b>"), ("read", "yes"), ("events", "yes")];
    let added = seat.visitor.submit("/settings", settings, &fields);
    assert_eq!(added.status, 200);
    let shown = added.body.split("id=\"token\" translate=\"no\">").nth(1).expect("a token");
    let agenda = Program::of(&seat, shown.split('<').next().unwrap());
    assert_eq!(agenda.gets("/api/threads"), json!([]));
    refused(&agenda.sends("POST", "/api/threads", &json!({ "patients": [], "text": "x" })), 403, "scope");
    let page = seat.visitor.page("/settings");
    assert!(page.contains("agenda &#60;b&#62;") && page.contains("billing"), "{page}");
    assert!(!page.contains(&agenda.token) && !page.contains(&token), "never again");
    for (fields, id) in [
        (vec![("name", "billing"), ("read", "yes")], "(integration-name)"),
        (vec![("name", " "), ("read", "yes")], "(integration-name)"),
        (vec![("name", "other")], "(integration-scopes)"),
    ] {
        let answer = seat.visitor.submit("/settings", settings, &fields);
        assert!(answer.body.contains(id), "{}", answer.body);
    }
    let removed = seat.visitor.does("/settings", "/settings/integrations/remove", &[("name", "agenda <b>")]);
    assert!(!removed.contains("agenda"), "{removed}");
    refused(&agenda.asks("GET", "/api/threads", &[], ""), 401, "token");
    assert_eq!(Program::of(&seat, &token).gets("/api/threads"), json!([]), "the other goes on");
}

#[test]
fn a_program_sends_a_document_and_reads_it_again_as_the_same_bytes() {
    let clinic = Clinic::new();
    let (_ana, program) = clinic.desk_and_program("ana");
    let basile = clinic.seat("basile");
    let thread = program.opens(&clinic, "Hello");
    let content = "Ordonnance : paracétamol 1 g.";
    let attach = |name: &str, body: &str| {
        program.asks("POST", &format!("/api/documents?name={name}"), &[("content-type", "text/plain")], body)
    };
    let attached = done(&attach("ordonnance.txt", content), 201);
    let messages = format!("{thread}/messages");
    let sent = done(&program.sends("POST", &messages, &json!({ "documents": [attached["document"]] })), 201);
    let page = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&page, "ordonnance.txt");
    let read = program.gets(&thread);
    let entry = read["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&entry["message"], &entry["documents"][0]["name"]),
        (&sent["message"], &json!("ordonnance.txt"))
    );
    let path = format!("{messages}/{}/documents/0", sent["message"].as_str().unwrap());
    let file = program.asks("GET", &path, &[], "");
    assert_eq!((file.status, file.one("content-type")), (200, "application/octet-stream"));
    assert!(file.one("content-disposition").starts_with("attachment;"));
    assert_eq!(file.bytes, content.as_bytes());
    // Asked again under one key it is attached once; with another content it is another request.
    let under = |key: &str, body: &str| {
        let headers = [("content-type", "text/plain"), ("idempotency-key", key)];
        program.asks("POST", "/api/documents?name=a.txt", &headers, body)
    };
    let first = done(&under("attach-1", "one"), 201);
    assert_eq!(done(&under("attach-1", "one"), 201), first);
    assert_ne!(done(&under("attach-2", "one"), 201), first);
    refused(&under("attach-1", "another"), 422, "idempotency-mismatch");
    refused(&under(&"x".repeat(65), "one"), 400, "idempotency-key");
    done(&program.sends("POST", &messages, &json!({ "documents": [first["document"]] })), 201);
    // What was sent once is attached no more; a picture that cannot be cleaned is not sent as it is.
    let again = program.sends("POST", &messages, &json!({ "documents": [attached["document"]] }));
    refused(&again, 422, "unknown-document");
    refused(&program.sends("POST", &messages, &json!({ "documents": ["x"] })), 400, "malformed");
    let picture = [("content-type", "image/png")];
    refused(
        &program.asks("POST", "/api/documents?name=a.png", &picture, "no picture"),
        422,
        "picture-unclean",
    );
}
