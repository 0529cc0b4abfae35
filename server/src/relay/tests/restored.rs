//! A relay that went back in time.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::Envelope;
use colloque_schemas::envelope::EnvelopeKind::{Application, Control, Handshake};
use colloque_schemas::frame::{Restore, ThreadPage};
use colloque_schemas::limits::RESTORED_SETTLE_SECONDS;
use colloque_schemas::rule::{Denied, Rule};

use super::super::declare_restored;
use super::*;

fn back(seq: u64, kind: EnvelopeKind, fill: u8) -> Restore {
    let NewEnvelope { kind, payload } = envelope(kind, fill);
    let envelope = Envelope { seq: Seq(seq), kind, payload };
    Restore { thread: thread_id(1), envelope, welcomes: vec![], grant: vec![] }
}

async fn gives_back(caller: &mut Caller, restore: Restore) -> Result<Seq, Refusal> {
    Ok(appended(caller.ask(Request::Restore(restore)).await)?.seq)
}

#[tokio::test]
async fn what_a_relay_lost_goes_back_to_its_place_once_and_nothing_else_does() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let stranger = world.person(Role::Professional, 30);
    let mut stranger = world.caller(&stranger).await;
    doctor.open(1, AnswerMode::Open, &[&patient]).await;
    let page = patient.sync(&[(1, 5)]).await;
    assert_eq!(page.threads, [ThreadPage::Short { thread: thread_id(1), last: Seq(2) }]);
    assert_eq!(patient.sync(&[(1, 2)]).await.threads, []);

    let ahead = gives_back(&mut patient, back(4, Application, 8)).await;
    assert_eq!(ahead, Err(Refusal::head_stale(Seq(2))));
    assert_eq!(gives_back(&mut patient, back(3, Application, 7)).await, Ok(Seq(3)));
    // Another member has the same, and says so.
    assert_eq!(gives_back(&mut doctor, back(3, Application, 7)).await, Ok(Seq(3)));
    let before = world.digest().await;
    let taken = Err(Refusal::never(RefusalCode::PlaceTaken));
    assert_eq!(gives_back(&mut doctor, back(3, Application, 9)).await, taken);
    assert_eq!(gives_back(&mut doctor, back(3, Control, 7)).await, taken);
    assert_eq!(gives_back(&mut stranger, back(4, Application, 8)).await, Err(refused(RefusalCode::NoAccess)));
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn a_patient_gives_back_what_it_may_post_and_a_professional_in_any_mode() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    doctor.open(1, AnswerMode::Closed, &[&patient]).await;
    let closed = Err(Refusal::from(Denied::from(Rule::ClosedMeansClosed)));
    assert_eq!(gives_back(&mut patient, back(3, Application, 7)).await, closed);
    assert_eq!(gives_back(&mut doctor, back(3, Application, 7)).await, Ok(Seq(3)));
    assert_eq!(gives_back(&mut patient, back(4, Handshake, 8)).await, Ok(Seq(4)));
    // Access comes back with the Commit that gave it, from a professional only.
    let other = world.person(Role::Patient, 40);
    let granting = Restore { grant: vec![other.account], ..back(5, Handshake, 9) };
    let denied = Err(Refusal::from(Denied::from(Rule::OnlyProfessionalsGrantAccess)));
    assert_eq!(gives_back(&mut patient, granting.clone()).await, denied);
    assert_eq!(gives_back(&mut patient, back(5, Handshake, 9)).await, Ok(Seq(5)));
    let mut other = world.caller(&other).await;
    assert_eq!(other.sync(&[(1, 5)]).await.threads, [ThreadPage::AccessLost { thread: thread_id(1) }]);
    // The Welcomes and the access of a Commit that is there already, from its author.
    let welcomes = vec![NewWelcome { devices: vec![other.device], payload: vec![3; 2048].into() }];
    assert_eq!(gives_back(&mut doctor, Restore { welcomes, ..granting }).await, Ok(Seq(5)));
    let page = other.sync(&[(1, 5)]).await;
    assert_eq!((page.threads.len(), page.inbox.len()), (0, 1));
}

#[tokio::test]
async fn a_restored_relay_takes_nothing_new_until_devices_had_time_to_give_back() {
    let world = World::new().await;
    let (doctor, patient) = (world.person(Role::Professional, 10), world.person(Role::Patient, 20));
    let (mut first, other) = (world.caller(&doctor).await, world.caller(&patient).await);
    first.open(1, AnswerMode::Open, &[&other]).await;
    let before = first.signed_in.as_ref().unwrap().incarnation;
    drop((first, other));
    let settles_at = world.clock.now().plus(RESTORED_SETTLE_SECONDS);
    let world = world
        .restart_after(async |data| declare_restored(data, settles_at).await.expect("it begins anew"))
        .await;
    let mut caller = world.caller(&doctor).await;
    let incarnation = caller.signed_in.as_ref().unwrap().incarnation;
    assert_ne!(incarnation, before);
    let refusal = caller.append(append(1, Application, 1, 7)).await.unwrap_err();
    assert_eq!(refusal, Refusal::after(RefusalCode::Busy, 15));
    assert_eq!(gives_back(&mut caller, back(3, Application, 7)).await, Ok(Seq(3)));
    world.clock.advance(RESTORED_SETTLE_SECONDS);
    assert_eq!(caller.append(append(1, Application, 1, 8)).await.unwrap().seq, Seq(4));
    drop(caller);
    let world = world.restart().await;
    assert_eq!(world.caller(&doctor).await.signed_in.unwrap().incarnation, incarnation, "it is the same");
}
