//! History that one device of an account gives another: what comes, how it is marked, and what an interruption, an old letter
//! or an unlinking make of it.

use colloque_client_core::{
    Departure, DocumentState, Entry, EntryKind, Event, HistoryState, Message, Standing,
};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::history::Scope;
use colloque_schemas::id::{HistoryId, ThreadId};
use colloque_schemas::limits::HISTORY_PART_END_BYTES;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::{Person, World};

/// As long as a message may nearly be, so that few of them fill a part.
const LONG_BYTES: usize = 30 * 1024;

async fn pair() -> (World, Person, Person, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    (world, doctor, patient, thread)
}

async fn say(world: &mut World, author: &mut Person, other: &mut Person, thread: ThreadId, text: &str) {
    let now = world.clock.read();
    author.client().send(thread, text, now).unwrap();
    world.settle(&mut [author, other]).await;
    world.clock.advance(60);
}

/// Another device of the first of these, in all of its threads.
async fn link(world: &mut World, owner: &mut Person, other: &mut Person) -> Person {
    let mut linked = world.link(owner).await;
    world.connect(&mut linked);
    world.settle(&mut [owner, other, &mut linked]).await;
    linked
}

fn give(world: &World, giver: &mut Person, to: &mut Person, scope: Scope) -> HistoryId {
    let (device, now) = (to.client().own().device, world.clock.read());
    giver.client().give_history(device, scope, now).unwrap()
}

fn state(person: &mut Person, history: HistoryId) -> HistoryState {
    let histories = person.client().histories().unwrap();
    histories.into_iter().find(|found| found.history == history).unwrap().state
}

fn messages(person: &mut Person, thread: ThreadId) -> Vec<Message> {
    let message = |entry: Entry| match entry.kind {
        EntryKind::Message(message) => Some(message),
        _ => None,
    };
    person.client().entries(thread).unwrap().into_iter().filter_map(message).collect()
}

/// What is shown of each message, who gave it aside.
fn shown(person: &mut Person, thread: ThreadId) -> Vec<String> {
    let line = |message: Message| {
        let documents: Vec<&str> = message.documents.iter().map(|document| &*document.name).collect();
        let Message { message: id, author, role, is_own, sent_at, text, .. } = &message;
        format!("{id} {author} {role:?} {is_own} {sent_at:?} {documents:?} {text}")
    };
    messages(person, thread).into_iter().map(line).collect()
}

fn reconnect(world: &mut World, person: &mut Person) {
    person.switch_off();
    person.switch_on();
    world.connect(person);
}

