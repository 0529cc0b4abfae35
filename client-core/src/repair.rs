//! What is kept so that gaps can be repaired: of others, what is missing; of one's own, what was sent under which counter.

use colloque_schemas::id::{DeviceKey, MessageId, Seq, ThreadId};
use colloque_schemas::limits::REPAIRS_PER_DAY;
use rusqlite::{OptionalExtension, Row, params};

use crate::entry;
use crate::error::Error;
use crate::store::Connection;

/// A run of messages that never came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Gap {
    /// Whose.
    pub(crate) device: DeviceKey,
    /// The first counter that is missing.
    pub(crate) first: u64,
    /// The last one.
    pub(crate) last: u64,
    /// Where it is shown.
    pub(crate) seq: Seq,
    /// How often it was asked for.
    pub(crate) requests: u32,
}

/// What this device sent under a counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sent {
    pub(crate) counter: u64,
    /// None of control.
    pub(crate) message: Option<MessageId>,
    /// Where it was sent again last.
    pub(crate) again_at: Option<Seq>,
}

/// Keeps a gap.
pub(crate) fn note(sql: &Connection, thread: ThreadId, gap: &Gap) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO gap (thread, device, first, last, seq, requests) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let Gap { device, first, last, seq, requests } = gap;
    statement.execute(params![thread.as_bytes(), device.as_bytes(), first, last, seq.0, requests])?;
    Ok(())
}

