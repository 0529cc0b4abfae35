//! What the store promises, on real files.

use std::path::PathBuf;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tempfile::TempDir;

use super::*;

const PAGE_BYTES: usize = 4096;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn raw() -> KeySource {
    KeySource::Raw(StoreKey::from_bytes(&[0x5a; 32]))
}

fn passphrase(text: &str) -> KeySource {
    KeySource::Passphrase(Passphrase::new(text.to_owned()))
}

fn new_store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::create(folder.path(), &raw(), &mut rng()).unwrap();
    (folder, store)
}

fn put(sql: &Connection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    sql.prepare_cached("INSERT INTO meta VALUES (?1, ?2)")?.execute((name, value))?;
    Ok(())
}

fn names(store: &Store) -> Vec<String> {
    let read = |view: ReadView<'_>| {
        let mut statement = view.prepare("SELECT name FROM meta ORDER BY name")?;
        Ok::<_, StoreError>(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    store.read(read).unwrap()
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    for source in [raw(), passphrase("une phrase")] {
        let folder = TempDir::new().unwrap();
        let mut store = Store::create(folder.path(), &source, &mut rng()).unwrap();
        let unit = store.begin().unwrap();
        put(unit.sql(), "kept", b"1").unwrap();
        unit.commit().unwrap();
        drop(store);
        let store = Store::open(folder.path(), &source).unwrap();
        assert_eq!(names(&store), ["kept"]);
        store.check().unwrap();
    }
}

#[test]
fn absent_present_and_wrongly_unlocked_stores_each_say_what_they_are() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(Store::open(folder.path(), &raw()), Err(StoreError::Missing)));
    assert!(matches!(Store::open(&folder.path().join("none"), &raw()), Err(StoreError::Missing)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");

    drop(Store::create(folder.path(), &passphrase("right"), &mut rng()).unwrap());
    let again = Store::create(folder.path(), &passphrase("right"), &mut rng());
    assert!(matches!(again, Err(StoreError::AlreadyExists)));
    assert!(matches!(Store::open(folder.path(), &passphrase("wrong")), Err(StoreError::WrongPassphrase)));
    assert!(matches!(Store::open(folder.path(), &raw()), Err(StoreError::WrongKey)));
    Store::open(folder.path(), &passphrase("right")).unwrap();

    fs::remove_file(folder.path().join("store.key")).unwrap();
    let error = Store::open(folder.path(), &passphrase("right")).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(Damage::KeyFileMissing)));
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let (folder, store) = new_store();
    assert!(matches!(Store::open(folder.path(), &raw()), Err(StoreError::InUse)));
    assert!(matches!(Store::create(folder.path(), &raw(), &mut rng()), Err(StoreError::InUse)));
    drop(store);
    Store::open(folder.path(), &raw()).unwrap();
}

#[test]
fn sqlite_itself_refuses_a_second_connection_when_the_lock_file_was_removed() {
    let (folder, _store) = new_store();
    fs::remove_file(folder.path().join("store.lock")).unwrap();
    assert!(matches!(Store::open(folder.path(), &raw()), Err(StoreError::InUse)));
}

