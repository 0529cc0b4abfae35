//! Gaps: what a device misses is asked for, sent again by the device that sent it, and shown at its author's word; what
//! cannot be had stays named.

use colloque_client_core::mls::{Crypto, Provider};
use colloque_client_core::{EntryKind, Event, Message};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{DeviceKey, Seq, ThreadId};
use colloque_schemas::limits::{ENVELOPE_MIN_BYTES, REPAIR_COUNTERS, REPAIR_GAPS, REPAIRS_PER_DAY};
use colloque_schemas::mimi::MimiContent;
use colloque_schemas::padding::unpad;
use colloque_schemas::payload::{Body, Control};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use colloque_tests::{Person, Rogue, Scene};
use openmls::prelude::tls_codec::DeserializeBytes;
use openmls::prelude::{GroupId, MlsGroup, MlsMessageIn};

const APPLICATION: EnvelopeKind = EnvelopeKind::Application;
const CONTROL: EnvelopeKind = EnvelopeKind::Control;

/// Uses up the key of an envelope on a device that is switched off, as if it had died after decrypting and kept half of it.
fn burn(person: &Person, thread: ThreadId, payload: &[u8]) {
    let mut store = person.store();
    let unit = store.begin().unwrap();
    let crypto = Crypto::default();
    let provider = Provider::new(&crypto, unit.sql());
    let storage = openmls_traits::OpenMlsProvider::storage(&provider);
    let mut group = MlsGroup::load(storage, &GroupId::from_slice(thread.as_bytes())).unwrap().unwrap();
    let message =
        MlsMessageIn::tls_deserialize_exact_bytes(unpad(payload, ENVELOPE_MIN_BYTES).unwrap()).unwrap();
    group.process_message(&provider, message.try_into_protocol_message().unwrap()).unwrap();
    unit.commit().unwrap();
}

/// Somebody says something by `act`, of which the first envelope is lost on the other's device, which is off meanwhile.
fn lose(scene: &mut Scene, by_doctor: bool, act: impl FnOnce(&mut Person, ThreadId, UnixSeconds)) {
    let (thread, now, at) = (scene.thread, scene.world.clock.read(), scene.rig.log(scene.thread).len());
    let Scene { rig, doctor, patient, .. } = scene;
    let (speaker, other) = if by_doctor { (doctor, patient) } else { (patient, doctor) };
    act(speaker, thread, now);
    rig.settle(&mut [&mut *speaker]);
    other.switch_off();
    burn(other, thread, rig.log(thread)[at].payload.as_slice());
    other.switch_on();
    rig.connect(other);
    scene.settle();
}

fn says(text: &'static str) -> impl FnOnce(&mut Person, ThreadId, UnixSeconds) {
    move |person, thread, now| {
        person.client().send(thread, text, now).unwrap();
    }
}

fn say(scene: &mut Scene, by_doctor: bool, text: &'static str) {
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let person = if by_doctor { &mut scene.doctor } else { &mut scene.patient };
    says(text)(person, thread, now);
    scene.settle();
}

/// How many messages are missing in gaps that are shown, and how many gaps are repaired.
fn missing(person: &mut Person, thread: ThreadId) -> (u64, usize) {
    let entries = person.client().entries(thread).unwrap();
    let missing = entries.iter().map(|entry| match entry.kind {
        EntryKind::Gap { missing, .. } => missing,
        _ => 0,
    });
    let repaired = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Repaired { .. }));
    (missing.sum(), repaired.count())
}

fn sent_again(person: &mut Person, thread: ThreadId) -> Vec<Message> {
    let entries = person.client().entries(thread).unwrap().into_iter();
    let again = entries.filter_map(|entry| match entry.kind {
        EntryKind::Message(message) if message.is_sent_again => Some(message),
        _ => None,
    });
    again.collect()
}

fn set_mode(scene: &mut Scene, mode: AnswerMode) {
    let now = scene.world.clock.read();
    scene.doctor.client().set_mode(scene.thread, mode, now).unwrap();
    scene.settle();
}

