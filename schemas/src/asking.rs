//! What an enrolled device asks the authority for: an invitation of a patient, a page of the directory.
//!
//! Each request carries the device's chain and its signature over one of these statements. A statement names the TLS
//! connection that it is for, and a connection has one request: there is nothing to replay.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::id::AccountId;
use crate::limits::RESERVATION_BYTES;
use crate::sign_in::ChannelBinding;
use crate::signed::Statement;

const RESERVATION_CONTEXT: &[u8] = b"colloque reservation 1\0";

/// What a professional's device draws for a patient to be: [`RESERVATION_BYTES`] random bytes.
///
/// Account and reservation belong together without anyone keeping who invited whom: only the account that drew it can
/// ask for the same patient account again, and both ends know which one that is.
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Reservation(#[cbor(n(0), with = "minicbor::bytes")] [u8; RESERVATION_BYTES]);

impl Reservation {
    /// The reservation of these random bytes.
    pub const fn new(bytes: [u8; RESERVATION_BYTES]) -> Self {
        Self(bytes)
    }

    /// The random bytes.
    pub const fn as_bytes(&self) -> &[u8; RESERVATION_BYTES] {
        &self.0
    }

    /// The account that the patient will have: the first bytes of a SHA-256 over context, inviter and reservation.
    pub fn account(&self, inviter: AccountId) -> AccountId {
        let hash = Sha256::new()
            .chain_update(RESERVATION_CONTEXT)
            .chain_update(inviter.as_bytes())
            .chain_update(self.0)
            .finalize();
        let mut id = [0; AccountId::LENGTH];
        id.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
        AccountId::new(id)
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reservation(..)")
    }
}

/// What a professional's device signs to invite a patient.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct InvitationStatement {
    /// For which account.
    #[n(0)]
    pub reservation: Reservation,
    /// Of this connection.
    #[n(1)]
    pub channel_binding: ChannelBinding,
}

impl Statement for InvitationStatement {
    const CONTEXT: &'static str = "colloque patient invitation 1";
}

/// What a device signs to read a page of the directory of professionals.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct DirectoryStatement {
    /// The last account of the page before; none for the first.
    #[n(0)]
    pub after: Option<AccountId>,
    /// Of this connection.
    #[n(1)]
    pub channel_binding: ChannelBinding,
}

impl Statement for DirectoryStatement {
    const CONTEXT: &'static str = "colloque directory 1";
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESERVATION: Reservation = Reservation::new([1; RESERVATION_BYTES]);
    const INVITER: AccountId = AccountId::new([2; 16]);

    #[test]
    fn inviter_and_reservation_together_decide_the_account() {
        let account = RESERVATION.account(INVITER);
        assert_eq!(RESERVATION.account(INVITER), account);
        assert_ne!(RESERVATION.account(AccountId::new([3; 16])), account);
        assert_ne!(Reservation::new([4; RESERVATION_BYTES]).account(INVITER), account);
        assert_eq!(account, "ed64b12a5d1e2a3078850088c9c53372".parse().unwrap(), "as anyone computes it");
    }

    #[test]
    fn debug_of_a_reservation_shows_none_of_its_bytes() {
        assert_eq!(alloc::format!("{RESERVATION:?}"), "Reservation(..)");
    }
}
