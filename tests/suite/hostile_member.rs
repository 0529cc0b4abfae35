//! What a hostile member and a colluding relay can do to the log of a thread: replay, reorder, corrupt, fork.

use colloque_client_core::{EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{EnvelopeKind, NewWelcome};
use colloque_schemas::limits::ENVELOPE_MIN_BYTES;
use colloque_schemas::padding::{pad, unpad};
use colloque_schemas::payload::{Body, Control};
use colloque_tests::rogue::bucket;
use colloque_tests::world::professional;
use colloque_tests::{Plan, Rogue, Scene};

const APPLICATION: EnvelopeKind = EnvelopeKind::Application;
const HANDSHAKE: EnvelopeKind = EnvelopeKind::Handshake;

fn message(scene: &mut Scene, rogue: &mut Rogue, text: &str) -> Vec<u8> {
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload(&mut scene.world, text);
    rogue.seal(&payload)
}

#[tokio::test]
async fn a_bad_commit_takes_nobodys_place_and_all_converge_on_the_good_one_after_it() {
    let (mut scene, mut professional_rogue, mut patient_rogue) = Scene::with_rogues().await;
    patient_rogue.catch_up(&scene.rig);
    professional_rogue.catch_up(&scene.rig);
    let stranger = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let adds = vec![stranger.key_package()];
    let (bad, _) = patient_rogue.commit(&scene.world, Plan { adds, ..Plan::default() });
    // A flood of bad ones, then a good one of the same epoch, by one who knows of them.
    let first = scene.rig.append(scene.thread, HANDSHAKE, bad.clone());
    for _ in 0..9 {
        scene.rig.append(scene.thread, HANDSHAKE, bad.clone());
    }
    let roster = scene.views().map(|view| view.roster);
    // As an honest device has the log after it has passed over all of them.
    let seen = (0..10).fold(professional_rogue.head(), |head, _| head.chain(HANDSHAKE.number(), &bad));
    let context = Some(professional_rogue.context_with_mode(&scene.world, AnswerMode::NoReply));
    let plan = Plan { context, seen: Some(seen), ..Plan::default() };
    let (good, _) = professional_rogue.commit(&scene.world, plan);
    let seq = scene.post(HANDSHAKE, good);
    assert_eq!(seq.0, first.0 + 10);
    let thread = scene.thread;
    // The first is refused for what it does; its copies did not know of it.
    let expected: Vec<&str> = std::iter::once("R12").chain(["R29"; 9]).collect();
    for person in scene.honest() {
        assert_eq!(person.refused(thread), expected);
        assert!(person.told.contains(&Event::ModeChanged { thread, mode: AnswerMode::NoReply }));
    }
    assert_eq!(scene.views().map(|view| view.roster), roster);
    scene.assert_goes_on();
}

#[tokio::test]
async fn the_second_of_two_good_commits_of_one_epoch_is_refused_by_all() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let (first, _) = rogue.commit(&scene.world, Plan::default());
    let (second, _) = rogue.commit(&scene.world, Plan::default());
    scene.assert_accepted(HANDSHAKE, first.clone());
    scene.assert_refused(HANDSHAKE, second, "R29");
    scene.assert_refused(HANDSHAKE, first, "R29");
}

#[tokio::test]
async fn a_replayed_envelope_is_shown_once() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let message = message(&mut scene, &mut rogue, "Une fois");
    scene.assert_accepted(APPLICATION, message.clone());
    scene.assert_refused(APPLICATION, message, "replayed");
    assert_eq!(scene.texts().iter().filter(|text| *text == "Une fois").count(), 1);
}

#[tokio::test]
async fn an_honest_members_own_message_that_is_replayed_is_shown_once() {
    let mut scene = Scene::new().await;
    scene.open();
    scene.assert_goes_on();
    let last = scene.rig.log(scene.thread).last().unwrap().clone();
    let before = scene.views();
    scene.post(last.kind, last.payload.into_vec());
    assert_eq!(scene.views(), before);
    scene.assert_goes_on();
}

#[tokio::test]
async fn a_message_id_that_was_shown_is_not_shown_again_under_another_name() {
    let (mut scene, mut rogue, mut accomplice) = Scene::with_rogues().await;
    rogue.catch_up(&scene.rig);
    let original = rogue.payload(&mut scene.world, "De la docteure");
    let sealed = rogue.seal(&original);
    scene.assert_accepted(APPLICATION, sealed);
    accomplice.catch_up(&scene.rig);
    let mut copy = accomplice.payload(&mut scene.world, "Autre texte");
    copy.message = original.message;
    let sealed = accomplice.seal(&copy);
    scene.assert_refused(APPLICATION, sealed, "replayed");
}

