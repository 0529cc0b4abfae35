//! The relay's blobs: where they are, how much room they have, and their removal.

use std::sync::atomic::{AtomicU64, Ordering};

use colloque_schemas::blob::BlobSize;
use colloque_schemas::limits::OPEN_BLOB_DAYS;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use tokio::sync::{RwLock, Semaphore};

use super::Core;
use super::delivery::{Act, BlobChange};
use super::error::{RequestError, STORAGE_RETRY_SECONDS};
use super::store::chunks::Chunks;
use super::store::{blobs, to_stored};

/// Chunks that are written at a time: more would only wait for the same disk, and hold up the log on it.
const WRITES: usize = 8;

/// What all sessions share of blobs.
pub(super) struct Blobs {
    pub(super) chunks: Chunks,
    pub(super) writes: Semaphore,
    /// Held by everyone who adds to a blob, and alone by the removal of what is too old.
    pub(super) pruning: RwLock<()>,
    used_bytes: AtomicU64,
    room_bytes: u64,
}

impl Blobs {
    /// Of these chunks, which take `used_bytes` of `room_bytes`.
    pub(super) fn new(chunks: Chunks, used_bytes: u64, room_bytes: u64) -> Self {
        let (writes, pruning) = (Semaphore::new(WRITES), RwLock::new(()));
        Self { chunks, writes, pruning, used_bytes: AtomicU64::new(used_bytes), room_bytes }
    }

    /// Keeps room for a whole blob before it is begun.
    ///
    /// # Errors
    /// [`RefusalCode::StorageFull`].
    pub(super) fn reserve(&self, size: BlobSize) -> Result<(), Refusal> {
        let with =
            |used: u64| Some(used.saturating_add(size.bytes())).filter(|used| *used <= self.room_bytes);
        let reserved = self.used_bytes.try_update(Ordering::Relaxed, Ordering::Relaxed, with);
        reserved.map(drop).map_err(|_| Refusal::after(RefusalCode::StorageFull, STORAGE_RETRY_SECONDS))
    }

    /// Gives that room back.
    pub(super) fn release(&self, size: BlobSize) {
        self.used_bytes.fetch_sub(size.bytes(), Ordering::Relaxed);
    }
}

/// Removes blobs from before this day, and those that are not whole in time. Chunks go first: until its row is gone too,
/// a blob is removed again.
///
/// # Errors
/// The database's or the file system's. What was removed until then stays so.
pub(super) async fn prune(core: &Core, before_day: i64) -> Result<(), RequestError> {
    let open_before_day = to_stored(core.clock.now().day().saturating_sub(OPEN_BLOB_DAYS))?;
    loop {
        let _alone = core.blobs.pruning.write().await;
        let expired = blobs::expired(&core.readers, before_day, open_before_day).await?;
        if expired.is_empty() {
            return Ok(());
        }
        for (blob, size) in expired {
            core.blobs.chunks.remove(&blob).await?;
            core.call(Act::Blob(BlobChange::Forget(blob))).await?;
            core.blobs.release(size);
        }
    }
}
