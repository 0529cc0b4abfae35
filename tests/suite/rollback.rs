//! Devices whose data are older than what they sent, and copies of devices: noticed before anything is sent with a key
//! that was used, named, and mended where that is possible.

use colloque_client_core::{EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::ThreadId;
use colloque_tests::{Person, World};

/// A doctor and a patient in a thread, and a copy of the doctor's device as it was then. Both devices of the doctor are
/// switched off.
struct Restored {
    world: World,
    doctor: Person,
    copy: Person,
    patient: Person,
    thread: ThreadId,
}

impl Restored {
    async fn new() -> Self {
        let mut world = World::new().await;
        let mut doctor = world.professional("Dr Ana Verne").await;
        let mut patient = world.patient().await;
        let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
        doctor.switch_off();
        let copy = doctor.copied();
        Self { world, doctor, copy, patient, thread }
    }

    /// The doctor's own device says this, and is switched off again.
    async fn doctor_says(&mut self, texts: &[&str]) {
        let Self { world, doctor, patient, thread, .. } = self;
        doctor.switch_on();
        world.connect(doctor);
        for text in texts {
            let now = world.clock.read();
            doctor.client().send(*thread, text, now).unwrap();
            world.settle(&mut [&mut *doctor, &mut *patient]).await;
        }
        doctor.switch_off();
    }

    /// The copy comes to life, and everything that follows from that happens.
    async fn copy_wakes(&mut self) {
        let Self { world, copy, patient, .. } = self;
        copy.switch_on();
        world.connect(copy);
        world.settle(&mut [copy, patient]).await;
    }
}

/// How often a person was told, and is shown, that somebody else may have written as the doctor's device.
fn doubts(person: &mut Person) -> usize {
    let told = person.told.iter().filter_map(|event| match event {
        Event::OtherDeviceCloned { thread, account, device, .. } => Some((*thread, *account, *device)),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    for (thread, account, device) in &told {
        let members = person.client().participants(*thread).unwrap();
        assert!(members.iter().any(|member| (member.account, member.device) == (*account, *device)));
        let entries = person.client().entries(*thread).unwrap();
        let shown = |kind: &EntryKind| matches!(kind, EntryKind::Doubted { account: of } if of == account);
        assert_eq!(entries.iter().filter(|entry| shown(&entry.kind)).count(), told.len());
    }
    told.len()
}

fn standing(person: &mut Person, thread: ThreadId) -> Standing {
    person.client().thread(thread).unwrap().standing
}

#[tokio::test]
async fn a_restored_device_takes_new_keys_before_it_sends_and_nobody_misses_anything() {
    let mut scene = Restored::new().await;
    let thread = scene.thread;
    scene.doctor_says(&["un", "deux"]).await;
    // Written before it knows.
    scene.copy.switch_on();
    let now = scene.world.clock.read();
    scene.copy.client().send(thread, "trois", now).unwrap();
    scene.copy.switch_off();
    scene.copy_wakes().await;
    assert!(scene.copy.told.contains(&Event::StateRolledBack { thread }), "{:?}", scene.copy.told);
    assert_eq!(scene.copy.refused(thread), ["unknown-own", "unknown-own"], "named, not left out");
    assert_eq!(scene.patient.texts(thread), ["Bonjour", "un", "deux", "trois"]);
    assert_eq!(scene.patient.refused(thread), [""; 0]);
    assert_eq!(doubts(&mut scene.patient), 1, "and the patient is told, once, whose device it is");
    assert_eq!(doubts(&mut scene.copy), 0, "who knows is not told again");
    let is_gap = |event: &Event| matches!(event, Event::Gap { .. });
    assert!(!scene.patient.told.iter().any(is_gap), "{:?}", scene.patient.told);
    assert_eq!(standing(&mut scene.copy, thread), Standing::Member);
    let (account, now) = (thread, scene.world.clock.read());
    scene.patient.client().send(account, "Merci.", now).unwrap();
    let Restored { world, copy, patient, .. } = &mut scene;
    world.settle(&mut [copy, patient]).await;
    assert_eq!(scene.copy.texts(thread), ["Bonjour", "trois", "Merci."]);
}

#[tokio::test]
async fn of_two_copies_that_are_used_at_once_one_goes_on_and_the_other_stops_and_says_why() {
    let mut scene = Restored::new().await;
    let Restored { world, doctor, copy, patient, thread } = &mut scene;
    let thread = *thread;
    for device in [&mut *doctor, &mut *copy] {
        device.switch_on();
        world.connect(device);
    }
    world.settle(&mut [&mut *doctor, &mut *copy, &mut *patient]).await;
    let now = world.clock.read();
    copy.client().send(thread, "de la copie", now).unwrap();
    world.settle(&mut [&mut *doctor, &mut *copy, &mut *patient]).await;
    assert!(doctor.told.contains(&Event::DeviceCloned { thread }), "{:?}", doctor.told);
    assert!(copy.told.contains(&Event::DeviceCloned { thread }), "{:?}", copy.told);
    assert_eq!(doubts(patient), 1, "the one that took new keys says whose device it is");
    assert_eq!(standing(doctor, thread), Standing::Member);
    assert_eq!(standing(copy, thread), Standing::Behind);
    let now = world.clock.read();
    assert_eq!(copy.client().send(thread, "encore", now).unwrap_err().id(), "thread-inactive");
    doctor.client().send(thread, "de l’appareil", now).unwrap();
    world.settle(&mut [&mut *doctor, &mut *copy, &mut *patient]).await;
    assert_eq!(patient.texts(thread), ["Bonjour", "de la copie", "de l’appareil"]);
    assert_eq!(patient.refused(thread), [""; 0]);
}

#[tokio::test]
async fn a_device_that_lost_its_own_commit_sends_nothing_until_a_colleague_adds_it_again() {
    let mut scene = Restored::new().await;
    let Restored { world, doctor, patient, thread, .. } = &mut scene;
    let thread = *thread;
    let mut colleague = world.professional("Dr Zoé Noir").await;
    doctor.switch_on();
    world.connect(doctor);
    let now = world.clock.read();
    let colleagues = colleague.account();
    doctor.client().add_member(thread, colleagues, now).unwrap();
    world.settle(&mut [&mut *doctor, &mut *patient, &mut colleague]).await;
    doctor.switch_off();
    let mut copy = doctor.copied();
    doctor.switch_on();
    world.connect(doctor);
    doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    world.settle(&mut [&mut *doctor, &mut *patient, &mut colleague]).await;
    doctor.switch_off();

    copy.switch_on();
    copy.client().send(thread, "écrit trop tôt", now).unwrap();
    world.connect(&mut copy);
    world.settle(&mut [&mut copy, &mut *patient, &mut colleague]).await;
    assert!(copy.told.contains(&Event::StateRolledBack { thread }), "{:?}", copy.told);
    assert_eq!(standing(&mut copy, thread), Standing::Behind);
    assert!(copy.client().is_settled().unwrap(), "what waits is not waited for");
    assert_eq!(patient.texts(thread), ["Bonjour"], "nothing is sent with old keys");

    let doctors = copy.account();
    for act in [true, false] {
        let now = world.clock.read();
        let client = colleague.client();
        if act {
            client.remove_member(thread, doctors, now)
        } else {
            client.add_member(thread, doctors, now)
        }
        .unwrap();
        world.settle(&mut [&mut copy, &mut *patient, &mut colleague]).await;
    }
    assert_eq!(standing(&mut copy, thread), Standing::Member);
    assert_eq!(patient.texts(thread), ["Bonjour", "écrit trop tôt"], "it was kept");
    assert_eq!(patient.refused(thread), [""; 0]);
}
