//! Who is connected and follows what. In memory only: the database never learns it.
//!
//! A session follows a thread in two steps. It is entered first and admitted after its access has been read, so a
//! revocation in between finds the entry and removes it: nobody hears a log after losing access to it. Pages are read
//! after admission, so that nothing falls between backlog and live events.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::{Envelope, InboxItem};
use colloque_schemas::frame::{Event, ServerFrame};
use colloque_schemas::id::{AccountId, DeviceKey, ThreadId};
use colloque_schemas::limits::{FOLLOWED_THREADS_MAX, SESSIONS_PER_DEVICE};

use super::blind::RowKey;
use super::outbox::{End, Outbox, encoded};

/// A connection, for as long as it lasts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct SessionId(u64);

/// Whose connection it is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) device: DeviceKey,
    pub(super) device_row: RowKey,
}

/// Everyone who is connected.
#[derive(Default)]
pub(super) struct Live(Mutex<Table>);

#[derive(Default)]
struct Table {
    last: u64,
    sessions: HashMap<SessionId, Entry>,
    devices: HashMap<RowKey, Vec<SessionId>>,
    accounts: HashMap<AccountId, Vec<SessionId>>,
    threads: HashMap<ThreadId, Vec<Follower>>,
}

struct Entry {
    place: Place,
    outbox: Arc<Outbox>,
    follows: HashSet<ThreadId>,
}

struct Follower {
    session: SessionId,
    account: AccountId,
    is_admitted: bool,
    outbox: Arc<Outbox>,
}

impl Live {
    /// Enters a connection, before it is checked that its device is still listed.
    pub(super) fn enter(&self, place: Place, outbox: Arc<Outbox>) -> SessionId {
        let table = &mut *self.table();
        table.last = table.last.saturating_add(1);
        let session = SessionId(table.last);
        let of_device = table.devices.entry(place.device_row).or_default();
        of_device.push(session);
        // What one device makes the relay hold is bounded per connection, so connections are, too.
        let surplus = of_device.len().saturating_sub(SESSIONS_PER_DEVICE);
        for oldest in of_device.iter().take(surplus).filter_map(|oldest| table.sessions.get(oldest)) {
            oldest.outbox.end(End::Superseded);
        }
        table.accounts.entry(place.account).or_default().push(session);
        table.sessions.insert(session, Entry { place, outbox, follows: HashSet::new() });
        session
    }

    /// Removes a connection that has ended.
    pub(super) fn leave(&self, session: SessionId) {
        let table = &mut *self.table();
        let Some(entry) = table.sessions.remove(&session) else { return };
        remove(&mut table.devices, &entry.place.device_row, |other| *other == session);
        remove(&mut table.accounts, &entry.place.account, |other| *other == session);
        for thread in &entry.follows {
            remove(&mut table.threads, thread, |follower| follower.session == session);
        }
    }

    /// Adds to the threads that the session follows. New ones wait for [`Self::admit`]. False, and nothing added, if they
    /// would be more than one session may follow.
    pub(super) fn follow(&self, session: SessionId, threads: &[ThreadId]) -> bool {
        let table = &mut *self.table();
        let Some(entry) = table.sessions.get_mut(&session) else { return true };
        if entry.follows.len().saturating_add(threads.len()) > FOLLOWED_THREADS_MAX {
            return false;
        }
        for thread in threads {
            if entry.follows.insert(*thread) {
                table.threads.entry(*thread).or_default().push(Follower {
                    session,
                    account: entry.place.account,
                    is_admitted: false,
                    outbox: Arc::clone(&entry.outbox),
                });
            }
        }
        true
    }

    /// Lets the session hear a thread that it follows and has access to. False if access was revoked meanwhile.
    pub(super) fn admit(&self, session: SessionId, thread: ThreadId) -> bool {
        let table = &mut *self.table();
        let followers = table.threads.get_mut(&thread);
        let found = followers.and_then(|all| all.iter_mut().find(|follower| follower.session == session));
        found.map(|follower| follower.is_admitted = true).is_some()
    }

    /// Takes a thread off a session that has no access to it.
    pub(super) fn forget(&self, session: SessionId, thread: ThreadId) {
        let table = &mut *self.table();
        remove(&mut table.threads, &thread, |follower| follower.session == session);
        if let Some(entry) = table.sessions.get_mut(&session) {
            entry.follows.remove(&thread);
        }
    }

    /// An envelope has been stored.
    pub(super) fn appended(&self, thread: ThreadId, envelope: Envelope) {
        let table = self.table();
        let Some(followers) = table.threads.get(&thread) else { return };
        if !followers.iter().any(|follower| follower.is_admitted) {
            return;
        }
        let event = encoded(Event::Appended { thread, envelope });
        for follower in followers.iter().filter(|follower| follower.is_admitted) {
            follower.outbox.event(&event);
        }
    }

    /// A Welcome has been stored for a device.
    pub(super) fn invited(&self, device: &RowKey, item: InboxItem) {
        let table = self.table();
        if table.devices.contains_key(device) {
            let event = encoded(Event::Inbox(item));
            table.of_device(device, |outbox| outbox.event(&event));
        }
    }

    /// A device's supply of KeyPackages runs out.
    pub(super) fn key_packages_low(&self, device: &RowKey, left: u32) {
        let low = ServerFrame::Event(Event::KeyPackagesLow { left });
        self.table().of_device(device, |outbox| outbox.send(low.clone()));
    }

