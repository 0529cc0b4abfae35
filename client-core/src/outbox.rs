//! What waits for the relay, in order, per thread.
//!
//! A row begins as an intent. When it is the first of its thread (receipts stand behind all else) and the log has been read to its end, it is encrypted
//! and the exact bytes are kept with it, in one transaction, before they are sent; after a crash the same bytes go out
//! again under the same idempotency id. Only a definite answer clears the bytes: a `head-stale` refusal, or a log that does
//! not have the envelope where the relay said. Message id and counter stay. The row goes away when the log shows the envelope, recognised by its hash.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{AccountId, IdempotencyId, KeyHash, MessageId, Seq, ThreadId};
use colloque_schemas::payload::Control;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use crate::draft;
use crate::error::Error;
use crate::sql::stored;
use crate::store::Connection;

/// What is to be done.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub(crate) enum Intent {
    /// Open the thread; its first message follows.
    #[n(0)]
    Open,
    /// Post a message.
    #[n(1)]
    Content {
        #[n(0)]
        message: MessageId,
        #[n(1)]
        text: String,
        #[n(2)]
        written_at: UnixSeconds,
    },
    /// Post a control message.
    #[n(2)]
    Control {
        #[n(0)]
        message: MessageId,
        #[n(1)]
        control: Control,
    },
    /// Commit a new leaf of one's own.
    #[n(3)]
    Update,
    /// Commit another answer mode.
    #[n(4)]
    SetMode(#[n(0)] AnswerMode),
    /// Commit the removal of an account's devices.
    #[n(5)]
    Remove(#[n(0)] AccountId),
    /// Tell the others how far this device has read.
    #[n(6)]
    Receipt {
        #[n(0)]
        message: MessageId,
        #[n(1)]
        receipt: Control,
        /// When that was so.
        #[n(2)]
        at: UnixSeconds,
    },
    /// Commit the addition of an account's devices, once KeyPackages of it are claimed.
    #[n(7)]
    Add(#[n(0)] AccountId),
    /// Post control that keeps the log whole: what is missing here, what is nothing to show, how this device has the log.
    #[n(8)]
    Upkeep {
        #[n(0)]
        message: MessageId,
        #[n(1)]
        control: Control,
    },
    /// Post a message of this device once more, which it sent under this counter.
    #[n(9)]
    Again {
        #[n(0)]
        message: MessageId,
        #[n(1)]
        counter: u64,
    },
    /// Commit what brings the devices of one's own account in line with its list: additions, once KeyPackages of them are
    /// claimed, and removals.
    #[n(10)]
    Align,
}

impl Intent {
    /// Whether it is a courtesy between devices, of which no person hears whether it went well.
    pub(crate) const fn is_courtesy(&self) -> bool {
        matches!(self, Self::Receipt { .. } | Self::Upkeep { .. } | Self::Again { .. } | Self::Align)
    }

    /// The kind of envelope that it becomes; an opening is a request of its own.
    pub(crate) const fn kind(&self) -> Option<EnvelopeKind> {
        match self {
            Self::Open => None,
            Self::Content { .. } | Self::Again { .. } => Some(EnvelopeKind::Application),
            Self::Control { .. } | Self::Receipt { .. } | Self::Upkeep { .. } => Some(EnvelopeKind::Control),
            Self::Update | Self::SetMode(_) | Self::Remove(_) | Self::Add(_) | Self::Align => {
                Some(EnvelopeKind::Handshake)
            }
        }
    }
}

/// One row.
pub(crate) struct OutboxRow {
    pub(crate) id: i64,
    pub(crate) thread: ThreadId,
    pub(crate) idempotency: IdempotencyId,
    pub(crate) intent: Intent,
    /// The exact request, once encrypted.
    pub(crate) request: Option<Vec<u8>>,
    /// SHA-256 of the padded payload, once encrypted.
    pub(crate) payload_hash: Option<KeyHash>,
    /// The handshake under whose terms it was encrypted.
    pub(crate) handshake_head: Option<Seq>,
    /// The time that the encrypted message or Commit says.
    pub(crate) sent_at: Option<UnixSeconds>,
    /// Where the relay says that it is.
    pub(crate) acknowledged: Option<Seq>,
}

const COLUMNS: &str =
    "id, thread, idempotency, intent, request, payload_hash, handshake_head, sent_at, acknowledged";

fn read(row: &Row<'_>) -> Result<OutboxRow, Error> {
    Ok(OutboxRow {
        id: row.get(0)?,
        thread: ThreadId::new(row.get(1)?),
        idempotency: IdempotencyId::new(row.get(2)?),
        intent: stored(&row.get::<_, Vec<u8>>(3)?)?,
        request: row.get(4)?,
        payload_hash: row.get::<_, Option<[u8; 32]>>(5)?.map(KeyHash::new),
        handshake_head: row.get::<_, Option<u64>>(6)?.map(Seq),
        sent_at: row.get::<_, Option<u64>>(7)?.map(UnixSeconds),
        acknowledged: row.get::<_, Option<u64>>(8)?.map(Seq),
    })
}

/// Puts an intent at the end.
pub(crate) fn push(
    sql: &Connection,
    thread: ThreadId,
    idempotency: IdempotencyId,
    intent: &Intent,
) -> Result<i64, Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO outbox (thread, idempotency, intent, is_receipt) VALUES (?1, ?2, ?3, ?4)",
    )?;
    statement.execute(params![
        thread.as_bytes(),
        idempotency.as_bytes(),
        codec::encode(intent),
        intent.is_courtesy()
    ])?;
    Ok(sql.last_insert_rowid())
}

