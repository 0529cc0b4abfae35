//! The main job as it is in use: an authority and a relay behind TLS, people who enrol by invitation and come and go.

use colloque_client_core::{Error, Event};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::enrolment::{Code, Invitation};
use colloque_schemas::id::{KeyHash, ThreadId};
use colloque_schemas::limits::{CODE_BYTES, CODE_LIFE_SECONDS, CODE_TRIES};
use colloque_tests::site::{Online, Site};
use colloque_tests::world::professional;

/// A professional and a patient in a thread, both connected.
async fn conversation() -> (Site, Online, Online, ThreadId) {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let mut patient = site.person(Holder::Patient).await;
    let now = site.clock.read();
    let account = patient.client.own().account;
    let thread = doctor.client.open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    doctor.hears(|event| *event == Event::ThreadOpened(thread)).await;
    patient.hears(|event| matches!(event, Event::MessageReceived { .. })).await;
    (site, doctor, patient, thread)
}

fn texts(person: &Online, thread: ThreadId) -> Vec<String> {
    use colloque_client_core::EntryKind::Message;
    let entries = person.client.entries(thread).unwrap();
    let text = |kind| if let Message(message) = kind { Some(message.text) } else { None };
    entries.into_iter().filter_map(|entry| text(entry.kind)).collect()
}

fn id_of<T>(outcome: Result<T, Error>) -> &'static str {
    outcome.err().expect("an error").id()
}

/// The text of a message of somebody else at the last place is heard.
async fn hears_message(person: &mut Online) {
    person.told.clear();
    person.hears(|event| matches!(event, Event::MessageReceived { .. })).await;
}

#[tokio::test]
async fn a_clinician_opens_a_thread_the_patient_answers_and_closing_ends_it() {
    let (site, mut doctor, mut patient, thread) = Box::pin(conversation()).await;
    let now = site.clock.read();
    patient.client.send(thread, "Mieux, merci.", now).unwrap();
    patient.settle().await;
    hears_message(&mut doctor).await;
    assert_eq!(texts(&doctor, thread), ["Bonjour", "Mieux, merci."]);
    assert_eq!(texts(&patient, thread), texts(&doctor, thread));
    doctor.client.set_mode(thread, AnswerMode::Closed, now).unwrap();
    doctor.settle().await;
    patient.hears(|event| matches!(event, Event::ModeChanged { mode: AnswerMode::Closed, .. })).await;
    assert_eq!(id_of(patient.client.send(thread, "Encore", now)), "R07");
}

#[tokio::test]
async fn an_answer_written_before_the_closing_was_read_is_refused_when_it_is() {
    let (site, mut doctor, mut patient, thread) = Box::pin(conversation()).await;
    let now = site.clock.read();
    patient.disconnect().await;
    doctor.client.set_mode(thread, AnswerMode::Closed, now).unwrap();
    doctor.settle().await;
    patient.client.send(thread, "trop tard", now).unwrap();
    patient.connect().await.unwrap();
    patient.settle().await;
    let denied = Event::SendDenied { thread, rule: "R07" };
    assert!(patient.told.contains(&denied), "{:?}", patient.told);
    patient.client.send(thread, "encore", now).unwrap_err();
    assert_eq!(texts(&doctor, thread), ["Bonjour"]);
}

#[tokio::test]
async fn a_server_with_another_key_than_the_invitations_is_not_spoken_to() {
    let mut site = Site::start().await;
    let good = site.invite(Holder::Patient).await;
    let other = KeyHash::new([7; 32]);
    let mut elsewhere = good.clone();
    elsewhere.authority.key_hash = other;
    assert_eq!(id_of(site.enrol(elsewhere).await), "server-key");
    let mut elsewhere: Invitation = good;
    elsewhere.relay.key_hash = other;
    let mut patient =
        site.enrol(elsewhere).await.expect("the authority is the right one, and the code unspent");
    assert_eq!(id_of(patient.connect().await), "server-key");
}

#[tokio::test]
async fn a_wrong_used_expired_or_exhausted_code_is_refused() {
    let mut site = Site::start().await;
    let good = site.invite(Holder::Patient).await;
    let wrong = Invitation { code: Code::new([9; CODE_BYTES]), ..good.clone() };
    assert_eq!(id_of(site.enrol(wrong).await), "code-refused");
    assert!(site.enrol(good.clone()).await.is_ok());
    assert_eq!(id_of(site.enrol(good).await), "code-refused", "used by another account key");

    let guessed = site.invite(Holder::Patient).await;
    let mut code = *guessed.code.as_bytes();
    code[CODE_BYTES - 1] ^= 1;
    for _ in 0..CODE_TRIES {
        let guess = Invitation { code: Code::new(code), ..guessed.clone() };
        assert_eq!(id_of(site.enrol(guess).await), "code-refused");
    }
    assert_eq!(id_of(site.enrol(guessed).await), "code-refused", "the right one, after too many wrong ones");

    let late = site.invite(Holder::Patient).await;
    site.clock.advance(CODE_LIFE_SECONDS);
    assert_eq!(id_of(site.enrol(late).await), "code-refused", "expired");
}

#[tokio::test]
async fn a_relay_that_stops_says_so_and_what_it_acknowledged_is_there_when_it_is_back() {
    let (mut site, mut doctor, mut patient, thread) = Box::pin(conversation()).await;
    let now = site.clock.read();
    patient.disconnect().await;
    doctor.client.send(thread, "avant l'arrêt", now).unwrap();
    doctor.settle().await;
    let sent = doctor
        .told
        .iter()
        .any(|event| matches!(event, Event::MessageSent { thread: at, .. } if *at == thread));
    assert!(sent, "acknowledged: {:?}", doctor.told);

    site.ask_relay_to_stop();
    assert_eq!(doctor.ended().await.id(), "disconnected");
    assert!(doctor.told.iter().any(|event| matches!(event, Event::GoingAway { .. })), "{:?}", doctor.told);
    site.relay_stopped().await;
    assert_eq!(id_of(patient.connect().await), "unreachable");
    doctor.client.send(thread, "pendant l'arrêt", now).unwrap();

    site.start_relay().await;
    patient.connect().await.unwrap();
    patient.settle().await;
    assert_eq!(texts(&patient, thread), ["Bonjour", "avant l'arrêt"]);
    doctor.connect().await.unwrap();
    doctor.settle().await;
    hears_message(&mut patient).await;
    patient.client.send(thread, "après l'arrêt", now).unwrap();
    patient.settle().await;
    hears_message(&mut doctor).await;
    let all = ["Bonjour", "avant l'arrêt", "pendant l'arrêt", "après l'arrêt"];
    assert_eq!(texts(&patient, thread), all);
    assert_eq!(texts(&doctor, thread), all);
}
