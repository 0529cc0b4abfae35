//! A relay that went back in time, as when its database was restored from a backup: this device gives back what it has read of
//! each log further than the relay's copy goes (PROTOCOL section 6). Until a log is whole again, nothing new is posted there.

use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, InboxSeq};
use colloque_schemas::frame::{Appended, Request};
use colloque_schemas::id::{Incarnation, Seq, ThreadId};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::error::{Error, ServerFault};
use crate::event::Event;
use crate::outbox;
use crate::session::Pending;
use crate::sql::{self, Setting, put_setting};
use crate::tail;
use crate::thread::row::ThreadRow;
use crate::view::Standing;

/// What is to be done about a log that is shorter at the relay than here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shortness {
    /// The envelope of this place goes back next.
    Next(Seq),
    /// This device cannot do more: another member may, and then it goes on.
    Waits,
}

impl Client {
    /// Compares the relay's database with the one that this device knew. What came from another one does not count any more:
    /// numbers of the inbox, and answers of which the log does not tell.
    pub(crate) fn meet_incarnation(&mut self, incarnation: Incarnation) -> Result<(), Error> {
        let known = self.store.read(|view| sql::setting(view.sql(), Setting::Incarnation))?;
        if known.as_deref() == Some(incarnation.as_bytes().as_slice()) {
            return Ok(());
        }
        let unit = self.store.begin()?;
        put_setting(unit.sql(), Setting::Incarnation, incarnation.as_bytes())?;
        if known.is_some() {
            put_setting(unit.sql(), Setting::InboxAfter, &codec::encode(&InboxSeq::default()))?;
            outbox::unacknowledge(unit.sql())?;
            if self.identity.actor().role == Role::Professional {
                tail::owe_terms(unit.sql())?;
            }
        }
        Ok(unit.commit()?)
    }

    /// The relay's copy of a log ends here.
    pub(crate) fn log_is_short(
        &mut self,
        thread: ThreadId,
        last: Seq,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let row = self.store.read(|view| ThreadRow::load(view.sql(), thread))?;
        // A log only grows: a relay that loses it again after everything came back is none to go on with.
        if row.head.seq <= last || self.session.given_back.contains(&thread) {
            return Err(ServerFault::Protocol.into());
        }
        self.session.busy.insert(thread);
        if self.session.short.insert(thread, Shortness::Next(last.next())).is_none() {
            events.push(Event::RelayWentBack { thread });
        }
        Ok(())
    }

    /// Gives back the next envelope of each log that lacks some, one at a time.
    pub(crate) fn give_back(&mut self, now: UnixSeconds) -> Result<(), Error> {
        let short = self.session.short.iter().map(|(thread, shortness)| (*thread, *shortness));
        for (thread, shortness) in short.collect::<Vec<_>>() {
            let Shortness::Next(seq) = shortness else { continue };
            if self.session.is_put_off(thread, now) || self.session.gives_back(thread) {
                continue;
            }
            match self.store.read(|view| tail::restore(view.sql(), thread, seq))? {
                Some(restore) => {
                    self.session.ask(Request::Restore(restore), Pending::Restore { thread, seq })
                }
                None => drop(self.session.short.insert(thread, Shortness::Waits)),
            }
        }
        Ok(())
    }

    /// An envelope is back in its place.
    pub(crate) fn restored(
        &mut self,
        thread: ThreadId,
        seq: Seq,
        appended: Appended,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        if appended.seq != seq {
            return Err(ServerFault::Protocol.into());
        }
        let row = self.store.read(|view| ThreadRow::load(view.sql(), thread))?;
        if !self.session.short.contains_key(&thread) {
            return Ok(());
        }
        if seq < row.head.seq {
            self.session.short.insert(thread, Shortness::Next(seq.next()));
            return self.give_back(now);
        }
        self.log_is_whole(thread);
        self.session.given_back.insert(thread);
        self.follow(vec![thread], false)
    }

    /// The log is as long at the relay as here.
    pub(crate) fn log_is_whole(&mut self, thread: ThreadId) {
        if self.session.short.remove(&thread).is_some() {
            self.session.busy.remove(&thread);
        }
    }

    /// Others have given a log back up to where this device has read.
    pub(crate) fn hear_restored(&mut self, thread: ThreadId, read: Seq, envelopes: &[Envelope]) {
        if envelopes.iter().any(|envelope| envelope.seq >= read) {
            self.log_is_whole(thread);
        }
    }

    pub(crate) fn restore_refused(
        &mut self,
        thread: ThreadId,
        seq: Seq,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match (refusal.code, refusal.retry) {
            (RefusalCode::PlaceTaken, _) => self.log_is_another(thread, seq, events),
            (RefusalCode::NoAccess, _) => {
                self.session.short.remove(&thread);
                self.access_lost(&[thread], events)
            }
            (_, retry) if self.put_off(thread, retry, now) => Ok(()),
            _ => {
                self.session.short.insert(thread, Shortness::Waits);
                Ok(())
            }
        }
    }

    /// Something else stands where this device has read something: members who read that do not agree with it any more.
    fn log_is_another(&mut self, thread: ThreadId, seq: Seq, events: &mut Vec<Event>) -> Result<(), Error> {
        self.log_is_whole(thread);
        let unit = self.store.begin()?;
        let row = ThreadRow::load(unit.sql(), thread)?;
        if row.standing != Standing::Forked {
            ThreadRow { standing: Standing::Forked, ..row }.save(unit.sql())?;
            outbox::remove_thread(unit.sql(), thread)?;
            unit.commit()?;
            events.push(Event::ForkDetected { thread, seq });
        }
        Ok(())
    }

    /// The relay does not know these threads. Those that this device opened not long ago it opens again, exactly as then; of
    /// the others it lacks access.
    pub(crate) fn reopen(&mut self, lost: Vec<ThreadId>, events: &mut Vec<Event>) -> Result<(), Error> {
        let mut others = Vec::new();
        for thread in lost {
            let was_reopened = self.session.short.remove(&thread).is_some();
            match self.store.read(|view| tail::opening(view.sql(), thread))? {
                Some(request) if !was_reopened => {
                    self.session.busy.insert(thread);
                    self.session.ask(request, Pending::Reopen { thread });
                }
                _ => others.push(thread),
            }
        }
        self.access_lost(&others, events)
    }

    /// The relay has the thread again: what came after its opening follows.
    pub(crate) fn reopened(&mut self, thread: ThreadId) -> Result<(), Error> {
        self.session.short.insert(thread, Shortness::Waits);
        self.follow(vec![thread], false)
    }
}
