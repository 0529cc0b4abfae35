//! Strict reading of one certificate: what all three kinds have in common.

use alloc::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use x509_cert::certificate::{Certificate, TbsCertificate, Version};
use x509_cert::der::asn1::BitString;
use x509_cert::der::oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME,
};
use x509_cert::der::oid::db::rfc8410::ID_ED_25519;
use x509_cert::der::{Decode, Encode, Error as DerError, ErrorKind};
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use super::error::{CertificateError, CertificateKind};
use super::role_extension::ROLE_EXTENSION;
use crate::time::UnixSeconds;

/// Longest certificate of any kind, in bytes. The longest that [`super::issue`] can make is under 700.
pub const MAX_CERTIFICATE_BYTES: usize = 2048;

/// Longest serial number, in bytes of its DER value (RFC 5280, section 4.1.2.2).
const MAX_SERIAL_NUMBER_BYTES: usize = 20;

/// Last year that is written as `UTCTime` (RFC 5280, section 4.1.2.5).
const LAST_UTC_TIME_YEAR: u16 = 2049;

/// The parts of a certificate that is version 3, Ed25519 and DER. Nothing here has been authenticated.
pub(super) struct Fields {
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) not_before: UnixSeconds,
    pub(super) not_after: UnixSeconds,
    /// A point of the curve, not of small order.
    pub(super) key: VerifyingKey,
    pub(super) extensions: Extensions,
    /// DER of the `TBSCertificate`: what is signed.
    pub(super) signed: Vec<u8>,
    pub(super) signature: Signature,
}

/// The value of each extension that some kind carries, in DER.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<Vec<u8>>,
    pub(super) key_usage: Option<Vec<u8>>,
    pub(super) alternative_name: Option<Vec<u8>>,
    pub(super) role: Option<Vec<u8>>,
}

/// Reads a certificate that is claimed to be of this kind. Which extensions the kind carries is checked by
/// [`super::profile`].
pub(super) fn parse(der: &[u8], kind: CertificateKind) -> Result<Fields, CertificateError> {
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(CertificateError::Oversize(kind));
    }
    let certificate = Certificate::from_der(der).map_err(|error| unreadable(error, kind))?;
    // `der` tolerates a few things that DER forbids, such as a default that is written out. Whatever does not encode
    // back to the same bytes could be read differently by the path validator.
    if !certificate.to_der().is_ok_and(|encoded| encoded == der) {
        return Err(CertificateError::NotCanonical(kind));
    }
    let tbs = &certificate.tbs_certificate;
    check_header(tbs, kind)?;
    let key = public_key(&certificate, kind)?;
    let (not_before, not_after) =
        (instant(tbs.validity.not_before, kind)?, instant(tbs.validity.not_after, kind)?);
    if not_before > not_after {
        return Err(CertificateError::ValidityOrder(kind));
    }
    Ok(Fields {
        issuer: tbs.issuer.clone(),
        subject: tbs.subject.clone(),
        not_before,
        not_after,
        key,
        extensions: extensions(tbs.extensions.as_deref().unwrap_or_default(), kind)?,
        signed: tbs.to_der().map_err(|error| unreadable(error, kind))?,
        signature: signature(&certificate.signature, kind)?,
    })
}

fn unreadable(error: DerError, kind: CertificateKind) -> CertificateError {
    match error.kind() {
        ErrorKind::TrailingData { .. } => CertificateError::TrailingBytes(kind),
        _ => CertificateError::Malformed(kind),
    }
}

fn check_header(tbs: &TbsCertificate, kind: CertificateKind) -> Result<(), CertificateError> {
    if tbs.version != Version::V3 {
        return Err(CertificateError::Version(kind));
    }
    let serial = tbs.serial_number.as_bytes();
    let is_negative = serial.first().is_none_or(|byte| byte & 0x80 != 0);
    let is_zero = serial.iter().all(|byte| *byte == 0);
    if is_negative || is_zero || serial.len() > MAX_SERIAL_NUMBER_BYTES {
        return Err(CertificateError::SerialNumber(kind));
    }
    if tbs.issuer_unique_id.is_some() || tbs.subject_unique_id.is_some() {
        return Err(CertificateError::UniqueIdentifier(kind));
    }
    Ok(())
}

fn public_key(certificate: &Certificate, kind: CertificateKind) -> Result<VerifyingKey, CertificateError> {
    let info = &certificate.tbs_certificate.subject_public_key_info;
    let algorithms =
        [&certificate.signature_algorithm, &certificate.tbs_certificate.signature, &info.algorithm];
    if algorithms.into_iter().any(|algorithm| *algorithm != ed25519()) {
        return Err(CertificateError::Algorithm(kind));
    }
    let bytes = info.subject_public_key.as_bytes().and_then(|bytes| bytes.try_into().ok());
    let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
    key.filter(|key| !key.is_weak()).ok_or(CertificateError::PublicKey(kind))
}

/// `id-Ed25519`, with parameters absent as RFC 8410, section 3 demands.
pub(super) const fn ed25519() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ID_ED_25519, parameters: None }
}

fn signature(bits: &BitString, kind: CertificateKind) -> Result<Signature, CertificateError> {
    let signature = bits.as_bytes().and_then(|bytes| Signature::from_slice(bytes).ok());
    signature.ok_or(CertificateError::Signature(kind))
}

fn instant(time: Time, kind: CertificateKind) -> Result<UnixSeconds, CertificateError> {
    if matches!(time, Time::GeneralTime(_)) && time.to_date_time().year() <= LAST_UTC_TIME_YEAR {
        return Err(CertificateError::NotCanonical(kind));
    }
    Ok(UnixSeconds(time.to_unix_duration().as_secs()))
}

fn extensions(list: &[Extension], kind: CertificateKind) -> Result<Extensions, CertificateError> {
    let mut found = Extensions::default();
    for extension in list {
        let (place, is_critical) = match extension.extn_id {
            ID_CE_BASIC_CONSTRAINTS => (&mut found.basic_constraints, true),
            ID_CE_KEY_USAGE => (&mut found.key_usage, true),
            // Critical where the subject is empty (RFC 5280, section 4.2.1.6).
            ID_CE_SUBJECT_ALT_NAME => (&mut found.alternative_name, kind == CertificateKind::Device),
            ROLE_EXTENSION => (&mut found.role, false),
            ID_CE_EXT_KEY_USAGE => return Err(CertificateError::ExtendedKeyUsage(kind)),
            _ if extension.critical => return Err(CertificateError::UnexpectedCriticalExtension(kind)),
            _ => return Err(CertificateError::UnexpectedExtension(kind)),
        };
        if extension.critical != is_critical {
            return Err(CertificateError::Criticality(kind));
        }
        if place.replace(extension.extn_value.as_bytes().to_vec()).is_some() {
            return Err(CertificateError::DuplicateExtension(kind));
        }
    }
    Ok(found)
}
