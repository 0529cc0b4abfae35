//! The relay's side of each rule: a device that checks nothing itself asks, is refused under the rule's id, and nothing
//! that the relay stores changes.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, UnverifiedChain};
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::envelope::EnvelopeKind::{Application, Control, Handshake};
use colloque_schemas::frame::{
    Append, Cursor, Event, PublishKeyPackages, Request, Response, SendLetter, Sync, ThreadPage,
};
use colloque_schemas::id::{DeviceKey, Seq, ThreadId};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::rule::Rule;
use colloque_tests::raw::thread_id;
use colloque_tests::request::{append, opening, terms};
use colloque_tests::world::{key, professional};
use colloque_tests::{RawDevice, World};

/// A thread that a professional opened for a patient. Its Commit has place 1, its first message place 2.
struct Scene {
    world: World,
    doctor: RawDevice,
    patient: RawDevice,
    thread: ThreadId,
}

async fn scene(mode: AnswerMode) -> Scene {
    let mut world = World::new().await;
    let mut doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    let mut patient = RawDevice::new(&mut world, &Holder::Patient);
    doctor.sign_in(&mut world).await;
    patient.sign_in(&mut world).await;
    let thread = thread_id(&mut world);
    let request = Request::OpenThread(opening(&mut world, thread, mode, &[&doctor, &patient]));
    doctor.ask(&world, request).await.expect("a professional opens a thread");
    Scene { world, doctor, patient, thread }
}

impl Scene {
    fn append(&mut self, kind: colloque_schemas::envelope::EnvelopeKind) -> Append {
        append(&mut self.world, self.thread, kind, 1)
    }

    async fn patient_writes(&mut self) -> Result<Response, Refusal> {
        let request = Request::Append(self.append(Application));
        self.patient.ask(&self.world, request).await
    }
}

/// The refusal of this request, which names this rule and has changed nothing.
async fn refused(world: &World, device: &mut RawDevice, request: Request, rule: Rule) -> Refusal {
    let before = world.digest().await;
    let refusal = device.ask(world, request).await.expect_err(rule.id());
    assert_eq!(refusal.rule, Some(rule), "{refusal:?}");
    assert_eq!(world.digest().await, before, "{} changed what is stored", rule.id());
    refusal
}

async fn is_not_permitted(world: &World, device: &mut RawDevice, request: Request, rule: Rule) {
    let refusal = refused(world, device, request, rule).await;
    assert_eq!((refusal.code, refusal.retry), (RefusalCode::NotPermitted, Retry::Never));
}

#[tokio::test]
async fn the_digest_sees_every_change() {
    let mut scene = scene(AnswerMode::Open).await;
    let before = scene.world.digest().await;
    assert_eq!(scene.world.digest().await, before);
    scene.patient_writes().await.unwrap();
    assert_ne!(scene.world.digest().await, before);
}

#[tokio::test]
async fn r01_relay_refuses_a_thread_that_a_patient_opens() {
    let Scene { mut world, doctor, mut patient, .. } = scene(AnswerMode::Open).await;
    let thread = thread_id(&mut world);
    let request = Request::OpenThread(opening(&mut world, thread, AnswerMode::Open, &[&patient, &doctor]));
    is_not_permitted(&world, &mut patient, request, Rule::OnlyProfessionalsOpen).await;
}

#[tokio::test]
async fn r02_relay_refuses_a_patient_the_key_packages_of_others() {
    let Scene { world, mut doctor, mut patient, .. } = scene(AnswerMode::Open).await;
    let published = PublishKeyPackages { one_time: vec![vec![1; 64].into()], last_resort: None };
    doctor.ask(&world, Request::PublishKeyPackages(published.clone())).await.unwrap();
    patient.ask(&world, Request::PublishKeyPackages(published)).await.unwrap();
    let others = Request::ClaimKeyPackages(doctor.account);
    is_not_permitted(&world, &mut patient, others, Rule::PatientsClaimOwnKeyPackages).await;
    let own = patient.account;
    let claimed = patient.ask(&world, Request::ClaimKeyPackages(own)).await.unwrap_err();
    assert_eq!(claimed.code, RefusalCode::NoKeyPackage, "it may, and has no other device");
}

