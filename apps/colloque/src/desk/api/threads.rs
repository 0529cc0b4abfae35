//! Threads and people, in the JSON of the command line.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use colloque_client_core::Client;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, BlobId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::act;
use super::super::fault::Fault;
use super::super::news::News;
use super::super::visit::Viewer;
use super::body::Body;
use super::caller::Caller;
use super::once::once;
use super::problem::{Problem, ProblemJson};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::integration::Scope;
use crate::json::{ContactJson, OwnJson, ReadJson, ThreadJson};
use crate::mode;
use crate::people::People;
use crate::pick;
use crate::text;
use crate::words::key;

/// A thread to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenJson {
    /// One to four: the account of each, or the name that the owner gave.
    patients: Vec<String>,
    /// `open` if it is left out.
    #[serde(default = "open_word")]
    mode: String,
    /// With mode `until` alone: seconds since 1970.
    #[serde(default)]
    until_at: Option<u64>,
    /// The first message, at most 32 KiB.
    text: String,
}

/// A message to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendJson {
    /// At most 32 KiB; may be empty beside documents.
    #[serde(default)]
    text: String,
    /// At most eight, as they were attached.
    #[serde(default)]
    documents: Vec<String>,
    /// Whether the thread is closed with it, in one action.
    #[serde(default)]
    closes: bool,
    /// Of a patient's program: whether the person has read the advice to call, and sends all the same.
    #[serde(default)]
    anyway: bool,
}

/// How patients are to be able to answer from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetModeJson {
    /// `open`, `one-reply`, `until`, `no-reply` or `closed`; any but the last opens a closed thread again.
    mode: String,
    /// With mode `until` alone: seconds since 1970.
    #[serde(default)]
    until_at: Option<u64>,
}

/// What was done: durable on this device; sent when there is a connection.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct DoneJson {
    /// Where.
    pub(super) thread: String,
    /// The message, if one was written to a thread that was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

/// Which entries.
#[derive(Deserialize)]
pub(super) struct ReadQuery {
    #[serde(default)]
    after: u64,
}

