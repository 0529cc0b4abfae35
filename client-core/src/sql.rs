//! Small settings that are not rows of anything: named values in the `meta` table.

use colloque_schemas::codec;
use colloque_schemas::limits::FRAME_MAX_BYTES;
use minicbor::{Decode, Encode};
use rusqlite::OptionalExtension;

use crate::error::Error;
use crate::store::{Connection, Damage, StoreError};

/// The names of the `meta` table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    Invitation,
    Servers,
    AccountSeed,
    Linked,
    Moving,
    DeviceSeed,
    Tenant,
    AccountCertificate,
    Leaf,
    DeviceList,
    PublishedLeaf,
    InboxAfter,
    Incarnation,
    PublishedTo,
}

impl Setting {
    const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Servers => "servers",
            Self::AccountSeed => "account-seed",
            Self::Linked => "linked",
            Self::Moving => "moving",
            Self::DeviceSeed => "device-seed",
            Self::Tenant => "tenant",
            Self::AccountCertificate => "account-certificate",
            Self::Leaf => "leaf",
            Self::DeviceList => "device-list",
            Self::PublishedLeaf => "published-leaf",
            Self::InboxAfter => "inbox-after",
            Self::Incarnation => "incarnation",
            Self::PublishedTo => "published-to",
        }
    }
}

/// The value of a setting, if it was ever written.
pub(crate) fn setting(sql: &Connection, setting: Setting) -> Result<Option<Vec<u8>>, Error> {
    let mut statement = sql.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([setting.name()], |row| row.get(0)).optional()?)
}

/// The value of a setting that an enrolled profile has.
pub(crate) fn required(sql: &Connection, name: Setting) -> Result<Vec<u8>, Error> {
    setting(sql, name)?.ok_or_else(damaged)
}

/// Takes a setting out.
pub(crate) fn remove_setting(sql: &Connection, setting: Setting) -> Result<(), Error> {
    sql.prepare_cached("DELETE FROM meta WHERE name = ?1")?.execute([setting.name()])?;
    Ok(())
}

/// Writes a setting.
pub(crate) fn put_setting(sql: &Connection, setting: Setting, value: &[u8]) -> Result<(), Error> {
    let mut statement = sql.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    statement.execute(rusqlite::params![setting.name(), value])?;
    Ok(())
}

/// Reads a value that this program wrote.
pub(crate) fn stored<T>(bytes: &[u8]) -> Result<T, Error>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    codec::decode(bytes, FRAME_MAX_BYTES).map_err(|_| damaged())
}

/// A row that does not hold what this program writes.
pub(crate) fn damaged() -> Error {
    Error::Store(StoreError::Corrupt(Damage::Row))
}
