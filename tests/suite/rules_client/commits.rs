//! Commits: who may change what (R09 to R15, R21, R32).

use colloque_client_core::mls::{CHARTER_EXTENSION_TYPE, CREDENTIAL_TYPE};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::AccountId;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use colloque_tests::rogue::credential;
use colloque_tests::world::professional;
use colloque_tests::{Plan, Rogue, Scene};
use openmls::prelude::{
    Extension, ExtensionType, Extensions, ExternalSender, GroupContext, RequiredCapabilitiesExtension,
    UnknownExtension,
};

/// The rogue makes this Commit, and both honest devices refuse it for this reason.
fn assert_refused(scene: &mut Scene, rogue: &mut Rogue, plan: Plan, expected: &str) {
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, plan);
    scene.assert_refused(EnvelopeKind::Handshake, commit, expected);
}

fn mode(scene: &Scene, rogue: &mut Rogue, mode: AnswerMode) -> Plan {
    rogue.catch_up(&scene.rig);
    Plan { context: Some(rogue.context_with_mode(&scene.world, mode)), ..Plan::default() }
}

fn adds(rogue: &Rogue) -> Plan {
    Plan { adds: vec![rogue.key_package()], ..Plan::default() }
}

#[tokio::test]
async fn r09_client_refuses_an_answer_mode_that_a_patient_sets() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    for wanted in [AnswerMode::Open, AnswerMode::OneReply, AnswerMode::Closed] {
        let plan = mode(&scene, &mut rogue, wanted);
        assert_refused(&mut scene, &mut rogue, plan, "R09");
        let now = scene.world.clock.read();
        let own = scene.patient.client().set_mode(scene.thread, wanted, now).unwrap_err();
        assert_eq!(own.id(), "R09");
    }
}

#[tokio::test]
async fn r10_client_refuses_a_deadline_that_has_passed_and_closing_what_is_closed() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let now = scene.world.clock.read();
    let today = UnixSeconds(now.day() * SECONDS_PER_DAY);
    let plan = mode(&scene, &mut rogue, AnswerMode::Until(today));
    assert_refused(&mut scene, &mut rogue, plan, "R10");
    let own = scene.doctor.client().set_mode(scene.thread, AnswerMode::Until(now), now).unwrap_err();
    assert_eq!(own.id(), "R10");
    let plan = mode(&scene, &mut rogue, AnswerMode::Closed);
    let (commit, _) = rogue.commit(&scene.world, plan);
    let seq = scene.post(EnvelopeKind::Handshake, commit);
    rogue.merge(seq);
    let plan = mode(&scene, &mut rogue, AnswerMode::Closed);
    assert_refused(&mut scene, &mut rogue, plan, "R10");
}

#[tokio::test]
async fn r11_client_refuses_a_device_of_another_account_that_a_patient_adds() {
    let (mut scene, mut opener, mut patient) = Scene::with_rogues().await;
    let second = opener.sibling(&mut scene.world);
    assert_refused(&mut scene, &mut patient, adds(&second), "R11");
    // Its own, it may add.
    patient.catch_up(&scene.rig);
    let own = patient.sibling(&mut scene.world);
    let (commit, _) = patient.commit(&scene.world, adds(&own));
    scene.assert_accepted(EnvelopeKind::Handshake, commit);
}

#[tokio::test]
async fn r12_client_refuses_a_professional_whom_a_patient_adds() {
    let (mut scene, mut opener, mut patient) = Scene::with_rogues().await;
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    assert_refused(&mut scene, &mut patient, adds(&colleague), "R12");
    // A professional may.
    opener.catch_up(&scene.rig);
    let (commit, _) = opener.commit(&scene.world, adds(&colleague));
    scene.assert_accepted(EnvelopeKind::Handshake, commit);
}

