//! Codes, accounts and settings in SQLite. One connection: a redemption is one short transaction after the other.

use std::path::Path;
use std::time::Duration;

use colloque_schemas::certificate::{Holder, ProfessionalIdentity};
use colloque_schemas::id::{AccountId, AccountKey};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, SqlSafeStr, SqlitePool, Transaction};

use super::code::CodeHash;
use super::error::AuthorityError;

/// Waits this long for a command that writes in another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "codes and accounts", include_str!("../../migrations/authority/0001_codes_and_accounts.sql")),
    (
        2,
        "reservations and directory",
        include_str!("../../migrations/authority/0002_reservations_and_directory.sql"),
    ),
];

/// A transaction that may write.
pub(super) type Unit = Transaction<'static, sqlx::Sqlite>;

/// The database.
#[derive(Clone, Debug)]
pub(super) struct Store(SqlitePool);

/// What is kept of a code.
pub(super) struct StoredCode {
    pub(super) hash: CodeHash,
    pub(super) holder: Holder,
    /// The account that it is for; a new one if there is none.
    pub(super) account: Option<AccountId>,
    pub(super) expires_at: UnixSeconds,
    pub(super) tries_left: u32,
    pub(super) spent_for: Option<AccountKey>,
}

/// An account as it is issued.
pub(super) struct IssuedAccount {
    pub(super) account: AccountId,
    pub(super) account_key: AccountKey,
    pub(super) certificate: Vec<u8>,
    pub(super) issued_day: u64,
    pub(super) is_professional: bool,
}

