//! A member that checks nothing: raw openmls on the keys of a [`RawDevice`]. It makes any charter, Commit, proposal and
//! payload that the test asks for, and remembers just enough of the log to describe it as an honest member would.

use std::collections::BTreeMap;

use colloque_client_core::mls::{
    DeviceSigner, SUITE, SUITE_ID, create_config, group_context_extensions, join_config, key_package_builder,
};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{AccountCertificate, Holder, UnverifiedChain, issue};
use colloque_schemas::charter::{CHARTER_VERSION, Charter, Opening, UnverifiedCharter};
use colloque_schemas::codec;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{ClaimedKeyPackage, ClaimedKeyPackages};
use colloque_schemas::handover::Handover;
use colloque_schemas::id::{AccountId, DeviceKey, MessageId, Seq, ThreadId};
use colloque_schemas::limits::{
    CONTROL_ENVELOPE_BYTES, ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES,
};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::{pad, pad_inside};
use colloque_schemas::payload::{Body, CommitHeader, Payload};
use colloque_schemas::policy;
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use ed25519_dalek::SigningKey;
use openmls::prelude::tls_codec::{DeserializeBytes, Serialize, VLBytes};
use openmls::prelude::*;
use rand_core::RngCore;

use crate::forger::{Forgery, ForgingProvider, ForgingSigner};
use crate::raw::RawDevice;
use crate::rig::Rig;
use crate::world::{World, serial, validity};
use bytes::{encoded, payload_in, protocol_message, welcome_in};

mod bytes;
mod handover;

/// A member without any checks.
pub struct Rogue {
    /// Its keys and certificates.
    pub device: RawDevice,
    /// Its signer.
    pub signer: ForgingSigner,
    /// Its openmls.
    pub provider: ForgingProvider,
    /// What comes out in place of what openmls writes.
    pub forgery: Forgery,
    seat: Option<Seat>,
}

struct Seat {
    thread: ThreadId,
    group: MlsGroup,
    head: LogHead,
    previous: Option<LogHead>,
    counter: u64,
    has_spoken: bool,
    /// How many messages of others are in the log, by leaf.
    counters: BTreeMap<u32, u64>,
}

/// What a Commit is to do. By default: nothing but a new path.
#[derive(Default)]
pub struct Plan {
    /// Devices to add.
    pub adds: Vec<KeyPackage>,
    /// Leaves to remove.
    pub removals: Vec<u32>,
    /// The whole context to install.
    pub context: Option<Extensions<GroupContext>>,
    /// Whether it refers to the proposals that this member sent before.
    pub with_stored: bool,
    /// Any other proposals.
    pub others: Vec<Proposal>,
    /// The credential and key of the new leaf, if not the old ones.
    pub leaf: Option<CredentialWithKey>,
    /// The key of the new leaf, if not the old one.
    pub leaf_key: Option<SigningKey>,
    /// The day that the Commit says, if not today.
    pub sent_on: Option<UnixSeconds>,
    /// The log that the Commit describes, if not the one that there is.
    pub seen: Option<LogHead>,
    /// What it tells those whom it adds, if not the truth.
    pub handover: Option<Handover>,
    /// Whether it tells them nothing.
    pub is_silent: bool,
}

impl Rogue {
    /// A device of a new account with this identity, properly certified.
    pub fn new(world: &mut World, holder: &Holder) -> Self {
        Self::on(RawDevice::new(world, holder))
    }

    /// On these keys.
    pub fn on(device: RawDevice) -> Self {
        let forgery = Forgery::default();
        let inner = DeviceSigner::from_seed(&device.device_key.to_bytes());
        let signer = ForgingSigner { inner, forgery: forgery.clone() };
        let provider = ForgingProvider::new(forgery.clone());
        Self { device, signer, provider, forgery, seat: None }
    }

    /// Another device of its account, in the newest device list of both.
    pub fn sibling(&mut self, world: &mut World) -> Self {
        let certificate = self.device.chain.account().to_vec();
        Self::on(RawDevice::with_account(world, self.device.account_key.clone(), &certificate))
    }

    /// Its account.
    pub fn account(&self) -> AccountId {
        self.device.account
    }

