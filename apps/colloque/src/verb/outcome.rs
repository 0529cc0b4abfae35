//! What became of an act, said truthfully: at the relay, waiting, or refused.

use colloque_client_core::{Client, EntryKind, Event, Standing};
use colloque_schemas::id::{MessageId, Seq, ThreadId};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::OutcomeJson;
use crate::link::Link;
use crate::occurrence::Occurrence;
use crate::people::People;
use crate::render::short;
use crate::words::{Key, key};

/// What was done in which thread.
pub(super) struct Act {
    pub(super) thread: ThreadId,
    /// The message that it was, if it was one.
    pub(super) message: Option<MessageId>,
    /// What to say once the relay has it.
    pub(super) done: Key,
}

/// Waits for the relay and says what became of it.
///
/// # Errors
///
/// `Refused` when the relay, or a rule found later, stands against it.
pub(super) async fn finished(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    mut link: Link,
    act: &Act,
    is_done: impl Fn(&Client) -> Result<bool, Failure>,
) -> Result<Exit, Failure> {
    let events = link.settle(client).await?;
    let is_done = is_done(client)?;
    let is_unreachable = link.close(client).await.is_some();
    let people = People::of(client)?;
    let refused = remark_others(context, &events, act, &people);
    if !is_done {
        if let Some(line) = refused {
            return Err(Failure::Refused(line));
        }
        if client.thread(act.thread)?.standing == Standing::Failed {
            return Err(Failure::Refused(context.words.say(key!("answer-failed"), &[])));
        }
    }
    let seq = match act.message {
        Some(message) => place(client, act.thread, message)?,
        None => None,
    };
    if context.is_json {
        let outcome = OutcomeJson {
            state: if is_done { "done" } else { "waiting" },
            thread: Some(act.thread.to_string()),
            message: act.message.map(|message| message.to_string()),
            seq: seq.map(|seq| seq.0),
        };
        context.output.json(&outcome)?;
    } else if is_done {
        let line = done_line(context, client, act, &people, seq)?;
        context.output.line(&line)?;
    } else {
        let absent = client.thread(act.thread)?.waits_for;
        let key = match (context.is_offline, is_unreachable) {
            (true, _) => key!("waiting-offline"),
            (false, true) => key!("waiting-unreachable"),
            (false, false) if !absent.is_empty() => key!("waiting-for-patient"),
            (false, false) => key!("waiting-unconfirmed"),
        };
        let people = context.renderer(&people).labels(&absent);
        let values = [("thread", short(act.thread).into()), ("people", people.into())];
        let line = context.words.say(key, &values);
        context.output.line(&line)?;
    }
    Ok(if is_done { Exit::Done } else { Exit::Waiting })
}

/// The place of a message of this device at the relay.
pub(super) fn place(client: &Client, thread: ThreadId, message: MessageId) -> Result<Option<Seq>, Failure> {
    let entries = client.entries(thread)?;
    let own = entries.iter().rev().find(|entry| match &entry.kind {
        EntryKind::Message(found) => found.message == message,
        _ => false,
    });
    Ok(own.and_then(|entry| entry.seq))
}

/// Says what happened beside the act, and returns what was said against it.
fn remark_others(
    context: &mut Context<'_, '_>,
    events: &[Event],
    act: &Act,
    people: &People,
) -> Option<String> {
    let mut refused = None;
    for event in events {
        let Some(occurrence) = Occurrence::of(event, people, context.words) else { continue };
        if occurrence.refuses(act.thread) {
            refused = Some(occurrence.line().to_owned());
        } else if !occurrence.opens(act.thread) {
            context.output.remark(occurrence.line());
        }
    }
    refused
}

fn done_line(
    context: &Context<'_, '_>,
    client: &Client,
    act: &Act,
    people: &People,
    seq: Option<Seq>,
) -> Result<String, Failure> {
    let summary = client.thread(act.thread)?;
    let renderer = context.renderer(people);
    let mode = crate::mode::shown(summary.mode, &context.zone, context.words);
    let values = [
        ("thread", short(act.thread).into()),
        ("people", renderer.counterparts(&summary).into()),
        ("mode", mode.into()),
        ("place", seq.map(|seq| seq.to_string()).unwrap_or_default().into()),
    ];
    Ok(context.words.say(act.done, &values))
}
