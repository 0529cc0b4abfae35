//! `open`, `continue`, `mode`, `close`, `reopen`, `leave`: what changes a thread.
//!
//! Each catches up first, so that the rules judge the newest state; then acts, durably on this device; then waits for
//! the relay and says truthfully whether it has it.

use colloque_client_core::{Client, Departure, Standing};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;

use crate::arguments::TextArguments;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::link::Link;
use crate::mode;
use crate::people::People;
use crate::pick;
use crate::text::Source;
use crate::verb::outcome::{Act, finished};
use crate::verb::sync::remark_events;
use crate::words::key;

pub(super) async fn open(
    context: &mut Context<'_, '_>,
    patients: &[String],
    mode: &str,
    text: &TextArguments,
) -> Result<Exit, Failure> {
    let mode = mode::parsed(mode, &context.zone)?;
    let mut client = context.open()?;
    let people = People::of(&client)?;
    let patients: Vec<AccountId> =
        patients.iter().map(|person| people.find(person)).collect::<Result<_, _>>()?;
    let source = Source::of(text.text.as_deref(), text.file.as_deref());
    if people.own_role() == Role::Professional {
        prompt(context, source);
    }
    let text = source.message(context.input.reader)?;
    let link = connected(context, &mut client).await?;
    let thread = client.open_thread(&patients, mode, &text, context.now())?;
    opened(context, &mut client, link, thread).await
}

/// Goes on in a new thread with the people of one that is stopped.
pub(super) async fn continue_in_new(
    context: &mut Context<'_, '_>,
    thread: &str,
    text: &TextArguments,
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let source = Source::of(text.text.as_deref(), text.file.as_deref());
    if People::of(&client)?.own_role() == Role::Professional {
        prompt(context, source);
    }
    let text = source.message(context.input.reader)?;
    let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
    let successor = client.continue_thread(thread, &text, context.now())?;
    opened(context, &mut client, link, successor).await
}

/// Waits until a thread is open at the relay.
async fn opened(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    link: Link,
    thread: ThreadId,
) -> Result<Exit, Failure> {
    let act = Act { thread, message: None, done: key!("opened") };
    let is_done =
        |client: &Client| Ok(client.thread(thread)?.standing == Standing::Member && client.is_settled()?);
    Box::pin(finished(context, client, link, &act, is_done)).await
}

pub(super) async fn set_mode(
    context: &mut Context<'_, '_>,
    thread: &str,
    mode: &str,
) -> Result<Exit, Failure> {
    let mode = mode::parsed(mode, &context.zone)?;
    let mut client = context.open()?;
    let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
    client.set_mode(thread, mode, context.now())?;
    let done = if mode.is_closed() { key!("closed") } else { key!("mode-set") };
    let act = Act { thread, message: None, done };
    // The same mode may be set again: only that nothing waits any more shows that it is.
    let is_done = |client: &Client| Ok(client.is_settled()? && client.thread(thread)?.mode == mode);
    Box::pin(finished(context, &mut client, link, &act, is_done)).await
}

pub(super) async fn leave(context: &mut Context<'_, '_>, thread: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
    client.depart(thread, Departure::Leave, context.now())?;
    let act = Act { thread, message: None, done: key!("left") };
    Box::pin(finished(context, &mut client, link, &act, |client: &Client| Ok(client.is_settled()?))).await
}

pub(super) async fn connected(context: &mut Context<'_, '_>, client: &mut Client) -> Result<Link, Failure> {
    let (link, events) = Link::open(client, context).await?;
    remark_events(context, client, &events)?;
    Ok(link)
}

/// Connects and finds the thread that a text names: among the rows as they were last shown, else among those that
/// catching up brought.
pub(super) async fn connected_for(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    text: &str,
) -> Result<(ThreadId, Link), Failure> {
    let before = pick::known(text, client)?;
    let link = connected(context, client).await?;
    let thread = before.map_or_else(|| pick::thread(text, &pick::rows(client)?), Ok)?;
    Ok((thread, link))
}

pub(super) fn prompt(context: &mut Context<'_, '_>, source: Source<'_>) {
    if source == Source::StandardInput && context.input.is_terminal {
        context.output.remark(&context.words.say(key!("prompt-text"), &[]));
    }
}
