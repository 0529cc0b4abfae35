//! Documents: how they are attached from files, and how they are told of.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::str::FromStr;

use colloque_client_core::{Client, Document, DocumentState, media_type_of_name};
use colloque_schemas::id::{BlobId, Seq};
use colloque_schemas::time::UnixSeconds;

use crate::failure::Failure;
use crate::picture::{self, PICTURE_MAX_BYTES};
use crate::plain;
use crate::words::{Words, key};

#[cfg(test)]
mod tests;

/// Which document of a thread: the place of its message, and its number there, from 1. Written `7.2`, or `7` for `7.1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DocumentPlace {
    pub(crate) seq: Seq,
    /// From 0.
    pub(crate) index: u32,
}

impl DocumentPlace {
    /// Of a document of the message in this place.
    pub(crate) const fn of(seq: Seq, document: &Document) -> Self {
        Self { seq, index: document.index }
    }
}

impl fmt::Display for DocumentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seq, self.index.saturating_add(1))
    }
}

impl FromStr for DocumentPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, number) = text.split_once('.').unwrap_or((text, "1"));
        let read = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or("7.2");
        Ok(Self { seq: Seq(read(seq)?.into()), index: read(number)?.saturating_sub(1) })
    }
}

/// Attaches a file, under its own name. Of a picture, nothing but what is seen.
///
/// # Errors
///
/// `FileUnreadable`, `PictureUnclean`, `Client`.
pub(crate) fn attach(client: &mut Client, path: &Path, now: UnixSeconds) -> Result<BlobId, Failure> {
    let unreadable = |error| Failure::FileUnreadable(path.to_owned(), error);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    (&mut file).take(picture::START_BYTES as u64).read_to_end(&mut start).map_err(unreadable)?;
    let media_type = media_type_of_name(&name);
    if !is_picture(&start, media_type) {
        file.rewind().map_err(unreadable)?;
        return Ok(client.attach(&mut file, &name, media_type, now)?);
    }
    (&mut file).take(PICTURE_MAX_BYTES as u64).read_to_end(&mut start).map_err(unreadable)?;
    let (name, picture) = cleaned(&name, &start)?;
    Ok(client.attach(&mut picture.bytes.as_slice(), &name, picture.media_type, now)?)
}

/// Whether a file is a picture, or is said to be one: it is sent cleaned, or not at all.
pub(crate) fn is_picture(start: &[u8], claimed_type: &str) -> bool {
    picture::is_known(start) || claimed_type.starts_with("image/")
}

/// A picture without what was written beside it, and the name that fits it.
///
/// # Errors
///
/// `PictureUnclean`.
pub(crate) fn cleaned(name: &str, bytes: &[u8]) -> Result<(String, picture::Picture), Failure> {
    let cleaned = if bytes.len() > PICTURE_MAX_BYTES { None } else { picture::cleaned(bytes) };
    let picture = cleaned.ok_or_else(|| Failure::PictureUnclean(name.to_owned()))?;
    Ok((picture::renamed(name, &picture), picture))
}

/// How large a document is, in units that people count in.
pub(crate) fn size(bytes: u64, words: &Words) -> String {
    const UNIT: u64 = 1000;
    // Rounded up: nothing that is there counts as nothing.
    let tenths = |unit: u64| bytes.saturating_mul(10).div_ceil(unit);
    let shown = |tenths: u64| {
        let (whole, tenth) = (tenths / 10, tenths % 10);
        if whole >= 10 || tenth == 0 {
            tenths.div_ceil(10).to_string()
        } else {
            format!("{whole}{}{tenth}", words.say(key!("decimal-mark"), &[]))
        }
    };
    let (key, number) = match bytes {
        0..UNIT => (key!("size-bytes"), bytes.to_string()),
        UNIT..1_000_000 => (key!("size-kilobytes"), shown(tenths(UNIT))),
        _ => (key!("size-megabytes"), shown(tenths(UNIT * UNIT))),
    };
    words.say(key, &[("number", number.into())])
}

/// Where a document is, in words.
pub(crate) fn state(document: &Document, is_own: bool, words: &Words) -> String {
    let moving = |key, done, total| words.say(key, &[("percent", percent(done, total).into())]);
    match &document.state {
        DocumentState::Waiting => words.say(key!("document-waiting"), &[]),
        DocumentState::Uploading { done, total } => moving(key!("document-uploading"), *done, *total),
        DocumentState::AtRelay => words.say(key!("document-at-relay"), &[]),
        DocumentState::Fetching { done, total } => moving(key!("document-fetching"), *done, *total),
        DocumentState::Here if is_own => words.say(key!("state-at-relay"), &[]),
        DocumentState::Here => words.say(key!("document-here"), &[]),
        DocumentState::Failed { reason } => {
            words.say(key!("document-failed"), &[("reason", words.reason(&plain::name(reason)).into())])
        }
    }
}

/// How much of it is done, of a hundred: never all of it before it is.
pub(crate) fn percent(done: u64, total: u64) -> u64 {
    done.saturating_mul(100).checked_div(total).unwrap_or(0).min(100)
}
