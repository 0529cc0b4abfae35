//! Linking a device behind an honest relay, and what a dishonest one, a stranger or a thief can make of it (R11, R25).

use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::frame::Request;
use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::{CLAIMS_PER_MINUTE, LINK_SECONDS};
use colloque_schemas::linking::{LinkCode, LinkStep};
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::newcomer::{Newcomer, Stranger};
use colloque_tests::{Person, World};

async fn pair() -> (World, Person, Person, ThreadId) {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    (world, doctor, patient, thread)
}

fn says(world: &World, person: &mut Person, thread: ThreadId, text: &str) {
    let now = world.clock.read();
    person.client().send(thread, text, now).unwrap();
}

/// All of these are members with the same log, and refused nothing.
fn assert_agree(thread: ThreadId, people: &mut [&mut Person]) {
    let mut heads = Vec::new();
    for person in people.iter_mut() {
        assert_eq!(person.errors, Vec::<String>::new());
        assert_eq!(person.refused(thread), Vec::<String>::new());
        let client = person.client();
        assert_eq!(client.thread(thread).unwrap().standing, Standing::Member);
        heads.push((client.log_head(thread).unwrap(), client.participants(thread).unwrap().len()));
    }
    assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
}

#[tokio::test]
async fn a_linked_device_of_either_role_is_in_every_thread_and_speaks_and_reads_for_its_owner() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let now = world.clock.read();
    let account = patient.account();
    let closed = doctor.client().open_thread(&[account], AnswerMode::NoReply, "Résultats", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    let mut desk = world.link(&mut doctor).await;
    world.connect(&mut desk);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    let mut phone = world.link(&mut patient).await;
    world.connect(&mut phone);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut phone]).await;
    for thread in [thread, closed] {
        assert_agree(thread, &mut [&mut doctor, &mut patient, &mut desk, &mut phone]);
    }
    says(&world, &mut desk, thread, "Du bureau");
    says(&world, &mut phone, thread, "Du téléphone");
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut phone]).await;
    for person in [&mut doctor, &mut patient, &mut desk, &mut phone] {
        let texts = person.texts(thread);
        assert_eq!(texts[texts.len() - 2..], ["Du bureau", "Du téléphone"]);
    }
    // What another device of one's own wrote is one's own, and unread nowhere.
    assert_eq!(doctor.client().thread(thread).unwrap().unread, 1, "the patient's");
    let head = doctor.client().log_head(thread).unwrap().seq;
    doctor.client().mark_displayed(thread, head, now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut phone]).await;
    assert_eq!(desk.client().thread(thread).unwrap().unread, 0, "read on the other device");
    assert_agree(thread, &mut [&mut doctor, &mut patient, &mut desk, &mut phone]);
}

#[tokio::test]
async fn threads_that_are_opened_later_have_all_devices_of_both_from_their_first_message_on() {
    let (mut world, mut doctor, mut patient, _) = pair().await;
    let mut desk = world.link(&mut doctor).await;
    let mut phone = world.link(&mut patient).await;
    world.connect(&mut desk);
    world.connect(&mut phone);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut phone]).await;
    let (account, now) = (patient.account(), world.clock.read());
    let later = desk.client().open_thread(&[account], AnswerMode::Open, "Du bureau", now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut phone]).await;
    assert_agree(later, &mut [&mut doctor, &mut patient, &mut desk, &mut phone]);
    for person in [&mut doctor, &mut patient, &mut desk, &mut phone] {
        assert_eq!(person.texts(later), ["Du bureau"]);
    }
}

#[tokio::test]
async fn a_device_that_never_came_holds_up_no_opening_and_is_added_when_it_comes() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut desk = world.link(&mut doctor).await;
    let (account, now) = (patient.account(), world.clock.read());
    let later = doctor.client().open_thread(&[account], AnswerMode::Open, "Sans elle", now).unwrap();
    says(&world, &mut doctor, thread, "Encore");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(patient.texts(later), ["Sans elle"]);
    assert_eq!(patient.texts(thread).last().unwrap(), "Encore");
    world.connect(&mut desk);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    for thread in [thread, later] {
        assert_agree(thread, &mut [&mut doctor, &mut patient, &mut desk]);
    }
}

