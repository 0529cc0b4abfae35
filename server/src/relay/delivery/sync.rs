//! [`Request::Sync`](colloque_schemas::frame::Request::Sync): the backlog in pages, then everything live (R30).

use colloque_schemas::frame::{Cursor, Page, Sync, ThreadPage};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::limits::{PAGE_BYTES, PAGE_ITEMS, SYNC_THREADS_MAX};
use colloque_schemas::refusal::RefusalCode;

use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::super::incarnation::Present;
use super::super::live::{Live, SessionId};
use super::super::store::choke::Readers;
use super::super::store::envelopes::{self, Bounds};
use super::super::store::inboxes;
use super::super::store::threads::{Readable, readable};
use super::shape::are_distinct;

/// Who reads, and from where.
pub(in super::super) struct Reader<'a> {
    pub(in super::super) readers: &'a Readers,
    pub(in super::super) blind: &'a Blind,
    pub(in super::super) live: &'a Live,
    pub(in super::super) incarnation: &'a Present,
    pub(in super::super) session: SessionId,
    pub(in super::super) account: AccountId,
    pub(in super::super) device: RowKey,
}

impl Reader<'_> {
    /// Follows these threads, too, from now on and reads one page. The caller holds live events meanwhile.
    pub(in super::super) async fn sync(&self, sync: Sync) -> Result<Page, RequestError> {
        if sync.threads.len() > SYNC_THREADS_MAX {
            return Err(RefusalCode::TooLarge.into());
        }
        let ids: Vec<ThreadId> = sync.threads.iter().map(|cursor| cursor.thread).collect();
        if !are_distinct(&ids) {
            return Err(RefusalCode::Malformed.into());
        }
        let found = self.follow(&ids).await?;
        let mut page = Page { threads: Vec::new(), inbox: Vec::new(), more: false };
        let inbox =
            inboxes::page(self.readers, self.blind, &self.device, sync.inbox_after, (PAGE_ITEMS, PAGE_BYTES));
        (page.inbox, page.more) = inbox.await?;
        let used = page.inbox.iter().map(|item| item.payload.length());
        let mut room = Bounds {
            items: PAGE_ITEMS.saturating_sub(page.inbox.len()),
            bytes: PAGE_BYTES.saturating_sub(used.fold(0, usize::saturating_add)),
            takes_first: page.inbox.is_empty(),
        };
        for (cursor, record) in sync.threads.iter().zip(found) {
            self.add_thread(&mut page, cursor, record, &mut room).await?;
        }
        Ok(page)
    }

    /// Enters, looks for access, admits, looks again: what the second look finds includes all that was appended
    /// before the session could hear it live.
    async fn follow(&self, threads: &[ThreadId]) -> Result<Vec<Option<Readable>>, RequestError> {
        if !self.live.follow(self.session, threads) {
            return Err(RefusalCode::QuotaExceeded.into());
        }
        let wanted: Vec<(ThreadId, RowKey)> =
            threads.iter().map(|thread| (*thread, self.blind.access_row(*thread, self.account))).collect();
        let has_access = readable(self.readers, &wanted).await?;
        for (thread, found) in threads.iter().zip(has_access) {
            if found.is_none() || !self.live.admit(self.session, *thread) {
                self.live.forget(self.session, *thread);
            }
        }
        let mut found = readable(self.readers, &wanted).await?;
        for (thread, found) in threads.iter().zip(&mut found) {
            // Granted or revoked between the two looks: the device hears of it as lost, and may ask again.
            if found.is_none() || !self.live.admit(self.session, *thread) {
                self.live.forget(self.session, *thread);
                *found = None;
            }
        }
        Ok(found)
    }

    /// Adds what there is to say of one thread.
    async fn add_thread(
        &self,
        page: &mut Page,
        cursor: &Cursor,
        record: Option<Readable>,
        room: &mut Bounds,
    ) -> Result<(), RequestError> {
        let thread = cursor.thread;
        let Some(record) = record else {
            page.threads.push(ThreadPage::AccessLost { thread });
            return Ok(());
        };
        if cursor.after < record.pruned_through {
            page.threads.push(ThreadPage::Pruned { thread, through: record.pruned_through });
            return Ok(());
        }
        if record.last < cursor.after {
            self.incarnation.warn_of_loss();
            page.threads.push(ThreadPage::Short { thread, last: record.last });
            return Ok(());
        }
        if record.last == cursor.after {
            return Ok(());
        }
        let (envelopes, has_more) = envelopes::page(self.readers, record.number, cursor.after, *room).await?;
        page.more |= has_more;
        if !envelopes.is_empty() {
            let used = envelopes.iter().map(|envelope| envelope.payload.length());
            room.bytes = room.bytes.saturating_sub(used.fold(0, usize::saturating_add));
            room.items = room.items.saturating_sub(envelopes.len());
            room.takes_first = false;
            page.threads.push(ThreadPage::Envelopes { thread, envelopes });
        }
        Ok(())
    }
}
