//! A thread: what was said, who can read it, what may be answered, and the acts on it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Departure};
use colloque_schemas::id::{BlobId, Seq, ThreadId};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::once::Once;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::compose::{ModeFields, modes};
use super::invite::Absent;
use super::line::{Line, lines};
use super::lock::NoFields;
use super::offer::{Choice, Offer};
use super::send::Enclosure;
use super::team::{Colleague, MemberRow, colleagues, members};
use super::window::Window;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::mode;
use crate::people::People;
use crate::render::Renderer;
use crate::text;

/// Everything that is shown of a thread.
struct View {
    thread: ThreadId,
    people: String,
    mode: String,
    is_closed: bool,
    standing: Option<String>,
    lines: Vec<Line>,
    window: Window,
    /// Patients for whom the opening waits.
    absent: Vec<Absent>,
    /// That nobody has read the owner's last message for long.
    unread: Option<String>,
    members: Vec<MemberRow>,
    /// Whom the owner could add.
    colleagues: Vec<Colleague>,
    /// What may be answered, said before anything is typed.
    answer: String,
    may_answer: bool,
    /// Kept from an earlier visit.
    draft: String,
    offer: Offer,
}

#[derive(Template)]
#[template(path = "thread.html")]
struct ThreadPage {
    page: Page,
    view: View,
    problem: Option<String>,
    /// What was typed and not sent.
    typed: String,
    /// Whether what was typed has words of an emergency: told on this device, to the writer alone.
    is_flagged: bool,
    enclosures: Vec<Enclosure>,
    /// Of the form, so that it acts once.
    once: String,
    /// Where the form takes the choice of a template.
    fill_at: String,
    modes: Vec<ModeFields>,
}

/// What is shown beside the thread itself: a part of it, or what a form led to when it was not done.
#[derive(Default)]
pub(super) struct Asked {
    /// A place around which to show.
    pub(super) at: Option<Seq>,
    pub(super) problem: Option<String>,
    /// What was typed; otherwise the draft is shown.
    pub(super) typed: Option<String>,
    pub(super) is_flagged: bool,
    pub(super) choice: Option<Choice>,
    /// Documents that go with what is being written.
    pub(super) attached: Vec<BlobId>,
}

/// A part of a thread's page, for a page that is open.
#[derive(Template)]
#[template(path = "lines.html")]
struct LinesPart {
    page: Page,
    view: View,
}

#[derive(Deserialize)]
pub(super) struct Around {
    at: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct ModeForm {
    mode: String,
    #[serde(default)]
    until: String,
    /// A last message, where the thread is closed.
    #[serde(default)]
    reason: String,
}

pub(super) async fn show(
    visit: Visit,
    Path(thread): Path<String>,
    Query(around): Query<Around>,
) -> Result<Response, Fault> {
    page(&visit, parsed(&thread)?, Asked { at: around.at.map(Seq), ..Asked::default() }).await
}

/// What changes by itself: what a page that is open puts in the place of its own.
pub(super) async fn part(visit: Visit, Path(thread): Path<String>) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let view = visit.ask(move |client, viewer| View::read(client, viewer, thread, None)).await?;
    Ok(LinesPart { page: visit.page(Nav::Inbox, String::new()), view }.html())
}

pub(super) async fn set_mode(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<ModeForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let act = move |client: &mut Client, viewer: &Viewer| {
        let mode = mode::of_form(&form.mode, &form.until, &viewer.zone)?;
        if mode.is_closed() && !form.reason.trim().is_empty() {
            let reason = text::of_form(&form.reason)?;
            client.send_and_set_mode(thread, &reason, mode, viewer.now)?;
            return Ok(());
        }
        Ok(client.set_mode(thread, mode, viewer.now)?)
    };
    acted(&visit, thread, Asked::default(), act).await
}

