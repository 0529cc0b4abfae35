//! The three programs in one file: which of them it is says the name that it is called by. Tests make links to it.

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    colloque_tests::programs::run_as_called().unwrap_or_else(|| {
        // If even that cannot be said, the exit code has to do.
        let _ = writeln!(io::stderr(), "call this as colloque-authority, colloque-relay or colloque");
        ExitCode::FAILURE
    })
}
