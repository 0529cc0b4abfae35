//! The directory of professionals: who is found in it, and what of a lying authority is believed.

use colloque_client_core::connection::professionals;
use colloque_client_core::{Error, Event};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, issue};
use colloque_schemas::codec;
use colloque_schemas::enrolment::AuthorityReply;
use colloque_schemas::id::{AccountId, AccountKey};
use colloque_schemas::role::Role;
use colloque_tests::World;
use colloque_tests::site::Site;
use colloque_tests::world::{anchor_of, professional, serial, validity};
use ed25519_dalek::SigningKey;

fn page(certificates: Vec<Vec<u8>>, more: bool) -> Vec<u8> {
    let certificates = certificates.into_iter().map(Into::into).collect();
    codec::encode(&AuthorityReply::Professionals { certificates, more })
}

fn account(number: u8) -> AccountId {
    AccountId::new([number; 16])
}

fn key(number: u8) -> AccountKey {
    AccountKey::new(SigningKey::from_bytes(&[number; 32]).verifying_key().to_bytes())
}

/// A certificate of this tenant.
fn certificate(world: &mut World, number: u8, holder: &Holder) -> Vec<u8> {
    world.certify_as(account(number), key(number), holder)
}

/// A professional's certificate of a tenant that calls itself the same.
fn stranger(world: &mut World) -> Vec<u8> {
    let now = world.clock.read();
    let tenant_key = SigningKey::from_bytes(&[9; 32]);
    let anchor = anchor_of(&tenant_key, now, world.rng());
    let holder = professional("Dr Eve Faux");
    let subject = issue::AccountSubject { account: account(7), account_key: key(7), holder: &holder };
    issue::account(&anchor, &tenant_key, subject, serial(world.rng()), validity(now, 1000)).unwrap()
}

fn id_of<T>(outcome: Result<T, Error>) -> &'static str {
    outcome.err().expect("an error").id()
}

#[tokio::test]
async fn a_professional_finds_a_colleague_in_the_directory_and_adds_them_to_a_thread() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let mut colleague = site.person(professional("Dr Zoé Noir")).await;
    site.person(professional("Dr Ali Brun")).await;
    let mut patient = site.person(Holder::Patient).await;
    let clock = site.clock.clone();
    let found = professionals(&mut doctor.client, &clock).await.unwrap();
    let names: Vec<_> = found.iter().filter_map(|contact| contact.certified_name.as_deref()).collect();
    assert_eq!(names, ["Dr Ali Brun", "Dr Zoé Noir"], "by name, oneself and patients left out");
    assert!(found.iter().all(|contact| contact.role == Some(Role::Professional)));
    assert_eq!(professionals(&mut patient.client, &clock).await.unwrap().len(), 3, "patients may look, too");

    let patients = [patient.client.own().account];
    let now = clock.read();
    let thread = doctor.client.open_thread(&patients, AnswerMode::Open, "Bonjour", now).unwrap();
    doctor.hears(|event| *event == Event::ThreadOpened(thread)).await;
    let zoe = found.iter().find(|contact| contact.certified_name.as_deref() == Some("Dr Zoé Noir"));
    doctor.client.add_member(thread, zoe.unwrap().account, now).unwrap();
    doctor.settle().await;
    colleague.hears(|event| *event == Event::ThreadJoined(thread)).await;
}

#[tokio::test]
async fn one_bad_certificate_and_nobody_of_the_page_is_kept() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let holder = professional("Dr Zoé Noir");
    let good = certificate(&mut world, 3, &holder);
    let next = certificate(&mut world, 5, &holder);
    let patient = certificate(&mut world, 7, &Holder::Patient);
    let stranger = stranger(&mut world);
    let flipped = {
        let mut bytes = next.clone();
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    };
    let now = world.clock.read();
    let expected = [
        (page(vec![good.clone(), patient], false), None, "server-protocol"),
        (page(vec![next.clone(), good.clone()], false), None, "server-protocol"),
        (page(vec![good.clone(), good.clone()], false), None, "server-protocol"),
        (page(vec![good.clone()], false), Some(account(3)), "server-protocol"),
        (page(vec![], true), None, "server-protocol"),
        (page(vec![good.clone(), stranger], false), None, "server-certificate"),
        (page(vec![good.clone(), flipped], false), None, "server-certificate"),
        (b"nonsense".to_vec(), None, "server-protocol"),
    ];
    for (number, (reply, after, reason)) in expected.into_iter().enumerate() {
        let taken = doctor.client().take_directory(after, &reply, now);
        assert_eq!(id_of(taken), reason, "reply {number}");
        assert!(doctor.client().contacts().unwrap().is_empty(), "reply {number}");
    }
    let taken = doctor.client().take_directory(None, &page(vec![good, next], true), now).unwrap();
    assert_eq!((taken.professionals.len(), taken.next), (2, Some(account(5))));
}

#[tokio::test]
async fn another_key_for_somebody_known_is_a_warning_and_not_a_new_key() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let holder = professional("Dr Zoé Noir");
    let now = world.clock.read();
    for number in [1, 2] {
        let der = world.certify_as(account(3), key(number), &holder);
        doctor.client().take_directory(None, &page(vec![der], false), now).unwrap();
    }
    let contact = doctor.client().contact(account(3)).unwrap();
    assert!(contact.key_has_changed);
    assert_eq!(contact.account_key, Some(key(1)));
}
