//! Chunks of blobs, each a file of its own, `blobs/`keyed name of the blob`/`number of the chunk, or an object of that name.
//!
//! A chunk is put where nothing is, or not at all: nothing is ever overwritten.
//!
//! As a file it is written beside its place, synced, and then linked into place, which fails if something is there; the folder
//! is synced before the write returns. So a crash leaves whole chunks or none.
//!
//! The system keeps finer times of files than the relay keeps of anything: they are set to the start of the day.

use std::fs::{File, FileTimes};
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use colloque_schemas::blob::BlobSize;
use colloque_schemas::point::{Point, Points};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use data_encoding::HEXLOWER;
use futures_util::future::ready;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::task::spawn_blocking;

use super::super::blind::RowKey;
use super::super::error::StartError;
use super::super::{create_folder, folder_error};
use crate::private_file;

/// Name of the folder of blobs in the data folder.
const BLOBS_FOLDER: &str = "blobs";

/// Why a chunk was not written or read. Says no name: names are all that a log would need to line blobs up with times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum ChunkError {
    /// No room on the disk.
    #[error("the disk of the blobs is full")]
    Full,
    /// Something else.
    #[error("the blobs cannot be reached: {0}")]
    Failed(io::ErrorKind),
}

impl From<io::Error> for ChunkError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            kind => Self::Failed(kind),
        }
    }
}

impl From<Error> for ChunkError {
    fn from(error: Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return io::Error::from(error.kind()).into();
            }
            cause = error.source();
        }
        Self::Failed(io::ErrorKind::Other)
    }
}

/// Where all chunks are.
pub(in super::super) struct Chunks {
    store: Box<dyn ObjectStore>,
    /// Their folder, where they are files: what the crate of object stores has no way to do is done there.
    folder: Option<PathBuf>,
    points: Points,
}

impl Chunks {
    /// Opens the folder of blobs in this data folder; makes it if it is absent.
    ///
    /// # Errors
    /// [`StartError::Folder`].
    pub(in super::super) fn in_folder(data: &FilePath, points: &Points) -> Result<Self, StartError> {
        let folder = data.join(BLOBS_FOLDER);
        create_folder(&folder, points)?;
        let store = LocalFileSystem::new_with_prefix(&folder);
        let store = store.map_err(|error| folder_error(&folder, io::Error::other(error)))?;
        let store = Box::new(store.with_fsync(true));
        Ok(Self { store, folder: Some(folder), points: points.clone() })
    }

    /// In a store of objects that keeps durably what it takes, and puts an object where none is or not at all.
    #[cfg(any(feature = "s3", test))]
    pub(in super::super) fn in_objects(store: impl ObjectStore) -> Self {
        Self { store: Box::new(store), folder: None, points: Points::default() }
    }

    /// In a bucket of S3 or of what speaks its protocol. Credentials, region and endpoint come from the environment
    /// (`AWS_…`).
    ///
    /// # Errors
    /// [`StartError::Bucket`].
    #[cfg(feature = "s3")]
    pub(in super::super) fn in_bucket(name: &str) -> Result<Self, StartError> {
        let bucket = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(name).build();
        let bucket = bucket.map_err(|cause| StartError::Bucket { name: name.to_owned(), cause })?;
        Ok(Self::in_objects(bucket))
    }

