//! The three programs in one file: which of them it is says the name that it is called by. Tests make links to it.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(OsStr::to_str) {
        Some("colloque-authority") => colloque_server::authority::cli::run(std::env::args_os()),
        Some("colloque-relay") => colloque_server::relay::cli::run(std::env::args_os()),
        Some("colloque") => colloque::run(std::env::args_os()),
        _ => {
            // If even that cannot be said, the exit code has to do.
            let _ = writeln!(io::stderr(), "call this as colloque-authority, colloque-relay or colloque");
            ExitCode::FAILURE
        }
    }
}
