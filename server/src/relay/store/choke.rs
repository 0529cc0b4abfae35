//! The one way to the database: every statement of SQL goes through here, and is told as a [`Point`].

use std::future::ready;
use std::iter;

use colloque_schemas::point::{Cut, Point, Points};
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _, once};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqlitePoolOptions, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo,
};
use sqlx::{
    ConnectOptions as _, Connection as _, Either, Error, Execute, Executor, SqlStr, Sqlite, SqliteConnection,
    SqlitePool,
};

/// A connection whose statements can be watched.
#[derive(Debug)]
pub(in super::super) struct Connection {
    raw: SqliteConnection,
    points: Points,
    is_in_transaction: bool,
}

/// Connections that only read.
#[derive(Debug)]
pub(in super::super) struct Readers {
    raw: SqlitePool,
    points: Points,
}

impl Connection {
    /// Opens a database; makes it if the options say so.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn open(options: SqliteConnectOptions, points: &Points) -> Result<Self, Error> {
        points.before(Point::Commit).map_err(cut)?;
        let raw = options.connect().await?;
        points.after(Point::Commit).map_err(cut)?;
        Ok(Self { raw, points: points.clone(), is_in_transaction: false })
    }

    /// Brings the schema up to date. Each migration is one transaction.
    ///
    /// # Errors
    /// What stands in the way.
    pub(super) async fn migrate(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        // First the table of what has been applied.
        for version in iter::once(0).chain(migrator.iter().map(|migration| migration.version)) {
            self.points.before(Point::Commit).map_err(cut)?;
            migrator.run_direct(Some(version), &mut self.raw, false).await?;
            self.points.after(Point::Commit).map_err(cut)?;
        }
        Ok(())
    }

    /// Begins a transaction, and takes the write lock at once: nobody else writes, so it is always free.
    ///
    /// # Errors
    /// The database's.
    pub(in super::super) async fn begin(&mut self) -> Result<(), Error> {
        self.is_in_transaction = true;
        sqlx::query("BEGIN IMMEDIATE").execute(self).await.map(drop)
    }

    /// Makes everything since [`Self::begin`] durable.
    ///
    /// # Errors
    /// The database's.
    pub(in super::super) async fn commit(&mut self) -> Result<(), Error> {
        self.is_in_transaction = false;
        sqlx::query("COMMIT").execute(self).await.map(drop)
    }

    /// Undoes everything since [`Self::begin`], if there is anything.
    pub(in super::super) async fn roll_back(&mut self) {
        // Fails if the transaction had not begun or is undone already.
        let _ = sqlx::query("ROLLBACK").execute(&mut *self).await;
        self.is_in_transaction = false;
    }

    /// Ends the connection in good order.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn close(self) -> Result<(), Error> {
        self.points.before(Point::Commit).map_err(cut)?;
        self.raw.close().await?;
        self.points.after(Point::Commit).map_err(cut)
    }
}

impl Readers {
    /// Opens so many.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        count: u32,
        points: &Points,
    ) -> Result<Self, Error> {
        let raw = SqlitePoolOptions::new().max_connections(count).connect_with(options).await?;
        Ok(Self { raw, points: points.clone() })
    }

    /// Ends them all.
    pub(in super::super) async fn close(&self) {
        self.raw.close().await;
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<SqliteQueryResult, SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let Connection { raw, points, is_in_transaction } = self;
        if !points.are_watched() {
            return raw.fetch_many(query);
        }
        let point = if *is_in_transaction { Point::Statement } else { Point::Commit };
        match points.before(point) {
            Err(ended) => once(ready(Err(cut(ended)))).boxed(),
            Ok(()) => {
                let after = once(async move { points.after(point).map_err(cut) });
                raw.fetch_many(query).chain(after.filter_map(|after| ready(after.err().map(Err)))).boxed()
            }
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let Connection { raw, points, is_in_transaction } = self;
        if !points.are_watched() {
            return raw.fetch_optional(query);
        }
        let point = if *is_in_transaction { Point::Statement } else { Point::Commit };
        Box::pin(async move {
            points.before(point).map_err(cut)?;
            let row = raw.fetch_optional(query).await?;
            points.after(point).map_err(cut)?;
            Ok(row)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement, Error>>
    where
        'c: 'e,
    {
        self.raw.prepare_with(sql, parameters)
    }
}

impl<'c> Executor<'c> for &'c Readers {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<SqliteQueryResult, SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        match self.points.before(Point::Statement) {
            Err(ended) => once(ready(Err(cut(ended)))).boxed(),
            Ok(()) => self.raw.fetch_many(query),
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        match self.points.before(Point::Statement) {
            Err(ended) => Box::pin(ready(Err(cut(ended)))),
            Ok(()) => self.raw.fetch_optional(query),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement, Error>>
    where
        'c: 'e,
    {
        self.raw.prepare_with(sql, parameters)
    }
}

/// What the disk would have said.
fn cut(cut: Cut) -> Error {
    Error::Io(std::io::Error::other(cut))
}
