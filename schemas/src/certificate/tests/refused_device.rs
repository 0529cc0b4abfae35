//! Leaves that are well signed by their owner and still refused.

use alloc::format;
use alloc::vec;

use x509_cert::certificate::TbsCertificate;
use x509_cert::der::Encode;
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME,
};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::pkix::name::GeneralName;

use super::forge::{STRANGE, account_uri, add, extension, forge, remove, rename, replace, role, uri};
use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::Device;
use crate::certificate::ROLE_EXTENSION;
use crate::certificate::name::{alternative_name, common_name};

fn constraints(ca: bool) -> Vec<u8> {
    let path_len_constraint = None;
    BasicConstraints { ca, path_len_constraint }.to_der().unwrap()
}

fn edited(edit: impl FnOnce(&mut TbsCertificate)) -> Vec<u8> {
    let cast = cast(&professional());
    forge(&cast.leaf, &cast.account_key, edit)
}

fn assert_leaves_refused(table: Vec<Bad>) {
    let cast = cast(&professional());
    assert_refused(table, |leaf| cast.verify_leaf(leaf));
}

#[test]
fn forging_without_a_change_makes_a_good_leaf() {
    assert!(cast(&professional()).verify_leaf(edited(|_| ())).is_ok());
}

#[test]
fn a_leaf_that_could_issue_or_carries_a_role_is_refused() {
    let with = |id, critical, value: &[u8]| edited(|tbs| add(tbs, extension(id, critical, value)));
    assert_leaves_refused(vec![
        ("role", with(ROLE_EXTENSION, false, &role(&["patient"])), E::RoleOnDevice),
        ("authority", with(ID_CE_BASIC_CONSTRAINTS, true, &constraints(true)), E::DeviceIsAuthority),
        ("unreadable constraints", with(ID_CE_BASIC_CONSTRAINTS, true, b"x"), E::DeviceIsAuthority),
        (
            "constraints of no authority",
            with(ID_CE_BASIC_CONSTRAINTS, true, &constraints(false)),
            E::UnexpectedCriticalExtension(Device),
        ),
    ]);
}

#[test]
fn a_leaf_with_another_key_usage_is_refused() {
    let usage = |value: &[u8]| edited(|tbs| replace(tbs, ID_CE_KEY_USAGE, value));
    let missing = edited(|tbs| {
        remove(tbs, ID_CE_KEY_USAGE);
    });
    assert_leaves_refused(vec![
        ("missing", missing, E::KeyUsage(Device)),
        ("keyCertSign", usage(&[3, 2, 2, 0x04]), E::KeyUsage(Device)),
        ("both", usage(&[3, 2, 2, 0x84]), E::KeyUsage(Device)),
        ("none", usage(&[3, 1, 0]), E::KeyUsage(Device)),
        ("trailing zero bits", usage(&[3, 2, 0, 0x80]), E::KeyUsage(Device)),
    ]);
}

#[test]
fn a_leaf_with_another_set_of_extensions_is_refused() {
    let with = |id, critical| edited(|tbs| add(tbs, extension(id, critical, &[0x30, 0])));
    let doubled = edited(|tbs| {
        let name = remove(tbs, ID_CE_SUBJECT_ALT_NAME);
        add(tbs, name.clone());
        add(tbs, name);
    });
    let bare = edited(|tbs| tbs.extensions = None);
    let not_critical = edited(|tbs| {
        let mut name = remove(tbs, ID_CE_SUBJECT_ALT_NAME);
        name.critical = false;
        add(tbs, name);
    });
    assert_leaves_refused(vec![
        ("extended key usage", with(ID_CE_EXT_KEY_USAGE, false), E::ExtendedKeyUsage(Device)),
        ("critical extended key usage", with(ID_CE_EXT_KEY_USAGE, true), E::ExtendedKeyUsage(Device)),
        ("unknown", with(STRANGE, false), E::UnexpectedExtension(Device)),
        ("unknown and critical", with(STRANGE, true), E::UnexpectedCriticalExtension(Device)),
        ("doubled", doubled, E::DuplicateExtension(Device)),
        ("none", bare, E::KeyUsage(Device)),
        ("not critical", not_critical, E::Criticality(Device)),
    ]);
}

#[test]
fn a_leaf_that_does_not_name_exactly_its_account_is_refused() {
    let named = |names| edited(|tbs| rename(tbs, names));
    let missing = edited(|tbs| {
        remove(tbs, ID_CE_SUBJECT_ALT_NAME);
    });
    let host = GeneralName::DnsName(Ia5String::new("colloque.example").unwrap());
    let upper = format!("urn:colloque:account:{}", "A1".repeat(16));
    // As the good value, but its only name is marked as constructed.
    let mut marked = alternative_name(ACCOUNT).unwrap();
    marked[2] |= 0x20;
    let constructed = edited(|tbs| replace(tbs, ID_CE_SUBJECT_ALT_NAME, &marked));
    let titled = edited(|tbs| tbs.subject = common_name("laptop").unwrap());
    assert_leaves_refused(vec![
        ("missing", missing, E::AccountMissing(Device)),
        ("no name", named(vec![]), E::AlternativeName(Device)),
        ("twice", named(vec![account_uri(ACCOUNT), account_uri(ACCOUNT)]), E::AlternativeName(Device)),
        ("another kind", named(vec![host.clone()]), E::AlternativeName(Device)),
        ("another kind too", named(vec![account_uri(ACCOUNT), host]), E::AlternativeName(Device)),
        ("another scheme", named(vec![uri("https://colloque.example")]), E::AlternativeName(Device)),
        ("another encoding", constructed, E::AlternativeName(Device)),
        ("upper case", named(vec![uri(&upper)]), E::AlternativeName(Device)),
        ("too short", named(vec![uri("urn:colloque:account:a1")]), E::AlternativeName(Device)),
        ("another account", named(vec![account_uri(OTHER_ACCOUNT)]), E::AccountMismatch),
        ("subject", titled, E::SubjectName(Device)),
    ]);
}
