//! The devices of one's own account: which its list names, and bringing the threads in line with it (R11, R25).
//!
//! The list alone decides. When it has changed, when the relay says that a device is there, and after each sign-in, every
//! device looks through its threads: it adds those of its account that are listed and not there, and removes those that are
//! there and not listed. The primary does so at once, linked ones a little later, if it is still to be done.

use std::collections::{BTreeMap, BTreeSet};

use colloque_schemas::bytes::Opaque;
use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::device_list::UnverifiedDeviceList;
use colloque_schemas::frame::{PublishDevices, Request};
use colloque_schemas::id::{DeviceKey, IdempotencyId, ThreadId};
use colloque_schemas::letter::KnownDevice;
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use rusqlite::params;

use crate::client::Client;
use crate::error::{Error, Misuse, ServerFault};
use crate::event::Event;
use crate::identity::{Identity, LEAF_RENEWAL_DAYS};
use crate::outbox::{self, Intent};
use crate::session::{Pending, State};
use crate::sql::{self, Setting};
use crate::store::Connection;
use crate::thread::row::ThreadRow;
use crate::view::{OwnDevice, Standing};

/// How long a linked device leaves it to the primary.
const LINKED_WAIT_SECONDS: u64 = 10;
/// Claims of KeyPackages of one's own account that are not answered, at a time: no more are spent where the relay has none.
const CLAIMS_IN_FLIGHT: usize = 8;
/// Threads that are brought in line at a time.
const THREADS_AT_A_TIME: usize = 64;

/// What is still to be done in this connection.
#[derive(Default)]
pub(crate) struct Alignment {
    /// When to look through the threads.
    looks_at: Option<UnixSeconds>,
    /// Those that are done, or under way.
    looked: BTreeSet<ThreadId>,
    /// Before this instant the relay is not asked for KeyPackages of one's own account.
    asks_at: Option<UnixSeconds>,
}

impl Alignment {
    /// The list has changed, or a device of it is there now.
    pub(crate) fn begin(&mut self, at: UnixSeconds) {
        *self = Self { looks_at: Some(at), ..Self::default() };
    }

