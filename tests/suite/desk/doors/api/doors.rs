//! Who gets nothing from the API.

use serde_json::{Value, json};

use super::{Program, refused};
use crate::desk::Clinic;

/// The committed description.
const DESCRIPTION: &str = include_str!("../../../../../apps/colloque/openapi.json");
const NOWHERE: &str = "00000000000000000000000000000000";

/// Every endpoint: method, address, a body that is understood, and the scope that it needs.
fn endpoints() -> Vec<(&'static str, String, String, String)> {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = ["GET", "POST", "PUT"].into_iter().find(|known| known.eq_ignore_ascii_case(method));
            let query = match path.as_str() {
                "/api/threads/{thread}/export" => "?format=fhir",
                "/api/documents" => "?name=x.txt",
                "/api/fhir/Communication" => "?part-of=00000000000000000000000000000000",
                _ => "",
            };
            let body = match path.as_str() {
                "/api/threads" => json!({ "patients": [NOWHERE], "text": "x" }),
                "/api/threads/{thread}/messages" => json!({ "text": "x" }),
                "/api/threads/{thread}/mode" => json!({ "mode": "open" }),
                _ => super::fhir::communication(NOWHERE, "x"),
            };
            let scope = operation["security"][0]["token"][0].as_str().unwrap().to_owned();
            let address =
                path.replace("{thread}", NOWHERE).replace("{message}", NOWHERE).replace("{index}", "0")
                    + query;
            all.push((method.unwrap(), address, body.to_string(), scope));
        }
    }
    assert!(all.len() >= 11, "{all:?}");
    all
}

#[test]
fn without_the_token_of_an_integration_nothing_is_said_and_nothing_done() {
    let clinic = Clinic::new();
    let (good, removed) =
        (clinic.token("ana", "good", "read,write"), clinic.token("ana", "gone", "read,write"));
    clinic.tenant.person("ana", "en").does(&["integration", "remove", "gone"]);
    let seat = clinic.seat("ana");
    let shortened = good.get(..good.len() - 1).unwrap();
    let wrong = format!("colloque_{}", "A".repeat(43));
    for (method, path, body, _) in endpoints() {
        for token in [removed.as_str(), shortened, &wrong, "", "x y", &good.to_uppercase()] {
            let answer = Program::of(&seat, token).asks(method, &path, &[], &body);
            refused(&answer, 401, "token");
            assert_eq!(answer.one("www-authenticate"), "Bearer");
        }
        // The cookie of a session is for pages alone.
        let mut headers = vec![("content-type", "application/json")];
        refused(&seat.visitor.says(method, &path, &headers, &body), 401, "token");
        let scheme = format!("Basic {good}");
        headers.push(("authorization", &scheme));
        refused(&seat.visitor.says(method, &path, &headers, &body), 401, "token");
        let bearer = format!("Bearer {good}");
        let twice = [headers[0], ("authorization", &bearer), ("authorization", &bearer)];
        refused(&seat.visitor.says(method, &path, &twice, &body), 401, "token");
    }
    // And the token is for the API alone.
    let program = Program::of(&seat, &good);
    for path in ["/", "/new", "/people", "/settings", "/live/events", "/live/inbox"] {
        assert_eq!(program.asks("GET", path, &[], "").status, 401, "{path}");
    }
    assert!(seat.visitor.page("/").contains("No conversation yet"), "nothing was done");
    assert_eq!(program.gets("/api/threads"), json!([]));
}

#[test]
fn each_endpoint_is_refused_without_its_scope_and_reached_with_it() {
    let clinic = Clinic::new();
    let scopes = ["read", "write", "export", "events"];
    let tokens = scopes.map(|scope| clinic.token("ana", scope, scope));
    let seat = clinic.seat("ana");
    for (scope, token) in scopes.iter().zip(&tokens) {
        let program = Program::of(&seat, token);
        for (method, path, body, needed) in endpoints() {
            if path == "/api/events" && needed == *scope {
                continue; // The stream has a test of its own: it does not end.
            }
            let answer = program.asks(method, &path, &[], &body);
            if needed == *scope {
                assert!(![401, 403].contains(&answer.status), "{scope} {method} {path}: {answer:?}");
            } else {
                refused(&answer, 403, "scope");
            }
        }
    }
}

