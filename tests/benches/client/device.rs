//! What the pages read of a device with much on it.

use colloque_client_core::store::Store;
use colloque_client_core::{Client, KeySource, Passphrase};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_tests::{Person, Rng, World};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::crowd::{self, LONG, MESSAGES, RARE, THREADS};
use crate::{ROUNDS, milliseconds, print};

/// Entries of a page, and hits of a search.
const PAGE: usize = 50;

pub(crate) async fn figures(world: &mut World, doctor: &mut Person, thread: ThreadId) {
    println!(
        "\n{THREADS} threads, {MESSAGES} messages on the device; pages of {PAGE}, searches for {PAGE} hits."
    );
    doctor.switch_off();
    let start = Instant::now();
    crowd::fill(&mut doctor.store(), world.rng(), thread);
    println!("  made in {:.0} s, as the store reads them", start.elapsed().as_secs_f64());
    opened(doctor);
    listed(doctor);
    searched(doctor.client());
    paged(doctor.client(), thread);
}

fn opened(doctor: &mut Person) {
    let mut open = Vec::new();
    for _ in 0..ROUNDS {
        doctor.switch_off();
        let start = Instant::now();
        doctor.switch_on();
        open.push(milliseconds(start.elapsed()));
    }
    let folder = TempDir::new().expect("a temporary folder");
    let source = KeySource::Passphrase(Passphrase::new("correct horse battery staple".to_owned()));
    drop(Store::create(folder.path(), &source, &mut Rng::from_number(1)).expect("a store"));
    let passphrase = rounds(|| drop(Store::open(folder.path(), &source).expect("a store")));
    let whole = open.iter().zip(&passphrase).map(|(open, passphrase)| open + passphrase).collect();
    print("open with a passphrase", whole, "ms; target <= 300");
    print("  of it without the passphrase", open, "ms");
}

fn listed(doctor: &mut Person) {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        doctor.switch_off();
        doctor.switch_on();
        for figures in [&mut first, &mut again] {
            let start = Instant::now();
            let threads = doctor.client().threads().expect("a store");
            figures.push(milliseconds(start.elapsed()));
            assert_eq!(threads.len(), THREADS, "all are listed");
        }
    }
    print("list the threads, first", first, "ms; target <= 60");
    print("list the threads, again", again, "ms; target <= 60");
}

fn searched(client: &Client) {
    for (name, query, least) in [
        ("a rare word", RARE, MESSAGES / 10_000),
        ("a common word", "de", PAGE),
        ("common words", "bonjour de la", PAGE),
        ("an accented word", "fievre", PAGE),
        ("a beginning", "ordonn", PAGE),
        ("one letter", "p", PAGE),
        ("a rare and a common word", "hemochromatose de", 1),
        ("nothing", "introuvable", 0),
    ] {
        let figures =
            rounds(|| assert!(client.search(query, PAGE).expect("a store").len() >= least, "{query}"));
        print(&format!("search: {name}"), figures, "ms; target <= 100");
    }
}

fn paged(client: &Client, long: ThreadId) {
    let middle = client.entries(long).expect("a thread");
    let middle = middle[middle.len() / 2].seq;
    let short = client.threads().expect("a store").last().expect("a thread").thread;
    let page = |thread, before: Option<Seq>| {
        rounds(|| drop(client.entries_before(thread, before, PAGE).expect("a thread")))
    };
    print("a page of a short thread", page(short, None), "ms");
    print(&format!("the last page of {LONG}"), page(long, None), "ms");
    print(&format!("a page amid {LONG}"), page(long, middle), "ms");
    print("  all of it", rounds(|| drop(client.entries(long).expect("a thread"))), "ms");
}

fn rounds(mut act: impl FnMut()) -> Vec<f64> {
    let mut once = || {
        let start = Instant::now();
        act();
        milliseconds(start.elapsed())
    };
    (0..ROUNDS).map(|_| once()).collect()
}
