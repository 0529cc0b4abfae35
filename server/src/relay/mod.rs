//! The Delivery Service: an ordered, blind log for each thread (DESIGN section 4).
//!
//! ```text
//! accept ── socket ── session ──(granted)── writer ── store
//!                     │   │                  │
//!                 sign_in └── sync ── store  └── live ── outbox ── socket
//! ```
//!
//! | for | see |
//! |---|---|
//! | one connection: sign-in, requests, refusals | `session`, `sign_in`, `quota` |
//! | each request: what is checked, what is done | `delivery` |
//! | group commit | `writer`, `batch` |
//! | encrypted documents | `blobs` |
//! | who hears what, and how much may wait for them | `live`, `outbox` |
//! | what is on disk, and why it says so little | `store`, `blind`, `migrations/relay` |
//! | a database that went back in time | `incarnation` |
//! | a new device and its account's primary one | `rendezvous` |
//! | running it | `config`, `socket`, `admin`, [`cli`] |

mod admin;
mod batch;
mod blind;
mod blobs;
pub mod cli;
mod config;
mod delivery;
mod error;
mod incarnation;
mod live;
mod outbox;
mod quota;
mod recent;
mod rendezvous;
mod session;
mod sign_in;
mod socket;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::rand;
use colloque_schemas::frame::{Challenge, Event, Response, ServerFrame};
use colloque_schemas::limits::PROTOCOL_VERSION;
use colloque_schemas::point::Points;
use colloque_schemas::refusal::Refusal;
use colloque_schemas::sign_in::{ChannelBinding, Nonce};
use colloque_schemas::time::UnixSeconds;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

pub use admin::serve_admin;
pub use config::Config;
pub use error::{DiskFailed, StartError};
pub use outbox::{End, OutboxReader, Outgoing};
pub use session::Session;
pub use socket::{serve, serve_plain};
pub use store::inventory::{FileInventory, Inventory, TableInventory};

use crate::clock::Clock;
use crate::private_file::{self, FileError};
use batch::HotThreads;
use blind::{Blind, RELAY_KEY_BYTES};
use blobs::Blobs;
use delivery::Act;
use error::RequestError;
use incarnation::Present;
use live::Live;
use outbox::Outbox;
use quota::Quotas;
use rendezvous::Rendezvous;
use sign_in::Greeting;
use store::Store;
use store::choke::Readers;
use store::chunks::Chunks;
use writer::{Job, Ticket, WAITING_REQUESTS, Writer};

/// Name of the relay key's file in the data folder.
pub const RELAY_KEY_FILE: &str = "relay.key";
/// Name of the file that is locked while a relay uses the data folder.
const LOCK_FILE: &str = "relay.lock";
/// In what time devices come back, at random, when the relay goes.
const RETRY_WITHIN_SECONDS: u32 = 10;

