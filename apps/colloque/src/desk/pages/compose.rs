//! A new thread in three acts: the patient, how to answer, the message.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::Client;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
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
}

pub(super) async fn show(
    visit: Visit,
    axum::extract::Query(form): axum::extract::Query<ComposeForm>,
) -> Result<Response, Fault> {
    page(&visit, None, form).await
}

pub(super) async fn open(Posted { visit, form }: Posted<ComposeForm>) -> Result<Response, Fault> {
    let asked = form.clone();
    let opened = visit.ask(move |client, viewer| Ok(opened(client, viewer, &asked))).await?;
    match opened {
        Ok(thread) => {
            visit.desk.keeper.tell(News::Done(Some(thread)));
            Ok(Redirect::to(&format!("/threads/{thread}")).into_response())
        }
        Err(failure) => page(&visit, Some(failure.line(&visit.viewer.words)), form).await,
    }
}

fn opened(client: &mut Client, viewer: &Viewer, form: &ComposeForm) -> Result<ThreadId, Failure> {
    let patient: AccountId = People::of(client)?.find(&form.patient)?;
    let mode = mode::of_form(&form.mode, &form.until, &viewer.zone)?;
    let text = text::of_form(&form.text)?;
    Ok(client.open_thread(&[patient], mode, &text, viewer.now)?)
}

async fn page(visit: &Visit, problem: Option<String>, form: ComposeForm) -> Result<Response, Fault> {
    let chosen = form.patient.clone();
    let patients = visit
        .ask(move |client, viewer| {
            let contacts = client.contacts()?.into_iter();
            let patients = contacts.filter(|contact| contact.role != Some(Role::Professional));
            let row = |contact: colloque_client_core::Contact| {
                let account = contact.account.to_string();
                let is_chosen = account == chosen;
                PatientRow { label: label_of(&contact, &viewer.words), account, is_chosen }
            };
            Ok(patients.map(row).collect())
        })
        .await?;
    let page = visit.page(Nav::New, visit.viewer.words.say(key!("desk-new"), &[]));
    let modes = modes(&visit.viewer, false);
    Ok(ComposePage { page, patients, modes, problem, form }.html())
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
