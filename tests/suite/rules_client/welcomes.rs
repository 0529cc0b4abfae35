//! Welcomes: into which threads, and from whom (R01, R13, R23, R24, R26, R27, R32).

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::{AccountKey, ThreadId};
use colloque_schemas::limits::{ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::padding::{pad, unpad};
use colloque_tests::raw::thread_id;
use colloque_tests::world::professional;
use colloque_tests::world::{anchor_of, key};
use colloque_tests::{Plan, RawDevice, Rogue, Scene, World};
use openmls::prelude::{CredentialWithKey, KeyPackage};

/// A Welcome of the two honest devices into a group of the rogue's, with these others.
fn welcome(
    scene: &mut Scene,
    rogue: &mut Rogue,
    thread: ThreadId,
    charter: Vec<u8>,
    others: Vec<KeyPackage>,
) -> Vec<u8> {
    rogue.found(thread, charter);
    let invited = [scene.doctor.account(), scene.patient.account()];
    let adds = [scene.claim(&invited), others].concat();
    let (_, welcome) = rogue.commit(&scene.world, Plan { adds, ..Plan::default() });
    welcome.unwrap()
}

/// A charter of the rogue's that names the honest patient.
fn charter(scene: &mut Scene, rogue: &Rogue, thread: ThreadId) -> Vec<u8> {
    let patients = [scene.patient.account()];
    let opening = rogue.opening(thread, &patients, scene.world.clock.read());
    rogue.charter(opening, AnswerMode::Open).to_bytes()
}

async fn stage(holder: &Holder) -> (Scene, Rogue, ThreadId) {
    let mut scene = Scene::new().await;
    let rogue = Rogue::new(&mut scene.world, holder);
    let thread = thread_id(&mut scene.world);
    (scene, rogue, thread)
}

#[tokio::test]
async fn r01_client_refuses_a_thread_that_a_patient_opened_even_if_the_relay_colludes() {
    let (mut scene, mut rogue, thread) = stage(&Holder::Patient).await;
    let charter = charter(&mut scene, &rogue, thread);
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, Vec::new());
    scene.assert_welcome_refused(thread, &welcome, "R01");
}

#[tokio::test]
async fn r13_client_refuses_a_thread_whose_charter_does_not_name_a_patient_in_it() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let named = Rogue::new(&mut scene.world, &Holder::Patient);
    let opening = rogue.opening(thread, &[named.account()], scene.world.clock.read());
    let charter = rogue.charter(opening, AnswerMode::Open).to_bytes();
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, vec![named.key_package()]);
    scene.assert_welcome_refused(thread, &welcome, "R13");
}

#[tokio::test]
async fn r23_client_refuses_a_thread_with_a_copied_credential_under_a_foreign_key() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let impostor = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let victim = Rogue::new(&mut scene.world, &professional("Dr Léa Blanc"));
    let signature_key = impostor.credential().signature_key;
    let copied = CredentialWithKey { credential: victim.credential().credential, signature_key };
    let charter = charter(&mut scene, &rogue, thread);
    let others = vec![impostor.key_package_with(copied)];
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, others);
    scene.assert_welcome_refused(thread, &welcome, "R23");
}

#[tokio::test]
async fn r24_client_refuses_a_thread_with_two_account_keys_of_one_account() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let holder = professional("Dr Zoé Noir");
    let first = Rogue::new(&mut scene.world, &holder);
    let other = key(scene.world.rng());
    let public = AccountKey::new(other.verifying_key().to_bytes());
    let certificate = scene.world.certify_as(first.account(), public, &holder);
    let second = Rogue::on(RawDevice::with_account(&mut scene.world, other, &certificate));
    let charter = charter(&mut scene, &rogue, thread);
    let others = vec![first.key_package(), second.key_package()];
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, others);
    scene.assert_welcome_refused(thread, &welcome, "R24");
}

