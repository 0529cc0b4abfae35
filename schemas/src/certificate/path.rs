//! Path validation (RFC 5280, section 6) by rustls-webpki, and what its refusals mean here.

use core::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error as PathError, KeyUsage};

use super::account::is_signed_by;
use super::anchor::TrustAnchor;
use super::error::{CertificateError, CertificateKind};
use super::profile::{AccountProfile, DeviceProfile};
use super::signature::Ed25519Strict;
use crate::time::UnixSeconds;

/// A chain that has been read but not validated.
pub(super) struct Path<'a> {
    pub(super) leaf_der: &'a [u8],
    pub(super) leaf: &'a DeviceProfile,
    pub(super) account_der: &'a [u8],
    pub(super) account: &'a AccountProfile,
    pub(super) anchor: &'a TrustAnchor,
}

impl Path<'_> {
    /// Validates leaf, account certificate and anchor as one path at this instant.
    pub(super) fn validate(&self, at: UnixSeconds) -> Result<(), CertificateError> {
        let leaf = CertificateDer::from(self.leaf_der);
        let account = [CertificateDer::from(self.account_der)];
        let end_entity = EndEntityCert::try_from(&leaf).map_err(|_| CertificateError::Path)?;
        // The profiles allow no extended key usage, so the purpose asked for here is never compared with one.
        let verified = end_entity.verify_for_usage(
            &[&Ed25519Strict],
            core::slice::from_ref(self.anchor.path_anchor()),
            &account,
            UnixTime::since_unix_epoch(Duration::from_secs(at.0)),
            KeyUsage::client_auth(),
            None,
            None,
        );
        let verified = verified.map_err(|error| self.explain(&error, at))?;
        // A leaf that the authority signed itself makes a valid path too, one that leaves the account certificate,
        // and so the role, unchecked.
        if !verified.intermediate_certificates().map(|issuer| issuer.der()).eq(account.iter().cloned()) {
            return Err(CertificateError::WrongIssuer(CertificateKind::Device));
        }
        Ok(())
    }

    /// Says which certificate is at fault, which the validator does not.
    fn explain(&self, error: &PathError, at: UnixSeconds) -> CertificateError {
        match error {
            PathError::CertExpired { .. } => {
                CertificateError::Expired(self.first_at_fault(at > self.leaf.fields.not_after))
            }
            PathError::CertNotValidYet { .. } => {
                CertificateError::NotYetValid(self.first_at_fault(at < self.leaf.fields.not_before))
            }
            PathError::UnknownIssuer => CertificateError::WrongIssuer(
                self.first_at_fault(self.leaf.fields.issuer != self.account.fields.subject),
            ),
            PathError::InvalidSignatureForPublicKey => {
                CertificateError::Signature(self.first_at_fault(is_signed_by(self.account, self.anchor)))
            }
            _ => CertificateError::Path,
        }
    }

    fn first_at_fault(&self, is_leaf_at_fault: bool) -> CertificateKind {
        match is_leaf_at_fault {
            true => CertificateKind::Device,
            false => CertificateKind::Account,
        }
    }
}