impl Store {
    /// Opens a database file that is there, and brings it up to date.
    pub(super) async fn open(path: &Path) -> Result<Self, AuthorityError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("secure_delete", "ON");
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.map_err(|error| {
            if is_damage(&error) { AuthorityError::DamagedDatabase(path.to_owned()) } else { error.into() }
        })?;
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(migrations.to_vec()).run(&pool).await?;
        Ok(Self(pool))
    }

    /// A transaction that holds the write lock from its start, so that what it reads stays true until it commits.
    pub(super) async fn begin(&self) -> Result<Unit, AuthorityError> {
        Ok(self.0.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Certificates of professionals issued after this day, by account, from the first after this one.
    pub(super) async fn professionals(
        &self,
        after: Option<AccountId>,
        issued_after: u64,
        most: usize,
    ) -> Result<Vec<Vec<u8>>, AuthorityError> {
        let rows = sqlx::query(
            "SELECT certificate FROM accounts
             WHERE is_professional = 1 AND account > ? AND issued_day > ? ORDER BY account LIMIT ?",
        )
        .bind(after.as_ref().map_or(&[][..], |after| after.as_bytes()))
        .bind(integer(issued_after))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.0)
        .await?;
        Ok(rows.iter().map(|row| row.try_get("certificate")).collect::<Result<_, _>>()?)
    }

    /// Ends all work on the file.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// Keeps a new code.
pub(super) async fn insert_code(
    unit: &mut Unit,
    lookup: &[u8],
    code: &StoredCode,
) -> Result<(), AuthorityError> {
    let identity = match &code.holder {
        Holder::Professional(identity) => Some(identity),
        Holder::Patient => None,
    };
    sqlx::query(
        "INSERT INTO codes (lookup, secret_hash, role, name, profession, rpps, expires_at, tries_left, account)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(lookup)
    .bind(code.hash.as_slice())
    .bind(code.holder.role().word())
    .bind(identity.map(ProfessionalIdentity::name))
    .bind(identity.map(ProfessionalIdentity::profession))
    .bind(identity.map(|identity| identity.rpps().to_string()))
    .bind(integer(code.expires_at.0))
    .bind(code.tries_left)
    .bind(code.account.as_ref().map(|account| account.as_bytes().as_slice()))
    .execute(&mut **unit)
    .await?;
    Ok(())
}

/// Forgets every code that has expired by now.
pub(super) async fn delete_expired_codes(unit: &mut Unit, now: UnixSeconds) -> Result<(), AuthorityError> {
    sqlx::query("DELETE FROM codes WHERE expires_at <= ?").bind(integer(now.0)).execute(&mut **unit).await?;
    Ok(())
}

/// Whether an account of this id has been issued.
pub(super) async fn is_enrolled(unit: &mut Unit, account: AccountId) -> Result<bool, AuthorityError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE account = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_optional(&mut **unit)
        .await?;
    Ok(row.is_some())
}

/// Forgets the code that was made for an account, if there is one.
pub(super) async fn delete_code_for(unit: &mut Unit, account: AccountId) -> Result<(), AuthorityError> {
    let delete = sqlx::query("DELETE FROM codes WHERE account = ?").bind(account.as_bytes().as_slice());
    delete.execute(&mut **unit).await?;
    Ok(())
}

/// How many codes for reserved accounts are neither spent nor deleted.
pub(super) async fn open_invitations(unit: &mut Unit) -> Result<u32, AuthorityError> {
    let open = "SELECT count(*) AS open FROM codes WHERE account IS NOT NULL AND spent_for IS NULL";
    Ok(sqlx::query(open).fetch_one(&mut **unit).await?.try_get("open")?)
}

/// The code of this name.
pub(super) async fn find_code(unit: &mut Unit, lookup: &[u8]) -> Result<Option<StoredCode>, AuthorityError> {
    let row = sqlx::query(
        "SELECT secret_hash, role, name, profession, rpps, expires_at, tries_left, spent_for, account
         FROM codes WHERE lookup = ?",
    )
    .bind(lookup)
    .fetch_optional(&mut **unit)
    .await?;
    row.map(|row| stored_code(&row)).transpose()
}

/// Takes a try from the code of this name, if there is one, and counts the refusal either way.
pub(super) async fn count_refusal(unit: &mut Unit, lookup: &[u8]) -> Result<(), AuthorityError> {
    sqlx::query("UPDATE codes SET tries_left = max(tries_left - 1, 0) WHERE lookup = ?")
        .bind(lookup)
        .execute(&mut **unit)
        .await?;
    sqlx::query("UPDATE refusals SET count = count + 1").execute(&mut **unit).await?;
    Ok(())
}

/// The certificate that was issued for an account key.
pub(super) async fn certificate_of(
    unit: &mut Unit,
    key: AccountKey,
) -> Result<Option<Vec<u8>>, AuthorityError> {
    let row = sqlx::query("SELECT certificate FROM accounts WHERE account_key = ?")
        .bind(key.as_bytes().as_slice())
        .fetch_optional(&mut **unit)
        .await?;
    Ok(row.map(|row| row.try_get("certificate")).transpose()?)
}

/// Keeps an issued account and marks the code as spent for it.
pub(super) async fn spend_code(
    unit: &mut Unit,
    lookup: &[u8],
    issued: &IssuedAccount,
) -> Result<(), AuthorityError> {
    sqlx::query(
        "INSERT INTO accounts (account_key, account, certificate, issued_day, is_professional)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(issued.account_key.as_bytes().as_slice())
    .bind(issued.account.as_bytes().as_slice())
    .bind(issued.certificate.as_slice())
    .bind(integer(issued.issued_day))
    .bind(issued.is_professional)
    .execute(&mut **unit)
    .await?;
    let spent = sqlx::query("UPDATE codes SET spent_for = ? WHERE lookup = ? AND spent_for IS NULL")
        .bind(issued.account_key.as_bytes().as_slice())
        .bind(lookup)
        .execute(&mut **unit)
        .await?;
    if spent.rows_affected() == 1 { Ok(()) } else { Err(AuthorityError::DamagedRow("code")) }
}

/// A setting by name.
pub(super) async fn setting(unit: &mut Unit, name: &str) -> Result<Option<String>, AuthorityError> {
    let row = sqlx::query("SELECT value FROM settings WHERE name = ?")
        .bind(name)
        .fetch_optional(&mut **unit)
        .await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
}

/// Keeps a setting.
pub(super) async fn keep_setting(unit: &mut Unit, name: &str, value: &str) -> Result<(), AuthorityError> {
    sqlx::query("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(&mut **unit)
        .await?;
    Ok(())
}

/// Whether SQLite found the file corrupt (11) or no database at all (26).
fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("11" | "26"))
}

fn stored_code(row: &SqliteRow) -> Result<StoredCode, AuthorityError> {
    let damaged = AuthorityError::DamagedRow("code");
    let role: String = row.try_get("role")?;
    let holder = match Role::from_word(&role) {
        Some(Role::Patient) => Holder::Patient,
        Some(Role::Professional) => {
            let (name, profession): (String, String) = (row.try_get("name")?, row.try_get("profession")?);
            let rpps: String = row.try_get("rpps")?;
            let rpps = rpps.parse().map_err(|_| AuthorityError::DamagedRow("RPPS number"))?;
            Holder::Professional(ProfessionalIdentity::new(&name, &profession, rpps)?)
        }
        None => return Err(damaged),
    };
    let expires_at: i64 = row.try_get("expires_at")?;
    let spent_for: Option<Vec<u8>> = row.try_get("spent_for")?;
    let spent_for = match spent_for {
        Some(bytes) => Some(AccountKey::from_slice(&bytes).ok_or(damaged)?),
        None => None,
    };
    let account: Option<Vec<u8>> = row.try_get("account")?;
    let account = match account {
        Some(bytes) => Some(AccountId::from_slice(&bytes).ok_or(AuthorityError::DamagedRow("account"))?),
        None => None,
    };
    Ok(StoredCode {
        hash: CodeHash::stored(row.try_get("secret_hash")?),
        holder,
        account,
        expires_at: UnixSeconds(u64::try_from(expires_at).unwrap_or(0)),
        tries_left: row.try_get("tries_left")?,
        spent_for,
    })
}

/// SQLite's integers are signed; no instant or day comes near the difference.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