#[tokio::test]
async fn an_unlinked_device_is_let_in_no_more_and_reads_nothing_that_follows() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut stolen = world.link(&mut patient).await;
    world.connect(&mut stolen);
    world.settle(&mut [&mut doctor, &mut patient, &mut stolen]).await;
    let device = stolen.client().own().device;
    assert_eq!(stolen.client().unlink_device(device).unwrap_err().id(), "unknown-device", "not itself");
    let other = patient.client().own().device;
    assert_eq!(stolen.client().unlink_device(other).unwrap_err().id(), "not-primary");
    patient.client().unlink_device(device).unwrap();
    world.settle(&mut [&mut doctor, &mut patient, &mut stolen]).await;
    says(&world, &mut doctor, thread, "Confidentiel");
    world.settle(&mut [&mut doctor, &mut patient, &mut stolen]).await;
    assert_eq!(stolen.texts(thread), ["Bonjour"; 0], "it was linked after the first message");
    stolen.wire = None;
    stolen.client().connection_closed();
    world.connect(&mut stolen);
    world.settle(&mut [&mut stolen]).await;
    assert_eq!(stolen.errors, ["R25"]);
    // Whatever it could get of the log, it has no keys for it.
    for person in [&mut doctor, &mut patient] {
        let there = person.client().participants(thread).unwrap();
        assert!(there.iter().all(|member| member.device != device));
        assert_eq!(person.texts(thread).last().unwrap(), "Confidentiel");
    }
    assert_eq!(patient.client().own_devices().unwrap().len(), 1);
}

#[tokio::test]
async fn a_relay_that_puts_other_keys_between_is_caught_by_the_code_and_leaves_nothing_behind() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut newcomer = Newcomer::offer(&mut world).await;
    let offer = newcomer.device.as_ref().unwrap().shown().clone();
    // The thief answers first, with an account of its own, and lets the victim's own primary meet a device of its own.
    patient.client().begin_link(offer).unwrap();
    world.settle(&mut [&mut patient]).await;
    let shown = newcomer.compare().await;
    let mut between = Newcomer::offer(&mut world).await;
    let offer = between.device.as_ref().unwrap().shown().clone();
    doctor.client().begin_link(offer).unwrap();
    world.settle(&mut [&mut doctor]).await;
    between.compare().await;
    world.clock.advance(1);
    world.settle(&mut [&mut doctor]).await;
    assert!(doctor.told.contains(&Event::LinkCompared));
    let now = world.clock.read();
    let refused = doctor.client().confirm_link(shown, None, now).unwrap_err();
    assert_eq!(refused.id(), "link-code-differs");
    assert_eq!(doctor.client().confirm_link(shown, None, now).unwrap_err().id(), "no-linking", "one try");
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.client().own_devices().unwrap().len(), 1);
    let waits = Request::TakeLink { rendezvous: between.rendezvous(), step: LinkStep::Grant };
    assert_eq!(between.stranger.ask(waits).await.unwrap_err().code, RefusalCode::LinkOver);
    assert_agree(thread, &mut [&mut doctor, &mut patient]);
}

