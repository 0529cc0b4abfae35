//! What the pages read of a device with much on it: two thousand threads, two hundred thousand messages, put into the store
//! of a real profile as rows, since encrypting and reading them one by one would take an hour.

use colloque_client_core::store::Store;
use colloque_client_core::{Client, KeySource, Passphrase};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_tests::{Person, Rng, World};
use rand_core::RngCore;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{ROUNDS, milliseconds, print};

const THREADS: usize = 2_000;
const MESSAGES: usize = 200_000;
/// Messages of one thread that is much longer than the others.
const LONG: usize = 20_000;
/// Entries of a page, and hits of a search.
const PAGE: usize = 50;
const COMMON: [&str; 12] =
    ["de", "la", "le", "vous", "et", "à", "pas", "bonjour", "ordonnance", "fièvre", "rendez-vous", "merci"];
const SYLLABLES: [&str; 24] = [
    "pa", "ti", "ent", "do", "se", "ma", "la", "di", "or", "don", "nan", "ce", "fi", "è", "vre", "pro", "to",
    "co", "ho", "pi", "tal", "ra", "gé", "né",
];
/// In one message of ten thousand.
const RARE: &str = "hémochromatose";

pub(crate) async fn figures(world: &mut World, doctor: &mut Person, thread: ThreadId) {
    println!(
        "\n{THREADS} threads, {MESSAGES} messages on the device; pages of {PAGE}, searches for {PAGE} hits."
    );
    doctor.switch_off();
    let start = Instant::now();
    fill(&mut doctor.store(), world.rng(), thread);
    println!("  made in {:.0} s, as the store reads them", start.elapsed().as_secs_f64());
    opened(doctor);
    listed(doctor);
    searched(doctor.client());
    paged(doctor.client(), thread);
}

/// Makes threads like this one, and fills all.
fn fill(store: &mut Store, rng: &mut Rng, thread: ThreadId) {
    let unit = store.begin().expect("a store");
    let sql = unit.sql();
    sql.execute_batch(
        "CREATE TEMP TABLE copy AS SELECT * FROM thread LIMIT 1; DELETE FROM thread WHERE opened_at = 0",
    )
    .expect("a thread");
    let mut threads = vec![thread];
    let known: usize = sql.query_row("SELECT count(*) FROM thread", (), |row| row.get(0)).expect("a count");
    for number in known..THREADS {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        sql.execute("UPDATE copy SET thread = ?1, opened_at = opened_at + ?2 % 7", (id, number))
            .expect("a copy");
        sql.execute("INSERT INTO thread SELECT * FROM copy", ()).expect("a thread");
        threads.push(ThreadId::new(id));
    }
    let vocabulary: Vec<String> = (0..20_000).map(|_| word(rng)).collect();
    let mut add = sql
        .prepare(
            "INSERT INTO entry (thread, seq, part, kind, author, role, is_own, message, sent_at, text) \
             SELECT ?1, ?2, 0, 0, opener, 'professional', ?2 % 2, ?3, ?4, ?5 FROM thread WHERE thread = ?1",
        )
        .expect("the table is there");
    for number in 0..MESSAGES {
        let other = rng.next_u32() as usize % threads.len();
        let of = if number % (MESSAGES / LONG) == 0 { 0 } else { other };
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let text = text(rng, &vocabulary, number);
        add.execute((threads[of].as_bytes(), 1_000 + number, id, 1_700_000_000 + number, text))
            .expect("a row");
    }
    drop(add);
    unit.commit().expect("room");
    store.checkpoint().expect("room");
}

fn word(rng: &mut Rng) -> String {
    (0..=rng.next_u32() % 5).map(|_| SYLLABLES[rng.next_u32() as usize % SYLLABLES.len()]).collect()
}

/// Between 8 and 40 words: common ones, and of the others the first more often than the last.
fn text(rng: &mut Rng, vocabulary: &[String], number: usize) -> String {
    let mut words: Vec<&str> = Vec::new();
    for _ in 0..8 + rng.next_u32() % 33 {
        let place = rng.next_u32() as usize;
        words.push(match place % 3 {
            0 => COMMON[(rng.next_u32() as usize % COMMON.len()).min(rng.next_u32() as usize % COMMON.len())],
            _ => &vocabulary[(1 << (rng.next_u32() % 15)).min(vocabulary.len() - 1) - 1 + place % 64],
        });
    }
    if number % 10_000 == 77 {
        words.push(RARE);
    }
    words.join(" ")
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
