//! Blobs: chunks put, asked about and taken. Whoever knows a blob's id may: the relay cannot know whose it is, and keeps
//! nothing that says so.
//!
//! Chunks do not go through the writer, which only begins, completes and forgets blobs.

use colloque_schemas::frame::{PutChunk, Response};
use colloque_schemas::id::BlobId;
use colloque_schemas::refusal::{Refusal, RefusalCode};

use super::super::Core;
use super::super::batch::Batch;
use super::super::blind::RowKey;
use super::super::error::RequestError;
use super::super::store::blobs;
use super::Act;

/// Seconds after which a device asks which chunk comes next.
const GAP_RETRY_SECONDS: u32 = 1;

/// What the writer does with a blob.
pub(in super::super) enum BlobChange {
    /// Begins it.
    Begin(RowKey, colloque_schemas::blob::BlobSize),
    /// Notes that it is whole.
    Complete(RowKey),
    /// Forgets it.
    Forget(RowKey),
}

impl BlobChange {
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        match self {
            Self::Begin(blob, size) => {
                let day = batch.day()?;
                if !blobs::insert(batch.connection, &blob, size, day).await? {
                    return Err(gap());
                }
            }
            Self::Complete(blob) => blobs::set_whole(batch.connection, &blob).await?,
            Self::Forget(blob) => blobs::remove(batch.connection, &blob).await?,
        }
        Ok(Response::Done)
    }
}

/// Stores a chunk, in its turn and once. Answered when it is durable.
pub(in super::super) async fn put(
    core: &Core,
    device: &RowKey,
    put: PutChunk,
) -> Result<Response, RequestError> {
    let PutChunk { blob, size, index, chunk } = put;
    if size.chunk_bytes(index) != Some(chunk.length()) {
        return Err(RefusalCode::Malformed.into());
    }
    core.quotas.take_bytes(device, chunk.length(), core.clock.now())?;
    let blob = core.blind.blob_row(blob);
    let _adding = core.blobs.pruning.read().await;
    match blobs::load(&core.readers, &blob).await? {
        Some(record) if record.size != size => return Err(RefusalCode::BlobConflict.into()),
        Some(record) if record.is_whole => {}
        Some(_) if index > 0 && !core.blobs.chunks.has(&blob, index.saturating_sub(1)).await? => {
            return Err(gap());
        }
        Some(_) => {}
        None if index > 0 => return Err(gap()),
        None => begin(core, device, blob, size).await?,
    }
    let chunk = bytes::Bytes::from(chunk.into_vec());
    // Closed by nobody.
    let writing = core.blobs.writes.acquire().await;
    let is_new = core.blobs.chunks.put(&blob, index, chunk.clone(), core.clock.now()).await?;
    drop(writing);
    if !is_new && core.blobs.chunks.take(&blob, index).await? != Some(chunk) {
        return Err(RefusalCode::BlobConflict.into());
    }
    if size.is_last(index) {
        core.call(Act::Blob(BlobChange::Complete(blob))).await?;
        core.quotas.end_blob(device, &blob);
    }
    Ok(Response::Done)
}

async fn begin(
    core: &Core,
    device: &RowKey,
    blob: RowKey,
    size: colloque_schemas::blob::BlobSize,
) -> Result<(), RequestError> {
    core.quotas.begin_blob(device, &blob, core.clock.now())?;
    let begun = match core.blobs.reserve(size) {
        Ok(()) => {
            let begun = core.call(Act::Blob(BlobChange::Begin(blob, size))).await;
            begun.map(drop).inspect_err(|_| core.blobs.release(size))
        }
        Err(refusal) => Err(refusal.into()),
    };
    begun.inspect_err(|_| core.quotas.end_blob(device, &blob))
}

/// Says which chunk comes next, of a blob that nobody has begun the first.
pub(in super::super) async fn ask(core: &Core, blob: BlobId) -> Result<Response, RequestError> {
    let blob = core.blind.blob_row(blob);
    let next = match blobs::load(&core.readers, &blob).await? {
        None => 0,
        Some(record) if record.is_whole => record.size.chunks(),
        Some(record) => core.blobs.chunks.count(&blob, record.size).await?,
    };
    Ok(Response::NextChunk(next))
}

/// Reads a chunk of a blob that is whole. All that is not there is refused alike.
pub(in super::super) async fn take(core: &Core, blob: BlobId, index: u32) -> Result<Response, RequestError> {
    let blob = core.blind.blob_row(blob);
    let record = blobs::load(&core.readers, &blob).await?;
    if record.is_some_and(|record| record.is_whole)
        && let Some(chunk) = core.blobs.chunks.take(&blob, index).await?
    {
        return Ok(Response::Chunk(chunk.to_vec().into()));
    }
    Err(RefusalCode::NoSuchBlob.into())
}

fn gap() -> RequestError {
    Refusal::after(RefusalCode::BlobGap, GAP_RETRY_SECONDS).into()
}
