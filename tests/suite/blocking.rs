//! A patient blocks a professional, and undoes it.

use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, ProfessionalIdentity};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_tests::{Person, World};

async fn opens(world: &mut World, doctor: &mut Person, patient: &mut Person) -> ThreadId {
    let (account, now) = (patient.account(), world.clock.read());
    let thread = doctor.client().open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    world.settle(&mut [doctor, patient]).await;
    thread
}

/// A professional with another national id than all others of the harness.
async fn another(world: &mut World) -> Person {
    let number = "10101234564".parse().unwrap();
    let identity = ProfessionalIdentity::new("Dr Zoé Noir", "Médecin", number).unwrap();
    let mut person = world.enrol(&Holder::Professional(identity));
    world.connect(&mut person);
    world.settle(&mut [&mut person]).await;
    person
}

#[tokio::test]
async fn a_patient_who_blocks_leaves_every_shared_thread_and_hears_no_more_until_unblocking() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut other = another(&mut world).await;
    let mut patient = world.patient().await;
    let first = opens(&mut world, &mut doctor, &mut patient).await;
    let second = opens(&mut world, &mut doctor, &mut patient).await;
    let elsewhere = opens(&mut world, &mut other, &mut patient).await;
    let (account, now) = (doctor.account(), world.clock.read());
    patient.client().block(account, now).unwrap();
    // Twice is as good as once.
    patient.client().block(account, now).unwrap();
    assert!(patient.client().contact(account).unwrap().is_blocked);
    world.settle(&mut [&mut doctor, &mut other, &mut patient]).await;
    for thread in [first, second] {
        assert_eq!(patient.client().thread(thread).unwrap().standing, Standing::Departed);
        assert_eq!(doctor.client().participants(thread).unwrap().len(), 1);
        let departures = doctor
            .told
            .iter()
            .filter(|event| matches!(event, Event::Departed { thread: of, .. } if *of == thread));
        assert_eq!(departures.count(), 1);
    }
    assert_eq!(patient.client().thread(elsewhere).unwrap().standing, Standing::Member);
    // A new thread, and being added again to an old one: neither is followed, and nobody is told.
    patient.told.clear();
    let refused = opens(&mut world, &mut doctor, &mut patient).await;
    let own = patient.account();
    doctor.client().add_member(first, own, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let is_notice = |event: &Event| matches!(event, Event::WelcomeRefused { .. } | Event::ThreadJoined(_));
    assert!(!patient.told.iter().any(is_notice), "{:?}", patient.told);
    assert!(patient.client().thread(refused).is_err());
    assert_eq!(patient.client().thread(first).unwrap().standing, Standing::Departed);
    assert_eq!(patient.client().contact(account).unwrap().declined, 2);
    // The doctor is told nothing of it: what is written there stays at the relay.
    let receipts = doctor.client().receipts(refused).unwrap();
    assert!(receipts.iter().all(|receipt| receipt.delivered_at.is_none()));
    patient.client().unblock(account).unwrap();
    let contact = patient.client().contact(account).unwrap();
    assert!(!contact.is_blocked && contact.declined == 2, "what was refused meanwhile can be explained");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(patient.client().thread(refused).is_err(), "what was refused stays so");
    let again = opens(&mut world, &mut doctor, &mut patient).await;
    assert_eq!(patient.texts(again), ["Bonjour"]);
    patient.client().send(again, "Bonjour docteur", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(again), ["Bonjour", "Bonjour docteur"]);
}

#[tokio::test]
async fn a_block_holds_through_a_colleague_who_adds_and_under_a_new_account_of_the_same_professional() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = opens(&mut world, &mut doctor, &mut patient).await;
    let (account, now) = (doctor.account(), world.clock.read());
    patient.client().block(account, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    // With the same national id: this is the same person with another account.
    let mut returned = world.professional("Dr Ana Verne").await;
    let refused = opens(&mut world, &mut returned, &mut patient).await;
    assert!(patient.client().thread(refused).is_err());
    assert!(patient.client().contact(returned.account()).is_err(), "nothing of it is kept but the number");
    // A colleague adds the patient again to the thread that the blocked one had opened.
    let mut colleague = another(&mut world).await;
    let (newcomer, own) = (colleague.account(), patient.account());
    doctor.client().add_member(thread, newcomer, now).unwrap();
    world.settle(&mut [&mut doctor, &mut colleague]).await;
    colleague.client().add_member(thread, own, now).unwrap();
    world.settle(&mut [&mut doctor, &mut colleague, &mut patient]).await;
    assert_eq!(patient.client().thread(thread).unwrap().standing, Standing::Departed);
    assert_eq!(patient.client().contact(account).unwrap().declined, 2);
    assert!(!patient.told.iter().any(|event| matches!(event, Event::WelcomeRefused { .. })));
}

#[tokio::test]
async fn only_a_patient_blocks_and_only_a_professional() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = opens(&mut world, &mut doctor, &mut patient).await;
    let (theirs, own, now) = (doctor.account(), patient.account(), world.clock.read());
    assert_eq!(doctor.client().block(own, now).unwrap_err().id(), "not-blockable");
    assert_eq!(patient.client().block(own, now).unwrap_err().id(), "not-blockable");
    let nobody = AccountId::new([9; 16]);
    assert_eq!(patient.client().block(nobody, now).unwrap_err().id(), "unknown-account");
    assert_eq!(patient.client().unblock(nobody).unwrap_err().id(), "unknown-account");
    patient.client().unblock(theirs).unwrap();
    for person in [&mut doctor, &mut patient] {
        assert_eq!(person.client().thread(thread).unwrap().standing, Standing::Member);
        assert!(person.client().is_settled().unwrap());
    }
}
