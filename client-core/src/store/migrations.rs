//! Brings a store's schema up to this program's: forward only, each step in its own transaction.
//!
//! A migration that has landed is never edited; a change is a new file. The schema version is `PRAGMA
//! user_version`, the number of migrations applied.

use super::choke::Connection;
use super::error::StoreError;
use super::unit::UnitOfWork;

/// Every migration, oldest first: the schema version is the position, counted from 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
    include_str!("migrations/0015.sql"),
];

/// Applies what is missing.
///
/// # Errors
///
/// `NewerVersion` when the store was written by a newer program; whatever SQLite says when a step fails, and
/// then that step has left nothing behind.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    apply(connection, MIGRATIONS)
}

fn apply(connection: &Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let supported = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > supported {
        return Err(StoreError::NewerVersion { found, supported });
    }
    for (version, sql) in (1_u32..).zip(migrations).filter(|(version, _)| *version > found) {
        let unit = UnitOfWork::begin(connection)?;
        unit.sql().execute_batch(sql)?;
        unit.sql().execute_batch(&format!("PRAGMA user_version = {version}"))?;
        unit.commit_as_it_is()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;
    use crate::cast::{OWN, PATIENT, display, say, thread};

    fn version(connection: &Connection) -> u32 {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn each_migration_runs_once_and_in_order() {
        let connection = Connection::open_in_memory().unwrap();
        apply(&connection, &["CREATE TABLE a (x)"]).unwrap();
        apply(
            &connection,
            &["CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO b SELECT count(*) FROM a"],
        )
        .unwrap();
        assert_eq!(version(&connection), 2);
        let counted: u32 = connection.query_row("SELECT x FROM b", [], |row| row.get(0)).unwrap();
        assert_eq!(counted, 0);
    }

    #[test]
    fn a_failing_migration_leaves_the_version_before_it() {
        let connection = Connection::open_in_memory().unwrap();
        let broken = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
        assert!(apply(&connection, &broken).is_err());
        assert_eq!(version(&connection), 1);
        assert!(connection.prepare_cached("SELECT x FROM b").is_err());
    }

    #[test]
    fn a_schema_from_a_newer_program_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA user_version = 1000").unwrap();
        assert!(matches!(migrate(&connection), Err(StoreError::NewerVersion { found: 1000, .. })));
    }

    /// All rows of what is made of messages, as text.
    fn made_of_messages(connection: &Connection) -> Vec<String> {
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.term USING fts5vocab (main, message_word, instance)",
            )
            .unwrap();
        let queries = [
            "SELECT json_array(id, hex(thread), seq, part) FROM message",
            "SELECT json_array(term, doc, offset) FROM term",
            "SELECT json_array(hex(author), role, is_own, sent_at, head, displayed_until, unread, unread_since) FROM summary",
        ];
        let rows = |query: &&str| {
            let mut statement = connection.prepare_cached(query).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap()
        };
        queries.iter().flat_map(rows).collect()
    }

    #[test]
    fn messages_from_before_the_index_are_found_and_summed_up_like_those_after_it() {
        let (before, after) = (Connection::open_in_memory().unwrap(), Connection::open_in_memory().unwrap());
        // Threads are written as this program writes them: all but the index is there.
        let (index, others) = (MIGRATIONS[3], [&MIGRATIONS[..3], &MIGRATIONS[4..9]].concat());
        apply(&before, &others).unwrap();
        let column = "ALTER TABLE entry ADD COLUMN given_by BLOB;";
        before.execute_batch(column).unwrap();
        apply(&after, MIGRATIONS).unwrap();
        for sql in [&before, &after] {
            let (first, second) = (thread(sql, 1), thread(sql, 2));
            for seq in [2, 3, 6] {
                say(sql, first, seq, if seq == 3 { OWN } else { PATIENT }, "Bonjour docteur");
                say(sql, second, seq, OWN, "Œdème");
            }
            display(sql, first, 2);
            display(sql, second, 3);
        }
        before.execute_batch(index).unwrap();
        for later in &MIGRATIONS[9..] {
            before.execute_batch(&later.replacen(column, "", 1)).unwrap();
        }
        words::index(&after).unwrap();
        let rows = made_of_messages(&before);
        assert_eq!(rows, made_of_messages(&after));
        assert_eq!(rows.len(), 6 + 9 + 2, "{rows:?}");
    }
}
