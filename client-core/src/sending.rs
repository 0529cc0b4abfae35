//! Moving the outbox: what waits is prepared, sent, and settled by what the relay answers.

use std::collections::HashMap;

use colloque_schemas::codec;
use colloque_schemas::frame::{Appended, Request};
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, NO_KEY_PACKAGE_RETRY_SECONDS};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::error::{Error, PeerFault, ServerFault};
use crate::event::Event;
use crate::outbox::{self, Intent, OutboxRow};
use crate::session::{Pending, State};
use crate::sql::damaged;
use crate::store::UnitOfWork;
use crate::thread::open::Claimed;
use crate::thread::post::{Prepared, prepare};
use crate::thread::row::ThreadRow;
use crate::thread::{Stop, Tools, open};
use crate::view::Standing;
use crate::waiting::{absent_among, claimant};

impl Client {
    /// Prepares what may be sent now; [`Client::take_outgoing`] has it then. To be called after a verb and after
    /// [`Client::receive`].
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Bug`].
    pub fn poll(&mut self, now: UnixSeconds) -> Result<Vec<Event>, Error> {
        let (mut events, mut posts, mut held_back) = (Vec::new(), Vec::new(), Vec::new());
        let mut openings = Vec::new();
        self.session.wakes_at = None;
        if self.session.state != State::Live {
            return Ok(events);
        }
        self.beat(now)?;
        self.move_link(now);
        self.align(now)?;
        self.tell_primary(now);
        self.give_back(now)?;
        let without_documents = self.held_back()?;
        for row in self.store.read(|view| outbox::fronts(view.sql()))? {
            let is_busy = self.session.busy.contains(&row.thread) || row.acknowledged.is_some();
            if is_busy || self.session.is_put_off(row.thread, now) || !self.is_in_pace(&row, now) {
                continue;
            }
            match row.intent {
                Intent::Open => openings.push(row),
                Intent::Content { message, .. } if without_documents.contains(&message) => {
                    held_back.push(row)
                }
                Intent::Add(account)
                    if row.request.is_none() && self.claim_missing(row.thread, &[account]) => {}
                Intent::Align if row.request.is_none() && self.claims_own(row.thread, now)? => {}
                _ => posts.push(row),
            }
        }
        // The newest first: those that have long waited for somebody do not hold it up.
        for row in openings.into_iter().rev() {
            self.move_opening(row, now, &mut events)?;
        }
        self.move_posts(posts, now, &mut events)?;
        if self.identity.actor().role == Role::Professional {
            self.assert_terms(now)?;
        }
        self.move_documents(&held_back, now, &mut events)?;
        Ok(events)
    }

    /// Whether a row may go out now, which of receipts only so many do in a minute. One that is encrypted holds up its
    /// thread and does not wait.
    fn is_in_pace(&mut self, row: &OutboxRow, now: UnixSeconds) -> bool {
        if !row.intent.is_courtesy() || row.intent == Intent::Align {
            return true;
        }
        let taken = self.pace.take(now);
        if let Err(at) = taken {
            self.session.wake_at(at);
        }
        taken.is_ok() || row.request.is_some()
    }

    fn move_posts(
        &mut self,
        waiting: Vec<OutboxRow>,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let fresh = waiting.iter().filter(|row| row.request.is_none());
        let fresh: Vec<(&OutboxRow, [u8; 16])> = fresh.map(|row| (row, self.random())).collect();
        let mut prepared = self.prepare_posts(&fresh, now, events)?;
        for row in waiting {
            let Some(bytes) = row.request.or_else(|| prepared.remove(&row.id)) else { continue };
            let request: Request = codec::decode(&bytes, FRAME_MAX_BYTES).map_err(|_| damaged())?;
            self.session.busy.insert(row.thread);
            self.session.ask(request, Pending::Post { row: row.id, thread: row.thread });
        }
        Ok(())
    }

    /// Encrypts all of these in one unit of work, whose commit waits for the disk longer than encrypting takes. The
    /// bytes of each are kept when this returns.
    fn prepare_posts(
        &mut self,
        waiting: &[(&OutboxRow, [u8; 16])],
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<HashMap<i64, Vec<u8>>, Error> {
        let mut ready = HashMap::new();
        if waiting.is_empty() {
            return Ok(ready);
        }
        let mut told = Vec::new();
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        let mut unit = self.store.begin()?;
        for (row, salt) in waiting {
            let claims = self.session.claims.get(&row.thread).map_or(&[][..], Vec::as_slice);
            match prepare_post(tools, &mut unit, row, claims, *salt, now, &mut told) {
                Ok(Some(bytes)) => {
                    ready.insert(row.id, bytes);
                }
                Ok(None) => {
                    self.session.claims.remove(&row.thread);
                }
                // One thread that cannot go on does not hold up the others.
                Err(Error::Bug(_)) => {
                    self.session.busy.insert(row.thread);
                    told.push(Event::SendDenied { thread: row.thread, rule: "bug" });
                }
                Err(error) => return Err(error),
            }
        }
        unit.commit()?;
        events.append(&mut told);
        Ok(ready)
    }

    fn move_opening(
        &mut self,
        waiting: OutboxRow,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let (id, thread) = (waiting.id, waiting.thread);
        let bytes = match &waiting.request {
            Some(bytes) => bytes.clone(),
            None => match self.prepare_opening(&waiting, now, events)? {
                Some(bytes) => bytes,
                None => return Ok(()),
            },
        };
        let request: Request = codec::decode(&bytes, FRAME_MAX_BYTES).map_err(|_| damaged())?;
        self.session.busy.insert(thread);
        self.session.ask(request, Pending::Open { row: id, thread });
        Ok(())
    }

    fn prepare_opening(
        &mut self,
        waiting: &OutboxRow,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let row = self.store.read(|view| ThreadRow::load(view.sql(), waiting.thread))?;
        if self.claim_for_opening(&row, now, events)? {
            return Ok(None);
        }
        let claims = self.session.claims.remove(&waiting.thread).unwrap_or_default();
        let salt = self.random();
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        let mut attempt = row;
        let mut told = Vec::new();
        let mut unit = self.store.begin()?;
        let savepoint = unit.savepoint()?;
        let made = open::create(tools, savepoint.sql(), &mut attempt, waiting, &claims, salt, now, &mut told);
        match made {
            Ok(bytes) => {
                savepoint.keep()?;
                unit.commit()?;
                events.append(&mut told);
                Ok(Some(bytes))
            }
            Err(Stop::Failure(error)) if !matches!(error, Error::Bug(_)) => Err(error),
            Err(stop) => {
                savepoint.discard()?;
                // What was learned of changed keys stays, so that a person can compare and confirm.
                open::note_keys(tools, unit.sql(), &claims, now)?;
                unit.commit()?;
                self.fail_opening(waiting.thread)?;
                let rule = match stop {
                    Stop::Peer(fault) => fault.id(),
                    Stop::Failure(error) => error.id(),
                };
                events.append(&mut told);
                events.push(Event::SendDenied { thread: waiting.thread, rule });
                Ok(None)
            }
        }
    }

    /// Asks for the KeyPackages that an opening or addition still lacks; says whether any are outstanding.
    pub(crate) fn claim_missing(&mut self, thread: ThreadId, wanted: &[AccountId]) -> bool {
        let claims = self.session.claims.get(&thread).map_or(&[][..], Vec::as_slice);
        let is_claimed = |account: &AccountId| claims.iter().any(|claim| claim.account == *account);
        let missing: Vec<AccountId> = wanted.iter().copied().filter(|account| !is_claimed(account)).collect();
        for account in missing.iter().copied() {
            if !self.session.has_claimed(thread, account) {
                self.session.ask(Request::ClaimKeyPackages(account), Pending::Claim { thread, account });
            }
        }
        !missing.is_empty()
    }

    /// As [`Self::claim_missing`]. While a patient is absent, nobody else is asked for, and what was claimed of others is
    /// let go before it is stale.
    fn claim_for_opening(
        &mut self,
        row: &ThreadRow,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<bool, Error> {
        let absent = self.store.read(|view| absent_among(view.sql(), &row.patients))?;
        let Some(account) = absent.first().copied() else {
            let own = self.asks_for_own(now).then(|| self.identity.actor().account);
            let wanted: Vec<AccountId> = row.patients.iter().copied().chain(own).collect();
            return Ok(self.claim_missing(row.thread, &wanted));
        };
        self.session.claims.remove(&row.thread);
        if self.session.has_claimed(row.thread, account) {
            return Ok(true);
        }
        if self.session.tries.take(now) {
            return Ok(self.claim_missing(row.thread, &[account]));
        }
        self.wait_for(row.thread, account, NO_KEY_PACKAGE_RETRY_SECONDS, now, events)?;
        Ok(true)
    }

    pub(crate) fn claim_refused(
        &mut self,
        thread: ThreadId,
        account: AccountId,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if account == self.identity.actor().account {
            // One's own other devices hold up nothing: they are added when they are there.
            self.session.alignment.put_off(refusal, now);
            return Ok(());
        }
        // Not wanted any more.
        let Some(row) = self.store.read(|view| claimant(view.sql(), thread, account))? else { return Ok(()) };
        let is_opening = row.intent == Intent::Open;
        let is_absent = refusal.code == RefusalCode::NoKeyPackage;
        if let (true, true, Retry::After { seconds }) = (is_opening, is_absent, refusal.retry) {
            return self.wait_for(thread, account, seconds, now, events);
        }
        self.session.claims.remove(&thread);
        // A colleague who is absent holds up nothing else in the thread.
        if !is_absent && self.put_off(thread, refusal.retry, now) {
            return Ok(());
        }
        if is_opening {
            self.fail_opening(thread)?;
        } else {
            let unit = self.store.begin()?;
            outbox::refuse(unit.sql(), row.id)?;
            unit.commit()?;
        }
        events.push(Event::SendRefused { thread, refusal });
        Ok(())
    }

    /// Waits, if the refusal is one for now: the same bytes go out under the same id, later or on another connection.
    pub(crate) fn put_off(&mut self, thread: ThreadId, retry: Retry, now: UnixSeconds) -> bool {
        match retry {
            Retry::After { seconds } => {
                self.session.waits.insert(thread, now.plus(seconds.into()));
                true
            }
            Retry::OnNewConnection => {
                self.session.busy.insert(thread);
                true
            }
            Retry::Never | Retry::AfterCatchingUp(_) => false,
        }
    }

    fn fail_opening(&mut self, thread: ThreadId) -> Result<(), Error> {
        self.session.forget_opening(thread);
        self.stand(thread, Standing::Failed)
    }

    /// The relay has the thread: from here on it is read like any other.
    pub(crate) fn opened(
        &mut self,
        row: i64,
        thread: ThreadId,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let unit = self.store.begin()?;
        outbox::remove(unit.sql(), row)?;
        let mut opened = ThreadRow::load(unit.sql(), thread)?;
        opened.standing = Standing::Member;
        opened.save(unit.sql())?;
        unit.commit()?;
        self.session.busy.remove(&thread);
        events.push(Event::ThreadOpened(thread));
        self.follow(vec![thread], false)
    }

    /// The relay has the envelope, and says where. It is shown as sent when the log shows it there.
    pub(crate) fn acknowledged(
        &mut self,
        row: i64,
        thread: ThreadId,
        appended: Appended,
    ) -> Result<(), Error> {
        self.session.busy.remove(&thread);
        self.session.claims.remove(&thread);
        let unit = self.store.begin()?;
        // Settled already, if the log came first; forgotten, if the thread was joined again.
        let waiting = outbox::row(unit.sql(), row)?;
        let Some(payload_hash) = waiting.and_then(|waiting| waiting.payload_hash) else { return Ok(()) };
        if payload_hash != appended.payload_hash {
            return Err(ServerFault::Protocol.into());
        }
        outbox::acknowledge(unit.sql(), row, appended.seq)?;
        unit.commit()?;
        let read = self.store.read(|view| ThreadRow::load(view.sql(), thread))?.head.seq;
        if appended.seq > read.next() || appended.seq <= read {
            self.follow(vec![thread], false)
        } else {
            Ok(())
        }
    }

    pub(crate) fn post_refused(
        &mut self,
        row: i64,
        thread: ThreadId,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        self.session.busy.remove(&thread);
        match (refusal.code, refusal.retry) {
            (RefusalCode::HeadStale, Retry::AfterCatchingUp(head)) => {
                let (waiting, known) = self.store.read(|view| {
                    Ok::<_, Error>((outbox::row(view.sql(), row)?, ThreadRow::load(view.sql(), thread)?))
                })?;
                let named = waiting.as_ref().and_then(named_place);
                let is_opening = waiting.as_ref().is_some_and(|waiting| waiting.intent == Intent::Open);
                let adds = waiting.is_some_and(|waiting| matches!(waiting.intent, Intent::Add(_)));
                let is_read = !adds && known.handshake_head < head && head <= known.head.seq;
                // No relay in order says so: an opening has no head, and this one was named, or is no handshake.
                if is_opening || is_read || named.is_some_and(|named| named >= head) {
                    return Err(ServerFault::Protocol.into());
                }
                let unit = self.store.begin()?;
                outbox::forget_bytes(unit.sql(), row)?;
                unit.commit()?;
                if known.head.seq < head { self.follow(vec![thread], false) } else { Ok(()) }
            }
            (RefusalCode::NoAccess, _) => self.access_lost(&[thread], events),
            (_, retry) if self.put_off(thread, retry, now) => Ok(()),
            _ => {
                self.session.claims.remove(&thread);
                let intent = self.store.read(|view| outbox::row(view.sql(), row))?.map(|row| row.intent);
                if intent == Some(Intent::Open) {
                    self.fail_opening(thread)?;
                } else {
                    let unit = self.store.begin()?;
                    outbox::refuse(unit.sql(), row)?;
                    unit.commit()?;
                }
                if !intent.is_some_and(|intent| intent.is_courtesy()) {
                    events.push(Event::SendRefused { thread, refusal });
                }
                Ok(())
            }
        }
    }
}

/// The place after which nothing may have come: no handshake, and where newcomers are told of the past, nothing at all.
fn named_place(waiting: &OutboxRow) -> Option<Seq> {
    let request = codec::decode(waiting.request.as_deref()?, FRAME_MAX_BYTES).ok()?;
    let Request::Append(append) = request else { return None };
    append.read_through.or(Some(append.handshake_head))
}

/// The bytes of one row, or none if there is nothing to send: then what its preparation wrote is undone.
fn prepare_post(
    tools: Tools<'_>,
    unit: &mut UnitOfWork<'_>,
    waiting: &OutboxRow,
    claims: &[Claimed],
    salt: [u8; 16],
    now: UnixSeconds,
    events: &mut Vec<Event>,
) -> Result<Option<Vec<u8>>, Error> {
    let row = ThreadRow::load(unit.sql(), waiting.thread)?;
    let savepoint = unit.savepoint()?;
    let mut told = Vec::new();
    match prepare(tools, savepoint.sql(), &row, waiting, claims, salt, now, &mut told) {
        Ok(Prepared::Ready(bytes)) => {
            savepoint.keep()?;
            events.append(&mut told);
            return Ok(Some(bytes));
        }
        Ok(Prepared::Moot) => {
            savepoint.discard()?;
            outbox::remove(unit.sql(), waiting.id)?;
        }
        Ok(Prepared::Later) => savepoint.discard()?,
        Err(Stop::Peer(fault)) => {
            savepoint.discard()?;
            // What was learned of changed keys stays, so that a person can compare and confirm.
            open::note_keys(tools, unit.sql(), claims, now)?;
            events.append(&mut told);
            let is_addition = matches!(waiting.intent, Intent::Add(_));
            let waits_for_person = fault == PeerFault::from(Rule::OneKeyPerAccount) && !is_addition;
            if !waits_for_person {
                outbox::refuse(unit.sql(), waiting.id)?;
                if !waiting.intent.is_courtesy() {
                    events.push(Event::SendDenied { thread: waiting.thread, rule: fault.id() });
                }
            }
        }
        Err(Stop::Failure(error)) => return Err(error),
    }
    Ok(None)
}
