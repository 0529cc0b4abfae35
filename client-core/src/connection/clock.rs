//! The clock that a connection reads, given by the caller.

use std::time::{SystemTime, UNIX_EPOCH};

use colloque_schemas::time::UnixSeconds;

/// Something that knows the time.
pub trait Clock {
    /// Now.
    fn now(&self) -> UnixSeconds;
}

/// The clock of the machine. One before 1970 reads as 1970.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock; all else is given a Clock"
    )]
    fn now(&self) -> UnixSeconds {
        UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_clock_counts_seconds_since_1970() {
        let (year_2025, year_2200) = (UnixSeconds(1_735_689_600), UnixSeconds(7_258_118_400));
        assert!((year_2025..year_2200).contains(&SystemClock.now()));
    }
}