#[tokio::test]
async fn a_new_device_gets_every_message_with_its_author_time_and_documents_and_says_who_gave_it() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    say(&mut world, &mut patient, &mut doctor, thread, "J’ai mal au cœur").await;
    let blob = doctor.client().attach(
        &mut &b"%PDF-1.7 ordonnance"[..],
        "Ordonnance.pdf",
        "application/pdf",
        world.clock.read(),
    );
    let (blob, now) = (blob.unwrap(), world.clock.read());
    doctor.client().send_documents(thread, "Voici", &[blob], None, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let (account, own) = (patient.account(), doctor.account());
    doctor.client().name_contact(account, "Madame Exemple").unwrap();
    let head = doctor.client().log_head(thread).unwrap().seq;
    doctor.client().mark_displayed(thread, head, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    say(&mut world, &mut patient, &mut doctor, thread, "Merci, je le lirai").await;
    let other = doctor.client().open_thread(&[account], AnswerMode::NoReply, "Résultats", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    doctor.client().set_mode(other, AnswerMode::Closed, world.clock.read()).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;

    let mut desk = link(&mut world, &mut doctor, &mut patient).await;
    assert_eq!(messages(&mut desk, thread).len(), 0);
    let history = give(&world, &mut doctor, &mut desk, Scope::All);
    let again = doctor.client().give_history(desk.client().own().device, Scope::All, now).unwrap_err();
    assert_eq!(again.id(), "history-goes-on");
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    say(&mut world, &mut doctor, &mut patient, thread, "À jeudi").await;
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;

    for thread in [thread, other] {
        assert_eq!(shown(&mut desk, thread), shown(&mut doctor, thread));
        assert_eq!(desk.client().thread(thread).unwrap().standing, Standing::Member);
    }
    let given: Vec<_> = messages(&mut desk, thread).into_iter().map(|message| message.given_by).collect();
    assert_eq!(given, [Some(own), Some(own), Some(own), Some(own), None]);
    assert!(messages(&mut doctor, thread).iter().all(|message| message.given_by.is_none()));
    for person in [&mut doctor, &mut desk] {
        assert_eq!(state(person, history), HistoryState::Done);
        assert!(person.told.contains(&Event::HistoryChanged(history)));
        assert_eq!(person.errors, Vec::<String>::new());
    }
    for (person, is_given) in [(&mut doctor, true), (&mut desk, false)] {
        let history = person.client().histories().unwrap().remove(0);
        assert_eq!((history.is_given, history.messages, history.done), (is_given, 5, 5));
    }
    assert_eq!(desk.client().contact(account).unwrap().petname.as_deref(), Some("Madame Exemple"));
    let summary = desk.client().thread(thread).unwrap();
    assert_eq!((summary.unread, summary.last.unwrap().excerpt.as_str()), (1, "À jeudi"));
    assert_eq!(desk.client().search("coeur", 9).unwrap().len(), 1, "found by its words");
    assert_eq!(desk.client().closed_by(other).unwrap(), Some(own));

    let with_document = messages(&mut desk, thread).into_iter().find(|message| !message.documents.is_empty());
    let message = with_document.unwrap().message;
    desk.client().fetch_document(thread, message, 0).unwrap();
    world.settle(&mut [&mut desk]).await;
    let fetched = messages(&mut desk, thread).into_iter().find(|found| found.message == message).unwrap();
    assert_eq!(fetched.documents[0].state, DocumentState::Here);
}

#[tokio::test]
async fn a_patient_gives_its_history_as_a_professional_does() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    say(&mut world, &mut patient, &mut doctor, thread, "J’ai mal").await;
    let mut phone = link(&mut world, &mut patient, &mut doctor).await;
    let history = give(&world, &mut patient, &mut phone, Scope::All);
    world.settle(&mut [&mut doctor, &mut patient, &mut phone]).await;
    assert_eq!(state(&mut phone, history), HistoryState::Done);
    assert_eq!(shown(&mut phone, thread), shown(&mut patient, thread));
    assert_eq!(phone.client().thread(thread).unwrap().unread, 1, "as on the other device");
}

#[tokio::test]
async fn only_what_was_chosen_comes() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let (account, now) = (patient.account(), world.clock.read());
    let other = doctor.client().open_thread(&[account], AnswerMode::Open, "Autre chose", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    world.clock.advance(SECONDS_PER_DAY);
    let tomorrow = world.clock.read();
    say(&mut world, &mut patient, &mut doctor, thread, "Le lendemain").await;
    let mut desk = link(&mut world, &mut doctor, &mut patient).await;

    let device = desk.client().own().device;
    let unknown = Scope::Threads(vec![ThreadId::new([9; 16])]);
    assert_eq!(doctor.client().give_history(device, unknown, now).unwrap_err().id(), "unknown-thread");
    let itself = doctor.client().own().device;
    assert_eq!(doctor.client().give_history(itself, Scope::All, now).unwrap_err().id(), "unknown-device");
    assert!(doctor.client().histories().unwrap().is_empty());

    give(&world, &mut doctor, &mut desk, Scope::Since(tomorrow));
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    assert_eq!((desk.texts(thread), desk.texts(other)), (vec!["Le lendemain".to_owned()], vec![]));
    give(&world, &mut doctor, &mut desk, Scope::Threads(vec![other]));
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    assert_eq!(desk.texts(thread), ["Le lendemain"]);
    assert_eq!(desk.texts(other), ["Autre chose"]);
    give(&world, &mut doctor, &mut desk, Scope::All);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    assert_eq!(desk.texts(thread), ["Bonjour", "Le lendemain"], "each once");
    assert_eq!(shown(&mut desk, other), shown(&mut doctor, other));
}

#[tokio::test]
async fn history_in_parts_that_is_interrupted_anywhere_on_either_side_goes_on_and_comes_once() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let count = usize::try_from(HISTORY_PART_END_BYTES).unwrap() * 3 / 2 / LONG_BYTES;
    for number in 0..count {
        let text = format!("Message {number} {}", "x".repeat(LONG_BYTES));
        doctor.client().send(thread, &text, world.clock.read()).unwrap();
    }
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let mut desk = link(&mut world, &mut doctor, &mut patient).await;
    let expected = shown(&mut doctor, thread);
    for cut in (0..).step_by(7) {
        world.clock.advance(61);
        let history = give(&world, &mut doctor, &mut desk, Scope::All);
        let (mut givers, mut receivers) = (0, 0);
        for step in 0..=cut {
            let now = world.clock.read();
            let (giver, receiver) = (doctor.step(now).await, desk.step(now).await);
            (givers, receivers) = (givers + usize::from(giver), receivers + usize::from(receiver));
            if step < cut {
                world.relay.prune().await;
            }
        }
        if cut % 3 != 1 {
            reconnect(&mut world, &mut doctor);
        }
        if cut % 3 != 0 {
            reconnect(&mut world, &mut desk);
        }
        world.settle(&mut [&mut doctor, &mut desk]).await;
        let states = [state(&mut doctor, history), state(&mut desk, history)];
        assert_eq!(states, [HistoryState::Done, HistoryState::Done], "cut after {cut}");
        assert_eq!(shown(&mut desk, thread), expected, "cut after {cut}");
        // All of it was there before the cut.
        if givers.max(receivers) < cut {
            return;
        }
    }
}