#[tokio::test]
async fn r26_client_refuses_a_thread_without_a_charter_that_verifies() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let now = scene.world.clock.read();
    let patients = [scene.patient.account()];
    let honest = scene.doctor.account();
    let mut in_anothers_name = rogue.opening(thread, &patients, now);
    in_anothers_name.opener = honest;
    let mut of_another_suite = rogue.opening(thread, &patients, now);
    of_another_suite.suite = 1;
    let of_another_thread = rogue.opening(ThreadId::new([9; 16]), &patients, now);
    let without_patients = rogue.opening(thread, &[], now);
    let before_its_certificate = rogue.opening(thread, &patients, now.minus(30 * 86_400));
    let openings =
        [in_anothers_name, of_another_suite, of_another_thread, without_patients, before_its_certificate];
    let mut charters: Vec<_> =
        openings.map(|opening| rogue.charter(opening, AnswerMode::Open).to_bytes()).into();
    charters.push(b"not a charter".to_vec());
    for charter in charters {
        let mut again = Rogue::on(RawDevice::with_account(
            &mut scene.world,
            rogue.device.account_key.clone(),
            rogue.device.chain.account(),
        ));
        let welcome = welcome(&mut scene, &mut again, thread, charter, Vec::new());
        scene.assert_welcome_refused(thread, &welcome, "R26");
    }
    let charter = charter(&mut scene, &rogue, thread);
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, Vec::new());
    scene.assert_welcome_refused(ThreadId::new([9; 16]), &welcome, "R26");
}

#[tokio::test]
async fn r26_client_refuses_a_stranger_who_copied_the_charter_of_a_professional() {
    let (mut scene, mut rogue, thread) = stage(&Holder::Patient).await;
    let opener = Rogue::new(&mut scene.world, &professional("Dr Paul Rouge"));
    let patients = [scene.patient.account(), rogue.account()];
    let opening = opener.opening(thread, &patients, scene.world.clock.read());
    let stolen = opener.charter(opening, AnswerMode::Open).to_bytes();
    let welcome = welcome(&mut scene, &mut rogue, thread, stolen, Vec::new());
    scene.assert_welcome_refused(thread, &welcome, "R26");
}

#[tokio::test]
async fn r26_client_refuses_a_professional_of_another_tenant() {
    let (mut scene, _, thread) = stage(&Holder::Patient).await;
    let mut elsewhere = World::new().await;
    elsewhere.tenant_key = key(scene.world.rng());
    elsewhere.anchor = anchor_of(&elsewhere.tenant_key.clone(), scene.world.clock.read(), scene.world.rng());
    let mut rogue = Rogue::new(&mut elsewhere, &professional("Dr Paul Rouge"));
    let charter = charter(&mut scene, &rogue, thread);
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, Vec::new());
    scene.assert_welcome_refused(thread, &welcome, "R26");
}

#[tokio::test]
async fn r27_client_refuses_a_welcome_of_another_suite() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let charter = charter(&mut scene, &rogue, thread);
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, Vec::new());
    let mut bytes = unpad(&welcome, ENVELOPE_MIN_BYTES).unwrap().to_vec();
    // After version and wire format (RFC 9420 section 6), the suite.
    bytes[4..6].copy_from_slice(&[0, 1]);
    let downgraded = pad(&bytes, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES).unwrap();
    scene.assert_welcome_refused(thread, &downgraded, "R27");
}

#[tokio::test]
async fn r32_client_refuses_a_welcome_from_a_professional_whose_certificate_has_expired() {
    let (mut scene, mut rogue, thread) = stage(&professional("Dr Paul Rouge")).await;
    let charter = charter(&mut scene, &rogue, thread);
    scene.world.clock.advance(82 * 86_400);
    let welcome = welcome(&mut scene, &mut rogue, thread, charter, Vec::new());
    scene.assert_welcome_refused(thread, &welcome, "R32");
}
