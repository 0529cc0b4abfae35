//! What good chains say, and how they travel.

use alloc::format;
use alloc::vec;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use x509_cert::certificate::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::time::Time;

use super::*;
use crate::certificate::verify_account;
use crate::role::{Actor, Role};

#[test]
fn a_professionals_chain_says_who_and_what_the_device_belongs_to() {
    let cast = cast(&professional());
    let credential = cast.chain().verify(&cast.anchor, NOW).unwrap();
    let role = Role::Professional;
    assert_eq!(credential.actor(), Actor { account: ACCOUNT, role });
    assert_eq!(credential.holder(), &professional());
    assert_eq!(credential.account_key().as_bytes(), cast.account_key.verifying_key().as_bytes());
    assert_eq!(credential.device_key().as_bytes(), cast.device_key.verifying_key().as_bytes());
    assert_eq!(credential.leaf_expires_at(), days(LEAF_DAYS).not_after);
    assert_eq!(credential.account_expires_at(), days(ACCOUNT_DAYS).not_after);
}

#[test]
fn a_patients_chain_says_nothing_but_the_account() {
    let cast = cast(&Holder::Patient);
    let credential = cast.chain().verify(&cast.anchor, NOW).unwrap();
    assert_eq!((credential.account(), credential.role()), (ACCOUNT, Role::Patient));
    assert_eq!(credential.holder(), &Holder::Patient);
}

#[test]
fn a_chain_is_valid_from_its_first_to_its_last_second() {
    let cast = cast(&Holder::Patient);
    for at in [days(LEAF_DAYS).not_before, days(LEAF_DAYS).not_after] {
        assert!(cast.chain().verify(&cast.anchor, at).is_ok());
    }
}

#[test]
fn an_expired_leaf_identifies_a_sitting_member_and_says_that_it_expired() {
    let cast = cast(&professional());
    for at in [days(LEAF_DAYS).not_after.plus(1), days(ACCOUNT_DAYS).not_after.plus(1)] {
        assert!(cast.chain().verify(&cast.anchor, at).is_err());
        let credential = cast.chain().verify_regardless_of_leaf_expiry(&cast.anchor, at).unwrap();
        assert_eq!(credential.actor().role, Role::Professional);
        assert!(credential.is_leaf_expired(at));
    }
    let current = cast.chain().verify_regardless_of_leaf_expiry(&cast.anchor, NOW).unwrap();
    assert!(!current.is_leaf_expired(NOW));
}

#[test]
fn an_account_certificate_verifies_on_its_own() {
    let cast = cast(&professional());
    let account = verify_account(cast.account.as_der(), &cast.anchor, NOW).unwrap();
    assert_eq!((account.account(), account.role()), (ACCOUNT, Role::Professional));
    assert_eq!(account.holder(), &professional());
    assert_eq!(account.expires_at(), days(ACCOUNT_DAYS).not_after);
}

#[test]
fn an_anchor_is_known_by_the_hash_of_its_public_key_info() {
    let cast = cast(&Holder::Patient);
    let certificate = Certificate::from_der(cast.anchor.as_der()).unwrap();
    let public_key_info = certificate.tbs_certificate.subject_public_key_info.to_der().unwrap();
    assert_eq!(cast.anchor.hash().as_bytes(), &<[u8; 32]>::from(Sha256::digest(public_key_info)));
    assert_eq!(cast.anchor.expires_at(), days(TENANT_DAYS).not_after);
}

#[test]
fn dates_change_their_form_after_2049() {
    const LAST_OF_2049: u64 = 2_524_607_999;
    let until =
        |seconds| Validity { not_before: UnixSeconds(LAST_OF_2049 - 9), not_after: UnixSeconds(seconds) };
    let end = |validity| {
        let der = issue::tenant("T", &key(1), [0; 16], validity).unwrap();
        Certificate::from_der(&der).unwrap().tbs_certificate.validity.not_after
    };
    assert!(matches!(end(until(LAST_OF_2049)), Time::UtcTime(_)));
    assert!(matches!(end(until(LAST_OF_2049 + 1)), Time::GeneralTime(_)));
}

#[test]
fn the_bytes_of_issued_certificates_are_fixed() {
    let cast = cast(&professional());
    let hash = |der: &[u8]| HEXLOWER.encode(&Sha256::digest(der));
    assert_eq!(
        hash(cast.anchor.as_der()),
        "90f6aede6b260ecf50ef4ece01f18e8b9090b47eed887958b25e071f301ff17b"
    );
    assert_eq!(
        hash(cast.account.as_der()),
        "f1e7e782408ec0976380d36c5cc5051ad3450fb9052f9ee8bcbe88c032299dd6"
    );
    assert_eq!(hash(&cast.leaf), "bf66c2404fef38b8b992f26e798e0fc72533ace0aac459c2e6d23b5c4ab41699");
}

#[test]
fn any_serial_number_is_made_positive() {
    for byte in [0x00, 0x7f, 0x80, 0xff] {
        assert!(issue::tenant("T", &key(1), [byte; 16], days(1)).is_ok(), "{byte:x}");
    }
}

#[test]
fn debug_of_what_was_verified_shows_the_role_alone() {
    let cast = cast(&professional());
    let credential = cast.chain().verify(&cast.anchor, NOW).unwrap();
    let text = format!("{:?} {:?} {credential:?} {:?}", cast.anchor, cast.account, cast.chain());
    let expected = "TrustAnchor(..) AccountCertificate(professional, ..) Credential(professional, ..) UnverifiedChain(..)";
    assert_eq!(text, expected);
}

#[test]
fn a_chain_travels_as_an_array_of_two_byte_strings() {
    let chain = UnverifiedChain::new(vec![1, 2], vec![3]);
    let bytes = minicbor::to_vec(&chain).unwrap();
    assert_eq!(bytes, [0x82, 0x42, 1, 2, 0x41, 3]);
    assert_eq!(minicbor::decode::<UnverifiedChain>(&bytes).unwrap(), chain);
}

#[test]
fn other_encodings_of_a_chain_are_refused() {
    let oversize = minicbor::to_vec(UnverifiedChain::new(vec![0; 2049], vec![])).unwrap();
    let bad: [&[u8]; 5] = [
        &[0x81, 0x41, 1],
        &[0x83, 0x41, 1, 0x41, 2, 0x41, 3],
        &[0x9f, 0x41, 1, 0x41, 2, 0xff],
        &[0x82, 0x61, b'a', 0x41, 2],
        &oversize,
    ];
    for bytes in bad {
        assert!(minicbor::decode::<UnverifiedChain>(bytes).is_err(), "{bytes:x?}");
    }
}