#[tokio::test]
async fn an_envelope_of_one_thread_is_nothing_in_another() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let message = message(&mut scene, &mut rogue, "Dans le premier fil");
    scene.assert_accepted(APPLICATION, message.clone());
    scene.open();
    scene.assert_refused(APPLICATION, message, "undecryptable");
}

#[tokio::test]
async fn reordered_messages_leave_a_visible_gap_and_nothing_is_shown_out_of_order() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let first = message(&mut scene, &mut rogue, "Premier");
    let second = message(&mut scene, &mut rogue, "Second");
    let thread = scene.thread;
    scene.post(APPLICATION, second);
    let gap = Event::Gap { thread, sender: rogue.device.device(), from: 1, to: 1 };
    for person in scene.honest() {
        assert!(person.told.contains(&gap));
    }
    scene.assert_refused(APPLICATION, first, "R33");
    assert!(scene.texts().contains(&"Second".to_owned()) && !scene.texts().contains(&"Premier".to_owned()));
}

#[tokio::test]
async fn messages_that_never_came_are_an_explicit_gap() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let mut payload = rogue.payload(&mut scene.world, "Après trois autres");
    payload.counter += 3;
    let message = rogue.seal(&payload);
    scene.assert_accepted(APPLICATION, message);
    let (thread, account) = (scene.thread, rogue.account());
    let sender = rogue.device.device();
    for person in scene.honest() {
        assert!(person.told.contains(&Event::Gap { thread, sender, from: 1, to: 3 }));
        let entries = person.client().entries(thread).unwrap();
        let is_gap =
            |kind: &EntryKind| matches!(kind, EntryKind::Gap { account: of, missing: 3 } if *of == account);
        assert!(entries.iter().any(|entry| is_gap(&entry.kind)));
    }
}

#[tokio::test]
async fn a_corrupt_envelope_is_refused_and_the_genuine_one_still_accepted() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let genuine = message(&mut scene, &mut rogue, "Authentique");
    let bytes = unpad(&genuine, ENVELOPE_MIN_BYTES).unwrap().to_vec();
    for place in (0..bytes.len()).step_by(23) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        let corrupt = pad(&flipped, genuine.len(), genuine.len()).unwrap();
        let before = scene.views();
        scene.post(APPLICATION, corrupt);
        assert_eq!(scene.views(), before, "bit of byte {place}");
    }
    scene.assert_accepted(APPLICATION, genuine);
    assert!(scene.texts().contains(&"Authentique".to_owned()));
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan::default());
    let bytes = unpad(&commit, ENVELOPE_MIN_BYTES).unwrap().to_vec();
    for place in (0..bytes.len()).step_by(331) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        let corrupt = pad(&flipped, commit.len(), commit.len()).unwrap();
        let before = scene.views();
        let head = scene.rig.handshake_head(scene.thread);
        let seq = scene.post(HANDSHAKE, corrupt);
        assert!(seq > head);
        assert_eq!(scene.views(), before, "bit of byte {place}");
    }
    // Everyone has seen handshakes that the genuine one did not know of, its committer included; one made now is good.
    scene.assert_refused(HANDSHAKE, commit, "R29");
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan::default());
    scene.assert_accepted(HANDSHAKE, commit);
}

