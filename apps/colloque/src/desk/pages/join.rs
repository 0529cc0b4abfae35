//! This device as one more of somebody who uses Colloque on another: a code to be read there, six digits, and the mailbox.

use std::time::Duration;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::NewDevice;
use colloque_client_core::connection::announce;
use serde::Deserialize;
use tokio::time::timeout;

use super::super::fault::Fault;
use super::super::keeper::{Closed, JoiningStep, State};
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::{Posted, Secret};
use super::super::visit::Visit;
use super::enrol::PASSPHRASE_MIN_CHARACTERS;
use super::lock::NoFields;
use crate::context::entropy;
use crate::failure::{Failure, client_line};
use crate::qr;
use crate::words::key;

/// How long an answer waits for something new.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where it stands, as the page shows it.
struct Joining {
    step: &'static str,
    /// The offer, and to scan; the text in it is ours.
    offer: String,
    qr: String,
    code: String,
    /// As it was typed.
    relay: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    page: Page,
    joining: Joining,
}

#[derive(Template)]
#[template(path = "joining.html")]
struct JoinPart {
    page: Page,
    joining: Joining,
}

#[derive(Deserialize)]
pub(super) struct JoinForm {
    relay: String,
    passphrase: Secret,
}

#[derive(Deserialize)]
pub(super) struct Seen {
    step: String,
}

pub(super) async fn show(visit: Visit) -> Response {
    match elsewhere(&visit) {
        Some(redirect) => redirect.into_response(),
        None => page(&visit, None, String::new()),
    }
}

/// The steps alone, once they differ from what the page has.
pub(super) async fn part(visit: Visit, Query(seen): Query<Seen>) -> Response {
    // Asked again where nothing has happened.
    let _ = timeout(PATIENCE, visit.desk.keeper.joining_beyond(&seen.step)).await;
    match elsewhere(&visit) {
        Some(redirect) => redirect.into_response(),
        None => {
            let joining = Joining::of(&visit, None, String::new());
            JoinPart { page: visit.page(Nav::Outside, String::new()), joining }.html()
        }
    }
}

pub(super) async fn join(Posted { visit, form }: Posted<JoinForm>) -> Result<Response, Fault> {
    let JoinForm { relay, passphrase } = form;
    let relay = relay.trim().to_owned();
    if passphrase.as_str().chars().count() < PASSPHRASE_MIN_CHARACTERS {
        return Ok(page(&visit, Some(Failure::PassphraseShort(PASSPHRASE_MIN_CHARACTERS)), relay));
    }
    // Nobody answers an offer that the relay does not know; and a mistyped address is told at once.
    let announced = async {
        let device = NewDevice::offer(&relay, entropy())?;
        Box::pin(announce(device.rendezvous(), &relay)).await?;
        Ok(device)
    };
    let begun = match announced.await {
        Ok(device) => visit.desk.keeper.join(device, passphrase.into_passphrase()).await?,
        Err(error) => Err(error),
    };
    match begun {
        Ok(()) => Ok(Redirect::to("/enrol/device").into_response()),
        Err(error) => Ok(page(&visit, Some(error.into()), relay)),
    }
}

pub(super) async fn stop(Posted { visit, .. }: Posted<NoFields>) -> Redirect {
    visit.desk.keeper.stop_joining().await;
    Redirect::to("/enrol")
}

/// Where else somebody belongs who has a profile.
fn elsewhere(visit: &Visit) -> Option<Redirect> {
    match visit.desk.keeper.state() {
        State::Open { .. } => Some(Redirect::to("/")),
        State::Closed(Closed::Locked) => Some(Redirect::to("/unlock")),
        State::Closed(Closed::NotEnrolled | Closed::Ending) => None,
    }
}

fn page(visit: &Visit, problem: Option<Failure>, relay: String) -> Response {
    let title = visit.viewer.words.say(key!("desk-join"), &[]);
    let joining = Joining::of(visit, problem, relay);
    JoinPage { page: visit.page(Nav::Outside, title), joining }.html()
}

impl Joining {
    fn of(visit: &Visit, problem: Option<Failure>, relay: String) -> Self {
        let words = &visit.viewer.words;
        let step = visit.desk.keeper.joining();
        let (mut offer, mut code) = (String::new(), String::new());
        let mut problem = problem.map(|failure| failure.line(words));
        let word = step.word();
        match step {
            JoiningStep::Idle => {}
            JoiningStep::Offered(text) => offer = text,
            JoiningStep::Compared(digits) => code = digits,
            JoiningStep::Ended(error) => problem = problem.or_else(|| Some(client_line(&error, words))),
        }
        let qr = if offer.is_empty() { String::new() } else { qr::svg(&offer) };
        Self { step: word, offer, qr, code, relay, problem }
    }
}
