//! The people that this device knows: pinned keys, certified names, device lists, and the owner's own names for them.

use colloque_schemas::certificate::{AccountCertificate, Credential, Holder, ProfessionalIdentity};
use colloque_schemas::codec;
use colloque_schemas::device_list::{DeviceList, UnverifiedDeviceList};
use colloque_schemas::history::CertifiedRecord;
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Row, params};

use crate::error::Error;
use crate::sql::{damaged, stored};
use crate::store::Connection;
use crate::view::{Contact, KnownDevice};

const COLUMNS: &str = "account, petname, role, certified_name, profession, account_key, changed_key, \
     blocked_at IS NOT NULL, declined";

fn read(row: &Row<'_>) -> Result<Contact, Error> {
    let role = row.get::<_, Option<String>>(2)?;
    let role = role.map(|word| Role::from_word(&word).ok_or_else(damaged)).transpose()?;
    Ok(Contact {
        account: AccountId::new(row.get(0)?),
        petname: row.get(1)?,
        role,
        certified_name: row.get(3)?,
        profession: row.get(4)?,
        account_key: row.get::<_, Option<[u8; 32]>>(5)?.map(AccountKey::new),
        key_has_changed: row.get::<_, Option<[u8; 32]>>(6)?.is_some(),
        is_blocked: row.get(7)?,
        declined: row.get(8)?,
    })
}

/// Everyone, by petname, then certified name.
pub(crate) fn all(sql: &Connection) -> Result<Vec<Contact>, Error> {
    let query = format!("SELECT {COLUMNS} FROM contact ORDER BY coalesce(petname, certified_name), account");
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// One person.
pub(crate) fn find(sql: &Connection, account: AccountId) -> Result<Option<Contact>, Error> {
    let query = format!("SELECT {COLUMNS} FROM contact WHERE account = ?1");
    let row = sql.prepare_cached(&query)?.query_row([account.as_bytes()], |row| Ok(read(row))).optional()?;
    row.transpose()
}

/// Keeps what another device of one's own knows of an account whose key is not known here yet, and pins the key.
pub(crate) fn certify(
    sql: &Connection,
    account: AccountId,
    certified: &CertifiedRecord,
) -> Result<(), Error> {
    let CertifiedRecord { account_key, role, name, profession, national_id } = certified;
    let values = (name.as_deref(), profession.as_deref(), national_id.as_deref());
    save_pinned(sql, (account, *account_key), *role, values)
}

/// Gives a person a name of one's own.
pub(crate) fn name(sql: &Connection, account: AccountId, petname: &str) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO contact (account, petname) VALUES (?1, ?2) \
         ON CONFLICT (account) DO UPDATE SET petname = excluded.petname",
    )?;
    statement.execute(params![account.as_bytes(), petname])?;
    Ok(())
}

/// What meeting a certified account does to what is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Met {
    /// The key is the pinned one, or the first, which is now pinned.
    Known,
    /// Another key than the pinned one: it waits for a person's confirmation (R24).
    KeyChanged,
}

/// Pins the account key of a device's owner at first sight, and notices when another appears.
pub(crate) fn meet(sql: &Connection, credential: &Credential) -> Result<Met, Error> {
    pin(sql, credential.account(), credential.account_key(), credential.holder())
}

/// As [`meet`], for somebody of whom no device is seen.
pub(crate) fn meet_certificate(sql: &Connection, certificate: &AccountCertificate) -> Result<Met, Error> {
    pin(sql, certificate.account(), certificate.account_key(), certificate.holder())
}

fn pin(sql: &Connection, account: AccountId, key: AccountKey, holder: &Holder) -> Result<Met, Error> {
    let known = find(sql, account)?;
    let key = *key.as_bytes();
    let identity = identity_of(holder);
    let (name, profession) =
        (identity.map(ProfessionalIdentity::name), identity.map(ProfessionalIdentity::profession));
    let national_id = identity.map(|identity| identity.rpps().as_str().to_owned());
    match known.as_ref().and_then(|contact| contact.account_key) {
        Some(pinned) if pinned.as_bytes() != &key => {
            let mut statement =
                sql.prepare_cached("UPDATE contact SET changed_key = ?2 WHERE account = ?1")?;
            statement.execute(params![account.as_bytes(), key])?;
            return Ok(Met::KeyChanged);
        }
        Some(_) => return Ok(Met::Known),
        None => {}
    }
    let values = (name, profession, national_id.as_deref());
    save_pinned(sql, (account, AccountKey::new(key)), holder.role(), values)?;
    Ok(Met::Known)
}

