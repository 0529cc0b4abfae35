//! A message that is too long for the page of its thread: its text in pieces, one a page.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use colloque_client_core::{Client, EntryKind};
use colloque_schemas::id::{Seq, ThreadId};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::visit::{Viewer, Visit};
use super::thread::parsed;
use crate::moment;
use crate::people::People;
use crate::plain;

/// Of the text on one page, as it comes over the wire.
const PIECE_BYTES: usize = 32 * 1024;

/// A piece of a message.
struct Piece {
    author: String,
    time: String,
    text: String,
    /// Where the next piece is.
    next: Option<String>,
    /// Where the message stands.
    back: String,
}

#[derive(Template)]
#[template(path = "long.html")]
struct LongPage {
    page: Page,
    piece: Piece,
}

#[derive(Deserialize)]
pub(super) struct FromQuery {
    #[serde(default)]
    from: usize,
}

/// Where the text of a message is from a byte on.
pub(super) fn address(thread: ThreadId, place: Seq, from: usize) -> String {
    format!("/threads/{thread}/messages/{place}?from={from}")
}

pub(super) async fn show(
    visit: Visit,
    Path((thread, place)): Path<(String, u64)>,
    Query(asked): Query<FromQuery>,
) -> Result<Response, Fault> {
    let (thread, place) = (parsed(&thread)?, Seq(place));
    let read = move |client: &mut Client, viewer: &Viewer| read(client, viewer, (thread, place), asked.from);
    let piece = visit.ask(read).await?;
    Ok(LongPage { page: visit.page(Nav::Inbox, piece.author.clone()), piece }.html())
}

/// A piece, with the last of which the message is displayed.
fn read(
    client: &mut Client,
    viewer: &Viewer,
    (thread, place): (ThreadId, Seq),
    from: usize,
) -> Result<Piece, Fault> {
    let entries = client.entries_from(thread, place, 1)?;
    let message = entries.into_iter().find_map(|entry| match entry.kind {
        EntryKind::Message(message) if entry.seq == Some(place) => Some(message),
        _ => None,
    });
    let message = message.ok_or(Fault::NotFound)?;
    let whole = plain::text(&message.text);
    let text = piece(&whole, from, PIECE_BYTES).ok_or(Fault::NotFound)?.to_owned();
    let end = from.saturating_add(text.len());
    let is_last = end == whole.len();
    if is_last && client.first_unread(thread)? == Some(place) {
        client.mark_displayed(thread, place, viewer.now)?;
    }
    let mut people = People::alone(client);
    people.meet(client, [message.author])?;
    Ok(Piece {
        author: people.name(message.author, &viewer.words),
        time: moment::shown(message.sent_at, &viewer.zone, &viewer.words),
        text,
        next: (!is_last).then(|| address(thread, place, end)),
        back: format!("/threads/{thread}?at={place}#e{place}"),
    })
}

/// What of a text fits from a byte on, as markup; none where no character begins there.
pub(super) fn piece(text: &str, from: usize, room: usize) -> Option<&str> {
    let rest = text.get(from..)?;
    let mut bytes = 0_usize;
    for (at, character) in rest.char_indices() {
        // What markup is made of is written as five.
        let takes = if matches!(character, '<' | '>' | '&' | '"' | '\'') { 5 } else { character.len_utf8() };
        bytes = bytes.saturating_add(takes);
        if bytes > room {
            return rest.get(..at);
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_joined_are_the_text_and_none_takes_more_than_its_room() {
        let text = "Été <b>&\"'\"</b> 👩\u{200d}⚕️\n".repeat(40);
        for room in [8, 50, 1000, 100_000] {
            let (mut joined, mut from) = (String::new(), 0);
            while from < text.len() {
                let piece = piece(&text, from, room).unwrap();
                assert!(!piece.is_empty());
                let escaped: usize =
                    piece.chars().map(|one| if "<>&\"'".contains(one) { 5 } else { one.len_utf8() }).sum();
                assert!(escaped <= room);
                joined.push_str(piece);
                from += piece.len();
            }
            assert_eq!(joined, text);
        }
        assert_eq!(piece(&text, 1, 8), None, "in the middle of a character");
        assert_eq!(piece(&text, text.len() + 1, 8), None);
        assert_eq!(piece("", 0, 8), Some(""));
    }
}
