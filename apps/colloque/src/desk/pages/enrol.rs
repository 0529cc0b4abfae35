//! From an invitation to a mailbox: a picture of its code or its text, a passphrase, and one press.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_schemas::enrolment::Invitation;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::super::fault::Fault;
use super::super::keeper::{Closed, State};
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::{Posted, Secret};
use super::super::visit::Visit;
use super::super::written::Pictured;
use crate::failure::Failure;
use crate::picture;
use crate::qr;
use crate::words::key;

/// A passphrase of fewer characters is guessed.
pub(super) const PASSPHRASE_MIN_CHARACTERS: usize = 8;

#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage {
    page: Page,
    problem: Option<String>,
    invitation: String,
}

#[derive(Deserialize)]
pub(super) struct EnrolForm {
    invitation: String,
    passphrase: Secret,
}

pub(super) async fn show(visit: Visit) -> Response {
    match visit.desk.keeper.state() {
        State::Open { .. } => Redirect::to("/").into_response(),
        State::Closed(Closed::NotEnrolled | Closed::Locked | Closed::Ending) => {
            page(&visit, None, String::new())
        }
    }
}

pub(super) async fn enrol(Posted { visit, form }: Posted<EnrolForm>) -> Result<Response, Fault> {
    let EnrolForm { invitation, passphrase } = form;
    match checked(&invitation, passphrase.as_str()) {
        Err(failure) => Ok(page(&visit, Some(failure.line(&visit.viewer.words)), invitation)),
        Ok(parsed) => match Box::pin(visit.desk.keeper.enrol(parsed, passphrase.into_passphrase())).await? {
            Ok(()) => Ok(Redirect::to("/").into_response()),
            Err(error) => {
                let line = Failure::Client(error).line(&visit.viewer.words);
                Ok(page(&visit, Some(line), invitation))
            }
        },
    }
}

/// Reads the code in a picture into the field for the invitation. The picture is not kept.
pub(super) async fn read(Pictured { visit, bytes }: Pictured) -> Result<Response, Fault> {
    let text = {
        let _one = visit.desk.decoding.acquire().await;
        spawn_blocking(move || qr::read(&picture::lightness(&bytes)?)).await.ok().flatten()
    };
    let problem = text.is_none().then(|| visit.viewer.words.say(key!("desk-picture-without-code"), &[]));
    Ok(page(&visit, problem, text.unwrap_or_default()))
}

fn checked(invitation: &str, passphrase: &str) -> Result<Invitation, Failure> {
    let invitation = invitation.parse().map_err(|_| Failure::NotAnInvitation)?;
    if passphrase.chars().count() < PASSPHRASE_MIN_CHARACTERS {
        return Err(Failure::PassphraseShort(PASSPHRASE_MIN_CHARACTERS));
    }
    Ok(invitation)
}

fn page(visit: &Visit, problem: Option<String>, invitation: String) -> Response {
    let title = visit.viewer.words.say(key!("desk-enrol"), &[]);
    EnrolPage { page: visit.page(Nav::Outside, title), problem, invitation }.html()
}
