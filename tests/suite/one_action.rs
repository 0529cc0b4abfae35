//! Writing a message and setting the answer mode in one action: both or neither.

use colloque_client_core::{DraftOf, EntryKind, Event};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_tests::{Plan, Rogue, Scene, World};

const CLOSED: AnswerMode = AnswerMode::Closed;
const REASON: &str = "Nous en parlerons à la consultation.";

#[tokio::test]
async fn a_thread_is_closed_with_its_reason_in_one_action() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    doctor.wire = None;
    doctor.client().connection_closed();
    let message = doctor.client().send_and_set_mode(thread, REASON, CLOSED, now).unwrap();
    doctor.switch_off();
    doctor.switch_on();
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    for person in [&mut doctor, &mut patient] {
        let entries = person.client().entries(thread).unwrap();
        let [.., said, set] = &entries[..] else { panic!("{entries:?}") };
        assert!(matches!(&said.kind, EntryKind::Message(shown) if shown.message == message));
        assert!(matches!(set.kind, EntryKind::ModeChanged { mode: CLOSED, .. }));
        assert_eq!(person.texts(thread), ["Bonjour", REASON]);
    }
    assert_eq!(patient.client().send(thread, "Merci", now).unwrap_err().id(), "R07");
}

#[tokio::test]
async fn what_is_denied_at_once_queues_neither() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    let past = AnswerMode::Until(now);
    assert_eq!(doctor.client().send_and_set_mode(thread, REASON, past, now).unwrap_err().id(), "R10");
    assert_eq!(doctor.client().send_and_set_mode(thread, " ", CLOSED, now).unwrap_err().id(), "text-length");
    assert_eq!(patient.client().send_and_set_mode(thread, REASON, CLOSED, now).unwrap_err().id(), "R09");
    doctor.client().set_mode(thread, CLOSED, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let reopened = doctor.client().send_and_set_mode(thread, REASON, AnswerMode::Open, now);
    assert_eq!(reopened.unwrap_err().id(), "R07");
    for person in [&mut doctor, &mut patient] {
        assert!(person.client().is_settled().unwrap(), "nothing waits");
        assert_eq!(person.texts(thread), ["Bonjour"]);
    }
}

/// The colleague, who checks nothing, closes the thread.
fn close(scene: &mut Scene, rogue: &mut Rogue) {
    rogue.catch_up(&scene.rig);
    let context = Some(rogue.context_with_mode(&scene.world, CLOSED));
    rogue.commit_for_good(&scene.world, &mut scene.rig, Plan { context, ..Plan::default() });
}

#[tokio::test]
async fn where_the_message_is_refused_at_its_place_the_mode_stays_as_it_is() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.doctor.client().send_and_set_mode(thread, "Répondez", AnswerMode::OneReply, now).unwrap();
    close(&mut scene, &mut rogue);
    scene.settle();
    let draft = scene.doctor.client().draft(DraftOf::Thread(thread)).unwrap();
    assert_eq!(draft.as_deref(), Some("Répondez"), "what nobody got is there to be sent again");
    assert!(scene.doctor.told.contains(&Event::SendDenied { thread, rule: "R07" }));
    assert_eq!(scene.views().map(|view| view.mode), [CLOSED, CLOSED]);
    scene.assert_goes_on();
    // Refused for good by the relay.
    scene.doctor.client().set_mode(thread, AnswerMode::Open, now).unwrap();
    scene.settle();
    let refusal = Refusal::never(RefusalCode::TooLarge);
    scene.rig.refusing = Some((EnvelopeKind::Application, refusal));
    scene.doctor.client().send_and_set_mode(thread, REASON, CLOSED, now).unwrap();
    scene.settle();
    scene.rig.refusing = None;
    assert!(scene.doctor.told.contains(&Event::SendRefused { thread, refusal }));
    assert_eq!(scene.views().map(|view| view.mode), [AnswerMode::Open, AnswerMode::Open]);
    scene.assert_goes_on();
}

#[tokio::test]
async fn where_only_the_mode_is_refused_at_its_place_the_message_stands() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.rig.refusing = Some((EnvelopeKind::Handshake, Refusal::after(RefusalCode::Busy, 5)));
    scene.doctor.client().send_and_set_mode(thread, REASON, CLOSED, now).unwrap();
    scene.settle();
    scene.rig.refusing = None;
    close(&mut scene, &mut rogue);
    scene.world.clock.advance(5);
    scene.settle();
    assert!(scene.doctor.told.contains(&Event::SendDenied { thread, rule: "R10" }));
    assert_eq!(scene.texts().last().map(String::as_str), Some(REASON));
    assert_eq!(scene.views().map(|view| view.mode), [CLOSED, CLOSED]);
    scene.assert_goes_on();
}
