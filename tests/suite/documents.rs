//! Documents end to end: from the file of one person to the file of another, through a relay that reads nothing, across
//! deaths of both, in their place among messages.

mod hostile;
mod interrupted;
mod memory;

use std::io::Read;
use std::path::PathBuf;

use colloque_client_core::{Document, DocumentState, EntryKind, Event};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::blob::BlobSize;
use colloque_schemas::id::{BlobId, MessageId, ThreadId};
use colloque_schemas::limits::{DOCUMENTS_PER_MESSAGE, RETENTION_DAYS};
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::site::Site;
use colloque_tests::world::professional;
use colloque_tests::{Person, World};

/// Of three chunks.
const LENGTH: usize = 700_000;
/// Fetched without being asked for.
const SMALL: usize = 20_000;

/// Bytes that do not repeat with the chunks.
fn content(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * seed) % 251).unwrap()).collect()
}

/// Attaches a document of this content, and says its name.
fn attach(person: &mut Person, world: &World, content: &[u8], name: &str) -> BlobId {
    let now = world.clock.read();
    person.client().attach(&mut &*content, name, "application/pdf", now).unwrap()
}

/// The newest message that has documents.
fn newest(person: &mut Person, thread: ThreadId) -> (MessageId, String, Vec<Document>) {
    let entries = person.client().entries(thread).unwrap();
    let newest = entries.into_iter().rev().find_map(|entry| match entry.kind {
        EntryKind::Message(message) if !message.documents.is_empty() => Some(message),
        _ => None,
    });
    let message = newest.expect("a message with documents");
    (message.message, message.text, message.documents)
}

fn state(person: &mut Person, thread: ThreadId, index: usize) -> DocumentState {
    newest(person, thread).2[index].state.clone()
}

/// The plaintext of a document of the newest message.
fn read(person: &mut Person, thread: ThreadId, index: u32) -> Vec<u8> {
    let (message, ..) = newest(person, thread);
    let mut plain = Vec::new();
    person.client().document(thread, message, index).unwrap().read_to_end(&mut plain).unwrap();
    plain
}

fn fetch(person: &mut Person, thread: ThreadId, index: u32) {
    let (message, ..) = newest(person, thread);
    person.client().fetch_document(thread, message, index).unwrap();
}

/// The files beside the store.
fn files(person: &Person) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(person.folder().join("documents"));
    folder.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

async fn pair() -> (World, Person, Person, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    (world, doctor, patient, thread)
}

#[tokio::test]
async fn documents_go_both_ways_and_are_what_was_attached() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let (large, small) = (content(LENGTH, 7), content(SMALL, 3));
    let attached = [
        attach(&mut doctor, &world, &large, "Compte rendu.pdf"),
        attach(&mut doctor, &world, &small, "../Ordonnance\u{202e}.exe"),
        attach(&mut doctor, &world, &[], "vide"),
    ];
    let now = world.clock.read();
    let sent = doctor.client().send_documents(thread, "Voici.", &attached, None, now).unwrap();
    assert_eq!(state(&mut doctor, thread, 0), DocumentState::Waiting);
    world.settle(&mut [&mut doctor, &mut patient]).await;

    let (message, text, documents) = newest(&mut patient, thread);
    assert_eq!((message, text.as_str(), documents.len()), (sent, "Voici.", 3));
    assert_eq!(documents[0].name, "Compte rendu.pdf");
    assert_eq!(documents[1].name, "_Ordonnance.exe_");
    assert_eq!((documents[0].bytes, documents[0].media_type), (LENGTH as u64, "application/pdf"));
    assert_eq!(documents[0].state, DocumentState::AtRelay, "a large one is fetched when it is asked for");
    assert_eq!((&documents[1].state, &documents[2].state), (&DocumentState::Here, &DocumentState::Here));
    assert_eq!(patient.client().document(thread, message, 0).unwrap_err().id(), "document-not-here");
    fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    assert!(patient.told.contains(&Event::DocumentChanged { thread, message, index: 0 }));
    for person in [&mut doctor, &mut patient] {
        assert_eq!(state(person, thread, 0), DocumentState::Here);
        assert!(read(person, thread, 0) == large && read(person, thread, 1) == small);
        assert!(read(person, thread, 2).is_empty());
    }

    // What is under way ends with the client, and its keys with it.
    let mut reader = patient.client().document(thread, message, 0).unwrap();
    reader.read_exact(&mut [0; 1000]).unwrap();
    patient.switch_off();
    assert_eq!(reader.read(&mut [0; 1000]).unwrap_err().kind(), std::io::ErrorKind::ConnectionAborted);
    patient.switch_on();
    world.connect(&mut patient);

    let photo = content(LENGTH, 11);
    let attached = attach(&mut patient, &world, &photo, "photo.jpg");
    patient.client().send_documents(thread, "", &[attached], None, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(newest(&mut doctor, thread).1, "", "documents may come without a text");
    fetch(&mut doctor, thread, 0);
    world.settle(&mut [&mut doctor]).await;
    assert!(read(&mut doctor, thread, 0) == photo);
    assert!(doctor.client().is_settled().unwrap() && patient.client().is_settled().unwrap());
}

