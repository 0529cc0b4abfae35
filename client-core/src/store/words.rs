//! The index of words, which is brought up to date at the end of each unit of work.

use std::ops::Range;

use colloque_schemas::id::{Seq, ThreadId};
use rusqlite::params;

use super::choke::Connection;
use super::error::StoreError;

/// A message's text as the index has it. French ligatures are written out, which the tokenizer does not do: few keyboards have
/// them.
macro_rules! indexed_text {
    () => {
        "replace(replace(replace(replace(text, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE')"
    };
}

/// Puts the messages that are not in the index there.
pub(super) fn index(sql: &Connection) -> Result<(), StoreError> {
    let indexed = sql
        .prepare_cached(concat!(
            "INSERT INTO message_word (rowid, text) SELECT id, ",
            indexed_text!(),
            " FROM message JOIN entry USING (thread, seq, part) \
             WHERE id > (SELECT through FROM word_index) ORDER BY id",
        ))?
        .execute([])?;
    if indexed > 0 {
        sql.prepare_cached("UPDATE word_index SET through = (SELECT max(id) FROM message)")?.execute([])?;
    }
    Ok(())
}

/// Puts messages of these numbers there, which are below those of all that are there.
pub(crate) fn index_words(sql: &Connection, numbers: Range<i64>) -> Result<(), StoreError> {
    sql.prepare_cached(concat!(
        "INSERT INTO message_word (rowid, text) SELECT id, ",
        indexed_text!(),
        " FROM message JOIN entry USING (thread, seq, part) WHERE id >= ?1 AND id < ?2 ORDER BY id",
    ))?
    .execute([numbers.start, numbers.end])?;
    Ok(())
}

/// Takes the messages of a thread out that were given and stand at this place or after it.
pub(crate) fn forget_words(sql: &Connection, thread: ThreadId, from: Seq) -> Result<(), StoreError> {
    sql.prepare_cached(concat!(
        "INSERT INTO message_word (message_word, rowid, text) SELECT 'delete', id, ",
        indexed_text!(),
        " FROM message JOIN entry USING (thread, seq, part) \
         WHERE thread = ?1 AND seq >= ?2 AND given_by IS NOT NULL",
    ))?
    .execute(params![thread.as_bytes(), from.0])?;
    Ok(())
}
