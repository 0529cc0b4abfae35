//! Transfers that are cut off at any point go on from there, beside messages that pass them.

use colloque_client_core::{DocumentState, Event};
use colloque_schemas::codec;
use colloque_schemas::frame::{ClientFrame, Request, Response, ServerFrame};
use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::{CHUNK_BYTES, FRAME_MAX_BYTES};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_tests::{Person, World};

use super::{attach, content, fetch, files, newest, pair, read, state};

/// Of eight chunks.
const LONG: usize = 2_000_000;

/// The numbers of the chunks that a device has put, or asked for, on its present connection.
fn chunks(person: &Person) -> Vec<u32> {
    let sent = person.wire.as_ref().unwrap().sent.iter();
    let index = |frame: &Vec<u8>| match codec::decode::<ClientFrame>(frame, FRAME_MAX_BYTES).unwrap().request
    {
        Request::PutChunk(put) => Some(put.index),
        Request::TakeChunk { index, .. } => Some(index),
        _ => None,
    };
    sent.filter_map(index).collect()
}

/// Moves one device until so many of its chunks are under way.
async fn until_chunks(world: &World, person: &mut Person, number: usize) {
    while chunks(person).len() < number {
        assert!(person.step(world.clock.read()).await, "it moves");
    }
}

/// A document of eight chunks is at the relay, and the patient knows of it; its content.
async fn sent(world: &mut World, doctor: &mut Person, patient: &mut Person, thread: ThreadId) -> Vec<u8> {
    let plain = content(LONG, 7);
    let attached = attach(doctor, world, &plain, "x.pdf");
    doctor.client().send_documents(thread, "", &[attached], None, world.clock.read()).unwrap();
    world.settle(&mut [doctor, patient]).await;
    plain
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_whoever_died() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = content(LONG, 7);
    let attached = attach(&mut doctor, &world, &plain, "x.pdf");
    doctor.client().send_documents(thread, "Voici", &[attached], None, world.clock.read()).unwrap();
    let mut put = Vec::new();
    for died in ["the device", "the relay", "both", "the connection"] {
        until_chunks(&world, &mut doctor, 2).await;
        assert!(matches!(state(&mut doctor, thread, 0), DocumentState::Uploading { .. }), "{died}");
        put.extend(chunks(&doctor));
        doctor.wire = None;
        patient.wire = None;
        if died != "the relay" && died != "the connection" {
            doctor.switch_off();
        }
        if died != "the device" && died != "the connection" {
            world.restart_relay().await;
        }
        if doctor.client.is_none() {
            doctor.switch_on();
        }
        assert_eq!(patient.texts(thread), ["Bonjour"], "not before all of it is at the relay");
        world.connect(&mut doctor);
    }
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    put.extend(chunks(&doctor));
    // Each chunk was put once: nothing that was acknowledged is sent again.
    assert_eq!(put, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(patient.texts(thread), ["Bonjour", "Voici"]);
    fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    assert!(read(&mut patient, thread, 0) == plain);
}

#[tokio::test]
async fn a_download_goes_on_where_it_was_whoever_died() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = sent(&mut world, &mut doctor, &mut patient, thread).await;
    fetch(&mut patient, thread, 0);
    let mut asked = chunks(&patient);
    for (died, verified) in [("the device", 2), ("the relay", 4), ("the connection", 6)] {
        until_chunks(&world, &mut patient, 4).await;
        let DocumentState::Fetching { done, .. } = state(&mut patient, thread, 0) else { panic!("{died}") };
        assert_eq!(done, verified * CHUNK_BYTES as u64, "{died}");
        asked.extend(&chunks(&patient)[..2]);
        doctor.wire = None;
        patient.wire = None;
        if died == "the device" {
            patient.switch_off();
            patient.switch_on();
        }
        if died == "the relay" {
            world.restart_relay().await;
        }
        world.connect(&mut patient);
    }
    world.settle(&mut [&mut patient]).await;
    asked.extend(chunks(&patient));
    assert_eq!(asked, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(read(&mut patient, thread, 0) == plain);
    assert_eq!(files(&patient).len(), 1);
}

#[tokio::test]
async fn what_a_power_cut_made_of_half_a_file_is_fetched_again() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = sent(&mut world, &mut doctor, &mut patient, thread).await;
    fetch(&mut patient, thread, 0);
    until_chunks(&world, &mut patient, 6).await;
    patient.switch_off();
    let file = &files(&patient)[0];
    let mut half = std::fs::read(file).unwrap();
    assert_eq!(half.len(), 4 * CHUNK_BYTES);
    // A page that never reached the disk, and a tail that did half.
    half[CHUNK_BYTES + 4096..CHUNK_BYTES + 8192].fill(0);
    half.truncate(3 * CHUNK_BYTES + 100);
    std::fs::write(file, half).unwrap();
    patient.switch_on();
    world.connect(&mut patient);
    world.settle(&mut [&mut patient]).await;
    assert_eq!(chunks(&patient), [1, 2, 3, 4, 5, 6, 7]);
    assert!(read(&mut patient, thread, 0) == plain);
}

