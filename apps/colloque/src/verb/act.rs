//! `open`, `send`, `mode`, `close`, `reopen`, `leave`: what changes a thread.
//!
//! Each catches up first, so that the rules judge the newest state; then acts, durably on this device; then waits for
//! the relay and says truthfully whether it has it.

use colloque_client_core::{Client, Departure, Error, Standing};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;

use crate::answer::Answer;
use crate::arguments::TextArguments;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::link::Link;
use crate::mode;
use crate::people::People;
use crate::pick;
use crate::text::Source;
use crate::verb::outcome::{Act, finished, place};
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
    let act = Act { thread, message: None, done: key!("opened") };
    let is_done =
        |client: &Client| Ok(client.thread(thread)?.standing == Standing::Member && client.is_settled()?);
    Box::pin(finished(context, &mut client, link, &act, is_done)).await
}

pub(super) async fn send(
    context: &mut Context<'_, '_>,
    thread: &str,
    text: &TextArguments,
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let source = Source::of(text.text.as_deref(), text.file.as_deref());
    let (thread, link, text) = if source == Source::StandardInput && context.input.is_terminal {
        let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
        // Nobody answers the relay while a person types.
        link.close(&mut client).await;
        announce(context, &client, thread)?;
        prompt(context, source);
        let text = source.message(context.input.reader)?;
        (thread, connected(context, &mut client).await?, text)
    } else {
        let notice = context.notice(client.own().holder.role()).filter(|_| !context.is_json);
        if let Some(notice) = notice {
            context.output.remark(&notice);
        }
        let text = source.message(context.input.reader)?;
        let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
        (thread, link, text)
    };
    let message = match client.send(thread, &text, context.now()) {
        Ok(message) => message,
        Err(Error::Denied(denied)) => {
            let (answer, people) = answer(context, &client, thread)?;
            return Err(if answer.rule() == Some(denied.rule) {
                Failure::Refused(answer.shown(&people, &context.zone, context.words))
            } else {
                Error::Denied(denied).into()
            });
        }
        Err(error) => return Err(error.into()),
    };
    let act = Act { thread, message: Some(message), done: key!("sent") };
    let is_done = |client: &Client| Ok(place(client, thread, message)?.is_some());
    Box::pin(finished(context, &mut client, link, &act, is_done)).await
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

/// What may be answered, before it is typed; and no typing for nothing.
fn announce(context: &mut Context<'_, '_>, client: &Client, thread: ThreadId) -> Result<(), Failure> {
    let (answer, people) = answer(context, client, thread)?;
    let header = context.renderer(&people).header(&client.thread(thread)?);
    context.output.remark(&header);
    if let Some(notice) = context.notice(people.own_role()) {
        context.output.remark(&notice);
    }
    let line = answer.shown(&people, &context.zone, context.words);
    if !answer.is_permitted() {
        return Err(Failure::Refused(line));
    }
    context.output.remark(&line);
    Ok(())
}

fn answer(context: &Context<'_, '_>, client: &Client, thread: ThreadId) -> Result<(Answer, People), Failure> {
    let people = People::of(client)?;
    let answer = Answer::of(&client.thread(thread)?, &client.entries(thread)?, &people, context.now());
    Ok((answer, people))
}

fn prompt(context: &mut Context<'_, '_>, source: Source<'_>) {
    if source == Source::StandardInput && context.input.is_terminal {
        context.output.remark(&context.words.say(key!("prompt-text"), &[]));
    }
}
