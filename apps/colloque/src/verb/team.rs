//! `add`, `remove`, `block`, `unblock`: who is in a thread, and from whom a patient wants to hear nothing.

use colloque_client_core::{Client, Standing};
use colloque_schemas::id::{AccountId, ThreadId};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::OutcomeJson;
use crate::people::People;
use crate::plain;
use crate::verb::act::{connected, connected_for};
use crate::verb::outcome::{Act, finished};
use crate::words::{Key, key};

pub(super) async fn add(context: &mut Context<'_, '_>, thread: &str, person: &str) -> Result<Exit, Failure> {
    change(context, thread, person, true).await
}

pub(super) async fn remove(
    context: &mut Context<'_, '_>,
    thread: &str,
    person: &str,
) -> Result<Exit, Failure> {
    change(context, thread, person, false).await
}

async fn change(
    context: &mut Context<'_, '_>,
    thread: &str,
    person: &str,
    adds: bool,
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let account = People::of(&client)?.find(person)?;
    let (thread, link) = Box::pin(connected_for(context, &mut client, thread)).await?;
    let done = if adds {
        client.add_member(thread, account, context.now())?;
        key!("added")
    } else {
        client.remove_member(thread, account, context.now())?;
        key!("removed")
    };
    let act = Act { thread, message: None, done };
    let is_done = |client: &Client| Ok(client.is_settled()? && is_in(client, thread, account)? == adds);
    Box::pin(finished(context, &mut client, link, &act, is_done)).await
}

/// Whether an account has a device in a thread that this device is in.
fn is_in(client: &Client, thread: ThreadId, account: AccountId) -> Result<bool, Failure> {
    let is_own = account == client.own().account;
    let has_device = client.participants(thread)?.iter().any(|member| member.account == account);
    Ok(has_device && !(is_own && client.thread(thread)?.standing != Standing::Member))
}

/// Holds on this device at once; leaving the threads waits for the relay.
pub(super) async fn block(context: &mut Context<'_, '_>, person: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (mut link, account) = (connected(context, &mut client).await?, People::of(&client)?.find(person)?);
    client.block(account, context.now())?;
    link.settle(&mut client).await?;
    link.close(&mut client).await;
    if client.is_settled()? {
        say(context, &client, account, "done", key!("blocked"))?;
        return Ok(Exit::Done);
    }
    say(context, &client, account, "waiting", key!("blocked-waiting"))?;
    Ok(Exit::Waiting)
}

pub(super) fn unblock(context: &mut Context<'_, '_>, person: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let account = People::of(&client)?.find(person)?;
    client.unblock(account)?;
    say(context, &client, account, "done", key!("unblocked"))?;
    Ok(Exit::Done)
}

fn say(
    context: &mut Context<'_, '_>,
    client: &Client,
    account: AccountId,
    state: &'static str,
    key: Key,
) -> Result<(), Failure> {
    if context.is_json {
        return context.output.json(&OutcomeJson { state, thread: None, message: None, seq: None });
    }
    let name = People::of(client)?.name(account, context.words);
    let line = context.words.say(key, &[("name", plain::name(&name).into())]);
    context.output.line(&line)
}
