//! Every reason for which a certificate or a chain is refused.

use core::fmt;

use super::identity::IdentityError;

/// Which certificate of a chain is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CertificateKind {
    /// The authority's self-signed certificate, the trust anchor.
    Tenant,
    /// A person's, signed by the authority.
    Account,
    /// A device's leaf, signed by its owner's account key.
    Device,
}

impl fmt::Display for CertificateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "tenant",
            Self::Account => "account",
            Self::Device => "device",
        })
    }
}

/// Why a certificate or chain is refused. The kind says which certificate is at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateError {
    /// Longer than [`super::MAX_CERTIFICATE_BYTES`].
    #[error("the {0} certificate is too long")]
    Oversize(CertificateKind),
    /// Not the encoding of an X.509 certificate.
    #[error("the {0} certificate cannot be read")]
    Malformed(CertificateKind),
    /// Bytes stand after the end of the certificate or of a part of it.
    #[error("the {0} certificate has bytes after its end")]
    TrailingBytes(CertificateKind),
    /// Readable, but not the one DER encoding of what it says (this covers the choice of time type, RFC 5280, 4.1.2.5).
    #[error("the {0} certificate is not in DER")]
    NotCanonical(CertificateKind),
    /// Not version 3.
    #[error("the {0} certificate is not version 3")]
    Version(CertificateKind),
    /// Zero, negative or over 20 bytes (RFC 5280, section 4.1.2.2).
    #[error("the serial number of the {0} certificate is not positive or is too long")]
    SerialNumber(CertificateKind),
    /// Key or signature algorithm is not exactly Ed25519 without parameters (RFC 8410, section 3).
    #[error("the {0} certificate uses an algorithm other than Ed25519")]
    Algorithm(CertificateKind),
    /// Not a point of the curve, or one of small order.
    #[error("the {0} certificate carries an unusable public key")]
    PublicKey(CertificateKind),
    /// Issuer or subject unique identifiers (RFC 5280, section 4.1.2.8) are present.
    #[error("the {0} certificate carries a unique identifier")]
    UniqueIdentifier(CertificateKind),
    /// Ends before it starts.
    #[error("the {0} certificate ends before it starts")]
    ValidityOrder(CertificateKind),
    /// Lives longer than its kind may.
    #[error("the {0} certificate is valid for too long")]
    ValidityTooLong(CertificateKind),
    /// Ends after the certificate that it was signed under.
    #[error("the {0} certificate outlives its issuer's")]
    OutlivesIssuer(CertificateKind),
    /// The subject is not of the form that this kind has.
    #[error("the subject name of the {0} certificate is not of the expected form")]
    SubjectName(CertificateKind),
    /// One extension stands twice.
    #[error("the {0} certificate carries an extension twice")]
    DuplicateExtension(CertificateKind),
    /// A non-critical extension that this kind does not carry.
    #[error("the {0} certificate carries an unexpected extension")]
    UnexpectedExtension(CertificateKind),
    /// A critical extension that this kind does not carry.
    #[error("the {0} certificate carries an unexpected critical extension")]
    UnexpectedCriticalExtension(CertificateKind),
    /// An expected extension is critical and must not be, or the reverse.
    #[error("an extension of the {0} certificate is wrongly marked as critical or not")]
    Criticality(CertificateKind),
    /// Extended key usage is present.
    #[error("the {0} certificate carries extended key usage")]
    ExtendedKeyUsage(CertificateKind),
    /// KeyUsage is absent or names other than the one usage of this kind.
    #[error("the key usage of the {0} certificate is missing or wrong")]
    KeyUsage(CertificateKind),
    /// A leaf that could sign certificates.
    #[error("the device certificate claims to be an authority")]
    DeviceIsAuthority,
    /// Tenant or account certificate without CA:TRUE.
    #[error("the {0} certificate is not an authority")]
    NotAnAuthority(CertificateKind),
    /// Path length is absent or not the one of this kind.
    #[error("the path length of the {0} certificate is missing or wrong")]
    PathLength(CertificateKind),
    /// There is no alternative name, so no account.
    #[error("the {0} certificate names no account")]
    AccountMissing(CertificateKind),
    /// The alternative names are not exactly one account URI.
    #[error("the alternative name of the {0} certificate is not one account")]
    AlternativeName(CertificateKind),
    /// A role on a leaf: roles come from the authority only.
    #[error("the device certificate carries a role")]
    RoleOnDevice,
    /// The account certificate has no role extension.
    #[error("the account certificate carries no role")]
    RoleMissing,
    /// The role extension is not a sequence of UTF-8 strings, or is empty.
    #[error("the role extension cannot be read")]
    RoleMalformed,
    /// The role's word is not one of [`crate::role::Role`].
    #[error("the account certificate carries an unknown role")]
    RoleUnknown,
    /// A professional without exactly a name, a profession and an RPPS number.
    #[error("the account certificate of a professional lacks the public identity")]
    IdentityMissing,
    /// A patient's certificate that says more than its account.
    #[error("the account certificate of a patient carries an identity")]
    IdentityOnPatient,
    /// A professional's public identity breaks its own rules.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Leaf and account certificate name different accounts.
    #[error("the device certificate names another account than the account certificate")]
    AccountMismatch,
    /// The key of this certificate is also its issuer's.
    #[error("the {0} certificate has the same key as its issuer's")]
    KeyReused(CertificateKind),
    /// Issued by someone other than the next certificate of the chain.
    #[error("the {0} certificate has another issuer")]
    WrongIssuer(CertificateKind),
    /// The signature does not verify under the issuer's key.
    #[error("the signature of the {0} certificate is wrong")]
    Signature(CertificateKind),
    /// The instant is before the certificate starts.
    #[error("the {0} certificate is not valid yet")]
    NotYetValid(CertificateKind),
    /// The instant is after the certificate ends.
    #[error("the {0} certificate has expired")]
    Expired(CertificateKind),
    /// The path validator refused what our own reading let pass.
    #[error("the certificates do not form a valid path")]
    Path,
}

