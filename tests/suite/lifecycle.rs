//! What happens to threads and devices over time: leaving, restarts, renewal.

use colloque_client_core::{Departure, EntryKind, Event, Standing};
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::World;

#[tokio::test]
async fn a_patient_who_leaves_is_taken_out_by_the_professional_and_hears_no_more() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    patient.client().depart(thread, Departure::Leave, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.client().thread(thread).unwrap().standing, Standing::Departed);
    assert_eq!(doctor.client().participants(thread).unwrap().len(), 1);
    let account = patient.account();
    assert!(doctor.told.contains(&Event::Departed { thread, account }));
    doctor.client().send(thread, "Encore là ?", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(thread), ["Bonjour"]);
    assert_eq!(patient.client().send(thread, "Oui", now).unwrap_err().id(), "thread-inactive");
}

#[tokio::test]
async fn everything_is_there_after_devices_and_relay_were_killed() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    doctor.switch_off();
    patient.switch_off();
    world.restart_relay().await;
    doctor.switch_on();
    patient.switch_on();
    let now = world.clock.read();
    patient.client().send(thread, "Bonsoir", now).unwrap();
    world.connect(&mut doctor);
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(thread), ["Bonjour", "Bonsoir"]);
    assert_eq!(patient.texts(thread), ["Bonjour", "Bonsoir"]);
}

#[tokio::test]
async fn a_device_renews_its_certificate_before_it_expires_and_gives_threads_its_new_leaf() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let before = patient.client().own().leaf_expires_at;
    world.clock.advance(100 * SECONDS_PER_DAY);
    world.connect(&mut doctor);
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(patient.client().own().leaf_expires_at > before.plus(90 * SECONDS_PER_DAY));
    assert_eq!(doctor.refused(thread), Vec::<String>::new());
    let now = world.clock.read();
    patient.client().send(thread, "Me revoilà", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(thread), ["Bonjour", "Me revoilà"]);
    // KeyPackages with the old certificate are gone from the relay: the next opening finds a good one.
    let next = world.open(&mut doctor, &mut patient, "Autre sujet").await;
    assert_eq!(patient.texts(next), ["Autre sujet"]);
}

#[tokio::test]
async fn what_was_written_offline_is_sent_once_and_in_order() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "0").await;
    patient.wire = None;
    patient.client().connection_closed();
    let now = world.clock.read();
    for text in ["1", "2", "3"] {
        patient.client().send(thread, text, now).unwrap();
    }
    let waiting = patient.client().entries(thread).unwrap();
    assert_eq!(waiting.iter().filter(|entry| entry.seq.is_none()).count(), 3);
    // The connection is lost again and again, with requests in flight.
    for _ in 0..8 {
        world.connect(&mut patient);
        for _ in 0..3 {
            patient.step(now).await;
            world.relay.prune().await;
        }
        patient.wire = None;
        patient.client().connection_closed();
    }
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(thread), ["0", "1", "2", "3"]);
    assert_eq!(patient.texts(thread), ["0", "1", "2", "3"]);
    let gaps = |kind: &EntryKind| matches!(kind, EntryKind::Gap { .. });
    assert!(!doctor.client().entries(thread).unwrap().iter().any(|entry| gaps(&entry.kind)));
}
