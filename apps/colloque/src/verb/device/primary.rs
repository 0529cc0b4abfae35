//! `device main`: another device becomes the main one.

use crate::context::Context;
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::json::OutcomeJson;
use crate::link::Link;
use crate::verb::sync::remark_events;
use crate::words::key;

/// Holds once the other device has been connected and has taken over.
pub(super) async fn change(context: &mut Context<'_, '_>, device: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let device = devices::find(&client, device)?;
    if client.moves_primary_to() != Some(device.device) {
        client.move_primary(device.device)?;
    }
    let (link, events) = Link::open(&mut client, context).await?;
    let fault = link.close(&mut client).await;
    remark_events(context, &client, &events)?;
    if let Some(fault) = fault {
        context.output.remark(&fault.line(context.words));
    }
    let is_done = !client.own().is_primary;
    if context.is_json {
        let state = if is_done { "done" } else { "waiting" };
        context.output.json(&OutcomeJson { state, thread: None, message: None, seq: None })?;
    } else if !is_done {
        let label = devices::label(&device, true, context.words);
        context.output.line(&context.words.say(key!("device-main-waiting"), &[("device", label.into())]))?;
    }
    Ok(if is_done { Exit::Done } else { Exit::Waiting })
}
