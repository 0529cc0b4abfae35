//! Linking a device: what one that cannot sign in may do, and what the relay does with the list that names it.

use colloque_schemas::frame::{ClaimedKeyPackages, PublishDevices, PublishKeyPackages, SendLetter};
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::{DEVICES_PER_ACCOUNT, LINK_REQUESTS_MAX, LINK_SECONDS, SIGN_IN_SECONDS};
use colloque_schemas::linking::LinkStep;
use colloque_schemas::rule::{Denied, Rule};

use super::*;

const PLACE: RendezvousId = RendezvousId::new([4; 16]);

const fn take(step: LinkStep) -> Request {
    Request::TakeLink { rendezvous: PLACE, step }
}

fn put(step: LinkStep, fill: u8) -> Request {
    Request::PutLink { rendezvous: PLACE, step, content: vec![fill; 64].into() }
}

fn heard(fill: u8) -> Result<Response, Refusal> {
    Ok(Response::Link(Some(vec![fill; 64].into())))
}

async fn publish_key_packages(caller: &mut Caller, fill: u8) {
    let published = PublishKeyPackages { one_time: vec![vec![fill; 900].into()], last_resort: None };
    caller.ask(Request::PublishKeyPackages(published)).await.unwrap();
}

async fn claim(caller: &mut Caller, owner: AccountId) -> Result<ClaimedKeyPackages, Refusal> {
    match caller.ask(Request::ClaimKeyPackages(owner)).await? {
        Response::KeyPackages(claimed) => Ok(claimed),
        other => panic!("{other:?}"),
    }
}

fn publication(list: &DeviceList, chains: Vec<UnverifiedChain>) -> Request {
    Request::PublishDevices(PublishDevices { device_list: list.to_unverified(), chains })
}

/// A person with devices 0 and 1, as the relay knows them, and both connected.
async fn two(world: &World) -> (Person, Caller, Caller) {
    let mut person = world.person(Role::Professional, 10);
    person.lists(&[0, 1]);
    let (first, second) = (world.caller_with(&person, 0).await, world.caller_with(&person, 1).await);
    (person, first, second)
}

#[tokio::test]
async fn a_device_without_an_account_and_one_with_say_their_steps_to_each_other_and_not_those_of_the_other() {
    let world = World::new().await;
    let (mut doctor, _) = world.pair().await;
    let mut newcomer = world.stranger().await;
    let over = Err(refused(RefusalCode::LinkOver));
    assert_eq!(doctor.ask(put(LinkStep::Hello, 1)).await, over, "nobody waits there");
    assert_eq!(newcomer.ask(take(LinkStep::Hello)).await, Ok(Response::Link(None)));
    assert_eq!(doctor.ask(put(LinkStep::Hello, 1)).await, Ok(Response::Done));
    assert_eq!(newcomer.ask(take(LinkStep::Hello)).await, heard(1));
    assert_eq!(newcomer.ask(put(LinkStep::Nonce, 2)).await, Ok(Response::Done));
    assert_eq!(doctor.ask(take(LinkStep::Nonce)).await, heard(2));
    let out_of_turn = Err(refused(RefusalCode::OutOfTurn));
    assert_eq!(newcomer.ask(put(LinkStep::Grant, 3)).await, out_of_turn, "it grants itself nothing");
    assert_eq!(doctor.ask(put(LinkStep::Grant, 3)).await, Ok(Response::Done));
    assert_eq!(newcomer.ask(take(LinkStep::Grant)).await, heard(3));
    assert_eq!(newcomer.ask(Request::EndLink(PLACE)).await, Ok(Response::Done));
    assert_eq!(doctor.ask(put(LinkStep::Grant, 3)).await, over);
}

#[tokio::test]
async fn before_its_sign_in_a_device_does_nothing_but_link_and_only_for_so_long_and_so_often() {
    let world = World::new().await;
    let mut newcomer = world.stranger().await;
    assert_eq!(newcomer.session.patience_seconds(), SIGN_IN_SECONDS);
    let before = world.digest().await;
    let out_of_turn = Err(refused(RefusalCode::OutOfTurn));
    assert_eq!(newcomer.ask(publication(&world.person(Role::Patient, 20).list(), vec![])).await, out_of_turn);
    assert_eq!(newcomer.ask(Request::ClaimKeyPackages(AccountId::new([1; 16]))).await, out_of_turn);
    for _ in 0..LINK_REQUESTS_MAX {
        assert_eq!(newcomer.ask(take(LinkStep::Hello)).await, Ok(Response::Link(None)));
    }
    assert_eq!(newcomer.session.patience_seconds(), LINK_SECONDS);
    newcomer.send(take(LinkStep::Hello)).await;
    assert_eq!(newcomer.end().await, End::NotSignedIn);
    assert_eq!(world.digest().await, before, "nothing of it is kept");
}

#[tokio::test]
async fn who_failed_to_sign_in_or_has_signed_in_is_no_new_device() {
    let world = World::new().await;
    let person = world.person(Role::Patient, 20);
    let mut failed = world.stranger().await;
    let sign_in = person.sign_in(0, &failed.challenge, "another relay", BINDING);
    failed.ask(Request::SignIn(sign_in)).await.unwrap_err();
    assert_eq!(failed.ask(take(LinkStep::Hello)).await, Err(refused(RefusalCode::OutOfTurn)));
    let mut member = world.caller(&person).await;
    let opens = member.ask(take(LinkStep::Hello)).await;
    assert_eq!(opens, Err(refused(RefusalCode::OutOfTurn)), "it opens no rendezvous");
}

