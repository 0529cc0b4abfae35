//! KeyPackages: published by devices, claimed once each (R02).

use colloque_schemas::frame::{ClaimedKeyPackage, ClaimedKeyPackages, PublishKeyPackages, Response};
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{
    KEY_PACKAGE_MAX_BYTES, KEY_PACKAGES_LOW, KEY_PACKAGES_PER_DEVICE, KEY_PACKAGES_PER_PUBLICATION,
    NO_KEY_PACKAGE_RETRY_SECONDS,
};
use colloque_schemas::policy::{self, ClaimGrant};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Actor;

use super::super::batch::{Batch, News};
use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::super::store::{accounts, key_packages};

/// For now: the account may publish its first at any time.
const NO_KEY_PACKAGE: Refusal = Refusal::after(RefusalCode::NoKeyPackage, NO_KEY_PACKAGE_RETRY_SECONDS);

/// A publication of a device's own KeyPackages.
pub(in super::super) struct Publication {
    owner: AccountId,
    device: RowKey,
    published: PublishKeyPackages,
}

impl Publication {
    /// Checks number and sizes.
    pub(in super::super) fn check(
        (owner, device): (AccountId, RowKey),
        published: PublishKeyPackages,
    ) -> Result<Self, RequestError> {
        let mut all = published.one_time.iter().chain(&published.last_resort);
        if published.one_time.len() > KEY_PACKAGES_PER_PUBLICATION {
            return Err(RefusalCode::TooLarge.into());
        }
        if all.any(|key_package| key_package.length() > KEY_PACKAGE_MAX_BYTES) {
            return Err(RefusalCode::TooLarge.into());
        }
        Ok(Self { owner, device, published })
    }

    pub(super) fn payload_bytes(&self) -> usize {
        let all = self.published.one_time.iter().chain(&self.published.last_resort);
        all.map(colloque_schemas::bytes::Opaque::length).fold(0, usize::saturating_add)
    }

    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let (device, day) = (self.device, batch.day()?);
        if self.published.last_resort.is_some() {
            key_packages::clear(&mut *batch.connection, &device).await?;
        }
        let supply = key_packages::supply(&mut *batch.connection, &device).await?;
        let added = u32::try_from(self.published.one_time.len()).unwrap_or(u32::MAX);
        if supply.one_time.saturating_add(added) > KEY_PACKAGES_PER_DEVICE {
            return Err(RefusalCode::QuotaExceeded.into());
        }
        for key_package in &self.published.one_time {
            key_packages::insert(batch.connection, batch.blind, &device, key_package, false, day).await?;
        }
        if let Some(key_package) = &self.published.last_resort {
            key_packages::insert(batch.connection, batch.blind, &device, key_package, true, day).await?;
            // The others of the account may add this one to its threads now.
            if let Some(account) = accounts::load(&mut *batch.connection, batch.blind, self.owner).await? {
                batch.news.push(News::Listed(account.device_list, device));
            }
        }
        Ok(Response::Done)
    }
}

/// A permitted claim.
pub(in super::super) struct Claim {
    grant: ClaimGrant,
    owner: AccountId,
    claimant: RowKey,
}

impl Claim {
    /// Asks policy (R02).
    pub(in super::super) fn check(
        (actor, claimant): (Actor, RowKey),
        owner: AccountId,
    ) -> Result<Self, RequestError> {
        Ok(Self { grant: policy::claim_key_packages(actor, owner)?, owner, claimant })
    }

    /// An unknown account and one without KeyPackages are answered alike. A device has no use for its own.
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { grant: ClaimGrant { .. }, owner, claimant } = self;
        let Some(account) = accounts::load(&mut *batch.connection, batch.blind, owner).await? else {
            return Err(NO_KEY_PACKAGE.into());
        };
        let mut claimed = Vec::new();
        for device in account.device_list.devices() {
            let row = batch.blind.device_row(device);
            if row == claimant {
                continue;
            }
            let Some(key_package) = key_packages::take(batch.connection, batch.blind, &row).await? else {
                continue;
            };
            claimed.push(ClaimedKeyPackage { device: *device, key_package });
            let left = key_packages::supply(&mut *batch.connection, &row).await?.one_time;
            if left < KEY_PACKAGES_LOW {
                batch.news.push(News::KeyPackagesLow(row, left));
            }
        }
        if claimed.is_empty() {
            return Err(NO_KEY_PACKAGE.into());
        }
        let device_list = account.device_list.to_unverified();
        Ok(Response::KeyPackages(ClaimedKeyPackages { device_list, key_packages: claimed }))
    }
}
