//! A relay and a member that tamper with documents: each way is refused, told apart where that helps, and leaves nothing
//! on the disk; the genuine document still comes.

use colloque_client_core::{DocumentState, Event};
use colloque_schemas::blob::BlobSize;
use colloque_schemas::bytes::Opaque;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{PutChunk, Request, Response};
use colloque_schemas::id::{BlobId, KeyHash};
use colloque_schemas::limits::DOCUMENT_MAX_BYTES;
use colloque_schemas::mimi::{DocumentKey, DocumentPart};
use colloque_schemas::payload::Body;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_tests::sealed::seal;
use colloque_tests::world::professional;
use colloque_tests::{RawDevice, Scene};

use super::{LENGTH, attach, content, files, newest, pair, read, state};

/// What the malicious relay does to the chunks of a document, knowing those of another.
type Tampering = fn(&mut Vec<Vec<u8>>, &[Vec<u8>]);

/// The doctor has sent a document, and another before, to the patient behind a malicious relay.
async fn sent() -> (Scene, BlobId, BlobId) {
    let mut scene = Scene::new().await;
    scene.open();
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let [other, blob] = [3, 7].map(|seed| {
        let blob = attach(&mut scene.doctor, &scene.world, &content(LENGTH, seed), "x.pdf");
        scene.doctor.client().send_documents(thread, "", &[blob], None, now).unwrap();
        blob
    });
    scene.settle();
    (scene, blob, other)
}

fn fetch(scene: &mut Scene) -> DocumentState {
    let thread = scene.thread;
    super::fetch(&mut scene.patient, thread, 0);
    scene.settle();
    state(&mut scene.patient, thread, 0)
}

fn failed(reason: &str) -> DocumentState {
    DocumentState::Failed { reason: reason.to_owned() }
}

#[tokio::test]
async fn every_tampering_of_the_relay_is_refused_and_leaves_nothing_and_the_genuine_document_still_comes() {
    let (mut scene, blob, other) = sent().await;
    let (thread, genuine) = (scene.thread, scene.rig.blobs[&blob].clone());
    let others = scene.rig.blobs[&other].clone();
    let ways: [(&str, &str, Tampering); 12] = [
        ("a flipped bit", "document-altered", |chunks, _| chunks[1][1000] ^= 1),
        ("a flipped bit of the last tag", "document-altered", |chunks, _| {
            *chunks[2].last_mut().unwrap() ^= 1
        }),
        ("a chunk cut short", "document-length", |chunks, _| chunks[1].truncate(1000)),
        ("an empty chunk", "document-length", |chunks, _| chunks[0].clear()),
        ("the end cut off", "document-length", |chunks, _| {
            chunks[2].pop();
        }),
        ("a chunk that grew", "document-length", |chunks, _| chunks[2].push(0)),
        ("two chunks exchanged", "document-altered", |chunks, _| chunks.swap(0, 1)),
        ("the first chunk twice", "document-altered", |chunks, _| chunks[1] = chunks[0].clone()),
        ("the last chunk in the middle", "document-length", |chunks, _| chunks[1] = chunks[2].clone()),
        ("the last chunk missing", "no-such-blob", |chunks, _| drop(chunks.pop())),
        ("a chunk of another document", "document-altered", |chunks, others| chunks[2] = others[2].clone()),
        ("another document", "document-altered", |chunks, others| *chunks = others.to_vec()),
    ];
    let (message, ..) = newest(&mut scene.patient, thread);
    for (way, reason, tamper) in ways {
        let mut chunks = genuine.clone();
        tamper(&mut chunks, &others);
        scene.rig.blobs.insert(blob, chunks);
        scene.patient.told.clear();
        assert_eq!(fetch(&mut scene), failed(reason), "{way}");
        assert_eq!(
            scene.patient.told.last(),
            Some(&Event::DocumentChanged { thread, message, index: 0 }),
            "{way}"
        );
        assert_eq!(files(&scene.patient), Vec::<std::path::PathBuf>::new(), "{way}");
        let denied = scene.patient.client().document(thread, message, 0).unwrap_err();
        assert_eq!(denied.id(), "document-not-here", "{way}");
        scene.assert_goes_on();
    }
    scene.rig.blobs.insert(blob, genuine);
    assert_eq!(fetch(&mut scene), DocumentState::Here);
    assert!(read(&mut scene.patient, thread, 0) == content(LENGTH, 7));
}

#[tokio::test]
async fn what_the_disk_altered_after_a_document_was_here_is_an_error_and_no_other_content() {
    let (mut scene, ..) = sent().await;
    let thread = scene.thread;
    assert_eq!(fetch(&mut scene), DocumentState::Here);
    let file = &files(&scene.patient)[0];
    let mut stored = std::fs::read(file).unwrap();
    stored[300_000] ^= 1;
    std::fs::write(file, stored).unwrap();
    let (message, ..) = newest(&mut scene.patient, thread);
    let mut reader = scene.patient.client().document(thread, message, 0).unwrap();
    let mut plain = Vec::new();
    let error = std::io::Read::read_to_end(&mut reader, &mut plain).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(content(LENGTH, 7).starts_with(&plain), "what came before is genuine");
}

