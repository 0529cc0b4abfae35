//! A clock that stands still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use colloque_schemas::time::UnixSeconds;
use colloque_server::clock::Clock;

/// 2026-11-23T12:00:00Z.
pub const NOON: UnixSeconds = UnixSeconds(1_795_435_200);

/// A clock moved by hand. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct HandClock(Arc<AtomicU64>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(NOON.0)))
    }
}

impl HandClock {
    /// Moves it on.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// What it shows.
    pub fn read(&self) -> UnixSeconds {
        UnixSeconds(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for HandClock {
    fn now(&self) -> UnixSeconds {
        self.read()
    }
}

impl colloque_client_core::connection::Clock for HandClock {
    fn now(&self) -> UnixSeconds {
        self.read()
    }
}
