//! Reading what the relay has: pages of the backlog, the inbox, and what follows live.

use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, EnvelopeKind, InboxItem, InboxSeq};
use colloque_schemas::frame::{Cursor, Page, Request, Sync, ThreadPage};
use colloque_schemas::id::{IdempotencyId, MessageId, ThreadId};
use colloque_schemas::limits::{DEVICES_PER_ACCOUNT, SYNC_THREADS_MAX};
use colloque_schemas::payload::Control;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use rusqlite::{OptionalExtension, params};

use crate::client::Client;
use crate::contact;
use crate::devices;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::letter;
use crate::outbox::{self, Intent};
use crate::pulse;
use crate::receipt::{self, Ids};
use crate::session::{Pending, State};
use crate::sql::{self, Setting};
use crate::store::Connection;
use crate::tail;
use crate::thread::receive::{Run, read_run};
use crate::thread::row::ThreadRow;
use crate::thread::{Stop, Tools, join};
use crate::view::Standing;

/// A member gives itself a new leaf at least this often: what was stolen heals by then (RFC 9420 section 16.6).
const UPDATE_AFTER_DAYS: u64 = 30;

impl Client {
    /// Renews this device's certificate when it is due, and queues updates of leaves that are old.
    pub(crate) fn keep_fresh(&mut self, now: UnixSeconds) -> Result<(), Error> {
        self.forget_old_attachments(now)?;
        let serial = self.random();
        let linked_serials = [(); DEVICES_PER_ACCOUNT].map(|()| self.random());
        let renews = self.identity.renewal_is_due(now);
        let mut stale = Vec::new();
        for row in self.store.read(|view| ThreadRow::all(view.sql()))? {
            let is_old = row.updated_on.plus(UPDATE_AFTER_DAYS * SECONDS_PER_DAY) <= now;
            if row.standing == Standing::Member && (renews || is_old) {
                stale.push((row.thread, IdempotencyId::new(self.random())));
            }
        }
        let unit = self.store.begin()?;
        tail::forget_old(unit.sql(), now)?;
        if renews {
            self.identity.renew(unit.sql(), serial, now)?;
        }
        devices::renew_linked(&self.identity, unit.sql(), &linked_serials, now)?;
        for (thread, id) in stale {
            let waiting = outbox::of_thread(unit.sql(), thread)?;
            if !waiting.iter().any(|row| row.intent == Intent::Update) {
                outbox::push(unit.sql(), thread, id, &Intent::Update)?;
            }
        }
        Ok(unit.commit()?)
    }

    pub(crate) fn begin_catching_up(&mut self) -> Result<(), Error> {
        let rows = self.store.read(|view| ThreadRow::all(view.sql()))?;
        // Of a thread that was lost, too: access may have come back.
        let follows = |row: &&ThreadRow| row.standing.reads_log() || row.standing == Standing::AccessLost;
        let threads: Vec<ThreadId> = rows.iter().filter(follows).map(|row| row.thread).collect();
        let mut groups: Vec<Vec<ThreadId>> = threads.chunks(SYNC_THREADS_MAX).map(<[_]>::to_vec).collect();
        let first = groups.pop().unwrap_or_default();
        self.session.state = State::CatchingUp(groups);
        self.follow(first, true)
    }

    /// Asks for these logs, from where each has been read.
    pub(crate) fn follow(&mut self, threads: Vec<ThreadId>, is_first: bool) -> Result<(), Error> {
        let (cursors, inbox_after) = self.store.read(|view| {
            let mut cursors = Vec::new();
            for thread in &threads {
                let after = ThreadRow::load(view.sql(), *thread)?.head.seq;
                cursors.push(Cursor { thread: *thread, after });
            }
            Ok::<_, Error>((cursors, inbox_after(view.sql())?))
        })?;
        let request = Request::Sync(Sync { threads: cursors, inbox_after });
        self.session.ask(request, Pending::Sync { threads, is_first });
        Ok(())
    }

