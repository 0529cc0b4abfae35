//! Heartbeats: a device that says nothing in a thread where there is news says now and then how it has the log, so that
//! others notice what a relay has kept from them although nobody writes any more.

use colloque_schemas::id::{IdempotencyId, MessageId, ThreadId};
use colloque_schemas::limits::HEARTBEAT_SECONDS;
use colloque_schemas::payload::Control;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use rusqlite::params;

use crate::client::Client;
use crate::error::Error;
use crate::outbox::{self, Intent};
use crate::store::Connection;
use crate::thread::row::ThreadRow;
use crate::view::Standing;

/// Content or a handshake has come.
pub(crate) fn heard(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO pulse (thread, has_news) VALUES (?1, 1) ON CONFLICT (thread) DO UPDATE SET has_news = 1 WHERE has_news = 0",
    )?;
    statement.execute([thread.as_bytes()])?;
    Ok(())
}

/// This device has said how it has the log.
pub(crate) fn spoke(sql: &Connection, thread: ThreadId, at: UnixSeconds) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO pulse (thread, spoke_at) VALUES (?1, ?2) \
         ON CONFLICT (thread) DO UPDATE SET spoke_at = excluded.spoke_at",
    )?;
    statement.execute(params![thread.as_bytes(), at.0])?;
    Ok(())
}

/// Whether this device may tell others that something was sent in its name: once a day, since any member can make it seem so.
pub(crate) fn may_doubt(sql: &Connection, thread: ThreadId, now: UnixSeconds) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO pulse (thread, doubted_at) VALUES (?1, ?2) ON CONFLICT (thread) DO UPDATE \
         SET doubted_at = excluded.doubted_at WHERE abs(excluded.doubted_at - doubted_at) >= ?3",
    )?;
    Ok(statement.execute(params![thread.as_bytes(), now.0, SECONDS_PER_DAY])? > 0)
}

fn with_news(sql: &Connection) -> Result<Vec<(ThreadId, UnixSeconds)>, Error> {
    let mut statement = sql.prepare_cached("SELECT thread, spoke_at FROM pulse WHERE has_news = 1")?;
    let rows = statement.query_map([], |row| Ok((ThreadId::new(row.get(0)?), UnixSeconds(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Client {
    /// Queues a heartbeat in each thread that is due for one. Threads are looked through at sign-in and when the first of
    /// them may be due.
    pub(crate) fn beat(&mut self, now: UnixSeconds) -> Result<(), Error> {
        let Some(at) = self.session.beats_at else { return Ok(()) };
        if now < at {
            self.session.wake_at(at);
            return Ok(());
        }
        let is_quiet = |spoke_at: UnixSeconds| !(spoke_at..spoke_at.plus(HEARTBEAT_SECONDS)).contains(&now);
        let news = self.store.read(|view| with_news(view.sql()))?;
        let (due, others): (Vec<_>, Vec<_>) = news.into_iter().partition(|(_, spoke_at)| is_quiet(*spoke_at));
        self.session.beats_at = others.iter().map(|(_, spoke_at)| spoke_at.plus(HEARTBEAT_SECONDS)).min();
        self.session.beats_at.into_iter().for_each(|at| self.session.wake_at(at));
        if due.is_empty() {
            return Ok(());
        }
        let mut ids = Vec::with_capacity(due.len());
        for (thread, _) in due {
            ids.push((thread, MessageId::new(self.random()), IdempotencyId::new(self.random())));
        }
        let unit = self.store.begin()?;
        for (thread, message, id) in ids {
            let row = ThreadRow::find(unit.sql(), thread)?;
            if row.is_some_and(|row| row.standing == Standing::Member) {
                outbox::push(unit.sql(), thread, id, &Intent::Upkeep { message, control: Control::Heads })?;
            }
            unit.sql()
                .prepare_cached("UPDATE pulse SET has_news = 0 WHERE thread = ?1")?
                .execute([thread.as_bytes()])?;
        }
        Ok(unit.commit()?)
    }

    /// There is news, of which a heartbeat tells if nothing else does.
    pub(crate) fn beat_later(&mut self, now: UnixSeconds) {
        let at = now.plus(HEARTBEAT_SECONDS);
        self.session.beats_at = Some(self.session.beats_at.map_or(at, |earlier| earlier.min(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{new_store, thread};

    #[test]
    fn a_device_says_once_a_day_at_most_that_it_does_not_know_what_is_its_own() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let (one, other) = (thread(unit.sql(), 1), thread(unit.sql(), 2));
        let day = UnixSeconds(1_000 * SECONDS_PER_DAY);
        for (at, expected) in
            [(day, true), (day.plus(SECONDS_PER_DAY - 1), false), (day.plus(SECONDS_PER_DAY), true)]
        {
            assert_eq!(may_doubt(unit.sql(), one, at).unwrap(), expected, "{at:?}");
        }
        // A clock that was wrong does not silence it.
        assert!(may_doubt(unit.sql(), one, UnixSeconds(5)).unwrap());
        spoke(unit.sql(), other, day).unwrap();
        assert!(may_doubt(unit.sql(), other, day).unwrap(), "each thread for itself");
    }
}