#[tokio::test]
async fn a_message_that_a_device_lost_is_sent_again_by_its_author_and_shown_as_such() {
    let mut scene = Scene::new().await;
    scene.open();
    let (thread, sent_at) = (scene.thread, scene.world.clock.read());
    lose(&mut scene, true, says("un"));
    assert_eq!(scene.patient.refused(thread), ["replayed"]);
    assert_eq!(scene.patient.texts(thread), ["Bonjour"]);
    scene.world.clock.advance(3600);
    say(&mut scene, true, "deux");
    assert_eq!(scene.patient.texts(thread), ["Bonjour", "deux", "un"], "in the order of the log");
    let [message] = &sent_again(&mut scene.patient, thread)[..] else { panic!("one message") };
    assert_eq!((message.sent_at, message.author), (sent_at, scene.doctor.account()), "as its author has it");
    assert_eq!(missing(&mut scene.patient, thread), (0, 1));
    let sender = scene.doctor.client().own().device;
    assert!(scene.patient.told.contains(&Event::Gap { thread, sender, from: 2, to: 2 }));
    let is_repair = |event: &&Event| matches!(event, Event::GapRepaired { sender: of, .. } if *of == sender);
    assert_eq!(scene.patient.told.iter().filter(is_repair).count(), 1);
    assert_eq!(scene.doctor.texts(thread), ["Bonjour", "un", "deux"], "its author sees it once");
    assert_eq!(scene.doctor.refused(thread), [""; 0]);
    scene.assert_goes_on();
    // Nobody asks any more, in a new epoch neither.
    let before = scene.rig.log(thread).len();
    set_mode(&mut scene, AnswerMode::OneReply);
    assert_eq!(scene.rig.log(thread).len(), before + 1);
}

#[tokio::test]
async fn control_that_a_device_lost_is_said_to_be_nothing_to_show() {
    let mut scene = Scene::new().await;
    scene.open();
    let thread = scene.thread;
    let end = Seq(u64::MAX);
    lose(&mut scene, false, |patient, thread, now| {
        patient.client().mark_displayed(thread, end, now).unwrap()
    });
    say(&mut scene, false, "Merci");
    assert_eq!(missing(&mut scene.doctor, thread), (0, 1));
    assert_eq!(scene.doctor.texts(thread), ["Bonjour", "Merci"]);
    assert_eq!(scene.doctor.refused(thread), ["replayed"]);
    scene.assert_goes_on();
}

#[tokio::test]
async fn what_the_mode_forbids_by_now_is_not_sent_again_and_the_gap_stays_named_until_it_may() {
    for mode in [AnswerMode::NoReply, AnswerMode::OneReply, AnswerMode::Closed] {
        let mut scene = Scene::new().await;
        scene.open();
        let thread = scene.thread;
        lose(&mut scene, false, says("un"));
        set_mode(&mut scene, mode);
        let now = scene.world.clock.read();
        // A receipt, by which the gap shows.
        scene.patient.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
        scene.settle();
        assert_eq!(missing(&mut scene.doctor, thread), (1, 0), "{mode:?}");
        assert_eq!(scene.doctor.texts(thread), ["Bonjour"]);
        let is_refusal =
            |event: &Event| matches!(event, Event::SendRefused { .. } | Event::SendDenied { .. });
        assert!(!scene.patient.told.iter().any(is_refusal), "no person hears of it");
        if mode == AnswerMode::OneReply {
            say(&mut scene, false, "Ma réponse");
            assert_eq!(scene.doctor.texts(thread), ["Bonjour", "Ma réponse"], "it is not spent");
        }
        set_mode(&mut scene, AnswerMode::Open);
        assert_eq!(missing(&mut scene.doctor, thread), (0, 1), "asked again in the new epoch");
        assert_eq!(scene.doctor.texts(thread).last().map(String::as_str), Some("un"));
        scene.assert_goes_on();
    }
}

/// The rogue's next message with this inside.
fn rogue_says(scene: &mut Scene, rogue: &mut Rogue, body: Body) -> Vec<u8> {
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload_of(&mut scene.world, body);
    rogue.seal(&payload)
}

fn again(counter: u64, text: &str) -> Body {
    let content = MimiContent::text([0; 16], text.to_owned());
    Body::Again { counter, sent_at: UnixSeconds(1), content }
}

