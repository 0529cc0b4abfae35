//! `device give`, `device history`, `device stop`: conversations of before for another device of the owner.

use colloque_client_core::{Client, History, HistoryState};
use colloque_schemas::history::Scope;
use colloque_schemas::id::{HistoryId, ThreadId};

use crate::context::Context;
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::histories;
use crate::json::HistoryJson;
use crate::link::Link;
use crate::moment;
use crate::pick;
use crate::plain;
use crate::verb::sync::remark_events;
use crate::words::key;

/// Begins at once; what the relay does not have when a person has waited long enough goes there at the next connection.
pub(super) async fn give(
    context: &mut Context<'_, '_>,
    device: &str,
    since: Option<&str>,
    threads: &[String],
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let device = devices::find(&client, device)?.device;
    let scope = scope(context, &client, since, threads)?;
    let history = client.give_history(device, scope, context.now())?;
    let (link, events) = Link::open(&mut client, context).await?;
    let fault = link.close(&mut client).await;
    remark_events(context, &client, &events)?;
    if let Some(fault) = fault {
        context.output.remark(&fault.line(context.words));
    }
    let given = client.histories()?.into_iter().find(|given| given.history == history);
    let given = given.ok_or_else(|| Failure::UnknownHistory(histories::digits(history)))?;
    let exit = match &given.state {
        HistoryState::Done => Exit::Done,
        HistoryState::Moving => Exit::Waiting,
        HistoryState::Failed { .. } => Exit::Refused,
    };
    say(context, &client, &[given])?;
    Ok(exit)
}

fn scope(
    context: &Context<'_, '_>,
    client: &Client,
    since: Option<&str>,
    threads: &[String],
) -> Result<Scope, Failure> {
    if let Some(since) = since {
        let at = moment::parsed_day(since, &context.zone);
        return Ok(Scope::Since(at.ok_or_else(|| Failure::Day(plain::name(since)))?));
    }
    if threads.is_empty() {
        return Ok(Scope::All);
    }
    let rows = pick::rows(client)?;
    let threads: Result<Vec<ThreadId>, _> = threads.iter().map(|text| pick::thread(text, &rows)).collect();
    let mut threads = threads?;
    threads.sort_unstable();
    threads.dedup();
    Ok(Scope::Threads(threads))
}

pub(super) fn list(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let client = context.open()?;
    let all = client.histories()?;
    if all.is_empty() && !context.is_json {
        context.output.remark(&context.words.say(key!("history-none"), &[]));
    }
    say(context, &client, &all)?;
    Ok(Exit::Done)
}

pub(super) fn stop(context: &mut Context<'_, '_>, text: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let history = found(&client.histories()?, text)?;
    client.end_history(history)?;
    let ended: Vec<_> = client.histories()?.into_iter().filter(|found| found.history == history).collect();
    say(context, &client, &ended)?;
    Ok(Exit::Done)
}

fn found(all: &[History], text: &str) -> Result<HistoryId, Failure> {
    let wanted = text.trim().to_lowercase();
    let unknown = || Failure::UnknownHistory(plain::name(text));
    let mut found = all.iter().filter(|history| histories::digits(history.history).starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(history), None) if !wanted.is_empty() => Ok(history.history),
        _ => Err(unknown()),
    }
}

fn say(context: &mut Context<'_, '_>, client: &Client, all: &[History]) -> Result<(), Failure> {
    if context.is_json {
        let all: Vec<HistoryJson<'_>> = all.iter().map(HistoryJson::from).collect();
        return context.output.json(&all);
    }
    let names = client.own_devices()?;
    for history in all {
        let line = histories::line(history, &names, &context.zone, context.words);
        context.output.line(&format!("[{}] {line}", histories::digits(history.history)))?;
    }
    Ok(())
}
