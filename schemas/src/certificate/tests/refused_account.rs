//! Account certificates that are well signed by the authority and still refused.

use alloc::vec;

use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME,
};
use x509_cert::ext::pkix::name::GeneralName;

use super::forge::{
    STRANGE, account_uri, add, certify, constrain, extension, forge, remove, rename, replace, role,
};
use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::Account;
use crate::certificate::name::common_name;
use crate::certificate::{IdentityError, NotAnRpps, ROLE_EXTENSION};

const RPPS: &str = "10101234564";

fn edited(edit: impl FnOnce(&mut TbsCertificate)) -> Vec<u8> {
    let cast = cast(&professional());
    forge(cast.account.as_der(), &cast.tenant_key, edit)
}

fn assert_accounts_refused(table: Vec<Bad>) {
    let cast = cast(&professional());
    assert_refused(table, |account| cast.verify_account(account));
}

#[test]
fn forging_without_a_change_makes_a_good_account_certificate() {
    assert!(cast(&professional()).verify_account(edited(|_| ())).is_ok());
}

#[test]
fn an_account_certificate_with_another_role_extension_is_refused() {
    let texts = |texts: &[&str]| edited(|tbs| certify(tbs, texts));
    let missing = edited(|tbs| {
        remove(tbs, ROLE_EXTENSION);
    });
    let two = edited(|tbs| add(tbs, extension(ROLE_EXTENSION, false, &role(&["patient"]))));
    let critical = edited(|tbs| {
        let mut role = remove(tbs, ROLE_EXTENSION);
        role.critical = true;
        add(tbs, role);
    });
    assert_accounts_refused(vec![
        ("missing", missing, E::RoleMissing),
        ("two extensions", two, E::DuplicateExtension(Account)),
        ("critical", critical, E::Criticality(Account)),
        ("two roles", texts(&["patient", "professional"]), E::IdentityOnPatient),
        ("two roles the other way round", texts(&["professional", "patient"]), E::IdentityMissing),
        ("unknown word", texts(&["administrator"]), E::RoleUnknown),
        ("another case", texts(&["Patient"]), E::RoleUnknown),
        ("empty word", texts(&[""]), E::RoleUnknown),
        ("no word", texts(&[]), E::RoleMalformed),
        ("not a sequence", edited(|tbs| replace(tbs, ROLE_EXTENSION, b"\x0c\x07patient")), E::RoleMalformed),
        ("patient with a name", texts(&["patient", "Jeanne"]), E::IdentityOnPatient),
        ("professional without identity", texts(&["professional"]), E::IdentityMissing),
        ("a text too many", texts(&["professional", "Dr", "Médecin", RPPS, ""]), E::IdentityMissing),
    ]);
}

#[test]
fn a_professional_with_a_bad_identity_is_refused() {
    let identity = |name: &str, profession: &str, rpps: &str| {
        edited(|tbs| certify(tbs, &["professional", name, profession, rpps]))
    };
    let (name, profession) = (E::Identity(IdentityError::Name), E::Identity(IdentityError::Profession));
    let rpps = |error| E::Identity(IdentityError::Rpps(error));
    let long = "a".repeat(101);
    assert_accounts_refused(vec![
        ("wrong key", identity("Dr", "Médecin", "10101234565"), rpps(NotAnRpps::Key)),
        ("ten digits", identity("Dr", "Médecin", "1010123456"), rpps(NotAnRpps::Shape)),
        ("letters", identity("Dr", "Médecin", "1010123456A"), rpps(NotAnRpps::Shape)),
        ("control character", identity("Dr\u{7}", "Médecin", RPPS), name),
        ("reordering", identity("Dr \u{202e}adA", "Médecin", RPPS), name),
        ("empty name", identity("", "Médecin", RPPS), name),
        ("long name", identity(&long, "Médecin", RPPS), name),
        ("line break", identity("Dr", "Méde\ncin", RPPS), profession),
        ("long profession", identity("Dr", &long, RPPS), profession),
    ]);
}

#[test]
fn an_account_certificate_with_other_constraints_is_refused() {
    let constrained = |ca, length| edited(|tbs| constrain(tbs, ca, length));
    let missing = edited(|tbs| {
        remove(tbs, ID_CE_BASIC_CONSTRAINTS);
    });
    let no_usage = edited(|tbs| {
        remove(tbs, ID_CE_KEY_USAGE);
    });
    let usage = |value: &[u8]| edited(|tbs| replace(tbs, ID_CE_KEY_USAGE, value));
    assert_accounts_refused(vec![
        ("missing", missing, E::NotAnAuthority(Account)),
        ("not an authority", constrained(false, None), E::NotAnAuthority(Account)),
        ("no path length", constrained(true, None), E::PathLength(Account)),
        ("path length 1", constrained(true, Some(1)), E::PathLength(Account)),
        ("no key usage", no_usage, E::KeyUsage(Account)),
        ("digitalSignature", usage(&[3, 2, 7, 0x80]), E::KeyUsage(Account)),
        ("cRLSign too", usage(&[3, 2, 1, 0x06]), E::KeyUsage(Account)),
    ]);
}

#[test]
fn an_account_certificate_with_other_names_or_extensions_is_refused() {
    let named = |names| edited(|tbs| rename(tbs, names));
    let with = |id, critical| edited(|tbs| add(tbs, extension(id, critical, &[0x30, 0])));
    let missing = edited(|tbs| {
        remove(tbs, ID_CE_SUBJECT_ALT_NAME);
    });
    let mail = GeneralName::Rfc822Name(Ia5String::new("a@b.example").unwrap());
    let titled = edited(|tbs| tbs.subject = common_name("Dr Ada").unwrap());
    assert_accounts_refused(vec![
        ("missing", missing, E::AccountMissing(Account)),
        ("twice", named(vec![account_uri(ACCOUNT), account_uri(ACCOUNT)]), E::AlternativeName(Account)),
        ("another kind", named(vec![mail]), E::AlternativeName(Account)),
        ("another account", named(vec![account_uri(OTHER_ACCOUNT)]), E::SubjectName(Account)),
        ("another subject", titled, E::SubjectName(Account)),
        ("extended key usage", with(ID_CE_EXT_KEY_USAGE, false), E::ExtendedKeyUsage(Account)),
        ("unknown", with(STRANGE, false), E::UnexpectedExtension(Account)),
        ("unknown and critical", with(STRANGE, true), E::UnexpectedCriticalExtension(Account)),
    ]);
}
