//! A full run with planted texts, names and ids: none of them is in the relay's files, in its logs, or readable in a
//! client's store.

use std::io;
use std::sync::{Arc, Mutex};

use colloque_client_core::{Client, Departure, EntryKind, Message};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::frame::Request;
use colloque_schemas::id::ThreadId;
use colloque_schemas::refusal::RefusalCode;
use colloque_tests::leak::{Canaries, occurs};
use colloque_tests::raw::thread_id;
use colloque_tests::request::opening;
use colloque_tests::world::professional;
use colloque_tests::{Person, RawDevice, World};
use tracing_subscriber::fmt::MakeWriter;

const FIRST: &str = "canary-text: la première consultation";
const ANSWER: &str = "canary-text: toujours mal au genou gauche";
const LONG: &str = "canary-text: compte rendu d'imagerie, suite. ";
const WAITING: &str = "canary-text: jamais envoyé";
const DOCUMENT: &str = "canary-document: imagerie du genou gauche. ";
const DOCUMENT_NAME: &str = "canary-name: IRM du genou.pdf";
const PETNAME: &str = "canary-name: Basile Roux";
const CERTIFIED_NAME: &str = "canary-name: Dr Ana Verne";
/// Files whose purpose is to hold a key.
const KEY_FILES: [&str; 1] = ["relay.key"];

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What happened, with the device that stays.
struct Run {
    world: World,
    people: Vec<Person>,
    threads: Vec<ThreadId>,
}

