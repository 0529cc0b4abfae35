//! KeyPackages: once each, then the last resort.

use colloque_schemas::frame::{ClaimedKeyPackages, PublishKeyPackages};
use colloque_schemas::limits::{
    KEY_PACKAGE_MAX_BYTES, KEY_PACKAGES_PER_DEVICE, KEY_PACKAGES_PER_PUBLICATION,
    NO_KEY_PACKAGE_RETRY_SECONDS,
};
use colloque_schemas::rule::{Denied, Rule};

use super::*;

async fn publish(caller: &mut Caller, one_time: &[u8], last_resort: Option<u8>) -> Result<Response, Refusal> {
    let key_package = |fill: u8| vec![fill; 900].into();
    let one_time = one_time.iter().map(|fill| key_package(*fill)).collect();
    let published = PublishKeyPackages { one_time, last_resort: last_resort.map(key_package) };
    caller.ask(Request::PublishKeyPackages(published)).await
}

async fn claim(caller: &mut Caller, owner: AccountId) -> Result<ClaimedKeyPackages, Refusal> {
    match caller.ask(Request::ClaimKeyPackages(owner)).await? {
        Response::KeyPackages(claimed) => Ok(claimed),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_is_claimed_once_and_the_last_resort_after_them_any_number_of_times() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    publish(&mut patient, &[1, 2], Some(9)).await.unwrap();
    let mut fills = Vec::new();
    for _ in 0..4 {
        let claimed = claim(&mut doctor, patient.account).await.unwrap();
        assert_eq!(claimed.key_packages.len(), 1);
        assert_eq!(claimed.key_packages[0].device, patient.device);
        fills.push(claimed.key_packages[0].key_package.as_slice()[0]);
    }
    fills[..2].sort_unstable();
    assert_eq!(fills, [1, 2, 9, 9]);
    assert_eq!(patient.event().await, Event::KeyPackagesLow { left: 1 });
}

#[tokio::test]
async fn an_unknown_account_and_one_without_key_packages_are_answered_alike() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    let unknown = claim(&mut doctor, AccountId::new([0x77; 16])).await;
    let absent = Refusal::after(RefusalCode::NoKeyPackage, NO_KEY_PACKAGE_RETRY_SECONDS);
    assert_eq!(unknown, Err(absent), "for now: it may come");
    assert_eq!(claim(&mut doctor, patient.account).await, unknown);
}

#[tokio::test]
async fn patients_claim_their_own_only() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    publish(&mut doctor, &[1], None).await.unwrap();
    publish(&mut patient, &[2], None).await.unwrap();
    let denied = claim(&mut patient, doctor.account).await;
    assert_eq!(denied, Err(Denied::from(Rule::PatientsClaimOwnKeyPackages).into()));
    let mut person = world.person(Role::Patient, 20);
    person.lists(&[0, 1]);
    let mut second = world.caller_with(&person, 1).await;
    let claimed = claim(&mut second, person.account).await.unwrap();
    assert_eq!(claimed.key_packages[0].device, patient.device);
}

#[tokio::test]
async fn a_supply_is_bounded_and_a_repeated_publication_adds_nothing() {
    let world = World::new().await;
    let person = world.person(Role::Patient, 20);
    let mut patient = world.caller(&person).await;
    publish(&mut patient, &[1, 2, 3], Some(9)).await.unwrap();
    let before = world.digest().await.len();
    publish(&mut patient, &[1, 2, 3], Some(9)).await.unwrap();
    assert_eq!(world.digest().await.len(), before);
    let again = world.caller(&person).await.signed_in.unwrap();
    assert_eq!((again.key_packages_left, again.has_last_resort), (3, true));

    let fills: Vec<u8> = (10..=250).collect();
    assert_eq!(publish(&mut patient, &fills[..33], None).await, Err(refused(RefusalCode::TooLarge)));
    assert_eq!(KEY_PACKAGES_PER_PUBLICATION, 32);
    publish(&mut patient, &fills[..32], None).await.unwrap();
    let over = usize::try_from(KEY_PACKAGES_PER_DEVICE).unwrap() - 32;
    let refusal = publish(&mut patient, &fills[32..32 + over], None).await;
    assert_eq!(refusal, Err(refused(RefusalCode::QuotaExceeded)));
    let huge = vec![0; KEY_PACKAGE_MAX_BYTES + 1].into();
    let published = PublishKeyPackages { one_time: vec![], last_resort: Some(huge) };
    let refusal = patient.ask(Request::PublishKeyPackages(published)).await;
    assert_eq!(refusal, Err(refused(RefusalCode::TooLarge)));
}