#[tokio::test]
async fn each_way_in_which_a_linking_fails_has_its_name_and_changes_nothing() {
    let (mut world, mut doctor, mut patient, _) = pair().await;
    let mut tablet = world.link(&mut doctor).await;
    let newcomer = Newcomer::offer(&mut world).await;
    let offer = newcomer.device.as_ref().unwrap().shown().clone();
    assert_eq!(tablet.client().begin_link(offer.clone()).unwrap_err().id(), "not-primary");
    let elsewhere = colloque_schemas::linking::LinkOffer { relay_address: "other:1".into(), ..offer.clone() };
    assert_eq!(doctor.client().begin_link(elsewhere).unwrap_err().id(), "link-other-relay");
    let (code, now) = ("123456".parse::<LinkCode>().unwrap(), world.clock.read());
    assert_eq!(doctor.client().confirm_link(code, None, now).unwrap_err().id(), "no-linking");

    // Something else than the nonce that the offer committed to.
    doctor.client().begin_link(offer.clone()).unwrap();
    world.settle(&mut [&mut doctor]).await;
    let mut thief = Stranger::connect(&mut world);
    let nonce = colloque_schemas::codec::encode(&colloque_schemas::linking::LinkNonce::new([7; 32]));
    let (rendezvous, step) = (offer.rendezvous, LinkStep::Nonce);
    thief.ask(Request::PutLink { rendezvous, step, content: nonce.into() }).await.unwrap();
    world.clock.advance(1);
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(doctor.told.last(), Some(&Event::LinkEnded { reason: "link-other-nonce" }));

    // A hello that is not sealed to the new device.
    let mut newcomer = Newcomer::offer(&mut world).await;
    let heard = newcomer.device.take().unwrap().hear(&[9; 100]).unwrap_err();
    assert_eq!(heard.id(), "link-unreadable");

    // An offer whose time is over, and one whose device has given up.
    let late = Newcomer::offer(&mut world).await;
    let offer = late.device.as_ref().unwrap().shown().clone();
    world.clock.advance(LINK_SECONDS);
    doctor.client().begin_link(offer).unwrap();
    world.settle(&mut [&mut doctor]).await;
    assert_eq!(doctor.told.last(), Some(&Event::LinkEnded { reason: "link-over" }));
    let mut gone = Newcomer::offer(&mut world).await;
    let offer = gone.device.as_ref().unwrap().shown().clone();
    gone.stranger.ask(Request::EndLink(offer.rendezvous)).await.unwrap();
    doctor.client().begin_link(offer).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.told.iter().filter(|event| matches!(event, Event::LinkEnded { .. })).count(), 3);
    assert_eq!(doctor.client().own_devices().unwrap().len(), 2, "the tablet of before, and no other");
    assert!(doctor.client().is_settled().unwrap());
}

#[tokio::test]
async fn a_linked_device_keeps_on_although_only_the_primary_can_renew_its_certificate() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut tablet = world.link(&mut patient).await;
    world.connect(&mut tablet);
    world.settle(&mut [&mut doctor, &mut patient, &mut tablet]).await;
    let first = tablet.client().own().leaf_expires_at;
    for _ in 0..5 {
        world.clock.advance(41 * SECONDS_PER_DAY);
        // The primary comes now and then; the others as always.
        for person in [&mut patient, &mut doctor, &mut tablet] {
            person.wire = None;
            person.client().connection_closed();
            world.connect(person);
            world.settle(&mut [person]).await;
            assert_eq!(person.errors, Vec::<String>::new());
        }
        world.settle(&mut [&mut doctor, &mut patient, &mut tablet]).await;
        says(&world, &mut tablet, thread, "Encore là");
        world.settle(&mut [&mut doctor, &mut patient, &mut tablet]).await;
        assert_eq!(doctor.texts(thread).last().unwrap(), "Encore là");
    }
    assert!(tablet.client().own().leaf_expires_at > first.plus(150 * SECONDS_PER_DAY));
    assert_agree(thread, &mut [&mut doctor, &mut patient, &mut tablet]);
}

