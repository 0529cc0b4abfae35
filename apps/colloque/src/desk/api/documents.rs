//! Documents: attached to be sent with a message, and given out.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use colloque_client_core::{Client, DocumentReader, Error, Misuse};
use colloque_schemas::id::MessageId;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::coming::Coming;
use super::super::fault::Fault;
use super::super::pages::given;
use super::caller::Caller;
use super::once::{RequestKey, once};
use super::problem::{Problem, ProblemJson};
use super::threads::parsed;
use crate::integration::{Integration, Scope};

/// What a document is called.
#[derive(Deserialize)]
pub(super) struct AttachQuery {
    name: String,
}

/// A document that is attached: to be named in a message within a day.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct AttachedJson {
    document: String,
}

/// Encrypts a document into the store as it comes, at most 100 MiB. Of a picture, nothing but what is seen.
#[utoipa::path(post, path = "/api/documents", security(("token" = ["write"])),
    request_body(content = Vec<u8>, content_type = "*/*"), params(
    ("name" = String, Query, description = "What it is called"),
    ("Idempotency-Key" = Option<String>, Header, description = "1 to 64 characters: under the same key the same is done once"),
), responses(
    (status = 201, body = AttachedJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn attach(
    caller: Caller,
    Query(AttachQuery { name }): Query<AttachQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<AttachedJson>), Problem> {
    caller.ask(Scope::Write, |_, _, _| Ok(())).await?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = ["POST /api/documents\n", &name, "\n", media_type, "\n"].concat();
    let mut key = RequestKey::of(&headers, named)?;
    let coming = Coming { name, media_type: media_type.to_owned(), already: 0 };
    let pieces = body.into_data_stream().map_err(|_| Fault::Malformed);
    let pieces = pieces.inspect_ok(|piece| key.iter_mut().for_each(|key| key.hears(piece)));
    let attached = Box::pin(coming.attach(&caller.desk, pieces, caller.viewer.now)).await?;
    let attached = attached.ok_or(Fault::Malformed)?;
    // What was asked is known only now. Until a message names it, a document is nothing: of one that was attached before
    // under this key, the second copy is forgotten.
    let noted = move |client: &mut Client, integration: &Integration| {
        let done = AttachedJson { document: attached.to_string() };
        let document = once(client, integration, key, |_| Ok(done)).map(|done| done.document);
        if !document.as_ref().is_ok_and(|document| *document == attached.to_string()) {
            client.discard_attachment(attached)?;
        }
        document
    };
    let document = caller.ask(Scope::Write, move |client, _, integration| noted(client, integration)).await?;
    Ok((StatusCode::CREATED, Json(AttachedJson { document })))
}

/// A document of a message. One that is not on this device is fetched: ask again once it is.
#[utoipa::path(get, path = "/api/threads/{thread}/messages/{message}/documents/{index}",
    security(("token" = ["read"])), params(
    ("thread" = String, Path, description = "32 hexadecimal digits"),
    ("message" = String, Path, description = "32 hexadecimal digits"),
    ("index" = u32, Path, description = "From 0"),
), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn read(
    caller: Caller,
    Path((thread, message, index)): Path<(String, String, u32)>,
) -> Result<Response, Problem> {
    let thread = parsed(&thread)?;
    let message: MessageId = message.parse().map_err(|_| Fault::NotFound)?;
    let read = move |client: &mut Client| -> Result<DocumentReader, Problem> {
        let read = client.document(thread, message, index);
        if matches!(read, Err(Error::Misuse(Misuse::DocumentNotHere))) {
            client.fetch_document(thread, message, index)?;
        }
        Ok(read?)
    };
    let reader = caller.ask(Scope::Read, move |client, _, _| read(client)).await?;
    Ok(given(reader, &caller.desk.keeper)?)
}
