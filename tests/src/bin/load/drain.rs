//! A relay that is told to end under load, and everyone who comes back at once (F22, F23).
//!
//! Checks, and ends in a panic where it does not hold: everyone is told and closed with 1001, the relay ends in good order,
//! and whatever it acknowledged is in the logs of the one that is started on its data.

use std::rc::Rc;
use std::time::Duration;

use colloque_schemas::frame::{Event, Response, ServerFrame, ThreadPage};
use colloque_schemas::id::{KeyHash, Seq, ThreadId};
use colloque_tests::Rng;
use colloque_tests::measure::{memory_kib, quantile};
use rand_core::RngCore as _;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::connection::{Connection, reading};
use crate::idle::{BUFFER_BYTES, source};
use crate::lane::{PAYLOAD_BYTES, appending, opening};
use crate::process::{RelayProcess, Which};
use crate::tenant::{Device, Tenant, random};

/// Threads that are written to meanwhile, and the unfinished messages of each.
const WRITERS: usize = 16;
const UNFINISHED: usize = 16;
/// Traffic before the relay is told to end.
const TRAFFIC: Duration = Duration::from_millis(500);
/// The close code of RFC 6455 for a server that goes away.
const GOING_AWAY: u16 = 1001;

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Messages that the first relay acknowledged.
    pub(crate) acknowledged: usize,
    /// From being told to end to the end of its process.
    pub(crate) ending_ms: f64,
    /// From being asked to connect, all at once, to a first page: median, 99th percentile, last.
    pub(crate) back_ms: [f64; 3],
    /// Most memory of the second relay, in MiB.
    pub(crate) relay_mib: f64,
}

/// What a writer was told.
struct Written {
    device: Rc<Device>,
    thread: ThreadId,
    acknowledged: Vec<(Seq, KeyHash)>,
}

/// Ends a relay under this many sockets, and lets everyone come back.
pub(crate) async fn run(sockets: usize, relay: &Which, tenant: &mut Tenant) -> Outcome {
    let devices: Vec<Rc<Device>> = (0..sockets).map(|_| Rc::new(tenant.patient())).collect();
    let relay = RelayProcess::start(&tenant.anchor, relay);
    let (mut writers, mut listeners) = (JoinSet::new(), JoinSet::new());
    for (number, device) in devices.iter().enumerate() {
        let mut connection = Connection::open_from(source(number), BUFFER_BYTES, &relay, device).await;
        connection.sync(None).await;
        listeners.spawn_local(listen_until_told(connection));
    }
    for _ in 0..WRITERS {
        let device = Rc::new(tenant.professional());
        let mut connection = Connection::open(&relay, &device).await;
        let thread = ThreadId::new(random(&mut tenant.rng));
        let first = random::<PAYLOAD_BYTES>(&mut tenant.rng);
        let opened = connection.ask(opening(thread, vec![device.account], &first, &mut tenant.rng)).await;
        assert!(matches!(opened, Response::Appended(_)), "{opened:?}");
        let written = Written { device, thread, acknowledged: Vec::new() };
        writers.spawn_local(write_until_told(connection, written, Rng::from_number(tenant.rng.next_u64())));
    }
    sleep(TRAFFIC).await;
    let told_at = Instant::now();
    let (data, ended) = relay.end().await;
    let ending_ms = told_at.elapsed().as_secs_f64() * 1000.0;
    assert!(ended.success(), "the relay ended with {ended}");
    let written: Vec<Written> = writers.join_all().await;
    listeners.join_all().await;

    let relay = Rc::new(data.start_again());
    let mut coming = JoinSet::new();
    for (number, device) in devices.into_iter().enumerate() {
        let relay = Rc::clone(&relay);
        coming.spawn_local(async move {
            let asked_at = Instant::now();
            let mut connection = Connection::open_from(source(number), BUFFER_BYTES, &relay, &device).await;
            connection.sync(None).await;
            (u32::try_from(asked_at.elapsed().as_micros()).unwrap_or(u32::MAX), connection)
        });
    }
    let (mut times, connections): (Vec<u32>, Vec<Connection>) = coming.join_all().await.into_iter().unzip();
    for written in &written {
        check(&relay, written).await;
    }
    let (relay_kib, _) = memory_kib(relay.id());
    drop(connections);
    Rc::into_inner(relay).expect("nobody connects any more").stop().await;
    Outcome {
        acknowledged: written.iter().map(|written| written.acknowledged.len()).sum(),
        ending_ms,
        back_ms: [0.5, 0.99, 1.0].map(|share| quantile(&mut times, share) / 1000.0),
        relay_mib: relay_kib / 1024.0,
    }
}

/// Sends as much as goes until the relay says that it goes away and ends the connection.
async fn write_until_told(mut connection: Connection, mut written: Written, mut rng: Rng) -> Written {
    let (mut unfinished, mut is_told) = (0, false);
    loop {
        while unfinished < UNFINISHED && !is_told {
            let payload = random::<PAYLOAD_BYTES>(&mut rng).to_vec();
            let append = appending(written.thread, payload, &mut rng);
            if connection.try_feed(append).await.is_none() {
                break;
            }
            unfinished += 1;
        }
        // It may have gone already.
        let _ = connection.try_flush().await;
        match connection.next_or_close().await {
            Ok(ServerFrame::Reply { response: Response::Appended(appended), .. }) => {
                unfinished -= 1;
                written.acknowledged.push((appended.seq, appended.payload_hash));
            }
            Ok(ServerFrame::Event(Event::GoingAway { .. })) => is_told = true,
            // Refused as busy: it has taken all that it takes.
            Ok(ServerFrame::Refused { .. }) => unfinished -= 1,
            Ok(other) => panic!("{other:?}"),
            Err(code) => {
                assert_eq!((is_told, code), (true, Some(GOING_AWAY)), "a writer is told and closed");
                return written;
            }
        }
    }
}

async fn listen_until_told(mut connection: Connection) {
    let told = connection.next_or_close().await;
    assert!(matches!(told, Ok(ServerFrame::Event(Event::GoingAway { .. }))), "everyone is told: {told:?}");
    let closed = connection.next_or_close().await;
    assert_eq!(closed.expect_err("and closed"), Some(GOING_AWAY));
}

/// That all that was acknowledged is in the log, in its place.
async fn check(relay: &RelayProcess, written: &Written) {
    let mut connection = Connection::open(relay, &written.device).await;
    let mut log: Vec<KeyHash> = Vec::new();
    loop {
        let after = Seq(u64::try_from(log.len()).expect("a short log"));
        let page = connection.ask(reading(Some((written.thread, after)))).await;
        let Response::Page(page) = page else { panic!("{page:?}") };
        for read in &page.threads {
            let ThreadPage::Envelopes { envelopes, .. } = read else { panic!("{read:?}") };
            for envelope in envelopes {
                log.push(KeyHash::new(Sha256::digest(envelope.payload.as_slice()).into()));
            }
        }
        if !page.more {
            break;
        }
    }
    for (seq, hash) in &written.acknowledged {
        let place = usize::try_from(seq.0).expect("a short log") - 1;
        assert_eq!(log.get(place), Some(hash), "what was acknowledged is at {seq:?}");
    }
}
