//! Threads: one file per thing that can be done with one.
//!
//! | standing | read the log | post | Commit |
//! |---|---|---|---|
//! | opening | no: it is not at the relay | its first message only | the one that opens it |
//! | member | yes | yes | yes |
//! | departed, access lost | no | no | no |
//! | forked | yes, to show what comes | no | no |
//! | failed | no: it never was at the relay | no | no |
//! | given | no | no | no |
//! | behind | yes, in case it understands it again | no | no |
//!
//! openmls is only called inside a unit of work. Whatever fails there, the `MlsGroup` in memory may be ahead of the
//! store: it is dropped and loaded again.

mod commit;
mod handover;
pub(crate) mod join;
mod judge;
pub(crate) mod open;
pub(crate) mod post;
pub(crate) mod receive;
mod repair;
pub(crate) mod row;
pub(crate) mod stage;

use colloque_schemas::id::ThreadId;
use openmls::group::MlsGroup;
use openmls::prelude::{GroupId, OpenMlsProvider};

use crate::error::{Error, PeerFault};
use crate::identity::Identity;
use crate::mls::{Crypto, Provider};
use crate::store::{Connection, StoreError};

/// What every operation on a thread works with.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) crypto: &'a Crypto,
    pub(crate) identity: &'a Identity,
}

impl<'a> Tools<'a> {
    pub(crate) fn provider<'u>(&self, sql: &'u Connection) -> Provider<'u>
    where
        'a: 'u,
    {
        Provider::new(self.crypto, sql)
    }
}

/// The MLS group of a thread, from the store.
pub(crate) fn load_group(provider: &Provider<'_>, thread: ThreadId) -> Result<MlsGroup, Error> {
    let group = MlsGroup::load(provider.storage(), &GroupId::from_slice(thread.as_bytes()))?;
    group.ok_or(Error::Bug("a thread has no group"))
}

/// Why reading one envelope or Welcome stopped: the sender's fault, which is recorded and passed over, or a failure,
/// which undoes the whole unit of work.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Refused.
    Peer(PeerFault),
    /// Failed.
    Failure(Error),
}

impl<E: Into<PeerFault>> From<E> for Stop {
    fn from(fault: E) -> Self {
        Self::Peer(fault.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failure(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}
