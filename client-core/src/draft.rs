//! Texts that are being written: one for each thread, and one for a thread that is not opened yet.

use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::TEXT_MAX_BYTES;
use rusqlite::{Connection, OptionalExtension, params};

use crate::client::Client;
use crate::error::{Error, Misuse};
use crate::thread::row::ThreadRow;

impl Client {
    /// The text that is being written in a thread, or in a new one, if any.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn draft(&self, thread: Option<ThreadId>) -> Result<Option<String>, Error> {
        self.store.read(|view| find(view.sql(), thread))
    }

    /// Keeps the text that is being written in a thread, or in a new one; none of it removes it. [`Client::send`] and
    /// [`Client::open_thread`] remove it as well, when it is the text that they are given, white space around it aside.
    ///
    /// # Errors
    /// [`Misuse::TextLength`] if it is longer than a message may be; [`Misuse::UnknownThread`], [`Error::Store`].
    pub fn keep_draft(&mut self, thread: Option<ThreadId>, text: &str) -> Result<(), Error> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(Misuse::TextLength.into());
        }
        let unit = self.store.begin()?;
        if let Some(thread) = thread {
            ThreadRow::load(unit.sql(), thread)?;
        }
        if text.is_empty() {
            remove(unit.sql(), thread)?;
        } else {
            put(unit.sql(), thread, text)?;
        }
        Ok(unit.commit()?)
    }
}

/// This text is being sent, in the same unit of work: if it was the draft, it is none any more.
pub(crate) fn settle(sql: &Connection, thread: Option<ThreadId>, sent: &str) -> Result<(), Error> {
    match find(sql, thread)? {
        Some(draft) if draft.trim() == sent.trim() => remove(sql, thread),
        _ => Ok(()),
    }
}

/// This text was to be sent and never will be, in the same unit of work: it stands before what was written since.
pub(crate) fn give_back(sql: &Connection, thread: ThreadId, text: &str) -> Result<(), Error> {
    let since = find(sql, Some(thread))?.unwrap_or_default();
    let gap = if since.is_empty() || text.is_empty() { "" } else { "\n\n" };
    let whole = format!("{text}{gap}{since}");
    if whole.is_empty() { Ok(()) } else { put(sql, Some(thread), &whole) }
}

fn put(sql: &Connection, thread: Option<ThreadId>, text: &str) -> Result<(), Error> {
    let put = "INSERT OR REPLACE INTO draft (thread, text) VALUES (?1, ?2)";
    sql.prepare_cached(put)?.execute(params![key(thread), text])?;
    Ok(())
}

fn find(sql: &Connection, thread: Option<ThreadId>) -> Result<Option<String>, Error> {
    let mut statement = sql.prepare_cached("SELECT text FROM draft WHERE thread = ?1")?;
    Ok(statement.query_row([key(thread)], |row| row.get(0)).optional()?)
}

fn remove(sql: &Connection, thread: Option<ThreadId>) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM draft WHERE thread = ?1")?.execute([key(thread)])?;
    Ok(())
}

fn key(thread: Option<ThreadId>) -> Vec<u8> {
    thread.map(|thread| thread.as_bytes().to_vec()).unwrap_or_default()
}
