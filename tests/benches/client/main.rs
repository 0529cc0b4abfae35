//! What encryption costs a client, and reading much: `cargo bench -p colloque-tests --bench client`, about two minutes after
//! compiling.
//!
//! Real clients with real stores (SQLCipher, synchronous=FULL), and a relay in this process that is not part of what is
//! timed, except where a figure says so. Texts of 1,024 bytes, in envelopes of 2,048.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says so by panicking, and prints what it finds"
)]

mod crowd;
mod device;
mod given;
mod steps;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::ThreadId;
use colloque_tests::measure::{ProcessorTime, flush_ms, milliseconds, print};
use colloque_tests::{Person, World};
use tokio::time::Instant;

use steps::{Step, Taken, settle};

/// Messages over which the cost of a transaction is spread.
const BATCH: usize = 100;
/// Messages of a long absence, and how often it is measured.
const ABSENCE: usize = 10_000;
const ABSENCES: usize = 3;
/// Rounds of each figure.
const ROUNDS: usize = 7;
/// Bytes of each text.
const TEXT_BYTES: usize = 1024;
/// The doctor's and the patient's place among people.
const DOCTOR: usize = 0;
const PATIENT: usize = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if cfg!(debug_assertions) {
        println!("Not optimised: these figures say nothing. Run it with cargo bench.");
    }
    println!("Texts of {TEXT_BYTES} bytes, batches of {BATCH}, {ROUNDS} rounds: median [smallest-largest].");
    println!("One flush of this disk: {} ms.\n", flush_ms(&std::env::temp_dir()));
    let processes = [std::process::id(); 2];
    let before = ProcessorTime::read(processes);
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut patient = world.patient().await;
    let threads = opened(&mut world, &mut doctor, &mut patient).await;
    encrypted(&world, &mut doctor, &mut patient, &threads).await;
    decrypted(&mut world, &mut doctor, &mut patient, threads[0]).await;
    caught_up(&mut world, &mut doctor, &mut patient, threads[1]).await;
    device::figures(&mut world, &mut doctor, threads[0]).await;
    Box::pin(given::figures()).await;
    // This process was counted twice.
    let ([own, _], others) = ProcessorTime::read(processes).since(&before);
    println!("  own processor time {own:.1} s; others took at least {:.0} % of the machine", others * 100.0);
}

/// Opens as many threads as a batch has messages.
async fn opened(world: &mut World, doctor: &mut Person, patient: &mut Person) -> Vec<ThreadId> {
    let account = patient.account();
    let (mut threads, mut whole, mut create, mut join) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..BATCH {
        // The relay bounds openings by the minute of its clock.
        world.clock.advance(2);
        let now = world.clock.read();
        let start = Instant::now();
        let thread = doctor.client().open_thread(&[account], AnswerMode::Open, "Bonjour", now);
        threads.push(thread.expect("a professional may open"));
        let log = settle(world, &mut [&mut *doctor, &mut *patient]).await;
        whole.push(milliseconds(start.elapsed()));
        create.extend(longest(&log, DOCTOR, |step| matches!(step, Step::Prepare(1..))));
        join.extend(longest(&log, PATIENT, |step| step == Step::Welcome));
    }
    assert_eq!(patient.client().threads().expect("a store").len(), BATCH, "every thread is joined");
    print("open a thread: all that both do", whole, "ms");
    print("  group and Welcome, kept", create, "ms");
    print("  join from the Welcome, kept", join, "ms");
    threads
}

/// One message in each thread: queued one by one, encrypted together, read live one by one.
async fn encrypted(world: &World, doctor: &mut Person, patient: &mut Person, threads: &[ThreadId]) {
    let (mut queue, mut encrypt, mut live) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for thread in threads {
            doctor.client().send(*thread, &text(), world.clock.read()).expect("a member may post");
        }
        queue.push(milliseconds(start.elapsed()) / BATCH as f64);
        let log = settle(world, &mut [&mut *doctor, &mut *patient]).await;
        let batch = longest(&log, DOCTOR, |step| step == Step::Prepare(BATCH));
        encrypt.push(batch.expect("all are prepared together") / BATCH as f64);
        let read = log.iter().filter(|taken| taken.person == PATIENT && taken.step == Step::Live);
        let read: Vec<f64> = read.map(|taken| milliseconds(taken.time)).collect();
        // Receipts of the other's reading come between the messages, and are counted with them.
        assert!(read.len() >= BATCH, "every message is read");
        live.push(read.iter().sum::<f64>() / BATCH as f64);
    }
    print("queue a message, kept, each", queue, "ms");
    print("encrypt, kept, in batches", encrypt, "ms each; target <= 1");
    print("decrypt live, kept, each", live, "ms");
}

/// A page of one thread, read by a patient who was away.
async fn decrypted(world: &mut World, doctor: &mut Person, patient: &mut Person, thread: ThreadId) {
    let mut page = Vec::new();
    for _ in 0..ROUNDS {
        patient.wire = None;
        patient.client().connection_closed();
        for _ in 0..BATCH {
            doctor.client().send(thread, &text(), world.clock.read()).expect("a member may post");
        }
        settle(world, &mut [&mut *doctor]).await;
        world.connect(patient);
        let log = settle(world, &mut [&mut *doctor, &mut *patient]).await;
        let read = longest(&log, PATIENT, |step| matches!(step, Step::Page(BATCH..)));
        page.push(read.expect("one page") / BATCH as f64);
    }
    let expected = ROUNDS * BATCH + ROUNDS + 1;
    assert_eq!(patient.texts(thread).len(), expected, "every message is shown");
    print("decrypt, kept, in pages", page, "ms each; target <= 1");
}

/// A device that is switched on after a long absence: from its connection until all is decrypted and durable, with the relay
/// and what it answers in the same process.
async fn caught_up(world: &mut World, doctor: &mut Person, patient: &mut Person, thread: ThreadId) {
    let (mut whole, mut own) = (Vec::new(), Vec::new());
    let before = patient.texts(thread).len();
    for _ in 0..ABSENCES {
        patient.switch_off();
        for _ in 0..ABSENCE / BATCH {
            for _ in 0..BATCH {
                doctor.client().send(thread, &text(), world.clock.read()).expect("a member may post");
            }
            settle(world, &mut [&mut *doctor]).await;
        }
        patient.switch_on();
        let start = Instant::now();
        world.connect(patient);
        let log = settle(world, &mut [&mut *patient]).await;
        whole.push(milliseconds(start.elapsed()));
        own.push(log.iter().map(|taken| milliseconds(taken.time)).sum());
        settle(world, &mut [&mut *doctor, &mut *patient]).await;
    }
    assert_eq!(patient.texts(thread).len(), before + ABSENCES * ABSENCE, "every message is shown");
    print("catch up on 10000 messages", whole, "ms; target <= 3000");
    print("  of it on the device", own, "ms");
}

/// The longest step of this kind that a person's client took, in milliseconds.
fn longest(log: &[Taken], person: usize, is_it: impl Fn(Step) -> bool) -> Option<f64> {
    let steps = log.iter().filter(|taken| taken.person == person && is_it(taken.step));
    steps.map(|taken| milliseconds(taken.time)).max_by(f64::total_cmp)
}

fn text() -> String {
    "Bonjour. ".chars().cycle().take(TEXT_BYTES).collect()
}