#[tokio::test]
async fn the_primary_role_moves_to_another_device_with_its_key_and_what_only_it_knew() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut desk = world.link(&mut doctor).await;
    world.connect(&mut desk);
    let mut tablet = world.link(&mut doctor).await;
    world.connect(&mut tablet);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut tablet]).await;
    let (first, second) = (doctor.client().own().device, desk.client().own().device);
    let third = tablet.client().own().device;
    assert_eq!(desk.client().move_primary(third).unwrap_err().id(), "not-primary");
    assert_eq!(doctor.client().move_primary(first).unwrap_err().id(), "unknown-device");

    doctor.client().move_primary(second).unwrap();
    assert_eq!(doctor.client().moves_primary_to(), Some(second));
    // Until the other device has it, nobody signs a list: of two of one number one would be lost.
    assert_eq!(doctor.client().move_primary(third).unwrap_err().id(), "primary-moves");
    assert_eq!(doctor.client().unlink_device(third).unwrap_err().id(), "primary-moves");
    let offer = Newcomer::offer(&mut world).await.device.unwrap().shown().clone();
    assert_eq!(doctor.client().begin_link(offer).unwrap_err().id(), "primary-moves");

    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut tablet]).await;
    for (person, is_primary) in [(&mut doctor, false), (&mut desk, true), (&mut tablet, false)] {
        assert_eq!(person.client().own().is_primary, is_primary);
        assert_eq!(person.errors, Vec::<String>::new());
        assert_eq!(person.client().own_devices().unwrap().len(), 3);
        // As after a start.
        person.switch_off();
        person.switch_on();
        assert_eq!(person.client().own().is_primary, is_primary);
        assert_eq!(person.client().moves_primary_to(), None);
        world.connect(person);
    }
    for (person, is_this) in [(&doctor, false), (&desk, true)] {
        let moved = person.told.iter().filter(|event| matches!(event, Event::PrimaryMoved { .. }));
        assert_eq!(moved.collect::<Vec<_>>(), [&Event::PrimaryMoved { is_this }]);
    }
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut tablet]).await;
    assert_eq!(doctor.client().unlink_device(third).unwrap_err().id(), "not-primary");
    let named = desk.client().own_devices().unwrap().into_iter().find(|device| device.device == third);
    assert_eq!(named.unwrap().name.as_deref(), Some("tablet"), "the old one's name for it");

    // The new one renews the certificate of the old one, links, and unlinks.
    let expires = doctor.client().own().leaf_expires_at;
    world.clock.advance(41 * SECONDS_PER_DAY);
    for person in [&mut desk, &mut doctor, &mut patient, &mut tablet] {
        person.wire = None;
        person.client().connection_closed();
        world.connect(person);
        world.settle(&mut [person]).await;
    }
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut tablet]).await;
    assert!(doctor.client().own().leaf_expires_at > expires);
    let mut phone = world.link(&mut desk).await;
    world.connect(&mut phone);
    desk.client().unlink_device(first).unwrap();
    world.settle(&mut [&mut doctor, &mut patient, &mut desk, &mut tablet, &mut phone]).await;
    says(&world, &mut phone, thread, "Du téléphone");
    world.settle(&mut [&mut patient, &mut desk, &mut tablet, &mut phone]).await;
    assert_agree(thread, &mut [&mut patient, &mut desk, &mut tablet, &mut phone]);
    assert_eq!(patient.texts(thread).last().unwrap(), "Du téléphone");
}

#[tokio::test]
async fn a_move_of_the_primary_role_that_is_cut_anywhere_goes_on_and_can_be_called_off_until_it_is_made() {
    let (mut world, mut doctor, mut patient, _) = pair().await;
    let mut desk = world.link(&mut doctor).await;
    world.connect(&mut desk);
    world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
    for cut in 0..24 {
        let (from, to) = if doctor.client().own().is_primary {
            (&mut doctor, &mut desk)
        } else {
            (&mut desk, &mut doctor)
        };
        let device = to.client().own().device;
        from.client().move_primary(device).unwrap();
        for _ in 0..cut / 2 {
            from.step(world.clock.read()).await;
            world.relay.prune().await;
            to.step(world.clock.read()).await;
        }
        for person in [&mut *from, to] {
            if cut % 2 == 0 || person.client().own().is_primary {
                person.switch_off();
                person.switch_on();
                world.connect(person);
            }
        }
        world.settle(&mut [&mut doctor, &mut desk]).await;
        world.clock.advance(61);
        world.settle(&mut [&mut doctor, &mut desk]).await;
        let primary = [&mut doctor, &mut desk].map(|person| person.client().own().is_primary);
        assert!(primary[0] != primary[1], "{primary:?} after {cut}");
        assert_eq!([&doctor.errors, &desk.errors], [&Vec::<String>::new(), &Vec::new()], "{cut}");
    }
    let (from, to) =
        if doctor.client().own().is_primary { (&mut doctor, &mut desk) } else { (&mut desk, &mut doctor) };
    to.switch_off();
    let device = from.client().own_devices().unwrap()[1].device;
    from.client().move_primary(device).unwrap();
    world.settle(&mut [&mut *from]).await;
    assert_eq!(from.client().moves_primary_to(), Some(device), "told, and not taken over");
    from.client().unlink_device(device).unwrap();
    world.settle(&mut [&mut *from]).await;
    assert_eq!((from.client().moves_primary_to(), from.client().own().is_primary), (None, true));
    to.switch_on();
    world.connect(to);
    world.settle(&mut [from, to]).await;
    assert_eq!(to.errors, ["R25"], "it is let in no more, and reads no letter");
    assert!(!to.client().own().is_primary);
}

