//! Who the members of a thread are in full, read from the certificates in its roster: for documents that name people
//! with their national number, which no other view keeps.

use colloque_schemas::certificate::Holder;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::time::UnixSeconds;
use openmls::group::MlsGroup;
use openmls::prelude::{GroupId, OpenMlsProvider};

use crate::client::Client;
use crate::error::Error;
use crate::facts::certify_sitting;
use crate::mls::Provider;
use crate::thread::row::ThreadRow;

impl Client {
    /// What the authority certifies of everyone who has a device in the thread, one item a device. Empty until the thread is
    /// at the relay; of a thread that this device has departed from, as it was at the end.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`](crate::Misuse::UnknownThread), [`Error::Store`].
    pub fn holders(&mut self, thread: ThreadId) -> Result<Vec<(AccountId, Holder)>, Error> {
        // Nothing is written: the unit is dropped.
        let unit = self.store.begin()?;
        ThreadRow::load(unit.sql(), thread)?;
        let provider = Provider::new(&self.crypto, unit.sql());
        let Some(group) = MlsGroup::load(provider.storage(), &GroupId::from_slice(thread.as_bytes()))? else {
            return Ok(Vec::new());
        };
        // Every chain was verified when its leaf entered. Whether it has expired since changes nothing about a name.
        let certified = group.members().filter_map(|sitting| {
            certify_sitting(&sitting, &self.identity.chains, UnixSeconds(u64::MAX)).ok()
        });
        Ok(certified.map(|credential| (credential.account(), credential.holder().clone())).collect())
    }
}
