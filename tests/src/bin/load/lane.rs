//! One thread with a sender, who is its professional, and recipients, who are its patients and follow it live.
//!
//! Each message carries when it was due. It is acknowledged when the sender has the relay's reply, and delivered when
//! a recipient's socket has it; it is finished when it is acknowledged and everyone has it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{EnvelopeKind, NewEnvelope};
use colloque_schemas::frame::{Append, Event, OpenThread, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::{AccountId, IdempotencyId, Seq, ThreadId};
use colloque_tests::world::Rng;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::process::RelayProcess;
use crate::tenant::{Device, Tenant, random};
use crate::timer::Timer;

/// Bytes of every message's envelope; a bucket.
pub(crate) const PAYLOAD_BYTES: usize = 1024;

/// When a sender sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As soon as fewer than this many of its messages are unfinished.
    Window(u64),
    /// One each `period`, the first after `offset`, whatever became of those before.
    Fixed {
        /// Between two of one sender's messages.
        period: Duration,
        /// Before its first.
        offset: Duration,
    },
}

/// What all lanes of a run write to.
pub(crate) struct Gauge {
    started: Instant,
    pub(crate) is_measuring: Cell<bool>,
    pub(crate) is_stopping: Cell<bool>,
    /// From due to acknowledged, in microseconds.
    pub(crate) acknowledged: RefCell<Vec<u32>>,
    /// From due to delivered, in microseconds.
    pub(crate) delivered: RefCell<Vec<u32>>,
}

impl Gauge {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            started: Instant::now(),
            is_measuring: Cell::new(false),
            is_stopping: Cell::new(false),
            acknowledged: RefCell::default(),
            delivered: RefCell::default(),
        })
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn note(&self, latencies: &RefCell<Vec<u32>>, due: Duration) {
        if self.is_measuring.get() {
            let latency = self.now().saturating_sub(due).as_micros();
            latencies.borrow_mut().push(u32::try_from(latency).unwrap_or(u32::MAX));
        }
    }
}

/// How far a lane is.
pub(crate) struct Progress {
    sent: Cell<u64>,
    acknowledged: Cell<u64>,
    /// To each recipient.
    delivered: Vec<Cell<u64>>,
    has_moved: Notify,
}

impl Progress {
    /// Of a lane with this many recipients.
    pub(crate) fn new(recipients: usize) -> Self {
        Self {
            sent: Cell::new(0),
            acknowledged: Cell::new(0),
            delivered: vec![Cell::new(0); recipients],
            has_moved: Notify::new(),
        }
    }

    fn unfinished(&self) -> u64 {
        let finished = self.delivered.iter().map(Cell::get).fold(self.acknowledged.get(), u64::min);
        self.sent.get() - finished
    }

    /// Whether everything sent is acknowledged and delivered.
    pub(crate) fn is_finished(&self) -> bool {
        self.unfinished() == 0
    }
}

/// The sender's half.
pub(crate) struct Sender {
    connection: Connection,
    thread: ThreadId,
    payload: Vec<u8>,
    rng: Rng,
    unanswered: VecDeque<(RequestId, Duration)>,
}

/// A recipient's end.
pub(crate) struct Recipient {
    number: usize,
    connection: Connection,
    next: Seq,
}

/// Opens a thread and connects everyone.
pub(crate) async fn open(
    relay: &RelayProcess,
    tenant: &mut Tenant,
    number: u64,
    recipients: usize,
) -> (Sender, Vec<Recipient>) {
    let professional = tenant.professional();
    let patients: Vec<Device> = (0..recipients).map(|_| tenant.patient()).collect();
    let mut sender = Connection::open(relay, &professional).await;
    let thread = ThreadId::new(random(&mut tenant.rng));
    let payload = random::<PAYLOAD_BYTES>(&mut tenant.rng).to_vec();
    let access = std::iter::once(&professional).chain(&patients).map(|device| device.account).collect();
    let opened = sender.ask(opening(thread, access, &payload, &mut tenant.rng)).await;
    let Response::Appended(opened) = opened else { panic!("not opened: {opened:?}") };
    let mut followers = Vec::new();
    for (number, patient) in patients.iter().enumerate() {
        let mut connection = Connection::open(relay, patient).await;
        connection.sync(Some((thread, opened.seq))).await;
        followers.push(Recipient { number, connection, next: opened.seq.next() });
    }
    let rng = Rng::from_number(number);
    (Sender { connection: sender, thread, payload, rng, unanswered: VecDeque::new() }, followers)
}