/// Puts an intent before everything that is not encrypted yet.
pub(crate) fn push_urgent(
    sql: &Connection,
    thread: ThreadId,
    idempotency: IdempotencyId,
    intent: &Intent,
) -> Result<(), Error> {
    let id = push(sql, thread, idempotency, intent)?;
    sql.prepare_cached("UPDATE outbox SET is_urgent = 1 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The order within a thread: what is encrypted holds a place in its sender's order and is settled first, receipts and
/// other courtesies (`is_receipt`) come last.
const ORDER: &str = "request IS NULL, is_receipt, is_urgent = 0, id";

/// The first row of every thread that has one.
pub(crate) fn fronts(sql: &Connection) -> Result<Vec<OutboxRow>, Error> {
    let query = format!(
        "SELECT {COLUMNS} FROM outbox WHERE id IN (SELECT id FROM \
         (SELECT id, row_number() OVER (PARTITION BY thread ORDER BY {ORDER}) AS place FROM outbox) WHERE place = 1) \
         ORDER BY is_receipt, id"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// The first row of a thread.
pub(crate) fn front(sql: &Connection, thread: ThreadId) -> Result<Option<OutboxRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM outbox WHERE thread = ?1 ORDER BY {ORDER} LIMIT 1");
    let row = sql.prepare_cached(&query)?.query_row([thread.as_bytes()], |row| Ok(read(row))).optional()?;
    row.transpose()
}

/// The row of this id, if it is still there.
pub(crate) fn row(sql: &Connection, id: i64) -> Result<Option<OutboxRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1");
    let row = sql.prepare_cached(&query)?.query_row([id], |row| Ok(read(row))).optional()?;
    row.transpose()
}

/// All rows of a thread, in the order in which they were pushed.
pub(crate) fn of_thread(sql: &Connection, thread: ThreadId) -> Result<Vec<OutboxRow>, Error> {
    let query = format!("SELECT {COLUMNS} FROM outbox WHERE thread = ?1 ORDER BY id");
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map([thread.as_bytes()], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// What waits in all threads, in order, without the bytes.
pub(crate) fn intents(sql: &Connection) -> Result<Vec<(ThreadId, Intent)>, Error> {
    let mut statement = sql.prepare_cached("SELECT thread, intent FROM outbox ORDER BY id")?;
    let read = |row: &Row<'_>| Ok((ThreadId::new(row.get(0)?), stored(&row.get::<_, Vec<u8>>(1)?)?));
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// The threads in which anything but receipts waits.
pub(crate) fn threads(sql: &Connection) -> Result<Vec<ThreadId>, Error> {
    let mut statement = sql.prepare_cached("SELECT DISTINCT thread FROM outbox WHERE is_receipt = 0")?;
    let rows = statement.query_map([], |row| Ok(ThreadId::new(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is kept of an encrypted intent.
pub(crate) struct Encrypted<'a> {
    pub(crate) request: &'a [u8],
    pub(crate) payload_hash: KeyHash,
    pub(crate) handshake_head: Seq,
    pub(crate) sent_at: UnixSeconds,
}

/// Keeps the exact bytes of a row.
pub(crate) fn keep_bytes(sql: &Connection, id: i64, encrypted: &Encrypted<'_>) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "UPDATE outbox SET request = ?2, payload_hash = ?3, handshake_head = ?4, sent_at = ?5 WHERE id = ?1",
    )?;
    let Encrypted { request, payload_hash, handshake_head, sent_at } = encrypted;
    statement.execute(params![id, request, payload_hash.as_bytes(), handshake_head.0, sent_at.0])?;
    Ok(())
}

/// Forgets the bytes of a row after a definite refusal, so that it is encrypted again.
pub(crate) fn forget_bytes(sql: &Connection, id: i64) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "UPDATE outbox SET request = NULL, payload_hash = NULL, handshake_head = NULL, sent_at = NULL, \
         acknowledged = NULL WHERE id = ?1",
    )?;
    statement.execute([id])?;
    Ok(())
}

/// Notes where the relay says that a row is.
pub(crate) fn acknowledge(sql: &Connection, id: i64, seq: Seq) -> Result<(), Error> {
    sql.prepare_cached("UPDATE outbox SET acknowledged = ?2 WHERE id = ?1")?.execute(params![id, seq.0])?;
    Ok(())
}

/// Forgets where a relay that went back in time said that rows are: the same bytes go out again under the same ids. The first
/// message of an opening has no request of its own.
pub(crate) fn unacknowledge(sql: &Connection) -> Result<(), Error> {
    sql.prepare_cached("UPDATE outbox SET acknowledged = NULL WHERE length(request) > 0")?.execute([])?;
    Ok(())
}

/// Makes a row one action with an earlier one: where that is refused, this one is, too.
pub(crate) fn bind(sql: &Connection, id: i64, earlier: i64) -> Result<(), Error> {
    sql.prepare_cached("UPDATE outbox SET together_with = ?2 WHERE id = ?1")?
        .execute(params![id, earlier])?;
    Ok(())
}

/// Takes a row out that was refused for good, with what is one action with it.
pub(crate) fn refuse(sql: &Connection, id: i64) -> Result<(), Error> {
    if let Some(row) = row(sql, id)? {
        give_back(sql, row.thread, &row.intent)?;
    }
    sql.prepare_cached("DELETE FROM outbox WHERE id = ?1 OR together_with = ?1")?.execute([id])?;
    Ok(())
}

/// What a person wrote and nobody will get is the draft of its thread again.
fn give_back(sql: &Connection, thread: ThreadId, intent: &Intent) -> Result<(), Error> {
    match intent {
        Intent::Content { text, .. } => draft::give_back(sql, thread, text),
        _ => Ok(()),
    }
}

/// Takes a row out that is settled.
pub(crate) fn remove(sql: &Connection, id: i64) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// A thread is about to be joined again: what people wrote is encrypted anew, and the rest was of a time that is over.
pub(crate) fn begin_anew(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    for row in of_thread(sql, thread)? {
        match row.intent {
            Intent::Content { .. } => forget_bytes(sql, row.id)?,
            _ => remove(sql, row.id)?,
        }
    }
    Ok(())
}

/// Takes all rows of a thread out that nothing can be sent in any more.
pub(crate) fn remove_thread(sql: &Connection, thread: ThreadId) -> Result<(), Error> {
    for row in of_thread(sql, thread)? {
        give_back(sql, thread, &row.intent)?;
    }
    sql.prepare_cached("DELETE FROM outbox WHERE thread = ?1")?.execute([thread.as_bytes()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::new_store;

    #[test]
    fn the_id_of_a_row_that_is_gone_is_given_to_no_other() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = ThreadId::new([1; 16]);
        let first = push(unit.sql(), thread, IdempotencyId::new([1; 16]), &Intent::Update).unwrap();
        remove(unit.sql(), first).unwrap();
        let second = push(unit.sql(), thread, IdempotencyId::new([2; 16]), &Intent::Update).unwrap();
        assert_ne!(first, second);
    }
}