#[tokio::test]
async fn r39_relay_refuses_a_letter_to_another_account() {
    let Scene { world, mut doctor, mut patient, .. } = scene(AnswerMode::Open).await;
    let letter = |owner, device| {
        let (group, payload) = (ThreadId::new([9; 16]), vec![5; 1024].into());
        Request::SendLetter(SendLetter { owner, device, group, payload })
    };
    let readers = [(patient.account, patient.device()), (doctor.account, doctor.device())];
    for (writer, (account, device)) in [&mut doctor, &mut patient].into_iter().zip(readers) {
        is_not_permitted(&world, writer, letter(account, device), Rule::LettersStayInTheAccount).await;
        let own = letter(writer.account, writer.device());
        assert_eq!(writer.ask(&world, own).await, Ok(Response::Done));
    }
}

#[tokio::test]
async fn r04_relay_takes_one_answer_of_a_patient_and_refuses_the_second() {
    let mut scene = scene(AnswerMode::OneReply).await;
    assert!(scene.patient_writes().await.is_ok());
    let second = Request::Append(scene.append(Application));
    is_not_permitted(&scene.world, &mut scene.patient, second, Rule::OneReplyOnly).await;
}

#[tokio::test]
async fn r05_relay_refuses_an_answer_from_the_deadline_on_by_its_own_clock() {
    let deadline = colloque_tests::clock::NOON.plus(60);
    let mut scene = scene(AnswerMode::Until(deadline)).await;
    scene.world.clock.advance(59);
    assert!(scene.patient_writes().await.is_ok());
    scene.world.clock.advance(1);
    let late = Request::Append(scene.append(Application));
    is_not_permitted(&scene.world, &mut scene.patient, late, Rule::NoReplyAfterDeadline).await;
}

#[tokio::test]
async fn r06_relay_refuses_every_answer_of_a_patient_in_mode_no_reply() {
    let mut scene = scene(AnswerMode::NoReply).await;
    let answer = Request::Append(scene.append(Application));
    is_not_permitted(&scene.world, &mut scene.patient, answer, Rule::NoReplyFromPatients).await;
    let receipt = Request::Append(scene.append(Control));
    assert!(scene.patient.ask(&scene.world, receipt).await.is_ok(), "control messages pass in every mode");
}

#[tokio::test]
async fn r07_relay_refuses_content_of_anybody_in_a_closed_thread() {
    let mut scene = scene(AnswerMode::Open).await;
    let close = terms(scene.thread, 1, AnswerMode::Closed, &[&scene.doctor, &scene.patient]);
    scene.doctor.ask(&scene.world, close).await.unwrap();
    let (of_doctor, of_patient) = (scene.append(Application), scene.append(Application));
    let Scene { world, mut doctor, mut patient, .. } = scene;
    is_not_permitted(&world, &mut doctor, Request::Append(of_doctor), Rule::ClosedMeansClosed).await;
    is_not_permitted(&world, &mut patient, Request::Append(of_patient), Rule::ClosedMeansClosed).await;
}

#[tokio::test]
async fn r09_relay_refuses_an_answer_mode_that_a_patient_asserts() {
    let Scene { world, doctor, mut patient, thread } = scene(AnswerMode::NoReply).await;
    for mode in [AnswerMode::Open, AnswerMode::OneReply, AnswerMode::Closed] {
        let request = terms(thread, 1, mode, &[&doctor, &patient]);
        is_not_permitted(&world, &mut patient, request, Rule::OnlyProfessionalsSetMode).await;
    }
}

#[tokio::test]
async fn r10_relay_refuses_a_deadline_that_does_not_lie_ahead() {
    let Scene { mut world, mut doctor, patient, thread } = scene(AnswerMode::Open).await;
    let past = AnswerMode::Until(world.clock.read());
    let request = terms(thread, 1, past, &[&doctor, &patient]);
    is_not_permitted(&world, &mut doctor, request, Rule::ModeChangesAreNamed).await;
    let another = thread_id(&mut world);
    let request = Request::OpenThread(opening(&mut world, another, past, &[&doctor, &patient]));
    is_not_permitted(&world, &mut doctor, request, Rule::ModeChangesAreNamed).await;
}

