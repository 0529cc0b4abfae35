//! What one device can make the relay hold, in memory and on disk.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::{Application, Handshake};
use colloque_schemas::frame::{AssertTerms, PublishKeyPackages};
use colloque_schemas::limits::{
    ASSERTIONS_PER_MINUTE, CHUNKS_PER_MINUTE, DEVICE_BYTES_PER_DAY, ENVELOPE_MAX_BYTES,
    HANDSHAKES_PER_MINUTE, OUTBOUND_QUEUE_BYTES, PAGES_PER_MINUTE, PUBLICATIONS_PER_MINUTE,
    WELCOME_MAX_BYTES, WELCOMES_PER_APPEND_BYTES,
};
use colloque_schemas::refusal::Retry;
use colloque_schemas::rule::{Denied, Rule};

use super::*;

/// Devices that no account lists.
fn devices(number: usize) -> Vec<DeviceKey> {
    (0..number).map(|number| DeviceKey::new([u8::try_from(number).unwrap(); 32])).collect()
}

fn inviting(thread: u8, head: u64, fill: u8, devices: Vec<DeviceKey>, bytes: usize) -> Append {
    let welcomes = vec![NewWelcome { devices, payload: vec![0; bytes].into() }];
    // An opening fills two places.
    let read_through = Some(Seq(head.max(2)));
    Append { welcomes, read_through, ..append(thread, Handshake, head, fill) }
}

/// Asks so often as is permitted, then once more, which is permitted again a minute later.
async fn is_bounded(world: &World, caller: &mut Caller, request: Request, per_minute: u32) {
    for _ in 0..per_minute {
        let refusal = caller.ask(request.clone()).await.err();
        assert_ne!(refusal.map(|refusal| refusal.code), Some(RefusalCode::QuotaExceeded));
    }
    let refusal = caller.ask(request.clone()).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::QuotaExceeded);
    let Retry::After { seconds } = refusal.retry else { panic!("{refusal:?}") };
    world.clock.advance(seconds.into());
    assert!(caller.ask(request).await.is_ok());
}

#[tokio::test]
async fn pages_that_are_asked_for_and_not_read_end_the_connection_before_they_fill_memory() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    for fill in 10..12 {
        let mut large = append(1, Application, 1, fill);
        large.envelope.payload = vec![fill; ENVELOPE_MAX_BYTES].into();
        doctor.append(large).await.unwrap();
    }
    let cursor = Cursor { thread: thread_id(1), after: Seq(2) };
    for _ in 0..100 {
        let sync = Sync { threads: vec![cursor], inbox_after: Default::default() };
        doctor.send(Request::Sync(sync)).await;
    }
    let mut waited = 0;
    while let Some(frame) = doctor.outbox.try_next() {
        waited += frame.len();
    }
    assert!(waited <= OUTBOUND_QUEUE_BYTES && waited > OUTBOUND_QUEUE_BYTES / 2, "{waited}");
    assert_eq!(doctor.end().await, End::SlowReader);
}

#[tokio::test]
async fn pages_publications_assertions_and_chunks_are_bounded_for_each_device_and_minute() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    let sync = Request::Sync(Sync { threads: vec![], inbox_after: Default::default() });
    is_bounded(&world, &mut doctor, sync, PAGES_PER_MINUTE).await;
    let published = PublishKeyPackages { one_time: vec![], last_resort: Some(vec![1; 900].into()) };
    let publication = Request::PublishKeyPackages(published);
    is_bounded(&world, &mut doctor, publication, PUBLICATIONS_PER_MINUTE).await;
    let access = vec![doctor.account];
    let terms = AssertTerms { thread: thread_id(1), handshake: Seq(1), access, mode: AnswerMode::Open };
    is_bounded(&world, &mut doctor, Request::AssertTerms(terms), ASSERTIONS_PER_MINUTE).await;
    is_bounded(&world, &mut doctor, Request::AskBlob(blobs::blob_id(1)), CHUNKS_PER_MINUTE).await;
}

#[tokio::test]
async fn patients_send_welcomes_to_listed_devices_of_their_own_account_only() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut person = world.person(Role::Patient, 20);
    let keys = |devices: &[u8]| devices.iter().map(|device| person.device_key(*device)).collect::<Vec<_>>();
    let (own, unlisted) = (keys(&[0, 1]), keys(&[0, 2]));
    person.list_number = 2;
    person.listed = vec![0, 1];
    let mut patient = world.caller(&person).await;
    let before = world.digest().await;
    for others in [vec![doctor.device], devices(3), vec![own[0], doctor.device], unlisted] {
        let refusal = patient.append(inviting(1, 1, 9, others, 1024)).await;
        assert_eq!(refusal, Err(Denied::from(Rule::DevicesAddedByProfessionalOrOwner).into()));
    }
    assert_eq!(world.digest().await, before);
    assert!(patient.append(inviting(1, 1, 9, own, 1024)).await.is_ok());
    assert!(doctor.append(inviting(1, 3, 10, devices(3), 1024)).await.is_ok());
}

#[tokio::test]
async fn the_copies_of_one_appends_welcomes_are_bounded() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    let most = WELCOMES_PER_APPEND_BYTES / WELCOME_MAX_BYTES;
    let refusal = doctor.append(inviting(1, 1, 9, devices(most + 1), WELCOME_MAX_BYTES)).await;
    assert_eq!(refusal, Err(refused(RefusalCode::TooLarge)));
    assert!(doctor.append(inviting(1, 1, 9, devices(most), WELCOME_MAX_BYTES)).await.is_ok());
}

#[tokio::test]
async fn what_a_device_asks_to_be_stored_is_bounded_for_each_day() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let most = WELCOMES_PER_APPEND_BYTES / WELCOME_MAX_BYTES;
    let per_request = u64::try_from(WELCOMES_PER_APPEND_BYTES + 1024).unwrap();
    // In threads that there are not: what was tried counts, so that nothing has to be written here.
    for number in 0..DEVICE_BYTES_PER_DAY / per_request {
        let thread = u8::try_from(2 + number / u64::from(HANDSHAKES_PER_MINUTE)).unwrap();
        let refusal = patient.append(inviting(thread, 1, 9, devices(most), WELCOME_MAX_BYTES)).await;
        assert_eq!(refusal, Err(refused(RefusalCode::NoAccess)));
    }
    let last = inviting(100, 1, 9, devices(most), WELCOME_MAX_BYTES);
    let refusal = patient.append(last.clone()).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::QuotaExceeded);
    let Retry::After { seconds } = refusal.retry else { panic!("{refusal:?}") };
    assert!(doctor.append(append(1, Application, 1, 9)).await.is_ok(), "others go on");
    world.clock.advance(seconds.into());
    assert_eq!(patient.append(last).await, Err(refused(RefusalCode::NoAccess)));
}

#[tokio::test]
async fn a_number_that_no_row_holds_is_malformed_and_fails_nobody_else() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    let mode = AnswerMode::Until(UnixSeconds(u64::MAX));
    let (thread, access) = (thread_id(1), vec![doctor.account]);
    let terms = Request::AssertTerms(AssertTerms { thread, handshake: Seq(1), access, mode });
    assert_eq!(doctor.ask(terms).await, Err(refused(RefusalCode::Malformed)));
    let opened = Request::OpenThread(opening(2, mode, &doctor, &[&patient]));
    assert_eq!(doctor.ask(opened).await, Err(refused(RefusalCode::Malformed)));
    assert_eq!(world.digest().await, before);
    assert!(world.relay.is_ready().await);
}
