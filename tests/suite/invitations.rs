//! A professional invites a patient, and writes before the patient is there.

use colloque_client_core::connection::{Reached, invite_again, invite_patient};
use colloque_client_core::{Error, Event, Invited, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::asking::{InvitationStatement, Reservation};
use colloque_schemas::certificate::{AccountCertificate, Holder, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, EnrolmentStatement, Invitation};
use colloque_schemas::frame::{ClientFrame, Request};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, KeyHash, Seq, ThreadId};
use colloque_schemas::limits::{
    CODE_LIFE_SECONDS, FRAME_MAX_BYTES, NO_KEY_PACKAGE_RETRY_SECONDS, RESERVATION_BYTES,
};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::signed::Statement as _;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::site::{Online, Site};
use colloque_tests::world::professional;
use colloque_tests::{Person, World};
use ed25519_dalek::SigningKey;

const BINDING: ChannelBinding = ChannelBinding([0; 32]);

fn id_of<T>(outcome: Result<T, Error>) -> &'static str {
    outcome.err().expect("an error").id()
}

/// A change to what the authority answers.
type Spoiling = fn(&mut Invitation);

/// What an honest authority answers when this professional asks for an invitation.
fn answer(world: &mut World, doctor: &mut Person, request: &[u8]) -> (Invitation, AuthorityReply) {
    let request = codec::decode(request, FRAME_MAX_BYTES).unwrap();
    let AuthorityRequest::InvitePatient { reservation, .. } = request else { panic!("{request:?}") };
    let account = reservation.account(doctor.account());
    let invitation = Invitation { account: Some(account), ..world.invitation() };
    let expires_at = world.clock.read().plus(CODE_LIFE_SECONDS);
    (invitation.clone(), AuthorityReply::Invited { invitation, expires_at })
}

/// A doctor has an invitation for a patient of this name.
fn invite(world: &mut World, doctor: &mut Person, name: &str) -> Invited {
    let now = world.clock.read();
    let inviting = doctor.client().begin_invitation(name, now).unwrap();
    let request = doctor.client().invitation_request(&inviting, BINDING).unwrap();
    let (_, reply) = answer(world, doctor, &request);
    doctor.client().finish_invitation(inviting, &codec::encode(&reply)).unwrap()
}

/// A doctor has opened a thread with a patient who has not enrolled, and was told that it waits.
async fn waiting_thread() -> (World, Person, Invited, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let invited = invite(&mut world, &mut doctor, "Louis");
    let now = world.clock.read();
    let thread = doctor.client().open_thread(&[invited.account], AnswerMode::Open, "Bonjour", now).unwrap();
    world.settle(&mut [&mut doctor]).await;
    assert!(doctor.told.contains(&Event::OpeningWaits { thread, account: invited.account }));
    (world, doctor, invited, thread)
}

async fn enrolled(world: &mut World, invited: &Invited) -> Person {
    let mut patient = world.enrol_by(invited.invitation.clone(), &Holder::Patient);
    world.connect(&mut patient);
    patient
}

#[tokio::test]
async fn a_professional_invites_a_patient_who_finds_what_was_written_before() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let clock = site.clock.clone();
    let invited = invite_patient(&mut doctor.client, "Louis", &clock).await.unwrap();
    assert_eq!(doctor.client.contact(invited.account).unwrap().petname.as_deref(), Some("Louis"));
    let opened =
        doctor.client.open_thread(&[invited.account], AnswerMode::Open, "Bonjour Louis", clock.read());
    let thread = opened.unwrap();
    doctor.client.send(thread, "Apportez vos analyses.", clock.read()).unwrap();
    doctor.hears(|event| *event == Event::OpeningWaits { thread, account: invited.account }).await;
    let summary = doctor.client.thread(thread).unwrap();
    assert_eq!((summary.standing, summary.waits_for), (Standing::Opening, vec![invited.account]));

    let mut patient = site.enrol(invited.invitation.clone()).await.unwrap();
    assert_eq!(patient.client.own().account, invited.account);
    patient.connect().await.unwrap();
    patient.settle().await;
    doctor.disconnect().await;
    doctor.connect().await.unwrap();
    doctor.hears(|event| *event == Event::ThreadOpened(thread)).await;
    doctor.settle().await;
    let is_last = |event: &Event| matches!(event, Event::MessageReceived { seq, .. } if *seq == Seq(2));
    patient.hears(is_last).await;
    assert_eq!(texts(&patient, thread), ["Bonjour Louis", "Apportez vos analyses."]);
    assert_eq!(doctor.client.thread(thread).unwrap().waits_for, vec![]);
    assert!(doctor.client.invitation(invited.account).unwrap().unwrap().is_met);
    patient.client.send(thread, "Bien sûr.", clock.read()).unwrap();
    patient.settle().await;
    doctor.hears(|event| matches!(event, Event::MessageReceived { .. })).await;
}