    /// Its credential and key.
    pub fn credential(&self) -> CredentialWithKey {
        credential(&self.device.chain, self.device.device())
    }

    /// A chain for its device key, certified until so many days from now.
    pub fn chain_for(&self, world: &mut World, days: u64) -> UnverifiedChain {
        let now = world.clock.read();
        let der = self.device.chain.account().to_vec();
        let account = AccountCertificate::verify(&der, &world.anchor, now).expect("a certificate");
        let serial = serial(world.rng());
        let signing = &self.device.account_key;
        let leaf = issue::device(&account, signing, self.device.device(), serial, validity(now, days));
        UnverifiedChain::new(leaf.expect("a leaf"), der)
    }

    /// A KeyPackage of its own.
    pub fn key_package(&self) -> KeyPackage {
        self.key_package_with(self.credential())
    }

    /// A KeyPackage with any credential.
    pub fn key_package_with(&self, credential: CredentialWithKey) -> KeyPackage {
        let bundle = key_package_builder().build(SUITE, &self.provider, &self.signer, credential);
        bundle.expect("a KeyPackage").key_package().clone()
    }

    /// What the relay is to hand out of this account: these KeyPackages, as this device's.
    pub fn offer(&self, key_packages: &[KeyPackage]) -> ClaimedKeyPackages {
        let packages = key_packages.iter().map(|key_package| ClaimedKeyPackage {
            device: self.device.device(),
            key_package: encoded(key_package).into(),
        });
        ClaimedKeyPackages { device_list: self.device.list.to_unverified(), key_packages: packages.collect() }
    }

    /// Publishes a KeyPackage.
    pub fn publish(&self, rig: &mut Rig) {
        rig.supply(self.account(), self.offer(&[self.key_package()]));
    }

    /// A charter that says what it likes, signed with this device's key and chain.
    pub fn charter(&self, opening: Opening, mode: AnswerMode) -> Charter {
        // Nobody asks whether it is one.
        let claimed = Actor { account: self.account(), role: Role::Professional };
        let grant = policy::open_thread(claimed).expect("a claim");
        Charter::sign(grant, opening, mode, self.device.chain.clone(), &self.device.device_key)
    }

    /// The opening of a thread with these patients, as this account's.
    pub fn opening(&self, thread: ThreadId, patients: &[AccountId], at: UnixSeconds) -> Opening {
        let mut patients = patients.to_vec();
        patients.sort_unstable();
        let opener = self.account();
        Opening { version: CHARTER_VERSION, suite: SUITE_ID, thread, opener, patients, opened_at: at }
    }

    /// Makes the group of a thread with this charter, and is alone in it.
    pub fn found(&mut self, thread: ThreadId, charter: Vec<u8>) {
        let config = create_config(charter).expect("a charter fits");
        let id = GroupId::from_slice(thread.as_bytes());
        let group = MlsGroup::new_with_group_id(&self.provider, &self.signer, &config, id, self.credential());
        let head = LogHead { seq: Seq::START, hash: [0; 32] };
        let group = group.expect("a group");
        self.sit(thread, group, head);
    }

    /// Opens the thread that it has founded: adds these devices, and says something, or nothing.
    pub fn open(&mut self, world: &mut World, rig: &mut Rig, added: Vec<KeyPackage>, text: Option<&str>) {
        let devices = added.iter().map(device_of).collect();
        let (commit, welcome) = self.commit(world, Plan { adds: added, ..Plan::default() });
        self.merge(Seq(1));
        let mut envelopes = vec![NewEnvelope { kind: EnvelopeKind::Handshake, payload: commit.into() }];
        if let Some(text) = text {
            let payload = self.payload(world, text);
            let message = self.seal(&payload);
            envelopes.push(NewEnvelope { kind: EnvelopeKind::Application, payload: message.into() });
        }
        let welcomes = vec![NewWelcome { devices, payload: welcome.expect("a Welcome").into() }];
        rig.open(self.thread(), envelopes, welcomes);
        self.catch_up(rig);
    }

