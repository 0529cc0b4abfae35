//! Adding a device, on the main one: the new one's code is read, six digits are compared, and it is done.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Error};
use colloque_schemas::linking::{LinkCode, LinkOffer};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::super::fault::Fault;
use super::super::keeper::{Linking, Linkings};
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::super::written::Pictured;
use super::lock::NoFields;
use crate::devices;
use crate::failure::Failure;
use crate::people::checked_petname;
use crate::picture;
use crate::plain;
use crate::qr;
use crate::words::{Words, key};

/// Where it stands, as the page shows it.
struct Adding {
    /// `begin`, `waits`, `compare`, `granting` or `done`.
    step: &'static str,
    /// The address that the new device asks for.
    relay: String,
    /// What was pasted, where it has to be pasted again.
    offer: String,
    /// What is said of a device that was added.
    done: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    page: Page,
    adding: Adding,
}

#[derive(Template)]
#[template(path = "linking.html")]
struct LinkPart {
    page: Page,
    adding: Adding,
}

#[derive(Deserialize)]
pub(super) struct OfferForm {
    offer: String,
}

#[derive(Deserialize)]
pub(super) struct ConfirmForm {
    code: String,
    name: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    page(&visit, None, String::new()).await
}

/// The steps alone, when something has happened.
pub(super) async fn part(visit: Visit) -> Result<Response, Fault> {
    let Some(adding) = adding(&visit, None, String::new()).await? else {
        return Ok(Redirect::to("/devices").into_response());
    };
    Ok(LinkPart { page: visit.page(Nav::Settings, String::new()), adding }.html())
}

pub(super) async fn begin(Posted { visit, form }: Posted<OfferForm>) -> Result<Response, Fault> {
    begun(&visit, form.offer).await
}

/// Begins with the code in a picture, which is not kept.
pub(super) async fn read(Pictured { visit, bytes }: Pictured) -> Result<Response, Fault> {
    let text = {
        let _one = visit.desk.decoding.acquire().await;
        spawn_blocking(move || qr::read(&picture::lightness(&bytes)?)).await.ok().flatten()
    };
    match text {
        Some(text) => begun(&visit, text).await,
        None => page(&visit, Some(Failure::PictureWithoutCode), String::new()).await,
    }
}

pub(super) async fn confirm(Posted { visit, form }: Posted<ConfirmForm>) -> Result<Response, Fault> {
    let Ok(code) = form.code.parse::<LinkCode>() else {
        return page(&visit, Some(Failure::NotACode), String::new()).await;
    };
    let name = match form.name.trim() {
        "" => None,
        name => match checked_petname(name) {
            Ok(name) => Some(name.to_owned()),
            Err(failure) => return page(&visit, Some(failure), String::new()).await,
        },
    };
    let linkings = Arc::clone(visit.desk.keeper.linkings());
    let confirmed = visit
        .ask(move |client, viewer| {
            let confirmed = client.confirm_link(code, name.as_deref(), viewer.now);
            match (&confirmed, linkings.now()) {
                (Ok(()), Linking::Compared(device)) => linkings.becomes(Linking::Granting(device)),
                (Err(Error::Link(error)), _) => linkings.becomes(Linking::Ended(error.id())),
                _ => {}
            }
            Ok(confirmed)
        })
        .await?;
    match confirmed {
        // Shown by how the linking stands.
        Ok(()) | Err(Error::Link(_)) => Ok(Redirect::to("/devices/add").into_response()),
        Err(error) => page(&visit, Some(error.into()), String::new()).await,
    }
}

pub(super) async fn stop(Posted { visit, .. }: Posted<NoFields>) -> Result<Redirect, Fault> {
    let linkings = Arc::clone(visit.desk.keeper.linkings());
    visit
        .ask(move |client, _| {
            client.end_link();
            linkings.becomes(Linking::Idle);
            Ok(())
        })
        .await?;
    Ok(Redirect::to("/devices"))
}

async fn begun(visit: &Visit, text: String) -> Result<Response, Fault> {
    let Ok(offer) = text.parse::<LinkOffer>() else {
        return page(visit, Some(Failure::NotAnOffer), text).await;
    };
    let linkings = Arc::clone(visit.desk.keeper.linkings());
    let begun = visit
        .ask(move |client, _| {
            let device = offer.device;
            let begun = client.begin_link(offer);
            if begun.is_ok() {
                linkings.becomes(Linking::Waits(device));
            }
            Ok(begun)
        })
        .await?;
    match begun {
        Ok(()) => Ok(Redirect::to("/devices/add").into_response()),
        Err(error) => page(visit, Some(error.into()), String::new()).await,
    }
}

async fn page(visit: &Visit, problem: Option<Failure>, offer: String) -> Result<Response, Fault> {
    let problem = problem.map(|failure| failure.line(&visit.viewer.words));
    // Only the main device has anything to do here.
    let Some(adding) = adding(visit, problem, offer).await? else {
        return Ok(Redirect::to("/devices").into_response());
    };
    let page = visit.page(Nav::Settings, visit.viewer.words.say(key!("desk-add-device"), &[]));
    Ok(LinkPage { page, adding }.html())
}

/// How it stands; none on a device that is not the main one.
async fn adding(visit: &Visit, problem: Option<String>, offer: String) -> Result<Option<Adding>, Fault> {
    let linkings = Arc::clone(visit.desk.keeper.linkings());
    visit
        .ask(move |client, viewer| {
            let is_main = client.own().is_primary;
            let adding = stands(client, viewer, &linkings)?;
            let problem = problem.or(adding.problem);
            Ok(is_main.then_some(Adding { problem, offer, ..adding }))
        })
        .await
}

fn stands(client: &Client, viewer: &Viewer, linkings: &Linkings) -> Result<Adding, Fault> {
    let words: &Words = &viewer.words;
    let (mut done, mut problem) = (String::new(), None);
    let step = match linkings.now() {
        Linking::Idle => "begin",
        Linking::Waits(_) => "waits",
        Linking::Compared(_) => "compare",
        Linking::Granting(_) => "granting",
        Linking::Done(device) => {
            let is_everywhere = devices::is_everywhere(client, device)?;
            let key = if is_everywhere { key!("device-linked-done") } else { key!("device-linked-later") };
            done = words.say(key, &[("device", devices::called(client, device)?.into())]);
            "done"
        }
        Linking::Ended(reason) => {
            problem = Some(words.reason(reason));
            "begin"
        }
    };
    let relay = plain::name(&client.relay().address);
    Ok(Adding { step, relay, offer: String::new(), done, problem })
}
