//! kill -9 for real: `cargo run --release -p colloque-tests --bin torture -- --cycles 300 --seed 1`.
//!
//! Three people with the real client write in one thread through the real relay, each command and the relay a process.
//! In each cycle some of them are ended by SIGKILL at moments that the seed draws, and whoever was ended is started again. Every
//! few cycles everybody catches up, and then: what a command said is written is shown once on every device, what a killed
//! command may have written at most once, in the same order everywhere and in the order of its author, and all devices are in
//! the same epoch with the same authenticator (RFC 9420 section 8.7). The first breach ends the run with an exit code of 1
//! and says the seed.
//!
//! Moments are drawn from the seed; what processes have done by then is the machine's. So a seed that found something finds
//! it again often, not always.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a harness that cannot go on says so by panicking, and prints what it finds"
)]

mod check;
mod cycle;
mod ward;

use std::process::ExitCode;

use clap::Parser;
use tokio::time::Instant;

use ward::Ward;

/// Cycles between two looks at everything.
const CHECK_EVERY: u32 = 10;
/// Checks after which another thread is begun, so that what a command reads stays short.
const CHECKS_PER_THREAD: u32 = 5;

/// Kills programs, and looks what is left.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many times somebody may be killed.
    #[arg(long, default_value_t = 300)]
    cycles: u32,
    /// What the moments are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    // The programs that are killed are this one, under their names.
    if let Some(code) = colloque_tests::programs::run_as_called() {
        return code;
    }
    let Arguments { cycles, seed } = Arguments::parse();
    let begun_at = Instant::now();
    let mut ward = Ward::new(seed);
    let outcome = ward.torture(cycles);
    let seconds = begun_at.elapsed().as_secs_f64();
    let figures = &ward.figures;
    println!(
        "seed {seed}: {} cycles in {seconds:.0} s, {:.2} s each; {} messages, {} of them known to be at the relay by their \
         authors; {} kills of clients, {} of the relay; {} threads, {} checks",
        figures.cycles,
        seconds / f64::from(figures.cycles.max(1)),
        figures.messages,
        figures.acknowledged,
        figures.client_kills,
        figures.relay_kills,
        figures.threads,
        figures.checks,
    );
    match outcome {
        Ok(()) => {
            println!("0 acknowledged lost, 0 shown twice, one order, one epoch authenticator on all devices");
            ExitCode::SUCCESS
        }
        Err(breach) => {
            eprintln!("BROKEN with seed {seed} in cycle {}: {breach}", figures.cycles);
            ExitCode::FAILURE
        }
    }
}
