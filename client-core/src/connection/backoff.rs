//! How long to wait before connecting again: exponential windows with full jitter, so that the devices of a relay
//! that restarts do not come back all at once.

use std::time::Duration;

/// Window of the second try. It doubles with every try that follows.
const BASE: Duration = Duration::from_secs(1);
/// No window is larger, unless the relay asked for it.
const CAP: Duration = Duration::from_secs(60);
/// The largest window that a relay can ask for.
const REQUESTED_CAP: Duration = Duration::from_secs(5 * 60);

/// Waits between tries. The first try is made at once; the wait before try `n + 2` is drawn evenly from nothing to
/// `BASE * 2^n`, at most [`Self::CAP`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
    requested: Option<Duration>,
}

impl Backoff {
    /// The longest wait that the device chooses by itself.
    pub const CAP: Duration = CAP;

    /// No try was made yet.
    pub const fn new() -> Self {
        Self { failures: 0, requested: None }
    }

    /// The wait before the next try, which is then counted as made. `random` is drawn evenly from all values.
    pub fn next_delay(&mut self, random: u64) -> Duration {
        let window = self.requested.take().unwrap_or_else(|| self.window());
        self.failures = self.failures.saturating_add(1);
        scale(window, random)
    }

    /// To be called after a successful sign-in: the next try is made at once again.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// To be called with [`crate::Event::GoingAway`]: the relay asked to come back after a random part of this time.
    pub fn come_back_within(&mut self, seconds: u32) {
        self.requested = Some(Duration::from_secs(seconds.into()).min(REQUESTED_CAP));
    }

    fn window(&self) -> Duration {
        match self.failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => BASE.saturating_mul(2u32.saturating_pow(doublings)).min(CAP),
        }
    }
}

/// From nothing to `window`, both included, in milliseconds.
fn scale(window: Duration, random: u64) -> Duration {
    let choices = window.as_millis().saturating_add(1);
    let chosen = u128::from(random).saturating_mul(choices) >> u64::BITS;
    Duration::from_millis(u64::try_from(chosen).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(backoff: &mut Backoff, tries: usize) -> Vec<u64> {
        (0..tries).map(|_| backoff.next_delay(u64::MAX).as_secs()).collect()
    }

    #[test]
    fn the_first_try_is_made_at_once_and_the_windows_double_up_to_the_cap() {
        assert_eq!(windows(&mut Backoff::new(), 10), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_wait_is_drawn_from_the_whole_window() {
        let wait = |random| {
            let mut backoff = Backoff { failures: 3, requested: None };
            backoff.next_delay(random).as_millis()
        };
        assert_eq!([wait(0), wait(u64::MAX / 4), wait(u64::MAX / 2), wait(u64::MAX)], [0, 1000, 2000, 4000]);
    }

    #[test]
    fn a_sign_in_makes_the_next_try_immediate() {
        let mut backoff = Backoff::new();
        windows(&mut backoff, 9);
        backoff.reset();
        assert_eq!(windows(&mut backoff, 2), [0, 1]);
    }

    #[test]
    fn a_relay_that_goes_away_sets_the_next_window_only_and_within_bounds() {
        let mut backoff = Backoff::new();
        backoff.come_back_within(30);
        assert_eq!(windows(&mut backoff, 2), [30, 1]);
        backoff.come_back_within(u32::MAX);
        assert_eq!(windows(&mut backoff, 1), [300]);
    }

    #[test]
    fn a_device_that_never_gets_through_keeps_the_cap() {
        let mut backoff = Backoff { failures: u32::MAX, requested: None };
        assert_eq!(windows(&mut backoff, 2), [60, 60]);
    }
}
