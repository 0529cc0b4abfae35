//! Device lists as they come with sign-ins: only forward (R25).

use std::cmp::Ordering;

use colloque_schemas::frame::Response;
use colloque_schemas::refusal::RefusalCode;

use super::super::batch::{Batch, News};
use super::super::error::RequestError;
use super::super::store::accounts::{self, AccountRecord};

/// A list that was newer than the stored one when its session looked.
pub(in super::super) struct Listing(pub(in super::super) AccountRecord);

impl Listing {
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self(offered) = self;
        let account = offered.device_list.account();
        let stored = accounts::load(&mut *batch.connection, batch.blind, account).await?;
        if newest(stored.as_ref(), &offered)? == Ordering::Greater {
            accounts::save(batch.connection, batch.blind, &offered).await?;
            batch.news.push(News::Listed(offered.device_list));
        }
        Ok(Response::Done)
    }
}

/// Whether the offered list is newer than the stored one or the same. One that another account key signed is newer
/// only by its number.
///
/// # Errors
/// [`RefusalCode::DeviceListStale`].
pub(in super::super) fn newest(
    stored: Option<&AccountRecord>,
    offered: &AccountRecord,
) -> Result<Ordering, RequestError> {
    let Some(stored) = stored else { return Ok(Ordering::Greater) };
    let (old, new) = (&stored.device_list, &offered.device_list);
    if new.number() > old.number() {
        Ok(Ordering::Greater)
    } else if stored.account_key == offered.account_key && new.follows(old).is_ok() {
        Ok(Ordering::Equal)
    } else {
        Err(RefusalCode::DeviceListStale.into())
    }
}
