//! A device with much on it: two thousand threads, two hundred thousand messages, put into the store of a real profile as
//! rows, since encrypting and reading them one by one would take an hour.

use colloque_client_core::store::Store;
use colloque_schemas::id::ThreadId;
use colloque_tests::Rng;
use rand_core::RngCore;

pub(crate) const THREADS: usize = 2_000;
pub(crate) const MESSAGES: usize = 200_000;
/// Messages of one thread that is much longer than the others.
pub(crate) const LONG: usize = 20_000;
const COMMON: [&str; 12] =
    ["de", "la", "le", "vous", "et", "à", "pas", "bonjour", "ordonnance", "fièvre", "rendez-vous", "merci"];
const SYLLABLES: [&str; 24] = [
    "pa", "ti", "ent", "do", "se", "ma", "la", "di", "or", "don", "nan", "ce", "fi", "è", "vre", "pro", "to",
    "co", "ho", "pi", "tal", "ra", "gé", "né",
];
/// In one message of ten thousand.
pub(crate) const RARE: &str = "hémochromatose";

/// Makes threads like this one, and fills all.
pub(crate) fn fill(store: &mut Store, rng: &mut Rng, thread: ThreadId) {
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
        sql.prepare_cached("UPDATE copy SET thread = ?1, opened_at = opened_at + ?2 % 7")
            .and_then(|mut statement| statement.execute((id, number)))
            .expect("a copy");
        sql.execute_batch("INSERT INTO thread SELECT * FROM copy").expect("a thread");
        threads.push(ThreadId::new(id));
    }
    let vocabulary: Vec<String> = (0..20_000).map(|_| word(rng)).collect();
    let mut add = sql
        .prepare_cached(
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
