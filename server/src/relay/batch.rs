//! One transaction in the making: what it reads once, what it writes at the end, what it will tell.
//!
//! Threads are kept in memory between batches. A transaction that fails drops them all: memory is then what the
//! database says, read again on demand.

use std::collections::HashMap;
use std::sync::Arc;

use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::{EnvelopeKind, InboxItem, NewWelcome};
use colloque_schemas::frame::Appended;
use colloque_schemas::id::{AccountId, IdempotencyId, KeyHash, Seq, ThreadId};
use colloque_schemas::rule::Denied;
use colloque_schemas::time::UnixSeconds;

use super::blind::{Blind, RowKey};
use super::error::RequestError;
use super::recent::Fate;
use super::store::choke::Connection;
use super::store::envelopes::{self, NewRow, payload_hash};
use super::store::inboxes;
use super::store::threads::{self, ThreadRecord};
use super::store::{STATEMENT_ROWS, to_stored};

/// Threads in each of the two generations of the cache.
const THREADS_PER_GENERATION: usize = 8192;
/// Ids that the threads of a generation remember together, but for those of one batch.
const IDS_PER_GENERATION: usize = 128 * 1024;

/// Threads in memory, the recently used ones: one generation fills while the one before is still looked into.
#[derive(Default)]
pub(super) struct HotThreads {
    young: HashMap<ThreadId, ThreadRecord>,
    old: HashMap<ThreadId, ThreadRecord>,
    /// Ids that came into the young generation.
    young_ids: usize,
}

impl HotThreads {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets these.
    pub(super) fn forget(&mut self, threads: &[ThreadId]) {
        for thread in threads {
            self.young.remove(thread);
            self.old.remove(thread);
        }
    }

    /// Keeps memory bounded. Not during a batch, whose threads all have to stay.
    pub(super) fn age(&mut self) {
        if self.young.len() > THREADS_PER_GENERATION || self.young_ids > IDS_PER_GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.young_ids = 0;
        }
    }
}

/// What is told to those who are connected, once it is durable.
#[derive(Debug)]
pub(super) enum News {
    /// The next of the batch's rows.
    Appended,
    /// A Welcome for the device of this row.
    Invited(RowKey, InboxItem),
    /// A device's one-time KeyPackages run out.
    KeyPackagesLow(RowKey, u32),
    /// Exactly these accounts have access.
    AccessSet(ThreadId, Vec<AccountId>),
    /// The newest device list of an account, for those of its devices that did not bring it: it is newer, or the device of this
    /// row has new KeyPackages.
    Listed(DeviceList, RowKey),
}

/// A transaction in the making.
pub(super) struct Batch<'a> {
    /// Inside the transaction.
    pub(super) connection: &'a mut Connection,
    /// For row keys and sealing.
    pub(super) blind: &'a Arc<Blind>,
    /// The relay's clock, once for all.
    pub(super) now: UnixSeconds,
    /// Threads in memory.
    pub(super) hot: &'a mut HotThreads,
    /// Envelopes, written together at the end.
    pub(super) rows: Vec<NewRow>,
    /// Accounts that have used up their one reply, written at the end too: thread number and access row.
    pub(super) replied: Vec<(i64, RowKey)>,
    /// What will be told, in order.
    pub(super) news: Vec<News>,
}