fn texts(person: &Online, thread: ThreadId) -> Vec<String> {
    use colloque_client_core::EntryKind::Message;
    let entries = person.client.entries(thread).unwrap();
    let text = |kind| if let Message(message) = kind { Some(message.text) } else { None };
    entries.into_iter().filter_map(|entry| text(entry.kind)).collect()
}

#[tokio::test]
async fn an_opening_that_waits_is_tried_again_on_the_same_connection_and_after_a_restart() {
    let (mut world, mut doctor, invited, thread) = waiting_thread().await;
    doctor.switch_off();
    doctor.switch_on();
    assert_eq!(doctor.client().thread(thread).unwrap().waits_for, [invited.account]);
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(doctor.client().thread(thread).unwrap().standing, Standing::Opening);
    let mut patient = enrolled(&mut world, &invited).await;
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.client().thread(thread).unwrap().standing, Standing::Opening, "not before its time");
    world.clock.advance(u64::from(NO_KEY_PACKAGE_RETRY_SECONDS));
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.client().thread(thread).unwrap().standing, Standing::Member);
    assert_eq!(patient.texts(thread), ["Bonjour"]);
}

#[tokio::test]
async fn what_waits_for_an_absent_patient_counts_as_settled_and_holds_up_no_other_thread() {
    let (mut world, mut doctor, _, waiting) = waiting_thread().await;
    assert!(doctor.client().is_settled().unwrap());
    let mut other = world.patient().await;
    let thread = world.open(&mut doctor, &mut other, "Bonjour à vous").await;
    assert_eq!(doctor.client().thread(thread).unwrap().standing, Standing::Member);
    assert_eq!(doctor.client().thread(waiting).unwrap().standing, Standing::Opening);
}

#[tokio::test]
async fn while_one_of_two_patients_is_absent_the_others_key_packages_are_left_alone() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut present = world.patient().await;
    let absent = invite(&mut world, &mut doctor, "Louis").account;
    let patients = [present.account(), absent];
    let now = world.clock.read();
    doctor.client().open_thread(&patients, AnswerMode::Open, "Bonjour", now).unwrap();
    world.settle(&mut [&mut doctor, &mut present]).await;
    for _ in 0..5 {
        world.clock.advance(u64::from(NO_KEY_PACKAGE_RETRY_SECONDS));
        let now = world.clock.read();
        doctor.client().poll(now).unwrap();
        let frames = doctor.client().take_outgoing();
        assert_eq!(claims(&frames), [absent]);
        for frame in frames {
            doctor.wire.as_mut().unwrap().send(frame).await;
        }
        world.settle(&mut [&mut doctor, &mut present]).await;
    }
}

fn claims(frames: &[Vec<u8>]) -> Vec<AccountId> {
    let claim = |frame: &Vec<u8>| {
        let frame: ClientFrame = codec::decode(frame, FRAME_MAX_BYTES).unwrap();
        if let Request::ClaimKeyPackages(account) = frame.request { Some(account) } else { None }
    };
    frames.iter().filter_map(claim).collect()
}

#[tokio::test]
async fn another_invitation_ends_the_one_before_and_is_for_the_same_account() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let clock = site.clock.clone();
    let first = invite_patient(&mut doctor.client, "Louis", &clock).await.unwrap();
    let second = invite_again(&mut doctor.client, first.account, &clock).await.unwrap();
    assert_eq!(second.account, first.account);
    let kept = doctor.client.invitation(first.account).unwrap().unwrap();
    assert_eq!(kept.invitation, second.invitation);
    assert_eq!(doctor.client.invitations().unwrap().len(), 1);
    assert_eq!(id_of(site.enrol(first.invitation).await), "code-refused");
    let patient = site.enrol(second.invitation).await.unwrap();
    assert_eq!(patient.client.own().account, first.account);
    let again = invite_again(&mut doctor.client, first.account, &clock).await;
    assert_eq!(id_of(again), "already-activated", "there is nobody left to invite");
}