pub(super) async fn leave(
    Path(thread): Path<String>,
    Posted { visit, .. }: Posted<NoFields>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let act = move |client: &mut Client, viewer: &Viewer| {
        Ok(client.depart(thread, Departure::Leave, viewer.now)?)
    };
    acted(&visit, thread, Asked::default(), act).await
}

/// Does something in a thread and shows it; or shows why not, with what was asked kept.
pub(super) async fn acted(
    visit: &Visit,
    thread: ThreadId,
    asked: Asked,
    act: impl FnOnce(&mut Client, &Viewer) -> Result<(), Failure> + Send + 'static,
) -> Result<Response, Fault> {
    // A failure of the act is told on the page; that there is no profile to ask is not.
    let done = visit.ask(move |client, viewer| Ok(act(client, viewer))).await?;
    match done.map_err(Fault::from) {
        Ok(()) => {
            visit.desk.keeper.tell(News::Done(Some(thread)));
            Ok(Redirect::to(&format!("/threads/{thread}#end")).into_response())
        }
        Err(Fault::Failure(failure)) => {
            let problem = Some(failure.line(&visit.viewer.words));
            page(visit, thread, Asked { problem, ..asked }).await
        }
        Err(fault) => Err(fault),
    }
}

pub(super) async fn page(visit: &Visit, thread: ThreadId, asked: Asked) -> Result<Response, Fault> {
    let Asked { at, problem, typed, is_flagged, choice, attached } = asked;
    let (view, typed, enclosures) = visit
        .ask(move |client, viewer| {
            let mut view = View::read(client, viewer, thread, at)?;
            let mut typed = typed.unwrap_or_else(|| std::mem::take(&mut view.draft));
            if let Some(choice) = choice {
                (view.offer, typed) = Offer::choose(client, &choice, &typed)?;
            }
            let enclosed = |blob| Enclosure::of(client, blob, &viewer.words);
            Ok((view, typed, attached.into_iter().filter_map(enclosed).collect()))
        })
        .await?;
    let page = visit.page(Nav::Inbox, view.people.clone());
    let modes = modes(&visit.viewer, page.is_professional());
    let (once, fill_at) = (Once::number(), format!("/threads/{thread}/fill"));
    Ok(ThreadPage { page, view, problem, typed, is_flagged, enclosures, once, fill_at, modes }.html())
}

impl View {
    /// Reads a thread, which is thereby displayed.
    fn read(client: &mut Client, viewer: &Viewer, thread: ThreadId, at: Option<Seq>) -> Result<Self, Fault> {
        let words = &viewer.words;
        let people = People::of(client)?;
        let summary = client.thread(thread)?;
        let entries = client.entries(thread)?;
        let window = Window::of(&entries, at, summary.unread);
        // Around a place, some of what is unread may stand before what is shown.
        if summary.unread > 0 && at.is_none() {
            client.mark_displayed(thread, viewer.now)?;
        }
        let renderer = Renderer { people: &people, zone: &viewer.zone, words };
        let answer = Answer::of(&summary, &entries, &people, viewer.now);
        let members = members(client, viewer, &people, thread)?;
        let colleagues = colleagues(client, viewer, &members)?;
        Ok(Self {
            thread,
            people: renderer.names(&summary),
            mode: mode::shown(summary.mode, &viewer.zone, words),
            is_closed: summary.mode.is_closed(),
            standing: renderer.standing(summary.standing),
            lines: lines(thread, window.shown(&entries), &client.receipts(thread)?, &renderer, viewer),
            window,
            absent: Absent::among(client, &people, viewer, &summary.waits_for)?,
            unread: renderer.unread(&summary, viewer.now),
            members,
            colleagues,
            answer: answer.shown(&people, &viewer.zone, words),
            may_answer: answer.is_permitted(),
            draft: client.draft(Some(thread))?.unwrap_or_default(),
            offer: Offer::of(client)?,
        })
    }
}

/// The thread that an address names.
pub(super) fn parsed(text: &str) -> Result<ThreadId, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}
