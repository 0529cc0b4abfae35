//! `device`: the owner's own devices: adding one from both ends, giving it conversations, and taking one out.

mod give;
mod link;
mod offer;
mod primary;

use crate::arguments::DeviceVerb;
use crate::context::Context;
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::json::{OutcomeJson, OwnDeviceJson};
use crate::link::Link;
use crate::words::key;

/// Does what was asked about devices.
pub(super) async fn act(context: &mut Context<'_, '_>, change: DeviceVerb) -> Result<Exit, Failure> {
    match change {
        DeviceVerb::Offer { relay } => Box::pin(offer::offer(context, &relay)).await,
        DeviceVerb::Link { offer, file, picture, name } => {
            let given = link::Given { text: offer, file, picture };
            Box::pin(link::link(context, &given, name.as_deref())).await
        }
        DeviceVerb::List => list(context),
        DeviceVerb::Unlink { device } => Box::pin(unlink(context, &device)).await,
        DeviceVerb::Give { device, since, thread } => {
            Box::pin(give::give(context, &device, since.as_deref(), &thread)).await
        }
        DeviceVerb::History => give::list(context),
        DeviceVerb::Stop { history } => give::stop(context, &history),
        DeviceVerb::Main { device } => Box::pin(primary::change(context, &device)).await,
    }
}

fn list(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let client = context.open()?;
    let (devices, is_main) = (client.own_devices()?, client.own().is_primary);
    if context.is_json {
        let devices: Vec<_> = devices.iter().map(|device| OwnDeviceJson::new(device, is_main)).collect();
        context.output.json(&devices)?;
        return Ok(Exit::Done);
    }
    for device in &devices {
        let (zone, words) = (&context.zone, context.words);
        let label = devices::label(device, is_main, words);
        let line = format!(
            "[{}] {label} · {}",
            devices::digits(&device.device),
            devices::facts(device, zone, words)
        );
        context.output.line(&line)?;
    }
    let advice = if is_main { key!("device-advice-main") } else { key!("device-advice-linked") };
    context.output.remark(&context.words.say(advice, &[]));
    Ok(Exit::Done)
}

/// Holds on this device at once; the relay and the conversations follow when there is a connection.
async fn unlink(context: &mut Context<'_, '_>, device: &str) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let device = devices::find(&client, device)?;
    client.unlink_device(device.device)?;
    let (link, _) = Link::open(&mut client, context).await?;
    let is_done = client.is_settled()?;
    let fault = link.close(&mut client).await;
    if let Some(fault) = fault {
        context.output.remark(&fault.line(context.words));
    }
    if context.is_json {
        let state = if is_done { "done" } else { "waiting" };
        context.output.json(&OutcomeJson { state, thread: None, message: None, seq: None })?;
    } else {
        let label = devices::label(&device, client.own().is_primary, context.words);
        let key = if is_done { key!("device-unlinked") } else { key!("device-unlinked-waiting") };
        context.output.line(&context.words.say(key, &[("device", label.into())]))?;
    }
    Ok(if is_done { Exit::Done } else { Exit::Waiting })
}