    /// Stores a chunk durably, on this day. False, and nothing done, if there is one in its place.
    ///
    /// # Errors
    /// [`ChunkError`]; nothing is stored then.
    pub(in super::super) async fn put(
        &self,
        blob: &RowKey,
        index: u32,
        chunk: Bytes,
        now: UnixSeconds,
    ) -> Result<bool, ChunkError> {
        let place = place(blob, index);
        self.points.before(Point::File).map_err(io::Error::other)?;
        let put = self.store.put_opts(&place, PutPayload::from_bytes(chunk), PutMode::Create.into()).await;
        self.points.after(Point::File).map_err(io::Error::other)?;
        match put {
            Ok(_) => {}
            // Linked by someone who may have died before the folder was synced.
            Err(Error::AlreadyExists { .. }) => {
                if let Some(folder) = self.folder_of(blob) {
                    self.blocking(move || File::open(folder)?.sync_all()).await?;
                }
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        if let Some(folder) = self.folder_of(blob) {
            self.blocking(move || {
                let file = folder.join(index.to_string());
                file.ancestors().take(3).try_for_each(|path| blur(path, now))
            })
            .await?;
        }
        Ok(true)
    }

    /// Reads a chunk, if it is there.
    ///
    /// # Errors
    /// [`ChunkError`].
    pub(in super::super) async fn take(
        &self,
        blob: &RowKey,
        index: u32,
    ) -> Result<Option<Bytes>, ChunkError> {
        let found = match self.store.get(&place(blob, index)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        present(found)
    }

    /// Whether a chunk is there.
    ///
    /// # Errors
    /// [`ChunkError`].
    pub(in super::super) async fn has(&self, blob: &RowKey, index: u32) -> Result<bool, ChunkError> {
        Ok(present(self.store.head(&place(blob, index)).await)?.is_some())
    }

    /// How many chunks of a blob there are. They lie without gaps.
    ///
    /// # Errors
    /// [`ChunkError`].
    pub(in super::super) async fn count(&self, blob: &RowKey, size: BlobSize) -> Result<u32, ChunkError> {
        let (mut there, mut missing) = (0, size.chunks());
        while there < missing {
            let middle = there.midpoint(missing);
            if self.has(blob, middle).await? {
                there = middle.saturating_add(1);
            } else {
                missing = middle;
            }
        }
        Ok(there)
    }

    /// Removes everything of a blob, also what a crash left.
    ///
    /// # Errors
    /// [`ChunkError`].
    pub(in super::super) async fn remove(&self, blob: &RowKey) -> Result<(), ChunkError> {
        let Some(folder) = self.folder_of(blob) else {
            let places = self.store.list(Some(&Path::from(HEXLOWER.encode(blob))));
            let places = places.map_ok(|found| found.location).boxed();
            self.points.before(Point::File).map_err(io::Error::other)?;
            return Ok(self.store.delete_stream(places).try_for_each(|_| ready(Ok(()))).await?);
        };
        self.blocking(move || match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Does what the crate of object stores has no way to do, as it does its own work: on a thread that may wait.
    async fn blocking(
        &self,
        change: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> Result<(), ChunkError> {
        let points = self.points.clone();
        let done = spawn_blocking(move || private_file::change(&points, change)).await;
        Ok(done.map_err(|_| ChunkError::Failed(io::ErrorKind::Interrupted))??)
    }

    fn folder_of(&self, blob: &RowKey) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(HEXLOWER.encode(blob)))
    }
}

fn place(blob: &RowKey, index: u32) -> Path {
    Path::from(format!("{}/{index}", HEXLOWER.encode(blob)))
}

fn present<T>(found: Result<T, Error>) -> Result<Option<T>, ChunkError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sets the times of a file or folder to the start of the day.
fn blur(path: &FilePath, now: UnixSeconds) -> io::Result<()> {
    let day = SystemTime::UNIX_EPOCH + Duration::from_secs(now.day().saturating_mul(SECONDS_PER_DAY));
    File::open(path)?.set_times(FileTimes::new().set_accessed(day).set_modified(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_however_deep_it_is_found_and_no_name_is_said() {
        let deep = |kind: io::ErrorKind| Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(io::Error::new(kind, "blobs/abcdef/0")),
        };
        assert_eq!(ChunkError::from(deep(io::ErrorKind::StorageFull)), ChunkError::Full);
        let failed = ChunkError::from(deep(io::ErrorKind::PermissionDenied));
        assert_eq!(failed, ChunkError::Failed(io::ErrorKind::PermissionDenied));
        assert!(!failed.to_string().contains("abcdef"));
    }

    #[tokio::test]
    async fn a_chunk_is_written_once_and_what_a_crash_left_is_no_chunk() {
        let data = tempfile::tempdir().unwrap();
        let chunks = Chunks::in_folder(data.path(), &Points::default()).unwrap();
        let (blob, now) = ([0xab; 32], UnixSeconds(1_800_000_123));
        assert!(chunks.put(&blob, 0, Bytes::from_static(b"first"), now).await.unwrap());
        assert!(!chunks.put(&blob, 0, Bytes::from_static(b"other"), now).await.unwrap());
        assert_eq!(chunks.take(&blob, 0).await.unwrap().unwrap(), "first");
        // As the process leaves it that is killed before the chunk is in its place.
        let folder = data.path().join(BLOBS_FOLDER).join(HEXLOWER.encode(&blob));
        std::fs::write(folder.join("1#1"), "half").unwrap();
        assert_eq!(chunks.take(&blob, 1).await.unwrap(), None);
        assert_eq!(chunks.count(&blob, BlobSize::of_document(600_000).unwrap()).await.unwrap(), 1);
        assert!(chunks.put(&blob, 1, Bytes::from_static(b"second"), now).await.unwrap());
        assert_eq!(chunks.count(&blob, BlobSize::of_document(600_000).unwrap()).await.unwrap(), 2);
        chunks.remove(&blob).await.unwrap();
        chunks.remove(&blob).await.unwrap();
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn files_and_folders_say_the_day_and_nothing_finer() {
        let data = tempfile::tempdir().unwrap();
        let chunks = Chunks::in_folder(data.path(), &Points::default()).unwrap();
        let now = UnixSeconds(1_800_000_123);
        for index in 0..2 {
            chunks.put(&[1; 32], index, Bytes::from_static(b"chunk"), now).await.unwrap();
        }
        let blob = data.path().join(BLOBS_FOLDER).join(HEXLOWER.encode(&[1; 32]));
        for path in [&blob.join("0"), &blob.join("1"), &blob, &data.path().join(BLOBS_FOLDER)] {
            let at = std::fs::metadata(path).unwrap().modified().unwrap();
            let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            assert_eq!(seconds, now.day() * SECONDS_PER_DAY, "{}", path.display());
        }
    }

    #[tokio::test]
    async fn objects_are_put_once_counted_and_removed_as_files_are() {
        let chunks = Chunks::in_objects(object_store::memory::InMemory::new());
        let (blob, other, now) = ([0xab; 32], [0xac; 32], UnixSeconds(1_800_000_123));
        let size = BlobSize::of_document(600_000).unwrap();
        for index in 0..3 {
            assert_eq!(chunks.count(&blob, size).await.unwrap(), index);
            assert!(chunks.put(&blob, index, Bytes::from(vec![7; 9]), now).await.unwrap());
        }
        assert!(!chunks.put(&blob, 0, Bytes::from_static(b"other"), now).await.unwrap());
        assert_eq!(chunks.take(&blob, 0).await.unwrap().unwrap(), vec![7; 9]);
        assert!(chunks.put(&other, 0, Bytes::from_static(b"stays"), now).await.unwrap());
        chunks.remove(&blob).await.unwrap();
        chunks.remove(&blob).await.unwrap();
        assert_eq!(chunks.count(&blob, size).await.unwrap(), 0);
        assert!(chunks.has(&other, 0).await.unwrap());
    }
}
