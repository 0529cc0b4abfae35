//! How often an account may ask. In memory, by account and not by device; nothing of who asked is stored.

use std::sync::Mutex;

use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{DIRECTORY_PAGES_PER_MINUTE, INVITATIONS_PER_DAY, INVITATIONS_PER_HOUR};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use crate::window::{Window, exceeded, present};

const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 3_600;

type Counts = Mutex<Window<AccountId, u32>>;

/// What every account has asked for in the present minute, hour and day.
#[derive(Default)]
pub(super) struct Quotas {
    pages: Counts,
    invitations_of_hour: Counts,
    invitations_of_day: Counts,
}

impl Quotas {
    /// Counts an invitation, if the professional may have it.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`](colloque_schemas::refusal::RefusalCode::QuotaExceeded), until the next hour or day.
    pub(super) fn take_invitation(&self, inviter: AccountId, at: UnixSeconds) -> Result<(), Refusal> {
        take(&self.invitations_of_hour, SECONDS_PER_HOUR, INVITATIONS_PER_HOUR, inviter, at)?;
        take(&self.invitations_of_day, SECONDS_PER_DAY, INVITATIONS_PER_DAY, inviter, at)
    }

    /// Counts a page of the directory, if the account may have it.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`](colloque_schemas::refusal::RefusalCode::QuotaExceeded), until the next minute.
    pub(super) fn take_page(&self, reader: AccountId, at: UnixSeconds) -> Result<(), Refusal> {
        take(&self.pages, SECONDS_PER_MINUTE, DIRECTORY_PAGES_PER_MINUTE, reader, at)
    }
}

fn take(
    counts: &Counts,
    length_seconds: u64,
    most: u32,
    account: AccountId,
    at: UnixSeconds,
) -> Result<(), Refusal> {
    let mut window = present(counts, length_seconds, at);
    let count = window.counts.entry(account).or_default();
    if *count >= most {
        return Err(exceeded(length_seconds, at));
    }
    *count = count.saturating_add(1);
    Ok(())
}