/// Whose profile this is.
#[utoipa::path(get, path = "/api/own", security(("token" = ["read"])), responses(
    (status = 200, body = OwnJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn own(caller: Caller) -> Result<Json<Value>, Problem> {
    caller.ask(Scope::Read, |client, _, _| json(&OwnJson::from(&client.own()))).await
}

/// Everyone whom this device knows.
#[utoipa::path(get, path = "/api/people", security(("token" = ["read"])), responses(
    (status = 200, body = Vec<ContactJson<'_>>),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn people(caller: Caller) -> Result<Json<Value>, Problem> {
    let people =
        |client: &mut Client| json(&client.contacts()?.iter().map(ContactJson::from).collect::<Vec<_>>());
    caller.ask(Scope::Read, move |client, _, _| people(client)).await
}

/// All threads, as they were opened.
#[utoipa::path(get, path = "/api/threads", security(("token" = ["read"])), responses(
    (status = 200, body = Vec<ThreadJson>),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn list(caller: Caller) -> Result<Json<Value>, Problem> {
    let list = |client: &mut Client| {
        let rows = pick::rows(client)?;
        json(&(1..).zip(&rows).map(|(row, summary)| ThreadJson::new(row, summary)).collect::<Vec<_>>())
    };
    caller.ask(Scope::Read, move |client, _, _| list(client)).await
}

/// A thread with its entries in order; what waits to be sent comes last. Nothing counts as displayed to a person.
#[utoipa::path(get, path = "/api/threads/{thread}", security(("token" = ["read"])), params(
    ("thread" = String, Path, description = "32 hexadecimal digits"),
    ("after" = Option<u64>, Query, description = "Only entries after this place"),
), responses(
    (status = 200, body = ReadJson<'_>),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn read(
    caller: Caller,
    Path(thread): Path<String>,
    Query(asked): Query<ReadQuery>,
) -> Result<Json<Value>, Problem> {
    let thread = parsed(&thread)?;
    let read = move |client: &mut Client, viewer: &Viewer| {
        let summary = client.thread(thread)?;
        let entries = client.entries_from(thread, Seq(asked.after.saturating_add(1)), usize::MAX)?;
        let answer = Answer::of(client, thread, viewer.now)?;
        let is_patient = client.own().holder.role() == Role::Patient;
        let notice = is_patient.then(|| viewer.words.say(key!("emergency"), &[]));
        let row = pick::rows(client)?.iter().take_while(|row| row.thread != thread).count() + 1;
        let (before, after) = (client.predecessor(thread)?, client.successor(thread)?);
        let read = ReadJson::new(ThreadJson::new(row, &summary), &entries, &answer, notice);
        json(&read.beside(before, after))
    };
    caller.ask(Scope::Read, move |client, viewer, _| read(client, viewer)).await
}

/// Opens a thread with a first message. For professionals alone (R01).
#[utoipa::path(post, path = "/api/threads", security(("token" = ["write"])), request_body = OpenJson, params(
    ("Idempotency-Key" = Option<String>, Header, description = "1 to 64 characters: under the same key the same is done once"),
), responses(
    (status = 201, body = DoneJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn open(caller: Caller, body: Body) -> Result<(StatusCode, Json<DoneJson>), Problem> {
    let OpenJson { patients, mode, until_at, text } = body.read()?;
    let open = move |client: &mut Client, viewer: &Viewer| {
        let people = People::of(client)?;
        let patients = patients.iter().map(|person| people.find(person));
        let patients = patients.collect::<Result<Vec<AccountId>, Failure>>()?;
        let mode = mode_of(&mode, until_at, &viewer.zone)?;
        let thread = client.open_thread(&patients, mode, &text::of_form(&text)?, viewer.now)?;
        Ok(DoneJson { thread: thread.to_string(), message: None })
    };
    act_once(&caller, body, open).await
}

/// Writes a message.
#[utoipa::path(post, path = "/api/threads/{thread}/messages", security(("token" = ["write"])), request_body = SendJson, params(
    ("thread" = String, Path, description = "32 hexadecimal digits"),
    ("Idempotency-Key" = Option<String>, Header, description = "1 to 64 characters: under the same key the same is done once"),
), responses(
    (status = 201, body = DoneJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn send(
    caller: Caller,
    Path(thread): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<DoneJson>), Problem> {
    let thread = parsed(&thread)?;
    let SendJson { text, documents, closes, anyway } = body.read()?;
    let attached = documents.iter().map(|document| document.parse::<BlobId>());
    let attached = attached.collect::<Result<Vec<_>, _>>().map_err(|_| Fault::Malformed)?;
    let send = move |client: &mut Client, viewer: &Viewer| {
        if !anyway && act::is_for_calling(client.own().holder.role(), &text) {
            return Err(Problem::RedFlag);
        }
        let text = text::beside(attached.len(), &text)?;
        let message = act::said(client, viewer, thread, &text, &attached, closes)?;
        Ok(DoneJson { thread: thread.to_string(), message: Some(message.to_string()) })
    };
    act_once(&caller, body, send).await
}

/// Sets how patients may answer: closes the thread, or opens it again. For professionals alone.
#[utoipa::path(put, path = "/api/threads/{thread}/mode", security(("token" = ["write"])), request_body = SetModeJson, params(
    ("thread" = String, Path, description = "32 hexadecimal digits"),
), responses(
    (status = 202, body = DoneJson),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn set_mode(
    caller: Caller,
    Path(thread): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<DoneJson>), Problem> {
    let thread = parsed(&thread)?;
    let SetModeJson { mode, until_at } = body.read()?;
    let set_mode = move |client: &mut Client, viewer: &Viewer| {
        client.set_mode(thread, mode_of(&mode, until_at, &viewer.zone)?, viewer.now)?;
        Ok(DoneJson { thread: thread.to_string(), message: None })
    };
    let (_, done) = act_once(&caller, body, set_mode).await?;
    Ok((StatusCode::ACCEPTED, done))
}

/// Does something in a thread once, and tells the pages.
pub(super) async fn act_once(
    caller: &Caller,
    body: Body,
    act: impl FnOnce(&mut Client, &Viewer) -> Result<DoneJson, Problem> + Send + 'static,
) -> Result<(StatusCode, Json<DoneJson>), Problem> {
    let key = body.key;
    let asked = caller.ask(Scope::Write, move |client, viewer, integration| {
        once(client, integration, key, |client| act(client, viewer))
    });
    let done = asked.await?;
    caller.desk.keeper.tell(News::Done(done.thread.parse().ok()));
    Ok((StatusCode::CREATED, Json(done)))
}

fn open_word() -> String {
    mode::word(AnswerMode::Open).to_owned()
}

/// The mode of these words.
fn mode_of(word: &str, until_at: Option<u64>, zone: &TimeZone) -> Result<AnswerMode, Problem> {
    match (word, until_at) {
        ("until", Some(at)) => Ok(AnswerMode::Until(UnixSeconds(at))),
        ("until", None) => Err(Failure::Deadline(String::new()).into()),
        (_, Some(_)) => Err(Fault::Malformed.into()),
        (word, None) => Ok(mode::parsed(word, zone)?),
    }
}

/// A value as an answer, made while the profile is at hand.
fn json(value: &impl Serialize) -> Result<Json<Value>, Problem> {
    let value = serde_json::to_value(value);
    Ok(Json(value.map_err(|_| colloque_client_core::Error::Bug("an answer"))?))
}

/// The thread that an address names.
pub(super) fn parsed(text: &str) -> Result<ThreadId, Problem> {
    text.parse().map_err(|_| Fault::NotFound.into())
}
