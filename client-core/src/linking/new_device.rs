//! Linking a device, on the new one. Nothing is on its disk before the grant is there: until then there is nothing to lose,
//! and nothing half-done to clean up.

use colloque_schemas::codec;
use colloque_schemas::enrolment::is_usable_address;
use colloque_schemas::id::{DeviceKey, RendezvousId};
use colloque_schemas::limits::{LINK_GRANT_MAX_BYTES, LINK_NONCE_BYTES};
use colloque_schemas::linking::{
    Comparing, LinkCode, LinkHello, LinkNonce, LinkOffer, LinkStep, Offering, UnverifiedLinkGrant,
};
use colloque_schemas::time::UnixSeconds;
use ed25519_dalek::SigningKey;
use openmls_traits::types::HpkeKeyPair;
use zeroize::Zeroizing;

use super::sealing;
use crate::client::{Client, Entropy};
use crate::error::{Error, LinkError, Misuse};
use crate::identity::save_linked;
use crate::mls::Crypto;
use crate::store::{KeySource, Location, Store};

/// What a new device keeps to itself from its offer to the grant.
struct Secrets {
    rendezvous: RendezvousId,
    relay_address: String,
    device_seed: Zeroizing<[u8; 32]>,
    sealing: HpkeKeyPair,
    crypto: Crypto,
    entropy: Entropy,
}

/// A new device that shows its offer.
pub struct NewDevice {
    offering: Offering,
    secrets: Secrets,
}

impl core::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NewDevice(..)")
    }
}

impl NewDevice {
    /// Draws the keys of a new device, to be linked at this relay, `host:port`.
    ///
    /// # Errors
    /// [`Misuse::RelayAddress`].
    pub fn offer(relay_address: &str, mut entropy: Entropy) -> Result<Self, Error> {
        if !is_usable_address(relay_address) {
            return Err(Misuse::RelayAddress.into());
        }
        let crypto = Crypto::default();
        let mut device_seed = Zeroizing::new([0; 32]);
        let mut sealing_secret = Zeroizing::new([0; 32]);
        let (mut rendezvous, mut nonce) = ([0; 16], [0; LINK_NONCE_BYTES]);
        entropy.fill_bytes(&mut *device_seed);
        entropy.fill_bytes(&mut *sealing_secret);
        entropy.fill_bytes(&mut rendezvous);
        entropy.fill_bytes(&mut nonce);
        let (sealing, sealing_key) = sealing::key_pair(&crypto, &sealing_secret)?;
        let device = DeviceKey::new(SigningKey::from_bytes(&device_seed).verifying_key().to_bytes());
        let rendezvous = RendezvousId::new(rendezvous);
        let relay_address = relay_address.to_owned();
        let offering =
            Offering::new(device, sealing_key, rendezvous, LinkNonce::new(nonce), relay_address.clone());
        let secrets = Secrets { rendezvous, relay_address, device_seed, sealing, crypto, entropy };
        Ok(Self { offering, secrets })
    }

    /// What to show, as QR or text.
    pub fn shown(&self) -> &LinkOffer {
        self.offering.offer()
    }

    /// Where the two meet.
    pub fn rendezvous(&self) -> RendezvousId {
        self.secrets.rendezvous
    }

    /// Takes what the primary said first. From here on nobody else's answer counts.
    ///
    /// # Errors
    /// [`Error::Link`] if it is not sealed to this device, or is no hello.
    pub fn hear(self, sealed: &[u8]) -> Result<ComparedDevice, Error> {
        let Self { offering, secrets } = self;
        let hello = secrets.open(LinkStep::Hello, sealed)?;
        let hello: LinkHello = codec::decode(&hello, hello.len()).map_err(|_| LinkError::Unreadable)?;
        Ok(ComparedDevice { comparing: offering.hear(&hello), secrets })
    }
}

/// A new device that shows its code and waits for the grant.
pub struct ComparedDevice {
    comparing: Comparing,
    secrets: Secrets,
}

impl core::fmt::Debug for ComparedDevice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ComparedDevice(..)")
    }
}

impl ComparedDevice {
    /// What to show: the person types it on the primary device.
    pub fn code(&self) -> LinkCode {
        self.comparing.code()
    }

    /// Where the two meet, and at which relay.
    pub fn rendezvous(&self) -> (RendezvousId, &str) {
        (self.secrets.rendezvous, &self.secrets.relay_address)
    }

    /// What to tell the primary now.
    pub fn nonce(&self) -> Vec<u8> {
        codec::encode(self.comparing.nonce())
    }

    /// Takes the grant, and makes a profile of it: this device is one of the account.
    ///
    /// # Errors
    /// [`Error::Link`] if the grant is not the one of this linking; [`Error::Store`].
    pub fn finish(
        self,
        sealed: &[u8],
        location: impl Into<Location>,
        source: &KeySource,
        now: UnixSeconds,
    ) -> Result<Client, Error> {
        let Self { comparing, mut secrets } = self;
        let grant = secrets.open(LinkStep::Grant, sealed)?;
        let grant: UnverifiedLinkGrant =
            codec::decode(&grant, LINK_GRANT_MAX_BYTES).map_err(|_| LinkError::Unreadable)?;
        let grant = comparing.accept(grant, now).map_err(LinkError::from)?;
        let mut store = Store::create(location, source, &mut secrets.entropy)?;
        let unit = store.begin()?;
        save_linked(unit.sql(), &grant, &secrets.device_seed)?;
        unit.commit()?;
        Client::from_store(store, secrets.entropy)
    }
}

impl Secrets {
    fn open(&self, step: LinkStep, sealed: &[u8]) -> Result<Vec<u8>, LinkError> {
        sealing::open(&self.crypto, &self.sealing, step.sealing_info(self.rendezvous), sealed)
    }
}