impl CertificateError {
    /// The stable id of the reason, the same whichever certificate is at fault.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Oversize(_) => "certificate-oversize",
            Self::Malformed(_) => "certificate-malformed",
            Self::TrailingBytes(_) => "certificate-trailing-bytes",
            Self::NotCanonical(_) => "certificate-not-canonical",
            Self::Version(_) => "certificate-version",
            Self::SerialNumber(_) => "certificate-serial-number",
            Self::Algorithm(_) => "certificate-algorithm",
            Self::PublicKey(_) => "certificate-public-key",
            Self::UniqueIdentifier(_) => "certificate-unique-identifier",
            Self::ValidityOrder(_) => "certificate-validity-order",
            Self::ValidityTooLong(_) => "certificate-validity-too-long",
            Self::OutlivesIssuer(_) => "certificate-outlives-issuer",
            Self::SubjectName(_) => "certificate-subject-name",
            Self::DuplicateExtension(_) => "certificate-duplicate-extension",
            Self::UnexpectedExtension(_) => "certificate-unexpected-extension",
            Self::UnexpectedCriticalExtension(_) => "certificate-unexpected-critical-extension",
            Self::Criticality(_) => "certificate-criticality",
            Self::ExtendedKeyUsage(_) => "certificate-extended-key-usage",
            Self::KeyUsage(_) => "certificate-key-usage",
            Self::DeviceIsAuthority => "certificate-device-is-authority",
            Self::NotAnAuthority(_) => "certificate-not-an-authority",
            Self::PathLength(_) => "certificate-path-length",
            Self::AccountMissing(_) => "certificate-account-missing",
            Self::AlternativeName(_) => "certificate-alternative-name",
            Self::RoleOnDevice => "certificate-role-on-leaf",
            Self::RoleMissing => "certificate-role-missing",
            Self::RoleMalformed => "certificate-role-malformed",
            Self::RoleUnknown => "certificate-role-unknown",
            Self::IdentityMissing => "certificate-identity-missing",
            Self::IdentityOnPatient => "certificate-identity-on-patient",
            Self::Identity(IdentityError::Name) => "certificate-identity-name",
            Self::Identity(IdentityError::Profession) => "certificate-identity-profession",
            Self::Identity(IdentityError::Rpps(_)) => "certificate-identity-rpps",
            Self::AccountMismatch => "certificate-account-mismatch",
            Self::KeyReused(_) => "certificate-key-reused",
            Self::WrongIssuer(_) => "certificate-wrong-issuer",
            Self::Signature(_) => "certificate-signature",
            Self::NotYetValid(_) => "certificate-not-yet-valid",
            Self::Expired(_) => "certificate-expired",
            Self::Path => "certificate-path",
        }
    }
}