    pub(crate) fn take_page(
        &mut self,
        page: Page,
        threads: Vec<ThreadId>,
        is_first: bool,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let mut lost = Vec::new();
        let mut whole = threads.clone();
        for thread_page in page.threads {
            match thread_page {
                ThreadPage::Envelopes { thread, envelopes } => {
                    self.regain(thread)?;
                    self.take_envelopes(thread, &envelopes, now, events)?
                }
                ThreadPage::AccessLost { thread } => {
                    whole.retain(|other| *other != thread);
                    lost.push(thread);
                }
                ThreadPage::Short { thread, last } => {
                    whole.retain(|other| *other != thread);
                    self.regain(thread)?;
                    self.log_is_short(thread, last, events)?;
                }
                ThreadPage::Pruned { thread, through } => {
                    self.stand(thread, Standing::AccessLost)?;
                    events.push(Event::Pruned { thread, through });
                }
            }
        }
        for thread in whole {
            self.log_is_whole(thread);
            self.regain(thread)?;
        }
        self.reopen(lost, events)?;
        self.take_inbox(page.inbox, now, events)?;
        if page.more {
            let still = |thread: &ThreadId| self.follows(*thread).unwrap_or(false);
            let threads = threads.into_iter().filter(still).collect();
            return self.follow(threads, is_first);
        }
        if is_first {
            self.next_group(events)?;
        }
        if self.session.missed_inbox && !self.session.is_reading() {
            self.session.missed_inbox = false;
            return self.follow(Vec::new(), false);
        }
        Ok(())
    }

    /// A Welcome that comes live. While pages are read it might overtake an earlier one: it is read from a page then.
    pub(crate) fn take_live_inbox(
        &mut self,
        item: InboxItem,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if self.session.is_reading() || self.session.state != State::Live {
            self.session.missed_inbox = true;
            return Ok(());
        }
        self.take_inbox(vec![item], now, events)
    }

    fn next_group(&mut self, events: &mut Vec<Event>) -> Result<(), Error> {
        let State::CatchingUp(groups) = &mut self.session.state else { return Ok(()) };
        match groups.pop() {
            Some(next) => self.follow(next, true),
            None => {
                self.session.state = State::Live;
                self.session.beats_at = Some(UnixSeconds(0));
                self.publish_devices();
                self.session.alignment.begin(UnixSeconds(0));
                events.push(Event::CaughtUp);
                Ok(())
            }
        }
    }

    /// Reads a run of envelopes, from a page or live. Those of a log that this device does not read are passed over.
    pub(crate) fn take_envelopes(
        &mut self,
        thread: ThreadId,
        envelopes: &[Envelope],
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let ids =
            Ids { message: MessageId::new(self.random()), idempotency: IdempotencyId::new(self.random()) };
        let update_id = IdempotencyId::new(self.random());
        let mut told = Vec::new();
        let mut unit = self.store.begin()?;
        let row = ThreadRow::find(unit.sql(), thread)?;
        let Some(mut row) = row.filter(|row| row.standing.reads_log()) else { return Ok(()) };
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        let read = row.head.seq;
        let run = read_run(tools, &mut unit, &mut row, envelopes, update_id, now, &mut told)?;
        let lost = lost_acknowledgement(unit.sql(), &row)?;
        if let Some(id) = lost {
            outbox::forget_bytes(unit.sql(), id)?;
        }
        let stored = told.iter().rev().find_map(|event| match event {
            Event::MessageReceived { seq, .. } => Some(*seq),
            _ => None,
        });
        if let Some(seq) = stored {
            receipt::queue(unit.sql(), &row, Control::Delivered(seq), now, ids)?;
        }
        let is_news = |envelope: &Envelope| {
            envelope.kind != EnvelopeKind::Control && (read.next()..=row.head.seq).contains(&envelope.seq)
        };
        let has_news = envelopes.iter().any(is_news);
        let is_kept = |envelope: &&Envelope| (read.next()..=row.head.seq).contains(&envelope.seq);
        let kept: Vec<&Envelope> = envelopes.iter().filter(is_kept).collect();
        if !kept.is_empty() {
            tail::keep(unit.sql(), thread, &kept, row.head.seq, now)?;
        }
        if has_news {
            pulse::heard(unit.sql(), thread)?;
        }
        unit.commit()?;
        self.hear_restored(thread, read, envelopes);
        if has_news {
            self.beat_later(now);
        }
        // What is sent in this device's name while it is connected is sent by somebody else.
        let is_live = self.session.state == State::Live;
        events.extend(told.into_iter().map(|event| match event {
            Event::StateRolledBack { thread } if is_live => Event::DeviceCloned { thread },
            event => event,
        }));
        if row.standing == Standing::Departed {
            self.take_kept_welcome(thread, now, events)?;
        }
        let is_missing = run == Run::Missing && row.standing.reads_log();
        if is_missing && !self.session.reads(thread) {
            self.follow(vec![thread], false)?;
        }
        Ok(())
    }

