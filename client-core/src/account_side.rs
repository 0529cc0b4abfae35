//! Which side of its account this device is: the primary one, with the account key, or a linked one without it
//! (DESIGN section 3).
//!
//! A stolen linked device can mint no other device and sign no list, because the key is not there: what needs it takes
//! it from [`AccountSide::account_key`], and gets [`Misuse::NotPrimary`] on a linked one.

use core::fmt;

use colloque_schemas::id::AccountKey;
use ed25519_dalek::SigningKey;

use crate::error::{Error, Misuse};
use crate::identity::{account_key_of, seed};
use crate::sql::{Setting, damaged, setting};
use crate::store::Connection;

/// What the profile says of a linked device. It says nothing of a primary one: those came first.
pub(crate) const LINKED: &[u8] = &[1];

/// Whether the account key is on this device. It is wiped on drop.
pub(crate) enum AccountSide {
    /// The primary device: it certifies devices and signs the account's lists.
    Primary(Box<SigningKey>),
    /// A linked device: the primary did both for it.
    Linked,
}

impl AccountSide {
    /// Reads the side of an enrolled profile whose account has this key. A profile that says neither, or both, is damaged:
    /// a primary device that lost its key is never taken for a linked one.
    pub(crate) fn load(sql: &Connection, account_key: AccountKey) -> Result<Self, Error> {
        match setting(sql, Setting::Linked)? {
            None => {
                let key = Box::new(SigningKey::from_bytes(&*seed(sql, Setting::AccountSeed)?));
                if account_key_of(&key) == account_key { Ok(Self::Primary(key)) } else { Err(damaged()) }
            }
            Some(mark) if mark == LINKED && setting(sql, Setting::AccountSeed)?.is_none() => Ok(Self::Linked),
            Some(_) => Err(damaged()),
        }
    }

    /// The account's key.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`].
    pub(crate) fn account_key(&self) -> Result<&SigningKey, Misuse> {
        match self {
            Self::Primary(key) => Ok(key),
            Self::Linked => Err(Misuse::NotPrimary),
        }
    }

    pub(crate) fn is_primary(&self) -> bool {
        matches!(self, Self::Primary(_))
    }
}

impl fmt::Debug for AccountSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_primary() { "Primary(..)" } else { "Linked" })
    }
}
