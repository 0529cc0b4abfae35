//! The relay in process: a tenant, people with devices, connections without sockets, a clock that is moved by hand.

mod blindness;
mod blobs;
mod key_packages;
mod letters;
mod lifecycle;
mod linking;
mod log;
mod opening;
mod quotas;
mod restored;
mod sign_in;
mod socket;
mod sync;
mod terms;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::issue::{self, AccountSubject, Validity};
use colloque_schemas::certificate::{
    AccountCertificate, Holder, ProfessionalIdentity, TrustAnchor, UnverifiedChain,
};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{
    Append, Appended, Challenge, ClientFrame, Cursor, Event, OpenThread, Page, Request, RequestId, Response,
    ServerFrame, SignIn, SignedIn, Sync,
};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, IdempotencyId, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Role;
use colloque_schemas::sign_in::{ChannelBinding, SignInStatement};
use colloque_schemas::signed::Statement;
use colloque_schemas::time::UnixSeconds;
use ed25519_dalek::SigningKey;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::writer::Job;
use super::{Config, End, OutboxReader, Outgoing, Relay, Session, store};
use crate::clock::Clock;

pub(super) const NAME: &str = "relay.test";
pub(super) const BINDING: ChannelBinding = ChannelBinding([9; 32]);
pub(super) const START: UnixSeconds = UnixSeconds(1_800_000_000);
const YEAR_SECONDS: u64 = 365 * 86_400;

/// A clock that stands still until it is moved.
pub(super) struct HandClock(AtomicU64);

impl HandClock {
    pub(super) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> UnixSeconds {
        UnixSeconds(self.0.load(Ordering::Relaxed))
    }
}

/// One tenant with one relay.
pub(super) struct World {
    pub(super) data: TempDir,
    pub(super) clock: Arc<HandClock>,
    pub(super) relay: Relay,
    anchor: TrustAnchor,
    tenant_key: SigningKey,
}

impl World {
    pub(super) async fn new() -> Self {
        let tenant_key = SigningKey::from_bytes(&[1; 32]);
        let validity = Validity { not_before: START, not_after: START.plus(5 * YEAR_SECONDS) };
        let anchor = issue::tenant("Test", &tenant_key, [1; 16], validity).unwrap();
        let anchor = TrustAnchor::from_der(&anchor).unwrap();
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicU64::new(START.0)));
        let relay = Relay::open(config(&data, &anchor), Arc::<HandClock>::clone(&clock)).await.unwrap();
        Self { data, clock, relay, anchor, tenant_key }
    }

    /// Stops the relay and starts another in the same folder. Callers have to be gone.
    pub(super) async fn restart(self) -> Self {
        self.restart_with(|_| ()).await
    }

    /// As [`Self::restart`], set up otherwise.
    pub(super) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        self.restart_by(change, async |_| ()).await
    }

    /// As [`Self::restart`], and does something to the folder while no relay uses it.
    pub(super) async fn restart_after(self, meanwhile: impl AsyncFnOnce(&Path)) -> Self {
        self.restart_by(|_| (), meanwhile).await
    }

    async fn restart_by(self, change: impl FnOnce(&mut Config), meanwhile: impl AsyncFnOnce(&Path)) -> Self {
        let Self { data, clock, relay, anchor, tenant_key } = self;
        relay.stop().await;
        drop(relay);
        meanwhile(data.path()).await;
        let mut config = config(&data, &anchor);
        change(&mut config);
        let relay = Relay::open(config, Arc::<HandClock>::clone(&clock)).await.unwrap();
        Self { data, clock, relay, anchor, tenant_key }
    }

    /// Removes what is from before this day.
    pub(super) async fn prune_before(&self, day: u64) {
        let (done, finished) = oneshot::channel();
        let day = i64::try_from(day).unwrap();
        self.relay.core.jobs.send(Job::Prune(day, done)).await.ok().unwrap();
        finished.await.unwrap();
    }

    /// A person with one device; `seed` makes all of its keys.
    pub(super) fn person(&self, role: Role, seed: u8) -> Person {
        let account_key = SigningKey::from_bytes(&[seed; 32]);
        let account = AccountId::new([seed ^ 0xa5; 16]);
        let holder = match role {
            Role::Professional => Holder::Professional(
                ProfessionalIdentity::new("Dr Ada", "Médecin", "10101234564".parse().unwrap()).unwrap(),
            ),
            Role::Patient => Holder::Patient,
        };
        let subject = AccountSubject {
            account,
            account_key: AccountKey::new(account_key.verifying_key().to_bytes()),
            holder: &holder,
        };
        let validity = Validity { not_before: START, not_after: START.plus(YEAR_SECONDS) };
        let certificate = issue::account(&self.anchor, &self.tenant_key, subject, [2; 16], validity).unwrap();
        let certificate = AccountCertificate::verify(&certificate, &self.anchor, START).unwrap();
        Person { account, account_key, certificate, seed, list_number: 1, listed: vec![0] }
    }

    /// A professional and a patient, signed in.
    pub(super) async fn pair(&self) -> (Caller, Caller) {
        let doctor = self.person(Role::Professional, 10);
        let patient = self.person(Role::Patient, 20);
        (self.caller(&doctor).await, self.caller(&patient).await)
    }

    pub(super) async fn caller(&self, person: &Person) -> Caller {
        self.caller_with(person, 0).await
    }

    pub(super) async fn caller_with(&self, person: &Person, device: u8) -> Caller {
        let mut caller = self.stranger().await;
        let sign_in = person.sign_in(device, &caller.challenge, NAME, BINDING);
        caller.account = person.account;
        caller.device = person.device_key(device);
        caller.signed_in = match caller.ask(Request::SignIn(sign_in)).await {
            Ok(Response::SignedIn(signed_in)) => Some(signed_in),
            other => panic!("{other:?}"),
        };
        caller
    }

    /// A connection that has not signed in.
    pub(super) async fn stranger(&self) -> Caller {
        let (session, mut outbox) = self.relay.connect(BINDING).unwrap();
        let challenge = match outbox.next().await {
            Outgoing::Frame(frame) => match codec::decode(&frame, FRAME_MAX_BYTES).unwrap() {
                ServerFrame::Challenge(challenge) => challenge,
                other => panic!("{other:?}"),
            },
            Outgoing::End(end) => panic!("{end:?}"),
        };
        let (account, device) = (AccountId::new([0; 16]), DeviceKey::new([0; 32]));
        Caller { session, outbox, challenge, account, device, signed_in: None, asked: 0, events: Vec::new() }
    }

    /// All rows of all tables, in hexadecimal.
    pub(super) async fn digest(&self) -> Vec<String> {
        let (mut connection, _) = store::open_to_read(self.data.path()).await.unwrap();
        let mut rows = Vec::new();
        for (table, columns) in [
            (
                "thread",
                "number, hex(id), handshake_head, terms_seq, mode, mode_until, pruned_through, oldest_day",
            ),
            ("access", "thread, hex(row_key), has_replied"),
            ("envelope", "place, kind, day, hex(idempotency), hex(payload)"),
            ("account", "hex(row_key), hex(sealed)"),
            ("inbox", "hex(device), last_number"),
            ("inbox_item", "hex(device), number, day, hex(sealed)"),
            ("key_package", "hex(device), is_last_resort, hex(row_key), day, hex(sealed)"),
            ("blob", "hex(row_key), size, day, is_whole"),
        ] {
            let sql = AssertSqlSafe(format!("SELECT concat_ws('|', {columns}) FROM {table} ORDER BY 1"));
            let found = sqlx::query_scalar::<_, String>(sql).fetch_all(&mut connection).await.unwrap();
            rows.extend(found.into_iter().map(|row| format!("{table}|{row}")));
        }
        rows
    }
}

