//! The entries of a thread as a page shows them.

use askama::Template;
use colloque_client_core::{Document, DocumentState, Entry, EntryKind, Error, Message, Receipt};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::role::Role;

use super::super::page::Page;
use super::super::visit::Viewer;
use super::long;
use crate::document::{self, percent};
use crate::failure::Failure;
use crate::moment;
use crate::picture;
use crate::plain;
use crate::render::Renderer;
use crate::words::{Words, key};

/// Of the text of one message, as it comes over the wire: of a longer one the beginning is shown.
const LINE_TEXT_BYTES: usize = 8 * 1024;

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
    /// Where it is, for one's own; of another's, whether it was sent again.
    pub(super) state: Option<String>,
    /// To be linked to: its place, or that it waits.
    pub(super) anchor: String,
    pub(super) documents: Vec<DocumentLine>,
    /// Whether `text` is only the beginning of what it says.
    pub(super) is_cut: bool,
    /// Where the rest of it is; nowhere while it waits to be sent.
    pub(super) rest: Option<String>,
}

/// A document of a message.
pub(super) struct DocumentLine {
    /// To be linked to.
    pub(super) anchor: String,
    /// Where it and what is done with it are.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) size: String,
    pub(super) state: String,
    /// Of a hundred, while it is on its way.
    pub(super) percent: Option<u64>,
    /// Whether there is a small picture of it.
    pub(super) is_picture: bool,
    /// What its reader may do with it now: `fetch`, `stop` fetching, `save`, or nothing while it waits to be sent.
    pub(super) act: &'static str,
}

/// An entry as a page shows it.
pub(super) struct Shown {
    /// Its markup, everything in it escaped.
    pub(super) html: String,
    /// Its place; none while it waits to be sent.
    pub(super) seq: Option<Seq>,
    /// Whether only the beginning of a message is shown.
    pub(super) is_cut: bool,
}

/// One entry, on its own.
#[derive(Template)]
#[template(path = "line.html")]
struct LineMarkup<'a> {
    page: &'a Page,
    line: Line,
}

/// All entries.
pub(super) fn lines(
    thread: ThreadId,
    entries: &[Entry],
    receipts: &[Receipt],
    renderer: &Renderer<'_>,
    viewer: &Viewer,
    page: &Page,
) -> Result<Vec<Shown>, Failure> {
    let shown = |(row, entry): (usize, &Entry)| {
        let line = line(thread, row, entry, receipts, renderer, viewer);
        let is_cut = line.is_cut;
        let html = LineMarkup { page, line }.render().map_err(|_| Error::Bug("a line of a page"))?;
        Ok(Shown { html, seq: entry.seq, is_cut })
    };
    entries.iter().enumerate().map(shown).collect()
}

fn document_line(thread: ThreadId, message: &Message, document: &Document, words: &Words) -> DocumentLine {
    let (id, index) = (message.message, document.index);
    let (percent, act) = match &document.state {
        DocumentState::Waiting => (None, ""),
        DocumentState::Uploading { done, total } => (Some(percent(*done, *total)), ""),
        DocumentState::Fetching { done, total } => (Some(percent(*done, *total)), "stop"),
        DocumentState::AtRelay | DocumentState::Failed { .. } => (None, "fetch"),
        DocumentState::Here => (None, "save"),
    };
    DocumentLine {
        anchor: format!("d{id}-{index}"),
        path: format!("/threads/{thread}/documents/{id}/{index}"),
        name: plain::name(&document.name),
        size: document::size(document.bytes, words),
        state: document::state(document, message.is_own, words),
        percent,
        is_picture: document.may_have_thumbnail && picture::has_small(document.media_type),
        act,
    }
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

fn line(
    thread: ThreadId,
    row: usize,
    entry: &Entry,
    receipts: &[Receipt],
    renderer: &Renderer<'_>,
    viewer: &Viewer,
) -> Line {
    let anchor = entry.seq.map_or_else(|| format!("w{row}"), |seq| seq.to_string());
    let words = &viewer.words;
    match &entry.kind {
        EntryKind::Message(message) => {
            let whole = plain::text(&message.text);
            let text = long::piece(&whole, 0, LINE_TEXT_BYTES).unwrap_or_default().to_owned();
            let is_cut = text.len() < whole.len();
            let rest = entry.seq.filter(|_| is_cut).map(|seq| long::address(thread, seq, text.len()));
            Line {
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
                mark: if message.is_own {
                    String::new()
                } else {
                    renderer.people.mark(message.author, words)
                },
                text,
                is_cut,
                rest,
                time: moment::near(message.sent_at, viewer.now, &viewer.zone, words),
                time_full: moment::shown(message.sent_at, &viewer.zone, words),
                state: if message.given_by.is_some() {
                    Some(words.say(key!("entry-given"), &[]))
                } else if message.is_own {
                    Some(state(entry.seq, receipts, renderer, viewer))
                } else {
                    message.is_sent_again.then(|| words.say(key!("entry-sent-again"), &[]))
                },
                anchor,
                documents: {
                    let documents = message.documents.iter();
                    documents.map(|document| document_line(thread, message, document, words)).collect()
                },
            }
        }
        notice => Line {
            kind: "notice",
            author: String::new(),
            mark: String::new(),
            text: renderer.notice(notice),
            time: String::new(),
            time_full: String::new(),
            state: None,
            anchor,
            documents: Vec::new(),
            is_cut: false,
            rest: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::cast::{NOW, PATIENT, people_of_professional};
    use crate::words::Language;

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
