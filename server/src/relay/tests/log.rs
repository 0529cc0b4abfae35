//! Appending: idempotency, heads, modes, quotas, and bytes that are no frames.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::{Application, Control, Handshake};
use colloque_schemas::frame::{AssertTerms, ServerFrame, ThreadPage};
use colloque_schemas::limits::{HANDSHAKES_PER_MINUTE, IDS_PER_LOG};
use colloque_schemas::rule::{Denied, Rule};

use super::*;

#[tokio::test]
async fn a_repeated_append_is_answered_with_what_is_stored_whatever_it_holds_now() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let first = doctor.append(append(1, Application, 1, 7)).await.unwrap();
    assert_eq!(first.seq, Seq(3));
    let handshake = doctor.append(append(1, Handshake, 1, 8)).await.unwrap();
    let before = world.digest().await;
    // The head is stale by now, which a repetition does not hear of.
    assert_eq!(doctor.append(append(1, Application, 1, 7)).await, Ok(first));
    let mut other = append(1, Application, 1, 7);
    other.envelope.payload = vec![9; 512].into();
    assert_eq!(doctor.append(other).await, Ok(first));
    assert_eq!(doctor.append(append(1, Handshake, 1, 8)).await, Ok(handshake));
    assert_eq!(world.digest().await, before);
}

/// Another append than any made of a `fill`.
fn numbered(number: usize) -> Append {
    let mut id = [0xcc; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    Append { idempotency: IdempotencyId::new(id), ..append(1, Application, 1, 9) }
}

#[tokio::test]
async fn after_a_restart_the_newest_ids_of_a_log_and_that_of_its_opening_are_still_known() {
    let mut world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    let opened = doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut first = None;
    for number in 0..IDS_PER_LOG {
        let appended = doctor.append(numbered(number)).await.unwrap();
        first.get_or_insert(appended);
    }
    drop((doctor, patient));
    world = world.restart().await;
    let (mut doctor, patient) = world.pair().await;
    let before = world.digest().await;
    assert_eq!(doctor.append(numbered(0)).await.ok(), first);
    assert_eq!(doctor.open(1, AnswerMode::Open, &[&patient]).await, opened);
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn a_repetition_within_one_transaction_is_stored_once() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut asked = Vec::new();
    for _ in 0..10 {
        asked.push(doctor.send(Request::Append(append(1, Application, 1, 7))).await);
    }
    for id in asked {
        assert_eq!(appended(doctor.reply(id).await).unwrap().seq, Seq(3));
    }
}

#[tokio::test]
async fn an_append_on_an_older_handshake_is_told_the_newest_and_that_refusal_is_not_remembered() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    doctor.append(append(1, Handshake, 1, 8)).await.unwrap();
    assert_eq!(patient.append(append(1, Application, 1, 9)).await, Err(Refusal::head_stale(Seq(3))));
    assert_eq!(patient.append(append(1, Application, 3, 9)).await.unwrap().seq, Seq(4));
    let from_the_future = patient.append(append(1, Application, 4, 10)).await;
    assert_eq!(from_the_future, Err(refused(RefusalCode::Malformed)));
}

#[tokio::test]
async fn what_a_rule_stood_against_is_not_taken_under_later_terms_when_a_copy_comes_late() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::NoReply, &[&patient]).await;
    let denied = Err(Denied::from(Rule::NoReplyFromPatients).into());
    assert_eq!(patient.append(append(1, Application, 1, 9)).await, denied);
    let access = vec![doctor.account, patient.account];
    let open = AssertTerms { thread: thread_id(1), handshake: Seq(1), access, mode: AnswerMode::Open };
    assert_eq!(doctor.ask(Request::AssertTerms(open)).await, Ok(Response::Done));
    assert_eq!(patient.append(append(1, Application, 1, 9)).await, denied, "the late copy");
    assert!(patient.append(append(1, Application, 1, 10)).await.is_ok(), "another message");
}

#[tokio::test]
async fn no_thread_and_a_thread_of_others_are_refused_alike() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[]).await;
    for thread in [1, 2] {
        for kind in [Application, Control, Handshake] {
            let refusal = patient.append(append(thread, kind, 1, 9)).await;
            assert_eq!(refusal, Err(refused(RefusalCode::NoAccess)), "{thread} {kind:?}");
        }
    }
    let page = patient.sync(&[(1, 0), (2, 0)]).await;
    assert!(page.threads.iter().all(|page| matches!(page, ThreadPage::AccessLost { .. })));
    assert_eq!(page.threads.len(), 2);
}