fn config(data: &TempDir, anchor: &TrustAnchor) -> Config {
    Config::new(data.path().to_owned(), NAME.to_owned(), anchor.clone())
}

/// A person and the keys of all of its devices.
pub(super) struct Person {
    pub(super) account: AccountId,
    account_key: SigningKey,
    certificate: AccountCertificate,
    seed: u8,
    pub(super) list_number: u64,
    pub(super) listed: Vec<u8>,
}

impl Person {
    fn device_secret(&self, device: u8) -> SigningKey {
        let mut secret = [self.seed; 32];
        secret[0] = device;
        secret[1] = 0xdd;
        SigningKey::from_bytes(&secret)
    }

    pub(super) fn device_key(&self, device: u8) -> DeviceKey {
        DeviceKey::new(self.device_secret(device).verifying_key().to_bytes())
    }

    /// The certificates of a device, for so many days.
    pub(super) fn chain(&self, device: u8, days: u64) -> UnverifiedChain {
        let validity = Validity { not_before: START, not_after: START.plus(days * 86_400) };
        let device = self.device_key(device);
        let leaf = issue::device(&self.certificate, &self.account_key, device, [3; 16], validity).unwrap();
        UnverifiedChain::new(leaf, self.certificate.as_der().to_vec())
    }

    /// The device list as it is now.
    pub(super) fn list(&self) -> DeviceList {
        let devices = self.listed.iter().map(|device| self.device_key(*device)).collect();
        DeviceList::sign(self.account, self.list_number, devices, &self.account_key).unwrap()
    }

    /// Signs the next device list.
    pub(super) fn lists(&mut self, devices: &[u8]) {
        self.list_number += 1;
        self.listed = devices.to_vec();
    }

    pub(super) fn sign_in(
        &self,
        device: u8,
        challenge: &Challenge,
        relay_name: &str,
        channel_binding: ChannelBinding,
    ) -> SignIn {
        let statement = SignInStatement {
            relay_name: relay_name.to_owned(),
            nonce: challenge.nonce,
            version: PROTOCOL_VERSION,
            channel_binding,
        };
        SignIn {
            version: PROTOCOL_VERSION,
            chain: self.chain(device, 60),
            device_list: self.list().to_unverified(),
            signature: statement.sign(&self.device_secret(device)),
        }
    }
}

