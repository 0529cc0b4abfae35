//! What changes while a page is open: told by server-sent events, fetched as parts of pages.
//!
//! An event says where to look, not what is there: the page asks for the part, which is rendered and escaped like any
//! other.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::Sse;
use axum::response::sse::{Event as ServerSent, KeepAlive};
use colloque_client_core::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::posted::Posted;
use super::super::visit::Visit;
use super::lock::NoFields;
use crate::occurrence::{Occurrence, thread_of};
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

/// Somebody is at the page, who asks for nothing.
pub(super) async fn attended(_: Posted<NoFields>) {}

async fn next(visit: &Visit, news: &mut Receiver<News>) -> Option<ServerSent> {
    match news.recv().await {
        Ok(News::State) => Some(ServerSent::default().event("state").data("")),
        Ok(News::Done(thread)) => {
            let thread = thread.map(|thread| thread.to_string()).unwrap_or_default();
            Some(ServerSent::default().event("changed").data(thread))
        }
        Ok(News::Event(event)) => Some(told(visit, &event).await),
        // Some were missed: everything is to be looked at anew.
        Err(RecvError::Lagged(_)) => Some(ServerSent::default().event("changed").data("")),
        Err(RecvError::Closed) => None,
    }
}

async fn told(visit: &Visit, event: &std::sync::Arc<Event>) -> ServerSent {
    let asked = std::sync::Arc::clone(event);
    let line = visit
        .ask(move |client, viewer| {
            let people = People::of(client)?;
            let occurrence = Occurrence::of(&asked, &people, &viewer.words);
            Ok::<_, Fault>(occurrence.map(|occurrence| occurrence.line().to_owned()))
        })
        .await;
    let thread = thread_of(event).map(|thread| thread.to_string()).unwrap_or_default();
    match line {
        // Two lines of data: the thread, then what is to be said.
        Ok(Some(line)) => ServerSent::default().event("said").data(format!("{thread}\n{line}")),
        Ok(None) | Err(_) => ServerSent::default().event("changed").data(thread),
    }
}
