//! Why something is not done, for programs: problem details (RFC 9457) with the ids that the command line and the pages
//! show as well.

use std::sync::Arc;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use colloque_client_core::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Desk;
use super::super::fault::Fault;
use super::super::keeper::Closed;
use crate::export::incoming::Unsendable;
use crate::failure::{Failure, with_id};
use crate::integration::Scope;
use crate::words::{Words, key};

/// Why something is not done.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No token, or one that is not known.
    Token,
    /// The token is not for this.
    Scope(Scope),
    /// Too much was asked in this minute.
    Rate,
    /// The body is larger than any that is read.
    BodyTooLarge,
    /// The body is of another media type.
    MediaType,
    /// The key has another form than an idempotency key.
    IdempotencyKey,
    /// Something else was asked under this key before.
    IdempotencyMismatch,
    /// The program ended while this was done: whether it was, only the thread says.
    IdempotencyUnsure,
    /// The text has words of an emergency, and nobody has confirmed that it is to be sent all the same.
    RedFlag,
    /// The `Communication` cannot be sent.
    Unsendable(Unsendable),
    /// Anything that a page would say as well.
    Fault(Fault),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Closed> for Problem {
    fn from(closed: Closed) -> Self {
        Self::Fault(closed.into())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Fault(failure.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Unsendable> for Problem {
    fn from(unsendable: Unsendable) -> Self {
        Self::Unsendable(unsendable)
    }
}

/// Problem details, `application/problem+json` (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemJson {
    /// `urn:colloque:problem:` and the id.
    r#type: String,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// For a person, in the language of `Accept-Language`.
    detail: String,
    /// Stable: the id of the rule (`R05`), or of what went wrong.
    id: String,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Scope(_) => StatusCode::FORBIDDEN,
            Self::Rate => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::IdempotencyKey => StatusCode::BAD_REQUEST,
            Self::IdempotencyUnsure | Self::RedFlag => StatusCode::CONFLICT,
            Self::IdempotencyMismatch | Self::Unsendable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Fault(Fault::Closed(Closed::Locked)) => StatusCode::LOCKED,
            Self::Fault(fault) => fault.status(),
        }
    }

    /// The sentence for a person, with the id behind it.
    fn line(&self, words: &Words) -> String {
        let say = |key, id: &str| with_id(words.say(key, &[]), id);
        match self {
            Self::Token => say(key!("problem-token"), "token"),
            Self::Scope(scope) => {
                let line = words.say(key!("problem-scope"), &[("scope", scope.word().into())]);
                with_id(line, "scope")
            }
            Self::Rate => say(key!("problem-rate"), "rate"),
            Self::BodyTooLarge => say(key!("problem-body-too-large"), "body-too-large"),
            Self::MediaType => say(key!("problem-media-type"), "media-type"),
            Self::IdempotencyKey => say(key!("problem-idempotency-key"), "idempotency-key"),
            Self::IdempotencyMismatch => say(key!("problem-idempotency-mismatch"), "idempotency-mismatch"),
            Self::IdempotencyUnsure => say(key!("problem-idempotency-unsure"), "idempotency-unsure"),
            Self::RedFlag => say(key!("problem-red-flag"), "red-flag"),
            Self::Unsendable(reason) => say(key!("problem-unsendable"), reason.id()),
            Self::Fault(fault) => fault_line(fault, words),
        }
    }
}

fn fault_line(fault: &Fault, words: &Words) -> String {
    let id = match fault {
        Fault::Misdirected => "misdirected",
        Fault::CrossSite => "browser",
        Fault::NoSession | Fault::ForeignForm => "token",
        Fault::Malformed => "malformed",
        Fault::NotFound => "not-found",
        Fault::Closed(Closed::Ending) => "ending",
        Fault::Closed(Closed::Locked) => return with_id(words.say(key!("problem-locked"), &[]), "locked"),
        Fault::Closed(Closed::NotEnrolled) => {
            return Failure::Client(Error::Misuse(colloque_client_core::Misuse::NotEnrolled)).line(words);
        }
        Fault::Failure(failure) => return failure.line(words),
    };
    with_id(fault.line(words), id)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        // Made details where the language is known.
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }
}

#[derive(Clone)]
struct Told(Arc<Problem>);

/// Makes problem details of an answer that carries a problem, in the language of who asked.
pub(crate) fn shown(desk: &Desk, asked: &HeaderMap, mut response: Response) -> Response {
    let status = response.status();
    let told = response.extensions_mut().remove::<Told>();
    // Addresses and bodies that the router itself does not take carry none.
    let problem = match (&told, status) {
        (Some(Told(problem)), _) => problem.as_ref(),
        (None, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => &Problem::Fault(Fault::NotFound),
        (None, StatusCode::PAYLOAD_TOO_LARGE) => &Problem::BodyTooLarge,
        (None, status) if status.is_client_error() => &Problem::Fault(Fault::Malformed),
        (None, _) => return response,
    };
    details(problem, &desk.words_for(asked))
}

fn details(problem: &Problem, words: &Words) -> Response {
    let status = problem.status();
    let line = problem.line(words);
    // Every line ends in its id.
    let (detail, id) = line.strip_suffix(')').and_then(|line| line.rsplit_once(" (")).unwrap_or((&line, ""));
    let body = ProblemJson {
        r#type: format!("urn:colloque:problem:{id}"),
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        detail: detail.to_owned(),
        id: id.to_owned(),
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match problem {
        Problem::Token => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Problem::Rate => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        _ => {}
    }
    response
}
