//! The tenant's certificate: what every path has to end in.

use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::VerifyingKey;
use rustls_pki_types::{CertificateDer, TrustAnchor as PathAnchor};
use sha2::{Digest, Sha256};
use webpki::{anchor_from_trusted_cert, spki_for_anchor};
use x509_cert::name::Name;

use super::error::{CertificateError, CertificateKind};
use super::profile;
use crate::id::KeyHash;
use crate::time::UnixSeconds;

/// The authority that a client or relay was set up to trust.
///
/// Its dates bound those of the account certificates below it; it has no clock check of its own, because every path
/// is judged at an instant within an account certificate (RFC 5280, section 6.1.1 leaves an anchor's dates open).
#[derive(Clone)]
pub struct TrustAnchor {
    der: Vec<u8>,
    hash: KeyHash,
    key: VerifyingKey,
    name: Name,
    not_after: UnixSeconds,
    path_anchor: PathAnchor<'static>,
}

impl TrustAnchor {
    /// Reads a tenant certificate in DER and checks its signature by its own key.
    ///
    /// That alone says nothing about who made it: compare [`Self::hash`] with one from a trusted source.
    ///
    /// # Errors
    /// The first rule of the tenant certificate that is broken.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let kind = CertificateKind::Tenant;
        let fields = profile::tenant(der)?;
        fields
            .key
            .verify_strict(&fields.signed, &fields.signature)
            .map_err(|_| CertificateError::Signature(kind))?;
        let certificate = CertificateDer::from(der);
        let path_anchor =
            anchor_from_trusted_cert(&certificate).map_err(|_| CertificateError::Malformed(kind))?;
        let public_key_info = spki_for_anchor(&path_anchor);
        Ok(Self {
            der: der.to_vec(),
            hash: KeyHash::new(Sha256::digest(public_key_info.as_ref()).into()),
            key: fields.key,
            name: fields.subject,
            not_after: fields.not_after,
            path_anchor: path_anchor.to_owned(),
        })
    }

    /// SHA-256 of the DER `SubjectPublicKeyInfo` (RFC 7469, section 2.4): what an enrolment profile carries.
    pub const fn hash(&self) -> KeyHash {
        self.hash
    }

    /// The certificate, as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The last instant for which an account certificate may be issued.
    pub const fn expires_at(&self) -> UnixSeconds {
        self.not_after
    }

    pub(super) const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    pub(super) const fn name(&self) -> &Name {
        &self.name
    }

    pub(super) const fn path_anchor(&self) -> &PathAnchor<'static> {
        &self.path_anchor
    }
}

impl PartialEq for TrustAnchor {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for TrustAnchor {}

impl fmt::Debug for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustAnchor(..)")
    }
}
