//! Another device of the same person: linked, brought into all threads, given all history.

use colloque_client_core::HistoryState;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::history::Scope;
use colloque_schemas::id::HistoryId;
use colloque_tests::{Person, World};
use tokio::time::Instant;

use crate::crowd::{self, MESSAGES, THREADS};
use crate::{milliseconds, print, text};

/// Threads of the person when the device is linked, and how often that is measured.
const LINKED_THREADS: usize = 50;
const LINKINGS: usize = 3;

pub(crate) async fn figures() {
    println!("\nAnother device of a person, with a relay in this process.");
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let account = patient.account();
    for _ in 0..LINKED_THREADS {
        world.clock.advance(2);
        let now = world.clock.read();
        doctor
            .client()
            .open_thread(&[account], AnswerMode::Open, &text(), now)
            .expect("a professional may open");
        world.settle(&mut [&mut doctor, &mut patient]).await;
    }
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    let mut desk = None;
    for _ in 0..LINKINGS {
        world.clock.advance(120);
        let start = Instant::now();
        let mut linked = world.link(&mut doctor).await;
        world.connect(&mut linked);
        let history = give(&world, &mut doctor, &mut linked);
        let mut is_readable = false;
        while state(&mut linked, history) != Some(HistoryState::Done) {
            let mut moved = false;
            for person in [&mut doctor, &mut linked] {
                moved |= person.step(world.clock.read()).await;
            }
            world.relay.prune().await;
            for person in [&mut doctor, &mut linked] {
                moved |= person.step(world.clock.read()).await;
            }
            // What the relay bounds by the minute waits for its clock.
            world.clock.advance(u64::from(!moved));
            if !is_readable
                && linked.client().threads().expect("a store").iter().any(|thread| thread.last.is_some())
            {
                is_readable = true;
                first.push(milliseconds(start.elapsed()));
            }
        }
        whole.push(milliseconds(start.elapsed()));
        let threads = linked.client().threads().expect("a store");
        assert!(threads.len() == LINKED_THREADS && threads.iter().all(|thread| thread.last.is_some()));
        desk = Some(linked);
    }
    print(
        &format!("link to the first message readable, {LINKED_THREADS} threads"),
        first,
        "ms; target <= 10000",
    );
    print("  to all of them", whole, "ms");
    let mut desk = desk.expect("a linked device");
    much(&mut world, &mut doctor, &mut desk).await;
}

/// All that is on a device with much on it, as rows of threads that it has left: they have no group.
async fn much(world: &mut World, doctor: &mut Person, desk: &mut Person) {
    let thread = doctor.client().threads().expect("a store")[0].thread;
    doctor.switch_off();
    let mut store = doctor.store();
    crowd::fill(&mut store, world.rng(), thread);
    let unit = store.begin().expect("a store");
    unit.sql()
        .execute_batch("UPDATE thread SET standing = 2 WHERE thread NOT IN (SELECT thread FROM member)")
        .expect("threads");
    unit.commit().expect("room");
    drop(store);
    doctor.switch_on();
    world.connect(doctor);
    world.settle(&mut [&mut *doctor, &mut *desk]).await;
    world.clock.advance(120);
    let start = Instant::now();
    let history = give(world, doctor, desk);
    while state(desk, history) != Some(HistoryState::Done) {
        world.settle(&mut [&mut *doctor, &mut *desk]).await;
        world.clock.advance(61);
    }
    let seconds = start.elapsed().as_secs_f64();
    let given = desk.client().histories().expect("a store").remove(0);
    assert_eq!(given.done, given.messages);
    println!(
        "  {} messages of {THREADS} threads given in {seconds:.1} s: {:.0}/s; target >= 5000/s",
        given.done,
        given.done as f64 / seconds
    );
    println!(
        "  most memory of this process, in which {MESSAGES} messages were made too: {} MiB",
        peak_mebibytes()
    );
}

fn give(world: &World, giver: &mut Person, to: &mut Person) -> HistoryId {
    let device = to.client().own().device;
    giver.client().give_history(device, Scope::All, world.clock.read()).expect("a device of one's own")
}

fn state(person: &mut Person, history: HistoryId) -> Option<HistoryState> {
    let histories = person.client().histories().expect("a store");
    histories.into_iter().find(|found| found.history == history).map(|found| found.state)
}

/// `VmHWM` of this process (proc(5)).
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or_default() / 1024
}
