//! What every kind of certificate has in common: form, version, serial number, algorithms, dates.

use alloc::vec;

use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::der::asn1::{Any, BitString, GeneralizedTime, Null, ObjectIdentifier};
use x509_cert::der::{Decode, Encode};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use super::forge::{STRANGE, add, extension, forge, forge_loosely, rewrap};
use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::{self, Account, Device};
use crate::certificate::{MAX_ACCOUNT_VALIDITY_DAYS, MAX_CERTIFICATE_BYTES, MAX_DEVICE_VALIDITY_DAYS};

/// Runs one table over a leaf and over an account certificate.
fn assert_both_refused(
    table: impl Fn(CertificateKind, &dyn Fn(&dyn Fn(&mut TbsCertificate)) -> Vec<u8>, &[u8]) -> Vec<Bad>,
) {
    let cast = cast(&professional());
    let leaf = |edit: &dyn Fn(&mut TbsCertificate)| forge(&cast.leaf, &cast.account_key, edit);
    assert_refused(table(Device, &leaf, &cast.leaf), |der| cast.verify_leaf(der));
    let good = cast.account.as_der();
    let account = |edit: &dyn Fn(&mut TbsCertificate)| forge(good, &cast.tenant_key, edit);
    assert_refused(table(Account, &account, good), |der| cast.verify_account(der));
}

fn algorithm(oid: &str, parameters: Option<Any>) -> AlgorithmIdentifierOwned {
    let oid = ObjectIdentifier::new(oid).unwrap();
    AlgorithmIdentifierOwned { oid, parameters }
}

#[test]
fn bytes_that_are_not_one_certificate_are_refused() {
    assert_both_refused(|kind, edited, good| {
        let longer = [good, &[0]].concat();
        let cut = good[..good.len() - 1].to_vec();
        let long = edited(&|tbs| add(tbs, extension(STRANGE, false, &[0; MAX_CERTIFICATE_BYTES])));
        vec![
            ("trailing byte", longer, E::TrailingBytes(kind)),
            ("twice", [good, good].concat(), E::TrailingBytes(kind)),
            ("cut", cut, E::Malformed(kind)),
            ("empty", vec![], E::Malformed(kind)),
            ("text", b"-----BEGIN CERTIFICATE-----".to_vec(), E::Malformed(kind)),
            ("oversize", long, E::Oversize(kind)),
        ]
    });
}

#[test]
fn a_certificate_with_another_header_is_refused() {
    assert_both_refused(|kind, edited, _| {
        let serial =
            |der: &'static [u8]| edited(&|tbs| tbs.serial_number = SerialNumber::from_der(der).unwrap());
        let version = |version| edited(&|tbs| tbs.version = version);
        let unique = edited(&|tbs| tbs.subject_unique_id = Some(BitString::from_bytes(&[1]).unwrap()));
        vec![
            ("version 1", version(Version::V1), E::Version(kind)),
            ("version 2", version(Version::V2), E::Version(kind)),
            ("negative serial", serial(&[2, 1, 0xff]), E::SerialNumber(kind)),
            ("zero serial", serial(&[2, 1, 0]), E::SerialNumber(kind)),
            (
                "serial of 21 bytes",
                serial(&[2, 21, 0, 255, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]),
                E::SerialNumber(kind),
            ),
            ("unique identifier", unique, E::UniqueIdentifier(kind)),
        ]
    });
}

#[test]
fn a_certificate_with_another_algorithm_or_key_is_refused() {
    const ED448: &str = "1.3.101.113";
    const ED25519: &str = "1.3.101.112";
    assert_both_refused(|kind, edited, good| {
        let null = || Some(Any::from_der(&Null.to_der().unwrap()).unwrap());
        let key = |bytes: &[u8]| {
            let bits = BitString::from_bytes(bytes).unwrap();
            edited(&|tbs| tbs.subject_public_key_info.subject_public_key = bits.clone())
        };
        let mut identity = [0; 32];
        identity[0] = 1;
        let inner =
            |parameters: Option<Any>| edited(&|tbs| tbs.signature = algorithm(ED25519, parameters.clone()));
        let outer = rewrap(good, |certificate| certificate.signature_algorithm = algorithm(ED448, None));
        let short =
            rewrap(good, |certificate| certificate.signature = BitString::from_bytes(&[0; 63]).unwrap());
        vec![
            ("outer algorithm", outer, E::Algorithm(kind)),
            ("inner algorithm", edited(&|tbs| tbs.signature = algorithm(ED448, None)), E::Algorithm(kind)),
            ("parameters", inner(null()), E::Algorithm(kind)),
            (
                "key algorithm",
                edited(&|tbs| tbs.subject_public_key_info.algorithm = algorithm("1.3.101.110", None)),
                E::Algorithm(kind),
            ),
            ("key of small order", key(&identity), E::PublicKey(kind)),
            ("key off the curve", key(&[2; 32]), E::PublicKey(kind)),
            ("key of 31 bytes", key(&[3; 31]), E::PublicKey(kind)),
            ("signature of 63 bytes", short, E::Signature(kind)),
        ]
    });
}

#[test]
fn a_certificate_with_impossible_dates_is_refused() {
    assert_both_refused(|kind, edited, _| {
        let until = |validity: Validity| {
            let span = |seconds| core::time::Duration::from_secs(seconds);
            let utc =
                |at: UnixSeconds| x509_cert::der::asn1::UtcTime::from_unix_duration(span(at.0)).unwrap();
            edited(&|tbs| {
                tbs.validity.not_before = Time::UtcTime(utc(validity.not_before));
                tbs.validity.not_after = Time::UtcTime(utc(validity.not_after));
            })
        };
        let max_days = match kind {
            Device => MAX_DEVICE_VALIDITY_DAYS,
            _ => MAX_ACCOUNT_VALIDITY_DAYS,
        };
        let longest = days(max_days);
        let too_long = Validity { not_after: longest.not_after.plus(1), ..longest };
        let reversed = Validity { not_before: START, not_after: START.minus(1) };
        let general = edited(&|tbs| {
            let instant = tbs.validity.not_after.to_unix_duration();
            tbs.validity.not_after = Time::GeneralTime(GeneralizedTime::from_unix_duration(instant).unwrap());
        });
        vec![
            ("too long", until(too_long), E::ValidityTooLong(kind)),
            ("reversed", until(reversed), E::ValidityOrder(kind)),
            ("the time type of after 2049", general, E::NotCanonical(kind)),
        ]
    });
}

#[test]
fn a_default_that_is_written_out_is_refused() {
    let cast = cast(&professional());
    let account = forge_loosely(cast.account.as_der(), &cast.tenant_key, |fields| {
        let wrapped = fields.pop().unwrap();
        let mut extensions = Vec::<Vec<Any>>::from_der(wrapped.value()).unwrap();
        let role = extensions.last_mut().unwrap();
        role.insert(1, Any::from_der(&false.to_der().unwrap()).unwrap());
        use x509_cert::der::Tagged;
        fields.push(Any::new(wrapped.tag(), extensions.to_der().unwrap()).unwrap());
    });
    assert_eq!(cast.verify_account(account).err(), Some(E::NotCanonical(Account)));
}
