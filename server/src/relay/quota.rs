//! How often a device may ask for what costs others, and how much it may have stored. In memory: requests by the
//! minute of the relay's clock, bytes by its day, in windows that start anew, and blobs until they are whole or too old.
//! A device adds a bounded number of entries to each, whatever it asks for, so that no table outgrows its devices.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::{
    ASSERTIONS_PER_MINUTE, CHUNKS_PER_MINUTE, CLAIMS_PER_MINUTE, CONTROLS_PER_MINUTE, DEVICE_BYTES_PER_DAY,
    HANDSHAKE_THREADS_PER_MINUTE, HANDSHAKES_PER_MINUTE, LETTERS_PER_MINUTE, LINK_REQUESTS_PER_MINUTE,
    OPEN_BLOB_DAYS, OPEN_BLOBS_PER_DEVICE, PAGES_PER_MINUTE, PUBLICATIONS_PER_MINUTE,
};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use super::blind::RowKey;
use crate::window::{Window, exceeded, present};

const SECONDS_PER_MINUTE: u64 = 60;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Counted {
    /// Handshakes, in each thread.
    Handshake(ThreadId),
    /// Threads in which there were handshakes. Taken with the first in each: the ids are the device's to choose, and
    /// whether there is such a thread is not known yet.
    HandshakeThread,
    /// Control messages.
    Control,
    /// Claims of KeyPackages.
    Claim,
    /// Threads opened; bounded as claims are, which each of them takes.
    Opening,
    /// Publications of KeyPackages, and of devices.
    Publication,
    /// Assertions of terms.
    Assertion,
    /// Pages read.
    Page,
    /// Chunks put or taken, and questions about blobs.
    Chunk,
    /// Letters.
    Letter,
    /// What is said and asked in linkings.
    Linking,
}

impl Counted {
    /// What an envelope counts as that is posted or given back. Content counts by its bytes only.
    pub(super) const fn of(thread: ThreadId, kind: EnvelopeKind) -> Option<Self> {
        match kind {
            EnvelopeKind::Handshake => Some(Self::Handshake(thread)),
            EnvelopeKind::Control => Some(Self::Control),
            EnvelopeKind::Application => None,
        }
    }

    const fn per_minute(self) -> u32 {
        match self {
            Self::Handshake(_) => HANDSHAKES_PER_MINUTE,
            Self::HandshakeThread => HANDSHAKE_THREADS_PER_MINUTE,
            Self::Control => CONTROLS_PER_MINUTE,
            Self::Claim | Self::Opening => CLAIMS_PER_MINUTE,
            Self::Publication => PUBLICATIONS_PER_MINUTE,
            Self::Assertion => ASSERTIONS_PER_MINUTE,
            Self::Page => PAGES_PER_MINUTE,
            Self::Chunk => CHUNKS_PER_MINUTE,
            Self::Letter => LETTERS_PER_MINUTE,
            Self::Linking => LINK_REQUESTS_PER_MINUTE,
        }
    }
}

/// What every device has asked for in the present minute and day.
#[derive(Default)]
pub(super) struct Quotas {
    minute: Mutex<Window<(RowKey, Counted), u32>>,
    day: Mutex<Window<RowKey, u64>>,
    open_blobs: Mutex<OpenBlobs>,
}

/// Blobs that devices have begun and not finished, each with the day.
#[derive(Default)]
struct OpenBlobs {
    day: u64,
    of_devices: HashMap<RowKey, HashMap<RowKey, u64>>,
}