    /// Follows each Welcome, or records why not. Acknowledged only when that is durable. Of two pages that were asked for
    /// at once, the second tells again what the first told.
    pub(crate) fn take_inbox(
        &mut self,
        mut items: Vec<InboxItem>,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let mut read = self.store.read(|view| inbox_after(view.sql()))?;
        items.retain(|item| {
            let is_new = read < item.number;
            read = read.max(item.number);
            is_new
        });
        let Some(last) = items.last().map(|item| item.number) else { return Ok(()) };
        let joined = self.join(items, Some(last), now, events)?;
        self.session.ask(Request::AcknowledgeInbox(last), Pending::Inbox);
        if joined.is_empty() { Ok(()) } else { self.follow(joined, false) }
    }

    /// This device was removed, and may have been added again meanwhile.
    fn take_kept_welcome(
        &mut self,
        thread: ThreadId,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(item) = self.store.read(|view| kept(view.sql(), thread))? else { return Ok(()) };
        let joined = self.join(vec![item], None, now, events)?;
        if joined.is_empty() { Ok(()) } else { self.follow(joined, false) }
    }

    /// Joins by these Welcomes in one unit of work, which also notes up to where the inbox is read.
    fn join(
        &mut self,
        items: Vec<InboxItem>,
        through: Option<InboxSeq>,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<Vec<ThreadId>, Error> {
        let mut joined = Vec::new();
        let mut told = Vec::new();
        let ids: Vec<IdempotencyId> = items.iter().map(|_| IdempotencyId::new(self.random())).collect();
        let mut unit = self.store.begin()?;
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        for (item, id) in items.iter().zip(ids) {
            if item.is_letter() {
                letter::hear(tools, &mut unit, item, now, &mut told)?;
                continue;
            }
            let savepoint = unit.savepoint()?;
            let mut heard = Vec::new();
            match join::join(tools, savepoint.sql(), item, id, now, &mut heard) {
                Ok(thread) => {
                    savepoint.keep()?;
                    forget_kept(unit.sql(), thread)?;
                    // Who was added, taken out and added again meanwhile joins twice, and reads once.
                    if !joined.contains(&thread) {
                        joined.push(thread);
                    }
                    told.append(&mut heard);
                }
                Err(Stop::Peer(fault)) => {
                    savepoint.discard()?;
                    if let PeerFault::Blocked(account) = fault {
                        contact::decline(unit.sql(), account)?;
                    } else if !keep_for_later(unit.sql(), item, fault)? {
                        told.push(Event::WelcomeRefused { reason: fault.id() });
                    }
                }
                Err(Stop::Failure(error)) => return Err(error),
            }
        }
        if let Some(through) = through {
            sql::put_setting(unit.sql(), Setting::InboxAfter, &codec::encode(&through))?;
        }
        unit.commit()?;
        if told.contains(&Event::PrimaryMoved { is_this: true }) {
            self.become_primary()?;
        }
        events.append(&mut told);
        self.align_joined(&joined, now);
        // Whatever was in flight in a thread that is joined again was of a time that is over.
        joined.iter().for_each(|thread| {
            self.session.busy.remove(thread);
        });
        Ok(joined)
    }

    /// The relay gives no access to these: noted in one unit of work, since each takes a flush to the disk, and a page may
    /// say it of a thousand.
    pub(crate) fn access_lost(&mut self, threads: &[ThreadId], events: &mut Vec<Event>) -> Result<(), Error> {
        // What was written waits: access may come back, and is asked for at the next connection.
        self.session.busy.extend(threads);
        let unit = self.store.begin()?;
        let mut told = Vec::new();
        for thread in threads {
            let row = ThreadRow::find(unit.sql(), *thread)?;
            if let Some(row) = row.filter(|row| row.standing.reads_log()) {
                ThreadRow { standing: Standing::AccessLost, ..row }.save(unit.sql())?;
                told.push(Event::AccessLost(*thread));
            }
        }
        if !told.is_empty() {
            unit.commit()?;
        }
        events.append(&mut told);
        Ok(())
    }

    /// A page of a thread that was lost: the account has access again.
    fn regain(&mut self, thread: ThreadId) -> Result<(), Error> {
        let row = self.store.read(|view| ThreadRow::find(view.sql(), thread))?;
        if row.is_some_and(|row| row.standing == Standing::AccessLost) {
            self.session.busy.remove(&thread);
            self.stand(thread, Standing::Member)?;
        }
        Ok(())
    }

    fn follows(&self, thread: ThreadId) -> Result<bool, Error> {
        let row = self.store.read(|view| ThreadRow::find(view.sql(), thread))?;
        Ok(row.is_some_and(|row| row.standing.reads_log()))
    }

    /// Gives a thread another standing. Nothing is sent any more in one that this device is out of.
    pub(crate) fn stand(&mut self, thread: ThreadId, standing: Standing) -> Result<(), Error> {
        let unit = self.store.begin()?;
        if let Some(mut row) = ThreadRow::find(unit.sql(), thread)? {
            row.standing = standing;
            row.save(unit.sql())?;
            if standing == Standing::Failed {
                outbox::remove_thread(unit.sql(), thread)?;
            }
        }
        Ok(unit.commit()?)
    }
}

/// Up to where the inbox is read.
fn inbox_after(sql: &Connection) -> Result<InboxSeq, Error> {
    let read = sql::setting(sql, Setting::InboxAfter)?.map(|bytes| sql::stored(&bytes)).transpose()?;
    Ok(read.unwrap_or_default())
}

/// Keeps a Welcome into a thread that this device is still in, as far as it has read: what it has not read may say that it
/// was removed before. Returns whether it did.
fn keep_for_later(sql: &Connection, item: &InboxItem, fault: PeerFault) -> Result<bool, Error> {
    let known = ThreadRow::find(sql, item.thread)?;
    let is_later = known.is_some_and(|row| row.standing == Standing::Member && row.head.seq < item.seq);
    if fault != PeerFault::Replayed || !is_later {
        return Ok(false);
    }
    let mut statement =
        sql.prepare_cached("INSERT OR REPLACE INTO welcome (thread, item) VALUES (?1, ?2)")?;
    statement.execute(params![item.thread.as_bytes(), codec::encode(item)])?;
    Ok(true)
}

fn kept(sql: &Connection, thread: ThreadId) -> Result<Option<InboxItem>, Error> {
    let mut statement = sql.prepare_cached("SELECT item FROM welcome WHERE thread = ?1")?;
    let item: Option<Vec<u8>> = statement.query_row([thread.as_bytes()], |row| row.get(0)).optional()?;
    item.map(|item| sql::stored(&item)).transpose()
}

fn forget_kept(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM welcome WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    Ok(())
}

/// The waiting row whose envelope the relay said to be at a place that has been read, and was not there.
fn lost_acknowledgement(sql: &Connection, row: &ThreadRow) -> Result<Option<i64>, Error> {
    let front = outbox::front(sql, row.thread)?;
    Ok(front.filter(|front| front.acknowledged.is_some_and(|seq| seq <= row.head.seq)).map(|front| front.id))
}
