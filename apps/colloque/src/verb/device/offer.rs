//! `device offer`: this device becomes one more of an account that its owner has on another device.

use std::time::Duration;

use colloque_client_core::connection::{SystemClock, announce, give_up, meet_primary, take_grant};
use colloque_client_core::store::Store;
use colloque_client_core::{Client, ComparedDevice, KeySource, NewDevice, ServerFault, StoreError};
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::LINK_SECONDS;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use tokio::time::timeout;

use crate::context::{Context, entropy};
use crate::failure::{Exit, Failure};
use crate::json::{LinkCodeJson, OfferJson};
use crate::passphrase::Asked;
use crate::qr;
use crate::shutdown;
use crate::verb::enrol::settled_in;
use crate::words::key;

/// Shows an offer, then the code, and ends as a device of the account. Nothing is on the disk before that.
pub(super) async fn offer(context: &mut Context<'_, '_>, relay: &str) -> Result<Exit, Failure> {
    if Store::exists(&context.profile) {
        return Err(Failure::Client(StoreError::AlreadyExists.into()));
    }
    if context.is_offline {
        return Err(Failure::Client(ServerFault::Unreachable(relay.to_owned()).into()));
    }
    let device = NewDevice::offer(relay, entropy())?;
    // Before the offer's time begins.
    let source = context.key_source(Asked::Twice)?;
    let at = (device.rendezvous(), relay);
    // Nobody answers an offer that the relay does not know.
    announce(at.0, at.1).await?;
    show_offer(context, &device.shown().to_string())?;
    let compared = stoppable(at, Box::pin(meet_primary(device))).await?;
    show_code(context, &compared)?;
    let client = stoppable(at, Box::pin(granted(context, compared, &source))).await?;
    settled_in(context, client, key!("device-offer-done")).await
}

async fn granted(
    context: &Context<'_, '_>,
    compared: ComparedDevice,
    source: &KeySource,
) -> Result<Client, colloque_client_core::Error> {
    take_grant(compared, context.profile.as_path(), source, &SystemClock).await
}

/// Waits for the other device, no longer than an offer lives. Who stops waiting tells the other side.
async fn stoppable<T>(
    at: (RendezvousId, &str),
    step: impl Future<Output = Result<T, colloque_client_core::Error>>,
) -> Result<T, Failure> {
    let over = || Failure::from(Refusal::never(RefusalCode::LinkOver));
    tokio::select! {
        stepped = timeout(Duration::from_secs(LINK_SECONDS), step) => match stepped {
            Ok(stepped) => Ok(stepped?),
            Err(_) => Err(over()),
        },
        stopped = shutdown::asked() => {
            stopped.map_err(Failure::System)?;
            // That it cannot be told changes nothing: the offer ends by itself.
            let _ = give_up(at.0, at.1).await;
            Err(over())
        }
    }
}

fn show_offer(context: &mut Context<'_, '_>, offer: &str) -> Result<(), Failure> {
    if context.is_json {
        return context.output.json(&OfferJson { offer });
    }
    if let Some(drawn) = qr::drawn(offer) {
        context.output.remark(&drawn);
    }
    // Alone among the results, so that it can be copied whole.
    context.output.line(offer)?;
    context.output.remark(&context.words.say(key!("device-offer-shown"), &[]));
    Ok(())
}

fn show_code(context: &mut Context<'_, '_>, compared: &ComparedDevice) -> Result<(), Failure> {
    let code = compared.code().to_string();
    if context.is_json {
        return context.output.json(&LinkCodeJson { code: &code });
    }
    context.output.line(&context.words.say(key!("device-offer-code"), &[("code", code.into())]))?;
    context.output.remark(&context.words.say(key!("device-offer-compare"), &[]));
    Ok(())
}