#[tokio::test]
async fn what_is_stored_on_both_sides_is_ciphertext_of_the_bucket_and_private() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let attached = attach(&mut doctor, &world, &content(LENGTH, 7), "x.pdf");
    doctor.client().send_documents(thread, "", &[attached], None, world.clock.read()).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    fetch(&mut patient, thread, 0);
    world.settle(&mut [&mut patient]).await;
    let size = BlobSize::of_document(LENGTH as u64).unwrap();
    let [own, fetched] = [&doctor, &patient].map(|person| {
        let files = files(person);
        assert_eq!(files.len(), 1);
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&files[0]).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        std::fs::read(&files[0]).unwrap()
    });
    assert_eq!(own.len() as u64, size.bytes());
    assert!(own == fetched, "as it is at the relay");
    assert!(!colloque_tests::leak::occurs(&own, &content(64, 7)));
}

#[tokio::test]
async fn a_message_with_documents_is_one_answer_and_denied_where_an_answer_is() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let now = world.clock.read();
    doctor.client().set_mode(thread, AnswerMode::NoReply, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let first = attach(&mut patient, &world, &content(SMALL, 7), "a.pdf");
    let denied = patient.client().send_documents(thread, "", &[first], None, now);
    assert_eq!(denied.unwrap_err().id(), "R06");
    doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let second = attach(&mut patient, &world, &content(SMALL, 7), "b.pdf");
    patient.client().send_documents(thread, "", &[first, second], None, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(newest(&mut doctor, thread).2.len(), 2);
    assert_eq!(patient.client().send(thread, "Et encore", now).unwrap_err().id(), "R04");
    let third = attach(&mut patient, &world, &content(SMALL, 7), "c.pdf");
    assert_eq!(patient.client().send_documents(thread, "", &[third], None, now).unwrap_err().id(), "R04");
}

#[tokio::test]
async fn what_was_closed_while_a_document_was_on_its_way_is_refused_at_its_place() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let now = world.clock.read();
    patient.wire = None;
    patient.client().connection_closed();
    let attached = attach(&mut patient, &world, &content(SMALL, 7), "a.pdf");
    patient.client().send_documents(thread, "", &[attached], None, now).unwrap();
    doctor.client().set_mode(thread, AnswerMode::Closed, now).unwrap();
    world.settle(&mut [&mut doctor]).await;
    world.connect(&mut patient);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(patient.told.contains(&Event::SendDenied { thread, rule: "R07" }));
    assert_eq!((doctor.texts(thread).len(), patient.texts(thread).len()), (1, 1));
    patient.switch_off();
    patient.switch_on();
    assert!(files(&patient).is_empty(), "what was not sent is not kept");
}