impl Quotas {
    /// Counts one, if the device may have it.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`], until the next minute.
    pub(super) fn take(&self, device: &RowKey, what: Counted, at: UnixSeconds) -> Result<(), Refusal> {
        let mut window = present(&self.minute, SECONDS_PER_MINUTE, at);
        let is_another =
            matches!(what, Counted::Handshake(_)) && !window.counts.contains_key(&(*device, what));
        for what in is_another.then_some(Counted::HandshakeThread).into_iter().chain([what]) {
            let count = window.counts.entry((*device, what)).or_default();
            if *count >= what.per_minute() {
                return Err(exceeded(SECONDS_PER_MINUTE, at));
            }
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    /// Counts what the device asks to be stored, if it may have so much.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`], until the next day.
    pub(super) fn take_bytes(&self, device: &RowKey, bytes: usize, at: UnixSeconds) -> Result<(), Refusal> {
        if bytes == 0 {
            return Ok(());
        }
        let mut window = present(&self.day, SECONDS_PER_DAY, at);
        let used = window.counts.entry(*device).or_default();
        let total = used.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if total > DEVICE_BYTES_PER_DAY {
            return Err(exceeded(SECONDS_PER_DAY, at));
        }
        *used = total;
        Ok(())
    }

    /// Counts a blob as open, if the device may have another.
    ///
    /// # Errors
    /// [`RefusalCode::QuotaExceeded`], until the next day.
    pub(super) fn begin_blob(&self, device: &RowKey, blob: &RowKey, at: UnixSeconds) -> Result<(), Refusal> {
        let mut open = self.open_blobs.lock().unwrap_or_else(PoisonError::into_inner);
        if open.day != at.day() {
            open.day = at.day();
            // Those that are older are gone from the disk.
            open.of_devices.retain(|_, blobs| {
                blobs.retain(|_, day| day.saturating_add(OPEN_BLOB_DAYS) >= at.day());
                !blobs.is_empty()
            });
        }
        let blobs = open.of_devices.entry(*device).or_default();
        if blobs.len() >= OPEN_BLOBS_PER_DEVICE && !blobs.contains_key(blob) {
            return Err(exceeded(SECONDS_PER_DAY, at));
        }
        blobs.insert(*blob, at.day());
        Ok(())
    }

    /// A blob is whole, or was not begun after all.
    pub(super) fn end_blob(&self, device: &RowKey, blob: &RowKey) {
        let mut open = self.open_blobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blobs) = open.of_devices.get_mut(device) {
            blobs.remove(blob);
            if blobs.is_empty() {
                open.of_devices.remove(device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::refusal::RefusalCode;

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

    #[test]
    fn thread_ids_that_a_device_makes_up_fill_nothing() {
        let (quotas, device, other) = (Quotas::default(), [1; 32], [2; 32]);
        let in_thread = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            Counted::Handshake(ThreadId::new(id))
        };
        let taken =
            (0..10_000).filter(|number| quotas.take(&device, in_thread(*number), UnixSeconds(6)).is_ok());
        assert_eq!(taken.count(), usize::try_from(HANDSHAKE_THREADS_PER_MINUTE).unwrap());
        let entries = quotas.minute.lock().unwrap().counts.len();
        assert_eq!(entries, usize::try_from(HANDSHAKE_THREADS_PER_MINUTE).unwrap() + 1);
        assert!(quotas.take(&device, in_thread(0), UnixSeconds(6)).is_ok(), "threads that are counted go on");
        assert!(quotas.take(&other, in_thread(20_000), UnixSeconds(6)).is_ok());
    }

    #[test]
    fn bytes_are_of_one_device_and_one_day() {
        let (quotas, device, other) = (Quotas::default(), [1; 32], [2; 32]);
        let all = usize::try_from(DEVICE_BYTES_PER_DAY).unwrap();
        let at = UnixSeconds(SECONDS_PER_DAY - 100);
        quotas.take_bytes(&device, all - 1, at).unwrap();
        let refused = quotas.take_bytes(&device, 2, at);
        assert_eq!(refused, Err(Refusal::after(RefusalCode::QuotaExceeded, 100)));
        assert!(quotas.take_bytes(&device, 1, at).is_ok(), "what was refused is not counted");
        assert!(quotas.take_bytes(&other, all, at).is_ok());
        assert!(quotas.take_bytes(&device, all, at.plus(100)).is_ok());
    }
    #[test]
    fn open_blobs_are_bounded_until_they_are_whole_or_too_old() {
        let (quotas, device, other) = (Quotas::default(), [1; 32], [2; 32]);
        let blob = |number: usize| [u8::try_from(number).unwrap(); 32];
        let at = UnixSeconds(SECONDS_PER_DAY * 10 + 100);
        for number in 0..OPEN_BLOBS_PER_DEVICE {
            quotas.begin_blob(&device, &blob(number), at).unwrap();
        }
        let one_more = blob(OPEN_BLOBS_PER_DEVICE);
        assert_eq!(quotas.begin_blob(&device, &one_more, at).unwrap_err().code, RefusalCode::QuotaExceeded);
        assert!(quotas.begin_blob(&device, &blob(0), at).is_ok(), "one that is open already");
        assert!(quotas.begin_blob(&other, &one_more, at).is_ok());
        quotas.end_blob(&device, &blob(0));
        assert!(quotas.begin_blob(&device, &one_more, at).is_ok());
        let later = at.plus((OPEN_BLOB_DAYS + 1) * SECONDS_PER_DAY);
        quotas.begin_blob(&device, &blob(0), later).unwrap();
        assert_eq!(quotas.open_blobs.lock().unwrap().of_devices.len(), 1, "nobody is remembered for long");
    }
}