fn save_pinned(
    sql: &Connection,
    (account, key): (AccountId, AccountKey),
    role: Role,
    (name, profession, national_id): (Option<&str>, Option<&str>, Option<&str>),
) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO contact (account, role, certified_name, profession, account_key, national_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (account) DO UPDATE SET role = excluded.role, certified_name = excluded.certified_name, \
         profession = excluded.profession, account_key = excluded.account_key, national_id = excluded.national_id",
    )?;
    let values = params![account.as_bytes(), role.word(), name, profession, key.as_bytes(), national_id];
    statement.execute(values)?;
    Ok(())
}

fn identity_of(holder: &Holder) -> Option<&ProfessionalIdentity> {
    match holder {
        Holder::Professional(identity) => Some(identity),
        Holder::Patient => None,
    }
}

/// The devices of an account in all threads, the one that was met first first.
pub(crate) fn devices(sql: &Connection, account: AccountId) -> Result<Vec<KnownDevice>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT device, min(since_at) AS met_at, count(DISTINCT thread) FROM member WHERE account = ?1 \
         GROUP BY device ORDER BY met_at, device",
    )?;
    let rows = statement.query_map([account.as_bytes()], |row| {
        let (device, since_at) = (DeviceKey::new(row.get(0)?), UnixSeconds(row.get(1)?));
        Ok(KnownDevice { device, since_at, threads: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Blocks an account from an instant on, or no longer.
pub(crate) fn block(sql: &Connection, account: AccountId, at: Option<UnixSeconds>) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "UPDATE contact SET blocked_at = ?2, declined = CASE WHEN ?2 IS NULL THEN declined ELSE 0 END \
         WHERE account = ?1",
    )?;
    statement.execute(params![account.as_bytes(), at.map(|at| at.0)])?;
    Ok(())
}

/// The blocked contact that this is, by account or national id.
pub(crate) fn find_blocked(sql: &Connection, credential: &Credential) -> Result<Option<AccountId>, Error> {
    let mut statement = sql.prepare_cached(
        "SELECT account FROM contact WHERE blocked_at IS NOT NULL AND (account = ?1 OR national_id = ?2) LIMIT 1",
    )?;
    let national_id = identity_of(credential.holder()).map(|identity| identity.rpps().as_str().to_owned());
    let account = credential.account();
    let found = statement.query_row(params![account.as_bytes(), national_id], |row| row.get(0)).optional()?;
    Ok(found.map(AccountId::new))
}

/// Counts a Welcome of a blocked contact that was refused.
pub(crate) fn decline(sql: &Connection, account: AccountId) -> Result<(), Error> {
    let mut statement =
        sql.prepare_cached("UPDATE contact SET declined = declined + 1 WHERE account = ?1")?;
    statement.execute([account.as_bytes()])?;
    Ok(())
}

/// The key that a person would compare: one that waits for confirmation, else the pinned one.
pub(crate) fn key_to_compare(sql: &Connection, account: AccountId) -> Result<Option<AccountKey>, Error> {
    let mut statement =
        sql.prepare_cached("SELECT coalesce(changed_key, account_key) FROM contact WHERE account = ?1")?;
    let key: Option<Option<[u8; 32]>> =
        statement.query_row([account.as_bytes()], |row| row.get(0)).optional()?;
    Ok(key.flatten().map(AccountKey::new))
}

/// A person has confirmed the new key: it is the pinned one from now on.
pub(crate) fn confirm_key(sql: &Connection, account: AccountId) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "UPDATE contact SET account_key = changed_key, changed_key = NULL, device_list = NULL \
         WHERE account = ?1 AND changed_key IS NOT NULL",
    )?;
    statement.execute([account.as_bytes()])?;
    Ok(())
}

/// Keeps the newest device list of an account.
///
/// Returns false, and changes nothing, if the list is older than one already seen (R25).
pub(crate) fn accept_device_list(
    sql: &Connection,
    list: &DeviceList,
    key: &AccountKey,
) -> Result<bool, Error> {
    let mut statement = sql.prepare_cached("SELECT device_list FROM contact WHERE account = ?1")?;
    let account = list.account();
    let newest: Option<Option<Vec<u8>>> =
        statement.query_row([account.as_bytes()], |row| row.get(0)).optional()?;
    if let Some(newest) = newest.flatten() {
        let newest: UnverifiedDeviceList = stored(&newest)?;
        let newest = newest.verify(account, key).map_err(|_| damaged())?;
        if list.follows(&newest).is_err() {
            return Ok(false);
        }
    }
    let mut statement = sql.prepare_cached("UPDATE contact SET device_list = ?2 WHERE account = ?1")?;
    statement.execute(params![account.as_bytes(), codec::encode(&list.to_unverified())])?;
    Ok(true)
}
