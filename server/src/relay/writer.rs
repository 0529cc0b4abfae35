//! The one task that writes. It takes everything that waits, writes it in one transaction, makes it durable, and only
//! then answers all and tells those who follow (group commit).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use colloque_schemas::frame::{RequestId, Response};
use colloque_schemas::id::ThreadId;
use colloque_schemas::refusal::Refusal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::batch::{Batch, HotThreads, News};
use super::blind::Blind;
use super::delivery::Act;
use super::error::RequestError;
use super::live::Live;
use super::outbox::Outbox;
use super::store::choke::Connection;
use super::store::envelopes::NewRow;
use super::store::{self, retention};
use crate::clock::Clock;

/// Requests in one transaction.
const BATCH_REQUESTS: usize = 512;
/// Bytes of payloads in one transaction, unless the first request alone has more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Requests that may wait for the writer. A session that finds no room waits, and so does its peer.
pub(super) const WAITING_REQUESTS: usize = 2048;
/// After this long without work, the WAL is emptied.
const IDLE: Duration = Duration::from_secs(1);
/// Threads pruned in one transaction, so that nobody waits long for it.
const PRUNED_THREADS: i64 = 16;

/// Where the outcome of a request goes.
pub(super) enum Ticket {
    /// To a device, as the reply to its request.
    Reply(Arc<Outbox>, RequestId),
    /// To a task that waits.
    Call(oneshot::Sender<Result<Response, Refusal>>),
}

impl Ticket {
    fn answer(self, outcome: Result<Response, Refusal>) {
        match self {
            Self::Reply(outbox, id) => outbox.answer(id, outcome),
            // Whoever waited may have gone.
            Self::Call(caller) => drop(caller.send(outcome)),
        }
    }
}

/// One thing for the writer to do.
pub(super) enum Job {
    /// A request that was granted.
    Act(Box<Act>, Ticket),
    /// Remove what is from before this day, and answer once all is gone.
    Prune(i64, oneshot::Sender<()>),
    /// Finish what waits, take nothing more.
    Finish,
}

/// What the writer works with.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) blind: Arc<Blind>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) live: Arc<Live>,
    pub(super) is_healthy: Arc<AtomicBool>,
    pub(super) disk_failed: watch::Sender<bool>,
    pub(super) hot: HotThreads,
}

/// What became of a transaction.
struct Committed {
    outcomes: Vec<Result<Response, Refusal>>,
    rows: Vec<NewRow>,
    news: Vec<News>,
}

