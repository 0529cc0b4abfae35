//! Letters: what one device of an account tells another beside all threads (PROTOCOL section 17).

mod seal;
mod send;

use colloque_schemas::certificate::Credential;
use colloque_schemas::envelope::InboxItem;
use colloque_schemas::id::HistoryId;
use colloque_schemas::letter::Letter;
use colloque_schemas::time::UnixSeconds;

use crate::error::Error;
use crate::event::Event;
use crate::store::UnitOfWork;
use crate::thread::{Stop, Tools};
use crate::{history, primary};

/// What a letter is about, of those that this device writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Errand {
    /// History that is at the relay.
    History(HistoryId),
    /// Another device is to be the primary one.
    Primary,
}

/// Reads a letter and does what it says, or says why not. One that cannot be read is read no second time.
pub(crate) fn hear(
    tools: Tools<'_>,
    unit: &mut UnitOfWork<'_>,
    item: &InboxItem,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<(), Error> {
    let savepoint = unit.savepoint()?;
    let mut heard = Vec::new();
    let read = seal::open(tools, savepoint.sql(), item, now);
    let done = read.and_then(|(writer, letter): (Credential, Letter)| match letter {
        Letter::History(letter) => {
            history::hear(savepoint.sql(), writer.device_key(), &letter, now, &mut heard)
        }
        Letter::Primary(letter) => primary::hear(tools, savepoint.sql(), &letter, now, &mut heard),
    });
    match done {
        Ok(()) => {
            savepoint.keep()?;
            events.append(&mut heard);
            Ok(())
        }
        Err(Stop::Peer(fault)) => {
            savepoint.discard()?;
            events.push(Event::LetterRefused { reason: fault.id() });
            Ok(())
        }
        Err(Stop::Failure(error)) => Err(error),
    }
}
