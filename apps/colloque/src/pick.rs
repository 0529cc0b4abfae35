//! Which thread is meant: the row that `threads` shows, or the start of the id.

use colloque_client_core::{Client, ThreadSummary};
use colloque_schemas::id::ThreadId;

use crate::failure::Failure;
use crate::people::PREFIX_MIN_DIGITS;

/// Every thread in the order of its row: as opened, so that what happens in threads never moves them.
pub(crate) fn rows(client: &Client) -> Result<Vec<ThreadSummary>, Failure> {
    Ok(in_order(client.threads()?))
}

fn in_order(mut threads: Vec<ThreadSummary>) -> Vec<ThreadSummary> {
    threads.sort_by_key(|summary| (summary.opened_at, summary.thread));
    threads
}

/// The thread that this text names on this device, if it names one: rows mean what `threads` showed, hence they are looked
/// up before anything new arrives.
///
/// # Errors
///
/// `AmbiguousThread`, `Client`.
pub(crate) fn known(text: &str, client: &Client) -> Result<Option<ThreadId>, Failure> {
    match thread(text, &rows(client)?) {
        Ok(thread) => Ok(Some(thread)),
        Err(Failure::UnknownThread(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The thread that this text names among these rows.
///
/// # Errors
///
/// `UnknownThread`, `AmbiguousThread`.
pub(crate) fn thread(text: &str, rows: &[ThreadSummary]) -> Result<ThreadId, Failure> {
    // Shorter than any start of an id: a row.
    if text.len() < PREFIX_MIN_DIGITS {
        let row = text.parse::<usize>().ok().and_then(|row| row.checked_sub(1));
        let found = row.and_then(|row| rows.get(row)).map(|summary| summary.thread);
        return found.ok_or_else(|| Failure::UnknownThread(text.to_owned()));
    }
    let wanted = text.to_lowercase();
    let mut found =
        rows.iter().map(|summary| summary.thread).filter(|id| id.to_string().starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(thread), None) => Ok(thread),
        (Some(_), Some(_)) => Err(Failure::AmbiguousThread(text.to_owned())),
        (None, _) => Err(Failure::UnknownThread(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::answer_mode::AnswerMode;
    use colloque_schemas::time::UnixSeconds;

    use super::*;
    use crate::cast;

    fn row(first: u8, last: u8, opened_at: u64) -> ThreadSummary {
        let mut id = [first; 16];
        id[15] = last;
        let opened_at = UnixSeconds(opened_at);
        ThreadSummary { thread: ThreadId::new(id), opened_at, ..cast::summary(AnswerMode::Open) }
    }

    #[test]
    fn a_thread_is_named_by_row_or_by_the_start_of_its_id() {
        let rows = in_order(vec![row(0xcd, 1, 30), row(0xab, 1, 20), row(0xab, 2, 10)]);
        assert_eq!(thread("1", &rows).ok(), Some(rows[0].thread));
        assert_eq!(rows[0].opened_at, UnixSeconds(10), "rows are in the order of opening");
        assert_eq!(thread("cdcd", &rows).ok(), Some(rows[2].thread));
        assert_eq!(thread("CDCDCD", &rows).ok(), Some(rows[2].thread));
        assert_eq!(thread(&rows[1].thread.to_string(), &rows).ok(), Some(rows[1].thread));
    }

    #[test]
    fn a_name_that_fits_no_thread_or_several_is_refused() {
        let rows = in_order(vec![row(0xab, 1, 20), row(0xab, 2, 10)]);
        assert!(matches!(thread("abab", &rows), Err(Failure::AmbiguousThread(_))));
        for text in ["0", "3", "ab", "", "-1", "beef", "abcg", &"ab".repeat(17)] {
            assert!(matches!(thread(text, &rows), Err(Failure::UnknownThread(_))), "{text}");
        }
    }
}
