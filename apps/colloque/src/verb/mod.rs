//! What each verb of the command line does.

mod act;
mod desk;
mod device;
mod enrol;
mod export;
mod integration;
mod invite;
mod outcome;
mod person;
mod read;
mod save;
mod send;
mod sync;
mod team;
mod verify;
mod watch;

use crate::arguments::{IntegrationVerb, PatientsVerb, Verb};
use crate::context::Context;
use crate::failure::{Exit, Failure};

pub(crate) use enrol::begun;

/// Does what was asked and says what became of it.
///
/// # Errors
///
/// Everything that ends the command otherwise than done or waiting.
pub(crate) async fn act(verb: Verb, context: &mut Context<'_, '_>) -> Result<Exit, Failure> {
    match verb {
        Verb::Enrol { invitation, file, resume } => {
            Box::pin(enrol::enrol(context, invitation.as_deref(), file.as_deref(), resume)).await
        }
        Verb::Invite { name, again } => Box::pin(invite::invite(context, &name, again)).await,
        Verb::Colleagues => Box::pin(person::colleagues(context)).await,
        Verb::Whoami => person::whoami(context),
        Verb::Patients { change: None } => person::patients(context),
        Verb::Patients { change: Some(PatientsVerb::Name { account, petname }) } => {
            person::name(context, &account, &petname)
        }
        Verb::Open { patient, mode, text } => Box::pin(act::open(context, &patient, &mode, &text)).await,
        Verb::Threads => Box::pin(read::threads(context)).await,
        Verb::Send { thread, text, attach } => Box::pin(send::send(context, &thread, &text, &attach)).await,
        Verb::Save { thread, document, into } => {
            Box::pin(save::save(context, &thread, document, &into)).await
        }
        Verb::Read { thread } => Box::pin(read::read(context, &thread)).await,
        Verb::Export { thread, format, to, with_names } => {
            Box::pin(export::export(context, &thread, format, &to, with_names)).await
        }
        Verb::Watch => Box::pin(watch::watch(context)).await,
        Verb::Mode { thread, mode } | Verb::Reopen { thread, mode } => {
            Box::pin(act::set_mode(context, &thread, &mode)).await
        }
        Verb::Close { thread } => Box::pin(act::set_mode(context, &thread, "closed")).await,
        Verb::Continue { thread, text } => Box::pin(act::continue_in_new(context, &thread, &text)).await,
        Verb::Leave { thread } => Box::pin(act::leave(context, &thread)).await,
        Verb::Add { thread, person } => Box::pin(team::add(context, &thread, &person)).await,
        Verb::Remove { thread, person } => Box::pin(team::remove(context, &thread, &person)).await,
        Verb::Block { person } => Box::pin(team::block(context, &person)).await,
        Verb::Unblock { person } => team::unblock(context, &person),
        Verb::Members { thread } => Box::pin(read::members(context, &thread)).await,
        Verb::Verify { person, scan, confirm } => verify::verify(context, &person, scan.as_deref(), confirm),
        Verb::Integration { change: IntegrationVerb::Add { name, scope } } => {
            integration::add(context, &name, &scope)
        }
        Verb::Integration { change: IntegrationVerb::List } => integration::list(context),
        Verb::Integration { change: IntegrationVerb::Remove { name } } => integration::remove(context, &name),
        Verb::Device { change } => Box::pin(device::act(context, change)).await,
        Verb::Desk { port, idle, no_browser } => Box::pin(desk::desk(context, port, idle, !no_browser)).await,
        Verb::Sync => Box::pin(sync::sync(context)).await,
    }
}