#[test]
fn a_creation_that_was_cut_short_is_no_store_and_can_be_done_again() {
    let (folder, store) = new_store();
    drop(store);
    // As a crash between the two renames leaves it, with a half-written database.
    fs::rename(folder.path().join("store.db"), folder.path().join("store.db.new")).unwrap();
    fs::write(folder.path().join("store.db.new.wal"), b"left over").unwrap();
    fs::write(folder.path().join("store.key"), b"of the one that never was").unwrap();
    assert!(matches!(Store::open(folder.path(), &passphrase("p")), Err(StoreError::Missing)));
    drop(Store::create(folder.path(), &passphrase("p"), &mut rng()).unwrap());
    Store::open(folder.path(), &passphrase("p")).unwrap();
    let left: Vec<_> =
        files(folder.path()).into_iter().filter(|(path, _)| path.to_string_lossy().contains("new")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[cfg(unix)]
fn folder_and_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("deep/profile");
    let mut store = Store::create(&folder, &passphrase("p"), &mut rng()).unwrap();
    let unit = store.begin().unwrap();
    put(unit.sql(), "in the log", b"1").unwrap();
    unit.commit().unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let all = files(&folder);
    assert_eq!(all.len(), 4, "database, its log, key, lock: {all:?}");
    for (path, _) in all {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
}

#[test]
fn no_file_shows_a_row_the_passphrase_or_the_key() {
    let folder = TempDir::new().unwrap();
    let mut store = Store::create(folder.path(), &passphrase("planted passphrase"), &mut rng()).unwrap();
    let unit = store.begin().unwrap();
    put(unit.sql(), "planted name", b"planted value").unwrap();
    unit.commit().unwrap();
    // The first thing that creation drew.
    let key = StoreKey::generate(&mut rng());
    let sealed = key_file::open(
        &read_key_file(&Folder::new(folder.path().into())).unwrap(),
        &Passphrase::new("planted passphrase".to_owned()),
    );
    assert_eq!(sealed.unwrap().as_bytes(), key.as_bytes(), "the needle is the real key");
    let pragma = key.pragma();
    let digits = pragma.as_bytes()[14..78].to_vec();
    let needles = [
        b"planted".to_vec(),
        key.as_bytes().to_vec(),
        digits.clone(),
        digits.to_ascii_uppercase(),
        b"CREATE TABLE".to_vec(),
    ];
    let mut total = 0;
    for moment in ["open", "checkpointed", "closed"] {
        for (path, content) in files(folder.path()) {
            total += content.len();
            for needle in &needles {
                assert!(!contains(&content, needle), "{moment}: {path:?}");
            }
        }
        if moment == "open" {
            store.checkpoint().unwrap();
        }
    }
    assert!(total > 3 * PAGE_BYTES, "something was looked at");
}

#[test]
fn a_flipped_bit_is_damage_wherever_it_is_and_never_other_content() {
    let (folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    for number in 0..200 {
        put(unit.sql(), &format!("row {number:03}"), &[7; 100]).unwrap();
    }
    unit.commit().unwrap();
    let expected = names(&store);
    drop(store);
    let path = folder.path().join("store.db");
    let good = fs::read(&path).unwrap();
    assert!(good.len() > 8 * PAGE_BYTES);
    for at in (0..good.len()).step_by(211) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&path, &bad).unwrap();
        match Store::open(folder.path(), &raw()) {
            Err(error) => assert!(
                matches!(error, StoreError::WrongKey | StoreError::Corrupt(Damage::Database)),
                "{at}: {error:?}"
            ),
            Ok(store) => {
                let error = store.check().unwrap_err();
                assert!(matches!(error, StoreError::Corrupt(Damage::Database)), "{at}: {error:?}");
            }
        }
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(names(&Store::open(folder.path(), &raw()).unwrap()), expected);
}

#[test]
fn damage_with_the_right_passphrase_is_called_damage() {
    let folder = TempDir::new().unwrap();
    drop(Store::create(folder.path(), &passphrase("p"), &mut rng()).unwrap());
    for (name, damage) in [("store.db", Damage::Database), ("store.key", Damage::KeyFile)] {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        for bad in [vec![0; good.len()], good[..good.len() / 2].to_vec(), vec![0xff; 10]] {
            fs::write(&path, bad).unwrap();
            let error = Store::open(folder.path(), &passphrase("p")).map(|store| store.check()).err();
            let Some(StoreError::Corrupt(found)) = error else { panic!("{name}: {error:?}") };
            assert_eq!(found, damage);
        }
        fs::write(&path, good).unwrap();
    }
}

/// SQLCipher shows a page that fails its HMAC as zeros; in the middle of a long value only its own later
/// reads would notice.
#[test]
fn a_damaged_page_in_a_long_value_is_never_taken_for_zeros() {
    let (folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    put(unit.sql(), "long", &[7; 10 * PAGE_BYTES]).unwrap();
    unit.commit().unwrap();
    drop(store);
    let path = folder.path().join("store.db");
    let good = fs::read(&path).unwrap();
    let long = |sql: &Connection| sql.query_row("SELECT value FROM meta", [], |row| row.get::<_, Vec<u8>>(0));
    let mut seen_as_zeros = 0;
    for page in 1..good.len() / PAGE_BYTES {
        let mut bad = good.clone();
        bad[page * PAGE_BYTES + 100] ^= 1;
        fs::write(&path, bad).unwrap();
        // Some pages are read at opening.
        let Ok(store) = Store::open(folder.path(), &raw()) else { continue };
        let read = store.read(|view| {
            Ok::<_, StoreError>(
                view.prepare("SELECT value FROM meta")?.query_row([], |row| row.get::<_, Vec<u8>>(0))?,
            )
        });
        match read {
            Ok(value) => assert_eq!(value, [7; 10 * PAGE_BYTES], "page {page} was not part of it"),
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt(Damage::Database)), "page {page}: {error:?}")
            }
        }
        drop(store);
        let mut store = Store::open(folder.path(), &raw()).unwrap();
        let unit = store.begin().unwrap();
        let Ok(value) = long(unit.sql()) else { continue };
        if value != [7; 10 * PAGE_BYTES] {
            seen_as_zeros += 1;
            let error = unit.commit().unwrap_err();
            assert!(matches!(error, StoreError::Corrupt(Damage::Database)), "page {page}: {error:?}");
            assert!(matches!(store.begin().map(drop), Err(StoreError::Stopped)), "page {page}");
        }
    }
    assert!(seen_as_zeros > 0, "the defence was needed");
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let (folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    unit.sql().execute_batch("PRAGMA user_version = 1000").unwrap();
    unit.commit().unwrap();
    drop(store);
    assert!(matches!(Store::open(folder.path(), &raw()), Err(StoreError::NewerVersion { found: 1000, .. })));
}

#[test]
fn a_unit_of_work_that_is_dropped_leaves_nothing() {
    let (_folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    put(unit.sql(), "undone", b"1").unwrap();
    drop(unit);
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn undoing_a_savepoint_keeps_what_is_around_it() {
    let (_folder, mut store) = new_store();
    let mut unit = store.begin().unwrap();
    put(unit.sql(), "before", b"1").unwrap();
    let dropped = unit.savepoint().unwrap();
    put(dropped.sql(), "dropped", b"1").unwrap();
    drop(dropped);
    let discarded = unit.savepoint().unwrap();
    put(discarded.sql(), "discarded", b"1").unwrap();
    discarded.discard().unwrap();
    let mut kept = unit.savepoint().unwrap();
    put(kept.sql(), "kept", b"1").unwrap();
    let inner = kept.savepoint().unwrap();
    put(inner.sql(), "inner", b"1").unwrap();
    inner.discard().unwrap();
    kept.keep().unwrap();
    put(unit.sql(), "last", b"1").unwrap();
    unit.commit().unwrap();
    assert_eq!(names(&store), ["before", "kept", "last"]);
}

#[test]
fn a_unit_that_sqlite_rolled_back_cannot_be_committed_and_the_next_one_works() {
    let (_folder, mut store) = new_store();
    let mut unit = store.begin().unwrap();
    put(unit.sql(), "lost", b"1").unwrap();
    unit.sql().execute_batch("ROLLBACK").unwrap();
    assert!(matches!(unit.savepoint().map(drop), Err(StoreError::UnitLost)));
    assert!(matches!(unit.commit(), Err(StoreError::UnitLost)));
    let unit = store.begin().unwrap();
    put(unit.sql(), "next", b"1").unwrap();
    unit.commit().unwrap();
    assert_eq!(names(&store), ["next"]);
}

#[test]
fn a_full_disk_says_so_and_loses_nothing_that_was_there() {
    let (_folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    put(unit.sql(), "before", b"1").unwrap();
    unit.commit().unwrap();
    let unit = store.begin().unwrap();
    unit.sql().execute_batch("PRAGMA max_page_count = 1").unwrap();
    let error = put(unit.sql(), "large", &[7; 100 * PAGE_BYTES]).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    drop(unit);
    assert_eq!(names(&store), ["before"]);
    store.check().unwrap();
}

#[test]
fn a_read_view_cannot_write() {
    let (_folder, store) = new_store();
    let write = store.read(|view| view.prepare("INSERT INTO meta VALUES ('x', x'00')").map(drop));
    assert!(matches!(write, Err(StoreError::NotReadOnly)));
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn a_read_within_a_read_works_and_a_failed_one_leaves_nothing_open() {
    let (_folder, mut store) = new_store();
    assert_eq!(store.read(|_| Ok::<_, StoreError>(names(&store).len())).unwrap(), 0);
    assert!(matches!(store.read(|_| Err::<(), _>(StoreError::Encode)), Err(StoreError::Encode)));
    assert!(store.connection.is_autocommit());
    let unit = store.begin().unwrap();
    put(unit.sql(), "after", b"1").unwrap();
    unit.commit().unwrap();
    assert_eq!(names(&store), ["after"]);
}

#[test]
fn a_faulty_statement_is_a_bug_and_not_damage() {
    let (_folder, store) = new_store();
    let error = store.read(|view| view.prepare("SELECT nothing FROM nowhere").map(drop)).unwrap_err();
    assert!(matches!(error, StoreError::Sqlite(_)), "{error:?}");
}

#[test]
fn the_settings_that_promises_rest_on_are_in_force() {
    let (_folder, store) = new_store();
    let expected = [
        ("synchronous", "2"),
        ("journal_mode", "wal"),
        ("locking_mode", "exclusive"),
        ("secure_delete", "1"),
        ("foreign_keys", "1"),
        ("temp_store", "2"),
        ("trusted_schema", "0"),
        ("journal_size_limit", "0"),
    ];
    for (name, value) in expected {
        let found = store
            .connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap();
        let found = match found {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(found, value, "{name}");
    }
}
