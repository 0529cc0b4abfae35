//! Access rows and mode flag follow what professionals assert.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::{Application, Handshake};
use colloque_schemas::frame::AssertTerms;
use colloque_schemas::rule::{Denied, Rule};

use super::*;

fn terms(handshake: u64, access: &[&Caller], mode: AnswerMode) -> Request {
    let access = access.iter().map(|caller| caller.account).collect();
    Request::AssertTerms(AssertTerms { thread: thread_id(1), handshake: Seq(handshake), access, mode })
}

#[tokio::test]
async fn only_professionals_with_access_assert_terms() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let mut colleague = world.caller(&world.person(Role::Professional, 30)).await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    let asserted = terms(1, &[&doctor, &patient], AnswerMode::NoReply);
    let denied = Denied::from(Rule::OnlyProfessionalsSetMode);
    assert_eq!(patient.ask(asserted.clone()).await, Err(denied.into()));
    let in_the_same_mode = terms(1, &[&doctor, &patient], AnswerMode::Open);
    let denied = Denied::from(Rule::OnlyProfessionalsGrantAccess);
    assert_eq!(patient.ask(in_the_same_mode).await, Err(denied.into()));
    assert_eq!(colleague.ask(asserted).await, Err(refused(RefusalCode::NoAccess)));
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn terms_of_an_older_handshake_or_of_one_to_come_are_stale() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    doctor.append(append(1, Handshake, 1, 9)).await.unwrap();
    let newer = terms(3, &[&doctor, &patient], AnswerMode::NoReply);
    assert_eq!(doctor.ask(newer.clone()).await, Ok(Response::Done));
    assert_eq!(doctor.ask(newer).await, Ok(Response::Done), "idempotent");
    let before = world.digest().await;
    for handshake in [1, 2, 4] {
        let stale = terms(handshake, &[&doctor, &patient], AnswerMode::Open);
        assert_eq!(doctor.ask(stale).await, Err(Refusal::head_stale(Seq(3))), "{handshake}");
    }
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn terms_of_a_time_before_an_account_got_access_do_not_take_it_away() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    let mut colleague = world.caller(&world.person(Role::Professional, 30)).await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    doctor.append(append(1, Handshake, 1, 9)).await.unwrap();
    let grant = vec![colleague.account];
    doctor.append(Append { grant, ..append(1, Handshake, 3, 10) }).await.unwrap();
    let before = terms(3, &[&doctor, &patient], AnswerMode::Open);
    assert_eq!(doctor.ask(before).await, Err(Refusal::head_stale(Seq(4))));
    assert!(colleague.append(append(1, Application, 4, 11)).await.is_ok());
}

#[tokio::test]
async fn a_mode_set_anew_gives_one_more_reply_and_a_repeated_assertion_does_not() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::OneReply, &[&patient]).await;
    patient.append(append(1, Application, 1, 9)).await.unwrap();
    let one_reply_only = Err(Denied::from(Rule::OneReplyOnly).into());
    assert_eq!(doctor.ask(terms(1, &[&doctor, &patient], AnswerMode::OneReply)).await, Ok(Response::Done));
    assert_eq!(patient.append(append(1, Application, 1, 10)).await, one_reply_only);
    doctor.append(append(1, Handshake, 1, 11)).await.unwrap();
    assert_eq!(patient.append(append(1, Application, 4, 12)).await, one_reply_only);
    assert_eq!(doctor.ask(terms(4, &[&doctor, &patient], AnswerMode::OneReply)).await, Ok(Response::Done));
    assert!(patient.append(append(1, Application, 4, 13)).await.is_ok());
}

#[tokio::test]
async fn a_deadline_that_has_passed_cannot_be_set() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let refusal = doctor.ask(terms(1, &[&doctor, &patient], AnswerMode::Until(START))).await;
    assert_eq!(refusal, Err(Denied::from(Rule::ModeChangesAreNamed).into()));
}
