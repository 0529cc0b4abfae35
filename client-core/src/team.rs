//! The care team of a thread: adding and taking out accounts after the opening.

use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::time::UnixSeconds;

use crate::client::{Client, Departure};
use crate::error::Error;
use crate::outbox::Intent;

impl Client {
    /// Adds all listed devices of an account that are not in the thread yet: of another professional, or of a patient of
    /// the charter who has left. They see what is written from then on; everyone sees that they were added. Done when
    /// there is a connection; what then stands against it comes as an event.
    ///
    /// # Errors
    /// [`Error::Denied`] (R02), [`Misuse::UnknownThread`](crate::Misuse::UnknownThread),
    /// [`Misuse::ThreadInactive`](crate::Misuse::ThreadInactive),
    /// [`Misuse::AccountKeyChanged`](crate::Misuse::AccountKeyChanged), [`Error::Store`].
    pub fn add_member(
        &mut self,
        thread: ThreadId,
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        self.queue(thread, Intent::Add(account), now)
    }

    /// Takes all devices of an account out of the thread; they read nothing that is written afterwards. Taking oneself
    /// out is leaving.
    ///
    /// # Errors
    /// [`Error::Denied`] (R14, R15), [`Misuse::UnknownThread`](crate::Misuse::UnknownThread),
    /// [`Misuse::ThreadInactive`](crate::Misuse::ThreadInactive),
    /// [`Misuse::AccountKeyChanged`](crate::Misuse::AccountKeyChanged), [`Error::Store`].
    pub fn remove_member(
        &mut self,
        thread: ThreadId,
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        if account == self.identity.actor().account {
            return self.depart(thread, Departure::Leave, now);
        }
        self.queue(thread, Intent::Remove(account), now)
    }
}
