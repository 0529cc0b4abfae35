//! The one way to the database: every statement of SQL goes through here, and is told as a [`Point`].

use std::path::Path;
use std::time::Duration;

use colloque_schemas::point::{Cut, Point, Points};
use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, CachedStatement, MappedRows, OpenFlags, Params, Result, Row, ffi};

/// Statements kept compiled: more than the whole program has.
const STATEMENTS_CACHED: usize = 256;

/// A connection to the database whose statements can be watched.
pub struct Connection {
    raw: rusqlite::Connection,
    points: Points,
}

/// A statement that is compiled and kept.
pub struct Statement<'connection> {
    raw: CachedStatement<'connection>,
    of: &'connection Connection,
}

impl Connection {
    /// Opens a file that is there.
    pub(super) fn open(path: &Path, points: &Points) -> Result<Self> {
        // Without CREATE: a store is never made by opening it. Without URI: a folder's name is never a query.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let raw = rusqlite::Connection::open_with_flags(path, flags)?;
        raw.busy_timeout(Duration::ZERO)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        Ok(Self { raw, points: points.clone() })
    }

    /// Opens an empty one that no file holds.
    pub(crate) fn open_in_memory() -> Result<Self> {
        Ok(Self { raw: rusqlite::Connection::open_in_memory()?, points: Points::default() })
    }

    /// SQL can no longer damage the file on purpose.
    pub(super) fn defend(&self) -> Result<()> {
        self.raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map(drop)
    }

    /// As [`rusqlite::Connection::close`].
    pub(super) fn close(self) -> Result<()> {
        let Self { raw, points } = self;
        points.pass(Point::Commit, cut, || raw.close().map_err(|(_, error)| error))
    }

    /// As [`rusqlite::Connection::prepare_cached`].
    ///
    /// # Errors
    /// SQLite's.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(Statement { raw: self.raw.prepare_cached(sql)?, of: self })
    }

    /// As [`rusqlite::Connection::query_row`].
    ///
    /// # Errors
    /// SQLite's.
    pub fn query_row<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(parameters, read)
    }

    /// As [`rusqlite::Connection::execute_batch`]: each statement of it is a point.
    ///
    /// # Errors
    /// SQLite's.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        let mut batch = Batch::new(&self.raw, sql);
        while let Some(mut statement) = batch.next()? {
            self.points.pass(self.point(statement.readonly()), cut, || {
                let mut rows = statement.query([])?;
                while rows.next()?.is_some() {}
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Ends a transaction: what was done in it is durable when this returns.
    pub(super) fn commit(&self) -> Result<()> {
        let mut statement = self.raw.prepare_cached("COMMIT")?;
        self.points.pass(Point::Commit, cut, || statement.execute([]).map(drop))
    }

    /// As [`rusqlite::Connection::last_insert_rowid`].
    pub(crate) fn last_insert_rowid(&self) -> i64 {
        self.raw.last_insert_rowid()
    }

    /// As [`rusqlite::Connection::is_autocommit`].
    pub(crate) fn is_autocommit(&self) -> bool {
        self.raw.is_autocommit()
    }

    /// Outside of a transaction, every statement that writes is one.
    fn point(&self, only_reads: bool) -> Point {
        if self.raw.is_autocommit() && !only_reads { Point::Commit } else { Point::Statement }
    }
}

impl Statement<'_> {
    /// As [`rusqlite::Statement::execute`].
    ///
    /// # Errors
    /// SQLite's.
    pub fn execute(&mut self, parameters: impl Params) -> Result<usize> {
        let point = self.of.point(self.raw.readonly());
        self.of.points.pass(point, cut, || self.raw.execute(parameters))
    }

    /// As [`rusqlite::Statement::query_row`].
    ///
    /// # Errors
    /// SQLite's.
    pub fn query_row<T>(
        &mut self,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let point = self.of.point(self.raw.readonly());
        self.of.points.pass(point, cut, || self.raw.query_row(parameters, read))
    }

    /// As [`rusqlite::Statement::query_map`], of a statement that only reads.
    ///
    /// # Errors
    /// SQLite's.
    pub fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        parameters: impl Params,
        read: F,
    ) -> Result<MappedRows<'_, F>> {
        self.of.points.before(Point::Statement).map_err(cut)?;
        self.raw.query_map(parameters, read)
    }

    /// As [`rusqlite::Statement::exists`], of a statement that only reads.
    ///
    /// # Errors
    /// SQLite's.
    pub fn exists(&mut self, parameters: impl Params) -> Result<bool> {
        self.of.points.before(Point::Statement).map_err(cut)?;
        self.raw.exists(parameters)
    }

    /// As [`rusqlite::Statement::readonly`].
    pub(super) fn readonly(&self) -> bool {
        self.raw.readonly()
    }
}

/// What the disk would have said.
fn cut(_: Cut) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR), None)
}
