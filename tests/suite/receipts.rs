//! Receipts: a message is never said to be further than it is, and receipts disturb nobody.

use colloque_client_core::{Departure, Event, Receipt};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{ClientFrame, Event as RelayEvent, Request, ServerFrame};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, HEARTBEAT_SECONDS};
use colloque_schemas::payload::{Body, Control};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_tests::{Person, Rogue, Scene, World};

/// What the doctor can say of its newest message.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Waiting,
    AtTheRelay,
    Delivered,
    Displayed,
}

fn state(doctor: &mut Person, thread: ThreadId) -> State {
    let entries = doctor.client().entries(thread).unwrap();
    let Some(seq) = entries.last().unwrap().seq else { return State::Waiting };
    let receipt = receipt(doctor, thread);
    match (receipt.has_delivered(seq), receipt.has_displayed(seq)) {
        (false, false) => State::AtTheRelay,
        (true, false) => State::Delivered,
        (true, true) => State::Displayed,
        (false, true) => panic!("displayed implies delivered: {receipt:?}"),
    }
}

/// What a person knows of the one other person's reading.
fn receipt(person: &mut Person, thread: ThreadId) -> Receipt {
    let receipts = person.client().receipts(thread).unwrap();
    assert_eq!(receipts.len(), 1, "one for each account but the own");
    receipts[0]
}

/// How many envelopes of this kind a device has posted on its present connection, in order.
fn posted(person: &Person) -> Vec<EnvelopeKind> {
    let frames = person.wire.as_ref().unwrap().sent.iter();
    let kind = |frame: &Vec<u8>| match codec::decode::<ClientFrame>(frame, FRAME_MAX_BYTES).unwrap().request {
        Request::Append(append) => Some(append.envelope.kind),
        _ => None,
    };
    frames.filter_map(kind).collect()
}

fn controls(person: &Person) -> usize {
    posted(person).iter().filter(|kind| **kind == EnvelopeKind::Control).count()
}

/// Carries frames to and fro until this is so, and nothing of what waits in the outbox.
async fn read_only(world: &mut World, person: &mut Person, is_read: impl Fn(&mut Person) -> bool) {
    while !is_read(person) {
        world.relay.prune().await;
        while let Some(frame) = person.wire.as_mut().unwrap().arrival() {
            person.client().receive(&frame, world.clock.read()).unwrap();
        }
        for frame in person.client().take_outgoing() {
            person.wire.as_mut().unwrap().send(frame).await;
        }
    }
}

#[tokio::test]
async fn a_message_is_never_said_to_be_further_than_it_is() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    patient.switch_off();
    doctor.wire = None;
    doctor.client().connection_closed();
    doctor.client().send(thread, "Vos résultats", now).unwrap();
    assert_eq!(state(&mut doctor, thread), State::Waiting);
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(state(&mut doctor, thread), State::AtTheRelay);
    // The patient's device stores it, and is killed before its receipt leaves.
    patient.switch_on();
    world.connect(&mut patient);
    read_only(&mut world, &mut patient, |patient| patient.texts(thread).len() == 2).await;
    patient.switch_off();
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(state(&mut doctor, thread), State::AtTheRelay);
    // It is on again, its receipt is at the relay, and the relay withholds it.
    let withhold = |frame| match frame {
        ServerFrame::Event(RelayEvent::Appended { .. }) => Vec::new(),
        frame => vec![frame],
    };
    doctor.wire.as_mut().unwrap().tamper(withhold);
    patient.switch_on();
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(controls(&patient), 1);
    assert_eq!(state(&mut doctor, thread), State::AtTheRelay);
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(state(&mut doctor, thread), State::Delivered);
    // Displayed while there is no connection: the doctor hears of it when there is one, with the time of the display.
    patient.wire = None;
    patient.client().connection_closed();
    patient.client().mark_displayed(thread, Seq(u64::MAX), now.plus(60)).unwrap();
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(state(&mut doctor, thread), State::Delivered);
    world.clock.advance(3600);
    doctor.told.clear();
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(state(&mut doctor, thread), State::Displayed);
    assert!(doctor.told.contains(&Event::ReceiptsChanged { thread }));
    let receipt = receipt(&mut doctor, thread);
    assert_eq!((receipt.delivered_at, receipt.displayed_at), (Some(now), Some(now.plus(60))));
    doctor.client().send(thread, "Et encore ceci", now).unwrap();
    assert_eq!(state(&mut doctor, thread), State::Waiting, "a receipt is of what stood before it");
}

