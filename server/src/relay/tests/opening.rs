//! Opening a thread: by professionals only, all of it or nothing.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{Request, ThreadPage};
use colloque_schemas::id::{IdempotencyId, Seq};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::rule::{Denied, Rule};

use super::*;

#[tokio::test]
async fn an_opening_brings_log_access_and_welcomes_at_once() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    assert_eq!(doctor.open(1, AnswerMode::Open, &[&patient]).await.seq, Seq(2));
    let page = patient.sync(&[(1, 0)]).await;
    assert_eq!(page.inbox.len(), 1);
    assert_eq!((page.inbox[0].thread, page.inbox[0].seq), (thread_id(1), Seq(1)));
    assert!(matches!(&page.threads[..], [ThreadPage::Envelopes { envelopes, .. }] if envelopes.len() == 2));
}

#[tokio::test]
async fn a_patient_who_opens_is_refused_by_r01_and_nothing_is_stored() {
    let world = World::new().await;
    let (doctor, mut patient) = world.pair().await;
    let before = world.digest().await;
    let refusal = patient.ask(Request::OpenThread(opening(1, AnswerMode::Open, &patient, &[&doctor]))).await;
    assert_eq!(refusal, Err(Refusal::from(Denied::from(Rule::OnlyProfessionalsOpen))));
    assert_eq!(refusal.unwrap_err().to_string(), "R01");
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn an_opening_that_is_repeated_is_answered_alike_and_another_of_the_same_thread_is_not() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let first = doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    assert_eq!(doctor.open(1, AnswerMode::Open, &[&patient]).await, first);
    let mut other = opening(1, AnswerMode::Open, &doctor, &[&patient]);
    other.idempotency = IdempotencyId::new([99; 16]);
    assert_eq!(doctor.ask(Request::OpenThread(other)).await, Err(refused(RefusalCode::ThreadExists)));
    assert_eq!(world.digest().await, before);
    assert_eq!(patient.sync(&[(1, 0)]).await.inbox.len(), 1);
}

#[tokio::test]
async fn openings_without_a_first_message_or_without_the_opener_are_malformed() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    let good = opening(1, AnswerMode::Open, &doctor, &[&patient]);
    let mut bad = vec![good.clone(); 6];
    bad[0].envelopes.truncate(1);
    bad[1].access.remove(0);
    bad[2].envelopes[0].kind = EnvelopeKind::Application;
    bad[3].envelopes[1].kind = EnvelopeKind::Handshake;
    bad[4].access.push(doctor.account);
    bad[5].welcomes[0].devices.push(patient.device);
    let before = world.digest().await;
    for opening in bad {
        assert_eq!(doctor.ask(Request::OpenThread(opening)).await, Err(refused(RefusalCode::Malformed)));
    }
    let past = AnswerMode::Until(START);
    let refusal = doctor.ask(Request::OpenThread(opening(1, past, &doctor, &[&patient]))).await;
    assert_eq!(refusal, Err(Denied::from(Rule::ModeChangesAreNamed).into()));
    assert_eq!(world.digest().await, before);
}
