//! `whoami`, `patients`, `patients name`, `colleagues`: persons, as this device knows them.

use colloque_client_core::connection::{SystemClock, professionals};
use colloque_client_core::{Client, Own};
use colloque_schemas::id::AccountId;
use colloque_schemas::role::Role;

use crate::context::Context;
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::json::{ContactJson, OutcomeJson, OwnJson};
use crate::moment;
use crate::people::{People, checked_petname, holder_label};
use crate::plain;
use crate::words::{Key, key};

pub(super) fn whoami(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let own = context.open()?.own();
    show_own(context, &own)?;
    Ok(Exit::Done)
}

/// Who the owner of this device is.
pub(super) fn show_own(context: &mut Context<'_, '_>, own: &Own) -> Result<(), Failure> {
    if context.is_json {
        return context.output.json(&OwnJson::from(own));
    }
    let words = context.words;
    let label = holder_label(&own.holder, words);
    let expiry = moment::shown(own.leaf_expires_at, &context.zone, words);
    let device = if own.is_primary { key!("own-device-main") } else { key!("own-device-linked") };
    let lines = [
        words.say(key!("own-person"), &[("name", label.into())]),
        words.say(key!("own-account"), &[("account", own.account.to_string().into())]),
        words.say(device, &[("device", devices::digits(&own.device).into())]),
        words.say(key!("own-relay"), &[("address", plain::name(&own.relay_address).into())]),
        words.say(key!("own-expiry"), &[("time", expiry.into())]),
    ];
    context.output.lines(&lines)
}

pub(super) fn patients(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let client = context.open()?;
    list(context, &client, |role| role != Some(Role::Professional), key!("patients-none"))
}

/// The professionals of the directory; offline, those whom this device knows already.
pub(super) async fn colleagues(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    if !context.is_offline {
        Box::pin(professionals(&mut client, &SystemClock)).await?;
    }
    list(context, &client, |role| role == Some(Role::Professional), key!("colleagues-none"))
}

fn list(
    context: &mut Context<'_, '_>,
    client: &Client,
    has: fn(Option<Role>) -> bool,
    none: Key,
) -> Result<Exit, Failure> {
    let people = People::of(client)?;
    let own = client.own().account;
    let contacts = client.contacts()?.into_iter();
    let contacts: Vec<_> = contacts.filter(|contact| has(contact.role) && contact.account != own).collect();
    if context.is_json {
        context.output.json(&contacts.iter().map(ContactJson::from).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let renderer = context.renderer(&people);
    let lines: Vec<String> = contacts.iter().flat_map(|contact| renderer.contact(contact)).collect();
    if lines.is_empty() {
        context.output.remark(&context.words.say(none, &[]));
    }
    context.output.lines(&lines)?;
    Ok(Exit::Done)
}

/// Gives a petname, which stays on this device.
pub(super) fn name(context: &mut Context<'_, '_>, account: &str, petname: &str) -> Result<Exit, Failure> {
    let petname = checked_petname(petname)?;
    let mut client = context.open()?;
    let account = match account.parse::<AccountId>() {
        Ok(account) => account,
        // The start of an id, or the petname that is to be replaced.
        Err(_) => People::of(&client)?.find(account).map_err(|failure| match failure {
            Failure::UnknownPerson(text) => Failure::NotAnAccount(text),
            other => other,
        })?,
    };
    client.name_contact(account, petname)?;
    if context.is_json {
        context.output.json(&OutcomeJson { state: "done", thread: None, message: None, seq: None })?;
    } else {
        let values = [("name", plain::name(petname).into()), ("account", account.to_string().into())];
        context.output.line(&context.words.say(key!("patients-named"), &values))?;
    }
    Ok(Exit::Done)
}
