//! What is malformed, oversize or out of turn: one typed refusal, a connection that goes on, a database as it was.

use std::path::Path;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind::{Application, Control, Handshake};
use colloque_schemas::envelope::{NewEnvelope, NewWelcome};
use colloque_schemas::frame::{
    Append, ClientFrame, Cursor, OpenThread, PublishKeyPackages, Request, RequestId, ServerFrame, Sync,
};
use colloque_schemas::id::{AccountId, DeviceKey, IdempotencyId, Seq, ThreadId};
use colloque_schemas::limits::{
    ACCOUNTS_PER_THREAD, DEVICES_PER_THREAD, ENVELOPE_MAX_BYTES, FRAME_MAX_BYTES, KEY_PACKAGE_MAX_BYTES,
    KEY_PACKAGES_PER_PUBLICATION, OPENING_ENVELOPES_MAX, SIGN_IN_FRAME_MAX_BYTES, SYNC_THREADS_MAX,
    WELCOME_MAX_BYTES,
};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_tests::raw::{idempotency_id, thread_id};
use colloque_tests::request::{append, envelope, opening, terms};
use colloque_tests::world::professional;
use colloque_tests::{RawDevice, World};

const MALFORMED: Refusal = Refusal::never(RefusalCode::Malformed);
const TOO_LARGE: Refusal = Refusal::never(RefusalCode::TooLarge);
const OUT_OF_TURN: Refusal = Refusal::never(RefusalCode::OutOfTurn);

/// A thread of a professional and a patient, both signed in.
async fn pair() -> (World, RawDevice, RawDevice, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    let mut patient = RawDevice::new(&mut world, &Holder::Patient);
    doctor.sign_in(&mut world).await;
    patient.sign_in(&mut world).await;
    let thread = thread_id(&mut world);
    let request = Request::OpenThread(opening(&mut world, thread, AnswerMode::Open, &[&doctor, &patient]));
    doctor.ask(&world, request).await.unwrap();
    (world, doctor, patient, thread)
}

/// These bytes get exactly this refusal.
async fn bytes_are_refused(
    world: &World,
    device: &mut RawDevice,
    bytes: Vec<u8>,
    expected: Refusal,
    case: &str,
) {
    match device.send(world, bytes).await.as_slice() {
        [ServerFrame::Refused { refusal, .. }] => assert_eq!(*refusal, expected, "{case}"),
        other => panic!("{case}: {other:?}"),
    }
}

/// The connection lives: the next request is answered.
async fn goes_on(world: &World, device: &mut RawDevice) {
    let request = Request::AcknowledgeInbox(Default::default());
    assert!(device.ask(world, request).await.is_ok(), "the connection survives");
}

/// The bytes of each client frame in `fixtures/bad`, by name.
fn bad_client_frames() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/fixtures/bad");
    let reasons = std::fs::read_to_string(folder.join("reasons.tsv")).unwrap();
    let names = reasons.lines().filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [name, "client-frame", _] => Some(name.to_owned()),
        _ => None,
    });
    names.map(|name| (name.clone(), hex(&folder.join(format!("{name}.hex"))))).collect()
}