    /// Joins by the Welcome that came last.
    pub fn join(&mut self, rig: &Rig) {
        let item = rig.inbox(self.device.device()).pop().expect("a Welcome");
        let welcome = welcome_in(item.payload.as_slice());
        let staged = StagedWelcome::new_from_welcome(&self.provider, &join_config(), welcome, None);
        let group = staged.expect("a Welcome").into_group(&self.provider).expect("a group");
        let head = LogHead::seed(&item.thread, group.epoch_authenticator().as_slice(), item.seq);
        self.sit(item.thread, group, head);
        self.catch_up(rig);
    }

    fn sit(&mut self, thread: ThreadId, group: MlsGroup, head: LogHead) {
        self.seat = Some(Seat {
            thread,
            group,
            head,
            previous: None,
            counter: 0,
            has_spoken: false,
            counters: BTreeMap::new(),
        });
    }

    fn seat(&mut self) -> &mut Seat {
        self.seat.as_mut().expect("it is in a thread")
    }

    /// Its thread.
    pub fn thread(&mut self) -> ThreadId {
        self.seat().thread
    }

    /// Its group.
    pub fn group(&mut self) -> &mut MlsGroup {
        &mut self.seat().group
    }

    /// The log as it has it.
    pub fn head(&mut self) -> LogHead {
        self.seat().head
    }

    /// The leaf of a device.
    pub fn leaf_of(&mut self, device: DeviceKey) -> u32 {
        let mut members = self.group().members();
        members.find(|member| member.signature_key == device.as_bytes()).expect("a member").index.u32()
    }

    /// The charter of its thread.
    pub fn charter_in_force(&mut self, world: &World) -> Charter {
        let thread = self.thread();
        let found = self.group().extensions().iter().find_map(|extension| match extension {
            Extension::Unknown(_, content) => UnverifiedCharter::from_bytes(&content.0).ok(),
            _ => None,
        });
        found.expect("a charter").verify(thread, &world.anchor).expect("it verifies").0
    }

    /// The context of its thread with another mode.
    pub fn context_with_mode(&mut self, world: &World, mode: AnswerMode) -> Extensions<GroupContext> {
        let charter = self.charter_in_force(world).with_mode(mode);
        group_context_extensions(charter.to_bytes()).expect("a charter fits")
    }

    /// Reads the log to its end, and merges the Commits of others that honest devices have not refused.
    pub fn catch_up(&mut self, rig: &Rig) {
        let (thread, after) = (self.thread(), self.head().seq);
        for envelope in rig.log(thread).iter().filter(|envelope| envelope.seq > after) {
            let payload = envelope.payload.as_slice();
            let is_refused = rig.refused.contains(&(thread, envelope.seq));
            if is_refused || !self.read_other(payload, envelope.seq) {
                let seat = self.seat();
                seat.head = seat.head.chain(envelope.kind.number(), payload);
            }
        }
    }

