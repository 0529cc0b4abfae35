//! X.509 identity: who a device belongs to, and what its owner is certified to be.
//!
//! | certificate | signed by | extensions, all of them and no other | longest life |
//! |---|---|---|---|
//! | tenant | itself | CA with path length 1 · keyCertSign | [`MAX_TENANT_VALIDITY_DAYS`] |
//! | account | tenant key | CA with path length 0 · keyCertSign · account URI · role | [`MAX_ACCOUNT_VALIDITY_DAYS`] |
//! | device | account key | digitalSignature · account URI (critical: the subject is empty) | [`MAX_DEVICE_VALIDITY_DAYS`] |
//!
//! Version 3 and Ed25519 (RFC 8410) throughout, DER only, at most [`MAX_CERTIFICATE_BYTES`] each. The account URI is the
//! only alternative name, `urn:colloque:account:` and 32 lowercase hexadecimal digits; the device repeats it, so that
//! a leaf cannot be moved to another account. An account's subject is one common name, the same 32 digits.
//! Key identifiers (RFC 5280, sections 4.2.1.1 and 4.2.1.2) are left out: a chain always travels whole, so there is
//! never an issuer to look for.
//!
//! A [`Credential`] comes only from [`UnverifiedChain::verify`] and its sibling, an [`AccountCertificate`] only from
//! [`AccountCertificate::verify`]. rustls-webpki validates the path (signatures, issuers, dates, constraints); it
//! ignores KeyUsage and unknown extensions, so our own strict reading comes first and settles what may stand there.

mod account;
mod anchor;
mod chain;
mod credential;
mod error;
mod identity;
pub mod issue;
mod name;
mod parse;
mod path;
mod profile;
mod role_extension;
mod rpps;
mod signature;
#[cfg(test)]
mod tests;

pub use account::{AccountCertificate, verify_account};
pub use anchor::TrustAnchor;
pub use chain::UnverifiedChain;
pub use credential::Credential;
pub use error::{CertificateError, CertificateKind};
pub use identity::{Holder, IdentityError, MAX_IDENTITY_TEXT_BYTES, ProfessionalIdentity};
pub use parse::MAX_CERTIFICATE_BYTES;
pub use profile::{
    MAX_ACCOUNT_VALIDITY_DAYS, MAX_DEVICE_VALIDITY_DAYS, MAX_TENANT_NAME_BYTES, MAX_TENANT_VALIDITY_DAYS,
};
pub use role_extension::ROLE_EXTENSION;
pub use rpps::{NotAnRpps, Rpps};
