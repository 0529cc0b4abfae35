//! `colloque-authority`: the Authentication Service.

use std::process::ExitCode;

fn main() -> ExitCode {
    colloque_server::authority::cli::run(std::env::args_os())
}