#[tokio::test]
async fn a_thread_that_its_owner_has_left_comes_too_and_nothing_can_be_written_there() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    say(&mut world, &mut patient, &mut doctor, thread, "Adieu").await;
    patient.client().depart(thread, Departure::Leave, world.clock.read()).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.client().thread(thread).unwrap().standing, Standing::Departed);
    let mut phone = link(&mut world, &mut patient, &mut doctor).await;
    give(&world, &mut patient, &mut phone, Scope::All);
    world.settle(&mut [&mut doctor, &mut patient, &mut phone]).await;
    assert_eq!(shown(&mut phone, thread), shown(&mut patient, thread));
    assert_eq!(phone.client().thread(thread).unwrap().standing, Standing::Given);
    let refused = phone.client().send(thread, "Encore", world.clock.read()).unwrap_err();
    assert_eq!(refused.id(), "thread-inactive");
    // Signing in again, it asks the relay nothing about it.
    reconnect(&mut world, &mut phone);
    world.settle(&mut [&mut phone]).await;
    assert_eq!((phone.errors.len(), phone.client().thread(thread).unwrap().standing), (0, Standing::Given));
}

#[tokio::test]
async fn a_device_that_is_unlinked_meanwhile_is_given_nothing_more() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut stolen = link(&mut world, &mut doctor, &mut patient).await;
    let device = stolen.client().own().device;
    stolen.switch_off();
    let now = world.clock.read();
    let history = doctor.client().give_history(device, Scope::All, now).unwrap();
    doctor.client().unlink_device(device).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let reason = "unknown-device".to_owned();
    assert_eq!(state(&mut doctor, history), HistoryState::Failed { reason });
    let files = doctor.folder().join("documents");
    assert_eq!(std::fs::read_dir(files).map_or(0, Iterator::count), 0, "nothing is left of it");
    assert_eq!(doctor.client().end_history(history).unwrap_err().id(), "unknown-history");
    assert_eq!(doctor.texts(thread), ["Bonjour"]);
}

#[tokio::test]
async fn history_can_be_given_up_and_given_again() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut desk = link(&mut world, &mut doctor, &mut patient).await;
    let first = give(&world, &mut doctor, &mut desk, Scope::All);
    doctor.step(world.clock.read()).await;
    doctor.client().end_history(first).unwrap();
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    assert_eq!(state(&mut doctor, first), HistoryState::Failed { reason: "ended".to_owned() });
    assert_eq!(desk.texts(thread), [""; 0]);
    give(&world, &mut doctor, &mut desk, Scope::All);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    assert_eq!(shown(&mut desk, thread), shown(&mut doctor, thread));
}