#[tokio::test]
async fn r13_client_refuses_a_patient_whom_the_charter_does_not_name() {
    let (mut scene, mut opener, mut patient) = Scene::with_rogues().await;
    let stranger = Rogue::new(&mut scene.world, &Holder::Patient);
    assert_refused(&mut scene, &mut opener, adds(&stranger), "R13");
    assert_refused(&mut scene, &mut patient, adds(&stranger), "R13");
}

#[tokio::test]
async fn r14_client_refuses_to_see_a_patient_of_the_charter_removed_while_the_thread_is_open() {
    let (mut scene, mut opener, _) = Scene::with_rogues().await;
    let leaf = opener.leaf_of(scene.patient.client().own().device);
    let plan = Plan { removals: vec![leaf], ..Plan::default() };
    assert_refused(&mut scene, &mut opener, plan, "R14");
}

#[tokio::test]
async fn r15_client_refuses_a_removal_of_anothers_device_by_a_patient() {
    let (mut scene, mut opener, mut patient) = Scene::with_rogues().await;
    opener.catch_up(&scene.rig);
    for device in [scene.doctor.client().own().device, scene.patient.client().own().device] {
        let leaf = patient.leaf_of(device);
        let plan = Plan { removals: vec![leaf], ..Plan::default() };
        assert_refused(&mut scene, &mut patient, plan, "R15");
    }
}

#[tokio::test]
async fn r21_client_refuses_every_change_of_the_context_beside_the_answer_mode() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let now = scene.world.clock.read();
    let charter = rogue.charter_in_force(&scene.world).to_bytes();
    let mut opening = rogue.opening(scene.thread, &[AccountId::new([1; 16])], now);
    let renamed = rogue.charter(opening.clone(), AnswerMode::Open).to_bytes();
    opening.patients = rogue.charter_in_force(&scene.world).opening().patients.clone();
    opening.opened_at = now.plus(1);
    let later = rogue.charter(opening, AnswerMode::Open).to_bytes();
    let required = required_capabilities();
    let sender =
        ExternalSender::new(rogue.credential().signature_key.clone(), rogue.credential().credential.clone());
    let senders = Extension::ExternalSenders(vec![sender]);
    let weaker = RequiredCapabilitiesExtension::new(&[charter_type()], &[], &[]);
    let contexts = [
        vec![required.clone(), charter_extension(charter.clone()), senders],
        vec![Extension::RequiredCapabilities(weaker), charter_extension(charter.clone())],
        vec![required.clone()],
        vec![required.clone(), charter_extension(b"not a charter".to_vec())],
        vec![required.clone(), charter_extension(renamed)],
        vec![required, charter_extension(later)],
    ];
    for context in contexts {
        let context: Extensions<GroupContext> = Extensions::from_vec(context).unwrap();
        let plan = Plan { context: Some(context), ..Plan::default() };
        assert_refused(&mut scene, &mut rogue, plan, "R21");
    }
}

fn charter_type() -> ExtensionType {
    ExtensionType::Unknown(CHARTER_EXTENSION_TYPE)
}

fn charter_extension(charter: Vec<u8>) -> Extension {
    Extension::Unknown(CHARTER_EXTENSION_TYPE, UnknownExtension(charter))
}

fn required_capabilities() -> Extension {
    Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
        &[charter_type()],
        &[],
        &[CREDENTIAL_TYPE],
    ))
}

#[tokio::test]
async fn r32_client_refuses_all_but_a_renewal_from_a_member_whose_certificate_has_expired() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    scene.world.clock.advance(81 * SECONDS_PER_DAY);
    let chain = rogue.chain_for(&mut scene.world, 80);
    let renewed = credential(&chain, rogue.device.device());
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let closing = mode(&scene, &mut rogue, AnswerMode::Closed);
    for plan in [closing, adds(&colleague)] {
        let plan = Plan { leaf: Some(renewed.clone()), ..plan };
        assert_refused(&mut scene, &mut rogue, plan, "R32");
    }
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan { leaf: Some(renewed), ..Plan::default() });
    scene.assert_accepted(EnvelopeKind::Handshake, commit);
}
