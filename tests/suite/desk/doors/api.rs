//! The API of a desk: what a program can do with a token, and nobody without.

mod doors;
mod fhir;
mod work;

use colloque_tests::http::{Answer, Visitor};
use serde_json::{Value, json};

use crate::desk::{Clinic, Seat};

/// A program of the practice.
struct Program {
    visitor: Visitor,
    token: String,
}

impl Clinic {
    /// Lets a program in, before the desk has the profile: its token.
    fn token(&self, profile: &str, name: &str, scopes: &str) -> String {
        let add = ["integration", "add", name, "--scope", scopes, "--json"];
        let added: Value = serde_json::from_str(&self.tenant.person(profile, "en").does(&add)).unwrap();
        added["token"].as_str().unwrap().to_owned()
    }

    /// A desk with a program that may do everything.
    fn desk_and_program(&self, profile: &str) -> (Seat, Program) {
        let token = self.token(profile, "practice", "read,write,export,events");
        let seat = self.seat(profile);
        let program = Program::of(&seat, &token);
        (seat, program)
    }
}

impl Program {
    fn of(seat: &Seat, token: &str) -> Self {
        Self { visitor: Visitor::stranger(&seat.visitor.authority), token: token.to_owned() }
    }

    fn asks(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", authorization.as_str())];
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            all.push(("content-type", "application/json"));
        }
        self.visitor.says(method, path, &[&all[..], headers].concat(), body)
    }

    fn sends(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.asks(method, path, &[], &body.to_string())
    }

    /// What is at this address.
    #[track_caller]
    fn gets(&self, path: &str) -> Value {
        let answer = self.asks("GET", path, &[], "");
        assert_eq!((answer.status, answer.one("content-type")), (200, "application/json"), "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Opens a thread with the patient: its address.
    #[track_caller]
    fn opens(&self, clinic: &Clinic, text: &str) -> String {
        let body = json!({ "patients": [clinic.patient_account], "text": text });
        let opened = done(&self.sends("POST", "/api/threads", &body), 201);
        format!("/api/threads/{}", opened["thread"].as_str().unwrap())
    }
}

/// What was done.
#[track_caller]
fn done(answer: &Answer, status: u16) -> Value {
    assert_eq!((answer.status, answer.one("cache-control")), (status, "no-store"), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// That something was not done, with this status and for this reason.
#[track_caller]
fn refused(answer: &Answer, status: u16, id: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.one("content-type"), "application/problem+json");
    assert!(answer.all("access-control-allow-origin").is_empty(), "{answer:?}");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&problem["id"], &problem["status"]), (&json!(id), &json!(status)), "{problem}");
    assert_eq!(problem["type"], format!("urn:colloque:problem:{id}"));
    assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
}
