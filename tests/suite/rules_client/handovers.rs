//! What newcomers are told: nobody tells them anything else than the members know, and they judge as the members do (R36).

use colloque_client_core::{EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::{EnvelopeKind, NewWelcome};
use colloque_schemas::frame::{Event as RelayEvent, ServerFrame};
use colloque_schemas::handover::{AccountConduct, Handover, LeafCounter};
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::payload::{Body, Control, Payload};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::world::professional;
use colloque_tests::{Person, Plan, Rogue, Scene};

const APPLICATION: EnvelopeKind = EnvelopeKind::Application;
const HANDSHAKE: EnvelopeKind = EnvelopeKind::Handshake;

/// An honest colleague, connected and in no thread.
fn colleague(scene: &mut Scene) -> Person {
    let mut colleague = scene.world.enrol(&professional("Dr Zoé Noir"));
    scene.rig.connect(&mut colleague);
    colleague
}

fn settle(scene: &mut Scene, colleague: &mut Person) {
    scene.rig.settle(&mut [&mut scene.doctor, &mut scene.patient, colleague]);
}

/// The honest doctor adds the honest colleague.
fn add(scene: &mut Scene, colleague: &mut Person) {
    let now = scene.world.clock.read();
    scene.doctor.client().add_member(scene.thread, colleague.account(), now).unwrap();
    settle(scene, colleague);
}

/// The last reason for which each of the three refused something; and that they still have the same log.
fn refused_by_all(scene: &mut Scene, colleague: &mut Person, kind: EnvelopeKind, payload: Vec<u8>) -> String {
    let thread = scene.thread;
    let seq = scene.rig.append(thread, kind, payload);
    scene.rig.refused.insert((thread, seq));
    settle(scene, colleague);
    let [doctor, patient] = scene.honest();
    let reasons = [doctor, patient, colleague].map(|person| {
        let told = person.told.iter().rev().find_map(|event| match event {
            Event::EnvelopeRefused { seq: at, reason, .. } if *at == seq => Some(*reason),
            _ => None,
        });
        told.unwrap_or("accepted").to_owned()
    });
    assert!(reasons.iter().all(|reason| *reason == reasons[0]), "{reasons:?}");
    reasons[0].clone()
}

fn altered(scene: &mut Scene, rogue: &mut Rogue, change: impl FnOnce(&mut Payload)) -> Vec<u8> {
    rogue.catch_up(&scene.rig);
    let mut payload = rogue.payload(&mut scene.world, "De la part du patient");
    change(&mut payload);
    rogue.seal(&payload)
}

/// Every way in which a handover can differ from the truth.
fn lies(truth: &Handover, patient: AccountId, rogue: AccountId) -> Vec<Handover> {
    let conduct = |account, has_replied, has_departed| AccountConduct { account, has_replied, has_departed };
    let with_accounts = |accounts| Handover { accounts, ..truth.clone() };
    let mut fewer = truth.counters.clone();
    let last = fewer.pop().unwrap();
    let more = [&fewer[..], &[LeafCounter { counter: last.counter + 1, ..last }]].concat();
    let hash = LogHead { hash: [7; 32], ..truth.previous };
    let earlier = LogHead { seq: Seq(truth.previous.seq.0 - 1), ..truth.previous };
    vec![
        Handover { previous: hash, ..truth.clone() },
        Handover { previous: earlier, ..truth.clone() },
        Handover { committed_on: truth.committed_on.minus(SECONDS_PER_DAY), ..truth.clone() },
        Handover { committed_on: truth.committed_on.plus(SECONDS_PER_DAY), ..truth.clone() },
        Handover { professional_has_spoken: false, ..truth.clone() },
        with_accounts(vec![conduct(patient, true, false)]),
        with_accounts(vec![conduct(patient, false, true)]),
        with_accounts(vec![conduct(rogue, false, true)]),
        with_accounts(vec![conduct(AccountId::new([1; 16]), false, true)]),
        Handover { counters: fewer, ..truth.clone() },
        Handover { counters: more, ..truth.clone() },
    ]
}

#[tokio::test]
async fn r36_client_refuses_a_commit_that_tells_newcomers_anything_else_than_the_truth() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let newcomer = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    rogue.catch_up(&scene.rig);
    let number = lies(&rogue.handover(&scene.world), scene.patient.account(), rogue.account()).len();
    for number in 0..number {
        rogue.catch_up(&scene.rig);
        let truth = rogue.handover(&scene.world);
        let lie = lies(&truth, scene.patient.account(), rogue.account()).swap_remove(number);
        let plan = Plan { adds: vec![newcomer.key_package()], handover: Some(lie), ..Plan::default() };
        let (commit, _) = rogue.commit(&scene.world, plan);
        scene.assert_refused(HANDSHAKE, commit, "R36");
    }
    // Nothing at all, and the same terms set anew in place of it.
    rogue.catch_up(&scene.rig);
    let context = rogue.context_with_mode(&scene.world, AnswerMode::Open);
    for context in [None, Some(context)] {
        rogue.catch_up(&scene.rig);
        let plan = Plan { adds: vec![newcomer.key_package()], is_silent: true, context, ..Plan::default() };
        let (commit, _) = rogue.commit(&scene.world, plan);
        scene.assert_refused(HANDSHAKE, commit, "R36");
    }
    // The truth, to nobody.
    rogue.catch_up(&scene.rig);
    let truth = rogue.handover(&scene.world);
    let context = Some(rogue.context_that_tells(&scene.world, Some(truth)));
    let (commit, _) = rogue.commit(&scene.world, Plan { context, ..Plan::default() });
    scene.assert_refused(HANDSHAKE, commit, "R36");
    // The truth, to one who is added.
    rogue.catch_up(&scene.rig);
    let (commit, _) =
        rogue.commit(&scene.world, Plan { adds: vec![newcomer.key_package()], ..Plan::default() });
    scene.assert_accepted(HANDSHAKE, commit);
}

