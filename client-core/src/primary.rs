//! Moving the primary role to another device of the account: the account key goes there in a letter, and is wiped here once that
//! device has shown that it has it.
//!
//! | this device | signs lists | leaves it by |
//! |---|---|---|
//! | primary | yes | [`Client::move_primary`] |
//! | moving | only one that leaves the other device out, which calls it off | a newer list of the account: only the other device can have signed it |
//! | linked | no | a letter with the account key |

use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::codec;
use colloque_schemas::id::DeviceKey;
use colloque_schemas::letter::{AccountSeed, KnownDevice, Letter, PrimaryLetter};
use colloque_schemas::limits::DEVICES_PER_ACCOUNT;
use colloque_schemas::time::UnixSeconds;
use ed25519_dalek::SigningKey;

use crate::client::Client;
use crate::devices;
use crate::error::{Error, Misuse, PeerFault};
use crate::event::Event;
use crate::identity::{Identity, account_key_of};
use crate::letter::Errand;
use crate::sql::{self, Setting};
use crate::store::Connection;
use crate::thread::{Stop, Tools};

/// To which device the role moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub(crate) struct Moving {
    #[n(0)]
    pub(crate) to: DeviceKey,
    /// Whether the letter is in its inbox.
    #[n(1)]
    pub(crate) is_told: bool,
}

impl Client {
    /// Makes another device of this account the primary one, and this one a linked one once that device has taken over, which
    /// [`Event::PrimaryMoved`] says on both. Until then neither links nor unlinks any, but this one may still unlink that one,
    /// which calls it off. Done while there is a connection.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`], [`Misuse::PrimaryMoves`], [`Misuse::UnknownDevice`], [`Error::Store`].
    pub fn move_primary(&mut self, device: DeviceKey) -> Result<(), Error> {
        self.identity.may_list()?;
        if device == self.identity.device() || !self.identity.device_list.names(&device) {
            return Err(Misuse::UnknownDevice.into());
        }
        self.set_moving(Some(Moving { to: device, is_told: false }))
    }

    /// The device to which the primary role is moving, if it is.
    pub fn moves_primary_to(&self) -> Option<DeviceKey> {
        self.identity.moving.map(|moving| moving.to)
    }

    fn set_moving(&mut self, moving: Option<Moving>) -> Result<(), Error> {
        let unit = self.store.begin()?;
        match &moving {
            Some(moving) => sql::put_setting(unit.sql(), Setting::Moving, &codec::encode(moving))?,
            None => sql::remove_setting(unit.sql(), Setting::Moving)?,
        }
        unit.commit()?;
        self.identity.moving = moving;
        Ok(())
    }

    /// Sees to it that the other device is told.
    pub(crate) fn tell_primary(&mut self, now: UnixSeconds) {
        if self.identity.moving.is_some_and(|moving| !moving.is_told) {
            self.begin_letter(Errand::Primary, now);
        }
    }

    pub(crate) fn primary_letter(&self) -> Result<Option<(DeviceKey, Letter)>, Error> {
        let Some(Moving { to, is_told: false }) = self.identity.moving else { return Ok(None) };
        let account_seed = AccountSeed::new(self.identity.account_key()?.to_bytes());
        let mut devices = self.store.read(|view| devices::known(view.sql()))?;
        devices.push(KnownDevice { leaf: self.identity.chain.leaf().to_vec().into(), name: None });
        Ok(Some((to, Letter::Primary(PrimaryLetter { account_seed, devices }))))
    }

    pub(crate) fn primary_told(&mut self) -> Result<(), Error> {
        match self.identity.moving {
            Some(moving) => self.set_moving(Some(Moving { is_told: true, ..moving })),
            None => Ok(()),
        }
    }

    /// The store says that this device is the primary one now.
    pub(crate) fn become_primary(&mut self) -> Result<(), Error> {
        self.identity = self.store.read(|view| Identity::load(view.sql()))?;
        self.publish_devices();
        Ok(())
    }
}

/// The account key has come: this device is the primary one from now on, and signs the next list, by which the others know.
///
/// # Errors
/// [`PeerFault::Malformed`] if it is not this account's key, or if it knows other devices than this account may have.
pub(crate) fn hear(
    tools: Tools<'_>,
    sql: &Connection,
    letter: &PrimaryLetter,
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<(), Stop> {
    let identity = tools.identity;
    if identity.is_primary() {
        return Ok(());
    }
    let key = SigningKey::from_bytes(letter.account_seed.as_bytes());
    let is_own = account_key_of(&key) == identity.credential.account_key();
    if !is_own || letter.devices.len() > DEVICES_PER_ACCOUNT {
        return Err(PeerFault::Malformed.into());
    }
    for KnownDevice { leaf, name } in &letter.devices {
        let chain = UnverifiedChain::new(leaf.as_slice().to_vec(), identity.chain.account().to_vec());
        // One that has expired was not renewed in time, and is linked again by a person.
        let Ok(credential) = chain.verify(&identity.anchor, now) else { continue };
        let device = credential.device_key();
        if device != identity.device() && identity.device_list.names(&device) {
            devices::keep_chain(sql, identity, device, &chain, now)?;
            if let Some(name) = name {
                devices::name(sql, device, name)?;
            }
        }
    }
    sql::put_setting(sql, Setting::AccountSeed, letter.account_seed.as_bytes())?;
    sql::remove_setting(sql, Setting::Linked)?;
    let next = identity.next_list_by(&key, identity.device_list.devices().to_vec())?;
    sql::put_setting(sql, Setting::DeviceList, &codec::encode(&next.to_unverified()))?;
    events.push(Event::PrimaryMoved { is_this: true });
    Ok(())
}
