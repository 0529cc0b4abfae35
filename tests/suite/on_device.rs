//! What a device keeps for its owner beside the log: finding messages, threads at a glance, drafts, the app's own values.

use colloque_client_core::{DraftOf, EntryKind, Hit};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::limits::TEXT_MAX_BYTES;
use colloque_tests::{Person, Scene, World};

/// The texts of what is found, matches in brackets.
fn found(person: &mut Person, query: &str) -> Vec<String> {
    let shown = |hit: &Hit| {
        let piece = |piece: &colloque_client_core::Piece| {
            if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() }
        };
        hit.excerpt.iter().map(piece).collect()
    };
    person.client().search(query, 10).unwrap().iter().map(shown).collect()
}

#[tokio::test]
async fn what_both_said_is_found_on_both_devices_and_after_a_restart_but_not_before_it_is_in_the_log() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Prenez du Doliprane.").await;
    let now = world.clock.read();
    patient.client().send(thread, "J’ai déjà pris du doliprane", now).unwrap();
    assert_eq!(found(&mut patient, "dolip"), ["Prenez du [Doliprane]."]);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    doctor.switch_off();
    doctor.switch_on();
    for person in [&mut doctor, &mut patient] {
        assert_eq!(found(person, "dolip"), ["J’ai déjà pris du [doliprane]", "Prenez du [Doliprane]."]);
        assert_eq!(found(person, "DEJA pris"), ["J’ai [déjà] [pris] du doliprane"]);
    }
    let hit = doctor.client().search("deja", 1).unwrap().remove(0);
    assert_eq!((hit.thread, hit.author), (thread, patient.account()));
    let shown = doctor.client().entries_before(thread, Some(hit.seq.next()), 1).unwrap();
    assert_eq!(shown.last().and_then(|entry| entry.seq), Some(hit.seq), "a hit leads to its message");
    let long = doctor.client().search(&"mot ".repeat(100), 1).unwrap_err();
    assert_eq!(long.id(), "query-length");
}

#[tokio::test]
async fn a_message_that_is_refused_is_neither_found_nor_summed_up() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let (thread, now) = (scene.thread, scene.world.clock.read());
    scene.doctor.client().set_mode(thread, AnswerMode::NoReply, now).unwrap();
    scene.settle();
    rogue.catch_up(&scene.rig);
    let payload = rogue.payload(&mut scene.world, "Texte interdit");
    let refused = rogue.seal(&payload);
    let before = scene.doctor.client().thread(thread).unwrap();
    scene.post(EnvelopeKind::Application, refused);
    assert_eq!(scene.doctor.refused(thread).len(), 1, "it was refused");
    assert_eq!(found(&mut scene.doctor, "interdit"), Vec::<String>::new());
    assert_eq!(found(&mut scene.patient, "interdit"), Vec::<String>::new());
    let after = scene.doctor.client().thread(thread).unwrap();
    assert_eq!((after.last, after.unread), (before.last, before.unread));
}

#[tokio::test]
async fn a_thread_at_a_glance_says_who_wrote_last_and_since_when_something_is_unread() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let first = world.clock.read();
    for text in ["J’ai mal", "au\ngenou"] {
        patient.client().send(thread, text, world.clock.read()).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
        world.clock.advance(60);
    }
    let summary = doctor.client().thread(thread).unwrap();
    assert_eq!((summary.unread, summary.unread_since), (2, Some(first)));
    let last = summary.last.unwrap();
    assert_eq!((last.author, last.is_own, last.sent_at), (patient.account(), false, first.plus(60)));
    assert_eq!(last.excerpt, "au genou");
    doctor.client().mark_displayed(thread, Seq(u64::MAX), world.clock.read()).unwrap();
    doctor.wire = None;
    doctor.client().connection_closed();
    doctor.client().send(thread, "Venez demain", world.clock.read()).unwrap();
    let summary = doctor.client().threads().unwrap().remove(0);
    assert_eq!((summary.unread, summary.unread_since, summary.waiting), (0, None, 1));
    let last = summary.last.unwrap();
    assert_eq!((last.is_own, last.excerpt.as_str()), (true, "Venez demain"), "one that waits is the last");
    world.connect(&mut doctor);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(!doctor.client().thread(thread).unwrap().last.unwrap().is_displayed, "only delivered");
    patient.client().mark_displayed(thread, Seq(u64::MAX), world.clock.read()).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(doctor.client().thread(thread).unwrap().last.unwrap().is_displayed);
}

#[tokio::test]
async fn a_draft_survives_a_restart_and_ends_with_the_sending_of_its_text() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let (account, now) = (patient.account(), world.clock.read());
    doctor.client().keep_draft(DraftOf::Thread(thread), " Venez demain\n").unwrap();
    doctor.client().keep_draft(DraftOf::New(None), "Autre sujet").unwrap();
    doctor.switch_off();
    doctor.switch_on();
    assert_eq!(doctor.client().draft(DraftOf::Thread(thread)).unwrap().as_deref(), Some(" Venez demain\n"));
    assert!(doctor.client().threads().unwrap()[0].has_draft);
    doctor.client().send(thread, "Attendez", now).unwrap();
    assert!(doctor.client().thread(thread).unwrap().has_draft, "another text was sent");
    doctor.client().send(thread, "Venez demain", now).unwrap();
    // As if killed right after sending: what was sent is no draft.
    doctor.switch_off();
    doctor.switch_on();
    assert_eq!(doctor.client().draft(DraftOf::Thread(thread)).unwrap(), None);
    assert!(!doctor.client().thread(thread).unwrap().has_draft);
    assert_eq!(doctor.client().draft(DraftOf::New(None)).unwrap().as_deref(), Some("Autre sujet"));
    doctor.client().open_thread(&[account], AnswerMode::Open, "Autre sujet", now).unwrap();
    assert_eq!(doctor.client().draft(DraftOf::New(None)).unwrap(), None);
}