#[tokio::test]
async fn messages_pass_a_document_and_those_behind_it_in_its_thread_wait() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let other = world.open(&mut doctor, &mut patient, "Autre sujet").await;
    let now = world.clock.read();
    let attached = attach(&mut doctor, &world, &content(LONG, 7), "x.pdf");
    doctor.client().send_documents(thread, "Document", &[attached], None, now).unwrap();
    doctor.client().send(thread, "Derrière", now).unwrap();
    doctor.client().send(other, "À côté", now).unwrap();
    let mut passed_at = None;
    let before = chunks(&doctor).len();
    while doctor.client().thread(thread).unwrap().waiting > 0 {
        let under_way = chunks(&doctor).len();
        doctor.step(now).await;
        assert!(chunks(&doctor).len() - under_way <= 2, "few chunks are in flight");
        world.relay.prune().await;
        patient.step(now).await;
        if patient.texts(other).len() == 2 {
            passed_at.get_or_insert(chunks(&doctor).len() - before);
        }
    }
    assert!(passed_at.unwrap() <= 4, "{passed_at:?}");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(thread), ["Bonjour", "Document", "Derrière"]);
}

/// From here on, what the relay says of blobs becomes this refusal.
fn refuse_blobs(person: &mut Person, refusal: Refusal) {
    person.wire.as_mut().unwrap().tamper(move |frame| match frame {
        ServerFrame::Reply { id, response: Response::NextChunk(_) | Response::Chunk(_) } => {
            vec![ServerFrame::Refused { id: Some(id), refusal }]
        }
        frame => vec![frame],
    });
}

#[tokio::test]
async fn a_relay_that_takes_or_gives_nothing_for_now_is_asked_again_and_messages_go_on() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let other = world.open(&mut doctor, &mut patient, "Autre sujet").await;
    let now = world.clock.read();
    let attached = attach(&mut doctor, &world, &content(LONG, 7), "x.pdf");
    doctor.client().send_documents(thread, "Document", &[attached], None, now).unwrap();
    refuse_blobs(&mut doctor, Refusal::after(RefusalCode::StorageFull, 600));
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(state(&mut doctor, thread, 0), DocumentState::Waiting);
    assert_eq!(doctor.client().wakes_at(), Some(now.plus(600)));
    doctor.client().send(other, "À côté", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!((patient.texts(thread).len(), patient.texts(other).len()), (1, 2));
    doctor.wire.as_mut().unwrap().leave_alone();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(thread).len(), 1, "not before it was told to come back");
    world.clock.advance(600);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(thread), ["Bonjour", "Document"]);

    refuse_blobs(&mut patient, Refusal::after(RefusalCode::QuotaExceeded, 30));
    fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    assert!(matches!(state(&mut patient, thread, 0), DocumentState::Fetching { done: 0, .. }));
    patient.wire.as_mut().unwrap().leave_alone();
    world.clock.advance(30);
    world.settle(&mut [&mut patient]).await;
    assert_eq!(state(&mut patient, thread, 0), DocumentState::Here);
}

#[tokio::test]
async fn a_document_that_the_relay_never_takes_is_told_and_holds_up_nothing() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let now = world.clock.read();
    let attached = attach(&mut doctor, &world, &content(LONG, 7), "x.pdf");
    doctor.client().send_documents(thread, "Document", &[attached], None, now).unwrap();
    doctor.client().send(thread, "Derrière", now).unwrap();
    let refusal = Refusal::never(RefusalCode::BlobConflict);
    refuse_blobs(&mut doctor, refusal);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(doctor.told.contains(&Event::SendRefused { thread, refusal }));
    assert_eq!(patient.texts(thread), ["Bonjour", "Derrière"]);
    assert!(files(&doctor).is_empty());
}

#[tokio::test]
async fn a_file_that_is_gone_from_the_disk_is_told_and_holds_up_nothing() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let now = world.clock.read();
    let attached = attach(&mut doctor, &world, &content(LONG, 7), "x.pdf");
    doctor.client().send_documents(thread, "Document", &[attached], None, now).unwrap();
    doctor.client().send(thread, "Derrière", now).unwrap();
    std::fs::remove_file(&files(&doctor)[0]).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(doctor.told.contains(&Event::SendDenied { thread, rule: "document-storage" }));
    assert_eq!(patient.texts(thread), ["Bonjour", "Derrière"]);
}

#[tokio::test]
async fn a_fetch_can_be_called_off_and_begun_again() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = sent(&mut world, &mut doctor, &mut patient, thread).await;
    fetch(&mut patient, thread, 0);
    until_chunks(&world, &mut patient, 4).await;
    let (message, ..) = newest(&mut patient, thread);
    patient.client().forget_document(thread, message, 0).unwrap();
    world.settle(&mut [&mut patient]).await;
    assert_eq!(state(&mut patient, thread, 0), DocumentState::AtRelay);
    assert!(files(&patient).is_empty());
    fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    assert!(read(&mut patient, thread, 0) == plain);
}

#[tokio::test]
async fn what_a_crash_left_beside_the_store_is_removed_when_it_is_opened() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    sent(&mut world, &mut doctor, &mut patient, thread).await;
    doctor.switch_off();
    let kept = files(&doctor);
    for stray in ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdee.new"] {
        std::fs::write(kept[0].with_file_name(stray), "left").unwrap();
    }
    doctor.switch_on();
    assert_eq!(files(&doctor), kept);
    assert!(read(&mut doctor, thread, 0) == content(LONG, 7));
}