    /// Reads an envelope of another member; says whether it was a Commit, which is merged.
    fn read_other(&mut self, payload: &[u8], seq: Seq) -> bool {
        let Some(message) = protocol_message(payload) else { return false };
        let Self { seat, provider, .. } = self;
        let group = &mut seat.as_mut().expect("it is in a thread").group;
        let Ok(processed) = group.process_message(provider, message) else { return false };
        let Sender::Member(leaf) = *processed.sender() else { return false };
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(provider, *staged).expect("it merges");
                self.begin_epoch(seq);
                true
            }
            ProcessedMessageContent::ApplicationMessage(message) => {
                if let Some(payload) = payload_in(&message.into_bytes()) {
                    self.seat().counters.insert(leaf.u32(), payload.counter);
                }
                false
            }
            _ => false,
        }
    }

    /// Whether it can still make anything of an envelope.
    pub fn reads(&mut self, payload: &[u8]) -> bool {
        let Self { seat, provider, .. } = self;
        let group = &mut seat.as_mut().expect("it was in a thread").group;
        protocol_message(payload).is_some_and(|message| group.process_message(provider, message).is_ok())
    }

    /// Merges the Commit that it made last, as if the log had shown it here.
    pub fn merge(&mut self, seq: Seq) {
        let Self { seat, provider, .. } = self;
        let group = &mut seat.as_mut().expect("it is in a thread").group;
        group.merge_pending_commit(provider).expect("it merges");
        self.begin_epoch(seq);
    }

    fn begin_epoch(&mut self, seq: Seq) {
        let seat = self.seat();
        seat.previous = (seat.head.seq > Seq::START).then_some(seat.head);
        seat.head = LogHead::seed(&seat.thread, seat.group.epoch_authenticator().as_slice(), seq);
        seat.has_spoken = false;
    }

    /// Makes a Commit, and leaves it pending. Returns it and its Welcome in their buckets.
    pub fn commit(&mut self, world: &World, plan: Plan) -> (Vec<u8>, Option<Vec<u8>>) {
        let today = UnixSeconds(world.clock.read().day() * SECONDS_PER_DAY);
        let own = self.credential();
        // The opening adds, too, and there is nothing to tell yet.
        let tells = !plan.adds.is_empty() && !plan.is_silent && self.head().seq > Seq::START;
        let context = plan.context.or_else(|| tells.then(|| self.context_that_tells(world, plan.handover)));
        let Self { seat, provider, signer, .. } = self;
        let seat = seat.as_mut().expect("it is in a thread");
        let header =
            CommitHeader { sent_on: plan.sent_on.unwrap_or(today), seen: plan.seen.unwrap_or(seat.head) };
        let group = &mut seat.group;
        group.clear_pending_commit(provider.storage()).expect("nothing is pending");
        group.set_aad(codec::encode(&header));
        let mut builder = group
            .commit_builder()
            .consume_proposal_store(plan.with_stored)
            .force_self_update(true)
            .propose_adds(plan.adds)
            .propose_removals(plan.removals.into_iter().map(LeafNodeIndex::new))
            .add_proposals(plan.others);
        if let Some(context) = context {
            builder = builder.propose_group_context_extensions(context).expect("a context");
        }
        let own = plan.leaf.unwrap_or(own);
        let Some(key) = plan.leaf_key else {
            let leaf = LeafNodeParameters::builder().with_credential_with_key(own).build();
            let loaded = builder.leaf_node_parameters(leaf).load_psks(provider.storage());
            let built =
                loaded.expect("its own secrets").build(provider.rand(), provider.crypto(), signer, |_| true);
            return staged(built.expect("openmls lets it"), provider);
        };
        let other = DeviceSigner::from_seed(&key.to_bytes());
        let other = NewSignerBundle { signer: &other, credential_with_key: own };
        let loaded = builder.load_psks(provider.storage()).expect("its own secrets");
        let crypto = provider.crypto();
        let built = loaded.build_with_new_signer(provider.rand(), crypto, signer, other, |_| true);
        staged(built.expect("openmls lets it"), provider)
    }

    /// Makes a Commit that is signed and not encrypted.
    pub fn commit_in_the_clear(&mut self, world: &World) -> Vec<u8> {
        let clear = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        self.configure(&clear);
        let (commit, _) = self.commit(world, Plan::default());
        self.configure(&join_config());
        commit
    }

    fn configure(&mut self, config: &MlsGroupJoinConfig) {
        let Self { seat, provider, .. } = self;
        let group = &mut seat.as_mut().expect("it is in a thread").group;
        group.set_configuration(provider.storage(), config).expect("it is in memory");
    }

    /// Proposes, outside a Commit, to add a device.
    pub fn propose_add(&mut self, key_package: &KeyPackage) -> Vec<u8> {
        let Self { seat, provider, signer, .. } = self;
        let group = &mut seat.as_mut().expect("it is in a thread").group;
        let proposed = group.propose_add_member(provider, signer, key_package);
        bucket(&proposed.expect("openmls lets it").0)
    }

    /// What a newcomer needs for joining from outside, as only a member can leak it.
    pub fn leak_group_info(&mut self) -> openmls::messages::group_info::VerifiableGroupInfo {
        let Self { seat, provider, signer, .. } = self;
        let group = &seat.as_ref().expect("it is in a thread").group;
        let info = group.export_group_info(provider.crypto(), signer, true).expect("a GroupInfo");
        let message = MlsMessageIn::tls_deserialize_exact_bytes(&encoded(&info)).expect("a message");
        match message.extract() {
            MlsMessageBodyIn::GroupInfo(info) => info,
            _ => panic!("not a GroupInfo"),
        }
    }

    /// Makes a Commit, puts it in the log, and merges it.
    pub fn commit_for_good(&mut self, world: &World, rig: &mut Rig, plan: Plan) -> Option<Vec<u8>> {
        let (commit, welcome) = self.commit(world, plan);
        let seq = rig.append(self.thread(), EnvelopeKind::Handshake, commit);
        self.merge(seq);
        welcome
    }

    /// Its next message, as an honest member would write it.
    pub fn payload(&mut self, world: &mut World, text: &str) -> Payload {
        let body = Body::text([0; 16], text.to_owned());
        self.payload_of(world, body)
    }

    /// Its next message.
    pub fn payload_of(&mut self, world: &mut World, body: Body) -> Payload {
        let mut message = [0; 16];
        world.rng().fill_bytes(&mut message);
        let sent_at = world.clock.read();
        let seat = self.seat();
        Payload {
            message: MessageId::new(message),
            thread: seat.thread,
            counter: seat.counter + 1,
            sent_at,
            seen: seat.head,
            previous: seat.previous.filter(|_| !seat.has_spoken),
            body,
        }
    }

    /// Encrypts a message to its bucket, whatever it says.
    pub fn seal(&mut self, payload: &Payload) -> Vec<u8> {
        let minimum = match payload.body {
            Body::Content(_) | Body::Again { .. } => ENVELOPE_MIN_BYTES,
            Body::Control(_) => CONTROL_ENVELOPE_BYTES,
        };
        let seat = self.seat();
        (seat.counter, seat.has_spoken) = (payload.counter, true);
        self.seal_bytes(&codec::encode(payload), minimum)
    }

    /// Encrypts any bytes to a bucket of at least this size.
    pub fn seal_bytes(&mut self, bytes: &[u8], minimum: usize) -> Vec<u8> {
        let inside = pad_inside(bytes, minimum, ENVELOPE_MAX_BYTES).expect("it fits");
        let Self { seat, provider, signer, .. } = self;
        let group = &mut seat.as_mut().expect("it is in a thread").group;
        group.set_aad(Vec::new());
        let sealed = group.create_message(provider, signer, &inside).expect("it encrypts");
        let bytes = sealed.tls_serialize_detached().expect("it encodes");
        pad(&bytes, minimum, ENVELOPE_MAX_BYTES).expect("it fits")
    }
}