/// What opens a thread: a Commit and a message, both of this payload.
pub(crate) fn opening(thread: ThreadId, access: Vec<AccountId>, payload: &[u8], rng: &mut Rng) -> Request {
    let envelope = |kind| NewEnvelope { kind, payload: payload.to_vec().into() };
    Request::OpenThread(OpenThread {
        thread,
        idempotency: IdempotencyId::new(random(rng)),
        access,
        mode: AnswerMode::Open,
        envelopes: vec![envelope(EnvelopeKind::Handshake), envelope(EnvelopeKind::Application)],
        welcomes: Vec::new(),
    })
}

/// What adds a message of this payload to a thread of [`opening`].
pub(crate) fn appending(thread: ThreadId, payload: Vec<u8>, rng: &mut Rng) -> Request {
    Request::Append(Append {
        thread,
        idempotency: IdempotencyId::new(random(rng)),
        handshake_head: Seq::START.next(),
        envelope: NewEnvelope { kind: EnvelopeKind::Application, payload: payload.into() },
        welcomes: Vec::new(),
        grant: Vec::new(),
        read_through: None,
    })
}

impl Sender {
    /// Sends until the run is stopping and everything is answered.
    pub(crate) async fn run(mut self, gauge: Rc<Gauge>, progress: Rc<Progress>, pace: Pace) {
        let (timer, start) = (Timer::new(), gauge.now());
        let next_due = |pace, sent: u64| match pace {
            Pace::Window(window) => (progress.unfinished() < window).then(|| gauge.now()),
            Pace::Fixed { period, offset } => {
                let due = start + offset + period * u32::try_from(sent).expect("a short run");
                let wait = due.saturating_sub(gauge.now());
                timer.set(wait);
                wait.is_zero().then_some(due)
            }
        };
        while !(gauge.is_stopping.get() && self.unanswered.is_empty()) {
            while !gauge.is_stopping.get()
                && let Some(due) = next_due(pace, progress.sent.get())
            {
                self.feed(due).await;
                progress.sent.set(progress.sent.get() + 1);
            }
            self.connection.flush().await;
            tokio::select! {
                biased;
                frame = self.connection.next() => {
                    self.take(frame, &gauge, &progress);
                    while let Some(frame) = self.connection.try_next() {
                        self.take(frame, &gauge, &progress);
                    }
                }
                () = progress.has_moved.notified() => {}
                () = timer.gone_off() => {}
            }
        }
    }

    async fn feed(&mut self, due: Duration) {
        let nanoseconds = u64::try_from(due.as_nanos()).expect("a short run");
        self.payload[..8].copy_from_slice(&nanoseconds.to_be_bytes());
        let append = appending(self.thread, self.payload.clone(), &mut self.rng);
        let id = self.connection.feed(append).await;
        self.unanswered.push_back((id, due));
    }

    fn take(&mut self, frame: ServerFrame, gauge: &Gauge, progress: &Progress) {
        let ServerFrame::Reply { id, response: Response::Appended(_) } = frame else {
            panic!("not acknowledged: {frame:?}")
        };
        let (expected, due) = self.unanswered.pop_front().expect("one reply for each request");
        assert_eq!(id, expected, "requests of one thread are answered in order");
        progress.acknowledged.set(progress.acknowledged.get() + 1);
        gauge.note(&gauge.acknowledged, due);
    }
}

impl Recipient {
    /// Takes what comes, until dropped. Every place of the log has to come, in order.
    pub(crate) async fn run(mut self, gauge: Rc<Gauge>, progress: Rc<Progress>) {
        loop {
            let frame = self.connection.next().await;
            self.take(frame, &gauge, &progress);
            while let Some(frame) = self.connection.try_next() {
                self.take(frame, &gauge, &progress);
            }
            progress.has_moved.notify_one();
        }
    }

    fn take(&mut self, frame: ServerFrame, gauge: &Gauge, progress: &Progress) {
        let ServerFrame::Event(Event::Appended { envelope, .. }) = frame else {
            panic!("not an envelope: {frame:?}")
        };
        assert_eq!(envelope.seq, self.next, "the log comes in order and whole");
        self.next = self.next.next();
        let due = envelope.payload.as_slice().first_chunk().expect("a payload");
        let delivered = &progress.delivered[self.number];
        delivered.set(delivered.get() + 1);
        gauge.note(&gauge.delivered, Duration::from_nanos(u64::from_be_bytes(*due)));
    }
}
