//! What a hostile member or relay puts into numbers, dates and lengths.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{AccountCertificate, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind::{Application, Control as ControlKind, Handshake};
use colloque_schemas::id::Seq;
use colloque_schemas::limits::{CONTROL_ENVELOPE_BYTES, ENVELOPE_MIN_BYTES};
use colloque_schemas::padding::{pad, unpad};
use colloque_schemas::payload::{Body, Control};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use colloque_tests::rogue::credential;
use colloque_tests::world::serial;
use colloque_tests::{Plan, Scene};

#[tokio::test]
async fn a_number_that_no_store_holds_is_refused_and_stops_nobody() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    for place in 0..3 {
        rogue.catch_up(&scene.rig);
        let mut payload = rogue.payload_of(&mut scene.world, Body::Control(Control::Heads));
        match place {
            0 => payload.counter = u64::MAX,
            1 => payload.sent_at = UnixSeconds(u64::MAX),
            _ => payload.seen.seq = Seq(u64::MAX),
        }
        let sealed = rogue.seal_bytes(&codec::encode(&payload), CONTROL_ENVELOPE_BYTES);
        scene.assert_refused(ControlKind, sealed, "malformed");
    }
}

#[tokio::test]
async fn a_patient_who_dates_a_commit_years_ahead_keeps_nobody_from_closing() {
    let (mut scene, _, mut patient_rogue) = Scene::with_rogues().await;
    patient_rogue.catch_up(&scene.rig);
    let now = scene.world.clock.read();
    let ahead = UnixSeconds(now.plus(900 * SECONDS_PER_DAY).day() * SECONDS_PER_DAY);
    let device = &patient_rogue.device;
    let account = AccountCertificate::verify(device.chain.account(), &scene.world.anchor, now).unwrap();
    let validity =
        issue::Validity { not_before: ahead.minus(86_400), not_after: ahead.plus(80 * SECONDS_PER_DAY) };
    let serial = serial(scene.world.rng());
    let leaf = issue::device(&account, &device.account_key, device.device(), serial, validity).unwrap();
    let chain = UnverifiedChain::new(leaf, device.chain.account().to_vec());
    let leaf = Some(credential(&chain, device.device()));
    let plan = Plan { leaf, sent_on: Some(ahead), ..Plan::default() };
    let (commit, _) = patient_rogue.commit(&scene.world, plan);
    scene.assert_accepted(Handshake, commit);
    let thread = scene.thread;
    scene.doctor.client().set_mode(thread, AnswerMode::Closed, now).unwrap();
    scene.settle();
    for person in scene.honest() {
        assert_eq!(person.client().thread(thread).unwrap().mode, AnswerMode::Closed);
        assert!(person.refused(thread).is_empty());
    }
}

#[tokio::test]
async fn an_envelope_in_another_bucket_than_its_own_is_refused_and_the_genuine_one_shown() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload(&mut scene.world, "Authentique");
    let genuine = rogue.seal(&payload);
    let bytes = unpad(&genuine, ENVELOPE_MIN_BYTES).unwrap();
    let larger = pad(bytes, genuine.len() * 2, genuine.len() * 2).unwrap();
    let before = scene.views();
    scene.post(Application, larger);
    assert_eq!(scene.views(), before);
    scene.assert_accepted(Application, genuine);
    assert!(scene.texts().contains(&"Authentique".to_owned()));
}
