//! Counts in windows of the clock that start anew: a minute, an hour, a day. In memory, and bounded by who counts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::UnixSeconds;

/// What was counted in one window.
pub(crate) struct Window<K, V> {
    number: u64,
    pub(crate) counts: HashMap<K, V>,
}

impl<K, V> Default for Window<K, V> {
    fn default() -> Self {
        Self { number: 0, counts: HashMap::new() }
    }
}

/// The window that this instant is in, with nothing of the one before.
pub(crate) fn present<K, V>(
    window: &Mutex<Window<K, V>>,
    length_seconds: u64,
    at: UnixSeconds,
) -> MutexGuard<'_, Window<K, V>> {
    let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
    let number = at.0 / length_seconds;
    if window.number != number {
        *window = Window { number, counts: HashMap::new() };
    }
    window
}

/// The refusal of what is too much in this window: try again in the next.
pub(crate) fn exceeded(length_seconds: u64, at: UnixSeconds) -> Refusal {
    let left_seconds = length_seconds.saturating_sub(at.0 % length_seconds);
    Refusal::after(RefusalCode::QuotaExceeded, u32::try_from(left_seconds).unwrap_or(1))
}
