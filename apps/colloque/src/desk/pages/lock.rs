//! The passphrase: to open the profile, and to forget its keys.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Error, Misuse};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::keeper::{Closed, State};
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::{Posted, Secret};
use super::super::visit::Visit;
use crate::failure::Failure;
use crate::words::key;

#[derive(Template)]
#[template(path = "unlock.html")]
struct UnlockPage {
    page: Page,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct UnlockForm {
    passphrase: Secret,
}

/// Nothing is sent: the token is all there is to it.
#[derive(Deserialize)]
pub(super) struct NoFields {}

pub(super) async fn show(visit: Visit) -> Response {
    match visit.desk.keeper.state() {
        State::Open { .. } => Redirect::to("/").into_response(),
        State::Closed(Closed::NotEnrolled) => Redirect::to("/enrol").into_response(),
        State::Closed(_) => page(&visit, None),
    }
}

pub(super) async fn unlock(Posted { visit, form }: Posted<UnlockForm>) -> Result<Response, Fault> {
    Ok(match visit.desk.keeper.open(form.passphrase.into_passphrase()).await? {
        Ok(()) => Redirect::to("/").into_response(),
        Err(Error::Misuse(Misuse::NotEnrolled)) => Redirect::to("/enrol").into_response(),
        Err(error) => page(&visit, Some(Failure::Client(error).line(&visit.viewer.words))),
    })
}

pub(super) async fn lock(Posted { visit, .. }: Posted<NoFields>) -> Redirect {
    visit.desk.keeper.lock().await;
    Redirect::to("/unlock")
}

fn page(visit: &Visit, problem: Option<String>) -> Response {
    let title = visit.viewer.words.say(key!("desk-unlock"), &[]);
    UnlockPage { page: visit.page(Nav::Outside, title), problem }.html()
}