fn hex(file: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(file).unwrap();
    let digits: Vec<u8> = text.trim().chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[tokio::test]
async fn every_bad_fixture_of_a_request_gets_one_refusal_and_changes_nothing() {
    let (world, mut doctor, ..) = pair().await;
    let frames = bad_client_frames();
    assert!(frames.len() > 40, "{}", frames.len());
    let before = world.digest().await;
    for (name, bytes) in frames {
        bytes_are_refused(&world, &mut doctor, bytes, MALFORMED, &name).await;
    }
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn a_frame_cut_short_or_with_a_byte_more_is_refused() {
    let (mut world, mut doctor, _, thread) = pair().await;
    let request = Request::Append(append(&mut world, thread, Application, 1));
    let frame = codec::encode(&ClientFrame { id: RequestId(9), request });
    let before = world.digest().await;
    for length in (0..frame.len()).step_by(13).chain([frame.len() - 1]) {
        let cut = frame[..length].to_vec();
        bytes_are_refused(&world, &mut doctor, cut, MALFORMED, &length.to_string()).await;
    }
    let longer = [&frame[..], &[0]].concat();
    bytes_are_refused(&world, &mut doctor, longer, MALFORMED, "trailing").await;
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn a_refusal_carries_the_id_wherever_the_id_can_be_read() {
    let (world, mut doctor, ..) = pair().await;
    let unknown = doctor.send(&world, vec![0x82, 0x18, 0x2a, 0x82, 0x18, 0x63, 0x80]).await;
    assert_eq!(unknown, [ServerFrame::Refused { id: Some(RequestId(42)), refusal: MALFORMED }]);
    let nothing = doctor.send(&world, vec![0xff; 5]).await;
    assert_eq!(nothing, [ServerFrame::Refused { id: None, refusal: MALFORMED }]);
}

#[tokio::test]
async fn a_frame_over_its_limit_is_refused_before_anything_of_it_is_read() {
    let (mut world, mut doctor, ..) = pair().await;
    let before = world.digest().await;
    let deep = vec![0x81; FRAME_MAX_BYTES];
    bytes_are_refused(&world, &mut doctor, deep, MALFORMED, "deep nesting").await;
    let huge = vec![0x81; FRAME_MAX_BYTES + 1];
    bytes_are_refused(&world, &mut doctor, huge, TOO_LARGE, "signed in").await;
    goes_on(&world, &mut doctor).await;
    let mut stranger = RawDevice::new(&mut world, &Holder::Patient);
    let (challenge, binding) = stranger.connect(&mut world);
    let large = vec![0x81; SIGN_IN_FRAME_MAX_BYTES + 1];
    bytes_are_refused(&world, &mut stranger, large, TOO_LARGE, "not signed in").await;
    assert_eq!(world.digest().await, before);
    let request = stranger.sign_in_request(&challenge, binding);
    assert!(stranger.ask(&world, request).await.is_ok(), "the nonce is not spent by it");
}

#[tokio::test]
async fn a_text_message_is_refused_and_the_connection_goes_on() {
    let (world, mut doctor, ..) = pair().await;
    let before = world.digest().await;
    doctor.wire.as_mut().unwrap().send_text();
    let replies = doctor.replies(&world).await;
    assert_eq!(replies, [ServerFrame::Refused { id: None, refusal: MALFORMED }]);
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn every_request_before_sign_in_and_a_second_sign_in_are_out_of_turn() {
    let (mut world, doctor, patient, thread) = pair().await;
    let mut early = RawDevice::new(&mut world, &professional("Dr Ed Long"));
    let (challenge, binding) = early.connect(&mut world);
    let before = world.digest().await;
    let sync = Sync { threads: Vec::new(), inbox_after: Default::default() };
    let published = PublishKeyPackages { one_time: vec![vec![1; 64].into()], last_resort: None };
    let another = thread_id(&mut world);
    let requests = [
        Request::OpenThread(opening(&mut world, another, AnswerMode::Open, &[&early, &patient])),
        Request::Append(append(&mut world, thread, Application, 1)),
        Request::Sync(sync),
        Request::AcknowledgeInbox(Default::default()),
        Request::PublishKeyPackages(published),
        Request::ClaimKeyPackages(doctor.account),
        terms(thread, 1, AnswerMode::Closed, &[&early]),
    ];
    for request in requests {
        assert_eq!(early.ask(&world, request.clone()).await, Err(OUT_OF_TURN), "{request:?}");
    }
    assert_eq!(world.digest().await, before);
    let request = early.sign_in_request(&challenge, binding);
    assert!(early.ask(&world, request.clone()).await.is_ok());
    let before = world.digest().await;
    assert_eq!(early.ask(&world, request).await, Err(OUT_OF_TURN));
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut early).await;
}

#[tokio::test]
async fn an_append_of_the_wrong_shape_is_refused() {
    let (mut world, mut doctor, _, thread) = pair().await;
    let good = |world: &mut World, kind| append(world, thread, kind, 1);
    let sized = |kind, length| NewEnvelope { kind, payload: vec![0; length].into() };
    let welcome = |count, length| NewWelcome { devices: devices(count), payload: vec![0; length].into() };
    let application = good(&mut world, Application);
    let handshake = good(&mut world, Handshake);
    let adding = Append { read_through: Some(Seq(2)), ..handshake.clone() };
    let cases = [
        ("unpadded", Append { envelope: sized(Application, 1000), ..application.clone() }, MALFORMED),
        ("too small", Append { envelope: sized(Application, 256), ..application.clone() }, MALFORMED),
        ("large control", Append { envelope: sized(Control, 2048), ..application.clone() }, MALFORMED),
        (
            "oversize",
            Append { envelope: sized(Handshake, 2 * ENVELOPE_MAX_BYTES), ..application.clone() },
            TOO_LARGE,
        ),
        ("welcome with text", Append { welcomes: vec![welcome(1, 1024)], ..application.clone() }, MALFORMED),
        (
            "welcome without its place",
            Append { welcomes: vec![welcome(1, 1024)], ..handshake.clone() },
            MALFORMED,
        ),
        ("place without a welcome", adding.clone(), MALFORMED),
        (
            "a place to come",
            Append { welcomes: vec![welcome(1, 1024)], read_through: Some(Seq(99)), ..handshake.clone() },
            MALFORMED,
        ),
        ("grant with text", Append { grant: accounts(1), ..application.clone() }, MALFORMED),
        ("a head to come", Append { handshake_head: Seq(99), ..application }, MALFORMED),
        ("welcome for nobody", Append { welcomes: vec![welcome(0, 1024)], ..adding.clone() }, MALFORMED),
        ("unpadded welcome", Append { welcomes: vec![welcome(1, 1000)], ..adding.clone() }, MALFORMED),
        (
            "oversize welcome",
            Append { welcomes: vec![welcome(1, WELCOME_MAX_BYTES + 1)], ..adding.clone() },
            TOO_LARGE,
        ),
        (
            "one device twice",
            Append { welcomes: vec![welcome(1, 1024), welcome(1, 1024)], ..adding.clone() },
            MALFORMED,
        ),
        (
            "too many devices",
            Append { welcomes: vec![welcome(DEVICES_PER_THREAD + 1, 1024)], ..adding.clone() },
            TOO_LARGE,
        ),
        (
            "one account twice",
            Append { grant: [accounts(1), accounts(1)].concat(), ..handshake.clone() },
            MALFORMED,
        ),
        ("too many accounts", Append { grant: accounts(ACCOUNTS_PER_THREAD), ..handshake }, TOO_LARGE),
    ];
    let before = world.digest().await;
    for (case, append, expected) in cases {
        assert_eq!(doctor.ask(&world, Request::Append(append)).await, Err(expected), "{case}");
    }
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn an_opening_of_the_wrong_shape_is_refused() {
    let (mut world, mut doctor, patient, taken) = pair().await;
    let thread = thread_id(&mut world);
    let good = opening(&mut world, thread, AnswerMode::Open, &[&doctor, &patient]);
    let many = std::iter::once(envelope(Handshake))
        .chain(std::iter::repeat_n(envelope(Application), OPENING_ENVELOPES_MAX));
    let exists = Refusal::never(RefusalCode::ThreadExists);
    let cases = [
        ("no message", OpenThread { envelopes: vec![envelope(Handshake)], ..good.clone() }, MALFORMED),
        ("no Commit", OpenThread { envelopes: vec![envelope(Application); 2], ..good.clone() }, MALFORMED),
        (
            "control",
            OpenThread { envelopes: vec![envelope(Handshake), envelope(Control)], ..good.clone() },
            MALFORMED,
        ),
        ("many", OpenThread { envelopes: many.collect(), ..good.clone() }, TOO_LARGE),
        ("without the opener", OpenThread { access: vec![patient.account], ..good.clone() }, MALFORMED),
        (
            "the opener twice",
            OpenThread { access: vec![doctor.account, doctor.account], ..good.clone() },
            MALFORMED,
        ),
        (
            "an id that is taken",
            OpenThread { thread: taken, idempotency: idempotency_id(&mut world), ..good },
            exists,
        ),
    ];
    let before = world.digest().await;
    for (case, opening, expected) in cases {
        assert_eq!(doctor.ask(&world, Request::OpenThread(opening)).await, Err(expected), "{case}");
    }
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn other_requests_of_the_wrong_shape_are_refused() {
    let (world, mut doctor, _, thread) = pair().await;
    let key_package = |length| vec![1; length].into();
    let publish = |one_time| Request::PublishKeyPackages(PublishKeyPackages { one_time, last_resort: None });
    let cursor = |thread| Cursor { thread, after: Seq(0) };
    let sync = |threads| Request::Sync(Sync { threads, inbox_after: Default::default() });
    let numbered = |number: u32| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        cursor(ThreadId::new(id))
    };
    let many = (0..=SYNC_THREADS_MAX as u32).map(numbered).collect();
    let cases = [
        ("large KeyPackage", publish(vec![key_package(KEY_PACKAGE_MAX_BYTES + 1)]), TOO_LARGE),
        ("many", publish(vec![key_package(9); KEY_PACKAGES_PER_PUBLICATION + 1]), TOO_LARGE),
        ("one thread twice", sync(vec![cursor(thread), cursor(thread)]), MALFORMED),
        ("many threads", sync(many), TOO_LARGE),
        ("terms for nobody", terms(thread, 1, AnswerMode::Open, &[]), MALFORMED),
        ("terms, one twice", terms(thread, 1, AnswerMode::Open, &[&doctor, &doctor]), MALFORMED),
    ];
    let before = world.digest().await;
    for (case, request, expected) in cases {
        assert_eq!(doctor.ask(&world, request).await, Err(expected), "{case}");
    }
    assert_eq!(world.digest().await, before);
    goes_on(&world, &mut doctor).await;
}

#[tokio::test]
async fn a_known_id_is_answered_as_the_first_time_whatever_comes_with_it() {
    let (mut world, mut doctor, _, thread) = pair().await;
    let first = append(&mut world, thread, Application, 1);
    let answer = doctor.ask(&world, Request::Append(first.clone())).await.unwrap();
    let before = world.digest().await;
    let other = Append { envelope: envelope(Control), ..first };
    assert_eq!(doctor.ask(&world, Request::Append(other)).await, Ok(answer), "with the first one's hash");
    assert_eq!(world.digest().await, before);
    let fresh = Append { idempotency: IdempotencyId::new([8; 16]), ..append(&mut world, thread, Control, 1) };
    assert!(doctor.ask(&world, Request::Append(fresh)).await.is_ok());
    assert_ne!(world.digest().await, before);
}

fn devices(count: usize) -> Vec<DeviceKey> {
    (0..count).map(|number| DeviceKey::new([u8::try_from(number).unwrap(); 32])).collect()
}

fn accounts(count: usize) -> Vec<AccountId> {
    (0..count).map(|number| AccountId::new([u8::try_from(number).unwrap(); 16])).collect()
}