#[tokio::test]
async fn only_an_account_that_this_device_invited_is_invited_again() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let (account, now) = (patient.account(), world.clock.read());
    assert_eq!(id_of(doctor.client().begin_invitation_again(account, now)), "unknown-account");
}

#[tokio::test]
async fn an_answer_for_another_account_or_tenant_gives_no_invitation_and_no_contact() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let spoilings: [(Spoiling, &str); 3] = [
        (|invitation| invitation.account = None, "server-account"),
        (|invitation| invitation.account = Some(AccountId::new([7; 16])), "server-account"),
        (|invitation| invitation.tenant = KeyHash::new([7; 32]), "server-key"),
    ];
    for (spoil, expected) in spoilings {
        let now = world.clock.read();
        let inviting = doctor.client().begin_invitation("Louis", now).unwrap();
        let request = doctor.client().invitation_request(&inviting, BINDING).unwrap();
        let (mut invitation, _) = answer(&mut world, &mut doctor, &request);
        spoil(&mut invitation);
        let reply = codec::encode(&AuthorityReply::Invited { invitation, expires_at: now });
        assert_eq!(id_of(doctor.client().finish_invitation(inviting, &reply)), expected);
    }
    let now = world.clock.read();
    let inviting = doctor.client().begin_invitation("Louis", now).unwrap();
    assert_eq!(id_of(doctor.client().finish_invitation(inviting, b"nonsense")), "server-protocol");
    assert!(doctor.client().invitations().unwrap().is_empty());
    assert!(doctor.client().contacts().unwrap().iter().all(|contact| contact.petname.is_none()));
}

#[tokio::test]
async fn a_device_enrols_as_the_account_of_its_invitation_and_no_other() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let clock = site.clock.clone();
    let invited = invite_patient(&mut doctor.client, "Louis", &clock).await.unwrap();
    let promised = Invitation { account: Some(AccountId::new([7; 16])), ..invited.invitation };
    assert_eq!(id_of(site.enrol(promised).await), "server-account");
}

#[tokio::test]
async fn r37_client_does_not_ask_for_an_invitation_in_a_patients_name() {
    let mut world = World::new().await;
    let mut patient = world.patient().await;
    let now = world.clock.read();
    assert_eq!(id_of(patient.client().begin_invitation("Louis", now)), "R37");
}

#[tokio::test]
async fn r37_authority_refuses_a_patient_whose_app_asks_for_an_invitation() {
    let site = Site::start().await;
    let invitation = site.invite(Holder::Patient).await;
    let (account_key, device_key) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));

    let reached = Reached::server(&invitation.authority).await.unwrap();
    let statement = EnrolmentStatement { code: invitation.code.clone(), channel_binding: reached.binding() };
    let enrol = AuthorityRequest::Enrol {
        signature: statement.sign(&account_key),
        code: statement.code,
        account_key: AccountKey::new(account_key.verifying_key().to_bytes()),
    };
    let reply = reached.ask(codec::encode(&enrol)).await.unwrap();
    let AuthorityReply::Enrolled { account, .. } = codec::decode(&reply, FRAME_MAX_BYTES).unwrap() else {
        panic!("not enrolled")
    };
    let (anchor, now) = (site.authority.anchor(), site.clock.read());
    let account = AccountCertificate::verify(account.as_slice(), anchor, now).unwrap();
    let device = DeviceKey::new(device_key.verifying_key().to_bytes());
    let validity = issue::Validity { not_before: now.minus(60), not_after: now.plus(SECONDS_PER_DAY) };
    let leaf = issue::device(&account, &account_key, device, [3; 16], validity).unwrap();
    let chain = UnverifiedChain::new(leaf, account.as_der().to_vec());

    let reached = Reached::server(&invitation.authority).await.unwrap();
    let reservation = Reservation::new([4; RESERVATION_BYTES]);
    let statement = InvitationStatement { reservation, channel_binding: reached.binding() };
    let signature = statement.sign(&device_key);
    let request = AuthorityRequest::InvitePatient { chain, reservation, signature };
    let reply = reached.ask(codec::encode(&request)).await.unwrap();
    let denied = Refusal::from(Denied::from(Rule::OnlyProfessionalsInvite));
    assert_eq!(codec::decode(&reply, FRAME_MAX_BYTES), Ok(AuthorityReply::Refused(denied)));
}