/// All gaps of a thread.
pub(crate) fn gaps(sql: &Connection, thread: ThreadId) -> Result<Vec<Gap>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT device, first, last, seq, requests FROM gap WHERE thread = ?1 ORDER BY device, first",
    )?;
    let rows = statement.query_map([thread.as_bytes()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The gaps of a device that have to do with any of these counters.
pub(crate) fn overlapping(
    sql: &Connection,
    thread: ThreadId,
    device: DeviceKey,
    from: u64,
    to: u64,
) -> Result<Vec<Gap>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT device, first, last, seq, requests FROM gap \
         WHERE thread = ?1 AND device = ?2 AND first <= ?4 AND last >= ?3 ORDER BY first",
    )?;
    let rows = statement.query_map(params![thread.as_bytes(), device.as_bytes(), from, to], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Gap> {
    Ok(Gap {
        device: DeviceKey::new(row.get(0)?),
        first: row.get(1)?,
        last: row.get(2)?,
        seq: Seq(row.get(3)?),
        requests: row.get(4)?,
    })
}

/// These counters of a device are accounted for: what is shown of its gaps shrinks by them. Returns whether any was missing.
pub(crate) fn close(
    sql: &Connection,
    thread: ThreadId,
    device: DeviceKey,
    from: u64,
    to: u64,
) -> Result<bool, Error> {
    let gaps = overlapping(sql, thread, device, from, to)?;
    for gap in &gaps {
        sql.prepare_cached("DELETE FROM gap WHERE thread = ?1 AND device = ?2 AND first = ?3")?
            .execute(params![thread.as_bytes(), device.as_bytes(), gap.first])?;
        if gap.first < from {
            note(sql, thread, &Gap { last: from.saturating_sub(1), ..*gap })?;
        }
        if to < gap.last {
            note(sql, thread, &Gap { first: to.saturating_add(1), ..*gap })?;
        }
        let closed = to.min(gap.last).saturating_sub(from.max(gap.first)).saturating_add(1);
        entry::shrink_gap(sql, thread, gap.seq, closed)?;
    }
    Ok(!gaps.is_empty())
}

/// A device joins: what it sent before it was removed, if it was here, has other counters and cannot be asked for any more.
pub(crate) fn forget_device(sql: &Connection, thread: ThreadId, device: DeviceKey) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("DELETE FROM gap WHERE thread = ?1 AND device = ?2")?;
    statement.execute(params![thread.as_bytes(), device.as_bytes()])?;
    Ok(())
}

/// This device is about to join a thread again, and counts from the beginning.
pub(crate) fn forget_thread(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM gap WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    sql.prepare_cached("DELETE FROM sent WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    Ok(())
}

/// This device has sent this under a counter.
pub(crate) fn note_sent(
    sql: &Connection,
    thread: ThreadId,
    counter: u64,
    message: Option<MessageId>,
) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("INSERT OR REPLACE INTO sent (thread, counter, message) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![thread.as_bytes(), counter, message.map(|message| *message.as_bytes())])?;
    Ok(())
}

/// What this device sent under counters of a range, as far as it knows.
pub(crate) fn sent(sql: &Connection, thread: ThreadId, from: u64, to: u64) -> Result<Vec<Sent>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT counter, message, again_at FROM sent WHERE thread = ?1 AND counter BETWEEN ?2 AND ?3 ORDER BY counter",
    )?;
    let rows = statement.query_map(params![thread.as_bytes(), from, to], |row| {
        Ok(Sent {
            counter: row.get(0)?,
            message: row.get::<_, Option<[u8; 16]>>(1)?.map(MessageId::new),
            again_at: row.get::<_, Option<u64>>(2)?.map(Seq),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A message of this device stands here again.
pub(crate) fn note_again(
    sql: &Connection,
    thread: ThreadId,
    message: MessageId,
    seq: Seq,
) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("UPDATE sent SET again_at = ?3 WHERE thread = ?1 AND message = ?2")?;
    statement.execute(params![thread.as_bytes(), message.as_bytes(), seq.0])?;
    Ok(())
}

/// Whether a device has not yet said on this day that something was sent in its name.
pub(crate) fn is_first_doubt(
    sql: &Connection,
    thread: ThreadId,
    device: DeviceKey,
    day: u64,
) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO doubted (thread, device, day) VALUES (?1, ?2, ?3) ON CONFLICT (thread, device) \
         DO UPDATE SET day = excluded.day WHERE day <> excluded.day",
    )?;
    Ok(statement.execute(params![thread.as_bytes(), device.as_bytes(), day])? > 0)
}

/// Counts an answer to a device on a day; false if it has had all that it may ask for.
pub(crate) fn allow(sql: &Connection, thread: ThreadId, asker: DeviceKey, day: u64) -> Result<bool, Error> {
    let mut statement =
        sql.prepare_cached("SELECT messages FROM answered WHERE thread = ?1 AND device = ?2 AND day = ?3")?;
    let keys = params![thread.as_bytes(), asker.as_bytes(), day];
    let messages: u32 = statement.query_row(keys, |row| row.get(0)).optional()?.unwrap_or_default();
    if messages >= REPAIRS_PER_DAY {
        return Ok(false);
    }
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO answered (thread, device, day, messages) VALUES (?1, ?2, ?3, ?4)",
    )?;
    statement.execute(params![thread.as_bytes(), asker.as_bytes(), day, messages.saturating_add(1)])?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{PATIENT, new_store, thread};
    use crate::view::EntryKind;

    const DEVICE: DeviceKey = DeviceKey::new([3; 32]);

    #[test]
    fn a_gap_shrinks_from_both_ends_and_from_the_middle_until_it_is_repaired() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        let found = EntryKind::Gap { account: PATIENT.account, missing: 8 };
        entry::add(unit.sql(), thread, Seq(5), &found).unwrap();
        let gap = Gap { device: DEVICE, first: 3, last: 10, seq: Seq(5), requests: 1 };
        note(unit.sql(), thread, &gap).unwrap();
        let shown = || entry::before(unit.sql(), thread, None, 9).unwrap().remove(0).kind;
        let steps = [((6, 6), 7), ((6, 6), 7), ((1, 3), 6), ((9, 20), 4), ((4, 5), 2), ((11, 30), 2)];
        for ((from, to), missing) in steps {
            close(unit.sql(), thread, DEVICE, from, to).unwrap();
            let EntryKind::Gap { missing: left, .. } = shown() else { panic!("{:?}", shown()) };
            assert_eq!(left, missing, "after {from} to {to}");
            let counted: u64 =
                gaps(unit.sql(), thread).unwrap().iter().map(|gap| gap.last - gap.first + 1).sum();
            assert_eq!(counted, missing, "after {from} to {to}");
        }
        assert!(!close(unit.sql(), thread, DeviceKey::new([4; 32]), 1, 99).unwrap(), "another's");
        assert!(close(unit.sql(), thread, DEVICE, 1, 99).unwrap());
        assert!(matches!(shown(), EntryKind::Repaired { account } if account == PATIENT.account));
        assert_eq!(gaps(unit.sql(), thread).unwrap(), []);
    }

    #[test]
    fn so_many_messages_are_sent_again_for_one_device_on_one_day() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        for day in [7, 8, 7] {
            for _ in 0..REPAIRS_PER_DAY {
                assert!(allow(unit.sql(), thread, DEVICE, day).unwrap());
            }
            assert!(!allow(unit.sql(), thread, DEVICE, day).unwrap());
            assert!(allow(unit.sql(), thread, DeviceKey::new([4; 32]), day).unwrap(), "another's own");
        }
    }
}