/// A relay, apart from any socket. Clones are the same relay.
#[derive(Clone)]
pub struct Relay {
    core: Arc<Core>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What all sessions share.
struct Core {
    config: Config,
    clock: Arc<dyn Clock>,
    blind: Arc<Blind>,
    live: Arc<Live>,
    quotas: Quotas,
    rendezvous: Rendezvous,
    blobs: Blobs,
    readers: Readers,
    incarnation: Present,
    jobs: mpsc::Sender<Job>,
    is_healthy: Arc<AtomicBool>,
    has_disk_failed: watch::Receiver<bool>,
    _lock: File,
}

/// Where the configuration says that blobs are.
fn chunks(config: &Config) -> Result<Chunks, StartError> {
    #[cfg(feature = "s3")]
    if let Some(bucket) = &config.blob_bucket {
        return Chunks::in_bucket(bucket);
    }
    Chunks::in_folder(&config.data, &config.points)
}

impl Relay {
    /// Opens the data folder, creating what is absent, and starts the writer. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`], each one line that says what to do.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let lock = lock_folder(&config.data, &config.points)?;
        let relay_key = load_or_create_relay_key(&config)?;
        let blind = Arc::new(Blind::new(&relay_key).map_err(|_| StartError::Cryptography)?);
        let Store { mut writer, readers } = Store::open(&config.data, &config.points).await?;
        let incarnation = Present::load(&mut writer).await;
        let incarnation = incarnation.map_err(|cause| store::database_error(&config.data, cause))?;
        let used = store::blobs::total_bytes(&mut writer).await;
        let used = used.map_err(|cause| store::database_error(&config.data, cause))?;
        let blobs = Blobs::new(chunks(&config)?, used, config.blob_room_bytes);
        let (jobs, waiting) = mpsc::channel(WAITING_REQUESTS);
        let live = Arc::new(Live::default());
        let is_healthy = Arc::new(AtomicBool::new(true));
        let (disk_failed, has_disk_failed) = watch::channel(false);
        let writer = Writer {
            connection: writer,
            blind: Arc::clone(&blind),
            clock: Arc::clone(&clock),
            live: Arc::clone(&live),
            is_healthy: Arc::clone(&is_healthy),
            disk_failed,
            hot: HotThreads::default(),
        };
        let writer = tokio::spawn(writer.run(waiting));
        let quotas = Quotas::default();
        let core = Arc::new(Core {
            config,
            clock,
            blind,
            live,
            quotas,
            rendezvous: Rendezvous::default(),
            blobs,
            readers,
            incarnation,
            jobs,
            is_healthy,
            has_disk_failed,
            _lock: lock,
        });
        Ok(Self { core, writer: Arc::new(Mutex::new(Some(writer))) })
    }

    /// A new connection, over a transport of this channel binding. The challenge is in the outbox.
    ///
    /// # Errors
    /// [`StartError::Cryptography`] without randomness for the nonce.
    pub fn connect(&self, channel_binding: ChannelBinding) -> Result<(Session, OutboxReader), StartError> {
        let mut nonce = [0; 32];
        rand::fill(&mut nonce).map_err(|_| StartError::Cryptography)?;
        let nonce = Nonce(nonce);
        let (outbox, reader) = Outbox::new(&self.core.config.points);
        outbox.send(ServerFrame::Challenge(Challenge {
            version: PROTOCOL_VERSION,
            nonce,
            relay_name: self.core.config.name.clone(),
        }));
        let greeting = Greeting { nonce, issued_at: self.core.clock.now(), channel_binding };
        Ok((Session::new(Arc::clone(&self.core), Arc::new(outbox), greeting), reader))
    }

    /// Removes what is older than the configured retention. Done once a day by [`serve`].
    pub async fn prune(&self) {
        let today = self.core.clock.now().day();
        let before_day = today.saturating_sub(self.core.config.retention_days);
        let (done, finished) = oneshot::channel();
        let before_day = i64::try_from(before_day).unwrap_or_default();
        if self.core.jobs.send(Job::Prune(before_day, done)).await.is_ok() {
            // An error means that the relay stops: the next start prunes.
            let _ = finished.await;
        }
        match blobs::prune(&self.core, before_day).await {
            Ok(()) | Err(RequestError::Stopping) => {}
            Err(cause) => tracing::error!(%cause, "blobs that are too old could not be removed"),
        }
    }

    /// Whether the database took the last transaction, and can be read.
    pub async fn is_ready(&self) -> bool {
        let is_readable =
            sqlx::query("SELECT count(*) FROM thread WHERE number = 0").execute(&self.core.readers);
        self.core.is_healthy.load(Ordering::Relaxed) && is_readable.await.is_ok()
    }

    /// Stops in good order: tells devices, finishes and answers what was taken, empties the WAL, ends connections.
    /// Requests that come later are refused as `busy`. Again has no effect.
    pub async fn stop(&self) {
        let leaving = outbox::encoded(Event::GoingAway { retry_within_seconds: RETRY_WITHIN_SECONDS });
        self.core.live.tell_all(|outbox| outbox.send_encoded(leaving.clone()));
        let Some(writer) = self.writer.lock().await.take() else { return };
        // Readers first: they would hold up the writer's emptying of the WAL, and only the last to close removes it.
        self.core.readers.close().await;
        // Closed already means finished already.
        let _ = self.core.jobs.send(Job::Finish).await;
        if writer.await.is_err() {
            tracing::error!("the writer ended before it was told to");
        }
        self.core.live.tell_all(|outbox| outbox.end(End::GoingAway));
    }
}

