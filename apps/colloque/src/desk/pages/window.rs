//! Which entries of a long thread a page shows: the newest, or those around a place.

use std::ops::Range;

use colloque_client_core::Entry;
use colloque_schemas::id::Seq;

/// Entries on one page, unless more are unread.
const ENTRIES: usize = 30;
/// Entries on one page, whatever is unread.
const ENTRIES_MAX: usize = 500;

/// A part of a thread.
pub(super) struct Window {
    range: Range<usize>,
    /// Where the page before begins.
    pub(super) earlier: Option<u64>,
    /// Where the page after begins; none where it is the newest.
    pub(super) later: Option<u64>,
}

impl Window {
    /// The entries around `at`, or the newest: as many of them as show all that is unread.
    pub(super) fn of(entries: &[Entry], at: Option<Seq>, unread: u64) -> Self {
        let (all, half) = (entries.len(), ENTRIES / 2);
        let range = match at {
            None => {
                // A notice may stand between two messages that are unread.
                let unread = usize::try_from(unread).unwrap_or(ENTRIES_MAX).saturating_mul(2);
                all.saturating_sub(unread.clamp(ENTRIES, ENTRIES_MAX))..all
            }
            Some(at) => {
                let place = entries.iter().take_while(|entry| entry.seq.is_some_and(|seq| seq < at)).count();
                let end = place.saturating_add(half).min(all);
                end.saturating_sub(ENTRIES)..end
            }
        };
        let place = |row: usize| entries.get(row).and_then(|entry| entry.seq).map(|seq| seq.0);
        let earlier = place(range.start).filter(|_| range.start > 0);
        let later = place(range.end);
        Self { range, earlier, later }
    }

    /// What of the thread is shown.
    pub(super) fn shown<'a>(&self, entries: &'a [Entry]) -> &'a [Entry] {
        entries.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether the newest entry is shown.
    pub(super) const fn has_newest(&self) -> bool {
        self.later.is_none()
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::role::Role;

    use super::*;
    use crate::cast::message;

    fn thread(length: u64) -> Vec<Entry> {
        (1..=length).map(|seq| message(Some(seq), Role::Patient, Role::Professional, "text")).collect()
    }

    fn places(window: &Window, entries: &[Entry]) -> Vec<u64> {
        window.shown(entries).iter().filter_map(|entry| entry.seq).map(|seq| seq.0).collect()
    }

    #[test]
    fn the_newest_are_shown_and_all_that_is_unread_with_them() {
        let entries = thread(300);
        let newest = Window::of(&entries, None, 0);
        assert_eq!(places(&newest, &entries), (271..=300).collect::<Vec<_>>());
        assert!(newest.has_newest() && newest.earlier == Some(271));
        let unread = Window::of(&entries, None, 80);
        assert!(places(&unread, &entries).contains(&221));
        let few = thread(3);
        let whole = Window::of(&few, None, u64::MAX);
        assert_eq!((places(&whole, &few), whole.earlier), (vec![1, 2, 3], None));
    }

    #[test]
    fn every_entry_is_reached_from_every_page() {
        let entries = thread(300);
        let (mut seen, mut at) = (places(&Window::of(&entries, None, 0), &entries), Some(271));
        while let Some(place) = at {
            let window = Window::of(&entries, Some(Seq(place)), 0);
            seen.extend(places(&window, &entries));
            at = window.earlier;
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (1..=300).collect::<Vec<_>>());
        let found = Window::of(&entries, Some(Seq(7)), 0);
        assert!(places(&found, &entries).contains(&7) && !found.has_newest());
        assert_eq!(places(&Window::of(&entries, Some(Seq(u64::MAX)), 0), &entries).last(), Some(&300));
    }
}
