//! One run: a new relay, 16 lanes, one pace, and what came of it.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use colloque_tests::measure::{ProcessorTime, quantile};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::lane::{self, Gauge, Pace, Progress};
use crate::process::RelayProcess;
use crate::tenant::Tenant;

/// Threads, each with a sender and a recipient.
pub(crate) const LANES: u32 = 16;
/// Unfinished messages of each sender at saturation.
pub(crate) const WINDOW: u64 = 16;
/// Before measuring starts.
const WARM_UP: Duration = Duration::from_millis(500);
/// For what is under way when a run ends.
const DRAIN: Duration = Duration::from_secs(5);

/// What is offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Load {
    /// As much as goes with [`WINDOW`] messages of each sender unfinished.
    Saturation,
    /// This many messages a second in all.
    PerSecond(u32),
}

/// What came of a run. Latencies in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Messages that were acknowledged and delivered, in a second.
    pub(crate) per_second: f64,
    /// Median and 99th percentile, from due to acknowledged.
    pub(crate) acknowledged_ms: [f64; 2],
    /// The same, to delivered.
    pub(crate) delivered_ms: [f64; 2],
    /// Processor time of the relay for a thousand messages.
    pub(crate) relay_ms_per_thousand: f64,
    /// Cores that the relay, and this program, kept busy.
    pub(crate) cores: [f64; 2],
    /// Share of the machine that others took.
    pub(crate) others: f64,
}

impl Load {
    fn pace(self, lane: u32) -> Pace {
        match self {
            Self::Saturation => Pace::Window(WINDOW),
            Self::PerSecond(rate) => {
                let period = Duration::from_secs(1) * LANES / rate;
                Pace::Fixed { period, offset: period * lane / LANES }
            }
        }
    }
}

/// Runs one load for so long on a relay of its own.
pub(crate) async fn run(
    load: Load,
    length: Duration,
    program: Option<&PathBuf>,
    tenant: &mut Tenant,
) -> Outcome {
    let relay = RelayProcess::start(&tenant.anchor, program);
    let gauge = Gauge::new();
    let (mut senders, mut recipients, mut lanes) = (JoinSet::new(), JoinSet::new(), Vec::new());
    let mut opened = Vec::new();
    for number in 0..LANES {
        opened.push((number, lane::open(&relay, tenant, u64::from(number)).await));
    }
    for (number, (sender, recipient)) in opened {
        let progress = Rc::new(Progress::default());
        recipients.spawn_local(recipient.run(Rc::clone(&gauge), Rc::clone(&progress)));
        senders.spawn_local(sender.run(Rc::clone(&gauge), Rc::clone(&progress), load.pace(number)));
        lanes.push(progress);
    }
    let mut outcome = None;
    let measured = async {
        sleep(WARM_UP).await;
        outcome = Some(measure(&gauge, length, relay.id()).await);
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

async fn measure(gauge: &Gauge, length: Duration, relay: u32) -> Outcome {
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
    let messages = acknowledged.len().min(delivered.len()) as f64;
    Outcome {
        per_second: messages / seconds,
        acknowledged_ms: quantiles(&mut acknowledged),
        delivered_ms: quantiles(&mut delivered),
        relay_ms_per_thousand: own[0] * 1e6 / messages.max(1.0),
        cores: own.map(|own| own / seconds),
        others,
    }
}
