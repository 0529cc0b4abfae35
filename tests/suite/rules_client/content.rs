//! Messages: who says what when, and what an envelope may hold (R03 to R08, R28, R29, R33, R34).

use colloque_client_core::{Departure, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::CONTROL_ENVELOPE_BYTES;
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::payload::{Body, Control, Payload};
use colloque_tests::{Plan, Rogue, Scene};

const APPLICATION: EnvelopeKind = EnvelopeKind::Application;

/// The rogue's next message, encrypted under the terms now in force.
fn message(scene: &mut Scene, rogue: &mut Rogue) -> Vec<u8> {
    altered(scene, rogue, |_| ())
}

/// As [`message`], with something changed.
fn altered(scene: &mut Scene, rogue: &mut Rogue, change: impl FnOnce(&mut Payload)) -> Vec<u8> {
    rogue.catch_up(&scene.rig);
    let mut payload = rogue.payload(&mut scene.world, "Texte interdit");
    change(&mut payload);
    rogue.seal(&payload)
}

fn set_mode(scene: &mut Scene, mode: AnswerMode) {
    let now = scene.world.clock.read();
    scene.doctor.client().set_mode(scene.thread, mode, now).unwrap();
    scene.settle();
}

/// What the honest patient's own client answers to an attempt.
fn own_refusal(scene: &mut Scene) -> &'static str {
    let now = scene.world.clock.read();
    scene.patient.client().send(scene.thread, "Texte interdit", now).unwrap_err().id()
}

#[tokio::test]
async fn r03_client_refuses_content_of_a_patient_before_a_professional_has_spoken() {
    let (mut scene, _opener, mut patient) = Scene::with_rogues_who_say(None).await;
    assert_eq!(own_refusal(&mut scene), "R03");
    let message = message(&mut scene, &mut patient);
    scene.assert_refused(APPLICATION, message, "R03");
}

#[tokio::test]
async fn r04_client_refuses_the_second_reply_of_an_account_where_one_is_allowed() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    set_mode(&mut scene, AnswerMode::OneReply);
    let first = message(&mut scene, &mut rogue);
    scene.assert_accepted(APPLICATION, first);
    let second = message(&mut scene, &mut rogue);
    scene.assert_refused(APPLICATION, second, "R04");
    let now = scene.world.clock.read();
    scene.patient.client().send(scene.thread, "Réponse", now).unwrap();
    scene.settle();
    assert_eq!(own_refusal(&mut scene), "R04");
}

#[tokio::test]
async fn r05_client_refuses_a_reply_that_says_it_was_sent_at_the_deadline() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let deadline = scene.world.clock.read().plus(3600);
    set_mode(&mut scene, AnswerMode::Until(deadline));
    let before = message(&mut scene, &mut rogue);
    scene.assert_accepted(APPLICATION, before);
    let late = altered(&mut scene, &mut rogue, |payload| payload.sent_at = deadline);
    scene.assert_refused(APPLICATION, late, "R05");
    scene.world.clock.advance(3600);
    assert_eq!(own_refusal(&mut scene), "R05");
}

#[tokio::test]
async fn r06_client_refuses_content_of_a_patient_where_none_is_allowed() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    set_mode(&mut scene, AnswerMode::NoReply);
    assert_eq!(own_refusal(&mut scene), "R06");
    let message = message(&mut scene, &mut rogue);
    scene.assert_refused(APPLICATION, message, "R06");
}

#[tokio::test]
async fn r07_client_refuses_content_of_anyone_in_a_closed_thread() {
    let (mut scene, mut professional, mut patient) = Scene::with_rogues().await;
    set_mode(&mut scene, AnswerMode::Closed);
    assert_eq!(own_refusal(&mut scene), "R07");
    for rogue in [&mut professional, &mut patient] {
        let message = message(&mut scene, rogue);
        scene.assert_refused(APPLICATION, message, "R07");
    }
}

