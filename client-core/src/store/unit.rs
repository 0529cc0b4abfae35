//! Reading and changing the store: a view that cannot write, and a unit of work that is kept whole or not at
//! all.

use super::choke::{Connection, Statement};
use super::error::StoreError;
use super::words;

/// Reads the store. Statements that would write are refused.
#[derive(Clone, Copy)]
pub struct ReadView<'store> {
    sql: &'store Connection,
}

/// Lets `read` look at one state of the store, and vouches for what it saw.
pub(super) fn read<T, E: From<StoreError>>(
    sql: &Connection,
    read: impl FnOnce(ReadView<'_>) -> Result<T, E>,
) -> Result<T, E> {
    // A savepoint rather than BEGIN: a read inside a read is one more level, not an error.
    execute(sql, "SAVEPOINT part")?;
    let span = Savepoint { sql, is_open: true };
    let value = read(ReadView { sql })?;
    check_pages(sql)?;
    span.keep()?;
    Ok(value)
}

impl<'store> ReadView<'store> {
    /// The connection, for this crate's own reading functions, which units of work use as well.
    pub(crate) fn sql(&self) -> &'store Connection {
        self.sql
    }

    /// A statement that reads, compiled once and kept.
    ///
    /// # Errors
    ///
    /// `NotReadOnly` when the statement would write.
    pub fn prepare(&self, sql: &str) -> Result<Statement<'store>, StoreError> {
        let statement = self.sql.prepare_cached(sql)?;
        if statement.readonly() { Ok(statement) } else { Err(StoreError::NotReadOnly) }
    }
}

/// One change of the store: everything written through it is kept by [`commit`](Self::commit), or nothing is.
///
/// It opens *before* anything of openmls is called, because reading a message already moves its ratchet.
/// Dropping it rolls back; every `MlsGroup` loaded inside is then ahead of the disk and must be dropped too.
#[must_use = "dropping a unit of work rolls it back"]
pub struct UnitOfWork<'store> {
    sql: &'store Connection,
}

impl<'store> UnitOfWork<'store> {
    pub(super) fn begin(sql: &'store Connection) -> Result<Self, StoreError> {
        // Left open only when an earlier roll-back failed; writing into it would keep what was to be undone.
        if !sql.is_autocommit() {
            execute(sql, "ROLLBACK")?;
        }
        execute(sql, "BEGIN IMMEDIATE")?;
        Ok(Self { sql })
    }

    /// The connection, for domain statements and for `mls::Provider`. Use `prepare_cached`; never `COMMIT` or
    /// `ROLLBACK` by hand.
    #[must_use]
    pub fn sql(&self) -> &Connection {
        self.sql
    }

    /// The same state as [`sql`](Self::sql), for code that only reads.
    #[must_use]
    pub fn view(&self) -> ReadView<'_> {
        ReadView { sql: self.sql }
    }

    /// A part of this unit that can be undone on its own.
    ///
    /// # Errors
    ///
    /// `UnitLost` when SQLite has already rolled the unit back.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>, StoreError> {
        Savepoint::begin(self.sql)
    }

    /// Makes everything durable: it survives a power cut once this returns.
    ///
    /// # Errors
    ///
    /// Nothing is kept then. `UnitLost` when SQLite has already rolled the unit back, `Corrupt` when
    /// something that was read in it was damaged, `DiskFull`, `Io`.
    pub fn commit(self) -> Result<(), StoreError> {
        check_open(self.sql)?;
        check_pages(self.sql)?;
        words::index(self.sql)?;
        self.commit_as_it_is()
    }

    /// As [`commit`](Self::commit), of a store whose schema may be an older one.
    pub(super) fn commit_as_it_is(self) -> Result<(), StoreError> {
        check_open(self.sql)?;
        check_pages(self.sql)?;
        Ok(self.sql.commit()?)
    }
}

impl Drop for UnitOfWork<'_> {
    fn drop(&mut self) {
        // After a commit the connection is back in autocommit and there is nothing to undo. A roll-back that
        // fails is made good by the next `begin`, or by SQLite when the file is next opened.
        if !self.sql.is_autocommit() {
            let _ = execute(self.sql, "ROLLBACK");
        }
    }
}

/// A part of a [`UnitOfWork`]: kept by [`keep`](Self::keep), undone by [`discard`](Self::discard) or when
/// dropped.
#[must_use = "dropping a savepoint rolls back to it"]
pub struct Savepoint<'unit> {
    sql: &'unit Connection,
    is_open: bool,
}

impl<'unit> Savepoint<'unit> {
    fn begin(sql: &'unit Connection) -> Result<Self, StoreError> {
        check_open(sql)?;
        // One name serves every depth: SQLite means the innermost, and the borrows allow no other order.
        execute(sql, "SAVEPOINT part")?;
        Ok(Self { sql, is_open: true })
    }

    /// As [`UnitOfWork::sql`].
    #[must_use]
    pub fn sql(&self) -> &Connection {
        self.sql
    }

    /// As [`UnitOfWork::view`].
    #[must_use]
    pub fn view(&self) -> ReadView<'_> {
        ReadView { sql: self.sql }
    }

    /// As [`UnitOfWork::savepoint`].
    ///
    /// # Errors
    ///
    /// As [`UnitOfWork::savepoint`].
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>, StoreError> {
        Savepoint::begin(self.sql)
    }

    /// Lets what was written here stand or fall with the unit.
    ///
    /// # Errors
    ///
    /// `UnitLost` when SQLite has already rolled the unit back.
    pub fn keep(mut self) -> Result<(), StoreError> {
        check_open(self.sql)?;
        execute(self.sql, "RELEASE part")?;
        self.is_open = false;
        Ok(())
    }

    /// Undoes what was written here and nothing else. Prefer it to a drop where the unit goes on: it says
    /// when it failed.
    ///
    /// # Errors
    ///
    /// `UnitLost` when SQLite has already rolled the unit back.
    pub fn discard(mut self) -> Result<(), StoreError> {
        self.is_open = false;
        roll_back_part(self.sql)
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if self.is_open && roll_back_part(self.sql).is_err() && !self.sql.is_autocommit() {
            // The part could not be undone, so the whole must not be committed: without a transaction
            // `commit` refuses.
            let _ = execute(self.sql, "ROLLBACK");
        }
    }
}

fn roll_back_part(sql: &Connection) -> Result<(), StoreError> {
    check_open(sql)?;
    execute(sql, "ROLLBACK TO part")?;
    execute(sql, "RELEASE part")
}

/// Some failures (full disk, failing disk, out of memory) make SQLite roll the whole transaction back by
/// itself; a write after that would be kept on its own.
///
/// # Errors
///
/// `UnitLost` when no transaction is open.
pub(crate) fn check_open(sql: &Connection) -> Result<(), StoreError> {
    if sql.is_autocommit() { Err(StoreError::UnitLost) } else { Ok(()) }
}

/// SQLCipher hands out a page whose HMAC fails as zeros, which the last page of a long value can pass for,
/// and only fails what is read after it in the same transaction. So one more page is read before what was
/// read is believed.
fn check_pages(sql: &Connection) -> Result<(), StoreError> {
    sql.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.exists([])?;
    Ok(())
}

fn execute(sql: &Connection, statement: &str) -> Result<(), StoreError> {
    sql.prepare_cached(statement)?.execute([])?;
    Ok(())
}