    /// From now on only these accounts have access.
    pub(super) fn access_set(&self, thread: ThreadId, access: &[AccountId]) {
        let table = &mut *self.table();
        let Some(followers) = table.threads.get_mut(&thread) else { return };
        let lost: Vec<Follower> =
            followers.extract_if(.., |follower| !access.contains(&follower.account)).collect();
        if followers.is_empty() {
            table.threads.remove(&thread);
        }
        for follower in lost {
            if let Some(entry) = table.sessions.get_mut(&follower.session) {
                entry.follows.remove(&thread);
            }
            // One who was not admitted yet learns it from the page.
            if follower.is_admitted {
                follower.outbox.send(ServerFrame::Event(Event::AccessLost(thread)));
            }
        }
    }

    /// The newest device list of an account: devices outside it are disconnected (R25), the others told, but for the one that
    /// brought it.
    pub(super) fn listed(&self, list: &DeviceList, by: &RowKey) {
        let table = self.table();
        let of_account = table.accounts.get(&list.account()).into_iter().flatten();
        for entry in of_account.filter_map(|session| table.sessions.get(session)) {
            if !list.names(&entry.place.device) {
                entry.outbox.end(End::NoLongerTrusted);
            } else if entry.place.device_row != *by {
                entry.outbox.send(ServerFrame::Event(Event::Devices(list.to_unverified())));
            }
        }
    }

    /// Tells everyone who is signed in.
    pub(super) fn tell_all(&self, tell: impl Fn(&Outbox)) {
        self.table().sessions.values().for_each(|entry| tell(&entry.outbox));
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of_device(&self, device: &RowKey, act: impl Fn(&Outbox)) {
        for session in self.devices.get(device).into_iter().flatten() {
            if let Some(entry) = self.sessions.get(session) {
                act(&entry.outbox);
            }
        }
    }
}

/// Takes what matches out of one list of the map, and the list itself once it is empty.
fn remove<K: std::hash::Hash + Eq, V>(map: &mut HashMap<K, Vec<V>>, key: &K, matches: impl Fn(&V) -> bool) {
    if let Some(list) = map.get_mut(key) {
        list.retain(|value| !matches(value));
        if list.is_empty() {
            map.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::envelope::EnvelopeKind;
    use colloque_schemas::frame::{Page, RequestId};
    use colloque_schemas::id::Seq;

    use super::*;
    use crate::relay::outbox::{OutboxReader, Outgoing};

    const THREAD: ThreadId = ThreadId::new([1; 16]);
    const ACCOUNT: AccountId = AccountId::new([2; 16]);

    /// A session of [`ACCOUNT`] that has caught up with its backlog.
    fn entered(live: &Live) -> (SessionId, OutboxReader) {
        let (outbox, mut reader) = Outbox::new(&colloque_schemas::point::Points::default());
        outbox.hold();
        outbox.release(RequestId(1), Ok(Page { threads: vec![], inbox: vec![], more: false }));
        assert!(reader.try_next().is_some());
        let place = Place { account: ACCOUNT, device: DeviceKey::new([3; 32]), device_row: [4; 32] };
        (live.enter(place, Arc::new(outbox)), reader)
    }

    fn append(live: &Live) {
        let payload = vec![0; 512].into();
        live.appended(THREAD, Envelope { seq: Seq(1), kind: EnvelopeKind::Application, payload });
    }

    #[test]
    fn a_session_hears_a_thread_once_it_is_admitted_and_not_before() {
        let live = Live::default();
        let (session, mut reader) = entered(&live);
        live.follow(session, &[THREAD]);
        append(&live);
        assert_eq!(reader.try_next(), None);
        assert!(live.admit(session, THREAD));
        append(&live);
        assert!(reader.try_next().is_some());
        live.forget(session, THREAD);
        append(&live);
        assert_eq!(reader.try_next(), None);
    }

    #[test]
    fn following_another_thread_keeps_the_first() {
        let live = Live::default();
        let (session, mut reader) = entered(&live);
        live.follow(session, &[THREAD]);
        assert!(live.admit(session, THREAD));
        live.follow(session, &[ThreadId::new([9; 16])]);
        append(&live);
        assert!(reader.try_next().is_some());
    }

    #[test]
    fn a_session_follows_a_bounded_number_of_threads() {
        let live = Live::default();
        let (session, _reader) = entered(&live);
        let thread = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            ThreadId::new(id)
        };
        let most: Vec<ThreadId> = (0..FOLLOWED_THREADS_MAX).map(thread).collect();
        assert!(live.follow(session, &most));
        assert!(!live.follow(session, &[thread(FOLLOWED_THREADS_MAX)]));
    }

    #[test]
    fn access_that_is_revoked_while_it_is_being_read_is_not_admitted() {
        let live = Live::default();
        let (session, mut reader) = entered(&live);
        live.follow(session, &[THREAD]);
        live.access_set(THREAD, &[]);
        assert!(!live.admit(session, THREAD));
        append(&live);
        assert_eq!(reader.try_next(), None);
    }

    #[tokio::test]
    async fn one_connection_too_many_of_a_device_ends_its_oldest() {
        let live = Live::default();
        let mut sessions: Vec<_> = (0..SESSIONS_PER_DEVICE).map(|_| entered(&live)).collect();
        assert_eq!(sessions[0].1.try_next(), None);
        let (_, _newest) = entered(&live);
        assert_eq!(sessions[0].1.next().await, Outgoing::End(End::Superseded));
    }

    #[test]
    fn nothing_of_a_session_is_left_after_it() {
        let live = Live::default();
        let (session, _reader) = entered(&live);
        live.follow(session, &[THREAD]);
        live.leave(session);
        let table = live.table();
        let left = [table.sessions.len(), table.devices.len(), table.accounts.len(), table.threads.len()];
        assert_eq!(left, [0; 4]);
    }
}
