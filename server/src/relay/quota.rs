//! How often a device may ask for what costs others. In memory, by the minute of the relay's clock: a window that
//! starts anew each minute, so that the table never outgrows one minute's devices.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::{CLAIMS_PER_MINUTE, CONTROLS_PER_MINUTE, HANDSHAKES_PER_MINUTE};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::UnixSeconds;

use super::blind::RowKey;

const WINDOW_SECONDS: u64 = 60;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Counted {
    /// Handshakes, in each thread.
    Handshake(ThreadId),
    /// Control messages.
    Control,
    /// Claims of KeyPackages.
    Claim,
    /// Threads opened; bounded as claims are, which each of them takes.
    Opening,
}

impl Counted {
    const fn per_minute(self) -> u32 {
        match self {
            Self::Handshake(_) => HANDSHAKES_PER_MINUTE,
            Self::Control => CONTROLS_PER_MINUTE,
            Self::Claim | Self::Opening => CLAIMS_PER_MINUTE,
        }
    }
}

/// What every device has asked for in the present minute.
#[derive(Default)]
pub(super) struct Quotas(Mutex<Window>);

#[derive(Default)]
struct Window {
    minute: u64,
    counts: HashMap<(RowKey, Counted), u32>,
}

impl Quotas {
    /// Counts one, if the device may have it.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`], until the next minute.
    pub(super) fn take(&self, device: &RowKey, what: Counted, at: UnixSeconds) -> Result<(), Refusal> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (minute, second) = (at.0 / WINDOW_SECONDS, at.0 % WINDOW_SECONDS);
        if window.minute != minute {
            *window = Window { minute, counts: HashMap::new() };
        }
        let count = window.counts.entry((*device, what)).or_default();
        if *count >= what.per_minute() {
            let seconds = u32::try_from(WINDOW_SECONDS.saturating_sub(second)).unwrap_or(1);
            return Err(Refusal::after(RefusalCode::QuotaExceeded, seconds));
        }
        *count = count.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_of_one_device_and_one_minute() {
        let (quotas, device, other) = (Quotas::default(), [1; 32], [2; 32]);
        for _ in 0..CLAIMS_PER_MINUTE {
            quotas.take(&device, Counted::Claim, UnixSeconds(600)).unwrap();
        }
        let refused = quotas.take(&device, Counted::Claim, UnixSeconds(615));
        assert_eq!(refused, Err(Refusal::after(RefusalCode::QuotaExceeded, 45)));
        assert!(quotas.take(&other, Counted::Claim, UnixSeconds(615)).is_ok());
        assert!(quotas.take(&device, Counted::Control, UnixSeconds(615)).is_ok());
        assert!(quotas.take(&device, Counted::Claim, UnixSeconds(660)).is_ok());
    }
}
