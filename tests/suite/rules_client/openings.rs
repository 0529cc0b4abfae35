//! Opening a thread: who may, and which KeyPackages a professional's device takes from a relay that hands out what it
//! likes (R01, R13, R23 to R25, R27).

use colloque_client_core::mls::key_package_builder;
use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::frame::ClaimedKeyPackages;
use colloque_schemas::id::{AccountId, AccountKey};
use colloque_tests::world::key;
use colloque_tests::world::professional;
use colloque_tests::{RawDevice, Rogue, Scene};
use openmls::prelude::{Ciphersuite, CredentialWithKey};

/// The relay hands this out of the account, and the doctor's device refuses to open a thread with it for this reason.
fn assert_denied(
    scene: &mut Scene,
    account: AccountId,
    packages: ClaimedKeyPackages,
    expected: &'static str,
) {
    scene.rig.supply(account, packages);
    let now = scene.world.clock.read();
    let thread = scene.doctor.client().open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    scene.settle();
    assert!(scene.doctor.told.contains(&Event::SendDenied { thread, rule: expected }));
    assert_eq!(scene.doctor.client().thread(thread).unwrap().standing, Standing::Failed);
    assert!(scene.doctor.client().participants(thread).unwrap().is_empty());
    assert!(scene.rig.log(thread).is_empty());
    scene.open();
    scene.assert_goes_on();
}

#[tokio::test]
async fn r01_client_refuses_its_own_patient_who_wants_to_open_a_thread() {
    let mut scene = Scene::new().await;
    let (doctor, now) = (scene.doctor.account(), scene.world.clock.read());
    let refused = scene.patient.client().open_thread(&[doctor], AnswerMode::Open, "Bonjour", now);
    assert_eq!(refused.unwrap_err().id(), "R01");
    assert!(scene.patient.client().threads().unwrap().is_empty());
}

#[tokio::test]
async fn r13_client_opens_no_thread_with_a_professional_as_its_patient() {
    let mut scene = Scene::new().await;
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let offer = colleague.offer(&[colleague.key_package()]);
    assert_denied(&mut scene, colleague.account(), offer, "R13");
}

#[tokio::test]
async fn r23_client_refuses_a_key_package_whose_certificates_are_not_its_own() {
    let mut scene = Scene::new().await;
    let mut rogue = Rogue::new(&mut scene.world, &Holder::Patient);
    let other = Rogue::new(&mut scene.world, &Holder::Patient);
    // A copied credential, under a key that it does not certify.
    let signature_key = rogue.credential().signature_key;
    let copied = CredentialWithKey { credential: other.credential().credential, signature_key };
    let offer = rogue.offer(&[rogue.key_package_with(copied)]);
    assert_denied(&mut scene, rogue.account(), offer, "R23");
    // A good one of another account, and a good one of another device.
    let offer = rogue.offer(&[other.key_package()]);
    assert_denied(&mut scene, rogue.account(), offer, "R23");
    let sibling = rogue.sibling(&mut scene.world);
    let offer = rogue.offer(&[sibling.key_package()]);
    assert_denied(&mut scene, rogue.account(), offer, "R23");
    // One that has expired.
    scene.world.clock.advance(81 * 86_400);
    let offer = rogue.offer(&[rogue.key_package()]);
    assert_denied(&mut scene, rogue.account(), offer, "R23");
}

#[tokio::test]
async fn r24_client_refuses_another_account_key_than_the_one_that_it_has_pinned() {
    let mut scene = Scene::new().await;
    let rogue = scene.open_with_patient_rogue(AnswerMode::Open);
    let other = key(scene.world.rng());
    let public = AccountKey::new(other.verifying_key().to_bytes());
    let certificate = scene.world.certify_as(rogue.account(), public, &Holder::Patient);
    let changed = Rogue::on(RawDevice::with_account(&mut scene.world, other, &certificate));
    let offer = changed.offer(&[changed.key_package()]);
    assert_denied(&mut scene, rogue.account(), offer, "R24");
    assert!(scene.doctor.told.contains(&Event::AccountKeyChanged(rogue.account())));
}

#[tokio::test]
async fn r25_client_refuses_a_device_that_its_accounts_list_does_not_name_and_a_list_that_goes_back() {
    let mut scene = Scene::new().await;
    let mut rogue = Rogue::new(&mut scene.world, &Holder::Patient);
    let sibling = rogue.sibling(&mut scene.world);
    let unlisted = ClaimedKeyPackages {
        device_list: sibling.device.list.to_unverified(),
        ..rogue.offer(&[rogue.key_package()])
    };
    assert_denied(&mut scene, rogue.account(), unlisted, "R25");
    // A list that another account signed.
    let stranger = Rogue::new(&mut scene.world, &Holder::Patient);
    let devices = vec![rogue.device.device()];
    let forged = DeviceList::sign(rogue.account(), 9, devices, &stranger.device.account_key).unwrap();
    let forged =
        ClaimedKeyPackages { device_list: forged.to_unverified(), ..rogue.offer(&[rogue.key_package()]) };
    assert_denied(&mut scene, rogue.account(), forged, "R25");
    // Nobody at all.
    let nobody = rogue.offer(&[]);
    assert_denied(&mut scene, rogue.account(), nobody, "R25");
    // An older list, after a newer one was seen.
    let devices = vec![rogue.device.device(), sibling.device.device()];
    let newer = DeviceList::sign(rogue.account(), 2, devices, &rogue.device.account_key).unwrap();
    let first =
        ClaimedKeyPackages { device_list: newer.to_unverified(), ..rogue.offer(&[rogue.key_package()]) };
    scene.rig.supply(rogue.account(), first);
    let now = scene.world.clock.read();
    let opened = scene.doctor.client().open_thread(&[rogue.account()], AnswerMode::Open, "Bonjour", now);
    scene.settle();
    assert_eq!(scene.doctor.client().thread(opened.unwrap()).unwrap().standing, Standing::Member);
    let older = rogue.offer(&[rogue.key_package()]);
    assert_denied(&mut scene, rogue.account(), older, "R25");
}

#[tokio::test]
async fn r27_client_refuses_a_key_package_of_another_suite() {
    let mut scene = Scene::new().await;
    let rogue = Rogue::new(&mut scene.world, &Holder::Patient);
    let classical = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    let built = key_package_builder().build(classical, &rogue.provider, &rogue.signer, rogue.credential());
    let offer = rogue.offer(&[built.unwrap().key_package().clone()]);
    assert_denied(&mut scene, rogue.account(), offer, "R27");
}
