//! The newest envelopes of each log, and what this device posted with Welcomes: kept as they were, for a relay that loses them.

use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, EnvelopeKind};
use colloque_schemas::frame::{Append, Request, Restore};
use colloque_schemas::id::{KeyHash, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, TAIL_DAYS, TAIL_ENVELOPES};
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::sql::damaged;
use crate::store::Connection;

/// Keeps what was read of a log, of which this is the newest place, and forgets what is now too far from its end.
pub(crate) fn keep(
    sql: &Connection,
    thread: ThreadId,
    read: &[&Envelope],
    head: Seq,
    now: UnixSeconds,
) -> Result<(), Error> {
    let oldest = head.0.saturating_sub(TAIL_ENVELOPES);
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO tail (thread, seq, kind, payload, day) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for envelope in read.iter().filter(|envelope| oldest < envelope.seq.0) {
        statement.execute(params![
            thread.as_bytes(),
            envelope.seq.0,
            envelope.kind.number(),
            envelope.payload.as_slice(),
            now.day()
        ])?;
    }
    sql.prepare_cached("DELETE FROM tail WHERE thread = ?1 AND seq <= ?2")?
        .execute(params![thread.as_bytes(), oldest])?;
    Ok(())
}

/// Keeps what brings Welcomes: an append, by the hash of its envelope.
pub(crate) fn keep_append(
    sql: &Connection,
    envelope: &KeyHash,
    request: &[u8],
    now: UnixSeconds,
) -> Result<(), Error> {
    keep_request(sql, envelope.as_bytes(), request, now)
}

/// Keeps an opening.
pub(crate) fn keep_opening(
    sql: &Connection,
    thread: ThreadId,
    request: &[u8],
    now: UnixSeconds,
) -> Result<(), Error> {
    keep_request(sql, thread.as_bytes(), request, now)
}

fn keep_request(sql: &Connection, key: &[u8], request: &[u8], now: UnixSeconds) -> Result<(), Error> {
    sql.prepare_cached("INSERT OR REPLACE INTO invitation_posted (key, request, day) VALUES (?1, ?2, ?3)")?
        .execute(params![key, request, now.day()])?;
    Ok(())
}

/// The opening of a thread as this device posted it, if it did not long ago.
pub(crate) fn opening(sql: &Connection, thread: ThreadId) -> Result<Option<Request>, Error> {
    posted(sql, thread.as_bytes())
}

fn posted(sql: &Connection, key: &[u8]) -> Result<Option<Request>, Error> {
    let mut statement = sql.prepare_cached("SELECT request FROM invitation_posted WHERE key = ?1")?;
    let request: Option<Vec<u8>> = statement.query_row([key], |row| row.get(0)).optional()?;
    request.map(|bytes| codec::decode(&bytes, FRAME_MAX_BYTES).map_err(|_| damaged())).transpose()
}

/// What gives the envelope of this place back, if it is kept.
pub(crate) fn restore(sql: &Connection, thread: ThreadId, seq: Seq) -> Result<Option<Restore>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT kind, payload FROM tail WHERE thread = ?1 AND seq = ?2")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u8>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((kind, payload)) = statement.query_row(params![thread.as_bytes(), seq.0], read).optional()?
    else {
        return Ok(None);
    };
    let kind = EnvelopeKind::from_number(kind).ok_or_else(damaged)?;
    let hash = KeyHash::new(Sha256::digest(&payload).into());
    let (welcomes, grant) = match posted(sql, hash.as_bytes())? {
        Some(Request::Append(Append { welcomes, grant, .. })) => (welcomes, grant),
        _ => (Vec::new(), Vec::new()),
    };
    let envelope = Envelope { seq, kind, payload: payload.into() };
    Ok(Some(Restore { thread, envelope, welcomes, grant }))
}

/// Forgets what is older than [`TAIL_DAYS`].
pub(crate) fn forget_old(sql: &Connection, now: UnixSeconds) -> Result<(), Error> {
    let before = now.day().saturating_sub(TAIL_DAYS);
    sql.prepare_cached("DELETE FROM tail WHERE day < ?1")?.execute([before])?;
    sql.prepare_cached("DELETE FROM invitation_posted WHERE day < ?1")?.execute([before])?;
    Ok(())
}

/// A relay went back in time: terms that were asserted of handshakes since may be gone with them.
pub(crate) fn owe_terms(sql: &Connection) -> Result<(), Error> {
    sql.prepare_cached(
        "UPDATE thread SET terms_due = 1 WHERE thread IN (SELECT DISTINCT thread FROM tail WHERE kind = 0)",
    )?
    .execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{new_store, thread};

    #[test]
    fn the_newest_envelopes_of_a_log_are_kept_as_they_were_and_forgotten_by_number_and_age() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let (sql, now) = (unit.sql(), UnixSeconds(1_800_000_000));
        let thread = thread(sql, 1);
        let kept = |seq| {
            let restore = restore(sql, thread, Seq(seq)).unwrap();
            restore.map(|restore| restore.envelope.payload.as_slice().to_vec())
        };
        let envelopes: Vec<Envelope> = (1..=TAIL_ENVELOPES + 2)
            .map(|seq| Envelope {
                seq: Seq(seq),
                kind: EnvelopeKind::Application,
                payload: seq.to_be_bytes().to_vec().into(),
            })
            .collect();
        let (early, late) = envelopes.split_at(2);
        keep(sql, thread, &early.iter().collect::<Vec<_>>(), Seq(2), now).unwrap();
        assert_eq!(kept(1), Some(1_u64.to_be_bytes().to_vec()));
        keep(sql, thread, &late.iter().collect::<Vec<_>>(), Seq(TAIL_ENVELOPES + 2), now).unwrap();
        assert_eq!((kept(1), kept(2)), (None, None));
        assert_eq!(kept(3), Some(3_u64.to_be_bytes().to_vec()));

        forget_old(sql, now.plus(TAIL_DAYS * 86_400)).unwrap();
        assert!(kept(3).is_some());
        forget_old(sql, now.plus((TAIL_DAYS + 1) * 86_400)).unwrap();
        assert_eq!(kept(3), None);
    }
}
