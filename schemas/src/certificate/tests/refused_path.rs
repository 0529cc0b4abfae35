//! Good certificates that do not belong together, or not at this instant, and signatures by the wrong key.

use alloc::vec;

use x509_cert::der::asn1::BitString;

use super::forge::{account_uri, certify, forge, rename, rewrap};
use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::{Account, Device};
use crate::certificate::name::{account_name, common_name};

#[test]
fn a_chain_is_refused_before_its_start_and_after_its_end() {
    let cast = cast(&professional());
    let verify = |at| cast.chain().verify(&cast.anchor, at).err();
    assert_eq!(verify(START.minus(1)), Some(E::NotYetValid(Device)));
    assert_eq!(verify(days(LEAF_DAYS).not_after.plus(1)), Some(E::Expired(Device)));
    assert_eq!(verify(UnixSeconds(0)), Some(E::NotYetValid(Device)));
    assert_eq!(verify(UnixSeconds(u64::MAX)), Some(E::Expired(Device)));
    let alone = |at| AccountCertificate::verify(cast.account.as_der(), &cast.anchor, at).err();
    assert_eq!(alone(START.minus(1)), Some(E::NotYetValid(Account)));
    assert_eq!(alone(days(ACCOUNT_DAYS).not_after.plus(1)), Some(E::Expired(Account)));
}

#[test]
fn a_leaf_inside_an_account_certificate_of_other_dates_is_refused() {
    let cast = cast(&professional());
    let dated = |from: u64, until: u64| {
        let key = AccountKey::new(cast.account_key.verifying_key().to_bytes());
        let holder = professional();
        let subject = AccountSubject { account: ACCOUNT, account_key: key, holder: &holder };
        let not_before = START.plus(from * SECONDS_PER_DAY);
        let validity = Validity { not_before, not_after: START.plus(until * SECONDS_PER_DAY) };
        let account = issue::account(&cast.anchor, &cast.tenant_key, subject, [4; 16], validity).unwrap();
        UnverifiedChain::new(cast.leaf.clone(), account)
    };
    let verify = |chain: UnverifiedChain| chain.verify(&cast.anchor, NOW).err();
    assert_eq!(verify(dated(0, 9)), Some(E::Expired(Account)));
    assert_eq!(verify(dated(11, 60)), Some(E::NotYetValid(Account)));
    assert_eq!(verify(dated(0, LEAF_DAYS - 1)), Some(E::OutlivesIssuer(Device)));
    let lenient = dated(0, 9).verify_regardless_of_leaf_expiry(&cast.anchor, NOW);
    assert_eq!(lenient.err(), Some(E::Expired(Account)));
}

#[test]
fn leniency_about_expiry_is_about_nothing_else() {
    let cast = cast(&professional());
    let late = days(LEAF_DAYS).not_after.plus(1);
    let verify = |leaf| {
        let chain = UnverifiedChain::new(leaf, cast.account.as_der().to_vec());
        chain.verify_regardless_of_leaf_expiry(&cast.anchor, late).err()
    };
    assert_eq!(verify(cast.leaf.clone()), None);
    assert_eq!(verify(forge(&cast.leaf, &key(9), |_| ())), Some(E::Signature(Device)));
    let early = cast.chain().verify_regardless_of_leaf_expiry(&cast.anchor, START.minus(1));
    assert_eq!(early.err(), Some(E::NotYetValid(Device)));
}

#[test]
fn another_tenant_is_not_the_issuer() {
    let cast = cast(&professional());
    let verify = |anchor: &TrustAnchor| {
        let alone = AccountCertificate::verify(cast.account.as_der(), anchor, NOW).err();
        assert_eq!(alone, cast.chain().verify(anchor, NOW).err());
        alone
    };
    assert_eq!(verify(&anchor("Clinique", &cast.tenant_key)), Some(E::WrongIssuer(Account)));
    assert_eq!(verify(&anchor("Hôpital Saint-Côme", &key(9))), Some(E::Signature(Account)));
    let short =
        issue::tenant("Hôpital Saint-Côme", &cast.tenant_key, [1; 16], days(ACCOUNT_DAYS - 1)).unwrap();
    assert_eq!(verify(&TrustAnchor::from_der(&short).unwrap()), Some(E::OutlivesIssuer(Account)));
}

