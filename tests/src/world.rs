//! A tenant, its relay, and its clock.

use std::sync::Arc;

use colloque_client_core::{Client, Enrolment, KeySource, StoreKey};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, ProfessionalIdentity, TrustAnchor, issue};
use colloque_schemas::codec;
use colloque_schemas::enrolment::{
    AuthorityReply, AuthorityRequest, Code, Endpoint, INVITATION_VERSION, Invitation,
};
use colloque_schemas::id::{AccountId, AccountKey, KeyHash, ThreadId};
use colloque_schemas::limits::{CLOCK_SKEW_SECONDS, CODE_BYTES, FRAME_MAX_BYTES};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use colloque_server::relay::{Config, Inventory, Relay};
use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use tempfile::TempDir;

use crate::cast::Person;
use crate::clock::HandClock;
use crate::wire::Wire;

/// The relay's name in every test.
pub const RELAY_NAME: &str = "relay.test";

/// Seeded randomness that says its seed.
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// The stream of this number.
    pub fn from_number(number: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(number))
    }
}

impl RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.try_fill_bytes(bytes)
    }
}

impl CryptoRng for Rng {}

/// A tenant with its relay.
pub struct World {
    /// Everyone's clock.
    pub clock: HandClock,
    /// The relay.
    pub relay: Relay,
    /// The tenant's certificate.
    pub anchor: TrustAnchor,
    /// The tenant's key, with which a test can issue what it likes.
    pub tenant_key: SigningKey,
    folder: TempDir,
    rng: Rng,
    people: u64,
}

impl World {
    /// A new tenant with an empty relay. The seed is printed.
    pub async fn new() -> Self {
        let seed = std::env::var("COLLOQUE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(2026);
        println!("COLLOQUE_SEED={seed}");
        Self::seeded(seed).await
    }

    /// A new tenant with an empty relay, of this seed.
    pub async fn seeded(seed: u64) -> Self {
        let mut rng = Rng::from_number(seed);
        let clock = HandClock::default();
        let tenant_key = key(&mut rng);
        let anchor = anchor_of(&tenant_key, clock.read(), &mut rng);
        let folder = TempDir::new().expect("a temporary folder");
        let config = Config::new(folder.path().join("relay"), RELAY_NAME.to_owned(), anchor.clone());
        let relay = Relay::open(config, Arc::new(clock.clone())).await.expect("the relay opens");
        Self { clock, relay, anchor, tenant_key, folder, rng, people: seed << 16 }
    }

    /// The relay's data folder.
    pub fn relay_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("relay")
    }

    /// A digest of all that the relay's database holds: the same as long as nothing of it changes.
    pub async fn digest(&self) -> Vec<u8> {
        Inventory::digest(&self.relay_folder()).await.expect("the database can be read")
    }

    /// Stops the relay and starts it again on the same data.
    pub async fn restart_relay(&mut self) {
        self.relay.stop().await;
        let config = Config::new(self.relay_folder(), RELAY_NAME.to_owned(), self.anchor.clone());
        let elsewhere =
            Config::new(self.folder.path().join("none"), RELAY_NAME.to_owned(), self.anchor.clone());
        let clock = Arc::new(self.clock.clone());
        // The folder's lock goes with the last handle of the old relay.
        self.relay = Relay::open(elsewhere, clock.clone()).await.expect("a relay opens");
        self.relay = Relay::open(config, clock).await.expect("the relay opens again");
    }

    /// A professional with this public name, enrolled and connected.
    pub async fn professional(&mut self, name: &str) -> Person {
        self.person(professional(name)).await
    }

    /// A patient, enrolled and connected.
    pub async fn patient(&mut self) -> Person {
        self.person(Holder::Patient).await
    }

    async fn person(&mut self, holder: Holder) -> Person {
        let mut person = self.enrol(&holder);
        self.connect(&mut person);
        self.settle(&mut [&mut person]).await;
        person
    }

    /// A person with this identity, enrolled and not connected.
    pub fn enrol(&mut self, holder: &Holder) -> Person {
        let invitation = self.invitation();
        self.enrol_by(invitation, holder)
    }

