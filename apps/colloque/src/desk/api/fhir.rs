//! FHIR R4 `Communication`, for software that speaks FHIR and nothing else: in, as a message to be sent; out, as a bundle.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use colloque_client_core::Client;
use colloque_schemas::answer_mode::AnswerMode;
use serde::Deserialize;

use super::super::act;
use super::super::download::found;
use super::super::visit::Viewer;
use super::body::Body;
use super::caller::Caller;
use super::problem::{Problem, ProblemJson};
use super::threads::{DoneJson, act_once, parsed};
use crate::export::Views;
use crate::export::incoming::{self, Recipient, Unsendable};
use crate::integration::Scope;
use crate::people::People;
use crate::text;

/// Which communications.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SearchQuery {
    part_of: String,
}

/// The communications of a thread, with it and the people in it, as a bundle of type `searchset`.
#[utoipa::path(get, path = "/api/fhir/Communication", security(("token" = ["read"])), params(
    ("part-of" = String, Query, description = "The thread: 32 hexadecimal digits"),
), responses(
    (status = 200, body = Object, content_type = "application/fhir+json"),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn search(caller: Caller, Query(asked): Query<SearchQuery>) -> Result<Response, Problem> {
    let thread = parsed(&asked.part_of)?;
    let views = caller.ask(Scope::Read, move |client, _, _| Ok(Views::of(client, thread)?)).await?;
    let address = format!("{}/api/fhir/Communication?part-of={thread}", caller.desk.place.origin());
    Ok(found(caller.viewer, views, address).await?)
}

/// Sends a `Communication` with one recipient, a patient by account or by the name that the owner gave (system
/// `urn:colloque:name`), and one text: in the thread that it is `partOf`, else in a new one in which the patient may answer.
#[utoipa::path(post, path = "/api/fhir/Communication", security(("token" = ["write"])),
    request_body(content = Object, content_type = "application/fhir+json"), params(
    ("Idempotency-Key" = Option<String>, Header, description = "1 to 64 characters: under the same key the same is done once"),
), responses(
    (status = 201, body = DoneJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn create(caller: Caller, body: Body) -> Result<(StatusCode, Json<DoneJson>), Problem> {
    let outgoing = incoming::read(body.bytes())?;
    let create = move |client: &mut Client, viewer: &Viewer| {
        let text = text::of_form(&outgoing.text)?;
        let recipient = match &outgoing.recipient {
            Recipient::Account(account) => *account,
            Recipient::Name(name) => People::of(client)?.find(name)?,
        };
        let Some(thread) = outgoing.thread else {
            let thread = client.open_thread(&[recipient], AnswerMode::Open, &text, viewer.now)?;
            return Ok(DoneJson { thread: thread.to_string(), message: None });
        };
        // Never to somebody else than the software means.
        if !client.thread(thread)?.patients.contains(&recipient) {
            return Err(Unsendable::PartOf.into());
        }
        if act::is_for_calling(client.own().holder.role(), &text) {
            return Err(Problem::RedFlag);
        }
        let message = act::said(client, viewer, thread, &text, &[], false)?;
        Ok(DoneJson { thread: thread.to_string(), message: Some(message.to_string()) })
    };
    act_once(&caller, body, create).await
}