/// The rogue leaves out so many counters, and says something.
fn leave_out(scene: &mut Scene, rogue: &mut Rogue, counters: u64) {
    rogue.catch_up(&scene.rig);
    let mut payload = rogue.payload(&mut scene.world, "Après");
    payload.counter += counters;
    let message = rogue.seal(&payload);
    scene.assert_accepted(APPLICATION, message);
}

#[tokio::test]
async fn r38_client_refuses_requests_for_what_was_never_sent_and_repairs_of_what_was_not_sent_before() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let (doctor, own) = (scene.doctor.client().own().device, rogue.device.device());
    leave_out(&mut scene, &mut rogue, 40);
    let asks = |device, from, to| Body::Control(Control::Missing { device, from, to });
    let nothing = |from, to| Body::Control(Control::Nothing { from, to });
    let stranger = DeviceKey::new([9; 32]);
    // The doctor has sent the first message, and one in each round here.
    for (device, from, to) in
        [(doctor, 0, 1), (doctor, 2, 1), (doctor, 1, 99), (doctor, 99, 99), (stranger, 1, 1)]
    {
        let request = rogue_says(&mut scene, &mut rogue, asks(device, from, to));
        scene.assert_refused(CONTROL, request, "R38");
    }
    let request = rogue_says(&mut scene, &mut rogue, asks(own, 1, REPAIR_COUNTERS + 1));
    scene.assert_refused(CONTROL, request, "R38");
    for (from, to) in [(0, 1), (2, 1), (1, REPAIR_COUNTERS + 1), (41, 60)] {
        let answer = rogue_says(&mut scene, &mut rogue, nothing(from, to));
        scene.assert_refused(CONTROL, answer, "R38");
    }
    for ahead in [0, 1, 1000] {
        rogue.catch_up(&scene.rig);
        let mut payload = rogue.payload_of(&mut scene.world, again(1, "Du nouveau"));
        let counter = if ahead == 0 { 0 } else { payload.counter + ahead - 1 };
        payload.body = again(counter, "Du nouveau");
        let message = rogue.seal(&payload);
        scene.assert_refused(APPLICATION, message, "R38");
    }
    // In an envelope of the other kind it is neither.
    let message = rogue_says(&mut scene, &mut rogue, asks(doctor, 1, 1));
    scene.assert_refused(APPLICATION, message, "R28");
}

#[tokio::test]
async fn a_gap_is_filled_by_its_own_sender_only_and_each_counter_once() {
    let (mut scene, mut rogue, mut other) = Scene::with_rogues().await;
    let thread = scene.thread;
    leave_out(&mut scene, &mut rogue, 3);
    let start = 2;
    for person in scene.honest() {
        assert_eq!(missing(person, thread), (3, 0));
    }
    leave_out(&mut scene, &mut other, 6);
    let foreign = rogue_says(&mut scene, &mut other, again(start, "D’un autre"));
    scene.assert_accepted(APPLICATION, foreign);
    let steps =
        [(start, "premier", 2), (start, "encore", 2), (start + 2, "troisième", 1), (1, "bien avant", 1)];
    for (counter, text, left) in steps {
        let message = rogue_says(&mut scene, &mut rogue, again(counter, text));
        scene.assert_accepted(APPLICATION, message);
        for person in scene.honest() {
            let sender_gap = missing(person, thread).0 - 5;
            assert_eq!(sender_gap, left, "after {text}");
        }
    }
    let nothing = Body::Control(Control::Nothing { from: 1, to: start + 2 });
    let answer = rogue_says(&mut scene, &mut rogue, nothing);
    scene.assert_accepted(CONTROL, answer);
    for person in scene.honest() {
        assert_eq!(missing(person, thread), (5, 1));
        let texts: Vec<String> = sent_again(person, thread).into_iter().map(|message| message.text).collect();
        assert_eq!(texts, ["D’un autre", "premier", "troisième"]);
    }
}

