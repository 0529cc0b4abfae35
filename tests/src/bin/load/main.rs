//! What the relay carries: `cargo run --release -p colloque-tests --bin load`, some minutes after compiling.
//!
//! Each run starts the relay as a process of its own on an empty database, as it ships: TLS 1.3 with X25519MLKEM768,
//! sign-in by certificate chain, every check, SQLite with synchronous=FULL, acknowledged when durable. The load comes
//! from this process on the same machine, through TLS as well. Saturation is 256 unfinished messages, whatever it is that
//! then holds them up: the cores printed beside it say whether it is the processor. Runs during which others took more
//! than an eighth of the machine are left out where there are better ones.
//!
//! By default this very program is the relay, whose SQLite is then SQLCipher without a key, because the client core is
//! linked too. `--relay target/release/colloque-relay`, built with `-p colloque-server`, measures what is shipped; `--plain`
//! measures the one in this program without TLS, on loopback, as no program that is shipped can be run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark that cannot go on says so by panicking, and prints what it finds"
)]

mod connection;
mod drain;
mod idle;
mod lane;
mod load;
mod picture;
mod process;
mod report;
mod tenant;
mod timer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use colloque_server::clock::{Clock, SystemClock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::LocalSet;
use tokio::time::timeout;

use load::Load;
use process::Which;
use tenant::Tenant;

/// Files that this program and the relay each have open beside sockets.
const OTHER_FILES: u64 = 200;
/// A run that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(600);

/// Measures the relay.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; everything unless named.
    scenarios: Vec<Scenario>,
    /// Rounds of each load.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Seconds that each load is measured for.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Sockets of the scenarios `idle` and, a tenth of them, `drain`.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// A colloque-relay to measure instead of the one in this program.
    #[arg(long)]
    relay: Option<PathBuf>,
    /// Without TLS.
    #[arg(long, conflicts_with = "relay")]
    plain: bool,
    /// Where to draw how soon messages were delivered.
    #[arg(long)]
    plot: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Scenario {
    /// As many messages as go.
    Saturation,
    /// One sender to ten recipients.
    Group,
    /// 200 messages a second.
    Slow,
    /// 2,000 messages a second.
    Fast,
    /// Sockets that say nothing.
    Idle,
    /// A relay that is told to end under load, and everyone who comes back at once.
    Drain,
}

impl Scenario {
    const fn load(self) -> Option<Load> {
        match self {
            Self::Saturation => Some(Load::Saturation),
            Self::Group => Some(Load::Group),
            Self::Slow => Some(Load::PerSecond(200)),
            Self::Fast => Some(Load::PerSecond(2000)),
            Self::Idle | Self::Drain => None,
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next();
    let first = arguments.next();
    if first.as_ref().is_some_and(|first| first == process::AS_RELAY) {
        return colloque_server::relay::cli::run(name.into_iter().chain(arguments));
    }
    if first.is_some_and(|first| first == process::AS_PLAIN_RELAY) {
        let arguments = arguments.map(|argument| argument.into_string().expect("a text"));
        return process::run_plain(&arguments.collect::<Vec<_>>());
    }
    let mut arguments = Arguments::parse();
    if arguments.scenarios.is_empty() {
        arguments.scenarios = Scenario::value_variants().to_vec();
    }
    if cfg!(debug_assertions) {
        println!("Not optimised: these figures say nothing. Run it with --release.");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(LocalSet::new().run_until(async {
        tokio::select! {
            done = timeout(LONGEST, measure(&arguments)) => {
                done.expect("measuring takes minutes");
                ExitCode::SUCCESS
            }
            // The relay and its folder go with what is dropped here.
            _ = tokio::signal::ctrl_c() => ExitCode::FAILURE,
        }
    }))
}

/// In rounds, so that what disturbs one load disturbs the others too.
async fn measure(arguments: &Arguments) {
    let mut tenant = Tenant::new(SystemClock.now());
    let relay = match (&arguments.relay, arguments.plain) {
        (Some(program), _) => Which::Program(program.clone()),
        (None, false) => Which::This,
        (None, true) => Which::ThisPlain,
    };
    let length = Duration::from_secs(arguments.seconds);
    report::print_head(&relay);
    let loads = arguments.scenarios.iter().filter_map(|scenario| scenario.load());
    let mut loads: Vec<(Load, Vec<load::Outcome>)> = loads.map(|load| (load, Vec::new())).collect();
    for round in 1..=arguments.rounds {
        for (load, outcomes) in &mut loads {
            let outcome = load::run(*load, length, &relay, &mut tenant).await;
            eprintln!(
                "round {round}, {load:?}: {:.0} a second, others {:.0} %",
                outcome.per_second,
                outcome.others * 100.0
            );
            outcomes.push(outcome);
        }
    }
    for (load, outcomes) in &loads {
        report::print_load(*load, !arguments.plain, outcomes);
    }
    if !loads.is_empty() {
        let file = arguments.plot.clone().unwrap_or_else(|| process::disk().join("load.svg"));
        let carried = if arguments.plain { "no TLS" } else { "TLS 1.3" };
        picture::draw(&file, &format!("1 KiB, {carried}, durable before ack, one machine"), &loads);
        println!("How soon messages were delivered: {}\n", file.display());
    }
    if arguments.scenarios.contains(&Scenario::Idle) {
        let sockets = sockets_possible(arguments.sockets);
        let outcome = idle::run(sockets, &relay, &mut tenant).await;
        report::print_idle(sockets, !arguments.plain, &outcome);
    }
    if arguments.scenarios.contains(&Scenario::Drain) {
        let sockets = sockets_possible(arguments.sockets / 10);
        let outcome = drain::run(sockets, &relay, &mut tenant).await;
        report::print_drain(sockets, &outcome);
    }
}

/// Raises this process's limit of open files, which the relay inherits; fewer sockets if it may not go that high.
fn sockets_possible(wanted: usize) -> usize {
    let needed = wanted as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return wanted;
    }
    let allowed = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = Rlimit { current: Some(allowed), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("a limit below the maximum");
    if allowed < needed {
        println!("Only {allowed} open files are allowed here: `ulimit -Hn {needed}` as root allows enough.");
    }
    usize::try_from(allowed - OTHER_FILES).expect("a limit above what a program has open anyway")
}