#[tokio::test]
async fn patients_answer_as_the_mode_allows_and_control_always_passes() {
    let deadline = START.plus(600);
    let cases = [
        (AnswerMode::Open, None),
        (AnswerMode::OneReply, None),
        (AnswerMode::Until(deadline), None),
        (AnswerMode::NoReply, Some(Rule::NoReplyFromPatients)),
        (AnswerMode::Closed, Some(Rule::ClosedMeansClosed)),
    ];
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    for (thread, (mode, denied)) in (1..).zip(cases) {
        doctor.open(thread, mode, &[&patient]).await;
        let reply = patient.append(append(thread, Application, 1, 50)).await;
        let expected = denied.map(|rule| Refusal::from(Denied::from(rule)));
        assert_eq!(reply.err(), expected, "{mode:?}");
        assert!(patient.append(append(thread, Control, 1, 51)).await.is_ok(), "{mode:?}");
        assert_eq!(doctor.append(append(thread, Application, 1, 52)).await.is_ok(), !mode.is_closed());
    }
    let again = patient.append(append(2, Application, 1, 53)).await;
    assert_eq!(again, Err(Denied::from(Rule::OneReplyOnly).into()));
    world.clock.advance(600);
    let late = patient.append(append(3, Application, 1, 54)).await;
    assert_eq!(late, Err(Denied::from(Rule::NoReplyAfterDeadline).into()));
}

#[tokio::test]
async fn only_handshakes_carry_welcomes_and_only_professionals_grant_access() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let mut colleague = world.caller(&world.person(Role::Professional, 30)).await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut granting = append(1, Application, 1, 60);
    granting.grant = vec![colleague.account];
    assert_eq!(doctor.append(granting.clone()).await, Err(refused(RefusalCode::Malformed)));
    granting.envelope.kind = Handshake;
    let denied = patient.append(granting.clone()).await;
    assert_eq!(denied, Err(Denied::from(Rule::OnlyProfessionalsGrantAccess).into()));
    assert_eq!(colleague.append(append(1, Control, 1, 61)).await, Err(refused(RefusalCode::NoAccess)));
    doctor.append(granting).await.unwrap();
    assert!(colleague.append(append(1, Control, 3, 61)).await.is_ok());
}

#[tokio::test]
async fn a_commit_with_welcomes_is_stale_as_soon_as_anything_came_after_what_its_sender_had_read() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let welcomes = vec![NewWelcome { devices: vec![patient.device], payload: vec![3; 1024].into() }];
    let adding = Append { welcomes, read_through: Some(Seq(2)), ..append(1, Handshake, 1, 70) };
    for (kind, fill) in [(Control, 71), (Application, 72)] {
        let seq = patient.append(append(1, kind, 1, fill)).await.unwrap().seq;
        assert_eq!(doctor.append(adding.clone()).await, Err(Refusal::head_stale(seq)));
    }
    let ahead = Append { read_through: Some(Seq(5)), ..adding.clone() };
    assert_eq!(doctor.append(ahead).await, Err(refused(RefusalCode::Malformed)));
    let unsaid = Append { read_through: None, ..adding.clone() };
    assert_eq!(doctor.append(unsaid).await, Err(refused(RefusalCode::Malformed)));
    let for_nothing = Append { welcomes: Vec::new(), ..adding.clone() };
    assert_eq!(doctor.append(for_nothing).await, Err(refused(RefusalCode::Malformed)));
    let caught_up = Append { read_through: Some(Seq(4)), ..adding };
    let answer = doctor.append(caught_up.clone()).await.unwrap();
    assert_eq!(answer.seq, Seq(5));
    // Asked again, it is answered as the first time, whatever has come since.
    patient.append(append(1, Control, 5, 73)).await.unwrap();
    assert_eq!(doctor.append(caught_up).await, Ok(answer));
}

#[tokio::test]
async fn handshakes_are_bounded_for_each_device_and_minute() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let mut head = 1;
    for _ in 0..HANDSHAKES_PER_MINUTE {
        let fill = u8::try_from(100 + head).unwrap();
        head = doctor.append(append(1, Handshake, head, fill)).await.unwrap().seq.0;
    }
    let refusal = doctor.append(append(1, Handshake, head, 99)).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::QuotaExceeded);
    world.clock.advance(60);
    assert!(doctor.append(append(1, Handshake, head, 99)).await.is_ok());
}

#[tokio::test]
async fn what_is_no_frame_gets_one_refusal_and_leaves_the_database_as_it_was() {
    let world = World::new().await;
    let (mut doctor, patient) = world.pair().await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let before = world.digest().await;
    let good = codec::encode(&ClientFrame {
        id: RequestId(77),
        request: Request::Append(append(1, Application, 1, 7)),
    });
    let mut trailing = good.clone();
    trailing.push(0);
    let cases: [(&[u8], Option<RequestId>, RefusalCode); 6] = [
        (&[], None, RefusalCode::Malformed),
        (b"hello", None, RefusalCode::Malformed),
        (&good[..good.len() - 1], Some(RequestId(77)), RefusalCode::Malformed),
        (&trailing, Some(RequestId(77)), RefusalCode::Malformed),
        (&[0x82, 5, 0x82, 99, 0x80], Some(RequestId(5)), RefusalCode::Malformed),
        (&vec![0; FRAME_MAX_BYTES + 1], None, RefusalCode::TooLarge),
    ];
    for (bytes, id, code) in cases {
        doctor.session.receive(bytes).await;
        assert_eq!(doctor.next().await, ServerFrame::Refused { id, refusal: refused(code) });
        assert!(doctor.outbox.try_next().is_none());
    }
    assert_eq!(world.digest().await, before);
    assert!(doctor.append(append(1, Application, 1, 7)).await.is_ok(), "the connection is still good");
}
