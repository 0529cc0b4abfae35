//! `enrol`: a new profile, from an invitation.

use std::io::{BufRead, Read as _};
use std::path::Path;

use colloque_client_core::connection::{self, SystemClock};
use colloque_client_core::{Client, Enrolment, Error, KeySource, StoreError};
use colloque_schemas::enrolment::Invitation;

use crate::context::{Context, entropy};
use crate::failure::{Exit, Failure};
use crate::link::{Link, is_absence};
use crate::passphrase::Asked;
use crate::text::Source;
use crate::verb::person::show_own;
use crate::words::{Key, key};

/// Redeems an invitation, or takes up again what was begun. The keys are durable before the code is spent.
pub(super) async fn enrol(
    context: &mut Context<'_, '_>,
    argument: Option<&str>,
    file: Option<&Path>,
    is_resumed: bool,
) -> Result<Exit, Failure> {
    let enrolment = if is_resumed {
        let source = context.key_source(Asked::Once)?;
        Enrolment::resume(&context.profile, &source, None, entropy())?
    } else {
        let invitation = invitation(context, Source::of(argument, file))?;
        let source = context.key_source(Asked::Twice)?;
        begun(&context.profile, &source, invitation)?
    };
    let client = match Box::pin(connection::enrol(enrolment, &SystemClock)).await {
        Ok(client) => client,
        Err(error) => {
            if is_absence(&error) {
                context.output.remark(&context.words.say(key!("enrol-resume"), &[]));
            }
            return Err(error.into());
        }
    };
    settled_in(context, client, key!("enrol-done")).await
}

/// Publishes what others reach a new device by, and says who its owner is.
pub(super) async fn settled_in(
    context: &mut Context<'_, '_>,
    mut client: Client,
    done: Key,
) -> Result<Exit, Failure> {
    // Others reach this device once its KeyPackages are at the relay.
    let (link, _) = Link::open(&mut client, context).await?;
    let is_published = client.is_settled()?;
    let fault = link.close(&mut client).await;
    let own = client.own();
    if !context.is_json {
        context.output.line(&context.words.say(done, &[]))?;
    }
    show_own(context, &own)?;
    if let Some(fault) = fault {
        context.output.remark(&fault.line(context.words));
    }
    if is_published {
        return Ok(Exit::Done);
    }
    context.output.remark(&context.words.say(key!("enrol-not-published"), &[]));
    Ok(Exit::Waiting)
}

/// The enrolment that an invitation begins, or goes on with.
///
/// # Errors
///
/// As [`Enrolment::start`] and [`Enrolment::resume`].
pub(crate) fn begun(folder: &Path, source: &KeySource, invitation: Invitation) -> Result<Enrolment, Error> {
    match Enrolment::start(folder, source, invitation.clone(), entropy()) {
        // Begun before and not finished: with the same keys, and the newer invitation.
        Err(Error::Store(StoreError::AlreadyExists)) => {
            Enrolment::resume(folder, source, Some(invitation), entropy())
        }
        begun => begun,
    }
}

fn invitation(context: &mut Context<'_, '_>, source: Source<'_>) -> Result<Invitation, Failure> {
    let text = if source == Source::StandardInput && context.input.is_terminal {
        context.output.remark(&context.words.say(key!("prompt-invitation"), &[]));
        first_line(context.input.reader)?
    } else {
        source.read(context.input.reader)?
    };
    text.trim().parse().map_err(|_| Failure::NotAnInvitation)
}

/// One line, without waiting for the end of the input.
pub(super) fn first_line(reader: &mut dyn BufRead) -> Result<String, Failure> {
    let mut line = Vec::new();
    let read = reader.take(LINE_MAX_BYTES).read_until(b'\n', &mut line);
    read.map_err(|error| Failure::FileUnreadable("-".into(), error))?;
    String::from_utf8(line).map_err(|_| Failure::NotText)
}

/// More than any invitation has.
const LINE_MAX_BYTES: u64 = 4096;