/// A chain and a key as MLS has them: two DER certificates, leaf first. Nobody checks that they belong together.
pub fn credential(chain: &UnverifiedChain, device: DeviceKey) -> CredentialWithKey {
    let certificates = [chain.leaf(), chain.account()].map(|der| encoded(&VLBytes::new(der.to_vec())));
    CredentialWithKey {
        credential: Credential::new(CredentialType::X509, certificates.concat()),
        signature_key: device.as_bytes().to_vec().into(),
    }
}

fn staged(
    built: CommitBuilder<'_, Complete, &mut MlsGroup>,
    provider: &ForgingProvider,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let bundle = built.stage_commit(provider).expect("it is staged");
    let (commit, welcome, _) = bundle.into_messages();
    (bucket(&commit), welcome.map(|welcome| bucket(&welcome)))
}

/// An MLS message in its bucket.
pub fn bucket(message: &MlsMessageOut) -> Vec<u8> {
    pad(&encoded(message), ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES).expect("it fits")
}

/// The device that a KeyPackage is of.
pub fn device_of(key_package: &KeyPackage) -> DeviceKey {
    let key = key_package.leaf_node().signature_key().as_slice();
    DeviceKey::new(key.try_into().expect("an Ed25519 key"))
}

/// The KeyPackages in a claim.
pub fn key_packages(claimed: &ClaimedKeyPackages) -> Vec<KeyPackage> {
    let crypto = openmls_rust_crypto::RustCrypto::default();
    let read = |claimed: &ClaimedKeyPackage| {
        let bytes = claimed.key_package.as_slice();
        let key_package = KeyPackageIn::tls_deserialize_exact_bytes(bytes).expect("a KeyPackage");
        key_package.validate(&crypto, ProtocolVersion::Mls10).expect("a good one")
    };
    claimed.key_packages.iter().map(read).collect()
}
