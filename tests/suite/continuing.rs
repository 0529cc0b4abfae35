//! Where a thread is stopped, a professional goes on with the same people in another one, and everyone is led there.

use colloque_client_core::{Departure, EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::ThreadId;
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::payload::{Body, Control};
use colloque_tests::world::professional;
use colloque_tests::{Person, Rogue, Scene};

/// The rogue describes another log to everyone, which stops the thread.
fn fork(scene: &mut Scene, rogue: &mut Rogue) {
    rogue.catch_up(&scene.rig);
    let mut payload = rogue.payload(&mut scene.world, "Un autre journal");
    payload.seen = LogHead { hash: [1; 32], ..payload.seen };
    let message = rogue.seal(&payload);
    scene.post(EnvelopeKind::Application, message);
    let thread = scene.thread;
    for person in scene.honest() {
        assert_eq!(person.client().thread(thread).unwrap().standing, Standing::Forked);
    }
}

fn go_on(scene: &mut Scene, text: &str) -> ThreadId {
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let successor = scene.doctor.client().continue_thread(thread, text, now).unwrap();
    scene.settle();
    successor
}

fn links(person: &mut Person, thread: ThreadId, successor: ThreadId) -> (Option<ThreadId>, Option<ThreadId>) {
    (person.client().successor(thread).unwrap(), person.client().predecessor(successor).unwrap())
}

#[tokio::test]
async fn a_fork_is_no_dead_end_a_professional_goes_on_in_a_new_thread_and_takes_everyone_along() {
    let (mut scene, colleague, mut other) = Scene::with_rogues().await;
    let thread = scene.thread;
    scene.assert_goes_on();
    let before = scene.patient.texts(thread);
    fork(&mut scene, &mut other);
    colleague.publish(&mut scene.rig);
    other.publish(&mut scene.rig);
    let now = scene.world.clock.read();
    let refused = scene.patient.client().continue_thread(thread, "Moi", now).unwrap_err();
    assert_eq!(refused.id(), "R01");
    let successor = go_on(&mut scene, "Reprenons ici.");
    assert_ne!(successor, thread);
    assert!(
        scene.patient.told.contains(&Event::ThreadContinued { thread, successor }),
        "{:?}",
        scene.patient.told
    );
    for person in scene.honest() {
        assert_eq!(links(person, thread, successor), (Some(successor), Some(thread)));
        assert_eq!(person.client().thread(successor).unwrap().standing, Standing::Member);
        assert_eq!(person.texts(successor), ["Reprenons ici."]);
        let members = person.client().participants(successor).unwrap();
        let has = |account| members.iter().any(|member| member.account == account);
        assert!(has(colleague.account()) && has(other.account()) && members.len() == 4, "everyone is there");
    }
    assert_eq!(scene.patient.texts(thread), before, "the old one stays readable");
    scene.thread = successor;
    scene.assert_goes_on();
    // Asked for once more, as by a form that was sent twice: it is the same, and nothing is sent.
    let now = scene.world.clock.read();
    assert_eq!(scene.doctor.client().continue_thread(thread, "Encore", now).unwrap(), successor);
    scene.settle();
    assert!(!scene.texts().contains(&"Encore".to_owned()));
}

#[tokio::test]
async fn a_closed_thread_is_not_opened_to_answers_by_going_on_and_keeps_what_it_had() {
    let mut scene = Scene::new().await;
    let mut rogue = scene.open_with_patient_rogue(AnswerMode::Open);
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.doctor.client().set_mode(thread, AnswerMode::Closed, now).unwrap();
    scene.settle();
    fork(&mut scene, &mut rogue);
    rogue.publish(&mut scene.rig);
    let successor = go_on(&mut scene, "La suite");
    assert_eq!(scene.patient.client().thread(successor).unwrap().mode, AnswerMode::NoReply);
    assert_eq!(scene.patient.client().send(successor, "Bien", now).unwrap_err().id(), "R06");
    let is_message = |kind: &EntryKind| matches!(kind, EntryKind::Message(_));
    let entries = scene.patient.client().entries(thread).unwrap();
    assert_eq!(
        entries.iter().filter(|entry| is_message(&entry.kind)).count(),
        1,
        "nothing is lost of the old one"
    );
}

#[tokio::test]
async fn who_has_left_is_not_taken_along() {
    let mut scene = Scene::new().await;
    scene.open();
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.patient.client().depart(thread, Departure::Leave, now).unwrap();
    scene.settle();
    let refused = scene.doctor.client().continue_thread(thread, "Revenez", now).unwrap_err();
    assert_eq!(refused.id(), "patient-count");
    assert_eq!(scene.doctor.client().threads().unwrap().len(), 1);
}

#[tokio::test]
async fn r01_client_refuses_a_patient_who_says_that_a_thread_goes_on() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    rogue.catch_up(&scene.rig);
    let payload =
        rogue.payload_of(&mut scene.world, Body::Control(Control::Continues(ThreadId::new([7; 16]))));
    let control = rogue.seal(&payload);
    scene.assert_refused(EnvelopeKind::Control, control, "R01");
}

#[tokio::test]
async fn nobody_is_led_away_by_a_professional_who_was_not_there_or_to_other_people() {
    let mut scene = Scene::new().await;
    scene.open();
    let thread = scene.thread;
    let mut stranger = Rogue::new(&mut scene.world, &professional("Dr Paul Rouge"));
    let patient = scene.patient.account();
    let adds = scene.claim(&[patient]);
    let id = ThreadId::new([5; 16]);
    let opening = stranger.opening(id, &[patient], scene.world.clock.read());
    let charter = stranger.charter(opening, AnswerMode::Open);
    stranger.found(id, charter.to_bytes());
    stranger.open(&mut scene.world, &mut scene.rig, adds, Some("Venez plutôt ici"));
    scene.settle();
    stranger.catch_up(&scene.rig);
    let payload = stranger.payload_of(&mut scene.world, Body::Control(Control::Continues(thread)));
    let control = stranger.seal(&payload);
    scene.rig.append(id, EnvelopeKind::Control, control);
    scene.settle();
    assert_eq!(scene.patient.refused(id), [""; 0], "said, and believed by nobody");
    assert_eq!(links(&mut scene.patient, thread, id), (None, None));
    scene.assert_goes_on();
}