#[test]
fn whatever_a_browser_asks_for_a_page_is_refused_and_no_page_may_read_an_answer() {
    let clinic = Clinic::new();
    let (seat, program) = clinic.desk_and_program("ana");
    let origin = format!("http://{}", seat.visitor.authority);
    for (method, path, body, _) in endpoints() {
        for header in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", origin.as_str()),
        ] {
            refused(&program.asks(method, &path, &[header], &body), 403, "browser");
        }
        let port = seat.visitor.authority.rsplit_once(':').unwrap().1;
        for other in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "evil.example".to_owned()] {
            refused(&program.asks(method, &path, &[("host", &other)], &body), 421, "misdirected");
        }
    }
    // What a browser asks before it asks across sites.
    let asked =
        [("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
    refused(&program.asks("OPTIONS", "/api/threads", &asked, ""), 404, "not-found");
    let answer = program.asks("GET", "/api/threads", &[], "");
    assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{answer:?}");
    assert_eq!(answer.one("cross-origin-resource-policy"), "same-origin");
}

#[test]
fn a_locked_desk_says_so_and_no_token_opens_it() {
    let clinic = Clinic::new();
    let token = clinic.token("ana", "practice", "read,write,export,events");
    let seat = clinic.locked_seat("ana");
    let program = Program::of(&seat, &token);
    for (method, path, body, _) in endpoints() {
        refused(&program.asks(method, &path, &[], &body), 423, "locked");
    }
    refused(&Program::of(&seat, "x").asks("GET", "/api/threads", &[], ""), 401, "token");
    seat.visitor.does("/unlock", "/unlock", &[("passphrase", &clinic.passphrase())]);
    assert_eq!(program.gets("/api/own")["name"], "Dr Ana Verne");
    seat.visitor.does("/", "/lock", &[]);
    refused(&program.asks("GET", "/api/own", &[], ""), 423, "locked");
}

#[test]
fn a_body_that_is_too_large_of_another_type_or_not_understood_is_a_problem_with_its_id() {
    let clinic = Clinic::new();
    let (_seat, program) = clinic.desk_and_program("ana");
    let thread = program.opens(&clinic, "Hello");
    let messages = format!("{thread}/messages");
    let whole = json!({ "text": "x" }).to_string();
    let large = json!({ "text": "a".repeat(300 * 1024) }).to_string();
    let long = json!({ "text": "a".repeat(33 * 1024) }).to_string();
    let deep = format!("{{\"text\":{}", "[".repeat(100_000));
    for (body, status, id) in [
        (large.as_str(), 413, "body-too-large"),
        (long.as_str(), 422, "text-too-long"),
        (deep.as_str(), 400, "malformed"),
        ("", 400, "malformed"),
        ("{", 400, "malformed"),
        ("[]", 400, "malformed"),
        ("null", 400, "malformed"),
        (r#"{"text":1}"#, 400, "malformed"),
        (r#"{"text":"x","text":"y"}"#, 400, "malformed"),
        (r#"{"text":"x","more":1}"#, 400, "malformed"),
        (r#"{"text":"x"} {}"#, 400, "malformed"),
        (r#"{"text":"\ud800"}"#, 400, "malformed"),
        (r#"{"text":" \n"}"#, 422, "text-empty"),
    ] {
        refused(&program.asks("POST", &messages, &[], body), status, id);
    }
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"]
    {
        refused(&program.asks("POST", &messages, &[("content-type", media_type)], &whole), 415, "media-type");
    }
    let long_key = "k".repeat(65);
    for key in ["", &long_key] {
        let answer = program.asks("POST", &messages, &[("idempotency-key", key)], &whole);
        refused(&answer, 400, "idempotency-key");
    }
    for path in [
        "/api/threads/x",
        "/api/threads/%00",
        "/api/nowhere",
        "/api/",
        "/api/threads/",
        &format!("/api/threads/{NOWHERE}"),
    ] {
        refused(&program.asks("GET", path, &[], ""), 404, "not-found");
    }
    refused(&program.asks("GET", &format!("{thread}/export?format=docx"), &[], ""), 400, "malformed");
    refused(&program.asks("GET", &format!("{thread}?after=-1"), &[], ""), 400, "malformed");
    let entries = program.gets(&thread);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1, "nothing was sent: {entries}");
}
