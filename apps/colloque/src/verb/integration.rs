//! `integration add`, `list`, `remove`: programs that may use the API of the desk. A desk that runs has the profile; its
//! settings do the same.

use colloque_schemas::time::UnixSeconds;
use rand_core::OsRng;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::integration::{self, Scope};
use crate::json::{IntegrationJson, OutcomeJson};
use crate::moment;
use crate::plain;
use crate::words::{Words, key};

pub(super) fn add(context: &mut Context<'_, '_>, name: &str, scopes: &[Scope]) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let token = integration::add(&mut client, name, scopes, context.now(), &mut OsRng)?;
    if context.is_json {
        let added = integration::all(&client)?;
        let last = added.last().map(|added| IntegrationJson::new(added, Some(token.as_str())));
        context.output.json(&last)?;
    } else {
        let values = [("name", plain::name(name).into())];
        context.output.remark(&context.words.say(key!("integration-added"), &values));
        context.output.line(token.as_str())?;
    }
    Ok(Exit::Done)
}

pub(super) fn list(context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    let all = integration::all(&context.open()?)?;
    if context.is_json {
        let all: Vec<_> = all.iter().map(|integration| IntegrationJson::new(integration, None)).collect();
        context.output.json(&all)?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        context.output.remark(&context.words.say(key!("integrations-none"), &[]));
    }
    for integration in &all {
        let added = moment::shown(UnixSeconds(integration.created_at), &context.zone, context.words);
        let values = [
            ("name", plain::name(&integration.name).into()),
            ("scopes", meanings(&integration.scopes, context.words).into()),
            ("time", added.into()),
        ];
        context.output.line(&context.words.say(key!("integration-line"), &values))?;
    }
    Ok(Exit::Done)
}

pub(super) fn remove(context: &mut Context<'_, '_>, name: &str) -> Result<Exit, Failure> {
    integration::remove(&mut context.open()?, name)?;
    if context.is_json {
        context.output.json(&OutcomeJson { state: "done", thread: None, message: None, seq: None })?;
    } else {
        let values = [("name", plain::name(name).into())];
        context.output.line(&context.words.say(key!("integration-removed"), &values))?;
    }
    Ok(Exit::Done)
}

fn meanings(scopes: &[Scope], words: &Words) -> String {
    scopes.iter().map(|scope| words.say(scope.meaning(), &[])).collect::<Vec<_>>().join("; ")
}
