//! The logs.

use aws_lc_rs::digest::{SHA256, digest};
use colloque_schemas::bytes::Opaque;
use colloque_schemas::envelope::{Envelope, EnvelopeKind};
use colloque_schemas::frame::Appended;
use colloque_schemas::id::{IdempotencyId, KeyHash, Seq, ThreadId};
use colloque_schemas::limits::{IDS_PER_LOG, OPENING_ENVELOPES_MAX};
use sqlx::{AssertSqlSafe, Row};

use super::super::error::RequestError;
use super::super::recent::{Fate, RecentIds};
use super::choke::{Connection, Readers};
use super::{in_statements, to_stored};

/// Bits of a place that are the Seq; the thread's number is above.
pub(super) const SEQ_BITS: u32 = 32;
const SEQ_MASK: i64 = (1 << SEQ_BITS) - 1;

/// Where an envelope lies: the thread's number times 2^32, and its Seq.
///
/// # Errors
/// [`RequestError::Damaged`] after four billion envelopes in one thread.
pub(in super::super) fn place_of(number: i64, seq: Seq) -> Result<i64, RequestError> {
    let seq = to_stored(seq.0)?;
    if seq > SEQ_MASK {
        return Err(RequestError::Damaged("a log is full"));
    }
    Ok((number << SEQ_BITS) | seq)
}

/// The Seq of a place.
pub(super) fn seq_of(place: i64) -> Seq {
    Seq(u64::try_from(place & SEQ_MASK).unwrap_or_default())
}

/// SHA-256 of a payload, as replies name it.
pub(in super::super) fn payload_hash(payload: &[u8]) -> KeyHash {
    let mut hash = [0; KeyHash::LENGTH];
    for (to, from) in hash.iter_mut().zip(digest(&SHA256, payload).as_ref()) {
        *to = *from;
    }
    KeyHash::new(hash)
}

/// An envelope on its way into the database.
#[derive(Clone, Debug)]
pub(in super::super) struct NewRow {
    /// The thread, and its number.
    pub(in super::super) thread: ThreadId,
    pub(in super::super) number: i64,
    /// The id that its sender may repeat; none for those of an opening but its last.
    pub(in super::super) idempotency: Option<IdempotencyId>,
    /// The envelope.
    pub(in super::super) envelope: Envelope,
}

/// Adds envelopes, many with one statement: one statement for each would cap the relay at a tenth of SQLite's rate. In
/// the order of their places, so that those of one thread meet in one page. One that does not fit undoes the whole
/// transaction, which it would anyway: SQLite then copies no page to be able to undo the statement alone.
///
/// # Errors
/// The database's.
pub(in super::super) async fn insert(
    connection: &mut Connection,
    rows: &[NewRow],
    day: i64,
) -> Result<(), RequestError> {
    let mut rows: Vec<&NewRow> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| (row.number, row.envelope.seq));
    for (room, piece) in in_statements(&rows) {
        let mut sql = String::from(
            "INSERT OR ROLLBACK INTO envelope (place, kind, day, idempotency, payload)
                SELECT * FROM (VALUES (?, ?, ?, ?, ?)",
        );
        sql.push_str(&", (?, ?, ?, ?, ?)".repeat(room.saturating_sub(1)));
        sql.push_str(") WHERE column1 IS NOT NULL");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in piece {
            query = query
                .bind(place_of(row.number, row.envelope.seq)?)
                .bind(i64::from(row.envelope.kind.number()))
                .bind(day)
                .bind(row.idempotency.as_ref().map(|id| id.as_bytes().as_slice()))
                .bind(row.envelope.payload.as_slice());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The ids of the newest appends of a thread.
///
/// # Errors
/// The database's.
pub(super) async fn recent_ids(connection: &mut Connection, number: i64) -> Result<RecentIds, RequestError> {
    const IDS: &str = "SELECT place, idempotency FROM envelope
        WHERE place BETWEEN ? AND ? AND idempotency IS NOT NULL ORDER BY place DESC LIMIT ?";
    let most = i64::try_from(IDS_PER_LOG).unwrap_or(i64::MAX);
    let (first, last) = (place_of(number, Seq::START)?, place_of(number, Seq(SEQ_MASK.unsigned_abs()))?);
    let rows = sqlx::query(IDS).bind(first).bind(last).bind(most).fetch_all(connection).await?;
    let mut recent = RecentIds::default();
    for row in rows.iter().rev() {
        let id = IdempotencyId::from_slice(row.try_get(1)?);
        let id = id.ok_or(RequestError::Damaged("an idempotency id"))?;
        recent.add(id, Fate::Placed(seq_of(row.try_get(0)?)));
    }
    Ok(recent)
}

/// What the opening of a thread was answered with, if it had this id. It is looked for where openings end, however long the
/// log has grown: who opened may come back late, and has not read the log.
///
/// # Errors
/// The database's.
pub(in super::super) async fn opening_answer(
    connection: &mut Connection,
    number: i64,
    id: &IdempotencyId,
) -> Result<Option<Appended>, RequestError> {
    const OPENING: &str =
        "SELECT place, payload FROM envelope WHERE place BETWEEN ? AND ? AND idempotency = ?";
    let last = Seq(u64::try_from(OPENING_ENVELOPES_MAX).unwrap_or(u64::MAX));
    let query = sqlx::query(OPENING).bind(place_of(number, Seq::START)?).bind(place_of(number, last)?);
    let Some(row) = query.bind(id.as_bytes().as_slice()).fetch_optional(connection).await? else {
        return Ok(None);
    };
    let payload_hash = payload_hash(row.try_get(1)?);
    Ok(Some(Appended { seq: seq_of(row.try_get(0)?), payload_hash }))
}

/// Kind and payload hash of what stands at a place, unless nothing does.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn stored(
    connection: &mut Connection,
    number: i64,
    seq: Seq,
) -> Result<Option<(EnvelopeKind, KeyHash)>, RequestError> {
    let query =
        sqlx::query("SELECT kind, payload FROM envelope WHERE place = ?").bind(place_of(number, seq)?);
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some((stored_kind(row.try_get(0)?)?, payload_hash(row.try_get(1)?))))
}

fn stored_kind(kind: i64) -> Result<EnvelopeKind, RequestError> {
    let kind = u8::try_from(kind).ok().and_then(EnvelopeKind::from_number);
    kind.ok_or(RequestError::Damaged("a kind of envelope"))
}

/// How much of a log to read.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Bounds {
    /// Envelopes at most.
    pub(in super::super) items: usize,
    /// Bytes of payloads at most.
    pub(in super::super) bytes: usize,
    /// Whether the first envelope is read even if it alone exceeds `bytes`.
    pub(in super::super) takes_first: bool,
}

