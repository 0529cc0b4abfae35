//! The whole service on one machine: a clinic whose desks are pages to try, or a tour that tells what happens.
//!
//! `cargo run --release` starts the clinic, `cargo run --release -- tour` plays the tour. This one program is also the
//! authority, the relay and the client: it runs itself again with a hidden first argument, so that each of them is a
//! process of its own, talking TLS to the others.
//!
//! | for | see |
//! |---|---|
//! | the clinic: servers, three people, their desks | `clinic` |
//! | what the tour shows, in order | `tour` |
//! | the processes and their folder | `stage`, `process` |
//! | what is printed, in French or English | `narrator`, `layout` |
//! | a client that skips every check | `skipping` |
//! | a relay that helps it | `colluding` |
//! | looking for plaintext in files | `scan` |

mod arguments;
mod clinic;
mod colluding;
mod layout;
mod narrator;
mod process;
mod scan;
mod skipping;
mod stage;
mod tour;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use self::arguments::{Arguments, Command, Language};
use self::stage::Stage;

/// The hidden first arguments.
const AUTHORITY: &str = "authority";
const RELAY: &str = "relay";
const CLIENT: &str = "client";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let rest = || arguments.iter().skip(2).cloned();
    let part = |name: &str| std::iter::once(OsString::from(name)).chain(rest());
    if let Err(error) = colloque_client_core::store::start() {
        let _ = writeln!(io::stderr(), "colloque-demo: {error}");
        return ExitCode::FAILURE;
    }
    match arguments.get(1).and_then(|argument| argument.to_str()) {
        Some(AUTHORITY) => colloque_server::authority::cli::run(part("colloque-authority")),
        Some(RELAY) => colloque_server::relay::cli::run(part("colloque-relay")),
        Some(CLIENT) => colloque::run(part("colloque")),
        _ => play(Arguments::parse_from(arguments)),
    }
}

/// Plays what was asked for; Ctrl-C and SIGTERM end it, its processes and its temporary folder.
fn play(arguments: Arguments) -> ExitCode {
    let played = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(Box::pin(run(arguments))));
    match played {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read this has read enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to tell if even this fails.
            let _ = writeln!(io::stderr(), "\ncolloque-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let of_system = || Language::of_environment(|name| std::env::var(name).ok());
    let language = arguments.lang.unwrap_or_else(of_system);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut stage = Stage::new(language, arguments.keep.as_deref())?;
    let playing = async {
        match arguments.command.unwrap_or(Command::Clinic) {
            Command::Clinic => Box::pin(clinic::open(&mut stage)).await,
            Command::Tour => Box::pin(tour::play(&mut stage, arguments.keep)).await,
        }
    };
    let played = tokio::select! {
        played = playing => played,
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow::anyhow!("interrupted")),
    };
    for server in stage.servers.drain(..) {
        server.kill().await;
    }
    played
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
