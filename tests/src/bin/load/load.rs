//! One run: a new relay, 16 lanes, one pace, and what came of it.

use std::rc::Rc;
use std::time::Duration;

use colloque_tests::measure::{ProcessorTime, quantile};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::lane::{self, Gauge, Pace, Progress};
use crate::process::{RelayProcess, Which};
use crate::tenant::Tenant;

/// Threads, each with a sender and a recipient.
pub(crate) const LANES: u32 = 16;
/// Unfinished messages of each sender at saturation.
pub(crate) const WINDOW: u64 = 16;
/// Before measuring starts.
const WARM_UP: Duration = Duration::from_millis(500);
/// For what is under way when a run ends.
const DRAIN: Duration = Duration::from_secs(5);

/// Recipients of the one sender of a group.
pub(crate) const GROUP: usize = 10;

/// What is offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Load {
    /// As much as goes with [`WINDOW`] messages of each sender unfinished.
    Saturation,
    /// As much as goes from one sender to [`GROUP`] recipients.
    Group,
    /// This many messages a second in all.
    PerSecond(u32),
}

/// What came of a run. Latencies in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Messages that were acknowledged and delivered, in a second.
    pub(crate) per_second: f64,
    /// Deliveries in a second, to all recipients.
    pub(crate) deliveries_per_second: f64,
    /// Median and 99th percentile, from due to acknowledged.
    pub(crate) acknowledged_ms: [f64; 2],
    /// The same, to delivered.
    pub(crate) delivered_ms: [f64; 2],
    /// Delivered within: one share of [`SHARES`] each.
    pub(crate) curve_ms: Vec<f64>,
    /// Processor time of the relay for a thousand messages.
    pub(crate) relay_ms_per_thousand: f64,
    /// Cores that the relay, and this program, kept busy.
    pub(crate) cores: [f64; 2],
    /// Share of the machine that others took.
    pub(crate) others: f64,
}

/// Shares of the messages of which the picture shows how soon they were delivered.
pub(crate) const SHARES: [f64; 9] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

impl Load {
    /// Threads, and recipients of each.
    pub(crate) const fn lanes(self) -> (u32, usize) {
        match self {
            Self::Group => (1, GROUP),
            Self::Saturation | Self::PerSecond(_) => (LANES, 1),
        }
    }

    fn pace(self, lane: u32) -> Pace {
        match self {
            Self::Saturation | Self::Group => Pace::Window(WINDOW),
            Self::PerSecond(rate) => {
                let period = Duration::from_secs(1) * LANES / rate;
                Pace::Fixed { period, offset: period * lane / LANES }
            }
        }
    }
}

/// Runs one load for so long on a relay of its own.
pub(crate) async fn run(load: Load, length: Duration, relay: &Which, tenant: &mut Tenant) -> Outcome {
    let relay = RelayProcess::start(&tenant.anchor, relay);
    let gauge = Gauge::new();
    let (mut senders, mut recipients, mut lanes) = (JoinSet::new(), JoinSet::new(), Vec::new());
    let mut opened = Vec::new();
    let (threads, followers) = load.lanes();
    for number in 0..threads {
        opened.push((number, lane::open(&relay, tenant, u64::from(number), followers).await));
    }
    for (number, (sender, followers)) in opened {
        let progress = Rc::new(Progress::new(followers.len()));
        for recipient in followers {
            recipients.spawn_local(recipient.run(Rc::clone(&gauge), Rc::clone(&progress)));
        }
        senders.spawn_local(sender.run(Rc::clone(&gauge), Rc::clone(&progress), load.pace(number)));
        lanes.push(progress);
    }
    let mut outcome = None;
    let measured = async {
        sleep(WARM_UP).await;
        outcome = Some(measure(&gauge, length, relay.id(), load.lanes().1).await);
        gauge.is_stopping.set(true);
    };
    tokio::select! {
        () = measured => {}
        Some(ended) = recipients.join_next() => panic!("a recipient ended: {ended:?}"),
        Some(ended) = senders.join_next() => panic!("a sender ended: {ended:?}"),
    }
    let drained = async {
        while let Some(ended) = senders.join_next().await {
            ended.expect("a sender that has all its replies");
        }
        while !lanes.iter().all(|lane| lane.is_finished()) {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(DRAIN, drained).await.expect("what was sent is acknowledged and delivered");
    drop(recipients);
    relay.stop().await;
    outcome.expect("measured")
}

async fn measure(gauge: &Gauge, length: Duration, relay: u32, followers: usize) -> Outcome {
    let processes = [relay, std::process::id()];
    let (before, start) = (ProcessorTime::read(processes), Instant::now());
    gauge.is_measuring.set(true);
    sleep(length).await;
    gauge.is_measuring.set(false);
    let seconds = start.elapsed().as_secs_f64();
    let (own, others) = ProcessorTime::read(processes).since(&before);
    let quantiles = |latencies: &mut Vec<u32>| [0.5, 0.99].map(|share| quantile(latencies, share) / 1000.0);
    let mut acknowledged = gauge.acknowledged.borrow_mut();
    let mut delivered = gauge.delivered.borrow_mut();
    let deliveries = delivered.len() as f64;
    let messages = (acknowledged.len() as f64).min(deliveries / followers as f64);
    Outcome {
        per_second: messages / seconds,
        deliveries_per_second: deliveries / seconds,
        curve_ms: SHARES.map(|share| quantile(&mut delivered, share) / 1000.0).to_vec(),
        acknowledged_ms: quantiles(&mut acknowledged),
        delivered_ms: quantiles(&mut delivered),
        relay_ms_per_thousand: own[0] * 1e6 / messages.max(1.0),
        cores: own.map(|own| own / seconds),
        others,
    }
}
