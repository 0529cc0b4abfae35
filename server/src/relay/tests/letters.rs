//! Letters: into the inbox of a listed device of one's own account, and nowhere else.

use colloque_schemas::frame::SendLetter;
use colloque_schemas::limits::{ENVELOPE_MIN_BYTES, LETTERS_PER_MINUTE, WELCOME_MAX_BYTES};
use colloque_schemas::rule::{Denied, Rule};

use super::*;

fn letter(owner: AccountId, device: DeviceKey, bytes: usize) -> Request {
    let payload = vec![5; bytes].into();
    Request::SendLetter(SendLetter { owner, device, group: thread_id(9), payload })
}

fn denied(rule: Rule) -> Result<Response, Refusal> {
    Err(Denied::from(rule).into())
}

#[tokio::test]
async fn a_letter_is_in_the_inbox_of_its_device_until_that_one_has_it() {
    let world = World::new().await;
    let mut person = world.person(Role::Patient, 20);
    person.lists(&[0, 1]);
    let mut first = world.caller_with(&person, 0).await;
    let mut second = world.caller_with(&person, 1).await;
    second.sync(&[]).await;
    assert_eq!(first.ask(letter(person.account, second.device, 1024)).await, Ok(Response::Done));
    let Event::Inbox(item) = second.event().await else { panic!("no letter") };
    assert!(item.is_letter());
    assert_eq!((item.thread, item.payload.length()), (thread_id(9), 1024));
    assert!(first.is_silent().await);
    let mut again = world.caller_with(&person, 1).await;
    let number = item.number;
    assert_eq!(again.sync(&[]).await.inbox, [item]);
    again.ask(Request::AcknowledgeInbox(number)).await.unwrap();
    assert_eq!(again.sync(&[]).await.inbox, []);
}

#[tokio::test]
async fn nobody_writes_to_another_account_or_to_a_device_that_is_not_listed() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let before = world.digest().await;
    let readers = [(patient.account, patient.device), (doctor.account, doctor.device)];
    for (writer, (account, device)) in [&mut doctor, &mut patient].into_iter().zip(readers) {
        let refused = writer.ask(letter(account, device, 1024)).await;
        assert_eq!(refused, denied(Rule::LettersStayInTheAccount));
        // Whose the device is decides, not whose it is said to be.
        let own = writer.account;
        assert_eq!(writer.ask(letter(own, device, 1024)).await, denied(Rule::DevicesAreListed));
    }
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn letters_fill_buckets_and_are_bounded_in_length_and_number() {
    let world = World::new().await;
    let (mut doctor, mut patient) = world.pair().await;
    let (own, device) = (patient.account, patient.device);
    for bytes in [0, ENVELOPE_MIN_BYTES / 2, 1000] {
        assert_eq!(patient.ask(letter(own, device, bytes)).await, Err(refused(RefusalCode::Malformed)));
    }
    let long = patient.ask(letter(own, device, 2 * WELCOME_MAX_BYTES)).await.unwrap_err();
    assert_eq!(long.code, RefusalCode::TooLarge);
    let (own, device) = (doctor.account, doctor.device);
    for _ in 0..LETTERS_PER_MINUTE {
        doctor.ask(letter(own, device, ENVELOPE_MIN_BYTES)).await.unwrap();
    }
    let over = doctor.ask(letter(own, device, ENVELOPE_MIN_BYTES)).await.unwrap_err();
    assert_eq!(over.code, RefusalCode::QuotaExceeded);
}
