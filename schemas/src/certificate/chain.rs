//! A device's two certificates as they travel, and the one way from them to a [`Credential`].

use alloc::vec::Vec;
use core::fmt;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use super::account::check_against_anchor;
use super::anchor::TrustAnchor;
use super::credential::Credential;
use super::error::{CertificateError, CertificateKind};
use super::path::Path;
use super::profile::{self, DeviceProfile};
use crate::id::{AccountId, AccountKey, DeviceKey};
use crate::time::UnixSeconds;

/// The chain that a device presents, in DER and unchecked. On the wire: `[leaf: bstr, account: bstr]`.
#[derive(Clone, PartialEq, Eq)]
pub struct UnverifiedChain {
    leaf: Vec<u8>,
    account: Vec<u8>,
}

impl UnverifiedChain {
    /// A chain of a device certificate and an account certificate, both in DER.
    pub const fn new(leaf: Vec<u8>, account: Vec<u8>) -> Self {
        Self { leaf, account }
    }

    /// The device certificate, in DER.
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The account certificate, in DER.
    pub fn account(&self) -> &[u8] {
        &self.account
    }

    /// Verifies the chain under this anchor, as it is at this instant.
    ///
    /// # Errors
    /// The first rule that is broken, and by which certificate.
    pub fn verify(&self, anchor: &TrustAnchor, at: UnixSeconds) -> Result<Credential, CertificateError> {
        self.verify_by(anchor, |_| at)
    }

    /// As [`Self::verify`], but a leaf that has expired is judged at its last valid instant: for a device that already
    /// sits in a roster. It stays readable and may only renew; ask [`Credential::is_leaf_expired`].
    ///
    /// As no leaf outlives its account certificate, one whose account certificate has expired is judged so too.
    ///
    /// # Errors
    /// Those of [`Self::verify`], except expiry of the device certificate.
    pub fn verify_regardless_of_leaf_expiry(
        &self,
        anchor: &TrustAnchor,
        at: UnixSeconds,
    ) -> Result<Credential, CertificateError> {
        self.verify_by(anchor, |leaf_expires_at| at.min(leaf_expires_at))
    }

    /// Verifies at the instant that is chosen once the leaf's end is known.
    fn verify_by(
        &self,
        anchor: &TrustAnchor,
        choose_instant: impl FnOnce(UnixSeconds) -> UnixSeconds,
    ) -> Result<Credential, CertificateError> {
        let leaf = profile::device(&self.leaf)?;
        let account = profile::account(&self.account)?;
        let path =
            Path { leaf_der: &self.leaf, leaf: &leaf, account_der: &self.account, account: &account, anchor };
        path.validate(choose_instant(leaf.fields.not_after))?;
        let account_key = AccountKey::new(account.fields.key.to_bytes());
        let account_expires_at = account.fields.not_after;
        check_against_account(&leaf, account.account, account_key, account_expires_at)?;
        check_against_anchor(&account, anchor)?;
        Ok(Credential {
            account: account.account,
            account_key,
            device_key: DeviceKey::new(leaf.fields.key.to_bytes()),
            account_expires_at,
            leaf_expires_at: leaf.fields.not_after,
            holder: account.holder,
        })
    }
}

/// The rules between a leaf and its account certificate that path validation does not have.
pub(super) fn check_against_account(
    leaf: &DeviceProfile,
    account: AccountId,
    account_key: AccountKey,
    account_expires_at: UnixSeconds,
) -> Result<(), CertificateError> {
    if leaf.account != account {
        return Err(CertificateError::AccountMismatch);
    }
    if leaf.fields.not_after > account_expires_at {
        return Err(CertificateError::OutlivesIssuer(CertificateKind::Device));
    }
    if leaf.fields.key.as_bytes() == account_key.as_bytes() {
        return Err(CertificateError::KeyReused(CertificateKind::Device));
    }
    Ok(())
}

impl fmt::Debug for UnverifiedChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnverifiedChain(..)")
    }
}

impl<C> Encode<C> for UnverifiedChain {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?.bytes(&self.leaf)?.bytes(&self.account)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for UnverifiedChain {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        if d.array()? != Some(2) {
            return Err(DecodeError::message("a chain is two certificates").at(at));
        }
        Ok(Self::new(certificate(d)?, certificate(d)?))
    }
}

fn certificate(d: &mut Decoder<'_>) -> Result<Vec<u8>, DecodeError> {
    let at = d.position();
    let der = d.bytes()?;
    if der.len() > super::MAX_CERTIFICATE_BYTES {
        return Err(DecodeError::message("a certificate is too long").at(at));
    }
    Ok(der.to_vec())
}