    /// A person with this identity, enrolled by this invitation as the account that it names, and not connected.
    pub fn enrol_by(&mut self, invitation: Invitation, holder: &Holder) -> Person {
        let reserved = invitation.account;
        let folder = TempDir::new().expect("a temporary folder");
        let profile = TempDir::new_in(folder.path()).expect("a temporary folder");
        drop(profile);
        self.people += 1000;
        let seed = self.people;
        let mut key = [0; 32];
        self.rng.fill_bytes(&mut key);
        let source = KeySource::Raw(StoreKey::from_bytes(&key));
        let entropy = Box::new(Rng::from_number(seed));
        let enrolment = Enrolment::start(folder.path(), &source, invitation, entropy).expect("a new profile");
        let request = enrolment.request(ChannelBinding([0; 32])).expect("a request");
        let request = codec::decode(&request, FRAME_MAX_BYTES).expect("a request");
        let AuthorityRequest::Enrol { account_key, .. } = request else { panic!("{request:?}") };
        let account = match reserved {
            Some(account) => self.certify_as(account, account_key, holder),
            None => self.certify(account_key, holder),
        };
        let reply = AuthorityReply::Enrolled {
            tenant: self.anchor.as_der().to_vec().into(),
            account: account.into(),
        };
        let client: Client =
            enrolment.finish(&codec::encode(&reply), self.clock.read()).expect("an enrolment that finishes");
        let (told, errors) = (Vec::new(), Vec::new());
        Person { client: Some(client), wire: None, told, errors, ahead_seconds: 0, folder, key, seed }
    }

    /// An account certificate for this key, with a new account id.
    pub fn certify(&mut self, account_key: AccountKey, holder: &Holder) -> Vec<u8> {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        self.certify_as(AccountId::new(id), account_key, holder)
    }

    /// An account certificate for this key and account.
    pub fn certify_as(&mut self, account: AccountId, account_key: AccountKey, holder: &Holder) -> Vec<u8> {
        let subject = issue::AccountSubject { account, account_key, holder };
        let validity = validity(self.clock.read(), 1000);
        issue::account(&self.anchor, &self.tenant_key, subject, serial(&mut self.rng), validity)
            .expect("an account certificate")
    }

    /// An invitation of this tenant. Its addresses lead nowhere.
    pub fn invitation(&mut self) -> Invitation {
        let mut code = [0; CODE_BYTES];
        self.rng.fill_bytes(&mut code);
        let endpoint = Endpoint { address: "localhost:1".to_owned(), key_hash: KeyHash::new([1; 32]) };
        Invitation {
            version: INVITATION_VERSION,
            authority: endpoint.clone(),
            relay: endpoint,
            relay_name: RELAY_NAME.to_owned(),
            tenant: self.anchor.hash(),
            code: Code::new(code),
            account: None,
        }
    }

    /// Randomness of the test's own.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// A channel binding that no other connection has.
    pub fn binding(&mut self) -> ChannelBinding {
        let mut binding = [0; 32];
        self.rng.fill_bytes(&mut binding);
        ChannelBinding(binding)
    }

    /// Connects a device to the relay.
    pub fn connect(&mut self, person: &mut Person) {
        let binding = self.binding();
        person.wire = Some(Wire::connect(&self.relay, binding));
        person.client().connection_opened(binding);
    }

    /// Carries frames to and fro until none is under way.
    pub async fn settle(&mut self, people: &mut [&mut Person]) {
        for _ in 0..10_000 {
            let mut moved = false;
            for person in people.iter_mut() {
                moved |= person.step(self.clock.read()).await;
            }
            // Whatever was handed to the writer before this is answered when it returns.
            self.relay.prune().await;
            for person in people.iter_mut() {
                moved |= person.step(self.clock.read()).await;
            }
            if !moved {
                return;
            }
        }
        panic!("frames keep moving");
    }

    /// A thread of these two, opened by the professional with a first message, and joined by the patient.
    pub async fn open(&mut self, doctor: &mut Person, patient: &mut Person, text: &str) -> ThreadId {
        self.open_in(doctor, patient, AnswerMode::Open, text).await
    }

    /// As [`Self::open`], in this answer mode.
    pub async fn open_in(
        &mut self,
        doctor: &mut Person,
        patient: &mut Person,
        mode: AnswerMode,
        text: &str,
    ) -> ThreadId {
        let (account, now) = (patient.account(), self.clock.read());
        let thread =
            doctor.client().open_thread(&[account], mode, text, now).expect("a professional may open");
        self.settle(&mut [doctor, patient]).await;
        thread
    }
}

/// The identity of a professional with this public name.
pub fn professional(name: &str) -> Holder {
    let rpps = "10000000009".parse().expect("an RPPS");
    Holder::Professional(ProfessionalIdentity::new(name, "Médecin généraliste", rpps).expect("a name"))
}

/// A random signing key.
pub fn key(rng: &mut Rng) -> SigningKey {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

/// A random serial number.
pub fn serial(rng: &mut Rng) -> [u8; 16] {
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    serial
}

/// From a day before now, for this many days.
pub fn validity(now: UnixSeconds, days: u64) -> issue::Validity {
    issue::Validity { not_before: now.minus(CLOCK_SKEW_SECONDS), not_after: now.plus(days * SECONDS_PER_DAY) }
}

/// A tenant's certificate.
pub fn anchor_of(key: &SigningKey, now: UnixSeconds, rng: &mut Rng) -> TrustAnchor {
    let der = issue::tenant("Clinique de démonstration", key, serial(rng), validity(now, 3650));
    TrustAnchor::from_der(&der.expect("a tenant certificate")).expect("an anchor")
}
