//! Tenant certificates that must not become a trust anchor.

use alloc::vec;

use x509_cert::certificate::TbsCertificate;
use x509_cert::der::oid::db::rfc5280::{ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME};
use x509_cert::name::Name;

use super::forge::{add, constrain, extension, forge, remove, role};
use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::Tenant;
use crate::certificate::ROLE_EXTENSION;
use crate::certificate::name::{alternative_name, common_name};

fn edited(edit: impl FnOnce(&mut TbsCertificate)) -> Vec<u8> {
    let cast = cast(&Holder::Patient);
    forge(cast.anchor.as_der(), &cast.tenant_key, edit)
}

#[test]
fn forging_without_a_change_makes_a_good_tenant_certificate() {
    assert!(TrustAnchor::from_der(&edited(|_| ())).is_ok());
}

#[test]
fn a_tenant_certificate_that_breaks_a_rule_is_no_anchor() {
    let constrained = |ca, length| edited(|tbs| constrain(tbs, ca, length));
    let with = |id, value: &[u8]| edited(|tbs| add(tbs, extension(id, false, value)));
    let no_usage = edited(|tbs| {
        remove(tbs, ID_CE_KEY_USAGE);
    });
    let renamed = |name: Name| {
        edited(|tbs| {
            tbs.issuer = name.clone();
            tbs.subject = name;
        })
    };
    let other_issuer = edited(|tbs| tbs.issuer = common_name("Clinique").unwrap());
    let by_another = forge(cast(&Holder::Patient).anchor.as_der(), &key(9), |_| ());
    let organisation: Name = "O=Clinique".parse().unwrap();
    let named = alternative_name(ACCOUNT).unwrap();
    let table: Vec<Bad> = vec![
        ("not an authority", constrained(false, None), E::NotAnAuthority(Tenant)),
        ("no path length", constrained(true, None), E::PathLength(Tenant)),
        ("path length 0", constrained(true, Some(0)), E::PathLength(Tenant)),
        ("no key usage", no_usage, E::KeyUsage(Tenant)),
        ("role", with(ROLE_EXTENSION, &role(&["patient"])), E::UnexpectedExtension(Tenant)),
        ("account", with(ID_CE_SUBJECT_ALT_NAME, &named), E::UnexpectedExtension(Tenant)),
        ("name constraints", with(ID_CE_NAME_CONSTRAINTS, &[0x30, 0]), E::UnexpectedExtension(Tenant)),
        ("organisation as name", renamed(organisation), E::SubjectName(Tenant)),
        ("no name", renamed(Name::default()), E::SubjectName(Tenant)),
        ("deceptive name", renamed(common_name("A\u{202e}B").unwrap()), E::SubjectName(Tenant)),
        ("long name", renamed(common_name(&"a".repeat(65)).unwrap()), E::SubjectName(Tenant)),
        ("another issuer", other_issuer, E::WrongIssuer(Tenant)),
        ("signed by another key", by_another, E::Signature(Tenant)),
    ];
    for (what, der, reason) in table {
        assert_eq!(TrustAnchor::from_der(&der).err(), Some(reason), "{what}");
    }
}

#[test]
fn an_account_certificate_is_no_anchor() {
    let cast = cast(&Holder::Patient);
    assert!(TrustAnchor::from_der(cast.account.as_der()).is_err());
}
