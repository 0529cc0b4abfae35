//! The API of the desk, for programs of the practice on this machine: what the pages do, in JSON, on the same port.
//!
//! | for | see |
//! |---|---|
//! | who may ask, and for what | `caller`, `rate`; `integration` |
//! | threads, messages, people | `threads` |
//! | what is sent with messages | `documents` |
//! | threads as files | `export` |
//! | what happens | `events` |
//! | FHIR R4 `Communication`, in and out | `fhir` |
//! | asking twice and being served once | `once` |
//! | why something is not done | `problem` |
//! | the description for programs | `openapi` |
//!
//! It calls what the pages call: rules are in one place. A page's cookie is nothing here, a token is nothing there, and
//! whatever a browser asks on behalf of a page is refused before anything is looked at.

mod body;
mod caller;
mod documents;
mod events;
mod export;
mod fhir;
mod once;
mod openapi;
mod problem;
mod rate;
mod threads;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};

use super::Desk;

pub(super) use problem::{Problem, shown};
pub(super) use rate::Rates;

/// What every address of the API begins with.
pub(super) const PREFIX: &str = "/api/";

/// A body holds at most one message, every byte of it escaped, and its other fields.
const BODY_MAX_BYTES: usize = 256 * 1024;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/openapi.json", get(openapi::serve))
        .route("/api/own", get(threads::own))
        .route("/api/people", get(threads::people))
        .route("/api/threads", get(threads::list).post(threads::open))
        .route("/api/threads/{thread}", get(threads::read))
        .route("/api/threads/{thread}/messages", post(threads::send))
        .route("/api/documents", post(documents::attach))
        .route("/api/threads/{thread}/messages/{message}/documents/{index}", get(documents::read))
        .route("/api/threads/{thread}/mode", put(threads::set_mode))
        .route("/api/threads/{thread}/export", get(export::export))
        .route("/api/events", get(events::events))
        .route("/api/fhir/Communication", get(fhir::search).post(fhir::create))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
}