#[tokio::test]
async fn a_draft_whose_sending_is_refused_stays() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open_in(&mut doctor, &mut patient, AnswerMode::NoReply, "Bonjour").await;
    patient.client().keep_draft(DraftOf::Thread(thread), "Merci").unwrap();
    assert!(patient.client().send(thread, "Merci", world.clock.read()).is_err());
    assert_eq!(patient.client().draft(DraftOf::Thread(thread)).unwrap().as_deref(), Some("Merci"));
    patient.client().keep_draft(DraftOf::Thread(thread), "").unwrap();
    assert_eq!(patient.client().draft(DraftOf::Thread(thread)).unwrap(), None);
    let unknown = patient.client().keep_draft(DraftOf::Thread(ThreadId::new([7; 16])), "x").unwrap_err();
    assert_eq!(unknown.id(), "unknown-thread");
    let long = "x".repeat(TEXT_MAX_BYTES + 1);
    assert_eq!(patient.client().keep_draft(DraftOf::New(None), &long).unwrap_err().id(), "text-length");
}

#[tokio::test]
async fn the_app_keeps_small_values_and_no_others() {
    let mut world = World::new().await;
    let mut patient = world.patient().await;
    let (longest, largest) = ("é".repeat(32), vec![7; 256 * 1024]);
    patient.client().put_app_data("language", Some(b"fr")).unwrap();
    patient.client().put_app_data("language", Some(b"en")).unwrap();
    patient.client().put_app_data(&longest, Some(&largest)).unwrap();
    for (key, value) in [("", &b"x"[..]), (&format!("{longest}x"), b"x"), ("large", &vec![7; 256 * 1024 + 1])]
    {
        assert_eq!(patient.client().put_app_data(key, Some(value)).unwrap_err().id(), "app-data-length");
    }
    patient.switch_off();
    patient.switch_on();
    assert_eq!(patient.client().app_data("language").unwrap().as_deref(), Some(&b"en"[..]));
    assert_eq!(patient.client().app_data(&longest).unwrap(), Some(largest));
    assert_eq!(patient.client().app_data("large").unwrap(), None);
    patient.client().put_app_data("language", None).unwrap();
    assert_eq!(patient.client().app_data("language").unwrap(), None);
}

#[tokio::test]
async fn a_page_of_a_thread_ends_with_what_waits_only_if_it_is_the_last() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "0").await;
    for text in ["1", "2", "3"] {
        doctor.client().send(thread, text, world.clock.read()).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
    }
    doctor.wire = None;
    doctor.client().connection_closed();
    doctor.client().send(thread, "4", world.clock.read()).unwrap();
    let mut page = |before: Option<Seq>| {
        let entries = doctor.client().entries_before(thread, before, 2).unwrap();
        let text = |kind: &EntryKind| match kind {
            EntryKind::Message(message) => message.text.clone(),
            other => panic!("{other:?}"),
        };
        (entries.iter().map(|entry| text(&entry.kind)).collect::<Vec<_>>(), entries[0].seq)
    };
    let (last, first) = page(None);
    assert_eq!(last, ["2", "3", "4"]);
    assert_eq!(page(first).0, ["0", "1"]);
    assert_eq!(
        doctor.client().entries_before(ThreadId::new([7; 16]), None, 1).unwrap_err().id(),
        "unknown-thread"
    );
}

#[tokio::test]
async fn what_waits_to_be_sent_is_the_one_reply_and_setting_the_mode_again_gives_one_more() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let now = world.clock.read();
    let sets = |doctor: &mut Person, mode| doctor.client().set_mode(thread, mode, now).unwrap();
    sets(&mut doctor, AnswerMode::OneReply);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let facts = |patient: &mut Person| patient.client().content_facts(thread, now).unwrap();
    assert!(facts(&mut patient).professional_has_spoken && !facts(&mut patient).has_replied);
    patient.client().send(thread, "Oui", now).unwrap();
    assert!(facts(&mut patient).has_replied, "it waits");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(facts(&mut patient).has_replied, "it is there");
    sets(&mut doctor, AnswerMode::OneReply);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert!(!facts(&mut patient).has_replied);
    assert_eq!(patient.client().closed_by(thread).unwrap(), None);
    sets(&mut doctor, AnswerMode::Closed);
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.client().closed_by(thread).unwrap(), Some(doctor.account()));
    assert_eq!(patient.client().joined(thread).unwrap(), None, "there since the opening");
}

#[tokio::test]
async fn each_patient_has_a_draft_of_an_opening_of_its_own_and_what_is_sent_is_none_any_more() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let both = [world.patient().await.account(), world.patient().await.account()];
    let of = [Some(both[0]), Some(both[1]), None].map(DraftOf::New);
    for (of, text) in of.into_iter().zip(["Un", "Deux", "Trois"]) {
        doctor.client().keep_draft(of, text).unwrap();
    }
    let mut begun = doctor.client().new_drafts().unwrap();
    begun.sort_unstable();
    let mut expected = both;
    expected.sort_unstable();
    assert_eq!(begun, expected);
    let now = world.clock.read();
    doctor.client().open_thread(&both[..1], AnswerMode::Open, "Un", now).unwrap();
    let left = of.map(|of| doctor.client().draft(of).unwrap());
    assert_eq!(left, [None, Some("Deux".to_owned()), Some("Trois".to_owned())], "no other patient's");
}