#[tokio::test]
async fn a_message_has_one_to_eight_documents_each_once_and_a_bounded_text() {
    let (world, mut doctor, _patient, thread) = pair().await;
    let now = world.clock.read();
    let one = attach(&mut doctor, &world, b"x", "x");
    let many = vec![one; DOCUMENTS_PER_MESSAGE + 1];
    let long = "x".repeat(32 * 1024 + 1);
    for (text, attached, id) in [
        ("", &[][..], "document-count"),
        ("", &many, "document-count"),
        ("", &[one, one], "unknown-document"),
        ("", &[BlobId::new([1; 16])], "unknown-document"),
        (&long, &[one], "text-length"),
    ] {
        assert_eq!(doctor.client().send_documents(thread, text, attached, None, now).unwrap_err().id(), id);
    }
    assert_eq!(doctor.client().thread(thread).unwrap().waiting, 0, "nothing was queued");
    let broken = std::fs::File::open("/").unwrap();
    let attached = doctor.client().attach(&mut &broken, "x", "", now);
    assert_eq!(attached.unwrap_err().id(), "source-unreadable");
    assert_eq!(files(&doctor).len(), 1, "nothing is kept of what could not be read");
    assert!(doctor.client().send_documents(thread, "", &[one], None, now).is_ok());
    assert_eq!(
        doctor.client().send_documents(thread, "", &[one], None, now).unwrap_err().id(),
        "unknown-document"
    );
}

#[tokio::test]
async fn what_is_attached_and_not_sent_is_kept_for_a_day_also_across_a_restart() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let [sent, discarded, forgotten] =
        ["a.pdf", "b.pdf", "c.pdf"].map(|name| attach(&mut doctor, &world, &content(SMALL, 7), name));
    doctor.client().discard_attachment(discarded).unwrap();
    assert_eq!(doctor.client().discard_attachment(discarded).unwrap_err().id(), "unknown-document");
    assert_eq!(files(&doctor).len(), 2);
    doctor.switch_off();
    doctor.switch_on();
    doctor.client().send_documents(thread, "", &[sent], None, world.clock.read()).unwrap();
    world.clock.advance(SECONDS_PER_DAY + 1);
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(newest(&mut patient, thread).2[0].name, "a.pdf");
    assert_eq!(doctor.client().discard_attachment(forgotten).unwrap_err().id(), "unknown-document");
    assert_eq!(files(&doctor).len(), 1);
}

#[tokio::test]
async fn a_document_that_is_forgotten_is_gone_here_and_can_be_fetched_while_the_relay_has_it() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let plain = content(LENGTH, 7);
    let attached = attach(&mut doctor, &world, &plain, "x.pdf");
    let message = doctor.client().send_documents(thread, "", &[attached], None, world.clock.read()).unwrap();
    let unsent = doctor.client().forget_document(thread, message, 0);
    assert_eq!(unsent.unwrap_err().id(), "document-unsent", "it is nowhere else yet");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    doctor.client().forget_document(thread, message, 0).unwrap();
    assert!(files(&doctor).is_empty());
    assert_eq!(doctor.client().document(thread, message, 0).unwrap_err().id(), "document-not-here");
    assert_eq!(doctor.client().forget_document(thread, message, 1).unwrap_err().id(), "unknown-document");
    fetch(&mut doctor, thread, 0);
    world.settle(&mut [&mut doctor]).await;
    assert!(read(&mut doctor, thread, 0) == plain);

    doctor.client().forget_document(thread, message, 0).unwrap();
    world.clock.advance((RETENTION_DAYS + 1) * SECONDS_PER_DAY);
    world.relay.prune().await;
    assert_eq!(std::fs::read_dir(world.relay_folder().join("blobs")).unwrap().count(), 0);
    fetch(&mut patient, thread, 0);
    world.connect(&mut patient);
    world.settle(&mut [&mut patient]).await;
    let reason = "no-such-blob".to_owned();
    assert_eq!(state(&mut patient, thread, 0), DocumentState::Failed { reason });
}

#[tokio::test]
async fn over_real_sockets_a_document_of_megabytes_arrives() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let mut patient = site.person(colloque_schemas::certificate::Holder::Patient).await;
    let (account, now) = (patient.client.own().account, site.clock.read());
    let thread = doctor.client.open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    let plain = content(3_000_000, 7);
    let attached = doctor.client.attach(&mut &plain[..], "x.pdf", "", now).unwrap();
    let message = doctor.client.send_documents(thread, "", &[attached], None, now).unwrap();
    doctor.settle().await;
    patient.hears(|event| matches!(event, Event::MessageReceived { seq, .. } if seq.0 == 3)).await;
    patient.client.fetch_document(thread, message, 0).unwrap();
    patient.settle().await;
    let mut fetched = Vec::new();
    patient.client.document(thread, message, 0).unwrap().read_to_end(&mut fetched).unwrap();
    assert!(fetched == plain);
}