#[tokio::test]
async fn r36_client_refuses_a_commit_with_a_newcomer_after_anything_that_the_newcomer_is_not_told_of() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let mut colleague = colleague(&mut scene);
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let account = colleague.account();
    for lets_slip in [true, false] {
        // The doctor's device has made the Commit, and the relay takes something else before.
        scene.rig.refusing = Some((HANDSHAKE, Refusal::after(RefusalCode::Busy, 5)));
        scene.doctor.client().add_member(thread, account, now).unwrap();
        settle(&mut scene, &mut colleague);
        scene.rig.refusing = None;
        let message = altered(&mut scene, &mut rogue, |_| ());
        scene.rig.append(thread, APPLICATION, message);
        // An honest relay has the doctor's device catch up first.
        scene.rig.lets_slip = lets_slip;
        scene.world.clock.advance(5);
        settle(&mut scene, &mut colleague);
        let refused = scene.honest().map(|person| person.refused(thread));
        assert!(refused.iter().all(|reasons| reasons[0] == "R36"), "{refused:?}");
        let is_in =
            scene.doctor.client().participants(thread).unwrap().iter().any(|row| row.account == account);
        assert_eq!(is_in, !lets_slip);
    }
    // What the refused one invited the colleague into is left behind for the thread itself.
    scene.assert_goes_on();
    settle(&mut scene, &mut colleague);
    assert_eq!(colleague.texts(thread).last(), scene.texts().last());
    let [doctor, _] = scene.honest();
    assert_eq!(doctor.client().log_head(thread).unwrap(), colleague.client().log_head(thread).unwrap());
}

