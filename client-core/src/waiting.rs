//! Openings that wait for a patient who is not there yet.
//!
//! The relay says of an account without KeyPackages, in the same words whether it was never there or used them up, that
//! it may be asked again. Until then the opening stays in the outbox, unencrypted. While somebody
//! is absent only that account is asked for, so that waiting uses up nobody else's KeyPackages; and all openings that
//! wait, however many, leave half of what the device may claim in a minute to those that need not.

use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::limits::{CLAIMS_PER_MINUTE, NO_KEY_PACKAGE_RETRY_SECONDS};
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::error::Error;
use crate::event::Event;
use crate::outbox::{self, Intent, OutboxRow};
use crate::store::Connection;
use crate::thread::open::Claimed;

/// Seconds between two tries for one opening, at least.
const RETRY_SECONDS: u64 = NO_KEY_PACKAGE_RETRY_SECONDS as u64;
/// Tries for absent accounts within that time.
const TRIES: u32 = CLAIMS_PER_MINUTE * NO_KEY_PACKAGE_RETRY_SECONDS / 60 / 2;

/// Tries in the present window of the device's clock.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    window: u64,
    count: u32,
}

impl Tries {
    /// Counts one, if there is one left.
    pub(crate) fn take(&mut self, now: UnixSeconds) -> bool {
        let window = now.0 / RETRY_SECONDS;
        if self.window != window {
            *self = Self { window, count: 0 };
        }
        let is_left = self.count < TRIES;
        self.count += u32::from(is_left);
        is_left
    }
}

impl Client {
    /// The relay has KeyPackages of this account. They are kept if an opening or addition still waits for them.
    pub(crate) fn claimed(&mut self, thread: ThreadId, claimed: Claimed) -> Result<(), Error> {
        let (is_wanted, is_noted) = self.store.read(|view| {
            let is_noted = !absent_among(view.sql(), &[claimed.account])?.is_empty();
            Ok::<_, Error>((claimant(view.sql(), thread, claimed.account)?.is_some(), is_noted))
        })?;
        if is_noted {
            self.note("DELETE FROM absent WHERE account = ?1", claimed.account)?;
        }
        if is_wanted {
            self.session.waiting.remove(&thread);
            self.session.claims.entry(thread).or_default().push(claimed);
        }
        Ok(())
    }

    /// The account is absent: the opening waits, at least for so many seconds.
    pub(crate) fn wait_for(
        &mut self,
        thread: ThreadId,
        account: AccountId,
        seconds: u32,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let is_noted = self.store.read(|view| absent_among(view.sql(), &[account]))?;
        if is_noted.is_empty() {
            self.note("INSERT INTO absent (account) VALUES (?1)", account)?;
        }
        if self.session.waiting.insert(thread) {
            events.push(Event::OpeningWaits { thread, account });
        }
        let waiting = u64::try_from(self.session.waiting.len()).unwrap_or(u64::MAX);
        let pause = RETRY_SECONDS.saturating_mul(waiting.div_ceil(TRIES.into()));
        self.session.waits.insert(thread, now.plus(pause.max(seconds.into())));
        Ok(())
    }

    fn note(&mut self, statement: &str, account: AccountId) -> Result<(), Error> {
        let unit = self.store.begin()?;
        unit.sql().prepare_cached(statement)?.execute([account.as_bytes()])?;
        Ok(unit.commit()?)
    }
}

/// Those of these accounts that were absent when the relay was last asked.
pub(crate) fn absent_among(sql: &Connection, accounts: &[AccountId]) -> Result<Vec<AccountId>, Error> {
    let mut statement = sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM absent WHERE account = ?1)")?;
    let mut absent = Vec::new();
    for account in accounts {
        if statement.query_row([account.as_bytes()], |row| row.get(0))? {
            absent.push(*account);
        }
    }
    Ok(absent)
}

/// What waits for KeyPackages of this account in a thread, and is not encrypted yet.
pub(crate) fn claimant(
    sql: &Connection,
    thread: ThreadId,
    account: AccountId,
) -> Result<Option<OutboxRow>, Error> {
    let waits = |row: &OutboxRow| {
        matches!(row.intent, Intent::Open | Intent::Align) || row.intent == Intent::Add(account)
    };
    Ok(outbox::front(sql, thread)?.filter(|row| row.request.is_none() && waits(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_for_the_absent_leave_half_of_the_claims_of_each_minute() {
        let mut tries = Tries::default();
        let taken: usize =
            (600..660).map(|now| (0..9).filter(|_| tries.take(UnixSeconds(now))).count()).sum();
        assert_eq!(taken, 28, "of 60");
    }
}
