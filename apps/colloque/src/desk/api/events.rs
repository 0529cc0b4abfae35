//! What happens, as it happens: that something did, and where, never what was said.

use std::convert::Infallible;

use axum::response::Sse;
use axum::response::sse::{Event as ServerSent, KeepAlive};
use colloque_client_core::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::news::News;
use super::caller::Caller;
use super::problem::{Problem, ProblemJson};
use crate::integration::Scope;
use crate::json::EventJson;
use crate::occurrence::word_of;

/// The stream of events: server-sent, each with JSON as its data. `missed` says that some were not told: look at
/// everything anew. The stream ends when the profile is locked or the integration is removed.
#[utoipa::path(get, path = "/api/events", security(("token" = ["events"])), responses(
    (status = 200, body = EventJson<'_>, content_type = "text/event-stream"),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn events(
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<ServerSent, Infallible>>>, Problem> {
    let news = caller.desk.keeper.news();
    caller.ask(Scope::Events, |_, _, _| Ok(())).await?;
    let told = unfold((caller, news), |(caller, mut news)| async move {
        let event = next(&caller, &mut news).await?;
        Some((Ok(event), (caller, news)))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::default()))
}

async fn next(caller: &Caller, news: &mut Receiver<News>) -> Option<ServerSent> {
    loop {
        let plain =
            |event| EventJson { event, thread: None, account: None, reason: None, entries: Vec::new() };
        let heard = news.recv().await;
        let told = match &heard {
            Ok(News::Event(event)) => of(event),
            Ok(News::Done(thread)) => {
                Some(EventJson { thread: thread.map(|thread| thread.to_string()), ..plain("changed") })
            }
            Ok(News::State) => Some(plain("connection")),
            Err(RecvError::Lagged(_)) => Some(plain("missed")),
            Err(RecvError::Closed) => return None,
        };
        let Some(told) = told else { continue };
        // What was allowed when the stream began may not be any more.
        caller.check(Scope::Events).await.ok()?;
        let data = serde_json::to_string(&told).ok()?;
        return Some(ServerSent::default().event(told.event).data(data));
    }
}

/// An event for programs; none of one that says nothing to them.
fn of(event: &Event) -> Option<EventJson<'_>> {
    let (account, reason) = match event {
        Event::AccountKeyChanged(account) | Event::Departed { account, .. } => (Some(account), None),
        Event::SendDenied { rule, .. } => (None, Some(*rule)),
        Event::WelcomeRefused { reason }
        | Event::LetterRefused { reason }
        | Event::EnvelopeRefused { reason, .. } => (None, Some(*reason)),
        _ => (None, None),
    };
    Some(EventJson {
        event: word_of(event)?,
        thread: event.thread().map(|thread| thread.to_string()),
        account: account.map(|account| account.to_string()),
        reason,
        entries: Vec::new(),
    })
}
