//! Log lines: JSON on standard error, one event a line, filtered by `RUST_LOG`.
//!
//! What may never be in one, at any level: an id of an account, device, thread or message; a name, profession or
//! national number; a code, a key or anything sealed; content, and addresses of peers. Together with its time, each
//! of them says who talks to whom. What may: which operation, which refusal code, counts, sizes, durations, and the
//! server's own addresses and files. The log also never outlives its use: the operator decides where it goes.

use tracing_subscriber::EnvFilter;

/// What is logged when `RUST_LOG` says nothing: our own events, and warnings of libraries.
const DEFAULT_FILTER: &str = "warn,colloque_server=info";

/// Starts logging for this process. A second call has no effect.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // An error means that a test or an embedding process logs already; its choice stands.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true)
        .try_init();
}
