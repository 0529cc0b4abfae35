//! Welcomes on their way to devices, kept until acknowledged.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::envelope::{InboxItem, InboxSeq};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::limits::WELCOME_MAX_BYTES;
use sqlx::Row;

use super::super::blind::{Blind, RowKey};
use super::super::error::RequestError;
use super::choke::{Connection, Readers};
use super::{from_stored, to_stored};

const LABEL: &[u8] = b"inbox item";
/// Room for thread and place beside the Welcome.
const CONTENT_MAX_BYTES: usize = WELCOME_MAX_BYTES + 64;

/// What is sealed: a copy of the database does not say into which thread a device was invited.
#[derive(minicbor::Encode, minicbor::Decode)]
struct Content {
    #[n(0)]
    thread: ThreadId,
    #[n(1)]
    seq: Seq,
    #[n(2)]
    payload: Opaque,
}

/// Puts a Welcome into a device's inbox and says which number it has there.
///
/// # Errors
/// The database's.
pub(in super::super) async fn insert(
    connection: &mut Connection,
    blind: &Blind,
    device: &RowKey,
    item: (ThreadId, Seq, Opaque),
    day: i64,
) -> Result<InboxItem, RequestError> {
    let number: i64 = sqlx::query(
        "INSERT INTO inbox (device, last_number) VALUES (?, 1)
         ON CONFLICT (device) DO UPDATE SET last_number = last_number + 1 RETURNING last_number",
    )
    .bind(device.as_slice())
    .fetch_one(&mut *connection)
    .await?
    .try_get(0)?;
    let (thread, seq, payload) = item;
    let content = Content { thread, seq, payload };
    let sealed = blind.seal(&[LABEL, device, &number.to_be_bytes()], codec::encode(&content))?;
    sqlx::query("INSERT INTO inbox_item (device, number, day, sealed) VALUES (?, ?, ?, ?)")
        .bind(device.as_slice())
        .bind(number)
        .bind(day)
        .bind(sealed)
        .execute(&mut *connection)
        .await?;
    Ok(InboxItem { number: InboxSeq(from_stored(number)?), thread, seq, payload: content.payload })
}

/// Forgets the items of a device up to this one.
///
/// # Errors
/// The database's.
pub(in super::super) async fn acknowledge(
    connection: &mut Connection,
    device: &RowKey,
    through: InboxSeq,
) -> Result<(), RequestError> {
    sqlx::query("DELETE FROM inbox_item WHERE device = ? AND number <= ?")
        .bind(device.as_slice())
        .bind(to_stored(through.0).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

/// The items after a place, in order: at most `items`, and after the first none that exceeds `bytes`.
///
/// The flag says whether there may be more.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn page(
    readers: &Readers,
    blind: &Blind,
    device: &RowKey,
    after: InboxSeq,
    (items, bytes): (usize, usize),
) -> Result<(Vec<InboxItem>, bool), RequestError> {
    let mut page: Vec<InboxItem> = Vec::new();
    let (mut after, mut used) = (to_stored(after.0).unwrap_or(i64::MAX), 0_usize);
    loop {
        // One at a time: Welcomes are large and few.
        let row = sqlx::query(
            "SELECT number, sealed FROM inbox_item WHERE device = ? AND number > ? ORDER BY number LIMIT 1",
        )
        .bind(device.as_slice())
        .bind(after)
        .fetch_optional(readers)
        .await?;
        let Some(row) = row else { return Ok((page, false)) };
        let sealed: &[u8] = row.try_get(1)?;
        used = used.saturating_add(sealed.len());
        if page.len() == items || (used > bytes && !page.is_empty()) {
            return Ok((page, true));
        }
        after = row.try_get(0)?;
        let content = blind.open(&[LABEL, device, &after.to_be_bytes()], sealed)?;
        let content: Content =
            codec::decode(&content, CONTENT_MAX_BYTES).map_err(|_| RequestError::Damaged("an inbox item"))?;
        let Content { thread, seq, payload } = content;
        page.push(InboxItem { number: InboxSeq(from_stored(after)?), thread, seq, payload });
    }
}
