//! A thread: what was said, who can read it, what may be answered, and the acts on it.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Departure};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::ThreadId;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::keeper::State;
use super::super::news::News;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::compose::{ModeFields, modes};
use super::line::{Line, lines};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::mode;
use crate::people::People;
use crate::red_flags;
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
    members: Vec<MemberRow>,
    /// What may be answered, said before anything is typed.
    answer: String,
    may_answer: bool,
}

/// A person in a thread.
struct MemberRow {
    account: String,
    name: String,
    mark: String,
    is_own: bool,
    devices: u64,
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
    modes: Vec<ModeFields>,
}

/// What a form of the page led to, when it was not done.
#[derive(Default)]
struct Asked {
    problem: Option<String>,
    typed: String,
    is_flagged: bool,
}

/// A part of a thread's page, for a page that is open.
#[derive(Template)]
#[template(path = "lines.html")]
struct LinesPart {
    view: View,
}

#[derive(Deserialize)]
pub(super) struct SendForm {
    text: String,
    /// Whether nothing more is expected once it is said.
    #[serde(default)]
    closes: Option<String>,
    /// Whether the writer has read the advice to call, and sends all the same.
    #[serde(default)]
    anyway: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ModeForm {
    mode: String,
    #[serde(default)]
    until: String,
}

/// How an account leaves.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum How {
    Leave,
    Block,
}

#[derive(Deserialize)]
pub(super) struct DepartForm {
    how: How,
}

pub(super) async fn show(visit: Visit, Path(thread): Path<String>) -> Result<Response, Fault> {
    page(&visit, parsed(&thread)?, Asked::default()).await
}

/// The lines alone: what a page that is open puts in the place of its own.
pub(super) async fn part(visit: Visit, Path(thread): Path<String>) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let view = visit.ask(move |client, viewer| View::read(client, viewer, thread)).await?;
    Ok(LinesPart { view }.html())
}

pub(super) async fn send(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<SendForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let typed = form.text.clone();
    let is_patient = matches!(visit.desk.keeper.state(), State::Open { holder: Holder::Patient, .. });
    if is_patient && form.anyway.is_none() && red_flags::check(&typed).is_some() {
        return page(&visit, thread, Asked { typed, is_flagged: true, ..Asked::default() }).await;
    }
    let act = move |client: &mut Client, viewer: &Viewer| {
        let text = text::of_form(&form.text)?;
        may_answer(client, viewer, thread)?;
        match form.closes {
            None => client.send(thread, &text, viewer.now)?,
            Some(_) => client.send_and_set_mode(thread, &text, AnswerMode::Closed, viewer.now)?,
        };
        Ok(())
    };
    acted(&visit, thread, typed, act).await
}

pub(super) async fn set_mode(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<ModeForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let act = move |client: &mut Client, viewer: &Viewer| {
        let mode = mode::of_form(&form.mode, &form.until, &viewer.zone)?;
        Ok(client.set_mode(thread, mode, viewer.now)?)
    };
    acted(&visit, thread, String::new(), act).await
}

pub(super) async fn depart(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<DepartForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let departure = match form.how {
        How::Leave => Departure::Leave,
        How::Block => Departure::Block,
    };
    let act = move |client: &mut Client, viewer: &Viewer| Ok(client.depart(thread, departure, viewer.now)?);
    acted(&visit, thread, String::new(), act).await
}

/// What the page says before anything is typed holds when it is sent: one that waits to be sent is the one reply.
fn may_answer(client: &Client, viewer: &Viewer, thread: ThreadId) -> Result<(), Failure> {
    let people = People::of(client)?;
    let answer = Answer::of(&client.thread(thread)?, &client.entries(thread)?, &people, viewer.now);
    if answer.is_permitted() {
        Ok(())
    } else {
        Err(Failure::Refused(answer.shown(&people, &viewer.zone, &viewer.words)))
    }
}

/// Does something in a thread and shows it; or shows why not, with what was typed kept.
async fn acted(
    visit: &Visit,
    thread: ThreadId,
    typed: String,
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
            page(visit, thread, Asked { problem, typed, is_flagged: false }).await
        }
        Err(fault) => Err(fault),
    }
}

async fn page(visit: &Visit, thread: ThreadId, asked: Asked) -> Result<Response, Fault> {
    let view = visit.ask(move |client, viewer| View::read(client, viewer, thread)).await?;
    let page = visit.page(Nav::Inbox, view.people.clone());
    let modes = modes(&visit.viewer, page.is_professional());
    let Asked { problem, typed, is_flagged } = asked;
    Ok(ThreadPage { page, view, problem, typed, is_flagged, modes }.html())
}

impl View {
    /// Reads a thread, which is thereby displayed.
    fn read(client: &mut Client, viewer: &Viewer, thread: ThreadId) -> Result<Self, Fault> {
        let words = &viewer.words;
        let people = People::of(client)?;
        let summary = client.thread(thread)?;
        let entries = client.entries(thread)?;
        if summary.unread > 0 {
            client.mark_displayed(thread, viewer.now)?;
        }
        let renderer = Renderer { people: &people, zone: &viewer.zone, words };
        let answer = Answer::of(&summary, &entries, &people, viewer.now);
        let mut members: Vec<MemberRow> = Vec::new();
        for participant in client.participants(thread)? {
            let account = participant.account.to_string();
            match members.iter_mut().find(|row| row.account == account) {
                Some(row) => row.devices += 1,
                None => {
                    let (name, mark) =
                        (people.name(participant.account, words), people.mark(participant.account, words));
                    let is_own = participant.account == people.own();
                    members.push(MemberRow { account, name, mark, is_own, devices: 1 });
                }
            }
        }
        Ok(Self {
            thread,
            people: renderer.names(&summary),
            mode: mode::shown(summary.mode, &viewer.zone, words),
            is_closed: summary.mode.is_closed(),
            standing: renderer.standing(summary.standing),
            lines: lines(&entries, &client.receipts(thread)?, &renderer, viewer),
            members,
            answer: answer.shown(&people, &viewer.zone, words),
            may_answer: answer.is_permitted(),
        })
    }
}

/// The thread that an address names.
fn parsed(text: &str) -> Result<ThreadId, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}
