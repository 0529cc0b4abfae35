//! `threads`, `read`, `members`: what this device has, after catching up with the relay unless told not to.

use colloque_client_core::Client;
use colloque_schemas::id::ThreadId;

use crate::answer::Answer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::{MemberJson, ReadJson, ThreadJson};
use crate::link::Link;
use crate::people::People;
use crate::pick;
use crate::render::short;
use crate::verb::sync::remark_events;
use crate::verb::watch::newest;
use crate::words::{Words, key};

/// Opens the profile and catches up. Says so when the relay cannot be reached: what is shown may then be old.
async fn caught_up(context: &mut Context<'_, '_>, client: &mut Client) -> Result<Exit, Failure> {
    let (link, events) = Link::open(client, context).await?;
    let fault = link.close(client).await;
    remark_events(context, client, &events)?;
    let Some(fault) = fault else { return Ok(Exit::Done) };
    context.output.remark(&fault.line(context.words));
    context.output.remark(&context.words.say(key!("shown-from-device"), &[]));
    Ok(Exit::Waiting)
}

/// The thread that a text names: among the rows as they were last shown, else among those that catching up brought.
pub(super) async fn thread_caught_up(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    text: &str,
) -> Result<(ThreadId, Exit), Failure> {
    let before = pick::known(text, client)?;
    let exit = Box::pin(caught_up(context, client)).await?;
    let thread = before.map_or_else(|| pick::thread(text, &pick::rows(client)?), Ok)?;
    Ok((thread, exit))
}

pub(super) async fn threads(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let exit = caught_up(context, &mut client).await?;
    let rows = pick::rows(&client)?;
    if context.is_json {
        let rows: Vec<ThreadJson> =
            (1..).zip(&rows).map(|(row, summary)| ThreadJson::new(row, summary)).collect();
        context.output.json(&rows)?;
        return Ok(exit);
    }
    let people = People::of(&client)?;
    let renderer = context.renderer(&people);
    let lines: Vec<String> =
        (1..).zip(&rows).flat_map(|(row, summary)| renderer.summary(row, summary)).collect();
    if lines.is_empty() {
        context.output.remark(&context.words.say(key!("threads-none"), &[]));
    }
    context.output.lines(&lines)?;
    Ok(exit)
}

pub(super) async fn read(context: &mut Context<'_, '_>, text: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (thread, exit) = thread_caught_up(context, &mut client, text).await?;
    let people = People::of(&client)?;
    let summary = client.thread(thread)?;
    let entries = client.entries(thread)?;
    let answer = Answer::of(&client, thread, context.now())?;
    let notice = context.notice(people.own_role());
    if context.is_json {
        let row =
            (1..).zip(pick::rows(&client)?).find(|(_, row)| row.thread == thread).map_or(0, |(row, _)| row);
        let (before, after) = (client.predecessor(thread)?, client.successor(thread)?);
        let read = ReadJson::new(ThreadJson::new(row, &summary), &entries, &answer, notice);
        context.output.json(&read.beside(before, after))?;
    } else {
        let renderer = context.renderer(&people);
        let mut lines = vec![renderer.header(&summary)];
        lines.extend(notice);
        lines.push(String::new());
        lines.extend(entries.iter().flat_map(|entry| renderer.entry(entry)));
        lines.push(String::new());
        lines.push(answer.shown(&people, &context.zone, context.words));
        lines.extend(elsewhere(&client, thread, context.words)?);
        context.output.lines(&lines)?;
    }
    client.mark_displayed(thread, newest(&entries), context.now())?;
    Ok(exit)
}

/// Where a thread goes on, and what it goes on with.
fn elsewhere(client: &Client, thread: ThreadId, words: &Words) -> Result<Vec<String>, Failure> {
    let line =
        |key, other: Option<ThreadId>| other.map(|other| words.say(key, &[("thread", short(other).into())]));
    let after = line(key!("read-continued"), client.successor(thread)?);
    Ok(line(key!("read-continues"), client.predecessor(thread)?).into_iter().chain(after).collect())
}

pub(super) async fn members(context: &mut Context<'_, '_>, text: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (thread, exit) = thread_caught_up(context, &mut client, text).await?;
    let members = client.participants(thread)?;
    if context.is_json {
        context.output.json(&members.iter().map(MemberJson::from).collect::<Vec<_>>())?;
        return Ok(exit);
    }
    let people = People::of(&client)?;
    let renderer = context.renderer(&people);
    let lines: Vec<String> = members.iter().map(|member| renderer.participant(member)).collect();
    context.output.lines(&lines)?;
    Ok(exit)
}
