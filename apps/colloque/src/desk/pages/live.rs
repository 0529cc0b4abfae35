//! What changes while a page is open: told by server-sent events, fetched as parts of pages.
//!
//! An event says where to look, not what is there: the page asks for the part, which is rendered and escaped like any
//! other.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::response::sse::{Event as ServerSent, KeepAlive};
use axum::response::{Response, Sse};
use colloque_client_core::Event;
use colloque_client_core::connection::{Clock as _, SystemClock};
use colloque_schemas::id::ThreadId;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::Visit;
use super::lock::NoFields;
use crate::occurrence::{Occurrence, named};
use crate::people::People;

/// So that a page notices that the desk has ended.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn events(visit: Visit) -> Sse<impl Stream<Item = Result<ServerSent, Infallible>>> {
    let news = visit.desk.keeper.news();
    let told = unfold((visit, news), |(visit, mut news)| async move {
        let event = next(&visit, &mut news).await?;
        Some((Ok(event), (visit, news)))
    });
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// How the connection is, on every page.
#[derive(Template)]
#[template(path = "state.html")]
struct StatePart {
    page: Page,
}

/// How the connection is. A desk that was locked meanwhile leads elsewhere.
pub(super) async fn state(visit: Visit) -> Result<Response, Fault> {
    visit.ask(|_, _| Ok(())).await?;
    Ok(StatePart { page: visit.page(Nav::Inbox, String::new()) }.html())
}

/// Somebody is at the page, who asks for nothing.
pub(super) async fn attended(_: Posted<NoFields>) {}

async fn next(visit: &Visit, news: &mut Receiver<News>) -> Option<ServerSent> {
    let heard = news.recv().await;
    // The session may have ended since the stream began.
    visit.desk.sessions.has(&visit.session, SystemClock.now()).then_some(())?;
    match heard {
        Ok(News::State) => Some(event("state", None, None)),
        Ok(News::Done(thread)) => Some(event("changed", thread, None)),
        Ok(News::Event(news)) => Some(told(visit, &news).await),
        // Some were missed: everything is to be looked at anew.
        Err(RecvError::Lagged(_)) => Some(event("changed", None, None)),
        Err(RecvError::Closed) => None,
    }
}

async fn told(visit: &Visit, news: &std::sync::Arc<Event>) -> ServerSent {
    let asked = std::sync::Arc::clone(news);
    let line = visit
        .ask(move |client, viewer| {
            let mut people = People::alone(client);
            people.meet(client, named(&asked))?;
            let occurrence = Occurrence::of(&asked, &people, &viewer.words);
            Ok::<_, Fault>(occurrence.map(|occurrence| occurrence.line().to_owned()))
        })
        .await;
    match line {
        Ok(Some(line)) => event("said", news.thread(), Some(&line)),
        Ok(None) | Err(_) => event("changed", news.thread(), None),
    }
}

/// The thread or `-`, then what is to be said: an event without data is none to a browser (HTML section 9.2.6).
fn event(kind: &'static str, thread: Option<ThreadId>, line: Option<&str>) -> ServerSent {
    let thread = thread.map_or_else(|| "-".to_owned(), |thread| thread.to_string());
    let data = line.map_or_else(|| thread.clone(), |line| format!("{thread}\n{line}"));
    ServerSent::default().event(kind).data(data)
}