impl Batch<'_> {
    /// The day that is stored: nothing finer.
    pub(super) fn day(&self) -> Result<i64, RequestError> {
        to_stored(self.now.day())
    }

    /// A thread, from memory or the database.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn thread(&mut self, id: ThreadId) -> Result<Option<&mut ThreadRecord>, RequestError> {
        if !self.hot.young.contains_key(&id) {
            let record = match self.hot.old.remove(&id) {
                Some(record) => Some(record),
                None => threads::load(self.connection, id).await?,
            };
            let Some(record) = record else { return Ok(None) };
            self.hot.young_ids = self.hot.young_ids.saturating_add(record.recent.count());
            self.hot.young.insert(id, record);
        }
        Ok(self.hot.young.get_mut(&id))
    }

    /// A thread that [`Self::thread`] has found in this batch.
    pub(super) fn loaded(&mut self, id: ThreadId) -> Option<&mut ThreadRecord> {
        self.hot.young.get_mut(&id)
    }

    /// A new thread.
    pub(super) fn add_thread(&mut self, id: ThreadId, record: ThreadRecord) {
        self.hot.young.insert(id, record);
    }

    /// What an id was answered with, if it is one of the newest of a thread that [`Self::thread`] has found.
    ///
    /// # Errors
    /// The refusal, if it was refused by policy; the database's.
    pub(super) async fn answered(
        &mut self,
        thread: ThreadId,
        id: &IdempotencyId,
    ) -> Result<Option<Appended>, RequestError> {
        let seq = match self.loaded(thread).and_then(|record| record.recent.find(id)) {
            None => return Ok(None),
            Some(Fate::Refused(rule)) => return Err(Denied::from(rule).into()),
            Some(Fate::Placed(seq)) => seq,
        };
        let (_, payload_hash) =
            self.stored(thread, seq).await?.ok_or(RequestError::Damaged("an envelope"))?;
        Ok(Some(Appended { seq, payload_hash }))
    }

    /// Kind and payload hash of what stands at a place of a thread that [`Self::thread`] has found.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn stored(
        &mut self,
        thread: ThreadId,
        seq: Seq,
    ) -> Result<Option<(EnvelopeKind, KeyHash)>, RequestError> {
        let Some(number) = self.loaded(thread).map(|record| record.number) else { return Ok(None) };
        let in_batch = self.rows.iter().find(|row| row.number == number && row.envelope.seq == seq);
        match in_batch {
            Some(NewRow { envelope, .. }) => {
                Ok(Some((envelope.kind, payload_hash(envelope.payload.as_slice()))))
            }
            None => envelopes::stored(self.connection, number, seq).await,
        }
    }

    /// Remembers that policy has refused an append to a thread that [`Self::thread`] has found.
    pub(super) fn refuse(&mut self, thread: ThreadId, id: IdempotencyId, denied: Denied) -> RequestError {
        self.remember(thread, id, Fate::Refused(denied.rule));
        denied.into()
    }

    fn remember(&mut self, thread: ThreadId, id: IdempotencyId, fate: Fate) {
        if let Some(record) = self.hot.young.get_mut(&thread) {
            record.recent.add(id, fate);
            self.hot.young_ids = self.hot.young_ids.saturating_add(1);
        }
    }

    /// Takes an envelope of a thread that [`Self::thread`] has found, and tells it.
    pub(super) fn push(&mut self, row: NewRow) {
        if let Some(id) = row.idempotency {
            self.remember(row.thread, id, Fate::Placed(row.envelope.seq));
        }
        self.rows.push(row);
        self.news.push(News::Appended);
    }

    /// Puts Welcomes into the inboxes of their devices.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn invite(
        &mut self,
        thread: ThreadId,
        seq: Seq,
        welcomes: Vec<NewWelcome>,
    ) -> Result<(), RequestError> {
        let day = self.day()?;
        for welcome in welcomes {
            for device in &welcome.devices {
                let row = self.blind.device_row(device);
                let content = (thread, seq, welcome.payload.clone());
                let item = inboxes::insert(self.connection, self.blind, &row, content, day).await?;
                self.news.push(News::Invited(row, item));
            }
        }
        Ok(())
    }

    /// Whether what has been gathered takes one statement only, which is a transaction of its own.
    pub(super) fn is_one_statement(&self) -> bool {
        self.replied.is_empty() && self.rows.len() <= STATEMENT_ROWS
    }

    /// Writes what has been gathered.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn write(&mut self) -> Result<(), RequestError> {
        let day = self.day()?;
        for (number, row_key) in &self.replied {
            threads::set_replied(self.connection, *number, row_key).await?;
        }
        envelopes::insert(self.connection, &self.rows, day).await
    }
}