#[tokio::test]
async fn a_published_list_is_told_to_the_other_devices_and_ends_the_sessions_of_those_that_it_leaves_out() {
    let world = World::new().await;
    let (mut person, mut first, mut second) = two(&world).await;
    person.lists(&[0, 1, 2]);
    let published = publication(&person.list(), vec![person.chain(2, 60)]);
    assert_eq!(first.ask(published.clone()).await, Ok(Response::Done));
    assert_eq!(second.event().await, Event::Devices(person.list().to_unverified()));
    assert!(first.is_silent().await, "it knows");

    let before = world.digest().await;
    assert_eq!(first.ask(published).await, Ok(Response::Done), "the same once more");
    assert_eq!(world.digest().await.len(), before.len());

    person.lists(&[0, 2]);
    assert_eq!(first.ask(publication(&person.list(), vec![])).await, Ok(Response::Done));
    assert_eq!(second.end().await, End::NoLongerTrusted);
}

#[tokio::test]
async fn nobody_publishes_a_list_that_goes_back_or_that_the_account_key_did_not_sign() {
    let world = World::new().await;
    let (mut person, mut first, _second) = two(&world).await;
    let old = person.list();
    person.lists(&[0, 1, 2]);
    first.ask(publication(&person.list(), vec![])).await.unwrap();
    let before = world.digest().await;
    let stale = Err(refused(RefusalCode::DeviceListStale));
    assert_eq!(first.ask(publication(&old, vec![])).await, stale);
    person.listed = vec![0, 3];
    assert_eq!(first.ask(publication(&person.list(), vec![])).await, stale, "two of the same number");
    let mut other = world.person(Role::Professional, 11);
    other.list_number = 9;
    let unlisted: Result<Response, Refusal> = Err(Denied::from(Rule::DevicesAreListed).into());
    assert_eq!(first.ask(publication(&other.list(), vec![])).await, unlisted);
    person.lists(&[0, 1, 2]);
    let foreign = publication(&person.list(), vec![other.chain(0, 60)]);
    let uncertified: Result<Response, Refusal> = Err(Denied::from(Rule::LeavesAreCertified).into());
    assert_eq!(first.ask(foreign).await, uncertified);
    let many = vec![person.chain(1, 60); DEVICES_PER_ACCOUNT + 1];
    assert_eq!(first.ask(publication(&person.list(), many)).await, Err(refused(RefusalCode::TooLarge)));
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn nothing_is_kept_for_a_device_that_a_list_leaves_out() {
    let world = World::new().await;
    let (mut person, mut first, mut second) = two(&world).await;
    publish_key_packages(&mut second, 7).await;
    let payload = vec![5; 1024].into();
    let letter = SendLetter { owner: person.account, device: second.device, group: thread_id(9), payload };
    first.ask(Request::SendLetter(letter)).await.unwrap();
    let rows = |digest: Vec<String>| {
        let kept = ["key_package|", "inbox_item|"];
        digest.into_iter().filter(|row| kept.iter().any(|table| row.starts_with(table))).count()
    };
    assert_eq!(rows(world.digest().await), 2);
    person.lists(&[0]);
    first.ask(publication(&person.list(), vec![])).await.unwrap();
    assert_eq!(rows(world.digest().await), 0);
}

#[tokio::test]
async fn a_listed_device_comes_with_an_older_list_and_learns_the_newest_and_its_newest_certificate() {
    let world = World::new().await;
    let (mut person, mut first, _second) = two(&world).await;
    let old = (person.list_number, person.listed.clone());
    person.lists(&[0, 1, 2]);
    let newest = person.list();
    let renewed = person.chain(1, 90);
    for chain in [renewed.clone(), person.chain(1, 30)] {
        first.ask(publication(&newest, vec![chain])).await.unwrap();
    }
    (person.list_number, person.listed) = old;
    let told = world.caller_with(&person, 1).await.signed_in.unwrap();
    assert_eq!(told.device_list, Some(newest.to_unverified()));
    assert_eq!(told.leaf, Some(renewed.leaf().to_vec().into()), "the one that lasts longest");
    let told = world.caller_with(&person, 0).await.signed_in.unwrap();
    assert_eq!((told.device_list, told.leaf), (Some(newest.to_unverified()), None));

    (person.list_number, person.listed) = (newest.number() + 1, vec![0, 2]);
    first.ask(publication(&person.list(), vec![])).await.unwrap();
    (person.list_number, person.listed) = (newest.number(), vec![0, 1, 2]);
    let mut stolen = world.stranger().await;
    let sign_in = person.sign_in(1, &stolen.challenge, NAME, BINDING);
    let denied: Result<Response, Refusal> = Err(Denied::from(Rule::DevicesAreListed).into());
    assert_eq!(stolen.ask(Request::SignIn(sign_in)).await, denied);
}

#[tokio::test]
async fn a_device_claims_the_key_packages_of_its_accounts_other_devices_and_none_of_its_own() {
    let world = World::new().await;
    let (person, mut first, mut second) = two(&world).await;
    publish_key_packages(&mut first, 6).await;
    let absent = claim(&mut first, person.account).await.unwrap_err().code;
    assert_eq!(absent, RefusalCode::NoKeyPackage);
    publish_key_packages(&mut second, 7).await;
    let claimed = claim(&mut first, person.account).await.unwrap();
    let devices: Vec<DeviceKey> = claimed.key_packages.iter().map(|claimed| claimed.device).collect();
    assert_eq!(devices, [second.device]);
}