impl Core {
    /// Hands a granted request to the writer; waits if many are before it.
    async fn submit(&self, act: Act, ticket: Ticket) -> Result<(), RequestError> {
        self.jobs.send(Job::Act(Box::new(act), ticket)).await.map_err(|_| RequestError::Stopping)
    }

    /// As [`Self::submit`], and waits for the outcome.
    async fn call(&self, act: Act) -> Result<Response, RequestError> {
        let (answer, outcome) = oneshot::channel::<Result<Response, Refusal>>();
        self.submit(act, Ticket::Call(answer)).await?;
        outcome.await.map_err(|_| RequestError::Stopping)?.map_err(RequestError::Refused)
    }
}

/// Makes the folder if it is absent, for the relay's user alone.
fn create_folder(data: &Path, points: &Points) -> Result<(), StartError> {
    let create = || DirBuilder::new().recursive(true).mode(0o700).create(data);
    private_file::change(points, create).map_err(|cause| folder_error(data, cause))
}

fn folder_error(folder: &Path, cause: std::io::Error) -> StartError {
    StartError::Folder { path: folder.display().to_string(), cause }
}

/// Begins another incarnation of the database in this folder, which no relay uses meanwhile. It takes new envelopes from this
/// instant on.
///
/// # Errors
/// [`StartError`].
pub(crate) async fn declare_restored(data: &Path, settles_at: UnixSeconds) -> Result<(), StartError> {
    let points = Points::default();
    if !data.join(store::DATABASE_FILE).exists() {
        let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(folder_error(data, cause));
    }
    let _lock = lock_folder(data, &points)?;
    let Store { mut writer, readers } = Store::open(data, &points).await?;
    let begun = incarnation::begin(&mut writer, settles_at).await.map(drop);
    readers.close().await;
    let closed = store::close(writer).await;
    begun.and(closed).map_err(|cause| store::database_error(data, cause))
}

/// Claims the folder: two writers would each have their own idea of the next place in a log.
fn lock_folder(data: &Path, points: &Points) -> Result<File, StartError> {
    create_folder(data, points)?;
    let failed = |cause| folder_error(data, cause);
    let lock = private_file::change(points, || File::create(data.join(LOCK_FILE))).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::InUse(data.display().to_string())),
        Err(std::fs::TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// The relay key. A database whose key is lost is of no use, so a new key is made only beside no database.
fn load_or_create_relay_key(config: &Config) -> Result<Zeroizing<[u8; RELAY_KEY_BYTES]>, StartError> {
    let data = &config.data;
    let path = data.join(RELAY_KEY_FILE);
    let failed = |error: FileError| StartError::RelayKey(error.to_string());
    match private_file::read_private(&path, 1024).map(Zeroizing::new) {
        Ok(bytes) => {
            let key = <[u8; RELAY_KEY_BYTES]>::try_from(bytes.as_slice());
            let wrong = || StartError::RelayKey(format!("{} is not a relay key", path.display()));
            key.map(Zeroizing::new).map_err(|_| wrong())
        }
        Err(error) if error.is_absent() && data.join(store::DATABASE_FILE).exists() => {
            let path = path.display();
            Err(StartError::RelayKey(format!(
                "{path} is missing: restore the copy that belongs to the database"
            )))
        }
        Err(error) if error.is_absent() => {
            let mut key = Zeroizing::new([0; RELAY_KEY_BYTES]);
            rand::fill(key.as_mut_slice()).map_err(|_| StartError::Cryptography)?;
            private_file::create_private(&config.points, &path, key.as_slice()).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}