#[tokio::test]
async fn sending_again_is_no_way_past_the_answer_mode() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    leave_out(&mut scene, &mut rogue, 5);
    for (mode, rule) in [(AnswerMode::NoReply, "R06"), (AnswerMode::Closed, "R07")] {
        set_mode(&mut scene, mode);
        let message = rogue_says(&mut scene, &mut rogue, again(1, "En douce"));
        scene.assert_refused(APPLICATION, message, rule);
    }
    set_mode(&mut scene, AnswerMode::OneReply);
    let message = rogue_says(&mut scene, &mut rogue, again(1, "Une réponse"));
    scene.assert_accepted(APPLICATION, message);
    let more = rogue_says(&mut scene, &mut rogue, again(2, "Une autre"));
    scene.assert_refused(APPLICATION, more, "R04");
    let more = rogue_says(&mut scene, &mut rogue, Body::text([0; 16], "Une autre".to_owned()));
    scene.assert_refused(APPLICATION, more, "R04");
    let deadline = scene.world.clock.read().plus(3600);
    set_mode(&mut scene, AnswerMode::Until(deadline));
    rogue.catch_up(&scene.rig);
    let mut late = rogue.payload_of(&mut scene.world, again(3, "Dit avant, envoyé après"));
    late.sent_at = deadline;
    let late = rogue.seal(&late);
    scene.assert_refused(APPLICATION, late, "R05");
}

#[tokio::test]
async fn whoever_asks_again_and_again_gets_so_much_a_day_and_holds_up_nobody() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let (thread, doctor) = (scene.thread, scene.doctor.client().own().device);
    say(&mut scene, false, "Bonjour docteur");
    // The first that it has sent is a message, the second a receipt.
    for (day, asked) in (1..).zip([1, 2, 1]) {
        let before = scene.rig.log(thread).len();
        let asks = REPAIRS_PER_DAY as usize + 10;
        for _ in 0..asks {
            let request = Body::Control(Control::Missing { device: doctor, from: asked, to: asked });
            let request = rogue_says(&mut scene, &mut rogue, request);
            scene.post(CONTROL, request);
        }
        // What was paced is sent by now.
        scene.world.clock.advance(60);
        scene.settle();
        let answers = scene.rig.log(thread).len() - before - asks;
        assert_eq!(answers, REPAIRS_PER_DAY as usize, "on day {day}");
        scene.world.clock.advance(SECONDS_PER_DAY);
        // Heartbeats of both.
        scene.settle();
    }
    let texts = scene.patient.texts(thread);
    assert_eq!(texts, ["Bonjour", "Bonjour docteur"], "nobody else is shown any of it");
    scene.assert_goes_on();
}

#[tokio::test]
async fn who_leaves_gaps_on_purpose_makes_nobody_talk_and_one_who_doubts_all_day_is_shown_once() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let thread = scene.thread;
    let gaps = 2 * REPAIR_GAPS;
    let before = scene.rig.log(thread).len();
    for _ in 0..gaps {
        rogue.catch_up(&scene.rig);
        let mut payload = rogue.payload_of(&mut scene.world, Body::Control(Control::UnknownOwn));
        payload.counter += 1;
        let doubt = rogue.seal(&payload);
        scene.post(CONTROL, doubt);
    }
    let asked = scene.rig.log(thread).len() - before - gaps;
    assert_eq!(asked, 2 * REPAIR_GAPS, "each of the two asks for so many, and leaves it at that");
    for person in scene.honest() {
        assert_eq!(missing(person, thread).0, gaps as u64, "all of them are shown");
        let entries = person.client().entries(thread).unwrap();
        let doubts = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Doubted { .. }));
        assert_eq!(doubts.count(), 1);
    }
    set_mode(&mut scene, AnswerMode::OneReply);
    let asked_anew = scene.rig.log(thread).len() - before - gaps - asked - 1;
    assert_eq!(asked_anew, 2 * REPAIR_GAPS);
    scene.assert_goes_on();
}

#[tokio::test]
async fn a_device_that_was_removed_is_asked_no_more_and_what_it_left_out_stays_named() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let thread = scene.thread;
    leave_out(&mut scene, &mut rogue, 2);
    let (account, now) = (rogue.account(), scene.world.clock.read());
    scene.doctor.client().remove_member(thread, account, now).unwrap();
    scene.settle();
    set_mode(&mut scene, AnswerMode::OneReply);
    for person in scene.honest() {
        assert_eq!(missing(person, thread), (2, 0));
        assert_eq!(person.refused(thread), [""; 0]);
    }
    scene.assert_goes_on();
}
