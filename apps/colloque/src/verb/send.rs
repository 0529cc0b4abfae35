//! `send`: a message, with documents if there are any. What may be answered is said before anything is typed.

use std::path::PathBuf;

use colloque_client_core::{Client, Error};
use colloque_schemas::id::{BlobId, MessageId, ThreadId};
use colloque_schemas::time::UnixSeconds;

use super::act::{connected, connected_for, prompt};
use crate::answer::Answer;
use crate::arguments::TextArguments;
use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure};
use crate::link::Link;
use crate::people::People;
use crate::text::Source;
use crate::verb::outcome::{Act, finished, place};
use crate::words::key;

pub(super) async fn send(
    context: &mut Context<'_, '_>,
    thread: &str,
    text: &TextArguments,
    attach: &[PathBuf],
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    // Before the relay is reached: it does not wait while a file is encrypted.
    let attached = attached(&mut client, attach, context.now())?;
    let sent = Box::pin(sent(context, &mut client, thread, text, &attached)).await;
    if sent.is_err() {
        discard(&mut client, &attached);
    }
    sent
}

async fn sent(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    thread: &str,
    text: &TextArguments,
    attached: &[BlobId],
) -> Result<Exit, Failure> {
    let (thread, link, text) = Box::pin(written(context, client, thread, text, attached.is_empty())).await?;
    let message = queued(context, client, thread, &text, attached)?;
    let act = Act { thread, message: Some(message), done: key!("sent") };
    let is_done = |client: &Client| Ok(place(client, thread, message)?.is_some());
    Box::pin(finished(context, client, link, &act, is_done)).await
}

/// The text, and a connection to send it on. Beside documents it is asked of nobody.
async fn written(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    thread: &str,
    text: &TextArguments,
    is_alone: bool,
) -> Result<(ThreadId, Link, String), Failure> {
    let source = Source::of(text.text.as_deref(), text.file.as_deref());
    let is_given = text.text.is_some() || text.file.is_some();
    if source == Source::StandardInput && context.input.is_terminal && (is_alone || is_given) {
        let (thread, link) = Box::pin(connected_for(context, client, thread)).await?;
        // Nobody answers the relay while a person types.
        link.close(client).await;
        announce(context, client, thread)?;
        prompt(context, source);
        let text = source.message(context.input.reader)?;
        return Ok((thread, connected(context, client).await?, text));
    }
    let notice = context.notice(client.own().holder.role()).filter(|_| !context.is_json);
    if let Some(notice) = notice {
        context.output.remark(&notice);
    }
    let text = if is_alone || is_given { source.message(context.input.reader)? } else { String::new() };
    let (thread, link) = Box::pin(connected_for(context, client, thread)).await?;
    Ok((thread, link, text))
}

fn queued(
    context: &Context<'_, '_>,
    client: &mut Client,
    thread: ThreadId,
    text: &str,
    attached: &[BlobId],
) -> Result<MessageId, Failure> {
    let queued = if attached.is_empty() {
        client.send(thread, text, context.now())
    } else {
        client.send_documents(thread, text, attached, None, context.now())
    };
    match queued {
        Err(Error::Denied(denied)) => {
            let (answer, people) = answer(context, client, thread)?;
            Err(if answer.rule() == Some(denied.rule) {
                Failure::Refused(answer.shown(&people, &context.zone, context.words))
            } else {
                Error::Denied(denied).into()
            })
        }
        queued => Ok(queued?),
    }
}

/// Attaches all of these files, or none.
fn attached(client: &mut Client, files: &[PathBuf], now: UnixSeconds) -> Result<Vec<BlobId>, Failure> {
    let mut attached = Vec::new();
    for file in files {
        match document::attach(client, file, now) {
            Ok(blob) => attached.push(blob),
            Err(failure) => {
                discard(client, &attached);
                return Err(failure);
            }
        }
    }
    Ok(attached)
}

/// Forgets what was attached and is not sent.
fn discard(client: &mut Client, attached: &[BlobId]) {
    for blob in attached {
        // What was sent is attached no more; anything else is forgotten in a day.
        let _ = client.discard_attachment(*blob);
    }
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
    let answer = Answer::of(client, thread, context.now())?;
    Ok((answer, people))
}