#[tokio::test]
async fn a_newcomer_who_was_lied_to_is_alone_with_the_liar_and_is_added_by_the_next_who_does_not_lie() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    let (thread, account) = (scene.thread, colleague.account());
    rogue.catch_up(&scene.rig);
    let spoken = Handover { professional_has_spoken: false, ..rogue.handover(&scene.world) };
    let adds = scene.claim(&[account]);
    let plan = Plan { adds, handover: Some(spoken), ..Plan::default() };
    let (commit, welcome) = rogue.commit(&scene.world, plan);
    let seq = scene.rig.append(thread, HANDSHAKE, commit);
    let payload = welcome.unwrap().into();
    let devices = vec![colleague.client().own().device];
    scene.rig.invite(thread, seq, vec![NewWelcome { devices, payload }]);
    settle(&mut scene, &mut colleague);
    assert!(colleague.told.contains(&Event::ThreadJoined(thread)));
    let now = scene.world.clock.read();
    scene.doctor.client().send(thread, "Entre nous", now).unwrap();
    settle(&mut scene, &mut colleague);
    assert!(colleague.texts(thread).is_empty() && !colleague.refused(thread).is_empty());
    assert!(!colleague.client().thread(thread).unwrap().is_confirmed);
    assert!(scene.honest().map(|person| person.refused(thread)).iter().all(|refused| refused[0] == "R36"));
    add(&mut scene, &mut colleague);
    scene.doctor.client().send(thread, "Bienvenue", now).unwrap();
    settle(&mut scene, &mut colleague);
    assert_eq!(colleague.texts(thread), ["Bienvenue"]);
    let summary = colleague.client().thread(thread).unwrap();
    assert!(summary.is_confirmed && summary.standing == Standing::Member);
    let [doctor, _] = scene.honest();
    assert_eq!(doctor.client().log_head(thread).unwrap(), colleague.client().log_head(thread).unwrap());
}

#[tokio::test]
async fn r04_client_refuses_a_second_reply_whose_first_a_newcomer_has_not_seen() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    scene.settle();
    let mut colleague = colleague(&mut scene);
    let first = altered(&mut scene, &mut rogue, |_| ());
    scene.post(APPLICATION, first);
    add(&mut scene, &mut colleague);
    let second = altered(&mut scene, &mut rogue, |_| ());
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, second), "R04");
}

#[tokio::test]
async fn a_newcomer_counts_the_messages_of_a_member_as_everyone_does() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let thread = scene.thread;
    let mut colleague = colleague(&mut scene);
    for _ in 0..3 {
        let message = altered(&mut scene, &mut rogue, |_| ());
        scene.post(APPLICATION, message);
    }
    add(&mut scene, &mut colleague);
    let again = altered(&mut scene, &mut rogue, |payload| payload.counter = 3);
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, again), "R33");
    let next = altered(&mut scene, &mut rogue, |payload| payload.counter = 4);
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, next), "accepted");
    let shown = colleague.client().entries(thread).unwrap();
    assert!(!shown.iter().any(|entry| matches!(entry.kind, EntryKind::Gap { .. })), "{shown:?}");
}

#[tokio::test]
async fn a_newcomer_counts_a_message_that_was_shown_before_as_everyone_does() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let mut id = None;
    let first = altered(&mut scene, &mut rogue, |payload| id = Some(payload.message));
    scene.post(APPLICATION, first);
    scene.doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    scene.settle();
    let mut colleague = colleague(&mut scene);
    add(&mut scene, &mut colleague);
    // The colleague cannot know that it is shown already; what it uses up is used up for all.
    let again = altered(&mut scene, &mut rogue, |payload| payload.message = id.unwrap());
    scene.post(APPLICATION, again);
    settle(&mut scene, &mut colleague);
    assert_eq!(scene.doctor.refused(thread).last().map(String::as_str), Some("replayed"));
    assert_eq!(colleague.texts(thread).len(), 1);
    let next = altered(&mut scene, &mut rogue, |_| ());
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, next), "R04");
}

