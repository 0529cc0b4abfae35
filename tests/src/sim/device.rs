//! A device of the cast: the real client on a profile of its own.

use colloque_client_core::{Client, KeySource, StoreKey};
use colloque_schemas::id::AccountId;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use tempfile::TempDir;

use super::dice::Dice;
use super::template::{Profile, in_memory, write};
use crate::world::Rng;

/// A device.
pub(super) struct Device {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) account: AccountId,
    /// None while it is switched off.
    pub(super) client: Option<Client>,
    /// Whether it reaches nobody.
    pub(super) is_cut_off: bool,
    /// By how many seconds its clock is ahead.
    skew: i64,
    key: [u8; 32],
    folder: TempDir,
}

impl Device {
    /// A device with this profile, switched on.
    pub(super) fn new(profile: &Profile, skew: i64, dice: &mut Dice) -> Self {
        let folder = in_memory();
        write(&folder.path().join("profile"), &profile.files);
        let (name, role, account, key) = (profile.name, profile.role, profile.account, profile.key);
        let mut device = Self { name, role, account, client: None, is_cut_off: false, skew, key, folder };
        device.switch_on(dice);
        device
    }

    /// Starts the client on what is in its store.
    pub(super) fn switch_on(&mut self, dice: &mut Dice) {
        let source = KeySource::Raw(StoreKey::from_bytes(&self.key));
        let entropy = Box::new(Rng::from_number(dice.number()));
        let client = Client::open(&self.folder.path().join("profile"), &source, entropy);
        self.client = Some(client.expect("the profile opens"));
    }

    /// What its clock shows at this time.
    pub(super) fn clock(&self, time: UnixSeconds) -> UnixSeconds {
        UnixSeconds(time.0.saturating_add_signed(self.skew))
    }

    /// The client of a device that is switched on.
    pub(super) fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the device is switched on")
    }
}