#[tokio::test]
async fn receipts_answer_content_once_and_never_each_other() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    assert_eq!((controls(&doctor), controls(&patient)), (0, 1));
    let now = world.clock.read();
    for _ in 0..2 {
        patient.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
        doctor.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
    }
    assert_eq!((controls(&doctor), controls(&patient)), (0, 2), "nothing new was displayed");
    patient.switch_off();
    for number in 0..600 {
        doctor.client().send(thread, &number.to_string(), now).unwrap();
    }
    world.settle(&mut [&mut doctor]).await;
    patient.switch_on();
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(controls(&patient) <= 2, "one for each page at most");
    assert_eq!(state(&mut doctor, thread), State::Delivered);
}

#[tokio::test]
async fn what_was_not_shown_is_not_said_to_be_displayed() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Un").await;
    let now = world.clock.read();
    for text in ["Deux", "Trois"] {
        doctor.client().send(thread, text, now).unwrap();
    }
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let places: Vec<Seq> = {
        let entries = patient.client().entries(thread).unwrap();
        entries.iter().filter_map(|entry| entry.seq).collect()
    };
    let [first, second, third] = places[..] else { panic!("{places:?}") };
    assert_eq!(patient.client().first_unread(thread).unwrap(), Some(first));
    for (shown, next) in [(second, Some(third)), (first, Some(third)), (third, None)] {
        patient.client().mark_displayed(thread, shown, now).unwrap();
        assert_eq!(patient.client().first_unread(thread).unwrap(), next, "nothing is taken back");
        world.settle(&mut [&mut doctor, &mut patient]).await;
        let receipt = receipt(&mut doctor, thread);
        assert_eq!((receipt.has_displayed(second), receipt.has_displayed(third)), (true, next.is_none()));
    }
}

#[tokio::test]
async fn receipts_wait_behind_content_and_the_newest_takes_the_place_of_all() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    patient.wire = None;
    patient.client().connection_closed();
    for text in ["1", "2"] {
        doctor.client().send(thread, text, now).unwrap();
    }
    world.settle(&mut [&mut doctor]).await;
    // Read in two pieces, displayed in two, and an answer is written after all that.
    world.connect(&mut patient);
    let displays =
        |patient: &mut Person| patient.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
    read_only(&mut world, &mut patient, |patient| {
        displays(patient);
        patient.texts(thread).len() == 3
    })
    .await;
    patient.wire = None;
    patient.client().connection_closed();
    patient.client().send(thread, "Merci", now).unwrap();
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(posted(&patient), [EnvelopeKind::Application, EnvelopeKind::Control]);
    assert_eq!(doctor.texts(thread), ["Bonjour", "1", "2", "Merci"]);
    let receipt = receipt(&mut doctor, thread);
    let entries = doctor.client().entries(thread).unwrap();
    let answered = entries.iter().filter_map(|entry| entry.seq).rev().nth(1).unwrap();
    assert!(receipt.has_displayed(answered) && receipt.displayed == answered);
}

#[tokio::test]
async fn receipts_go_out_in_every_mode_and_not_after_leaving() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    for mode in [AnswerMode::NoReply, AnswerMode::OneReply, AnswerMode::Closed] {
        let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
        let now = world.clock.read();
        doctor.client().set_mode(thread, mode, now).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
        patient.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
        assert_eq!(receipt(&mut doctor, thread).displayed, Seq(2), "{mode:?}");
        assert_eq!(doctor.refused(thread), Vec::<String>::new());
    }
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    patient.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
    patient.client().depart(thread, Departure::Block, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let receipt = receipt(&mut doctor, thread);
    assert_eq!((receipt.delivered, receipt.displayed), (Seq(2), Seq::START), "who has left says no more");
}