#[test]
fn a_leaf_that_its_account_did_not_sign_is_refused() {
    let cast = cast(&professional());
    let by = |signer: &SigningKey| forge(&cast.leaf, signer, |_| ());
    let renamed = |signer, name| forge(&cast.leaf, signer, |tbs| tbs.issuer = name);
    let garbled =
        rewrap(&cast.leaf, |certificate| certificate.signature = BitString::from_bytes(&[7; 64]).unwrap());
    let tenant_name = || common_name("Hôpital Saint-Côme").unwrap();
    let reused = forge(&cast.leaf, &cast.account_key, |tbs| {
        let key = BitString::from_bytes(cast.account_key.verifying_key().as_bytes()).unwrap();
        tbs.subject_public_key_info.subject_public_key = key;
    });
    let table = vec![
        ("by itself", by(&cast.device_key), E::Signature(Device)),
        ("by the tenant", by(&cast.tenant_key), E::Signature(Device)),
        ("by a stranger", by(&key(9)), E::Signature(Device)),
        ("garbled", garbled, E::Signature(Device)),
        (
            "another issuer",
            renamed(&cast.account_key, account_name(OTHER_ACCOUNT).unwrap()),
            E::WrongIssuer(Device),
        ),
        // A valid path that leaves out the account certificate.
        ("issued by the tenant", renamed(&cast.tenant_key, tenant_name()), E::WrongIssuer(Device)),
        ("with the account's key", reused, E::KeyReused(Device)),
    ];
    assert_refused(table, |leaf| cast.verify_leaf(leaf));
}

#[test]
fn an_account_certificate_that_the_authority_did_not_sign_is_refused() {
    let cast = cast(&Holder::Patient);
    let promoted = ["professional", "Dr Moi", "Médecin", "10101234564"];
    let by = |signer: &SigningKey| forge(cast.account.as_der(), signer, |tbs| certify(tbs, &promoted));
    let unsigned = rewrap(cast.account.as_der(), |certificate| {
        certify(&mut certificate.tbs_certificate, &promoted);
    });
    let elsewhere = forge(cast.account.as_der(), &cast.tenant_key, |tbs| {
        tbs.issuer = account_name(OTHER_ACCOUNT).unwrap();
    });
    let own = forge(cast.account.as_der(), &cast.account_key, |tbs| tbs.issuer = tbs.subject.clone());
    let table = vec![
        ("role swapped, by the account itself", by(&cast.account_key), E::Signature(Account)),
        ("role swapped, by a stranger", by(&key(9)), E::Signature(Account)),
        ("role swapped, signature kept", unsigned, E::Signature(Account)),
        ("another issuer", elsewhere, E::WrongIssuer(Account)),
        ("self-signed", own, E::WrongIssuer(Account)),
    ];
    assert_refused(table, |account| cast.verify_account(account));
}

#[test]
fn an_account_certificate_with_the_tenants_key_is_refused() {
    let cast = cast(&Holder::Patient);
    let reused = forge(cast.account.as_der(), &cast.tenant_key, |tbs| {
        let key = BitString::from_bytes(cast.tenant_key.verifying_key().as_bytes()).unwrap();
        tbs.subject_public_key_info.subject_public_key = key;
    });
    let alone = AccountCertificate::verify(&reused, &cast.anchor, NOW);
    assert_eq!(alone.err(), Some(E::KeyReused(Account)));
    let leaf = forge(&cast.leaf, &cast.tenant_key, |_| ());
    let chain = UnverifiedChain::new(leaf, reused).verify(&cast.anchor, NOW);
    assert_eq!(chain.err(), Some(E::KeyReused(Account)));
}

#[test]
fn a_leaf_cannot_be_moved_to_another_account() {
    let cast = cast(&Holder::Patient);
    let doctor = account(&cast.anchor, &cast.tenant_key, OTHER_ACCOUNT, &key(8), &professional());
    let borrowed =
        |leaf| UnverifiedChain::new(leaf, doctor.as_der().to_vec()).verify(&cast.anchor, NOW).err();
    assert_eq!(borrowed(cast.leaf.clone()), Some(E::WrongIssuer(Device)));
    let renamed = forge(&cast.leaf, &cast.account_key, |tbs| {
        tbs.issuer = account_name(OTHER_ACCOUNT).unwrap();
        rename(tbs, vec![account_uri(OTHER_ACCOUNT)]);
    });
    assert_eq!(borrowed(renamed), Some(E::Signature(Device)));
}
