//! Why a page is not shown, and the page that says so.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use colloque_client_core::{Error, Misuse};

use super::Desk;
use super::keeper::Closed;
use super::page::{Html as _, Stranger};
use crate::failure::{Exit, Failure};
use crate::words::{Key, Words, key};

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Addressed to another name: not for this desk.
    Misdirected,
    /// Asked for by a page of another site.
    CrossSite,
    /// No session, or one that has ended.
    NoSession,
    /// A form that this session was not shown.
    ForeignForm,
    /// A form or address that is not understood.
    Malformed,
    /// No such page, thread or person.
    NotFound,
    /// The profile cannot be asked.
    Closed(Closed),
    /// Anything that the command line says as well.
    Failure(Failure),
}

impl From<Closed> for Fault {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Client(Error::Misuse(Misuse::UnknownThread | Misuse::UnknownAccount)) => Self::NotFound,
            failure => Self::Failure(failure),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Failure::from(error).into()
    }
}

impl Fault {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Closed(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failure(failure) => match failure.exit() {
                Exit::Usage => StatusCode::UNPROCESSABLE_ENTITY,
                Exit::Refused => StatusCode::FORBIDDEN,
                Exit::Done | Exit::Other | Exit::Waiting => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    /// For the person.
    pub(crate) fn line(&self, words: &Words) -> String {
        let say = |key: Key| words.say(key, &[]);
        match self {
            Self::Misdirected => say(key!("unshown-misdirected")),
            Self::CrossSite => say(key!("unshown-cross-site")),
            Self::NoSession => say(key!("unshown-no-session")),
            Self::ForeignForm => say(key!("unshown-foreign-form")),
            Self::Malformed => say(key!("unshown-malformed")),
            Self::NotFound => say(key!("unshown-not-found")),
            Self::Closed(_) => say(key!("unshown-ending")),
            Self::Failure(failure) => failure.line(words),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Closed(Closed::Locked) => Redirect::to("/unlock").into_response(),
            Self::Closed(Closed::NotEnrolled) => Redirect::to("/enrol").into_response(),
            fault => {
                let mut response = fault.status().into_response();
                // Made a page where the language is known.
                response.extensions_mut().insert(Told(Arc::new(fault)));
                response
            }
        }
    }
}

#[derive(Clone)]
struct Told(Arc<Fault>);

/// Makes a page of an answer that carries a fault, in the language of who asked.
pub(crate) fn shown(desk: &Desk, asked: &HeaderMap, mut response: Response) -> Response {
    let status = response.status();
    let told = response.extensions_mut().remove::<Told>();
    // Addresses and forms that the router itself does not take carry none.
    let fault = match (&told, status) {
        (Some(Told(fault)), _) => fault.as_ref(),
        (None, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => &Fault::NotFound,
        (None, status) if status.is_client_error() => &Fault::Malformed,
        (None, _) => return response,
    };
    let words = desk.words_for(asked);
    let line = fault.line(&words);
    (status, Stranger { words, line }.html()).into_response()
}
