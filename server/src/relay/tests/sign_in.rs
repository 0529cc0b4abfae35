//! Sign-in: one try for each nonce, bound to relay, connection and newest device list.

use colloque_schemas::frame::ServerFrame;
use colloque_schemas::limits::{SIGN_IN_FRAME_MAX_BYTES, SIGN_IN_SECONDS};
use colloque_schemas::refusal::Retry;
use colloque_schemas::rule::{Denied, Rule};

use super::*;

const FAILED: Refusal =
    Refusal { code: RefusalCode::SignInFailed, rule: None, retry: Retry::OnNewConnection };

#[tokio::test]
async fn a_statement_for_another_relay_connection_or_nonce_is_worth_nothing() {
    let world = World::new().await;
    let doctor = world.person(Role::Professional, 10);
    let earlier = world.stranger().await.challenge;
    for (challenge, name, binding) in [
        (None, "other.test", BINDING),
        (None, NAME, ChannelBinding([8; 32])),
        (Some(&earlier), NAME, BINDING),
    ] {
        let mut caller = world.stranger().await;
        let challenge = challenge.unwrap_or(&caller.challenge).clone();
        let sign_in = doctor.sign_in(0, &challenge, name, binding);
        assert_eq!(caller.ask(Request::SignIn(sign_in)).await, Err(FAILED));
        assert!(!caller.session.is_signed_in());
    }
}

#[tokio::test]
async fn a_nonce_is_good_for_one_try_and_thirty_seconds() {
    let world = World::new().await;
    let doctor = world.person(Role::Professional, 10);
    let mut caller = world.stranger().await;
    let good = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    let bad = doctor.sign_in(0, &caller.challenge, "other.test", BINDING);
    assert_eq!(caller.ask(Request::SignIn(bad)).await, Err(FAILED));
    assert_eq!(caller.ask(Request::SignIn(good)).await, Err(FAILED), "the nonce is spent");

    let mut caller = world.stranger().await;
    let good = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    world.clock.advance(SIGN_IN_SECONDS + 1);
    assert_eq!(caller.ask(Request::SignIn(good)).await, Err(FAILED));
}

#[tokio::test]
async fn nothing_but_a_small_sign_in_is_heard_before_one_and_none_after() {
    let world = World::new().await;
    let doctor = world.person(Role::Professional, 10);
    let mut caller = world.stranger().await;
    let early = caller.ask(Request::ClaimKeyPackages(doctor.account)).await;
    assert_eq!(early, Err(refused(RefusalCode::OutOfTurn)));
    caller.session.receive(&vec![0x82; SIGN_IN_FRAME_MAX_BYTES + 1]).await;
    let refusal = refused(RefusalCode::TooLarge);
    assert_eq!(caller.next().await, ServerFrame::Refused { id: None, refusal });
    let sign_in = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    assert!(caller.ask(Request::SignIn(sign_in.clone())).await.is_ok());
    assert_eq!(caller.ask(Request::SignIn(sign_in)).await, Err(refused(RefusalCode::OutOfTurn)));
}

#[tokio::test]
async fn chains_that_do_not_verify_and_other_versions_are_refused_by_name() {
    let world = World::new().await;
    let doctor = world.person(Role::Professional, 10);
    let patient = world.person(Role::Patient, 20);
    let mut caller = world.stranger().await;
    let mut swapped = patient.sign_in(0, &caller.challenge, NAME, BINDING);
    let donor = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    swapped.chain = UnverifiedChain::new(swapped.chain.leaf().to_vec(), donor.chain.account().to_vec());
    let denied = caller.ask(Request::SignIn(swapped)).await;
    assert_eq!(denied, Err(Denied::from(Rule::LeavesAreCertified).into()));

    let mut caller = world.stranger().await;
    let mut newer = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    newer.version += 1;
    assert_eq!(caller.ask(Request::SignIn(newer)).await, Err(refused(RefusalCode::VersionUnsupported)));

    let mut caller = world.stranger().await;
    world.clock.advance(61 * 86_400);
    let expired = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    caller = world.stranger().await;
    let expired = SignIn { ..expired };
    let denied = caller.ask(Request::SignIn(expired)).await;
    assert_eq!(denied, Err(Denied::from(Rule::LeavesAreCertified).into()));
}

#[tokio::test]
async fn a_device_outside_its_own_list_is_refused_and_lists_only_go_forward() {
    let world = World::new().await;
    let mut doctor = world.person(Role::Professional, 10);
    let mut caller = world.stranger().await;
    let unlisted = doctor.sign_in(1, &caller.challenge, NAME, BINDING);
    let denied = caller.ask(Request::SignIn(unlisted)).await;
    assert_eq!(denied, Err(Denied::from(Rule::DevicesAreListed).into()));

    (doctor.list_number, doctor.listed) = (5, vec![0, 1]);
    world.caller(&doctor).await;
    let newest = doctor.list();
    doctor.listed = vec![0];
    let mut caller = world.stranger().await;
    let another = doctor.sign_in(0, &caller.challenge, NAME, BINDING);
    assert_eq!(caller.ask(Request::SignIn(another)).await, Err(refused(RefusalCode::DeviceListStale)));
    // An older one changes nothing: the device is told of the newest, which names it.
    doctor.list_number = 4;
    let told = world.caller(&doctor).await.signed_in.unwrap().device_list;
    assert_eq!(told, Some(newest.to_unverified()));
}

#[tokio::test]
async fn a_device_that_a_newer_list_leaves_out_is_disconnected() {
    let world = World::new().await;
    let mut doctor = world.person(Role::Professional, 10);
    (doctor.list_number, doctor.listed) = (1, vec![0, 1]);
    let mut stolen = world.caller_with(&doctor, 1).await;
    let mut first = world.caller_with(&doctor, 0).await;
    (doctor.list_number, doctor.listed) = (2, vec![0]);
    world.caller_with(&doctor, 0).await;
    assert_eq!(stolen.end().await, End::NoLongerTrusted);
    let before = world.digest().await;
    stolen.send(Request::OpenThread(opening(1, AnswerMode::Open, &stolen, &[]))).await;
    assert_eq!(stolen.outbox.try_next(), None, "it is heard no more");
    assert_eq!(world.digest().await, before);
    assert!(first.is_silent().await);
}

#[tokio::test]
async fn a_session_ends_with_its_certificate() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    doctor.session.check_expiry();
    assert!(doctor.is_silent().await);
    world.clock.advance(61 * 86_400);
    doctor.send(Request::OpenThread(opening(1, AnswerMode::Open, &doctor, &[]))).await;
    assert_eq!(doctor.end().await, End::NoLongerTrusted);
}
