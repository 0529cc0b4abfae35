//! A new thread in three acts: the patient, how to answer, the message.

use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::Client;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::once::Once;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::offer::{Choice, Offer};
use crate::failure::Failure;
use crate::mode;
use crate::people::{People, label_of};
use crate::text;
use crate::words::key;

/// A way to answer, as a form offers it.
pub(super) struct ModeFields {
    /// For the form.
    pub(super) word: &'static str,
    /// For the person.
    pub(super) label: String,
    /// What it means, in a sentence.
    pub(super) meaning: String,
}

/// A patient to choose.
struct PatientRow {
    account: String,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "compose.html")]
struct ComposePage {
    page: Page,
    patients: Vec<PatientRow>,
    modes: Vec<ModeFields>,
    problem: Option<String>,
    form: ComposeForm,
    offer: Offer,
    /// Where the form takes the choice of a template.
    fill_at: &'static str,
    /// Of the form, so that it acts once.
    once: String,
}

#[derive(Deserialize, Clone, Default)]
pub(super) struct ComposeForm {
    #[serde(default)]
    patient: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    once: String,
}

#[derive(Deserialize)]
pub(super) struct FillForm {
    #[serde(flatten)]
    form: ComposeForm,
    #[serde(flatten)]
    choice: Choice,
}

pub(super) async fn show(visit: Visit, Query(mut form): Query<ComposeForm>) -> Result<Response, Fault> {
    // Not where a patient is named already: what was begun may be for somebody else.
    if form.patient.is_empty() {
        form.text = visit.ask(|client, _| Ok(client.draft(None)?)).await?.unwrap_or_default();
    }
    page(&visit, None, form, None).await
}

pub(super) async fn open(Posted { visit, form }: Posted<ComposeForm>) -> Result<Response, Fault> {
    let (asked, desk) = (form.clone(), Arc::clone(&visit.desk));
    let act = move |client: &mut Client, viewer: &Viewer| {
        Ok(desk.once.act(&asked.once, &asked.text, || opened(client, viewer, &asked)))
    };
    match visit.ask(act).await? {
        Ok(thread) => {
            visit.desk.keeper.tell(News::Done(Some(thread)));
            Ok(Redirect::to(&format!("/threads/{thread}")).into_response())
        }
        Err(failure) => page(&visit, Some(failure.line(&visit.viewer.words)), form, None).await,
    }
}

/// Puts a template into the text that is being written.
pub(super) async fn fill(Posted { visit, form }: Posted<FillForm>) -> Result<Response, Fault> {
    page(&visit, None, form.form, Some(form.choice)).await
}

fn opened(client: &mut Client, viewer: &Viewer, form: &ComposeForm) -> Result<ThreadId, Failure> {
    let patient: AccountId = People::of(client)?.find(&form.patient)?;
    let mode = mode::of_form(&form.mode, &form.until, &viewer.zone)?;
    let text = text::of_form(&form.text)?;
    // In the place of an earlier state of it, with which sending would leave it.
    client.keep_draft(None, &text)?;
    Ok(client.open_thread(&[patient], mode, &text, viewer.now)?)
}

async fn page(
    visit: &Visit,
    problem: Option<String>,
    mut form: ComposeForm,
    choice: Option<Choice>,
) -> Result<Response, Fault> {
    let (chosen, typed) = (form.patient.clone(), std::mem::take(&mut form.text));
    let (patients, (offer, typed)) = visit
        .ask(move |client, viewer| {
            let contacts = client.contacts()?.into_iter();
            let patients = contacts.filter(|contact| contact.role != Some(Role::Professional));
            let row = |contact: colloque_client_core::Contact| {
                let account = contact.account.to_string();
                let is_chosen = account == chosen;
                PatientRow { label: label_of(&contact, &viewer.words), account, is_chosen }
            };
            let written = match choice {
                Some(choice) => Offer::choose(client, &choice, &typed)?,
                None => (Offer::of(client)?, typed),
            };
            Ok((patients.map(row).collect(), written))
        })
        .await?;
    form.text = typed;
    let page = visit.page(Nav::New, visit.viewer.words.say(key!("desk-new"), &[]));
    let (modes, once) = (modes(&visit.viewer, false), Once::number());
    Ok(ComposePage { page, patients, modes, problem, form, offer, fill_at: "/new/fill", once }.html())
}

/// The ways to answer; with closing, where there is something to close.
pub(super) fn modes(viewer: &Viewer, with_closed: bool) -> Vec<ModeFields> {
    let say = |key| viewer.words.say(key, &[]);
    let fields = |word, label, meaning| ModeFields { word, label: say(label), meaning: say(meaning) };
    let mut modes = vec![
        fields("open", key!("desk-mode-open"), key!("desk-mode-open-meaning")),
        fields("one-reply", key!("desk-mode-one-reply"), key!("desk-mode-one-reply-meaning")),
        fields("until", key!("desk-mode-until"), key!("desk-mode-until-meaning")),
        fields("no-reply", key!("desk-mode-no-reply"), key!("desk-mode-no-reply-meaning")),
    ];
    if with_closed {
        modes.push(fields("closed", key!("desk-mode-closed"), key!("desk-mode-closed-meaning")));
    }
    modes
}
