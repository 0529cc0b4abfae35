//! A tenant of the benchmark's own, and devices that it has certified.

use colloque_schemas::certificate::{AccountCertificate, Holder, TrustAnchor, UnverifiedChain, issue};
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::frame::{Challenge, Request};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::UnixSeconds;
use colloque_tests::raw::sign_in_request;
use colloque_tests::world::{Rng, anchor_of, key, professional, serial, validity};
use ed25519_dalek::SigningKey;
use rand_core::RngCore;

/// Signs accounts.
pub(crate) struct Tenant {
    /// What the relay is started with.
    pub(crate) anchor: TrustAnchor,
    /// For everything that is drawn; the same in every run.
    pub(crate) rng: Rng,
    key: SigningKey,
    now: UnixSeconds,
}

/// A device of an account of its own.
pub(crate) struct Device {
    pub(crate) account: AccountId,
    key: SigningKey,
    chain: UnverifiedChain,
    list: DeviceList,
}

impl Tenant {
    pub(crate) fn new(now: UnixSeconds) -> Self {
        let mut rng = Rng::from_number(2026);
        let key = key(&mut rng);
        Self { anchor: anchor_of(&key, now, &mut rng), rng, key, now }
    }

    pub(crate) fn professional(&mut self) -> Device {
        self.device(&professional("Dr Ana Verne"))
    }

    pub(crate) fn patient(&mut self) -> Device {
        self.device(&Holder::Patient)
    }

    fn device(&mut self, holder: &Holder) -> Device {
        let (rng, now) = (&mut self.rng, self.now);
        let account_key = key(rng);
        let subject = issue::AccountSubject {
            account: AccountId::new(random(rng)),
            account_key: AccountKey::new(account_key.verifying_key().to_bytes()),
            holder,
        };
        let certificate = issue::account(&self.anchor, &self.key, subject, serial(rng), validity(now, 1000));
        let certificate = certificate.expect("an account certificate");
        let account = AccountCertificate::verify(&certificate, &self.anchor, now).expect("a certificate");
        let key = key(rng);
        let device = DeviceKey::new(key.verifying_key().to_bytes());
        let leaf = issue::device(&account, &account_key, device, serial(rng), validity(now, 80));
        let list = DeviceList::sign(account.account(), 1, vec![device], &account_key);
        Device {
            account: account.account(),
            key,
            chain: UnverifiedChain::new(leaf.expect("a leaf"), certificate),
            list: list.expect("a list"),
        }
    }
}

impl Device {
    /// The sign-in that answers a challenge on this connection.
    pub(crate) fn sign_in(&self, challenge: &Challenge, channel_binding: ChannelBinding) -> Request {
        sign_in_request(&self.key, &self.chain, &self.list, challenge, channel_binding)
    }
}

/// Random bytes.
pub(crate) fn random<const LENGTH: usize>(rng: &mut Rng) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    rng.fill_bytes(&mut bytes);
    bytes
}
