//! What the two programs do alike: read arguments, log, run, and say in one line what went wrong.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::telemetry;

/// Runs a program, its name first among the arguments. Errors are one line on standard error, and exit code 1.
pub(crate) fn run<A: Parser, E: Display + From<io::Error>>(
    program: &str,
    arguments: impl Iterator<Item = OsString>,
    execute: impl AsyncFnOnce(A) -> Result<(), E>,
) -> ExitCode {
    let arguments = match A::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and usage; if they cannot be written there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    telemetry::start();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(E::from)
        .and_then(|runtime| runtime.block_on(Box::pin(execute(arguments))));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody to tell if even this fails.
            let _ = writeln!(io::stderr().lock(), "{program}: {error}");
            ExitCode::FAILURE
        }
    }
}
