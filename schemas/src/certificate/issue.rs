//! Making the three certificates. Keys, serial numbers and dates are the caller's; nothing here is random.
//!
//! What is made is read back with the rules that receivers apply: a certificate that they would refuse is not issued.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use ed25519_dalek::{Signer, SigningKey};
use x509_cert::certificate::{Certificate, TbsCertificate, Version};
use x509_cert::der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString, UtcTime};
use x509_cert::der::oid::db::rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME};
use x509_cert::der::{Encode, Error as DerError};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::{Time, Validity as EncodedValidity};

use super::account::AccountCertificate;
use super::anchor::TrustAnchor;
use super::chain::check_against_account;
use super::error::CertificateError;
use super::identity::Holder;
use super::name::{account_name, alternative_name, common_name};
use super::parse::ed25519;
use super::profile::{self, ACCOUNT_PATH_LENGTH, CERTIFICATE_SIGNING, DIGITAL_SIGNATURE, TENANT_PATH_LENGTH};
use super::role_extension::{self, ROLE_EXTENSION};
use crate::id::{AccountId, AccountKey, DeviceKey};
use crate::time::UnixSeconds;

/// From when to when a certificate is valid, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// The first valid instant.
    pub not_before: UnixSeconds,
    /// The last valid instant.
    pub not_after: UnixSeconds,
}

/// Why a certificate is not issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IssueError {
    /// The signing key is not the one that the issuer's certificate names.
    #[error("the signing key is not the issuer's")]
    WrongSigningKey,
    /// Something cannot be written in a certificate, such as a date after the year 9999.
    #[error("the certificate cannot be encoded")]
    Encoding,
    /// What was made breaks the rules that receivers apply.
    #[error(transparent)]
    Refused(#[from] CertificateError),
}

impl From<DerError> for IssueError {
    fn from(_: DerError) -> Self {
        Self::Encoding
    }
}

/// A tenant certificate in DER, signed with its own key. The name has 1 to [`super::MAX_TENANT_NAME_BYTES`] bytes;
/// `serial` is random.
///
/// # Errors
/// [`IssueError`]; [`CertificateError::SubjectName`] if people could not be shown the name as it is.
pub fn tenant(
    name: &str,
    key: &SigningKey,
    serial: [u8; 16],
    validity: Validity,
) -> Result<Vec<u8>, IssueError> {
    let name = common_name(name)?;
    let certificate = sign(
        &TbsCertificate {
            subject: name.clone(),
            extensions: Some(authority_extensions(TENANT_PATH_LENGTH)?.to_vec()),
            ..blank(name, key.verifying_key().as_bytes(), serial, validity)?
        },
        key,
    )?;
    TrustAnchor::from_der(&certificate)?;
    Ok(certificate)
}

/// Who an account certificate is issued to.
#[derive(Clone, Copy, Debug)]
pub struct AccountSubject<'a> {
    /// Chosen at random by the authority.
    pub account: AccountId,
    /// The public key whose private half the person's primary device holds.
    pub account_key: AccountKey,
    /// What the authority vouches for.
    pub holder: &'a Holder,
}

/// An account certificate in DER, signed with the tenant key. `serial` is random.
///
/// # Errors
/// [`IssueError`]; [`CertificateError::OutlivesIssuer`] if it would end after the anchor's certificate.
pub fn account(
    anchor: &TrustAnchor,
    tenant_key: &SigningKey,
    subject: AccountSubject<'_>,
    serial: [u8; 16],
    validity: Validity,
) -> Result<Vec<u8>, IssueError> {
    if tenant_key.verifying_key() != *anchor.key() {
        return Err(IssueError::WrongSigningKey);
    }
    let [constraints, key_usage] = authority_extensions(ACCOUNT_PATH_LENGTH)?;
    let extensions = vec![
        constraints,
        key_usage,
        extension(ID_CE_SUBJECT_ALT_NAME, false, alternative_name(subject.account)?)?,
        extension(ROLE_EXTENSION, false, role_extension::encode(subject.holder)?)?,
    ];
    let issuer = anchor.name().clone();
    let certificate = sign(
        &TbsCertificate {
            subject: account_name(subject.account)?,
            extensions: Some(extensions),
            ..blank(issuer, subject.account_key.as_bytes(), serial, validity)?
        },
        tenant_key,
    )?;
    AccountCertificate::verify(&certificate, anchor, validity.not_before)?;
    Ok(certificate)
}

