//! A relay that checks nothing and does what the test says: the malicious relay, which colludes with whom the test
//! likes. What honest devices still refuse behind it, they refuse on their own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::device_list::UnverifiedDeviceList;
use colloque_schemas::envelope::{Envelope, EnvelopeKind, InboxItem, InboxSeq, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{
    Append, Appended, Challenge, ClaimedKeyPackage, ClaimedKeyPackages, ClientFrame, Event, Page, Request,
    Response, ServerFrame, SignedIn, Sync, ThreadPage,
};
use colloque_schemas::id::{AccountId, BlobId, DeviceKey, Incarnation, KeyHash, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, KEY_PACKAGES_LOW, PROTOCOL_VERSION};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::sign_in::{ChannelBinding, Nonce};
use sha2::{Digest, Sha256};

use crate::cast::Person;
use crate::clock::HandClock;
use crate::world::RELAY_NAME;

/// The malicious relay.
pub struct Rig {
    clock: HandClock,
    logs: BTreeMap<ThreadId, Vec<Envelope>>,
    inboxes: BTreeMap<DeviceKey, Vec<InboxItem>>,
    supplies: BTreeMap<AccountId, Supply>,
    readers: BTreeMap<DeviceKey, Reader>,
    swapped: BTreeMap<(DeviceKey, ThreadId, Seq), Envelope>,
    withheld: BTreeSet<(DeviceKey, ThreadId, Seq)>,
    /// What is said to everyone who posts an envelope of this kind.
    pub refusing: Option<(EnvelopeKind, Refusal)>,
    /// Chunks of blobs, for the test to alter.
    pub blobs: BTreeMap<BlobId, Vec<Vec<u8>>>,
    /// Whether a Commit with Welcomes is taken although something came after what its sender had read.
    pub lets_slip: bool,
    /// Envelopes that honest devices have refused: rogues do not follow them either.
    pub refused: BTreeSet<(ThreadId, Seq)>,
}

#[derive(Default)]
struct Supply {
    list: Option<UnverifiedDeviceList>,
    key_packages: BTreeMap<DeviceKey, VecDeque<Opaque>>,
}

#[derive(Default)]
struct Reader {
    logs: BTreeMap<ThreadId, Seq>,
    inbox: InboxSeq,
}

impl Rig {
    /// A relay without anything in it.
    pub fn new(clock: HandClock) -> Self {
        Self {
            clock,
            logs: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            supplies: BTreeMap::new(),
            readers: BTreeMap::new(),
            swapped: BTreeMap::new(),
            withheld: BTreeSet::new(),
            refusing: None,
            blobs: BTreeMap::new(),
            lets_slip: false,
            refused: BTreeSet::new(),
        }
    }

    /// Connects an honest device.
    pub fn connect(&mut self, person: &mut Person) {
        person.wire = None;
        let device = person.client().own().device;
        self.readers.insert(device, Reader::default());
        person.client().connection_opened(ChannelBinding([0; 32]));
        let challenge =
            Challenge { version: PROTOCOL_VERSION, nonce: Nonce([0; 32]), relay_name: RELAY_NAME.to_owned() };
        self.hand(person, &ServerFrame::Challenge(challenge));
        self.settle(&mut [person]);
    }

    /// Carries frames to and fro until none is under way.
    pub fn settle(&mut self, people: &mut [&mut Person]) {
        for _ in 0..1000 {
            let moved = people.iter_mut().fold(false, |moved, person| moved | self.step(person));
            if !moved {
                return;
            }
        }
        panic!("frames keep moving");
    }

    fn step(&mut self, person: &mut Person) -> bool {
        let now = self.clock.read();
        let own = person.client().own();
        let told = person.client().poll(now).expect("the client can prepare what waits");
        person.told.extend(told);
        let frames = person.client().take_outgoing();
        let mut moved = !frames.is_empty();
        for frame in frames {
            let ClientFrame { id, request } = codec::decode(&frame, FRAME_MAX_BYTES).expect("a frame");
            let reply = match self.answer(own.account, own.device, request) {
                Ok(response) => ServerFrame::Reply { id, response },
                Err(refusal) => ServerFrame::Refused { id: Some(id), refusal },
            };
            self.hand(person, &reply);
        }
        for event in self.news(own.device) {
            moved = true;
            self.hand(person, &ServerFrame::Event(event));
        }
        moved
    }

    /// Gives a device any frame. No frame that a relay may send ends an honest device's connection.
    pub fn hand(&self, person: &mut Person, frame: &ServerFrame) {
        let told = person.client().receive(&codec::encode(frame), self.clock.read());
        person.told.extend(told.expect("the frame is taken"));
    }

    fn answer(
        &mut self,
        account: AccountId,
        device: DeviceKey,
        request: Request,
    ) -> Result<Response, Refusal> {
        match request {
            Request::SignIn(sign_in) => {
                let supply = self.supplies.entry(account).or_default();
                supply.list = Some(sign_in.device_list);
                let left = supply.key_packages.get(&device).map_or(0, VecDeque::len);
                let key_packages_left = u32::try_from(left).unwrap_or(u32::MAX);
                let has_last_resort = key_packages_left >= KEY_PACKAGES_LOW;
                let relay_at = self.clock.read();
                let incarnation = Incarnation::new([1; 16]);
                let (device_list, leaf) = (None, None);
                Ok(Response::SignedIn(SignedIn {
                    relay_at,
                    key_packages_left,
                    has_last_resort,
                    incarnation,
                    device_list,
                    leaf,
                }))
            }
            Request::OpenThread(opening) => {
                let seq = self.open(opening.thread, opening.envelopes, opening.welcomes);
                Ok(self.appended(opening.thread, seq))
            }
            Request::Append(append) => self.take(append),
            Request::Restore(_) => Err(Refusal::never(RefusalCode::PlaceTaken)),
            Request::Sync(sync) => Ok(Response::Page(self.page(device, &sync))),
            Request::PublishKeyPackages(published) => {
                let packages = published.one_time.into_iter().chain(published.last_resort);
                let supply = self.supplies.entry(account).or_default();
                supply.key_packages.entry(device).or_default().extend(packages);
                Ok(Response::Done)
            }
            Request::ClaimKeyPackages(of) => Ok(Response::KeyPackages(self.claim(of))),
            Request::AcknowledgeInbox(_)
            | Request::AssertTerms(_)
            | Request::PublishDevices(_)
            | Request::SendLetter(_) => Ok(Response::Done),
            Request::PutLink { .. } | Request::TakeLink { .. } | Request::EndLink(_) => {
                Err(Refusal::never(RefusalCode::LinkOver))
            }
            Request::PutChunk(put) => {
                self.blobs.entry(put.blob).or_default().push(put.chunk.into_vec());
                Ok(Response::Done)
            }
            Request::AskBlob(blob) => {
                let chunks = self.blobs.get(&blob).map_or(0, Vec::len);
                Ok(Response::NextChunk(u32::try_from(chunks).expect("few chunks")))
            }
            Request::TakeChunk { blob, index } => {
                let chunk = self.blobs.get(&blob).and_then(|chunks| chunks.get(index as usize));
                let chunk = chunk.ok_or(Refusal::never(RefusalCode::NoSuchBlob))?;
                Ok(Response::Chunk(chunk.clone().into()))
            }
        }
    }

    fn take(&mut self, append: Append) -> Result<Response, Refusal> {
        if let Some((kind, refusal)) = self.refusing
            && kind == append.envelope.kind
        {
            return Err(refusal);
        }
        let head = self.handshake_head(append.thread);
        if append.handshake_head != head {
            return Err(Refusal::head_stale(head));
        }
        let last = Seq(self.log(append.thread).len() as u64);
        if append.read_through.is_some_and(|through| through != last) && !self.lets_slip {
            return Err(Refusal::head_stale(last));
        }
        let seq = self.append(append.thread, append.envelope.kind, append.envelope.payload.into_vec());
        self.invite(append.thread, seq, append.welcomes);
        Ok(self.appended(append.thread, seq))
    }

    fn appended(&self, thread: ThreadId, seq: Seq) -> Response {
        let envelope = self.logs[&thread].last().expect("an envelope");
        let payload_hash = KeyHash::new(Sha256::digest(envelope.payload.as_slice()).into());
        Response::Appended(Appended { seq, payload_hash })
    }

    /// Begins a log, whoever asks for it.
    pub fn open(&mut self, thread: ThreadId, envelopes: Vec<NewEnvelope>, welcomes: Vec<NewWelcome>) -> Seq {
        let mut last = Seq::START;
        for envelope in envelopes {
            last = self.append(thread, envelope.kind, envelope.payload.into_vec());
        }
        self.invite(thread, Seq(1), welcomes);
        last
    }

    /// Puts anything at the end of a log.
    pub fn append(&mut self, thread: ThreadId, kind: EnvelopeKind, payload: Vec<u8>) -> Seq {
        let log = self.logs.entry(thread).or_default();
        let seq = Seq(log.len() as u64 + 1);
        log.push(Envelope { seq, kind, payload: payload.into() });
        seq
    }

    /// Puts anything in the inboxes of devices, as the Welcome of the Commit at this place.
    pub fn invite(&mut self, thread: ThreadId, seq: Seq, welcomes: Vec<NewWelcome>) {
        for NewWelcome { devices, payload } in welcomes {
            for device in devices {
                let inbox = self.inboxes.entry(device).or_default();
                let number = InboxSeq(inbox.len() as u64 + 1);
                inbox.push(InboxItem { number, thread, seq, payload: payload.clone() });
            }
        }
    }

    /// What is in a device's inbox.
    pub fn inbox(&self, device: DeviceKey) -> Vec<InboxItem> {
        self.inboxes.get(&device).cloned().unwrap_or_default()
    }

    /// A log, as everyone but the deceived sees it.
    pub fn log(&self, thread: ThreadId) -> &[Envelope] {
        self.logs.get(&thread).map_or(&[], Vec::as_slice)
    }

    /// From here on, this device is shown another envelope in this place: same kind, other bytes.
    pub fn deceive(&mut self, device: DeviceKey, thread: ThreadId, seq: Seq, payload: Vec<u8>) {
        let kind = EnvelopeKind::Application;
        self.swapped.insert((device, thread, seq), Envelope { seq, kind, payload: payload.into() });
    }

    /// From here on, this device is not shown what is, or will be, in this place, and everything after it one place earlier.
    pub fn withhold(&mut self, device: DeviceKey, thread: ThreadId, seq: Seq) {
        self.withheld.insert((device, thread, seq));
    }

    /// The last handshake of a log.
    pub fn handshake_head(&self, thread: ThreadId) -> Seq {
        let mut newest_first = self.log(thread).iter().rev();
        let handshake = newest_first.find(|envelope| envelope.kind == EnvelopeKind::Handshake);
        handshake.map_or(Seq::START, |envelope| envelope.seq)
    }

    /// Replaces what there is of an account: its device list, and KeyPackages of devices.
    pub fn supply(&mut self, account: AccountId, packages: ClaimedKeyPackages) {
        let supply = self.supplies.entry(account).or_default();
        supply.list = Some(packages.device_list);
        supply.key_packages.clear();
        for ClaimedKeyPackage { device, key_package } in packages.key_packages {
            supply.key_packages.entry(device).or_default().push_back(key_package);
        }
    }

    /// Hands out one KeyPackage of each device of an account, to anyone.
    pub fn claim(&mut self, account: AccountId) -> ClaimedKeyPackages {
        let supply = self.supplies.get_mut(&account).expect("the account was here");
        let one_each = supply.key_packages.iter_mut().filter_map(|(device, packages)| {
            Some(ClaimedKeyPackage { device: *device, key_package: packages.pop_front()? })
        });
        let key_packages = one_each.collect();
        ClaimedKeyPackages { device_list: supply.list.clone().expect("a device list"), key_packages }
    }

    fn shown(&self, device: DeviceKey, thread: ThreadId, after: Seq) -> Vec<Envelope> {
        let is_shown = |envelope: &&Envelope| !self.withheld.contains(&(device, thread, envelope.seq));
        let seen = |(place, envelope): (u64, &Envelope)| {
            let seen = self.swapped.get(&(device, thread, envelope.seq)).unwrap_or(envelope).clone();
            Envelope { seq: Seq(place), ..seen }
        };
        let shown = (1..).zip(self.log(thread).iter().filter(is_shown)).map(seen);
        shown.filter(|envelope| envelope.seq > after).collect()
    }

    fn page(&mut self, device: DeviceKey, sync: &Sync) -> Page {
        let mut threads = Vec::new();
        for cursor in &sync.threads {
            let envelopes = self.shown(device, cursor.thread, cursor.after);
            self.reader(device).logs.insert(cursor.thread, Seq(cursor.after.0 + envelopes.len() as u64));
            threads.push(ThreadPage::Envelopes { thread: cursor.thread, envelopes });
        }
        let mut inbox = self.inbox(device);
        inbox.retain(|item| item.number > sync.inbox_after);
        let reader = self.reader(device);
        reader.inbox = inbox.last().map_or(sync.inbox_after, |item| item.number);
        Page { threads, inbox, more: false }
    }

    fn reader(&mut self, device: DeviceKey) -> &mut Reader {
        self.readers.entry(device).or_default()
    }

    /// What a device has not been told yet of the logs that it follows, and of its inbox.
    fn news(&mut self, device: DeviceKey) -> Vec<Event> {
        let Some(reader) = self.readers.get(&device) else { return Vec::new() };
        let (followed, inbox_after) = (reader.logs.clone(), reader.inbox);
        let mut news = Vec::new();
        for (thread, after) in followed {
            for envelope in self.shown(device, thread, after) {
                self.reader(device).logs.insert(thread, envelope.seq);
                news.push(Event::Appended { thread, envelope });
            }
        }
        for item in self.inbox(device).into_iter().filter(|item| item.number > inbox_after) {
            self.reader(device).inbox = item.number;
            news.push(Event::Inbox(item));
        }
        news
    }
}