#[tokio::test]
async fn r08_client_refuses_content_of_an_account_that_has_left_or_blocked() {
    for control in [Control::Leave, Control::Block] {
        let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
        let farewell = rogue.payload_of(&mut scene.world, Body::Control(control));
        let farewell = rogue.seal(&farewell);
        scene.rig.append(scene.thread, EnvelopeKind::Control, farewell);
        let message = message(&mut scene, &mut rogue);
        let before = scene.texts();
        scene.post(APPLICATION, message);
        let thread = scene.thread;
        for person in scene.honest() {
            assert_eq!(person.refused(thread), ["R08"]);
        }
        assert_eq!(scene.texts(), before);
        // The doctor's device has taken the account out, as it should.
        let members = scene.patient.client().participants(thread).unwrap();
        assert!(members.iter().all(|member| member.account != rogue.account()));
        scene.assert_goes_on();
    }
    let mut scene = Scene::new().await;
    scene.open();
    let now = scene.world.clock.read();
    scene.patient.client().depart(scene.thread, Departure::Leave, now).unwrap();
    scene.settle();
    assert_eq!(scene.patient.client().thread(scene.thread).unwrap().standing, Standing::Departed);
}

#[tokio::test]
async fn r28_client_refuses_an_envelope_that_holds_something_else_than_it_says() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let control = rogue.payload_of(&mut scene.world, Body::Control(Control::Heads));
    let control = rogue.seal(&control);
    scene.assert_refused(APPLICATION, control, "R28");
    rogue.catch_up(&scene.rig);
    let content = rogue.payload(&mut scene.world, "Sous couvert de contrôle");
    let bytes = colloque_schemas::codec::encode(&content);
    let content = rogue.seal_bytes(&bytes, CONTROL_ENVELOPE_BYTES);
    scene.assert_refused(EnvelopeKind::Control, content, "R28");
    let content = message(&mut scene, &mut rogue);
    scene.assert_refused(EnvelopeKind::Handshake, content, "R28");
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan::default());
    scene.assert_refused(APPLICATION, commit, "R28");
}

#[tokio::test]
async fn r29_client_refuses_what_is_encrypted_under_terms_that_are_no_longer_in_force() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let message = message(&mut scene, &mut rogue);
    let (commit, _) = rogue.commit(&scene.world, Plan::default());
    set_mode(&mut scene, AnswerMode::NoReply);
    scene.assert_refused(APPLICATION, message, "R29");
    scene.assert_refused(EnvelopeKind::Handshake, commit, "R29");
}

#[tokio::test]
async fn r33_client_refuses_a_message_out_of_its_senders_order_or_of_another_thread() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let first = message(&mut scene, &mut rogue);
    scene.assert_accepted(APPLICATION, first);
    let again = altered(&mut scene, &mut rogue, |payload| payload.counter -= 1);
    scene.assert_refused(APPLICATION, again, "R33");
    let elsewhere = altered(&mut scene, &mut rogue, |payload| payload.thread = ThreadId::new([9; 16]));
    scene.assert_refused(APPLICATION, elsewhere, "R33");
}

#[tokio::test]
async fn r34_client_refuses_a_message_that_describes_another_log_and_stops_sending() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let now = scene.world.clock.read();
    let message =
        altered(&mut scene, &mut rogue, |payload| payload.seen = LogHead { hash: [1; 32], ..payload.seen });
    let before = scene.texts();
    let seq = scene.post(APPLICATION, message);
    let thread = scene.thread;
    for person in scene.honest() {
        assert_eq!(person.refused(thread), ["R34"]);
        assert!(person.told.contains(&Event::ForkDetected { thread, seq }));
        assert_eq!(person.client().thread(thread).unwrap().standing, Standing::Forked);
        assert_eq!(person.client().send(thread, "Encore", now).unwrap_err().id(), "thread-inactive");
    }
    assert_eq!(scene.texts(), before);
}
