//! How the linking of a new device by this one, the main device, goes: what its page shows.
//!
//! It is written where the client is asked and where the connection is heard, both on the thread of the keeper: what a page
//! begins is never written over what the relay said since.

use std::sync::{Mutex, PoisonError};

use colloque_client_core::Event;
use colloque_schemas::id::DeviceKey;

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Linking {
    /// Nobody has begun.
    #[default]
    Idle,
    /// The new device has not answered yet.
    Waits(DeviceKey),
    /// It shows a code, which a person is to give.
    Compared(DeviceKey),
    /// A person has given it; the relay has not got all of it yet.
    Granting(DeviceKey),
    /// The device is one of the account.
    Done(DeviceKey),
    /// It ended without a device, for the reason with this id.
    Ended(&'static str),
}

/// The one that goes on, if one does.
#[derive(Default)]
pub(crate) struct Linkings(Mutex<Linking>);

impl Linkings {
    /// How it stands.
    pub(crate) fn now(&self) -> Linking {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It stands so from here on.
    pub(crate) fn becomes(&self, linking: Linking) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = linking;
    }

    /// What the connection said of it.
    pub(super) fn heed(&self, event: &Event) {
        match (event, self.now()) {
            (Event::LinkCompared, Linking::Waits(device)) => self.becomes(Linking::Compared(device)),
            (Event::DeviceLinked(device), _) => self.becomes(Linking::Done(*device)),
            (Event::LinkEnded { reason }, _) => self.becomes(Linking::Ended(reason)),
            _ => {}
        }
    }

    /// What is over is over: another one can begin.
    pub(crate) fn clear(&self) {
        if matches!(self.now(), Linking::Done(_) | Linking::Ended(_)) {
            self.becomes(Linking::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linking_goes_from_step_to_step_and_what_is_over_makes_room() {
        let (linkings, device) = (Linkings::default(), DeviceKey::new([5; 32]));
        linkings.heed(&Event::LinkCompared);
        assert_eq!(linkings.now(), Linking::Idle, "nobody has begun one");
        linkings.becomes(Linking::Waits(device));
        linkings.clear();
        linkings.heed(&Event::LinkCompared);
        assert_eq!(linkings.now(), Linking::Compared(device));
        linkings.becomes(Linking::Granting(device));
        linkings.heed(&Event::CaughtUp);
        linkings.heed(&Event::DeviceLinked(device));
        assert_eq!(linkings.now(), Linking::Done(device));
        linkings.clear();
        assert_eq!(linkings.now(), Linking::Idle);
        linkings.becomes(Linking::Waits(device));
        linkings.heed(&Event::LinkEnded { reason: "link-over" });
        assert_eq!(linkings.now(), Linking::Ended("link-over"));
    }
}
