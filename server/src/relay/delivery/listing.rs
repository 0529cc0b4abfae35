//! Device lists, as they come with sign-ins and publications: only forward (R25). With them, certificates for devices that
//! cannot make their own.

use std::cmp::Ordering;

use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::device_list::UnverifiedDeviceList;
use colloque_schemas::envelope::InboxSeq;
use colloque_schemas::frame::{PublishDevices, Response};
use colloque_schemas::id::{AccountId, DeviceKey};
use colloque_schemas::limits::DEVICES_PER_ACCOUNT;
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::time::UnixSeconds;

use super::super::batch::{Batch, News};
use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::super::store::accounts::{self, AccountRecord, Leaf};
use super::super::store::{inboxes, key_packages};

/// A list that was newer than the stored one when its session looked.
pub(in super::super) struct Listing {
    /// The device that brings it.
    pub(in super::super) by: RowKey,
    pub(in super::super) offered: AccountRecord,
}

impl Listing {
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { by, offered } = self;
        let account = offered.device_list.account();
        let stored = accounts::load(&mut *batch.connection, batch.blind, account).await?;
        if newest(stored.as_ref(), &offered)? == Ordering::Greater {
            replace(batch, stored, offered, by).await?;
        }
        Ok(Response::Done)
    }
}

/// A list and certificates that a device of the account has published.
pub(in super::super) struct DevicePublication {
    by: RowKey,
    account: AccountId,
    list: UnverifiedDeviceList,
    leaves: Vec<Leaf>,
}

impl DevicePublication {
    /// Checks that the certificates are of this account (R23).
    pub(in super::super) fn check(
        (account, by): (AccountId, RowKey),
        published: PublishDevices,
        anchor: &TrustAnchor,
        now: UnixSeconds,
    ) -> Result<Self, RequestError> {
        let PublishDevices { device_list: list, chains } = published;
        if chains.len() > DEVICES_PER_ACCOUNT {
            return Err(RefusalCode::TooLarge.into());
        }
        let mut leaves = Vec::new();
        for chain in chains {
            let credential = chain.verify(anchor, now).map_err(|_| Denied::from(Rule::LeavesAreCertified))?;
            if credential.account() != account {
                return Err(Denied::from(Rule::LeavesAreCertified).into());
            }
            leaves.push(Leaf {
                device: credential.device_key(),
                certificate: chain.leaf().to_vec().into(),
                expires_at: credential.leaf_expires_at(),
            });
        }
        Ok(Self { by, account, list, leaves })
    }

    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { by, account, list, leaves } = self;
        let stored = accounts::load(&mut *batch.connection, batch.blind, account).await?;
        let stored = stored.ok_or(RequestError::Damaged("a session without its account"))?;
        let unlisted = |_| Denied::from(Rule::DevicesAreListed);
        let device_list = list.verify(account, &stored.account_key).map_err(unlisted)?;
        let offered = AccountRecord { account_key: stored.account_key, device_list, leaves };
        newest(Some(&stored), &offered)?;
        replace(batch, Some(stored), offered, by).await?;
        Ok(Response::Done)
    }
}

/// Keeps an account as it is offered, and of certificates the newest. What is stored for devices that are no longer listed
/// goes.
async fn replace(
    batch: &mut Batch<'_>,
    stored: Option<AccountRecord>,
    mut offered: AccountRecord,
    by: RowKey,
) -> Result<(), RequestError> {
    let stored = stored.filter(|stored| stored.account_key == offered.account_key);
    for device in stored.iter().flat_map(|stored| stored.device_list.devices()) {
        if !offered.device_list.names(device) {
            let row = batch.blind.device_row(device);
            key_packages::clear(&mut *batch.connection, &row).await?;
            inboxes::acknowledge(batch.connection, &row, InboxSeq(u64::MAX)).await?;
        }
    }
    let kept = stored.iter().flat_map(|stored| stored.leaves.iter().cloned());
    let mut leaves: Vec<Leaf> = Vec::new();
    for leaf in kept.chain(std::mem::take(&mut offered.leaves)) {
        match leaves.iter_mut().find(|known| known.device == leaf.device) {
            Some(known) if known.expires_at < leaf.expires_at => *known = leaf,
            Some(_) => {}
            None if offered.device_list.names(&leaf.device) => leaves.push(leaf),
            None => {}
        }
    }
    offered.leaves = leaves;
    accounts::save(batch.connection, batch.blind, &offered).await?;
    batch.news.push(News::Listed(offered.device_list, by));
    Ok(())
}

/// Whether the offered list is newer than the stored one or the same. One that another account key signed is newer
/// only by its number.
///
/// # Errors
/// [`RefusalCode::DeviceListStale`].
pub(in super::super) fn newest(
    stored: Option<&AccountRecord>,
    offered: &AccountRecord,
) -> Result<Ordering, RequestError> {
    let Some(stored) = stored else { return Ok(Ordering::Greater) };
    let (old, new) = (&stored.device_list, &offered.device_list);
    if new.number() > old.number() {
        Ok(Ordering::Greater)
    } else if stored.account_key == offered.account_key && new.follows(old).is_ok() {
        Ok(Ordering::Equal)
    } else {
        Err(RefusalCode::DeviceListStale.into())
    }
}

/// As [`newest`], at the sign-in of a device: it may come with an older list if the newest still names it, which it is told.
///
/// # Errors
/// [`RefusalCode::DeviceListStale`]; [`Rule::DevicesAreListed`] if the newest list leaves the device out.
pub(in super::super) fn admits(
    stored: Option<&AccountRecord>,
    offered: &AccountRecord,
    device: &DeviceKey,
) -> Result<Ordering, RequestError> {
    match stored {
        Some(stored)
            if stored.account_key == offered.account_key
                && offered.device_list.number() < stored.device_list.number() =>
        {
            if stored.device_list.names(device) {
                Ok(Ordering::Less)
            } else {
                Err(Denied::from(Rule::DevicesAreListed).into())
            }
        }
        stored => newest(stored, offered),
    }
}
