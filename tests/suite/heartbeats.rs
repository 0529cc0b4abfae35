//! Heartbeats: what a relay keeps from a device is noticed although nobody writes any more.

use colloque_client_core::{Departure, Event, Standing};
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::Seq;
use colloque_schemas::limits::HEARTBEAT_SECONDS;
use colloque_tests::Scene;

fn last(scene: &Scene) -> Seq {
    Seq(scene.rig.log(scene.thread).len() as u64)
}

#[tokio::test]
async fn a_last_message_that_the_relay_keeps_from_a_device_is_noticed_at_the_next_heartbeat() {
    let mut scene = Scene::new().await;
    scene.open();
    let (thread, device) = (scene.thread, scene.patient.client().own().device);
    let withheld = last(&scene).next();
    scene.rig.withhold(device, thread, withheld);
    let sent_at = scene.world.clock.read();
    scene.doctor.client().send(thread, "Le dernier mot", sent_at).unwrap();
    scene.settle();
    scene.world.clock.advance(HEARTBEAT_SECONDS - 1);
    scene.settle();
    assert_eq!(last(&scene), withheld, "nobody has said anything since");
    assert_eq!(scene.patient.client().thread(thread).unwrap().standing, Standing::Member);
    assert_eq!(scene.doctor.client().wakes_at(), Some(sent_at.plus(HEARTBEAT_SECONDS)), "it wakes by itself");
    scene.world.clock.advance(1);
    scene.settle();
    assert_eq!(scene.patient.texts(thread), ["Bonjour"]);
    assert!(
        scene.patient.told.contains(&Event::ForkDetected { thread, seq: withheld }),
        "{:?}",
        scene.patient.told
    );
}

#[tokio::test]
async fn a_quiet_device_beats_once_a_day_while_there_is_news_and_then_no_more() {
    let mut scene = Scene::new().await;
    scene.open();
    scene.assert_goes_on();
    let before = last(&scene).0;
    for day in 1..=5_u64 {
        scene.world.clock.advance(HEARTBEAT_SECONDS);
        scene.settle();
        let mut people = scene.honest();
        people.iter_mut().for_each(|person| person.client().connection_closed());
        for person in [&mut scene.doctor, &mut scene.patient] {
            scene.rig.connect(person);
        }
        scene.settle();
        assert_eq!(
            last(&scene).0,
            before + 2,
            "on day {day}: one of each device, about what was said on the first"
        );
        let kinds = scene.rig.log(scene.thread).iter().map(|envelope| envelope.kind);
        assert!(kinds.skip(before as usize).all(|kind| kind == EnvelopeKind::Control));
    }
    let thread = scene.thread;
    for person in scene.honest() {
        assert_eq!(person.refused(thread), [""; 0]);
        assert_eq!(person.client().wakes_at(), None, "there is nothing to wake for");
    }
    scene.assert_goes_on();
    scene.world.clock.advance(HEARTBEAT_SECONDS);
    scene.settle();
    // A message, its receipt, and again one of each.
    assert_eq!(last(&scene).0, before + 6);
}

#[tokio::test]
async fn who_has_left_beats_no_more_and_a_heartbeat_that_waits_for_its_sign_in_is_sent_then() {
    let mut scene = Scene::new().await;
    scene.open();
    scene.patient.client().connection_closed();
    let thread = scene.thread;
    let before = last(&scene);
    scene.world.clock.advance(3 * HEARTBEAT_SECONDS);
    scene.rig.settle(&mut [&mut scene.doctor]);
    assert_eq!(last(&scene), before.next(), "the doctor\u{2019}s");
    scene.rig.connect(&mut scene.patient);
    scene.settle();
    assert_eq!(last(&scene), before.next().next(), "and the patient\u{2019}s, at its sign-in");
    let now = scene.world.clock.read();
    scene.doctor.client().send(thread, "Encore là ?", now).unwrap();
    scene.settle();
    // While no professional is there to take the account out, its device is still a member.
    scene.patient.client().depart(thread, Departure::Leave, now).unwrap();
    scene.rig.settle(&mut [&mut scene.patient]);
    let gone = last(&scene);
    scene.world.clock.advance(2 * HEARTBEAT_SECONDS);
    scene.rig.settle(&mut [&mut scene.patient]);
    assert_eq!(last(&scene), gone, "it has nothing more to say");
    scene.settle();
    assert_eq!(scene.patient.client().thread(thread).unwrap().standing, Standing::Departed);
}
