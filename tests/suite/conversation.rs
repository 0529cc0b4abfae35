//! The main job: a professional opens a thread, the patient answers.

use std::sync::{Arc, Mutex};

use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::frame::{Response, ServerFrame};
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

#[tokio::test]
async fn threads_with_several_patients_live_side_by_side() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut one = world.patient().await;
    let mut other = world.patient().await;
    let first = world.open(&mut doctor, &mut one, "To one").await;
    let second = world.open(&mut doctor, &mut other, "To the other").await;
    let now = world.clock.read();
    one.client().send(first, "From one", now).unwrap();
    other.client().send(second, "From the other", now).unwrap();
    world.settle(&mut [&mut doctor, &mut one, &mut other]).await;
    assert_eq!(doctor.texts(first), ["To one", "From one"]);
    assert_eq!(doctor.texts(second), ["To the other", "From the other"]);
}

#[tokio::test]
async fn a_device_that_was_away_reads_what_it_missed_and_sends_what_it_wrote() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "0").await;
    patient.switch_off();
    let now = world.clock.read();
    for number in 1..600 {
        doctor.client().send(thread, &number.to_string(), now).unwrap();
    }
    world.settle(&mut [&mut doctor]).await;
    patient.switch_on();
    patient.client().send(thread, "I was away", now).unwrap();
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let texts = patient.texts(thread);
    assert_eq!(texts.len(), 601);
    assert_eq!(texts.last().map(String::as_str), Some("I was away"));
    assert_eq!(doctor.texts(thread), texts);
}

#[tokio::test]
async fn an_answer_that_comes_after_the_log_is_taken_for_no_other_message() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    let held = Arc::new(Mutex::new(Vec::new()));
    let late = Arc::clone(&held);
    doctor.wire.as_mut().unwrap().tamper(move |frame| match frame {
        ServerFrame::Reply { response: Response::Appended(_), .. } => {
            late.lock().unwrap().push(codec::encode(&frame));
            Vec::new()
        }
        other => vec![other],
    });
    doctor.client().send(thread, "Premier", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    doctor.client().send(thread, "Second", now).unwrap();
    doctor.wire.as_mut().unwrap().leave_alone();
    let late: Vec<_> = held.lock().unwrap().drain(..).collect();
    assert!(!late.is_empty());
    for frame in late {
        doctor.client().receive(&frame, now).unwrap();
    }
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(thread), ["Bonjour", "Premier", "Second"]);
}
