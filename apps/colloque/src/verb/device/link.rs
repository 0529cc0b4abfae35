//! `device link`: the main device reads the offer of a new one and adds it, once a person has given it the new one's code.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use colloque_client_core::connection::{Connection, SystemClock};
use colloque_client_core::{Client, Event, ServerFault};
use colloque_schemas::id::DeviceKey;
use colloque_schemas::limits::LINK_SECONDS;
use colloque_schemas::linking::{LinkCode, LinkOffer};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::UnixSeconds;
use tokio::time::timeout;

use crate::context::Context;
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::json::{LinkedJson, OutcomeJson};
use crate::link::{PATIENCE, is_absence};
use crate::people::checked_petname;
use crate::picture::{self, PICTURE_MAX_BYTES};
use crate::qr;
use crate::text::Source;
use crate::verb::enrol::first_line;
use crate::verb::sync::remark_events;
use crate::words::key;

/// Where the offer is.
pub(super) struct Given {
    pub(super) text: Option<String>,
    pub(super) file: Option<PathBuf>,
    pub(super) picture: Option<PathBuf>,
}

pub(super) async fn link(
    context: &mut Context<'_, '_>,
    given: &Given,
    name: Option<&str>,
) -> Result<Exit, Failure> {
    let name = name.map(checked_petname).transpose()?;
    let offer = offered(context, given)?;
    let mut client = context.open()?;
    let device = offer.device;
    // Before the relay is reached: what stands against it here is said at once.
    client.begin_link(offer)?;
    let over_at = context.now().plus(LINK_SECONDS);
    let mut connection = reached(context, &mut client).await?;
    until(context, &mut client, &mut connection, |event| matches!(event, Event::LinkCompared)).await?;
    // Nobody answers the relay while a person types.
    connection.close(&mut client).await;
    let code = code(context);
    let mut connection = reached(context, &mut client).await?;
    // The relay is told how the linking ends once this device has caught up.
    let events = Box::pin(connection.settle(&mut client, &SystemClock, PATIENCE)).await?;
    remark_events(context, &client, &events)?;
    if let Err(failure) = confirmed(context, &mut client, code, name, over_at) {
        client.end_link();
        connection.close(&mut client).await;
        return Err(failure);
    }
    let linked = |event: &Event| matches!(event, Event::DeviceLinked(_));
    until(context, &mut client, &mut connection, linked).await?;
    let is_everywhere = joins(&mut client, &mut connection, device).await?;
    connection.close(&mut client).await;
    say(context, &client, device, is_everywhere)?;
    Ok(Exit::Done)
}

/// Gives the code to the client, unless its time is over or there is none.
fn confirmed(
    context: &Context<'_, '_>,
    client: &mut Client,
    code: Result<LinkCode, Failure>,
    name: Option<&str>,
    over_at: UnixSeconds,
) -> Result<(), Failure> {
    let code = code?;
    if context.now() >= over_at {
        return Err(over());
    }
    Ok(client.confirm_link(code, name, context.now())?)
}

/// The offer, from wherever it was given.
fn offered(context: &mut Context<'_, '_>, given: &Given) -> Result<LinkOffer, Failure> {
    if let Some(path) = &given.picture {
        let text = photographed(path)?.ok_or(Failure::PictureWithoutCode)?;
        return text.parse().map_err(|_| Failure::NotAnOffer);
    }
    let source = Source::of(given.text.as_deref(), given.file.as_deref());
    let text = if source == Source::StandardInput {
        if context.input.is_terminal {
            context.output.remark(&context.words.say(key!("prompt-link"), &[]));
        }
        // The code is read from there later.
        first_line(context.input.reader)?
    } else {
        source.read(context.input.reader)?
    };
    text.parse().map_err(|_| Failure::NotAnOffer)
}

/// The text of the code in a picture.
fn photographed(path: &Path) -> Result<Option<String>, Failure> {
    let unreadable = |error| Failure::FileUnreadable(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(PICTURE_MAX_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(picture::lightness(&bytes).and_then(|picture| qr::read(&picture)))
}

/// The code that a person reads on the new device: a line of its own, also for programs.
fn code(context: &mut Context<'_, '_>) -> Result<LinkCode, Failure> {
    if context.is_json {
        context.output.json(&OutcomeJson { state: "compare", thread: None, message: None, seq: None })?;
    } else {
        context.output.remark(&context.words.say(key!("device-link-warning"), &[]));
    }
    loop {
        if !context.is_json {
            context.output.remark(&context.words.say(key!("prompt-link-code"), &[]));
        }
        let line = first_line(context.input.reader)?;
        match line.trim().parse() {
            Ok(code) => return Ok(code),
            // What is no code is no try; there is nobody else to ask.
            Err(_) if context.input.is_terminal && !line.is_empty() => {}
            Err(_) => return Err(Failure::NotACode),
        }
    }
}

async fn reached(context: &Context<'_, '_>, client: &mut Client) -> Result<Connection, Failure> {
    if context.is_offline {
        return Err(Failure::Client(ServerFault::Unreachable(client.relay().address.clone()).into()));
    }
    Ok(Box::pin(Connection::open(client, &SystemClock)).await?)
}

/// Goes on until this is told, no longer than an offer lives. What else is told is said.
async fn until(
    context: &mut Context<'_, '_>,
    client: &mut Client,
    connection: &mut Connection,
    is_wanted: impl Fn(&Event) -> bool,
) -> Result<(), Failure> {
    let mut told = Vec::new();
    let heard = async {
        loop {
            let events = match Box::pin(connection.next(client, &SystemClock)).await {
                Ok(events) => events,
                // What was said stays said: it goes on where it was.
                Err(error) if is_absence(&error) => {
                    *connection = Box::pin(Connection::open(client, &SystemClock)).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for event in events {
                match event {
                    Event::LinkEnded { reason } => return Err(Failure::LinkEnded(reason)),
                    event if is_wanted(&event) => return Ok(()),
                    event => told.push(event),
                }
            }
        }
    };
    let heard = timeout(Duration::from_secs(LINK_SECONDS), heard).await;
    remark_events(context, client, &told)?;
    heard.unwrap_or_else(|_| Err(over()))
}

/// Waits, not for long, until the new device is in every conversation.
async fn joins(client: &mut Client, connection: &mut Connection, device: DeviceKey) -> Result<bool, Failure> {
    let joined = async {
        while !devices::is_everywhere(client, device)? {
            Box::pin(connection.next(client, &SystemClock)).await?;
        }
        Ok::<_, Failure>(())
    };
    match timeout(PATIENCE, joined).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(Failure::Client(error))) if !is_absence(&error) => Err(error.into()),
        // It is added later, by whichever device is there.
        Ok(Err(_)) | Err(_) => Ok(false),
    }
}

fn say(
    context: &mut Context<'_, '_>,
    client: &Client,
    device: DeviceKey,
    is_everywhere: bool,
) -> Result<(), Failure> {
    if context.is_json {
        return context.output.json(&LinkedJson { state: "done", device: device.to_string(), is_everywhere });
    }
    let key = if is_everywhere { key!("device-linked-done") } else { key!("device-linked-later") };
    let values = [("device", devices::called(client, device)?.into())];
    context.output.line(&context.words.say(key, &values))
}

fn over() -> Failure {
    Refusal::never(RefusalCode::LinkOver).into()
}