/// A device's leaf in DER, signed with the account key. `serial` is random.
///
/// # Errors
/// [`IssueError`]; [`CertificateError::OutlivesIssuer`] if it would end after the account certificate.
pub fn device(
    account: &AccountCertificate,
    account_key: &SigningKey,
    device_key: DeviceKey,
    serial: [u8; 16],
    validity: Validity,
) -> Result<Vec<u8>, IssueError> {
    if account_key.verifying_key().as_bytes() != account.account_key().as_bytes() {
        return Err(IssueError::WrongSigningKey);
    }
    let extensions = vec![
        extension(ID_CE_KEY_USAGE, true, DIGITAL_SIGNATURE.to_vec())?,
        extension(ID_CE_SUBJECT_ALT_NAME, true, alternative_name(account.account())?)?,
    ];
    let issuer = account_name(account.account())?;
    let certificate = sign(
        &TbsCertificate {
            extensions: Some(extensions),
            ..blank(issuer, device_key.as_bytes(), serial, validity)?
        },
        account_key,
    )?;
    let leaf = profile::device(&certificate)?;
    check_against_account(&leaf, account.account(), account.account_key(), account.expires_at())?;
    Ok(certificate)
}

/// A certificate without subject and extensions.
fn blank(
    issuer: Name,
    subject_key: &[u8; 32],
    serial: [u8; 16],
    validity: Validity,
) -> Result<TbsCertificate, DerError> {
    // Positive and never zero, whatever the caller's randomness gave: 126 bits of it are kept.
    let [first, rest @ ..] = serial;
    let mut serial = vec![(first & 0x3f) | 0x40];
    serial.extend(rest);
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial)?,
        signature: ed25519(),
        issuer,
        validity: EncodedValidity {
            not_before: time(validity.not_before)?,
            not_after: time(validity.not_after)?,
        },
        subject: Name::default(),
        subject_public_key_info: SubjectPublicKeyInfoOwned {
            algorithm: ed25519(),
            subject_public_key: BitString::from_bytes(subject_key)?,
        },
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: None,
    })
}

/// `UTCTime` through 2049 and `GeneralizedTime` after (RFC 5280, section 4.1.2.5).
fn time(instant: UnixSeconds) -> Result<Time, DerError> {
    let since_epoch = Duration::from_secs(instant.0);
    match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => GeneralizedTime::from_unix_duration(since_epoch).map(Time::GeneralTime),
    }
}

fn authority_extensions(path_length: u8) -> Result<[Extension; 2], DerError> {
    let constraints = BasicConstraints { ca: true, path_len_constraint: Some(path_length) };
    Ok([
        extension(ID_CE_BASIC_CONSTRAINTS, true, constraints.to_der()?)?,
        extension(ID_CE_KEY_USAGE, true, CERTIFICATE_SIGNING.to_vec())?,
    ])
}

fn extension(id: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Result<Extension, DerError> {
    Ok(Extension { extn_id: id, critical, extn_value: OctetString::new(value)? })
}

/// Signs what a certificate says, and puts both together.
pub(super) fn sign(tbs: &TbsCertificate, key: &SigningKey) -> Result<Vec<u8>, DerError> {
    let signature = key.sign(&tbs.to_der()?);
    let certificate = Certificate {
        tbs_certificate: tbs.clone(),
        signature_algorithm: ed25519(),
        signature: BitString::from_bytes(&signature.to_bytes())?,
    };
    certificate.to_der()
}
