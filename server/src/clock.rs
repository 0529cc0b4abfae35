//! The time, as an argument: servers ask a [`Clock`], tests move one by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use colloque_schemas::time::UnixSeconds;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> UnixSeconds;
}

/// The machine's clock. One that is set before 1970 reads as 1970: certificates are then not valid yet, and say so.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the servers read the machine's clock")]
    fn now(&self) -> UnixSeconds {
        UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
