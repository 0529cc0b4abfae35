//! A new thread in three acts: the patient, how to answer, the message.

use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, DraftOf};
use colloque_schemas::id::{AccountId, BlobId, ThreadId};
use colloque_schemas::role::Role;
use serde::Deserialize;

use super::super::act;
use super::super::fault::Fault;
use super::super::news::News;
use super::super::once::Once;
use super::super::page::{Html as _, Nav, Page};
use super::super::visit::{Viewer, Visit};
use super::super::written::Written;
use super::draft;
use super::offer::{Choice, Offer};
use super::send::{Enclosure, kept};
use crate::failure::Failure;
use crate::mode;
use crate::people::{People, label_of};
use crate::text;
use crate::words::key;

/// Patients to choose from on a page; others are named.
const PATIENTS: usize = 150;

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

/// Somebody for whom a text was begun.
struct Begun {
    account: String,
    label: String,
}

#[derive(Template)]
#[template(path = "compose.html")]
struct ComposePage {
    page: Page,
    patients: Vec<PatientRow>,
    /// Whether there are more than the page lists.
    has_others: bool,
    /// The others for whom a text was begun.
    begun: Vec<Begun>,
    modes: Vec<ModeFields>,
    problem: Option<String>,
    form: ComposeForm,
    offer: Offer,
    enclosures: Vec<Enclosure>,
    /// Where the form takes the choice of a template.
    fill_at: &'static str,
    /// Of the form, so that it acts once.
    once: String,
    /// The mark of the draft that is kept.
    known: String,
}

/// What is shown of a form: as it was sent, or as an address asks for it.
#[derive(Deserialize, Clone, Default)]
pub(super) struct ComposeForm {
    #[serde(default)]
    patient: String,
    /// One who is not listed, by name.
    #[serde(default)]
    named: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    until: String,
    /// What was typed; otherwise the draft is shown.
    text: Option<String>,
}

/// What is shown beside a form, or what it led to when it was not done.
#[derive(Default)]
struct Asked {
    problem: Option<String>,
    choice: Option<Choice>,
    attached: Vec<BlobId>,
}

impl ComposeForm {
    fn of(written: &Written) -> Self {
        let field = |name| written.field(name).to_owned();
        let text = Some(field("text"));
        let (patient, named) = (field("patient"), field("named"));
        Self { patient, named, mode: field("mode"), until: field("until"), text }
    }

    /// What a text is written for here.
    fn draft(&self) -> DraftOf {
        DraftOf::New(self.patient.parse().ok())
    }
}

pub(super) async fn show(visit: Visit, Query(form): Query<ComposeForm>) -> Result<Response, Fault> {
    page(&visit, form, Asked::default()).await
}

pub(super) async fn open(mut written: Written) -> Result<Response, Fault> {
    let (form, asked) = asked(&mut written).await?;
    let visit = &written.visit;
    // What was not attached is shown before anything is sent.
    if asked.problem.is_some() || written.has("enclose") || written.has("remove") {
        return page(visit, form, asked).await;
    }
    let (desk, once) = (Arc::clone(&visit.desk), written.field("once").to_owned());
    let (sent, attached) = (form.clone(), asked.attached.clone());
    let act = move |client: &mut Client, viewer: &Viewer| {
        let text = sent.text.as_deref().unwrap_or_default();
        let opened = desk.once.act(&once, text, || opened(client, viewer, &sent, text, &attached));
        if opened.is_ok() {
            // Files that came again with a form that was sent twice.
            for blob in attached {
                let _ = client.discard_attachment(blob);
            }
        }
        Ok(opened)
    };
    match visit.ask(act).await? {
        Ok(thread) => {
            visit.desk.keeper.tell(News::Done(Some(thread)));
            Ok(Redirect::to(&format!("/threads/{thread}")).into_response())
        }
        Err(failure) => {
            let problem = Some(failure.line(&visit.viewer.words));
            page(visit, form, Asked { problem, ..asked }).await
        }
    }
}

/// Puts a template into the text that is being written.
pub(super) async fn fill(mut written: Written) -> Result<Response, Fault> {
    let (form, asked) = asked(&mut written).await?;
    let choice = Some(Choice::of(written.fields()));
    page(&written.visit, form, Asked { choice, ..asked }).await
}

/// What is shown again of a form that is not done.
async fn asked(written: &mut Written) -> Result<(ComposeForm, Asked), Fault> {
    let problem = written.problem.take().map(|failure| failure.line(&written.visit.viewer.words));
    let attached = kept(&written.visit, written).await?;
    Ok((ComposeForm::of(written), Asked { problem, attached, ..Asked::default() }))
}

fn opened(
    client: &mut Client,
    viewer: &Viewer,
    form: &ComposeForm,
    text: &str,
    attached: &[BlobId],
) -> Result<ThreadId, Failure> {
    let named = if form.patient.is_empty() { &form.named } else { &form.patient };
    let patient: AccountId = People::of(client)?.find(named)?;
    let mode = mode::of_form(&form.mode, &form.until, &viewer.zone)?;
    let text = text::of_form(text)?;
    // In the place of an earlier state of it, with which sending would leave it.
    client.keep_draft(form.draft(), &text)?;
    act::opened(client, viewer, &[patient], mode, &text, attached)
}

async fn page(visit: &Visit, mut form: ComposeForm, asked: Asked) -> Result<Response, Fault> {
    let Asked { problem, choice, attached } = asked;
    let page = visit.page(Nav::New, visit.viewer.words.say(key!("desk-new"), &[]));
    let read = move |client: &mut Client, viewer: &Viewer| {
        let contacts = client.contacts()?.into_iter();
        let patients: Vec<_> = contacts.filter(|contact| contact.role != Some(Role::Professional)).collect();
        let drafts = client.new_drafts()?;
        let others = patients.iter().filter(|contact| drafts.contains(&contact.account));
        let begun = others.map(|contact| Begun {
            account: contact.account.to_string(),
            label: label_of(contact, &viewer.words),
        });
        let begun = begun.filter(|begun| begun.account != form.patient).take(PATIENTS / 10).collect();
        let row = |contact: &colloque_client_core::Contact| {
            let account = contact.account.to_string();
            let is_chosen = account == form.patient;
            PatientRow { label: label_of(contact, &viewer.words), account, is_chosen }
        };
        let has_others = patients.len() > PATIENTS;
        let mut rows: Vec<PatientRow> = patients.iter().map(row).collect();
        // Whoever is asked for is listed, whatever the name begins with.
        rows.sort_by_key(|row| !row.is_chosen);
        rows.truncate(PATIENTS);
        let draft = client.draft(form.draft())?.unwrap_or_default();
        let known = draft::mark(&draft);
        let typed = form.text.take().unwrap_or(draft);
        let (offer, typed) = Offer::beside(client, choice.as_ref(), typed)?;
        form.text = Some(typed);
        let enclosed = |blob| Enclosure::of(client, blob, &viewer.words);
        let enclosures = attached.into_iter().filter_map(enclosed).collect();
        let (modes, once, fill_at) = (modes(viewer, false), Once::number(), "/new/fill");
        let page = ComposePage {
            page,
            patients: rows,
            has_others,
            begun,
            modes,
            problem,
            form,
            offer,
            enclosures,
            fill_at,
            once,
            known,
        };
        Ok(page.html())
    };
    visit.ask(read).await
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
