//! An account certificate on its own, as a client checks what the authority issued to it.

use alloc::vec::Vec;
use core::fmt;

use super::anchor::TrustAnchor;
use super::error::{CertificateError, CertificateKind};
use super::identity::Holder;
use super::profile::{self, AccountProfile};
use crate::id::{AccountId, AccountKey};
use crate::role::Role;
use crate::time::UnixSeconds;

/// A person's certificate, verified under an anchor.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountCertificate {
    der: Vec<u8>,
    account: AccountId,
    account_key: AccountKey,
    holder: Holder,
    expires_at: UnixSeconds,
}

/// [`AccountCertificate::verify`].
///
/// # Errors
/// The first rule that the certificate breaks.
pub fn verify_account(
    der: &[u8],
    anchor: &TrustAnchor,
    at: UnixSeconds,
) -> Result<AccountCertificate, CertificateError> {
    AccountCertificate::verify(der, anchor, at)
}

impl AccountCertificate {
    /// Verifies an account certificate in DER, as it is at this instant.
    ///
    /// The path validator takes no CA certificate as the end of a path, so the one step from the anchor is checked
    /// here: issuer, dates, signature.
    ///
    /// # Errors
    /// The first rule that the certificate breaks.
    pub fn verify(der: &[u8], anchor: &TrustAnchor, at: UnixSeconds) -> Result<Self, CertificateError> {
        let kind = CertificateKind::Account;
        let profile = profile::account(der)?;
        let fields = &profile.fields;
        if fields.issuer != *anchor.name() {
            return Err(CertificateError::WrongIssuer(kind));
        }
        if !is_signed_by(&profile, anchor) {
            return Err(CertificateError::Signature(kind));
        }
        if at < fields.not_before {
            return Err(CertificateError::NotYetValid(kind));
        }
        if at > fields.not_after {
            return Err(CertificateError::Expired(kind));
        }
        check_against_anchor(&profile, anchor)?;
        Ok(Self {
            der: der.to_vec(),
            account: profile.account,
            account_key: AccountKey::new(fields.key.to_bytes()),
            expires_at: fields.not_after,
            holder: profile.holder,
        })
    }

    /// The certificate, as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Whose it is.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The key that signs this account's device certificates.
    pub const fn account_key(&self) -> AccountKey {
        self.account_key
    }

    /// What the authority certifies about the person.
    pub const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The role that the authority gives.
    pub const fn role(&self) -> Role {
        self.holder.role()
    }

    /// The last instant at which it is valid.
    pub const fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }
}

/// Whether the anchor's key made the certificate's signature.
pub(super) fn is_signed_by(profile: &AccountProfile, anchor: &TrustAnchor) -> bool {
    let fields = &profile.fields;
    anchor.key().verify_strict(&fields.signed, &fields.signature).is_ok()
}

/// The rules between an account certificate and its anchor that path validation does not have.
pub(super) fn check_against_anchor(
    profile: &AccountProfile,
    anchor: &TrustAnchor,
) -> Result<(), CertificateError> {
    let kind = CertificateKind::Account;
    if profile.fields.not_after > anchor.expires_at() {
        return Err(CertificateError::OutlivesIssuer(kind));
    }
    if profile.fields.key == *anchor.key() {
        return Err(CertificateError::KeyReused(kind));
    }
    Ok(())
}

impl fmt::Debug for AccountCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountCertificate({}, ..)", self.role())
    }
}
