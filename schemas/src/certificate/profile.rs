//! What each kind of certificate must say, beyond what all have in common. Still nothing is authenticated here.

use x509_cert::der::Decode;
use x509_cert::ext::pkix::BasicConstraints;

use super::error::{CertificateError, CertificateKind};
use super::identity::{Holder, is_plain};
use super::name::{account_name, account_of, text_of};
use super::parse::{Fields, parse};
use super::role_extension;
use crate::id::AccountId;
use crate::time::SECONDS_PER_DAY;

/// Longest life of a tenant certificate.
pub const MAX_TENANT_VALIDITY_DAYS: u64 = 20 * 366;
/// Longest life of an account certificate: three years.
pub const MAX_ACCOUNT_VALIDITY_DAYS: u64 = 3 * 366;
/// Longest life of a device's leaf.
pub const MAX_DEVICE_VALIDITY_DAYS: u64 = 90;
/// Longest tenant name, in bytes of UTF-8 (RFC 5280, appendix A.1: ub-common-name).
pub const MAX_TENANT_NAME_BYTES: usize = 64;

/// Certificates that may follow below the tenant's, not counting the leaf: the account's.
pub(super) const TENANT_PATH_LENGTH: u8 = 1;
/// Below an account certificate only leaves follow.
pub(super) const ACCOUNT_PATH_LENGTH: u8 = 0;

/// KeyUsage of tenant and account: keyCertSign alone, in DER (RFC 5280, section 4.2.1.3).
pub(super) const CERTIFICATE_SIGNING: [u8; 4] = [0x03, 0x02, 0x02, 0x04];
/// KeyUsage of a device: digitalSignature alone, in DER.
pub(super) const DIGITAL_SIGNATURE: [u8; 4] = [0x03, 0x02, 0x07, 0x80];

/// What an account certificate says.
pub(super) struct AccountProfile {
    pub(super) fields: Fields,
    pub(super) account: AccountId,
    pub(super) holder: Holder,
}

/// What a device's leaf says.
pub(super) struct DeviceProfile {
    pub(super) fields: Fields,
    pub(super) account: AccountId,
}

/// Reads a tenant certificate.
pub(super) fn tenant(der: &[u8]) -> Result<Fields, CertificateError> {
    let kind = CertificateKind::Tenant;
    let fields = parse(der, kind)?;
    if fields.extensions.alternative_name.is_some() || fields.extensions.role.is_some() {
        return Err(CertificateError::UnexpectedExtension(kind));
    }
    check_authority(&fields, TENANT_PATH_LENGTH, kind)?;
    check_validity(&fields, MAX_TENANT_VALIDITY_DAYS, kind)?;
    if !text_of(&fields.subject).is_some_and(|name| is_plain(&name, MAX_TENANT_NAME_BYTES)) {
        return Err(CertificateError::SubjectName(kind));
    }
    if fields.issuer != fields.subject {
        return Err(CertificateError::WrongIssuer(kind));
    }
    Ok(fields)
}

/// Reads an account certificate.
pub(super) fn account(der: &[u8]) -> Result<AccountProfile, CertificateError> {
    let kind = CertificateKind::Account;
    let fields = parse(der, kind)?;
    check_authority(&fields, ACCOUNT_PATH_LENGTH, kind)?;
    check_validity(&fields, MAX_ACCOUNT_VALIDITY_DAYS, kind)?;
    let account = account_named_by(&fields, kind)?;
    if !account_name(account).is_ok_and(|name| name == fields.subject) {
        return Err(CertificateError::SubjectName(kind));
    }
    let role = fields.extensions.role.as_deref().ok_or(CertificateError::RoleMissing)?;
    let holder = role_extension::decode(role)?;
    Ok(AccountProfile { fields, account, holder })
}

/// Reads a device's leaf.
pub(super) fn device(der: &[u8]) -> Result<DeviceProfile, CertificateError> {
    let kind = CertificateKind::Device;
    let fields = parse(der, kind)?;
    if fields.extensions.role.is_some() {
        return Err(CertificateError::RoleOnDevice);
    }
    if let Some(value) = &fields.extensions.basic_constraints {
        return Err(match BasicConstraints::from_der(value) {
            Ok(constraints) if !constraints.ca => CertificateError::UnexpectedCriticalExtension(kind),
            _ => CertificateError::DeviceIsAuthority,
        });
    }
    check_key_usage(&fields, &DIGITAL_SIGNATURE, kind)?;
    check_validity(&fields, MAX_DEVICE_VALIDITY_DAYS, kind)?;
    if !fields.subject.0.is_empty() {
        return Err(CertificateError::SubjectName(kind));
    }
    let account = account_named_by(&fields, kind)?;
    Ok(DeviceProfile { fields, account })
}

fn check_authority(fields: &Fields, path_length: u8, kind: CertificateKind) -> Result<(), CertificateError> {
    let value = fields.extensions.basic_constraints.as_deref();
    let constraints = value.and_then(|value| BasicConstraints::from_der(value).ok());
    let Some(BasicConstraints { ca: true, path_len_constraint }) = constraints else {
        return Err(CertificateError::NotAnAuthority(kind));
    };
    if path_len_constraint != Some(path_length) {
        return Err(CertificateError::PathLength(kind));
    }
    check_key_usage(fields, &CERTIFICATE_SIGNING, kind)
}

fn check_key_usage(fields: &Fields, expected: &[u8], kind: CertificateKind) -> Result<(), CertificateError> {
    if fields.extensions.key_usage.as_deref() != Some(expected) {
        return Err(CertificateError::KeyUsage(kind));
    }
    Ok(())
}

/// RFC 5280, section 4.1.2.5 counts both ends in; the longest life is one second longer than the days say.
fn check_validity(fields: &Fields, max_days: u64, kind: CertificateKind) -> Result<(), CertificateError> {
    if fields.not_after > fields.not_before.plus(max_days * SECONDS_PER_DAY) {
        return Err(CertificateError::ValidityTooLong(kind));
    }
    Ok(())
}

fn account_named_by(fields: &Fields, kind: CertificateKind) -> Result<AccountId, CertificateError> {
    let value =
        fields.extensions.alternative_name.as_deref().ok_or(CertificateError::AccountMissing(kind))?;
    account_of(value).ok_or(CertificateError::AlternativeName(kind))
}
