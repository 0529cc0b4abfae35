//! Texts that are being written: one for each thread, one for each person to whom a thread is not opened yet, and one for
//! nobody yet.

use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::limits::TEXT_MAX_BYTES;
use rusqlite::{OptionalExtension, params};

use crate::client::Client;
use crate::error::{Error, Misuse};
use crate::store::Connection;
use crate::thread::row::ThreadRow;

/// What a text is being written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftOf {
    /// A thread.
    Thread(ThreadId),
    /// A new thread, with this patient if one is chosen.
    New(Option<AccountId>),
}

/// What stands before the account in the key of a draft for a new thread: no thread's id is as long.
const NEW: u8 = b'n';

impl Client {
    /// The text that is being written, if any.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn draft(&self, of: DraftOf) -> Result<Option<String>, Error> {
        self.store.read(|view| find(view.sql(), of))
    }

    /// Keeps the text that is being written; none of it removes it. [`Client::send`] and [`Client::open_thread`] remove it
    /// as well, when it is the text that they are given, white space around it aside.
    ///
    /// # Errors
    /// [`Misuse::TextLength`] if it is longer than a message may be; [`Misuse::UnknownThread`], [`Error::Store`].
    pub fn keep_draft(&mut self, of: DraftOf, text: &str) -> Result<(), Error> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(Misuse::TextLength.into());
        }
        let unit = self.store.begin()?;
        if let DraftOf::Thread(thread) = of {
            ThreadRow::load(unit.sql(), thread)?;
        }
        if text.is_empty() {
            remove(unit.sql(), of)?;
        } else {
            put(unit.sql(), of, text)?;
        }
        Ok(unit.commit()?)
    }

    /// For whom a text is being written that would open a thread.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn new_drafts(&self) -> Result<Vec<AccountId>, Error> {
        self.store.read(|view| {
            let mut statement =
                view.sql().prepare_cached("SELECT substr(thread, 2) FROM draft WHERE length(thread) = 17")?;
            let rows = statement.query_map([], |row| Ok(AccountId::new(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// This text is being sent, in the same unit of work: if it was the draft, it is none any more.
pub(crate) fn settle(sql: &Connection, of: DraftOf, sent: &str) -> Result<(), Error> {
    match find(sql, of)? {
        Some(draft) if draft.trim() == sent.trim() => remove(sql, of),
        _ => Ok(()),
    }
}

/// This text was to be sent and never will be, in the same unit of work: it stands before what was written since.
pub(crate) fn give_back(sql: &Connection, thread: ThreadId, text: &str) -> Result<(), Error> {
    let of = DraftOf::Thread(thread);
    let since = find(sql, of)?.unwrap_or_default();
    let gap = if since.is_empty() || text.is_empty() { "" } else { "\n\n" };
    let whole = format!("{text}{gap}{since}");
    if whole.is_empty() { Ok(()) } else { put(sql, of, &whole) }
}

fn put(sql: &Connection, of: DraftOf, text: &str) -> Result<(), Error> {
    let put = "INSERT OR REPLACE INTO draft (thread, text) VALUES (?1, ?2)";
    sql.prepare_cached(put)?.execute(params![key(of), text])?;
    Ok(())
}

fn find(sql: &Connection, of: DraftOf) -> Result<Option<String>, Error> {
    let mut statement = sql.prepare_cached("SELECT text FROM draft WHERE thread = ?1")?;
    Ok(statement.query_row([key(of)], |row| row.get(0)).optional()?)
}

fn remove(sql: &Connection, of: DraftOf) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM draft WHERE thread = ?1")?.execute([key(of)])?;
    Ok(())
}

fn key(of: DraftOf) -> Vec<u8> {
    match of {
        DraftOf::Thread(thread) => thread.as_bytes().to_vec(),
        DraftOf::New(None) => Vec::new(),
        DraftOf::New(Some(account)) => [&[NEW][..], account.as_bytes()].concat(),
    }
}
