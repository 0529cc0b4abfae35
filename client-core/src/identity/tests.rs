//! What a device may do with its account key, and what a profile must say of it.

use colloque_schemas::certificate::Holder;
use colloque_schemas::certificate::issue::{AccountSubject, Validity};
use colloque_schemas::enrolment::{Code, Endpoint, INVITATION_VERSION};
use colloque_schemas::id::{AccountId, KeyHash};
use tempfile::TempDir;

use super::*;
use crate::cast::new_store;
use crate::store::{Damage, Store, StoreError};

const ENROLLED_AT: UnixSeconds = UnixSeconds(1_800_000_000);
const ACCOUNT_SEED: [u8; 32] = [2; 32];
const DEVICE_SEED: [u8; 32] = [3; 32];

fn day(days: u64) -> UnixSeconds {
    ENROLLED_AT.plus(days * SECONDS_PER_DAY)
}

fn invitation() -> Invitation {
    let endpoint = Endpoint { address: "host:1".to_owned(), key_hash: KeyHash::new([4; 32]) };
    Invitation {
        version: INVITATION_VERSION,
        authority: endpoint.clone(),
        relay: endpoint,
        relay_name: "relay".to_owned(),
        tenant: KeyHash::new([5; 32]),
        code: Code::new([6; 16]),
        account: None,
    }
}

/// A profile that is enrolled, with nothing said yet of its account key.
fn profile() -> (TempDir, Store) {
    let validity = Validity { not_before: ENROLLED_AT, not_after: day(1000) };
    let tenant_key = SigningKey::from_bytes(&[1; 32]);
    let account_key = SigningKey::from_bytes(&ACCOUNT_SEED);
    let tenant = issue::tenant("Clinic", &tenant_key, [1; 16], validity).unwrap();
    let anchor = TrustAnchor::from_der(&tenant).unwrap();
    let subject = AccountSubject {
        account: AccountId::new([7; 16]),
        account_key: account_key_of(&account_key),
        holder: &Holder::Patient,
    };
    let account = issue::account(&anchor, &tenant_key, subject, [2; 16], validity).unwrap();
    let account = AccountCertificate::verify(&account, &anchor, ENROLLED_AT).unwrap();
    let device = DeviceKey::new(SigningKey::from_bytes(&DEVICE_SEED).verifying_key().to_bytes());
    let leaf = issue_leaf(&account, &account_key, device, [3; 16], ENROLLED_AT).unwrap();
    let list = DeviceList::sign(account.account(), 1, vec![device], &account_key).unwrap();
    let (folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    put_setting(unit.sql(), Setting::Invitation, &codec::encode(&invitation())).unwrap();
    put_setting(unit.sql(), Setting::DeviceSeed, &DEVICE_SEED).unwrap();
    save_enrolled(unit.sql(), &anchor, &account, &leaf, &list).unwrap();
    unit.commit().unwrap();
    (folder, store)
}

fn with(settings: &[(Setting, &[u8])]) -> (TempDir, Store) {
    let (folder, mut store) = profile();
    let unit = store.begin().unwrap();
    settings.iter().for_each(|(name, value)| put_setting(unit.sql(), *name, value).unwrap());
    unit.commit().unwrap();
    (folder, store)
}

fn load(store: &mut Store) -> Result<Identity, Error> {
    let unit = store.begin().unwrap();
    Identity::load(unit.sql())
}

#[test]
fn a_primary_device_renews_its_certificate_when_it_is_due() {
    let (_folder, mut store) = with(&[(Setting::AccountSeed, &ACCOUNT_SEED)]);
    let mut identity = load(&mut store).unwrap();
    assert!(!identity.renewal_is_due(day(39)));
    assert!(identity.renewal_is_due(day(40)));
    let unit = store.begin().unwrap();
    identity.renew(unit.sql(), [8; 16], day(40)).unwrap();
    unit.commit().unwrap();
    assert_eq!(identity.credential.leaf_expires_at(), day(40 + LEAF_LIFE_DAYS));
    assert_eq!(load(&mut store).unwrap().credential.leaf_expires_at(), day(40 + LEAF_LIFE_DAYS));
}

#[test]
fn a_linked_device_is_the_same_person_and_can_certify_nothing() {
    let (_folder, mut store) = with(&[(Setting::Linked, &[1])]);
    let mut identity = load(&mut store).unwrap();
    assert_eq!(identity.actor().account, AccountId::new([7; 16]));
    assert!(!identity.renewal_is_due(day(84)), "it would fail at every sign-in");
    let unit = store.begin().unwrap();
    let renewed = identity.renew(unit.sql(), [8; 16], day(40));
    assert!(matches!(renewed, Err(Error::Misuse(Misuse::NotPrimary))));
    unit.commit().unwrap();
    assert_eq!(load(&mut store).unwrap().credential.leaf_expires_at(), day(LEAF_LIFE_DAYS));
}

#[test]
fn a_profile_that_says_not_just_one_of_primary_and_linked_is_damaged() {
    let damages: [&[(Setting, &[u8])]; 5] = [
        &[],
        &[(Setting::AccountSeed, &[9; 32])],
        &[(Setting::AccountSeed, &[2; 31])],
        &[(Setting::Linked, &[1]), (Setting::AccountSeed, &ACCOUNT_SEED)],
        &[(Setting::Linked, &[0])],
    ];
    for settings in damages {
        let (_folder, mut store) = with(settings);
        let loaded = load(&mut store).map(|_| ());
        assert!(matches!(loaded, Err(Error::Store(StoreError::Corrupt(Damage::Row)))), "{settings:?}");
    }
}

#[test]
fn no_debug_output_shows_the_account_key() {
    let primary = AccountSide::Primary(Box::new(SigningKey::from_bytes(&ACCOUNT_SEED)));
    assert_eq!(format!("{primary:?}"), "Primary(..)");
    assert_eq!(format!("{:?}", AccountSide::Linked), "Linked");
}
