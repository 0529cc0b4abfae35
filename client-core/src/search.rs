//! Finding messages by their words.

use std::ops::Range;

use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::time::UnixSeconds;
use rusqlite::{Row, params};

use crate::client::Client;
use crate::error::{Error, Misuse};
use crate::excerpt::{Piece, around, beginning};
use crate::fold::words;
use crate::store::Connection;

/// Longest query, in bytes.
const QUERY_MAX_BYTES: usize = 256;

/// A message that has all that was looked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub thread: ThreadId,
    /// Its place.
    pub seq: Seq,
    /// The author.
    pub author: AccountId,
    /// When its author sent it.
    pub sent_at: UnixSeconds,
    /// At most 160 characters of it, on one line.
    pub excerpt: Vec<Piece>,
}

impl core::fmt::Debug for Hit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hit(..)")
    }
}

impl Client {
    /// The messages that have every word of a text, its last one as the beginning of a word: the newest, as this device
    /// came to read them, at most `limit`, sorted by when they were sent, newest first. Case, accents and ligatures make no
    /// difference. Nothing in the text is syntax: punctuation only separates, and what it separates without white space
    /// has to stand together. A message that waits to be sent is not found yet.
    ///
    /// # Errors
    /// [`Misuse::QueryLength`], [`Error::Store`].
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        if query.len() > QUERY_MAX_BYTES {
            return Err(Misuse::QueryLength.into());
        }
        self.store.read(|view| find(view.sql(), query, limit))
    }
}

fn find(sql: &Connection, query: &str, limit: usize) -> Result<Vec<Hit>, Error> {
    let Some(expression) = expression(query) else { return Ok(Vec::new()) };
    // The index is read from its newest row on until there are enough; only of these is the message read.
    let mut statement = sql.prepare_cached(
        "SELECT thread, seq, author, sent_at, text \
         FROM (SELECT rowid AS id FROM message_word WHERE message_word MATCH ?1 ORDER BY rowid DESC LIMIT ?2) \
         JOIN message USING (id) JOIN entry USING (thread, seq, part) \
         ORDER BY sent_at DESC, id DESC",
    )?;
    let looked_for: Vec<String> = words(query).map(|(_, word)| word).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![expression, limit], |row| hit(row, &looked_for))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The query in the index's language: each part a string, which is taken for words and nothing else; none if there is
/// none.
fn expression(query: &str) -> Option<String> {
    let ends = |letter: char| letter.is_whitespace() || letter.is_control();
    let parts = query.split(ends).filter(|part| !part.is_empty());
    // As the index was given them.
    let quoted = parts.map(|part| {
        let part = part.replace('œ', "oe").replace('Œ', "OE").replace('æ', "ae").replace('Æ', "AE");
        format!("\"{}\"", part.replace('"', "\"\""))
    });
    let quoted: Vec<String> = quoted.collect();
    (!quoted.is_empty()).then(|| format!("{} *", quoted.join(" ")))
}

fn hit(row: &Row<'_>, looked_for: &[String]) -> rusqlite::Result<Hit> {
    let text: String = row.get(4)?;
    Ok(Hit {
        thread: ThreadId::new(row.get(0)?),
        seq: Seq(row.get(1)?),
        author: AccountId::new(row.get(2)?),
        sent_at: UnixSeconds(row.get(3)?),
        excerpt: excerpt(&text, looked_for),
    })
}

/// The part of a text in which the longest of these words, as the one that says most, is first.
fn excerpt(text: &str, looked_for: &[String]) -> Vec<Piece> {
    let mut matches: Vec<Range<usize>> = Vec::new();
    let (mut about, mut longest) = (None, 0);
    for (place, word) in words(text) {
        if !is_among(&word, looked_for) {
            continue;
        }
        if place.len() > longest {
            longest = place.len();
            about = Some(place.start);
        }
        matches.push(place);
    }
    match about {
        Some(about) => around(text, about, &matches),
        None => vec![Piece { text: beginning(text), is_match: false }],
    }
}

fn is_among(word: &str, looked_for: &[String]) -> bool {
    looked_for.iter().any(|looked_for| looked_for == word)
        || looked_for.last().is_some_and(|last| word.starts_with(last.as_str()))
}

#[cfg(test)]
mod tests;