impl Writer {
    /// Works until told to finish, then closes the database. Where the disk fails it stops at once, and leaves the database
    /// as a crash would: whoever waits is not answered.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut has_written = true;
        while !self.has_disk_failed() {
            let job = if has_written { timeout(IDLE, jobs.recv()).await } else { Ok(jobs.recv().await) };
            match job {
                Err(_) => {
                    self.tidy().await;
                    has_written = false;
                }
                Ok(None) => break,
                Ok(Some(job)) => {
                    self.work(job, &mut jobs).await;
                    has_written = true;
                }
            }
        }
        if self.has_disk_failed() {
            // Closing would move what may never have reached the disk.
            std::mem::forget(self.connection);
        } else if let Err(cause) = store::close(self.connection).await {
            tracing::error!(%cause, "the database did not close in good order");
        }
    }

    async fn work(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let mut next = Some(first);
        let (mut acts, mut tickets, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
        let mut aside = None;
        while let Some(job) = next {
            match job {
                Job::Act(act, ticket) => {
                    bytes = bytes.saturating_add(act.payload_bytes());
                    acts.push(*act);
                    tickets.push(ticket);
                }
                other => {
                    aside = Some(other);
                    break;
                }
            }
            let has_room = acts.len() < BATCH_REQUESTS && bytes < BATCH_BYTES;
            next = if has_room { jobs.try_recv().ok() } else { None };
        }
        if !acts.is_empty() {
            self.transact(acts, tickets).await;
        }
        match aside {
            Some(Job::Prune(before_day, done)) => self.prune(before_day, done).await,
            Some(Job::Finish) => jobs.close(),
            Some(Job::Act(..)) | None => {}
        }
    }

    async fn transact(&mut self, acts: Vec<Act>, tickets: Vec<Ticket>) {
        let committed = self.commit(acts).await;
        self.is_healthy.store(committed.is_ok(), Ordering::Relaxed);
        match committed {
            Ok(committed) => {
                for (ticket, outcome) in tickets.into_iter().zip(committed.outcomes) {
                    ticket.answer(outcome);
                }
                self.hot.age();
                self.tell(committed.rows, committed.news);
            }
            Err(error) => {
                tracing::error!(cause = %describe(&error), "a transaction failed; nothing of it was stored");
                self.hot.clear();
                self.disk_failed.send_if_modified(|has_failed| {
                    *has_failed = error.is_of_disk();
                    *has_failed
                });
                for ticket in tickets {
                    ticket.answer(Err(error.to_refusal()));
                }
            }
        }
    }

    fn has_disk_failed(&self) -> bool {
        *self.disk_failed.borrow()
    }

    async fn commit(&mut self, acts: Vec<Act>) -> Result<Committed, RequestError> {
        let committed = self.try_commit(acts).await;
        if committed.is_err() {
            self.connection.roll_back().await;
        }
        committed
    }

    /// Each statement costs two wake-ups of threads, which is most of what one message on a quiet relay waits for: a
    /// transaction that is one statement needs no BEGIN and no COMMIT, and reading needs none beside a single writer.
    async fn try_commit(&mut self, acts: Vec<Act>) -> Result<Committed, RequestError> {
        let mut batch = Batch {
            connection: &mut self.connection,
            blind: &self.blind,
            now: self.clock.now(),
            hot: &mut self.hot,
            rows: Vec::with_capacity(acts.len()),
            replied: Vec::new(),
            news: Vec::with_capacity(acts.len()),
        };
        let mut has_begun = !acts.iter().all(Act::is_gathered);
        if has_begun {
            batch.connection.begin().await?;
        }
        let mut outcomes = Vec::with_capacity(acts.len());
        for act in acts {
            outcomes.push(match act.run(&mut batch).await {
                Ok(response) => Ok(response),
                Err(RequestError::Refused(refusal)) => Err(refusal),
                Err(failure) => return Err(failure),
            });
        }
        if !has_begun && !batch.is_one_statement() {
            batch.connection.begin().await?;
            has_begun = true;
        }
        batch.write().await?;
        if has_begun {
            batch.connection.commit().await?;
        }
        Ok(Committed { outcomes, rows: batch.rows, news: batch.news })
    }

    fn tell(&self, rows: Vec<NewRow>, news: Vec<News>) {
        let mut rows = rows.into_iter();
        for item in news {
            match item {
                News::Appended => {
                    if let Some(row) = rows.next() {
                        self.live.appended(row.thread, row.envelope);
                    }
                }
                News::Invited(device, item) => self.live.invited(&device, item),
                News::KeyPackagesLow(device, left) => self.live.key_packages_low(&device, left),
                News::AccessSet(thread, access) => self.live.access_set(thread, &access),
                News::Listed(list, by) => self.live.listed(&list, &by),
            }
        }
    }

    async fn prune(&mut self, before_day: i64, done: oneshot::Sender<()>) {
        loop {
            let pruned = self.prune_some(before_day).await;
            if pruned.is_err() {
                self.connection.roll_back().await;
            }
            match pruned {
                Ok(threads) if threads.is_empty() => break,
                Ok(threads) => self.hot.forget(&threads),
                Err(error) => {
                    tracing::error!(cause = %describe(&error), "what is too old could not be removed");
                    break;
                }
            }
        }
        // Whoever waited may have gone.
        let _ = done.send(());
    }

    async fn prune_some(&mut self, before_day: i64) -> Result<Vec<ThreadId>, RequestError> {
        self.connection.begin().await?;
        retention::prune_device_rows(&mut self.connection, before_day).await?;
        let threads = retention::prune_logs(&mut self.connection, before_day, PRUNED_THREADS).await?;
        self.connection.commit().await?;
        Ok(threads)
    }

    async fn tidy(&mut self) {
        if let Err(cause) = store::truncate_wal(&mut self.connection).await {
            tracing::warn!(%cause, "the WAL could not be emptied");
        }
    }
}

/// The whole chain of causes. SQLite's messages name tables and columns, never values.
fn describe(error: &RequestError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
