//! What a signed-in socket that says nothing costs the relay in memory.

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use colloque_schemas::limits::SOCKETS_PER_ADDRESS;
use colloque_tests::measure::{ProcessorTime, memory_kib};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::connection::Connection;
use crate::process::{RelayProcess, Which};
use crate::tenant::{Device, Tenant};

/// Sockets that are being connected at a time.
const AT_A_TIME: usize = 32;
/// Sockets before the first look, so that what the first of all costs is not counted to the others.
const FIRST: usize = 64;
/// Read and write buffers of this program's end, which are not what is measured.
pub(crate) const BUFFER_BYTES: usize = 1024;
/// Before memory is looked at.
const SETTLE: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Growth of the relay's resident and proportional memory by each socket.
    pub(crate) kib: [f64; 2],
    /// Memory before, in MiB (`Pss`).
    pub(crate) start_mib: f64,
    /// Connections made in a second, with TLS, sign-in and a first `Sync`.
    pub(crate) connected_per_second: f64,
    /// Processor time of the relay for each.
    pub(crate) relay_ms_each: f64,
    /// Share of the machine that others took meanwhile.
    pub(crate) others: f64,
}

/// Connects this many devices and lets them be.
pub(crate) async fn run(sockets: usize, relay: &Which, tenant: &mut Tenant) -> Outcome {
    let devices: Vec<Device> = (0..sockets + FIRST).map(|_| tenant.patient()).collect();
    let relay = Rc::new(RelayProcess::start(&tenant.anchor, relay));
    let mut devices = devices.into_iter().enumerate();
    let mut connections = connect(&relay, devices.by_ref().take(FIRST)).await;
    sleep(SETTLE).await;
    let (rss_before, pss_before) = memory_kib(relay.id());
    let processes = [relay.id(), std::process::id()];
    let (before, start) = (ProcessorTime::read(processes), Instant::now());
    connections.extend(connect(&relay, devices).await);
    let seconds = start.elapsed().as_secs_f64();
    let (own, others) = ProcessorTime::read(processes).since(&before);
    sleep(SETTLE).await;
    let (rss, pss) = memory_kib(relay.id());
    drop(connections);
    let sockets = sockets as f64;
    Rc::into_inner(relay).expect("nobody connects any more").stop().await;
    Outcome {
        kib: [(rss - rss_before) / sockets, (pss - pss_before) / sockets],
        start_mib: pss_before / 1024.0,
        connected_per_second: sockets / seconds,
        relay_ms_each: own[0] * 1000.0 / sockets,
        others,
    }
}

/// Connects devices, as many from one address as the relay lets in.
async fn connect(
    relay: &Rc<RelayProcess>,
    mut devices: impl Iterator<Item = (usize, Device)>,
) -> Vec<Connection> {
    let (mut connecting, mut connected) = (JoinSet::new(), Vec::new());
    loop {
        while connecting.len() < AT_A_TIME
            && let Some((number, device)) = devices.next()
        {
            let relay = Rc::clone(relay);
            connecting.spawn_local(async move {
                let mut connection =
                    Connection::open_from(source(number), BUFFER_BYTES, &relay, &device).await;
                connection.sync(None).await;
                connection
            });
        }
        match connecting.join_next().await {
            Some(connection) => connected.push(connection.expect("a connection")),
            None => return connected,
        }
    }
}

/// 127.0.1.1 and up.
pub(crate) fn source(number: usize) -> Ipv4Addr {
    let host = u32::try_from(1 + number / SOCKETS_PER_ADDRESS).expect("fewer sockets than addresses");
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 1, 0).to_bits() + host)
}
