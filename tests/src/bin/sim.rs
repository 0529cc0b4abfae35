//! The seeded simulation, by hand and in CI: see `colloque_tests::sim`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use colloque_tests::measure::ProcessorTime;
use colloque_tests::sim::{Outcome, Reach, Template, run};
use tokio::time::Instant;

/// In so many seeds, everything that may go wrong does.
const SEEDS_FOR_ALL: u64 = 100;

/// Runs simulations of the whole system, each from one seed.
#[derive(Parser)]
struct Arguments {
    /// Runs these seeds, the last excluded, on all cores.
    #[arg(long, value_parser = range, default_value = "0..1000")]
    seeds: Range<u64>,
    /// Takes no new seed after this time, and fails if some are left.
    #[arg(long, value_name = "SECONDS")]
    within: Option<u64>,
    /// Fails only if fewer seeds than this were run in that time: how many are depends on the machine.
    #[arg(long, value_name = "SEEDS", requires = "within")]
    at_least: Option<u64>,
    /// Writes what happens in each seed to a file of its number in this folder.
    #[arg(long, value_name = "FOLDER")]
    traces: Option<PathBuf>,
    /// Runs this seed and prints all that happens.
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("FROM..TO")?;
    let number = |text: &str| text.parse().map_err(|_| "FROM..TO, two numbers");
    Ok(number(from)?..number(to)?)
}

/// What all threads add to.
#[derive(Default)]
struct Tally {
    seeds: u64,
    events: usize,
    messages: usize,
    reach: Reach,
    failures: BTreeMap<u64, String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic is a verdict here, and printed with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let result = match arguments.replay {
        Some(seed) => replay(seed),
        None => run_all(&arguments),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn template() -> io::Result<Template> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(Template::new()))
}

fn replay(seed: u64) -> io::Result<bool> {
    let Outcome { trace, verdict, .. } = run(&template()?, seed);
    write!(io::stdout(), "{trace}")?;
    Ok(verdict.is_ok())
}

fn run_all(arguments: &Arguments) -> io::Result<bool> {
    let (began, before) = (Instant::now(), clocks());
    let template = template()?;
    let (next, tally) = (AtomicU64::new(arguments.seeds.start), Mutex::new(Tally::default()));
    let has_time = || arguments.within.is_none_or(|seconds| began.elapsed() < Duration::from_secs(seconds));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                // What openmls would share out among other threads is done here: they have seeds of their own.
                let _alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
                while has_time() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !arguments.seeds.contains(&seed) {
                        break;
                    }
                    let outcome = run(&template, seed);
                    let kept = arguments.traces.as_deref().map_or(Ok(()), |to| keep(to, seed, &outcome));
                    if let Ok(mut tally) = tally.lock() {
                        tally.add(seed, outcome, kept);
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_default();
    let took = began.elapsed();
    if let (Some(before), Some(after)) = (before, clocks()) {
        // This process is counted twice.
        let ([own, _], others) = after.since(&before);
        let each = own * 1000.0 / f64::from(u32::try_from(tally.seeds).unwrap_or(u32::MAX));
        let others = others * 100.0;
        writeln!(
            io::stdout(),
            "{each:.0} ms of processor time a seed; others took at least {others:.0} % of the machine"
        )?;
    }
    report(&tally, arguments, took)
}

/// The clocks of this process and the machine, where there are such.
fn clocks() -> Option<ProcessorTime> {
    Path::new("/proc/stat").exists().then(|| ProcessorTime::read([std::process::id(); 2]))
}

fn keep(folder: &Path, seed: u64, outcome: &Outcome) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(seed.to_string()), outcome.trace.to_string())
}

impl Tally {
    fn add(&mut self, seed: u64, outcome: Outcome, kept: io::Result<()>) {
        self.seeds += 1;
        self.events += outcome.trace.events();
        self.messages += outcome.messages;
        self.reach += outcome.reach;
        let kept = kept.map_err(|error| format!("its trace is not kept: {error}"));
        if let Err(wrong) = outcome.verdict.and(kept) {
            self.failures.insert(seed, wrong);
        }
    }
}

fn report(tally: &Tally, arguments: &Arguments, took: Duration) -> io::Result<bool> {
    let mut out = io::stdout();
    for (seed, wrong) in &tally.failures {
        writeln!(
            out,
            "seed {seed}: {wrong}\n  cargo run --release -p colloque-tests --bin sim -- --replay {seed}"
        )?;
    }
    let seconds = took.as_secs_f64();
    let rate = f64::from(u32::try_from(tally.seeds).unwrap_or(u32::MAX)) / seconds;
    let Tally { seeds: ran, events, messages, reach, failures } = tally;
    let asked = arguments.seeds.end.saturating_sub(arguments.seeds.start);
    let enough = arguments.at_least.unwrap_or(asked);
    writeln!(
        out,
        "{reach}\n{ran} of {asked} seeds in {seconds:.0} s ({rate:.1}/s): {events} events, {messages} messages, {} failures",
        failures.len()
    )?;
    let is_whole = *ran < SEEDS_FOR_ALL || reach.is_whole();
    if !is_whole {
        writeln!(out, "something that is to go wrong never did: these seeds prove nothing about it")?;
    }
    Ok(failures.is_empty() && is_whole && *ran >= enough)
}
