//! What a verified chain says.

use core::fmt;

use super::identity::Holder;
use crate::id::{AccountId, AccountKey, DeviceKey};
use crate::role::{Actor, Role};
use crate::time::UnixSeconds;

/// A device, its owner and the owner's role, all vouched for by the anchor that the chain was verified under.
/// Only [`super::UnverifiedChain`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub(super) account: AccountId,
    pub(super) account_key: AccountKey,
    pub(super) device_key: DeviceKey,
    pub(super) holder: Holder,
    pub(super) account_expires_at: UnixSeconds,
    pub(super) leaf_expires_at: UnixSeconds,
}

impl Credential {
    /// Whose device it is.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// What the authority certifies that the owner is.
    pub const fn role(&self) -> Role {
        self.holder.role()
    }

    /// The two facts that every rule starts from.
    pub const fn actor(&self) -> Actor {
        Actor { account: self.account, role: self.role() }
    }

    /// What the authority certifies about the owner.
    pub const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The key that signed the leaf, the one that clients pin.
    pub const fn account_key(&self) -> AccountKey {
        self.account_key
    }

    /// The key of the leaf. It has to be the MLS signature key of whoever presents the chain.
    pub const fn device_key(&self) -> DeviceKey {
        self.device_key
    }

    /// The last instant at which the leaf is valid. Never after [`Self::account_expires_at`].
    pub const fn leaf_expires_at(&self) -> UnixSeconds {
        self.leaf_expires_at
    }

    /// The last instant at which the account certificate is valid.
    pub const fn account_expires_at(&self) -> UnixSeconds {
        self.account_expires_at
    }

    /// Whether the leaf has expired by this instant. Its device stays readable, and may only renew.
    pub const fn is_leaf_expired(&self, at: UnixSeconds) -> bool {
        at.0 > self.leaf_expires_at.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, ..)", self.role())
    }
}
