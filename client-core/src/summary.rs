//! Threads at a glance: what a list shows of each, in one statement for all of them. The rows of `summary` are written by
//! the store itself, as messages are added to it.

use std::collections::HashMap;

use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::UnixSeconds;
use rusqlite::{Params, Row};

use crate::error::{Error, Misuse};
use crate::excerpt::beginning;
use crate::outbox::{self, Intent};
use crate::sql::damaged;
use crate::store::Connection;
use crate::thread::row::{COLUMNS, ThreadRow};
use crate::view::{LastMessage, Standing, ThreadSummary};
use crate::waiting::absent_among;

/// All threads, the newest first.
pub(crate) fn all(sql: &Connection, own: Actor) -> Result<Vec<ThreadSummary>, Error> {
    let mut waiting: HashMap<ThreadId, Vec<Intent>> = HashMap::new();
    for (thread, intent) in outbox::intents(sql)? {
        waiting.entry(thread).or_default().push(intent);
    }
    let mut threads = select(sql, "ORDER BY opened_at DESC, thread", [])?;
    for summary in &mut threads {
        note_absent(sql, summary)?;
        add_waiting(summary, waiting.remove(&summary.thread).unwrap_or_default(), own);
    }
    Ok(threads)
}

/// One thread.
///
/// # Errors
/// [`Misuse::UnknownThread`].
pub(crate) fn one(sql: &Connection, thread: ThreadId, own: Actor) -> Result<ThreadSummary, Error> {
    let found = select(sql, "WHERE thread = ?1", [thread.as_bytes()])?;
    let mut summary = found.into_iter().next().ok_or(Misuse::UnknownThread)?;
    let waiting = outbox::of_thread(sql, thread)?.into_iter().map(|row| row.intent).collect();
    add_waiting(&mut summary, waiting, own);
    note_absent(sql, &mut summary)?;
    Ok(summary)
}

