//! The numbered list of an account's devices, signed by the account key (DESIGN section 3).
//!
//! Relay and clients keep the newest list seen: a device outside it is never added, is refused at sign-in, and is
//! removed by the next member that may (R25).

use alloc::vec::Vec;

use crate::bytes::Signature;
use crate::id::{AccountId, AccountKey, DeviceKey};
use crate::limits::DEVICES_PER_ACCOUNT;
use crate::signed::Statement;

#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
struct Listing {
    #[n(0)]
    account: AccountId,
    #[cbor(n(1), with = "crate::bounded")]
    number: u64,
    #[n(2)]
    devices: Vec<DeviceKey>,
}

impl Statement for Listing {
    const CONTEXT: &'static str = "colloque device list 1";
}

/// A device list as it comes from the wire.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct UnverifiedDeviceList {
    #[n(0)]
    listing: Listing,
    #[n(1)]
    signature: Signature,
}

/// A device list that the account's key signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceList {
    listing: Listing,
    signature: Signature,
}

/// Why a device list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceListError {
    /// It is of another account.
    #[error("the device list is of another account")]
    WrongAccount,
    /// Not signed by the account key.
    #[error("the device list is not signed by the account key")]
    BadSignature,
    /// None, too many, or one twice, or not in ascending order.
    #[error("the device list must name 1 to {DEVICES_PER_ACCOUNT} devices in ascending order, each once")]
    BadDevices,
    /// Older than one already seen, or another of the same number.
    #[error("the device list is older than one already seen")]
    GoesBackwards,
}

impl UnverifiedDeviceList {
    /// The list's number as it claims it: enough to ask which of two is newer, not to act on.
    pub fn claimed_number(&self) -> u64 {
        self.listing.number
    }

    /// Checks the list against the account's key.
    ///
    /// # Errors
    /// [`DeviceListError`], but never [`DeviceListError::GoesBackwards`].
    pub fn verify(self, account: AccountId, key: &AccountKey) -> Result<DeviceList, DeviceListError> {
        let Self { listing, signature } = self;
        if listing.account != account {
            return Err(DeviceListError::WrongAccount);
        }
        listing.verify(key.as_bytes(), &signature).map_err(|_| DeviceListError::BadSignature)?;
        let ascending = listing.devices.is_sorted_by(|a, b| a < b);
        if listing.devices.is_empty() || listing.devices.len() > DEVICES_PER_ACCOUNT || !ascending {
            return Err(DeviceListError::BadDevices);
        }
        Ok(DeviceList { listing, signature })
    }
}

impl DeviceList {
    /// Signs the list with this number. Devices are put in order; [`DeviceListError::BadDevices`] if there are none,
    /// too many, or one twice.
    ///
    /// # Errors
    /// [`DeviceListError::BadDevices`].
    pub fn sign(
        account: AccountId,
        number: u64,
        mut devices: Vec<DeviceKey>,
        key: &ed25519_dalek::SigningKey,
    ) -> Result<Self, DeviceListError> {
        devices.sort_unstable();
        let listing = Listing { account, number, devices };
        let signature = listing.sign(key);
        let account_key = AccountKey::new(key.verifying_key().to_bytes());
        UnverifiedDeviceList { listing, signature }.verify(account, &account_key)
    }

    /// Whose devices these are.
    pub fn account(&self) -> AccountId {
        self.listing.account
    }

    /// The list's number; a higher one replaces a lower one.
    pub fn number(&self) -> u64 {
        self.listing.number
    }

    /// The devices, in ascending order.
    pub fn devices(&self) -> &[DeviceKey] {
        &self.listing.devices
    }

    /// Whether the list names this device (R25).
    pub fn names(&self, device: &DeviceKey) -> bool {
        self.listing.devices.binary_search(device).is_ok()
    }

    /// Whether this list may stand in for `newest`, the newest seen so far of the same account.
    ///
    /// # Errors
    /// [`DeviceListError::GoesBackwards`].
    pub fn follows(&self, newest: &Self) -> Result<(), DeviceListError> {
        let same = self.listing == newest.listing;
        if self.number() > newest.number() || same { Ok(()) } else { Err(DeviceListError::GoesBackwards) }
    }

    /// The form for the wire and for storage.
    pub fn to_unverified(&self) -> UnverifiedDeviceList {
        UnverifiedDeviceList { listing: self.listing.clone(), signature: self.signature }
    }
}

#[cfg(test)]
mod tests {

    use alloc::vec;

    use super::*;

    const ACCOUNT: AccountId = AccountId::new([1; 16]);

    fn key() -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[9; 32])
    }

    fn list(number: u64, devices: &[u8]) -> DeviceList {
        let devices = devices.iter().map(|byte| DeviceKey::new([*byte; 32])).collect();
        DeviceList::sign(ACCOUNT, number, devices, &key()).unwrap()
    }

    #[test]
    fn only_the_account_key_signs_a_device_list() {
        let own = AccountKey::new(key().verifying_key().to_bytes());
        let list = list(1, &[2, 1]);
        assert!(list.to_unverified().verify(ACCOUNT, &own).is_ok());
        let other =
            AccountKey::new(ed25519_dalek::SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
        assert_eq!(list.to_unverified().verify(ACCOUNT, &other), Err(DeviceListError::BadSignature));
        let elsewhere = AccountId::new([2; 16]);
        assert_eq!(list.to_unverified().verify(elsewhere, &own), Err(DeviceListError::WrongAccount));
    }

    #[test]
    fn a_list_names_at_least_one_device_and_none_twice() {
        let twice = vec![DeviceKey::new([1; 32]); 2];
        assert_eq!(DeviceList::sign(ACCOUNT, 1, twice, &key()), Err(DeviceListError::BadDevices));
        assert_eq!(DeviceList::sign(ACCOUNT, 1, vec![], &key()), Err(DeviceListError::BadDevices));
    }

    #[test]
    fn lists_only_go_forward() {
        assert!(list(2, &[1]).follows(&list(1, &[1, 2])).is_ok());
        assert!(list(2, &[1]).follows(&list(2, &[1])).is_ok());
        assert_eq!(list(2, &[1]).follows(&list(2, &[1, 2])), Err(DeviceListError::GoesBackwards));
        assert_eq!(list(1, &[1]).follows(&list(2, &[1])), Err(DeviceListError::GoesBackwards));
    }
}
