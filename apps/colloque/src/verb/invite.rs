//! `invite`: an invitation for a patient, to hand over at the desk.

use colloque_client_core::ServerFault;
use colloque_client_core::connection::{SystemClock, invite_again, invite_patient};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::InvitedJson;
use crate::moment;
use crate::people::{People, checked_petname};
use crate::plain;
use crate::qr;
use crate::words::key;

/// Asks the authority for an invitation. The name stays on this device.
pub(super) async fn invite(
    context: &mut Context<'_, '_>,
    name: &str,
    is_again: bool,
) -> Result<Exit, Failure> {
    let name = checked_petname(name)?;
    let mut client = context.open()?;
    if context.is_offline {
        return Err(Failure::Client(ServerFault::Unreachable(client.authority().address.clone()).into()));
    }
    let invited = if is_again {
        let account = People::of(&client)?.find(name)?;
        Box::pin(invite_again(&mut client, account, &SystemClock)).await?
    } else {
        Box::pin(invite_patient(&mut client, name, &SystemClock)).await?
    };
    let invitation = invited.invitation.to_string();
    if context.is_json {
        context.output.json(&InvitedJson {
            invitation: &invitation,
            account: invited.account.to_string(),
            expires_at: invited.expires_at.0,
        })?;
        return Ok(Exit::Done);
    }
    if let Some(drawn) = qr::drawn(&invitation) {
        context.output.remark(&drawn);
    }
    // Alone among the results, so that it can be kept in a file.
    context.output.line(&invitation)?;
    let expiry = moment::shown(invited.expires_at, &context.zone, context.words);
    let values = [("name", plain::name(name).into()), ("time", expiry.into())];
    context.output.remark(&context.words.say(key!("invited"), &values));
    Ok(Exit::Done)
}
