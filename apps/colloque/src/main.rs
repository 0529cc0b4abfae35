//! The program `colloque`: everything is in the library, so that another program can be the client as well.

use std::process::ExitCode;

fn main() -> ExitCode {
    colloque::run(std::env::args_os())
}