    /// A thread has come that others were asked into, perhaps before all devices were there.
    fn look_again(&mut self, thread: ThreadId, at: UnixSeconds) {
        self.looked.remove(&thread);
        self.looks_at = Some(self.looks_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// The relay has no KeyPackages of one's own other devices, and says so when it has; or it gives no more now, and the threads
    /// that are left are looked through again when it does.
    pub(crate) fn put_off(&mut self, refusal: Refusal, now: UnixSeconds) {
        let at = match refusal.retry {
            Retry::After { seconds } => now.plus(seconds.into()),
            Retry::Never | Retry::AfterCatchingUp(_) | Retry::OnNewConnection => UnixSeconds(u64::MAX),
        };
        self.asks_at = Some(at);
        if refusal.code == RefusalCode::QuotaExceeded {
            self.looked.clear();
            self.looks_at = Some(at);
        }
    }
}

impl Client {
    /// The devices of this account, this one first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn own_devices(&self) -> Result<Vec<OwnDevice>, Error> {
        let own = self.identity.device();
        let (names, threads) = self.store.read(|view| {
            let names = names(view.sql())?;
            Ok::<_, Error>((names, in_threads(view.sql(), &self.identity)?))
        })?;
        let describe = |device: &DeviceKey| {
            let known = names.get(device);
            OwnDevice {
                device: *device,
                is_this: *device == own,
                name: known.and_then(|(name, _)| name.clone()),
                linked_at: known.map(|(_, at)| *at),
                threads: u64::try_from(threads.values().filter(|there| there.contains(device)).count())
                    .unwrap_or(u64::MAX),
            }
        };
        let mut devices: Vec<OwnDevice> = self.identity.device_list.devices().iter().map(describe).collect();
        devices.sort_by_key(|device| (!device.is_this, device.linked_at));
        Ok(devices)
    }

    /// Takes a device out of this account, as when it is stolen: the relay lets it in no more, and every thread gets keys
    /// that it does not have. Done when there is a connection.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`]; [`Misuse::UnknownDevice`] if it is none of the account, or this one; [`Error::Store`].
    pub fn unlink_device(&mut self, device: DeviceKey) -> Result<(), Error> {
        let list = &self.identity.device_list;
        if device == self.identity.device() || !list.names(&device) {
            return Err(Misuse::UnknownDevice.into());
        }
        let others = list.devices().iter().copied().filter(|other| *other != device).collect();
        let list = self.identity.next_list(others)?;
        let unit = self.store.begin()?;
        unit.sql()
            .prepare_cached("DELETE FROM own_device WHERE device = ?1")?
            .execute([device.as_bytes()])?;
        self.identity.adopt_list(unit.sql(), list)?;
        if self.identity.moving.is_some_and(|moving| moving.to == device) {
            sql::remove_setting(unit.sql(), Setting::Moving)?;
        }
        unit.commit()?;
        self.identity.moving.take_if(|moving| moving.to == device);
        self.publish_devices();
        self.session.alignment.begin(UnixSeconds(0));
        Ok(())
    }

    /// What the relay says of one's own account at sign-in.
    pub(crate) fn take_own_news(
        &mut self,
        list: Option<UnverifiedDeviceList>,
        leaf: Option<Opaque>,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if let Some(list) = list {
            self.take_devices(list, now, events)?;
        }
        let Some(leaf) = leaf else { return Ok(()) };
        let updates: Vec<(ThreadId, IdempotencyId)> = {
            let rows = self.store.read(|view| ThreadRow::all(view.sql()))?;
            let members = rows.iter().filter(|row| row.standing == Standing::Member).map(|row| row.thread);
            let members: Vec<ThreadId> = members.collect();
            members.into_iter().map(|thread| (thread, IdempotencyId::new(self.random()))).collect()
        };
        let unit = self.store.begin()?;
        if self.identity.adopt_leaf(unit.sql(), leaf.as_slice().to_vec(), now)? {
            for (thread, id) in updates {
                outbox::push(unit.sql(), thread, id, &Intent::Update)?;
            }
        }
        Ok(unit.commit()?)
    }

    /// The account's newest list, as the relay says: signed by the account key, and only forward (R25).
    pub(crate) fn take_devices(
        &mut self,
        list: UnverifiedDeviceList,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let (own, key) = (self.identity.actor().account, self.identity.credential.account_key());
        let list = list.verify(own, &key).map_err(|_| ServerFault::Protocol)?;
        if list.number() > self.identity.device_list.number() && list.names(&self.identity.device()) {
            let unit = self.store.begin()?;
            self.identity.adopt_list(unit.sql(), list)?;
            // Only who has the account key can have signed it: the other device has taken over.
            let has_moved = self.identity.moving.is_some();
            if has_moved {
                self.identity.become_linked(unit.sql())?;
            }
            unit.commit()?;
            events.push(Event::DevicesChanged);
            if has_moved {
                events.push(Event::PrimaryMoved { is_this: false });
            }
        }
        let at = self.aligns_at(now);
        self.session.alignment.begin(at);
        Ok(())
    }

    fn aligns_at(&self, now: UnixSeconds) -> UnixSeconds {
        now.plus(if self.identity.is_primary() { 0 } else { LINKED_WAIT_SECONDS })
    }

    /// These threads are new here: they are looked through, too.
    pub(crate) fn align_joined(&mut self, threads: &[ThreadId], now: UnixSeconds) {
        let at = self.aligns_at(now);
        threads.iter().for_each(|thread| self.session.alignment.look_again(*thread, at));
    }

    /// Tells the relay which devices there are, and gives it the certificates of those that this one has linked.
    pub(crate) fn publish_devices(&mut self) {
        if self.session.state != State::Live || !self.identity.is_primary() {
            return;
        }
        let chains = self.store.read(|view| linked_chains(view.sql(), &self.identity)).unwrap_or_default();
        let device_list = self.identity.device_list.to_unverified();
        if self.identity.device_list.number() > 1 {
            self.session.ask(
                Request::PublishDevices(PublishDevices { device_list, chains }),
                Pending::PublishDevices,
            );
        }
    }

    /// Looks through the threads, if it is time to.
    pub(crate) fn align(&mut self, now: UnixSeconds) -> Result<(), Error> {
        let Some(at) = self.session.alignment.looks_at else { return Ok(()) };
        if now < at {
            self.session.wake_at(at);
            return Ok(());
        }
        let listed = self.identity.device_list.devices();
        let looked = &self.session.alignment.looked;
        let due = self.store.read(|view| {
            if listed.len() == 1 && !has_others(view.sql(), &self.identity)? {
                return Ok(Vec::new());
            }
            let differs = |there: &BTreeSet<DeviceKey>| !there.iter().eq(listed);
            let threads = in_threads(view.sql(), &self.identity)?;
            let threads = threads.into_iter().filter(|(_, there)| differs(there)).map(|(thread, _)| thread);
            let mut due = Vec::new();
            for thread in threads.filter(|thread| !looked.contains(thread)) {
                let row = ThreadRow::load(view.sql(), thread)?;
                if due.len() < THREADS_AT_A_TIME && row.standing == Standing::Member {
                    due.push(thread);
                }
            }
            Ok::<_, Error>(due)
        })?;
        if due.is_empty() {
            self.session.alignment.looks_at = None;
            return Ok(());
        }
        let ids: Vec<IdempotencyId> = due.iter().map(|_| IdempotencyId::new(self.random())).collect();
        let unit = self.store.begin()?;
        for (thread, id) in due.iter().zip(ids) {
            let waiting = outbox::of_thread(unit.sql(), *thread)?;
            if !waiting.iter().any(|row| row.intent == Intent::Align) {
                outbox::push(unit.sql(), *thread, id, &Intent::Align)?;
            }
        }
        self.session.alignment.looked.extend(due);
        Ok(unit.commit()?)
    }

    /// Whether threads are being brought in line, as far as that can go on now.
    pub(crate) fn is_aligning(&self) -> Result<bool, Error> {
        if self.session.alignment.looks_at.is_some() {
            return Ok(true);
        }
        let waiting = self.store.read(|view| outbox::intents(view.sql()))?;
        Ok(waiting.iter().any(|(_, intent)| *intent == Intent::Align))
    }

    /// Asks for KeyPackages of one's own other devices, if a thread lacks any; says whether they are still to come.
    pub(crate) fn claims_own(&mut self, thread: ThreadId, now: UnixSeconds) -> Result<bool, Error> {
        let own = self.identity.actor().account;
        let there = self.store.read(|view| in_thread(view.sql(), &self.identity, thread))?;
        let lacks = self.identity.device_list.devices().iter().any(|device| !there.contains(device));
        if !lacks || !self.asks_for_own(now) {
            return Ok(false);
        }
        let is_own =
            |pending: &&Pending| matches!(pending, Pending::Claim { account, .. } if *account == own);
        let in_flight = self.session.pending.values().filter(is_own).count();
        let is_claimed = self.session.claims.contains_key(&thread);
        Ok((in_flight >= CLAIMS_IN_FLIGHT && !is_claimed) || self.claim_missing(thread, &[own]))
    }

    /// Whether the relay may have KeyPackages of other devices of one's own.
    pub(crate) fn asks_for_own(&self, now: UnixSeconds) -> bool {
        self.identity.device_list.devices().len() > 1
            && self.session.alignment.asks_at.is_none_or(|at| at <= now)
    }
}

/// Gives linked devices whose certificates end soon new ones. Only the primary can.
pub(crate) fn renew_linked(
    identity: &Identity,
    sql: &Connection,
    serials: &[[u8; 16]],
    now: UnixSeconds,
) -> Result<(), Error> {
    if !identity.is_primary() {
        return Ok(());
    }
    let due_at = now.plus(LEAF_RENEWAL_DAYS * SECONDS_PER_DAY);
    let mut statement = sql.prepare_cached("SELECT device FROM own_device WHERE leaf_expires_at <= ?1")?;
    let due = statement.query_map([due_at.0], |row| Ok(DeviceKey::new(row.get(0)?)))?;
    let due: Vec<DeviceKey> = due.collect::<Result<_, _>>()?;
    for (device, serial) in due.into_iter().zip(serials) {
        let chain = identity.certify(device, *serial, now)?;
        keep_chain(sql, identity, device, &chain, now)?;
    }
    Ok(())
}

/// Keeps the certificate of a linked device.
pub(crate) fn keep_chain(
    sql: &Connection,
    identity: &Identity,
    device: DeviceKey,
    chain: &UnverifiedChain,
    now: UnixSeconds,
) -> Result<(), Error> {
    let credential = chain.verify(&identity.anchor, now);
    let expires_at =
        credential.map_err(|_| Error::Bug("a device certificate does not verify"))?.leaf_expires_at();
    let mut statement = sql.prepare_cached(
        "INSERT INTO own_device (device, leaf, leaf_expires_at, linked_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (device) DO UPDATE SET leaf = excluded.leaf, leaf_expires_at = excluded.leaf_expires_at",
    )?;
    statement.execute(params![device.as_bytes(), chain.leaf(), expires_at.0, now.0])?;
    Ok(())
}

/// The devices that this one knows as the primary.
pub(crate) fn known(sql: &Connection) -> Result<Vec<KnownDevice>, Error> {
    let mut statement = sql.prepare_cached("SELECT leaf, name FROM own_device ORDER BY device")?;
    let rows = statement
        .query_map([], |row| Ok(KnownDevice { leaf: row.get::<_, Vec<u8>>(0)?.into(), name: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The owner's name for a linked device.
pub(crate) fn name(sql: &Connection, device: DeviceKey, name: &str) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("UPDATE own_device SET name = ?2 WHERE device = ?1")?;
    statement.execute(params![device.as_bytes(), name])?;
    Ok(())
}

fn linked_chains(sql: &Connection, identity: &Identity) -> Result<Vec<UnverifiedChain>, Error> {
    let mut statement = sql.prepare_cached("SELECT leaf FROM own_device ORDER BY device")?;
    let leaves = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let account = identity.chain.account();
    let chains = leaves.map(|leaf| Ok::<_, Error>(UnverifiedChain::new(leaf?, account.to_vec())));
    chains.collect()
}

type Named = BTreeMap<DeviceKey, (Option<String>, UnixSeconds)>;

fn names(sql: &Connection) -> Result<Named, Error> {
    let mut statement = sql.prepare_cached("SELECT device, name, linked_at FROM own_device")?;
    let rows = statement
        .query_map([], |row| Ok((DeviceKey::new(row.get(0)?), (row.get(1)?, UnixSeconds(row.get(2)?)))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether any thread has another device of this account.
fn has_others(sql: &Connection, identity: &Identity) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM member WHERE account = ?1 AND device <> ?2)")?;
    let (account, device) = (identity.actor().account, identity.device());
    Ok(statement.query_row(params![account.as_bytes(), device.as_bytes()], |row| row.get(0))?)
}

/// The devices of this account in each thread that this one is in.
fn in_threads(
    sql: &Connection,
    identity: &Identity,
) -> Result<BTreeMap<ThreadId, BTreeSet<DeviceKey>>, Error> {
    let mut statement = sql.prepare_cached("SELECT thread, device FROM member WHERE account = ?1")?;
    let account = identity.actor().account;
    let rows = statement.query_map([account.as_bytes()], |row| {
        Ok((ThreadId::new(row.get(0)?), DeviceKey::new(row.get(1)?)))
    })?;
    let mut threads: BTreeMap<ThreadId, BTreeSet<DeviceKey>> = BTreeMap::new();
    for row in rows {
        let (thread, device) = row?;
        threads.entry(thread).or_default().insert(device);
    }
    Ok(threads)
}

fn in_thread(sql: &Connection, identity: &Identity, thread: ThreadId) -> Result<BTreeSet<DeviceKey>, Error> {
    let mut statement = sql.prepare_cached("SELECT device FROM member WHERE thread = ?1 AND account = ?2")?;
    let account = identity.actor().account;
    let rows = statement
        .query_map(params![thread.as_bytes(), account.as_bytes()], |row| Ok(DeviceKey::new(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
