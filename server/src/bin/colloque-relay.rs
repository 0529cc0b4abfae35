//! `colloque-relay`: the Delivery Service.

use std::process::ExitCode;

fn main() -> ExitCode {
    colloque_server::relay::cli::run(std::env::args_os())
}