/// One end of a connection.
pub(super) struct Caller {
    pub(super) session: Session,
    pub(super) outbox: OutboxReader,
    pub(super) challenge: Challenge,
    pub(super) account: AccountId,
    pub(super) device: DeviceKey,
    pub(super) signed_in: Option<SignedIn>,
    pub(super) events: Vec<Event>,
    asked: u32,
}

impl Caller {
    /// Sends a request without waiting for the reply.
    pub(super) async fn send(&mut self, request: Request) -> RequestId {
        self.asked += 1;
        let id = RequestId(self.asked);
        self.session.receive(&codec::encode(&ClientFrame { id, request })).await;
        id
    }

    pub(super) async fn next(&mut self) -> ServerFrame {
        match self.outbox.next().await {
            Outgoing::Frame(frame) => codec::decode(&frame, FRAME_MAX_BYTES).unwrap(),
            Outgoing::End(end) => panic!("ended: {end:?}"),
        }
    }

    pub(super) async fn ask(&mut self, request: Request) -> Result<Response, Refusal> {
        let asked = self.send(request).await;
        self.reply(asked).await
    }

    /// The reply to a request; events before it are kept.
    pub(super) async fn reply(&mut self, asked: RequestId) -> Result<Response, Refusal> {
        loop {
            match self.next().await {
                ServerFrame::Reply { id, response } if id == asked => return Ok(response),
                ServerFrame::Refused { id, refusal } if id == Some(asked) => return Err(refusal),
                ServerFrame::Event(event) => self.events.push(event),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next event, also one that came before a reply.
    pub(super) async fn event(&mut self) -> Event {
        if !self.events.is_empty() {
            return self.events.remove(0);
        }
        match self.next().await {
            ServerFrame::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// Whether nothing waits, after everything before has been done.
    pub(super) async fn is_silent(&mut self) -> bool {
        self.ask(Request::AcknowledgeInbox(Default::default())).await.unwrap();
        self.events.is_empty() && self.outbox.try_next().is_none()
    }

    pub(super) async fn end(&mut self) -> End {
        loop {
            if let Outgoing::End(end) = self.outbox.next().await {
                return end;
            }
        }
    }

    pub(super) async fn open(&mut self, thread: u8, mode: AnswerMode, others: &[&Caller]) -> Appended {
        appended(self.ask(Request::OpenThread(opening(thread, mode, self, others))).await).unwrap()
    }

    pub(super) async fn append(&mut self, append: Append) -> Result<Appended, Refusal> {
        appended(self.ask(Request::Append(append)).await)
    }

    pub(super) async fn sync(&mut self, threads: &[(u8, u64)]) -> Page {
        let threads = threads
            .iter()
            .map(|(thread, after)| Cursor { thread: thread_id(*thread), after: Seq(*after) })
            .collect();
        let sync = Sync { threads, inbox_after: Default::default() };
        match self.ask(Request::Sync(sync)).await {
            Ok(Response::Page(page)) => page,
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn appended(reply: Result<Response, Refusal>) -> Result<Appended, Refusal> {
    match reply? {
        Response::Appended(appended) => Ok(appended),
        other => panic!("{other:?}"),
    }
}

pub(super) const fn thread_id(thread: u8) -> ThreadId {
    ThreadId::new([thread; 16])
}

pub(super) fn envelope(kind: EnvelopeKind, fill: u8) -> NewEnvelope {
    NewEnvelope { kind, payload: vec![fill; 1024].into() }
}

/// An opening with a Commit, one message, and a Welcome for the devices of the others.
pub(super) fn opening(thread: u8, mode: AnswerMode, opener: &Caller, others: &[&Caller]) -> OpenThread {
    let devices: Vec<DeviceKey> = others.iter().map(|other| other.device).collect();
    OpenThread {
        thread: thread_id(thread),
        idempotency: IdempotencyId::new([thread; 16]),
        access: std::iter::once(opener.account).chain(others.iter().map(|other| other.account)).collect(),
        mode,
        envelopes: vec![envelope(EnvelopeKind::Handshake, 1), envelope(EnvelopeKind::Application, 2)],
        welcomes: if devices.is_empty() {
            vec![]
        } else {
            vec![NewWelcome { devices, payload: vec![3; 2048].into() }]
        },
    }
}

/// An append whose idempotency id and payload are made of `fill`.
pub(super) fn append(thread: u8, kind: EnvelopeKind, head: u64, fill: u8) -> Append {
    Append {
        thread: thread_id(thread),
        idempotency: IdempotencyId::new([fill; 16]),
        handshake_head: Seq(head),
        envelope: envelope(kind, fill),
        welcomes: vec![],
        grant: vec![],
        read_through: None,
    }
}

pub(super) const fn refused(code: RefusalCode) -> Refusal {
    Refusal::never(code)
}