async fn full_run() -> Run {
    let mut world = World::new().await;
    let mut doctor = world.professional(CERTIFIED_NAME).await;
    let mut patient = world.patient().await;
    let mut other = world.patient().await;
    let account = patient.account();
    doctor.client().name_contact(account, PETNAME).unwrap();
    let thread = world.open(&mut doctor, &mut patient, FIRST).await;
    let now = world.clock.read();
    patient.client().send(thread, ANSWER, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let long = LONG.repeat(500);
    doctor.client().send(thread, &long, now).unwrap();
    patient.client().send(thread, &long, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.texts(thread).len(), 4);
    for repetitions in [1, 20_000] {
        let document = DOCUMENT.repeat(repetitions);
        let mut source = document.as_bytes();
        let attached = patient.client().attach(&mut source, DOCUMENT_NAME, "application/pdf", now).unwrap();
        patient.client().send_documents(thread, ANSWER, &[attached], None, now).unwrap();
    }
    world.settle(&mut [&mut doctor, &mut patient]).await;
    for entry in doctor.client().entries(thread).unwrap() {
        if let EntryKind::Message(Message { message, documents, .. }) = entry.kind {
            for document in documents {
                doctor.client().fetch_document(thread, message, document.index).unwrap();
            }
        }
    }
    world.settle(&mut [&mut doctor, &mut patient]).await;
    for mode in [AnswerMode::OneReply, AnswerMode::Closed, AnswerMode::Open] {
        doctor.client().set_mode(thread, mode, now).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
    }
    patient.client().depart(thread, Departure::Leave, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let second = world.open_in(&mut doctor, &mut other, AnswerMode::NoReply, FIRST).await;
    world.relay.prune().await;
    other.switch_off();
    doctor.wire = None;
    doctor.client().connection_closed();
    doctor.client().send(second, WAITING, now).unwrap();
    Run { world, people: vec![doctor, patient, other], threads: vec![thread, second] }
}

/// Devices that are refused in many ways, because that is when programs say too much.
async fn refusals(world: &mut World) -> Vec<RawDevice> {
    let mut doctor = RawDevice::new(world, &professional(CERTIFIED_NAME));
    let mut patient = RawDevice::new(world, &colloque_schemas::certificate::Holder::Patient);
    doctor.sign_in(world).await;
    patient.sign_in(world).await;
    let thread = thread_id(world);
    let request = Request::OpenThread(opening(world, thread, AnswerMode::Open, &[&patient, &doctor]));
    let refusal = patient.ask(world, request).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NotPermitted);
    patient.ask(world, Request::ClaimKeyPackages(doctor.account)).await.unwrap_err();
    doctor.send(world, FIRST.as_bytes().to_vec()).await;
    let (challenge, binding) = doctor.connect(world);
    let mut request = doctor.sign_in_request(&challenge, binding);
    if let Request::SignIn(sign_in) = &mut request {
        sign_in.chain = patient.chain.clone();
    }
    doctor.ask(world, request).await.unwrap_err();
    vec![doctor, patient]
}

fn plant_texts(canaries: &mut Canaries) {
    for text in [FIRST, ANSWER, LONG, WAITING, PETNAME, CERTIFIED_NAME, DOCUMENT, DOCUMENT_NAME] {
        canaries.text(text);
    }
    // In whatever they are embedded.
    canaries.text("canary-text");
    canaries.text("canary-name");
    canaries.text("canary-document");
}

fn plant_ids(canaries: &mut Canaries, client: &Client) {
    let own = client.own();
    canaries.bytes("account", own.account.as_bytes());
    canaries.bytes("account key", own.account_key.as_bytes());
    canaries.bytes("device", own.device.as_bytes());
}

fn plant_raw(canaries: &mut Canaries, device: &RawDevice) {
    canaries.bytes("account", device.account.as_bytes());
    canaries.bytes("device", device.device().as_bytes());
    canaries.bytes("leaf", device.chain.leaf());
}

#[tokio::test]
async fn neither_files_nor_logs_say_who_talks_to_whom_or_about_what() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // This thread's: the relay's tasks run on it. Its programs are watched in `command_line`.
    let _capturing = tracing::subscriber::set_default(subscriber);
    tracing::trace!("the capture works");
    let Run { mut world, mut people, threads } = Box::pin(full_run()).await;
    let raw = refusals(&mut world).await;
    let mut canaries = Canaries::default();
    plant_texts(&mut canaries);
    people
        .iter_mut()
        .filter_map(|person| person.client.as_ref())
        .for_each(|client| plant_ids(&mut canaries, client));
    raw.iter().for_each(|device| plant_raw(&mut canaries, device));

    let folder = world.relay_folder();
    let live: Vec<u8> = ["relay.db", "relay.db-wal"]
        .iter()
        .flat_map(|file| std::fs::read(folder.join(file)).unwrap())
        .collect();
    assert!(occurs(&live, threads[0].as_bytes()), "the search finds what is there: logs have thread ids");
    assert_eq!(canaries.found_in_folder(&folder, &KEY_FILES), Vec::<String>::new(), "while it runs");
    world.relay.stop().await;
    assert_eq!(canaries.found_in_folder(&folder, &KEY_FILES), Vec::<String>::new(), "after it stopped");

    threads.iter().for_each(|thread| canaries.bytes("thread", thread.as_bytes()));
    for person in &people {
        let found = canaries.found_in_folder(&person.folder(), &[]);
        assert_eq!(found, Vec::<String>::new(), "in a client's store");
    }
    let log = log.0.lock().unwrap();
    assert!(occurs(&log, b"the capture works"));
    assert_eq!(canaries.found_in(&log), Vec::<&str>::new(), "in the log");
}

#[tokio::test]
async fn a_leak_is_found_in_each_of_its_forms() {
    let mut canaries = Canaries::default();
    canaries.text("canary-text");
    canaries.bytes("id", &[0xab; 16]);
    let hex = "ab".repeat(16);
    for leak in [
        b"...canary-text...".to_vec(),
        vec![0xab; 20],
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        format!("{:?}", [0xab_u8; 16]).into_bytes(),
    ] {
        assert_eq!(canaries.found_in(&leak).len(), 1, "{}", String::from_utf8_lossy(&leak));
    }
    assert!(canaries.found_in(b"nothing of it").is_empty());
}

#[test]
fn a_leak_is_found_wherever_it_stands() {
    let texts = ["short", "longer than that", "hort-lived", "aaaaab"];
    let mut canaries = Canaries::default();
    texts.into_iter().for_each(|text| canaries.text(text));
    for (text, before) in texts.into_iter().flat_map(|text| (0..20).map(move |before| (text, before))) {
        for after in [0, 1, 7] {
            let leak = format!("{}{text}{}", "a".repeat(before), "s".repeat(after));
            assert_eq!(canaries.found_in(leak.as_bytes()), [text], "{leak}");
        }
    }
    assert_eq!(canaries.found_in(b"shorthort-lived"), ["short", "hort-lived"]);
    assert!(canaries.found_in(b"shor").is_empty());
}
