//! The newest device list of each account, and certificates that wait for its devices, sealed in a row that only who knows the account can name.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::device_list::{DeviceList, UnverifiedDeviceList};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey};
use colloque_schemas::limits::SIGN_IN_FRAME_MAX_BYTES;
use colloque_schemas::time::UnixSeconds;
use sqlx::{Executor, Row, Sqlite};

use super::super::blind::Blind;
use super::super::error::RequestError;
use super::choke::Connection;

const LABEL: &[u8] = b"account row";

/// What the relay keeps of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct AccountRecord {
    /// The key that signed the list.
    pub(in super::super) account_key: AccountKey,
    /// The newest list seen.
    pub(in super::super) device_list: DeviceList,
    /// The newest certificate that was published of each listed device, where one was.
    pub(in super::super) leaves: Vec<Leaf>,
}

/// A certificate for a device that cannot make its own.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub(in super::super) struct Leaf {
    /// Whose.
    #[n(0)]
    pub(in super::super) device: DeviceKey,
    /// DER.
    #[n(1)]
    pub(in super::super) certificate: Opaque,
    /// The last instant at which it is valid: of two, the later one is the newer.
    #[n(2)]
    pub(in super::super) expires_at: UnixSeconds,
}

#[derive(minicbor::Encode, minicbor::Decode)]
struct Content {
    #[n(0)]
    account_key: AccountKey,
    #[n(1)]
    device_list: UnverifiedDeviceList,
    /// None in rows that are older than linked devices.
    #[n(2)]
    leaves: Option<Vec<Leaf>>,
}

/// Reads an account, if it has ever signed in.
///
/// # Errors
/// The database's, or [`RequestError::Damaged`].
pub(in super::super) async fn load<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    blind: &Blind,
    account: AccountId,
) -> Result<Option<AccountRecord>, RequestError> {
    let row_key = blind.account_row(account);
    let row = sqlx::query("SELECT sealed FROM account WHERE row_key = ?")
        .bind(row_key.as_slice())
        .fetch_optional(executor)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let content = blind.open(&[LABEL, &row_key], row.try_get(0)?)?;
    let damaged = RequestError::Damaged("an account row");
    let Ok(content) = codec::decode::<Content>(&content, SIGN_IN_FRAME_MAX_BYTES) else {
        return Err(damaged);
    };
    let Ok(device_list) = content.device_list.verify(account, &content.account_key) else {
        return Err(damaged);
    };
    let leaves = content.leaves.unwrap_or_default();
    Ok(Some(AccountRecord { account_key: content.account_key, device_list, leaves }))
}

/// Keeps this record instead of the one before.
///
/// # Errors
/// The database's.
pub(in super::super) async fn save(
    connection: &mut Connection,
    blind: &Blind,
    record: &AccountRecord,
) -> Result<(), RequestError> {
    let row_key = blind.account_row(record.device_list.account());
    let content = Content {
        account_key: record.account_key,
        device_list: record.device_list.to_unverified(),
        leaves: (!record.leaves.is_empty()).then(|| record.leaves.clone()),
    };
    let sealed = blind.seal(&[LABEL, &row_key], codec::encode(&content))?;
    sqlx::query("INSERT INTO account (row_key, sealed) VALUES (?, ?) ON CONFLICT (row_key) DO UPDATE SET sealed = excluded.sealed")
        .bind(row_key.as_slice())
        .bind(sealed)
        .execute(connection)
        .await?;
    Ok(())
}