#[tokio::test]
async fn r23_relay_refuses_a_sign_in_whose_leaf_another_account_signed() {
    let mut world = World::new().await;
    let mut doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    let patient = RawDevice::new(&mut world, &Holder::Patient);
    doctor.chain = UnverifiedChain::new(patient.chain.leaf().to_vec(), doctor.chain.account().to_vec());
    doctor.device_key = patient.device_key.clone();
    let (challenge, binding) = doctor.connect(&mut world);
    let request = doctor.sign_in_request(&challenge, binding);
    is_not_permitted(&world, &mut doctor, request, Rule::LeavesAreCertified).await;
}

#[tokio::test]
async fn r25_relay_refuses_a_device_that_its_account_does_not_list() {
    let mut world = World::new().await;
    let mut doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    let other = DeviceKey::new(key(world.rng()).verifying_key().to_bytes());
    doctor.list = DeviceList::sign(doctor.account, 2, vec![other], &doctor.account_key).unwrap();
    let (challenge, binding) = doctor.connect(&mut world);
    let request = doctor.sign_in_request(&challenge, binding);
    is_not_permitted(&world, &mut doctor, request, Rule::DevicesAreListed).await;
}

#[tokio::test]
async fn r29_relay_refuses_what_was_encrypted_before_the_newest_handshake() {
    let mut scene = scene(AnswerMode::Open).await;
    let commit = Request::Append(scene.append(Handshake));
    scene.doctor.ask(&scene.world, commit).await.unwrap();
    for kind in [Application, Control, Handshake] {
        let stale = Request::Append(scene.append(kind));
        let refusal = refused(&scene.world, &mut scene.patient, stale, Rule::TermsInForce).await;
        assert_eq!(refusal, Refusal::head_stale(Seq(3)));
    }
}

#[tokio::test]
async fn r30_relay_neither_takes_from_nor_shows_to_an_account_without_access() {
    let Scene { mut world, mut doctor, patient, thread } = scene(AnswerMode::Open).await;
    let mut stranger = RawDevice::new(&mut world, &professional("Dr Ed Long"));
    stranger.sign_in(&mut world).await;
    let no_such_thread = thread_id(&mut world);
    for thread in [thread, no_such_thread] {
        let request = Request::Append(append(&mut world, thread, Application, 1));
        let refusal = refused(&world, &mut stranger, request, Rule::OnlyMembersReachTheLog).await;
        assert_eq!(refusal, Refusal::never(RefusalCode::NoAccess), "as a thread that does not exist");
        let request = terms(thread, 1, AnswerMode::Open, &[&stranger, &doctor, &patient]);
        refused(&world, &mut stranger, request, Rule::OnlyMembersReachTheLog).await;
        let cursor = Cursor { thread, after: Seq(0) };
        let sync = Sync { threads: vec![cursor], inbox_after: Default::default() };
        let Ok(Response::Page(page)) = stranger.ask(&world, Request::Sync(sync)).await else { panic!() };
        assert_eq!(page.threads, [ThreadPage::AccessLost { thread }]);
    }
    let request = Request::Append(append(&mut world, thread, Application, 1));
    doctor.ask(&world, request).await.unwrap();
    let own = stranger.account;
    let _ = stranger.ask(&world, Request::ClaimKeyPackages(own)).await;
    assert!(!stranger.heard.iter().any(|event| matches!(event, Event::Appended { .. })));
}

#[tokio::test]
async fn r31_relay_refuses_access_that_a_patient_grants_or_revokes() {
    let mut scene = scene(AnswerMode::Open).await;
    let friend = RawDevice::new(&mut scene.world, &Holder::Patient);
    let grant = Append { grant: vec![friend.account], ..scene.append(Handshake) };
    let Scene { world, doctor, mut patient, thread } = scene;
    let rule = Rule::OnlyProfessionalsGrantAccess;
    is_not_permitted(&world, &mut patient, Request::Append(grant), rule).await;
    let adds = terms(thread, 1, AnswerMode::Open, &[&doctor, &patient, &friend]);
    is_not_permitted(&world, &mut patient, adds, rule).await;
    let removes = terms(thread, 1, AnswerMode::Open, &[&patient]);
    is_not_permitted(&world, &mut patient, removes, rule).await;
}