#[tokio::test]
async fn r33_client_refuses_a_commit_dated_before_one_that_a_newcomer_has_not_seen() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    scene.world.clock.advance(3 * SECONDS_PER_DAY);
    add(&mut scene, &mut colleague);
    rogue.catch_up(&scene.rig);
    let yesterday = scene.world.clock.read().minus(SECONDS_PER_DAY);
    let plan = Plan { sent_on: Some(yesterday), ..Plan::default() };
    let (commit, _) = rogue.commit(&scene.world, plan);
    assert_eq!(refused_by_all(&mut scene, &mut colleague, HANDSHAKE, commit), "R33");
}

#[tokio::test]
async fn r34_client_refuses_another_past_than_the_one_that_a_newcomer_was_told() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let mut colleague = colleague(&mut scene);
    let now = scene.world.clock.read();
    let account = colleague.account();
    scene.doctor.client().add_member(scene.thread, account, now).unwrap();
    // Before anybody's update begins another epoch, which all three would see begin.
    scene.rig.settle(&mut [&mut scene.doctor, &mut scene.patient]);
    let other = altered(&mut scene, &mut rogue, |payload| {
        let previous = payload.previous.unwrap();
        payload.previous = Some(LogHead { hash: [9; 32], ..previous });
    });
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, other), "R34");
    let standing = colleague.client().thread(scene.thread).unwrap().standing;
    assert_eq!(standing, Standing::Forked);
}

#[tokio::test]
async fn a_removed_member_decrypts_nothing_of_what_follows_though_it_has_all_of_it() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let account = rogue.account();
    rogue.catch_up(&scene.rig);
    scene.doctor.client().remove_member(thread, account, now).unwrap();
    scene.settle();
    let removed_at = scene.rig.log(thread).last().unwrap().seq;
    scene.assert_goes_on();
    scene.assert_goes_on();
    let later = scene.rig.log(thread).iter().filter(|envelope| envelope.seq > removed_at);
    let later: Vec<_> = later.cloned().collect();
    assert!(later.len() >= 2);
    assert!(later.iter().all(|envelope| !rogue.reads(envelope.payload.as_slice())));
    assert!(scene.honest().iter_mut().all(|person| person.refused(thread).is_empty()));
}

#[tokio::test]
async fn a_thread_is_joined_again_by_a_later_welcome_of_the_same_opening_only() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let account = colleague.account();
    add(&mut scene, &mut colleague);
    let device = colleague.client().own().device;
    let first = scene.rig.inbox(device).pop().unwrap();
    scene.doctor.client().remove_member(thread, account, now).unwrap();
    settle(&mut scene, &mut colleague);
    assert_eq!(colleague.client().thread(thread).unwrap().standing, Standing::Departed);
    let invite = |scene: &mut Scene, colleague: &mut Person, seq, payload| {
        scene.rig.invite(thread, seq, vec![NewWelcome { devices: vec![device], payload }]);
        colleague.told.clear();
        settle(scene, colleague);
        colleague.told.clone()
    };
    let told = invite(&mut scene, &mut colleague, first.seq, first.payload.clone());
    assert_eq!(told, [Event::WelcomeRefused { reason: "replayed" }]);
    // Who was in it founds another thread under the same id.
    let mut again = rogue.sibling(&mut scene.world);
    let patients = [scene.patient.account()];
    let opening = again.opening(thread, &patients, now);
    let charter = again.charter(opening, AnswerMode::Open);
    again.found(thread, charter.to_bytes());
    let adds = scene.claim(&[account]);
    let (_, welcome) = again.commit(&scene.world, Plan { adds, ..Plan::default() });
    let later = scene.rig.log(thread).last().unwrap().seq.next();
    let told = invite(&mut scene, &mut colleague, later, welcome.unwrap().into());
    assert_eq!(told, [Event::WelcomeRefused { reason: "R26" }]);
    add(&mut scene, &mut colleague);
    assert_eq!(colleague.client().thread(thread).unwrap().standing, Standing::Member);
}