/// A thread's envelopes after a place, in order and within bounds. The flag says whether there are more.
///
/// # Errors
/// The database's.
pub(in super::super) async fn page(
    readers: &Readers,
    number: i64,
    after: Seq,
    bounds: Bounds,
) -> Result<(Vec<Envelope>, bool), RequestError> {
    let Bounds { items, bytes, takes_first } = bounds;
    // Lengths first: a page of the largest envelopes must not read 64 MiB to return a quarter of one.
    const LENGTHS: &str = "SELECT place, length(payload) FROM envelope
        WHERE place > ? AND place <= ? ORDER BY place LIMIT ?";
    const ENVELOPES: &str = "SELECT place, kind, payload FROM envelope
        WHERE place > ? AND place <= ? ORDER BY place";
    let first = place_of(number, after.min(Seq(SEQ_MASK.unsigned_abs())))?;
    let last = place_of(number, Seq(SEQ_MASK.unsigned_abs()))?;
    let limit = i64::try_from(items.saturating_add(1)).unwrap_or(i64::MAX);
    let lengths = sqlx::query(LENGTHS).bind(first).bind(last).bind(limit).fetch_all(readers).await?;
    let (mut through, mut taken, mut used) = (first, 0_usize, 0_usize);
    for row in &lengths {
        let length = usize::try_from(row.try_get::<i64, _>(1)?).unwrap_or(usize::MAX);
        used = used.saturating_add(length);
        let fits = used <= bytes || (taken == 0 && takes_first);
        if taken == items || !fits {
            break;
        }
        taken = taken.saturating_add(1);
        through = row.try_get(0)?;
    }
    let mut envelopes = Vec::with_capacity(taken);
    for row in sqlx::query(ENVELOPES).bind(first).bind(through).fetch_all(readers).await? {
        envelopes.push(Envelope {
            seq: seq_of(row.try_get(0)?),
            kind: stored_kind(row.try_get(1)?)?,
            payload: Opaque::from(row.try_get::<Vec<u8>, _>(2)?),
        });
    }
    Ok((envelopes, taken < lengths.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_thread_and_seq() {
        let place = place_of(2_147_483_647, Seq(4_294_967_295)).unwrap();
        assert_eq!((place >> SEQ_BITS, seq_of(place)), (2_147_483_647, Seq(4_294_967_295)));
        assert!(place_of(1, Seq(4_294_967_296)).is_err());
    }
}
