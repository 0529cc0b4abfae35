//! Instants. The crate reads no clock: every instant is given by the caller.

use core::fmt;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct UnixSeconds(#[cbor(n(0), with = "crate::bounded")] pub u64);

impl UnixSeconds {
    /// This instant and `seconds` more, at most the end of time.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This instant less `seconds`, at least the epoch.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Whole days since the epoch: all that the relay stores of an instant.
    pub const fn day(self) -> u64 {
        self.0 / SECONDS_PER_DAY
    }
}

impl fmt::Debug for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixSeconds({})", self.0)
    }
}

/// Seconds in a day.
pub const SECONDS_PER_DAY: u64 = 86_400;
