//! A thread: what was said, who can read it, what may be answered, and the acts on it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Departure, DraftOf};
use colloque_schemas::id::{BlobId, ThreadId};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::once::Once;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::compose::{ModeFields, modes};
use super::draft;
use super::invite::Absent;
use super::lock::NoFields;
use super::offer::{Choice, Offer};
use super::send::Enclosure;
use super::team::{COLLEAGUES, Colleague, MemberRow, colleagues, members};
use super::window::{Reader, Spot, SpotQuery, Window};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::mode;
use crate::people::People;
use crate::render::Renderer;
use crate::text;

/// What a page shows of a thread and keeps up to date while it is open.
struct View {
    thread: ThreadId,
    people: String,
    mode: String,
    is_closed: bool,
    standing: Option<String>,
    window: Window,
    /// Patients for whom the opening waits.
    absent: Vec<Absent>,
    /// That nobody has read the owner's last message for long.
    unread: Option<String>,
    members: Vec<MemberRow>,
    /// What may be answered, said before anything is typed.
    answer: String,
    may_answer: bool,
    /// Whether it is stopped here, and its owner may go on in a new one.
    may_continue: bool,
    /// Where it goes on.
    successor: Option<ThreadId>,
    /// What it goes on with.
    predecessor: Option<ThreadId>,
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
    colleagues: Vec<Colleague>,
    offer: Offer,
    /// Of the form, so that it acts once.
    once: String,
    /// The mark of the draft that is kept.
    known: String,
    /// Where the form takes the choice of a template.
    fill_at: String,
    modes: Vec<ModeFields>,
}

/// What is shown beside the thread itself: a part of it, or what a form led to when it was not done.
#[derive(Default)]
pub(super) struct Asked {
    /// Which part.
    pub(super) spot: Spot,
    pub(super) problem: Option<String>,
    /// What was typed; otherwise the draft is shown.
    pub(super) typed: Option<String>,
    pub(super) is_flagged: bool,
    pub(super) choice: Option<Choice>,
    /// Documents that go with what is being written.
    pub(super) attached: Vec<BlobId>,
}

/// What of a thread's page changes by itself, for a page that is open.
#[derive(Template)]
#[template(path = "talk.html")]
struct TalkPart {
    page: Page,
    view: View,
}

#[derive(Deserialize)]
pub(super) struct ContinueForm {
    text: String,
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
    Query(asked): Query<SpotQuery>,
) -> Result<Response, Fault> {
    page(&visit, parsed(&thread)?, Asked { spot: asked.spot(), ..Asked::default() }).await
}

/// What changes by itself: what a page that is open puts in the place of its own.
pub(super) async fn part(
    visit: Visit,
    Path(thread): Path<String>,
    Query(asked): Query<SpotQuery>,
) -> Result<Response, Fault> {
    let (thread, page) = (parsed(&thread)?, visit.page(Nav::Inbox, String::new()));
    let read = move |client: &mut Client, viewer: &Viewer| {
        let view = View::read(client, viewer, &page, thread, asked.spot())?;
        Ok(TalkPart { page, view }.html())
    };
    visit.ask(read).await
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

/// Goes on in a new thread, which is then shown. A form that is sent twice leads to the same one.
pub(super) async fn continue_in_new(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<ContinueForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let typed = form.text.clone();
    let act = move |client: &mut Client, viewer: &Viewer| -> Result<ThreadId, Failure> {
        Ok(client.continue_thread(thread, &text::of_form(&form.text)?, viewer.now)?)
    };
    let done = visit.ask(move |client, viewer| Ok(act(client, viewer))).await?;
    match done.map_err(Fault::from) {
        Ok(successor) => {
            visit.desk.keeper.tell(News::Done(Some(successor)));
            Ok(Redirect::to(&format!("/threads/{successor}#end")).into_response())
        }
        Err(Fault::Failure(failure)) => {
            let problem = Some(failure.line(&visit.viewer.words));
            page(&visit, thread, Asked { problem, typed: Some(typed), ..Asked::default() }).await
        }
        Err(fault) => Err(fault),
    }
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
    let Asked { spot, problem, typed, is_flagged, choice, attached } = asked;
    let mut page = visit.page(Nav::Inbox, String::new());
    let read = move |client: &mut Client, viewer: &Viewer| {
        let view = View::read(client, viewer, &page, thread, spot)?;
        let draft = client.draft(DraftOf::Thread(thread))?.unwrap_or_default();
        let known = draft::mark(&draft);
        let (offer, typed) = Offer::beside(client, choice.as_ref(), typed.unwrap_or(draft))?;
        let enclosed = |blob| Enclosure::of(client, blob, &viewer.words);
        let enclosures = attached.into_iter().filter_map(enclosed).collect();
        let colleagues = colleagues(client, viewer, &view.members)?;
        let modes = modes(viewer, page.is_professional());
        let (once, fill_at) = (Once::number(), format!("/threads/{thread}/fill"));
        page.title.clone_from(&view.people);
        let page = ThreadPage {
            page,
            view,
            problem,
            typed,
            is_flagged,
            enclosures,
            colleagues,
            offer,
            once,
            known,
            fill_at,
            modes,
        };
        Ok(page.html())
    };
    visit.ask(read).await
}

impl View {
    /// Reads a part of a thread, which is thereby displayed.
    fn read(
        client: &mut Client,
        viewer: &Viewer,
        page: &Page,
        thread: ThreadId,
        spot: Spot,
    ) -> Result<Self, Fault> {
        let words = &viewer.words;
        let (summary, receipts) = (client.thread(thread)?, client.receipts(thread)?);
        let mut people = People::alone(client);
        let named = summary.patients.iter().copied().chain([summary.opener]);
        people.meet(client, named.chain(receipts.iter().map(|receipt| receipt.account)))?;
        let unread = if summary.unread > 0 { client.first_unread(thread)? } else { None };
        let mut reader = Reader { client: &*client, viewer, page, thread, receipts: &receipts, people };
        let window = reader.window(spot, unread)?;
        let people = reader.people;
        if let Some(through) = unread.and_then(|unread| window.displays(unread)) {
            client.mark_displayed(thread, through, viewer.now)?;
        }
        let renderer = Renderer { people: &people, zone: &viewer.zone, words };
        let answer = Answer::of(client, thread, viewer.now)?;
        let successor = client.successor(thread)?;
        Ok(Self {
            thread,
            people: renderer.names(&summary),
            mode: mode::shown(summary.mode, &viewer.zone, words),
            is_closed: summary.mode.is_closed(),
            standing: renderer.standing(summary.standing),
            window,
            absent: Absent::among(client, &people, viewer, &summary.waits_for)?,
            unread: renderer.unread(&summary, viewer.now),
            members: members(client, viewer, &people, thread)?,
            answer: answer.shown(&people, &viewer.zone, words),
            may_answer: answer.is_permitted(),
            may_continue: answer.is_stopped() && page.is_professional() && successor.is_none(),
            successor,
            predecessor: client.predecessor(thread)?,
        })
    }
}

/// The thread that an address names.
pub(super) fn parsed(text: &str) -> Result<ThreadId, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}
