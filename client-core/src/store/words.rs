//! The index of words, which is brought up to date at the end of each unit of work.

use super::choke::Connection;
use super::error::StoreError;

/// Puts the messages that are not in the index there. French ligatures are written out, which the tokenizer does not do: few
/// keyboards have them.
pub(super) fn index(sql: &Connection) -> Result<(), StoreError> {
    let indexed = sql
        .prepare_cached(
            "INSERT INTO message_word (rowid, text) \
             SELECT id, replace(replace(replace(replace(text, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE') \
             FROM message JOIN entry USING (thread, seq, part) \
             WHERE id > (SELECT through FROM word_index) ORDER BY id",
        )?
        .execute([])?;
    if indexed > 0 {
        sql.prepare_cached("UPDATE word_index SET through = (SELECT max(id) FROM message)")?.execute([])?;
    }
    Ok(())
}