#[tokio::test]
async fn a_device_with_many_threads_spreads_its_receipts_and_waits_for_none_of_them() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let mut threads = Vec::new();
    for number in 0..90 {
        threads.push(world.open(&mut doctor, &mut patient, &number.to_string()).await);
        // Claims and supplies of KeyPackages are bounded by the minute, too.
        if number % 20 == 0 {
            world.clock.advance(60);
        }
    }
    world.clock.advance(60);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let now = world.clock.read();
    patient.wire = None;
    patient.client().connection_closed();
    for thread in &threads {
        patient.client().mark_displayed(*thread, Seq(u64::MAX), now).unwrap();
    }
    world.clock.advance(60);
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let displayed = |doctor: &mut Person| {
        let receipts = threads.iter().map(|thread| receipt(doctor, *thread));
        receipts.filter(|receipt| receipt.displayed > Seq::START).count()
    };
    assert_eq!(displayed(&mut doctor), 80);
    assert!(patient.client().is_settled().unwrap(), "nobody waits for receipts");
    assert_eq!(patient.client().wakes_at(), Some(now.plus(120)));
    // What a person writes goes out at once, in a thread whose receipt waits, too.
    let last = *threads.last().unwrap();
    patient.client().send(last, "Réponse", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(last).last().map(String::as_str), Some("Réponse"));
    assert_eq!(displayed(&mut doctor), 80);
    world.clock.advance(60);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(displayed(&mut doctor), 90);
    let heartbeat = patient.client().wakes_at().expect("there was news");
    assert!(heartbeat > now.plus(HEARTBEAT_SECONDS / 2), "no receipt waits any more");
    let is_refusal = |event: &Event| matches!(event, Event::SendRefused { .. } | Event::SendDenied { .. });
    assert!(!patient.told.iter().any(is_refusal));
}

#[tokio::test]
async fn no_person_hears_of_a_receipt_that_the_relay_refuses() {
    for code in [RefusalCode::QuotaExceeded, RefusalCode::NotPermitted] {
        let mut scene = Scene::new().await;
        let refusal = match code {
            RefusalCode::QuotaExceeded => Refusal::after(code, 40),
            code => Refusal::never(code),
        };
        scene.rig.refusing = Some((EnvelopeKind::Control, refusal));
        scene.open();
        scene.rig.refusing = None;
        assert_eq!(receipt(&mut scene.doctor, scene.thread).delivered, Seq::START);
        for person in scene.honest() {
            let is_refusal = |event: &Event| matches!(event, Event::SendRefused { .. });
            assert!(!person.told.iter().any(is_refusal));
            assert!(person.client().is_settled().unwrap());
        }
        scene.world.clock.advance(40);
        scene.assert_goes_on();
        assert_eq!(state(&mut scene.doctor, scene.thread), State::Delivered, "by the newest");
    }
}

fn rogue_says(scene: &mut Scene, rogue: &mut Rogue, control: Control) -> Vec<u8> {
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload_of(&mut scene.world, Body::Control(control));
    rogue.seal(&payload)
}

#[tokio::test]
async fn r35_client_refuses_a_receipt_of_what_its_sender_had_not_read() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    for ahead in [1, 1000] {
        for control in [Control::Delivered, Control::Displayed] {
            let through = Seq(scene.rig.log(scene.thread).len() as u64 + ahead);
            let receipt = rogue_says(&mut scene, &mut rogue, control(through));
            scene.assert_refused(EnvelopeKind::Control, receipt, "R35");
        }
    }
    for control in [Control::Delivered(Seq::START), Control::Displayed(Seq::START)] {
        let receipt = rogue_says(&mut scene, &mut rogue, control);
        scene.assert_refused(EnvelopeKind::Control, receipt, "R35");
    }
    let of_rogue = |scene: &mut Scene| {
        let receipts = scene.doctor.client().receipts(scene.thread).unwrap();
        *receipts.iter().find(|receipt| receipt.account == rogue.account()).unwrap()
    };
    assert_eq!((of_rogue(&mut scene).delivered, of_rogue(&mut scene).displayed), (Seq::START, Seq::START));
}

#[tokio::test]
async fn a_receipt_that_says_less_than_an_earlier_one_says_nothing() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    scene.assert_goes_on();
    let account = rogue.account();
    for control in [Control::Displayed(Seq(4)), Control::Displayed(Seq(2)), Control::Delivered(Seq(3))] {
        let receipt = rogue_says(&mut scene, &mut rogue, control);
        scene.assert_accepted(EnvelopeKind::Control, receipt);
        let receipts = scene.doctor.client().receipts(scene.thread).unwrap();
        let receipt = receipts.iter().find(|receipt| receipt.account == account).unwrap();
        assert_eq!((receipt.delivered, receipt.displayed), (Seq(4), Seq(4)));
    }
}
