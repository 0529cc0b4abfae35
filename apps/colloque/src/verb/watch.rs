//! `watch`: stays connected and shows what arrives, until Ctrl-C.

use std::collections::HashMap;
use std::io;
use std::pin::{Pin, pin};

use colloque_client_core::connection::{Backoff, Connection, SystemClock};
use colloque_client_core::{Client, Entry, Event};
use colloque_schemas::id::{Seq, ThreadId};
use rand_core::{OsRng, RngCore as _};
use tokio::time::sleep;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::{EntryJson, EventJson};
use crate::link::is_temporary;
use crate::occurrence::Occurrence;
use crate::people::People;
use crate::words::key;

/// Until which place each thread has been shown.
type Shown = HashMap<ThreadId, Seq>;

/// Why a connection is over.
enum End {
    /// The person wants no more.
    Stopped,
    /// The relay is not there: try again.
    Lost,
}

pub(super) async fn watch(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let mut shown = Shown::new();
    for summary in client.threads()? {
        shown.insert(summary.thread, newest(&client.entries(summary.thread)?));
    }
    if let Some(notice) = context.notice(client.own().holder.role()).filter(|_| !context.is_json) {
        context.output.remark(&notice);
    }
    remark_unread(context, &client)?;
    let mut stop = pin!(tokio::signal::ctrl_c());
    let mut backoff = Backoff::new();
    let mut is_told = false;
    loop {
        let delay = backoff.next_delay(OsRng.next_u64());
        let opened = async {
            sleep(delay).await;
            Box::pin(Connection::open(&mut client, &SystemClock)).await
        };
        let opened = tokio::select! {
            opened = opened => opened,
            stopped = &mut stop => return stopped.map(|()| Exit::Done).map_err(Failure::System),
        };
        match opened {
            Ok(connection) => {
                backoff.reset();
                is_told = false;
                context.output.remark(&context.words.say(key!("watch-connected"), &[]));
                let live = live(context, &mut client, connection, &mut shown, &mut backoff, stop.as_mut());
                let end = Box::pin(live).await?;
                match end {
                    End::Stopped => return Ok(Exit::Done),
                    End::Lost => context.output.remark(&context.words.say(key!("watch-lost"), &[])),
                }
            }
            Err(error) if is_temporary(&error) => {
                // Once: the tries that follow say nothing new.
                if !std::mem::replace(&mut is_told, true) {
                    let line = Failure::Client(error).line(context.words);
                    context.output.remark(&line);
                    context.output.remark(&context.words.say(key!("watch-retries"), &[]));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Shows what arrives on one connection until it ends or the person stops it.
async fn live(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    mut connection: Connection,
    shown: &mut Shown,
    backoff: &mut Backoff,
    mut stop: Pin<&mut impl Future<Output = io::Result<()>>>,
) -> Result<End, Failure> {
    loop {
        let events = tokio::select! {
            events = connection.next(client, &SystemClock) => events,
            stopped = stop.as_mut() => {
                connection.close(client).await;
                return stopped.map(|()| End::Stopped).map_err(Failure::System);
            }
        };
        match events {
            Ok(events) => show(context, client, &events, shown, backoff)?,
            Err(error) if is_temporary(&error) => {
                connection.close(client).await;
                return Ok(End::Lost);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Shows what these events brought: entries in the order of each log, then what no entry shows.
fn show(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    events: &[Event],
    shown: &mut Shown,
    backoff: &mut Backoff,
) -> Result<(), Failure> {
    let people = People::of(client)?;
    for event in events {
        if let Event::GoingAway { retry_within_seconds } = event {
            backoff.come_back_within(*retry_within_seconds);
        }
        if let Some(occurrence) = Occurrence::of(event, &people, context.words) {
            if context.is_json {
                context.output.json(&occurrence.json())?;
            } else {
                context.output.line(&format!("* {}", occurrence.line()))?;
            }
        }
        if let Some(thread) = event.thread() {
            show_thread(context, client, &people, thread, shown)?;
        }
    }
    Ok(())
}

fn show_thread(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    people: &People,
    thread: ThreadId,
    shown: &mut Shown,
) -> Result<(), Failure> {
    let entries = client.entries(thread)?;
    let until = shown.entry(thread).or_insert(Seq::START);
    let new: Vec<&Entry> = entries.iter().filter(|entry| entry.seq.is_some_and(|seq| seq > *until)).collect();
    if new.is_empty() {
        return Ok(());
    }
    if context.is_json {
        let entries = new.iter().map(|entry| EntryJson::from(*entry)).collect();
        let thread = Some(thread.to_string());
        context.output.json(&EventJson { event: "entries", thread, account: None, reason: None, entries })?;
    } else {
        let renderer = context.renderer(people);
        let mut lines = vec![renderer.header(&client.thread(thread)?)];
        lines.extend(new.iter().flat_map(|entry| renderer.entry(entry)));
        context.output.lines(&lines)?;
    }
    *until = newest(&entries);
    Ok(client.mark_displayed(thread, *until, context.now())?)
}

/// The last place that has an entry.
pub(super) fn newest(entries: &[Entry]) -> Seq {
    entries.iter().filter_map(|entry| entry.seq).max().unwrap_or(Seq::START)
}

/// What arrived before and was not displayed yet is counted, not repeated.
fn remark_unread(context: &mut Context<'_, '_>, client: &Client) -> Result<(), Failure> {
    let unread: u64 = client.threads()?.iter().map(|summary| summary.unread).sum();
    if unread > 0 {
        context.output.remark(&context.words.say(key!("watch-unread"), &[("count", unread.into())]));
    }
    Ok(())
}