#[tokio::test]
async fn a_code_that_comes_when_the_offer_is_over_leaves_no_device_behind() {
    let (mut world, mut doctor, mut patient, thread) = pair().await;
    let mut newcomer = Newcomer::offer(&mut world).await;
    let offer = newcomer.device.as_ref().unwrap().shown().clone();
    doctor.client().begin_link(offer).unwrap();
    world.settle(&mut [&mut doctor]).await;
    let code = newcomer.compare().await;
    world.clock.advance(1);
    world.settle(&mut [&mut doctor]).await;
    world.clock.advance(LINK_SECONDS);
    let now = world.clock.read();
    doctor.client().confirm_link(code, Some("tablet"), now).unwrap();
    world.settle(&mut [&mut doctor, &mut patient]).await;
    assert_eq!(doctor.told.last(), Some(&Event::LinkEnded { reason: "link-over" }));
    assert_eq!(doctor.client().own_devices().unwrap().len(), 1);
    assert_agree(thread, &mut [&mut doctor, &mut patient]);
    world.link(&mut doctor).await;
    assert_eq!(doctor.client().own_devices().unwrap().len(), 2);
}

#[tokio::test]
async fn a_device_that_comes_between_the_claim_of_an_opening_and_its_welcome_is_in_the_thread_as_well() {
    let (mut world, mut doctor, mut patient, _) = pair().await;
    let mut phone = world.link(&mut patient).await;
    let (account, now) = (patient.account(), world.clock.read());
    let thread = doctor.client().open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    // The relay hands out what there is of the patient's devices: the phone has nothing there yet.
    doctor.step(now).await;
    world.relay.prune().await;
    world.connect(&mut phone);
    world.settle(&mut [&mut patient, &mut phone]).await;
    world.settle(&mut [&mut doctor, &mut patient, &mut phone]).await;
    assert_agree(thread, &mut [&mut doctor, &mut patient, &mut phone]);
}

#[tokio::test]
async fn a_device_comes_into_more_threads_than_a_minute_has_claims_without_another_sign_in() {
    let (mut world, mut doctor, mut patient, first) = pair().await;
    let account = patient.account();
    let count = usize::try_from(CLAIMS_PER_MINUTE).unwrap() + 5;
    for _ in 1..count {
        world.clock.advance(2);
        let now = world.clock.read();
        doctor.client().open_thread(&[account], AnswerMode::NoReply, "Résultats", now).unwrap();
        world.settle(&mut [&mut doctor, &mut patient]).await;
    }
    world.clock.advance(120);
    let mut desk = world.link(&mut doctor).await;
    world.connect(&mut desk);
    // More than there are KeyPackages to be used once, too: the last resort serves.
    for _ in 0..3 {
        world.settle(&mut [&mut doctor, &mut patient, &mut desk]).await;
        world.clock.advance(61);
    }
    assert_eq!(desk.client().threads().unwrap().len(), count);
    assert_agree(first, &mut [&mut doctor, &mut patient, &mut desk]);
}
