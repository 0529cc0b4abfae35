//! The whole service on one machine, told as a tour.
//!
//! `cargo run --release` plays it. This one program is also the authority, the relay and the client: the tour runs it
//! again with a hidden first argument, so that each of them is a process of its own, talking TLS to the others.
//!
//! | for | see |
//! |---|---|
//! | what is shown, in order | `tour` |
//! | the processes and their folder | `stage`, `process` |
//! | what is printed, in French or English | `narrator`, `layout` |
//! | a client that skips every check | `skipping` |
//! | a relay that helps it | `colluding` |
//! | looking for plaintext in files | `scan` |

mod arguments;
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

use self::arguments::Arguments;

/// The hidden first arguments.
const AUTHORITY: &str = "authority";
const RELAY: &str = "relay";
const CLIENT: &str = "client";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let rest = || arguments.iter().skip(2).cloned();
    let part = |name: &str| std::iter::once(OsString::from(name)).chain(rest());
    match arguments.get(1).and_then(|argument| argument.to_str()) {
        Some(AUTHORITY) => colloque_server::authority::cli::run(part("colloque-authority")),
        Some(RELAY) => colloque_server::relay::cli::run(part("colloque-relay")),
        Some(CLIENT) => colloque::run(part("colloque")),
        _ => play(Arguments::parse_from(arguments)),
    }
}

/// Plays the tour; Ctrl-C and SIGTERM end it, its processes and its temporary folder.
fn play(arguments: Arguments) -> ExitCode {
    let played = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(Box::pin(tour::play(arguments))));
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

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