fn select(sql: &Connection, rest: &str, values: impl Params) -> Result<Vec<ThreadSummary>, Error> {
    let query = format!(
        "SELECT {COLUMNS}, author, role, is_own, sent_at, head, unread, unread_since, \
                EXISTS (SELECT 1 FROM draft WHERE draft.thread = thread.thread), \
                EXISTS (SELECT 1 FROM receipt JOIN member USING (thread, account) \
                        WHERE receipt.thread = thread.thread AND member.role <> summary.role \
                          AND receipt.since < summary.seq AND summary.seq <= receipt.displayed) \
         FROM thread LEFT JOIN summary USING (thread) {rest}"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let rows = statement.query_map(values, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<ThreadSummary, Error> {
    let thread = ThreadRow::read(row)?;
    let last = match row.get::<_, Option<[u8; 16]>>(20)? {
        None => None,
        Some(author) => Some(LastMessage {
            author: AccountId::new(author),
            role: Role::from_word(&row.get::<_, String>(21)?).ok_or_else(damaged)?,
            is_own: row.get(22)?,
            sent_at: UnixSeconds(row.get(23)?),
            is_displayed: row.get(28)?,
            excerpt: beginning(&row.get::<_, String>(24)?),
        }),
    };
    Ok(ThreadSummary {
        thread: thread.thread,
        standing: thread.standing,
        mode: thread.mode,
        opener: thread.opener,
        patients: thread.patients,
        opened_at: thread.opened_at,
        unread: row.get::<_, Option<u64>>(25)?.unwrap_or_default(),
        unread_since: row.get::<_, Option<u64>>(26)?.map(UnixSeconds),
        last,
        is_confirmed: thread.adder.is_none(),
        waits_for: Vec::new(),
        waiting: 0,
        has_draft: row.get(27)?,
    })
}

fn note_absent(sql: &Connection, summary: &mut ThreadSummary) -> Result<(), Error> {
    if summary.standing == Standing::Opening {
        summary.waits_for = absent_among(sql, &summary.patients)?;
    }
    Ok(())
}

fn add_waiting(summary: &mut ThreadSummary, waiting: Vec<Intent>, own: Actor) {
    for intent in waiting {
        let Intent::Content { text, written_at, .. } = intent else { continue };
        summary.waiting = summary.waiting.saturating_add(1);
        summary.last = Some(LastMessage {
            author: own.account,
            role: own.role,
            is_own: true,
            sent_at: written_at,
            is_displayed: false,
            excerpt: beginning(&text),
        });
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::id::{IdempotencyId, MessageId, Seq};

    use super::*;
    use crate::cast::{OWN, PATIENT, display, new_store, say, thread};
    use crate::entry;
    use crate::view::EntryKind;

    #[test]
    fn a_thread_at_a_glance_has_its_last_message_and_what_was_not_displayed() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let (quiet, lively) = (thread(unit.sql(), 1), thread(unit.sql(), 2));
        say(unit.sql(), lively, 2, OWN, "Bonjour");
        say(unit.sql(), lively, 3, PATIENT, "Docteur,\nj’ai mal");
        entry::add(unit.sql(), lively, Seq(4), &EntryKind::Departed { account: PATIENT.account }).unwrap();
        say(unit.sql(), lively, 5, PATIENT, "toujours");
        let [first, second] = &all(unit.sql(), OWN).unwrap()[..] else { panic!("two threads") };
        assert_eq!((first.thread, second.thread), (lively, quiet), "the newest first");
        assert_eq!((first.unread, first.unread_since), (2, Some(UnixSeconds(3))));
        let last = LastMessage {
            author: PATIENT.account,
            role: Role::Patient,
            is_own: false,
            sent_at: UnixSeconds(5),
            is_displayed: false,
            excerpt: "toujours".to_owned(),
        };
        assert_eq!(first.last.as_ref(), Some(&last));
        assert_eq!((second.unread, second.unread_since, second.last.as_ref()), (0, None, None));
        for (seq, unread) in [(3, (1, Some(UnixSeconds(5)))), (4, (1, Some(UnixSeconds(5)))), (5, (0, None))]
        {
            display(unit.sql(), lively, seq);
            let after = one(unit.sql(), lively, OWN).unwrap();
            assert_eq!((after.unread, after.unread_since), unread, "displayed until {seq}");
        }
        say(unit.sql(), lively, 6, OWN, "Venez");
        say(unit.sql(), lively, 7, PATIENT, "Merci");
        let after = one(unit.sql(), lively, OWN).unwrap();
        assert_eq!((after.unread, after.unread_since), (1, Some(UnixSeconds(7))));
        assert_eq!(one(unit.sql(), ThreadId::new([9; 16]), OWN).unwrap_err().id(), "unknown-thread");
    }

    #[test]
    fn what_is_unread_is_counted_alike_whichever_way_the_displayed_place_moves() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        let authors = [PATIENT, OWN, PATIENT, PATIENT, OWN, PATIENT];
        for (seq, author) in (2..).zip(authors) {
            say(unit.sql(), thread, seq, author, "message");
        }
        for place in [2, 3, 1, 6, 4, 7, 9, 0, 9, 5] {
            display(unit.sql(), thread, place);
            let after: Vec<u64> = (2..)
                .zip(authors)
                .filter(|(seq, of)| *seq > place && *of == PATIENT)
                .map(|(seq, _)| seq)
                .collect();
            let shown = one(unit.sql(), thread, OWN).unwrap();
            let since = after.first().map(|seq| UnixSeconds(*seq));
            assert_eq!((shown.unread, shown.unread_since), (after.len() as u64, since), "{place}");
        }
    }

    #[test]
    fn a_message_that_waits_is_the_last_and_is_counted() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        say(unit.sql(), thread, 2, PATIENT, "Bonjour");
        for (number, text) in [(3, "Un"), (4, "Deux")] {
            let message = MessageId::new([number; 16]);
            let intent = Intent::Content { message, text: text.to_owned(), written_at: UnixSeconds(1) };
            outbox::push(unit.sql(), thread, IdempotencyId::new([number; 16]), &intent).unwrap();
        }
        outbox::push(unit.sql(), thread, IdempotencyId::new([5; 16]), &Intent::Update).unwrap();
        for summary in [one(unit.sql(), thread, OWN).unwrap(), all(unit.sql(), OWN).unwrap().remove(0)] {
            let last = summary.last.unwrap();
            assert_eq!((summary.waiting, last.excerpt.as_str()), (2, "Deux"));
            assert_eq!((last.author, last.is_own, last.sent_at), (OWN.account, true, UnixSeconds(1)));
            assert_eq!(format!("{last:?}"), "LastMessage(..)", "no content in a log");
        }
    }

    #[test]
    fn an_excerpt_is_the_beginning_of_the_message_on_one_line() {
        let (_folder, mut store) = new_store();
        let unit = store.begin().unwrap();
        let thread = thread(unit.sql(), 1);
        for (seq, text) in (1..).zip(["mot ".repeat(8000), "\n\t ".repeat(5000) + "fin", "é".repeat(16_000)])
        {
            say(unit.sql(), thread, seq, PATIENT, &text);
            let excerpt = one(unit.sql(), thread, OWN).unwrap().last.unwrap().excerpt;
            assert!(excerpt.chars().count() <= 160 && !excerpt.contains('\n'));
            let start: String = text.trim_start().chars().take(3).collect();
            assert!(excerpt.starts_with(&start), "{seq}");
        }
    }
}
