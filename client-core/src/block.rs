//! Blocking a professional, and undoing it.
//!
//! A patient who blocks leaves every thread that the professional is in, and follows no Welcome of that professional any
//! more: quietly, without a notification and without a word to anybody. How many were refused is kept with the contact.
//! Whoever comes back under another account id is known by the national id. Unblocking undoes only the latter: new
//! threads are joined again, those that were left or refused are not.

use colloque_schemas::id::{AccountId, IdempotencyId, MessageId};
use colloque_schemas::payload::Control;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::contact;
use crate::error::{Error, Misuse};
use crate::outbox::{self, Intent};
use crate::store::Connection;
use crate::thread::row::{Conduct, ThreadRow, roster};
use crate::view::Standing;

impl Client {
    /// Leaves every thread that this professional is in, and refuses that professional's Welcomes from now on.
    ///
    /// # Errors
    /// [`Misuse::UnknownAccount`]; [`Misuse::NotBlockable`] unless the owner is a patient and the account a professional;
    /// [`Error::Store`].
    pub fn block(&mut self, account: AccountId, now: UnixSeconds) -> Result<(), Error> {
        let own = self.identity.actor();
        if (own.role, self.contact(account)?.role) != (Role::Patient, Some(Role::Professional)) {
            return Err(Misuse::NotBlockable.into());
        }
        let mut shared = Vec::new();
        for row in self.store.read(|view| ThreadRow::all(view.sql()))? {
            if self.store.read(|view| is_shared(view.sql(), &row, account, own.account))? {
                let ids = (MessageId::new(self.random()), IdempotencyId::new(self.random()));
                shared.push((row.thread, ids));
            }
        }
        let unit = self.store.begin()?;
        contact::block(unit.sql(), account, Some(now))?;
        for (thread, (message, id)) in shared {
            outbox::push(unit.sql(), thread, id, &Intent::Control { message, control: Control::Block })?;
        }
        Ok(unit.commit()?)
    }

    /// Follows Welcomes of this professional again. Threads that were left or refused stay so, until somebody adds the
    /// owner again.
    ///
    /// # Errors
    /// [`Misuse::UnknownAccount`], [`Error::Store`].
    pub fn unblock(&mut self, account: AccountId) -> Result<(), Error> {
        self.contact(account)?;
        let unit = self.store.begin()?;
        contact::block(unit.sql(), account, None)?;
        Ok(unit.commit()?)
    }
}

/// Whether both accounts are in a thread, and the own one is not about to leave it.
fn is_shared(sql: &Connection, row: &ThreadRow, account: AccountId, own: AccountId) -> Result<bool, Error> {
    let is_leaving =
        |intent: &Intent| matches!(intent, Intent::Control { control: Control::Leave | Control::Block, .. });
    let leaves = outbox::of_thread(sql, row.thread)?.iter().any(|row| is_leaving(&row.intent));
    let has_departed = Conduct::load(sql, row.thread, own)?.has_departed;
    let is_in = roster(sql, row.thread)?.iter().any(|row| row.member.actor.account == account);
    Ok(row.standing == Standing::Member && is_in && !leaves && !has_departed)
}
