//! The main job: a professional opens a thread, the patient answers.

use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_tests::World;

#[tokio::test]
async fn a_professional_opens_a_thread_and_the_patient_answers() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour, comment allez-vous ?").await;
    assert_eq!(patient.refused(thread), Vec::<String>::new());
    assert_eq!(patient.texts(thread), ["Bonjour, comment allez-vous ?"]);
    let now = world.clock.read();
    patient.client().send(thread, "Mieux, merci.", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let expected = ["Bonjour, comment allez-vous ?", "Mieux, merci."];
    assert_eq!(doctor.refused(thread), Vec::<String>::new());
    assert_eq!(doctor.texts(thread), expected);
    assert_eq!(patient.texts(thread), expected);
    assert!(doctor.client().is_settled().unwrap() && patient.client().is_settled().unwrap());
    assert!(doctor.told.contains(&Event::ThreadOpened(thread)));
    assert!(patient.told.contains(&Event::ThreadJoined(thread)));
}

#[tokio::test]
async fn closing_a_thread_ends_answers_until_it_is_reopened() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    doctor.client().set_mode(thread, AnswerMode::Closed, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let refused = patient.client().send(thread, "Encore une question", now).unwrap_err();
    assert_eq!(refused.id(), "R07");
    doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    patient.client().send(thread, "Encore une question", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.client().send(thread, "Et une autre", now).unwrap_err().id(), "R04");
    assert_eq!(doctor.texts(thread), ["Bonjour", "Encore une question"]);
    assert_eq!(doctor.client().thread(thread).unwrap().standing, Standing::Member);
}
