//! The entries of a thread as a page shows them.

use colloque_client_core::{Entry, EntryKind, Receipt};
use colloque_schemas::id::Seq;
use colloque_schemas::role::Role;

use super::super::visit::Viewer;
use crate::moment;
use crate::plain;
use crate::render::Renderer;
use crate::words::key;

/// One entry.
pub(super) struct Line {
    /// What it is: `own`, `professional` or `patient` for a message by its author, else `notice`.
    pub(super) kind: &'static str,
    /// Who wrote it: certified, or named by the owner. Empty for a notice.
    pub(super) author: String,
    /// What the author's name rests on.
    pub(super) mark: String,
    /// What it says.
    pub(super) text: String,
    /// When, for people. Empty for a notice.
    pub(super) time: String,
    /// The same, whole.
    pub(super) time_full: String,
    /// Where it is: only for one's own.
    pub(super) state: Option<String>,
    /// To be linked to: its place, or that it waits.
    pub(super) anchor: String,
}

/// All entries.
pub(super) fn lines(
    entries: &[Entry],
    receipts: &[Receipt],
    renderer: &Renderer<'_>,
    viewer: &Viewer,
) -> Vec<Line> {
    entries.iter().enumerate().map(|(row, entry)| line(row, entry, receipts, renderer, viewer)).collect()
}

/// How far a message has come, as far as its readers' devices have said: never further.
fn state(place: Option<Seq>, receipts: &[Receipt], renderer: &Renderer<'_>, viewer: &Viewer) -> String {
    let words = &viewer.words;
    let Some(place) = place else { return words.say(key!("entry-waiting"), &[]) };
    let names = |has_come: fn(&Receipt, Seq) -> bool| {
        let readers = receipts.iter().filter(|receipt| has_come(receipt, place));
        readers.map(|receipt| renderer.people.name(receipt.account, words)).collect::<Vec<_>>().join(", ")
    };
    let (displayed, delivered) = (names(Receipt::has_displayed), names(Receipt::has_delivered));
    if !displayed.is_empty() {
        words.say(key!("state-displayed"), &[("names", displayed.into())])
    } else if !delivered.is_empty() {
        words.say(key!("state-on-device"), &[("names", delivered.into())])
    } else {
        words.say(key!("state-at-relay"), &[])
    }
}

fn line(row: usize, entry: &Entry, receipts: &[Receipt], renderer: &Renderer<'_>, viewer: &Viewer) -> Line {
    let anchor = entry.seq.map_or_else(|| format!("w{row}"), |seq| seq.to_string());
    let words = &viewer.words;
    match &entry.kind {
        EntryKind::Message(message) => Line {
            kind: match (message.is_own, message.role) {
                (true, _) => "own",
                (false, Role::Professional) => "professional",
                (false, Role::Patient) => "patient",
            },
            author: if message.is_own {
                words.say(key!("person-own"), &[])
            } else {
                renderer.people.name(message.author, words)
            },
            mark: if message.is_own { String::new() } else { renderer.people.mark(message.author, words) },
            text: plain::text(&message.text),
            time: moment::near(message.sent_at, viewer.now, &viewer.zone, words),
            time_full: moment::shown(message.sent_at, &viewer.zone, words),
            state: message.is_own.then(|| state(entry.seq, receipts, renderer, viewer)),
            anchor,
        },
        notice => Line {
            kind: "notice",
            author: String::new(),
            mark: String::new(),
            text: renderer.notice(notice),
            time: String::new(),
            time_full: String::new(),
            state: None,
            anchor,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::cast::{NOW, PATIENT, people_of_professional};
    use crate::words::{Language, Words};

    #[test]
    fn what_was_said_before_a_reader_joined_is_never_shown_as_read_by_that_reader() {
        let words = Arc::new(Words::new(Language::English));
        let (people, zone) = (people_of_professional(), TimeZone::UTC);
        let viewer = Viewer { words: Arc::clone(&words), zone: zone.clone(), now: NOW };
        let renderer = Renderer { people: &people, zone: &zone, words: &words };
        let (since, delivered, displayed) = (Seq(5), Seq(9), Seq(7));
        let (delivered_at, displayed_at) = (Some(NOW), Some(NOW));
        let receipt = Receipt { account: PATIENT, since, delivered, displayed, delivered_at, displayed_at };
        let shown = |place| state(place, &[receipt], &renderer, &viewer);
        assert_eq!(shown(None), "waits to be sent");
        for place in [Seq(3), Seq(5), Seq(10)] {
            assert_eq!(shown(Some(place)), "at the relay", "{place}");
        }
        assert!(shown(Some(Seq(7))).starts_with("displayed to "));
        assert!(shown(Some(Seq(8))).starts_with("on a device of "));
    }
}
