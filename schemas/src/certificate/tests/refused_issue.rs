//! What receivers would refuse is not issued.

use super::*;
use crate::certificate::CertificateError as E;
use crate::certificate::CertificateKind::{Account, Device, Tenant};
use crate::certificate::issue::IssueError;
use crate::certificate::{MAX_ACCOUNT_VALIDITY_DAYS, MAX_DEVICE_VALIDITY_DAYS, MAX_TENANT_VALIDITY_DAYS};

fn device(cast: &Cast, signer: &SigningKey, key: &SigningKey, validity: Validity) -> Option<IssueError> {
    let device_key = DeviceKey::new(key.verifying_key().to_bytes());
    issue::device(&cast.account, signer, device_key, [5; 16], validity).err()
}

fn patient(cast: &Cast, signer: &SigningKey, key: &SigningKey, validity: Validity) -> Option<IssueError> {
    let account_key = AccountKey::new(key.verifying_key().to_bytes());
    let subject = AccountSubject { account: ACCOUNT, account_key, holder: &Holder::Patient };
    issue::account(&cast.anchor, signer, subject, [5; 16], validity).err()
}

#[test]
fn only_the_issuers_own_key_signs() {
    let cast = cast(&Holder::Patient);
    assert_eq!(device(&cast, &key(9), &key(3), days(1)), Some(IssueError::WrongSigningKey));
    assert_eq!(patient(&cast, &key(9), &key(2), days(1)), Some(IssueError::WrongSigningKey));
}

#[test]
fn no_certificate_is_issued_for_too_long() {
    let cast = cast(&Holder::Patient);
    let (leaf, account) = (days(MAX_DEVICE_VALIDITY_DAYS), days(MAX_ACCOUNT_VALIDITY_DAYS));
    let longer = |validity: Validity| Validity { not_after: validity.not_after.plus(1), ..validity };
    assert_eq!(device(&cast, &cast.account_key, &key(3), leaf), None);
    assert_eq!(
        device(&cast, &cast.account_key, &key(3), longer(leaf)),
        Some(E::ValidityTooLong(Device).into())
    );
    assert_eq!(patient(&cast, &cast.tenant_key, &key(2), account), None);
    assert_eq!(
        patient(&cast, &cast.tenant_key, &key(2), longer(account)),
        Some(E::ValidityTooLong(Account).into())
    );
    let tenant = longer(days(MAX_TENANT_VALIDITY_DAYS));
    let refused = issue::tenant("T", &key(1), [0; 16], tenant).err();
    assert_eq!(refused, Some(E::ValidityTooLong(Tenant).into()));
}

#[test]
fn no_certificate_is_issued_beyond_its_issuers_end() {
    let cast = cast(&Holder::Patient);
    let end = |days_count| days(days_count).not_after;
    let past_account = Validity { not_before: end(ACCOUNT_DAYS - 1), not_after: end(ACCOUNT_DAYS + 1) };
    let past_tenant = Validity { not_before: end(TENANT_DAYS - 1), not_after: end(TENANT_DAYS + 1) };
    let leaf = device(&cast, &cast.account_key, &key(3), past_account);
    assert_eq!(leaf, Some(E::OutlivesIssuer(Device).into()));
    let account = patient(&cast, &cast.tenant_key, &key(2), past_tenant);
    assert_eq!(account, Some(E::OutlivesIssuer(Account).into()));
}

#[test]
fn one_key_does_not_serve_two_certificates_of_a_chain() {
    let cast = cast(&Holder::Patient);
    let leaf = device(&cast, &cast.account_key, &cast.account_key, days(1));
    assert_eq!(leaf, Some(E::KeyReused(Device).into()));
    let account = patient(&cast, &cast.tenant_key, &cast.tenant_key, days(1));
    assert_eq!(account, Some(E::KeyReused(Account).into()));
}

#[test]
fn dates_and_names_that_cannot_be_written_are_refused() {
    let eternal = Validity { not_before: START, not_after: UnixSeconds(u64::MAX) };
    assert_eq!(issue::tenant("T", &key(1), [0; 16], eternal).err(), Some(IssueError::Encoding));
    let unnamed = issue::tenant("", &key(1), [0; 16], days(1)).err();
    assert_eq!(unnamed, Some(E::SubjectName(Tenant).into()));
}