#[tokio::test]
async fn a_corrupt_welcome_is_refused_and_the_genuine_one_still_joined() {
    let mut scene = Scene::new().await;
    let mut rogue = Rogue::new(&mut scene.world, &professional("Dr Paul Rouge"));
    let invited = [scene.doctor.account(), scene.patient.account()];
    let adds = scene.claim(&invited);
    let opening = rogue.opening(scene.thread, &invited[1..], scene.world.clock.read());
    let charter = rogue.charter(opening, AnswerMode::Open).to_bytes();
    rogue.found(scene.thread, charter);
    let (commit, welcome) = rogue.commit(&scene.world, Plan { adds, ..Plan::default() });
    let (thread, genuine) = (scene.thread, welcome.unwrap());
    let place = scene.rig.append(thread, HANDSHAKE, commit);
    let devices = scene.honest().map(|person| person.client().own().device).to_vec();
    let bytes = unpad(&genuine, ENVELOPE_MIN_BYTES).unwrap().to_vec();
    // The encrypted GroupInfo, with the whole tree in it, is what a Welcome ends with.
    for place_from_end in [1, 100, 2000] {
        let mut flipped = bytes.clone();
        flipped[bytes.len() - place_from_end] ^= 1;
        let corrupt = pad(&flipped, genuine.len(), genuine.len()).unwrap();
        let welcome = NewWelcome { devices: devices.clone(), payload: corrupt.into() };
        scene.rig.invite(thread, place, vec![welcome]);
        scene.settle();
        for person in scene.honest() {
            assert_eq!(person.told.last(), Some(&Event::WelcomeRefused { reason: "undecryptable" }));
            assert!(person.client().threads().unwrap().is_empty());
        }
    }
    for expected in [Event::ThreadJoined(thread), Event::WelcomeRefused { reason: "replayed" }] {
        let welcome = NewWelcome { devices: devices.clone(), payload: genuine.clone().into() };
        scene.rig.invite(thread, place, vec![welcome]);
        scene.settle();
        assert!(scene.honest().iter().all(|person| person.told.contains(&expected)));
    }
    scene.assert_goes_on();
}

#[tokio::test]
async fn a_handshake_in_the_clear_is_refused() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let clear = rogue.commit_in_the_clear(&scene.world);
    scene.assert_refused(HANDSHAKE, clear, "malformed");
}

#[tokio::test]
async fn two_honest_members_who_are_shown_different_logs_notice_at_the_next_message() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload(&mut scene.world, "Prenez-en un");
    let to_doctor = rogue.seal(&payload);
    let payload = colloque_schemas::payload::Payload {
        body: Body::text([0; 16], "Prenez-en dix".to_owned()),
        ..payload
    };
    let to_patient = rogue.seal(&payload);
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let deceived = scene.patient.client().own().device;
    let place = scene.rig.log(thread).last().unwrap().seq.next();
    scene.rig.deceive(deceived, thread, place, to_patient);
    scene.post(APPLICATION, to_doctor);
    assert_eq!(scene.doctor.texts(thread).last().unwrap(), "Prenez-en un");
    assert_eq!(scene.patient.texts(thread).last().unwrap(), "Prenez-en dix");
    // Each receives the other's receipt, which is a message as any other.
    for person in scene.honest() {
        assert_eq!(person.refused(thread).first().map(String::as_str), Some("R34"));
        assert!(person.told.iter().any(|event| matches!(event, Event::ForkDetected { .. })));
        assert_eq!(person.client().thread(thread).unwrap().standing, Standing::Forked);
        assert!(person.client().send(thread, "Dix ?", now).is_err());
    }
}

#[tokio::test]
async fn a_commit_that_describes_another_log_is_a_fork() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    rogue.catch_up(&scene.rig);
    let seen = colloque_schemas::log_hash::LogHead { hash: [3; 32], ..rogue.head() };
    let (commit, _) = rogue.commit(&scene.world, Plan { seen: Some(seen), ..Plan::default() });
    let before = scene.views().map(|view| (view.roster, view.texts));
    scene.post(HANDSHAKE, commit);
    let thread = scene.thread;
    for person in scene.honest() {
        assert_eq!(person.refused(thread), ["R34"]);
        assert_eq!(person.client().thread(thread).unwrap().standing, Standing::Forked);
    }
    assert_eq!(scene.views().map(|view| (view.roster, view.texts)), before);
}

#[tokio::test]
async fn a_heartbeat_shows_nothing_and_changes_nothing() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let before = scene.views();
    let heads = rogue.payload_of(&mut scene.world, Body::Control(Control::Heads));
    let heads = rogue.seal(&heads);
    scene.post(EnvelopeKind::Control, heads);
    assert_eq!(scene.views(), before);
    scene.assert_goes_on();
}

#[tokio::test]
async fn bytes_that_are_no_message_at_all_are_refused_as_malformed() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let not_padded = vec![1; 512];
    let not_mls = pad(b"not MLS", 512, 512).unwrap();
    let key_package = bucket(&rogue.key_package().into());
    let not_a_payload = rogue.seal_bytes(b"not a payload", 512);
    for bytes in [Vec::new(), not_padded, not_mls, key_package, not_a_payload] {
        scene.assert_refused(APPLICATION, bytes, "malformed");
    }
}