/// What a message says of a document that is at the relay, and was encrypted by code that is not the client's.
fn part(scene: &mut Scene, content: &[u8]) -> DocumentPart {
    let sealed = seal(content, 9);
    scene.rig.blobs.insert(sealed.part.blob, sealed.chunks);
    sealed.part
}

#[tokio::test]
async fn a_member_who_says_something_else_of_a_document_than_it_is_is_refused() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let thread = scene.thread;
    let part = part(&mut scene, &content(LENGTH, 7));
    let key = DocumentKey::new([1; 32]);
    for (way, reason, said) in [
        ("another hash", "document-hash", DocumentPart { hash: KeyHash::new([1; 32]), ..part.clone() }),
        ("another key", "document-altered", DocumentPart { key, ..part.clone() }),
        ("another nonce", "document-altered", DocumentPart { nonce: [1; 19], ..part.clone() }),
        ("a shorter length", "document-length", DocumentPart { bytes: part.bytes - 1, ..part.clone() }),
        ("a longer length", "document-hash", DocumentPart { bytes: part.bytes + 1, ..part.clone() }),
        ("a far longer length", "document-length", DocumentPart { bytes: 100 * part.bytes, ..part.clone() }),
        ("no blob", "no-such-blob", DocumentPart { blob: BlobId::new([1; 16]), ..part.clone() }),
    ] {
        rogue.catch_up(&scene.rig);
        let body = Body::content([0; 16], way.to_owned(), vec![said]);
        let payload = rogue.payload_of(&mut scene.world, body);
        let sealed = rogue.seal(&payload);
        scene.assert_accepted(EnvelopeKind::Application, sealed);
        assert_eq!(newest(&mut scene.patient, thread).1, way);
        assert_eq!(fetch(&mut scene), failed(reason), "{way}");
        assert_eq!(files(&scene.patient), Vec::<std::path::PathBuf>::new(), "{way}");
    }
    // The same, said as it is.
    rogue.catch_up(&scene.rig);
    let body = Body::content([0; 16], String::new(), vec![part]);
    let payload = rogue.payload_of(&mut scene.world, body);
    let sealed = rogue.seal(&payload);
    scene.assert_accepted(EnvelopeKind::Application, sealed);
    assert_eq!(fetch(&mut scene), DocumentState::Here);
    assert!(read(&mut scene.patient, thread, 0) == content(LENGTH, 7), "two programs agree on the format");
}

#[tokio::test]
async fn a_claim_of_more_than_any_document_has_is_no_message() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let part = part(&mut scene, b"small");
    rogue.catch_up(&scene.rig);
    let said = DocumentPart { bytes: DOCUMENT_MAX_BYTES + 1, ..part };
    let body = Body::content([0; 16], "x".to_owned(), vec![said]);
    let payload = rogue.payload_of(&mut scene.world, body);
    let sealed = rogue.seal(&payload);
    scene.assert_refused(EnvelopeKind::Application, sealed, "malformed");
}

#[tokio::test]
async fn a_hostile_name_and_type_are_harmless_where_they_are_shown() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let thread = scene.thread;
    let part = part(&mut scene, b"small");
    rogue.catch_up(&scene.rig);
    let name = "../../.ssh/\u{202e}fdp.\u{1b}[2Jauthorized_keys.exe".to_owned();
    let said = DocumentPart { name, media_type: "text/html".to_owned(), ..part };
    let body = Body::content([0; 16], String::new(), vec![said]);
    let payload = rogue.payload_of(&mut scene.world, body);
    let sealed = rogue.seal(&payload);
    scene.assert_accepted(EnvelopeKind::Application, sealed);
    let (_, _, documents) = newest(&mut scene.patient, thread);
    assert_eq!(documents[0].name, "_.._.ssh_fdp.[2Jauthorized_keys.exe_");
    assert_eq!(documents[0].media_type, "application/octet-stream");
}

#[tokio::test]
async fn who_knows_a_blob_cannot_change_it_and_who_guesses_learns_nothing() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = content(LENGTH, 7);
    let blob = attach(&mut doctor, &world, &plain, "x.pdf");
    doctor.client().send_documents(thread, "", &[blob], None, world.clock.read()).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let mut stranger = RawDevice::new(&mut world, &professional("Dr Paul Rouge"));
    stranger.sign_in(&mut world).await;
    let size = BlobSize::of_document(LENGTH as u64).unwrap();
    let before = world.digest().await;
    for index in 0..size.chunks() {
        let chunk = Opaque::from(vec![0; size.chunk_bytes(index).unwrap()]);
        let put = Request::PutChunk(PutChunk { blob, size, index, chunk });
        let refusal = stranger.ask(&world, put).await;
        assert_eq!(refusal, Err(Refusal::never(RefusalCode::BlobConflict)));
    }
    let guess = BlobId::new([0xab; 16]);
    assert_eq!(stranger.ask(&world, Request::AskBlob(guess)).await, Ok(Response::NextChunk(0)));
    let taken = stranger.ask(&world, Request::TakeChunk { blob: guess, index: 0 }).await;
    assert_eq!(taken, Err(Refusal::never(RefusalCode::NoSuchBlob)));
    assert_eq!(world.digest().await, before);
    super::fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    assert!(read(&mut patient, thread, 0) == plain);
}