#[tokio::test]
async fn who_was_removed_and_added_again_while_away_joins_whichever_it_hears_of_first() {
    let (mut scene, _rogue, _) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    let (thread, now) = (scene.thread, scene.world.clock.read());
    let account = colleague.account();
    add(&mut scene, &mut colleague);
    scene.assert_goes_on();
    settle(&mut scene, &mut colleague);
    scene.doctor.client().remove_member(thread, account, now).unwrap();
    scene.settle();
    scene.doctor.client().add_member(thread, account, now).unwrap();
    scene.settle();
    // The Welcome comes before the Commit that removes: it is kept until that is read.
    let device = colleague.client().own().device;
    let item = scene.rig.inbox(device).pop().unwrap();
    colleague.told.clear();
    scene.rig.hand(&mut colleague, &ServerFrame::Event(RelayEvent::Inbox(item)));
    assert_eq!(colleague.told, []);
    settle(&mut scene, &mut colleague);
    assert!(colleague.told.contains(&Event::ThreadJoined(thread)));
    scene.assert_goes_on();
    settle(&mut scene, &mut colleague);
    assert_eq!(colleague.texts(thread).last(), scene.texts().last());
}

#[tokio::test]
async fn a_welcome_at_another_place_than_its_commits_is_refused() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    let thread: ThreadId = scene.thread;
    rogue.catch_up(&scene.rig);
    let adds = scene.claim(&[colleague.account()]);
    let (commit, welcome) = rogue.commit(&scene.world, Plan { adds, ..Plan::default() });
    let seq = scene.post(HANDSHAKE, commit);
    let devices = vec![colleague.client().own().device];
    let payload: colloque_schemas::bytes::Opaque = welcome.unwrap().into();
    for place in [Seq(1), Seq(seq.0 - 1), seq.next()] {
        scene.rig.invite(
            thread,
            place,
            vec![NewWelcome { devices: devices.clone(), payload: payload.clone() }],
        );
        colleague.told.clear();
        settle(&mut scene, &mut colleague);
        assert_eq!(colleague.told, [Event::WelcomeRefused { reason: "R36" }]);
    }
    scene.rig.invite(thread, seq, vec![NewWelcome { devices, payload }]);
    settle(&mut scene, &mut colleague);
    assert!(colleague.told.contains(&Event::ThreadJoined(thread)));
}

#[tokio::test]
async fn r08_client_refuses_content_of_an_account_whose_leaving_a_newcomer_has_not_seen() {
    let (mut scene, mut rogue, mut patient) = Scene::with_rogues().await;
    let mut colleague = colleague(&mut scene);
    patient.catch_up(&scene.rig);
    let farewell = patient.payload_of(&mut scene.world, Body::Control(Control::Leave));
    let farewell = patient.seal(&farewell);
    scene.rig.append(scene.thread, EnvelopeKind::Control, farewell);
    // Another adds the colleague before the doctor's device has taken the patient out.
    rogue.catch_up(&scene.rig);
    let conduct = AccountConduct { account: patient.account(), has_replied: false, has_departed: true };
    let told = Handover { accounts: vec![conduct], ..rogue.handover(&scene.world) };
    let adds = scene.claim(&[colleague.account()]);
    let (commit, welcome) =
        rogue.commit(&scene.world, Plan { adds, handover: Some(told), ..Plan::default() });
    let seq = scene.rig.append(scene.thread, HANDSHAKE, commit);
    rogue.merge(seq);
    let devices = vec![colleague.client().own().device];
    scene.rig.invite(scene.thread, seq, vec![NewWelcome { devices, payload: welcome.unwrap().into() }]);
    let content = altered(&mut scene, &mut patient, |_| ());
    assert_eq!(refused_by_all(&mut scene, &mut colleague, APPLICATION, content), "R08");
}
