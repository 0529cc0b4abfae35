//! `sync`: sends what waits and reads what is there, once.

use colloque_client_core::{Client, Event};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::OutcomeJson;
use crate::link::Link;
use crate::occurrence::Occurrence;
use crate::people::People;
use crate::words::key;

pub(super) async fn sync(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (link, events) = Link::open(&mut client, context).await?;
    let is_done = client.is_settled()?;
    let fault = link.close(&mut client).await;
    remark_events(context, &client, &events)?;
    if let Some(fault) = fault {
        context.output.remark(&fault.line(context.words));
    }
    let threads = client.threads()?;
    let unread: u64 = threads.iter().map(|summary| summary.unread).sum();
    let waiting: u64 = threads.iter().map(|summary| summary.waiting).sum();
    if context.is_json {
        let state = if is_done { "done" } else { "waiting" };
        context.output.json(&OutcomeJson { state, thread: None, message: None, seq: None })?;
    } else {
        let key = if is_done { key!("sync-done") } else { key!("sync-waiting") };
        let counts = [("unread", unread.into()), ("waiting", waiting.into())];
        context.output.line(&context.words.say(key, &[]))?;
        context.output.line(&context.words.say(key!("sync-counts"), &counts))?;
    }
    Ok(if is_done { Exit::Done } else { Exit::Waiting })
}

/// Says what happened while catching up that no list or thread shows.
pub(super) fn remark_events(
    context: &mut Context<'_, '_>,
    client: &Client,
    events: &[Event],
) -> Result<(), Failure> {
    let people = People::of(client)?;
    for event in events {
        if let Some(occurrence) = Occurrence::of(event, &people, context.words) {
            context.output.remark(occurrence.line());
        }
    }
    Ok(())
}
