//! A document of a message: fetched, saved, forgotten, and shown small if it is a picture.
//!
//! A browser is given two things only: bytes to save, and pictures that this device made itself.

use std::io::Read;
use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, DocumentReader, THUMBNAIL_MAX_BYTES};
use colloque_schemas::id::{MessageId, ThreadId};
use futures_util::stream::unfold;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::super::fault::Fault;
use super::super::keeper::Keeper;
use super::super::news::News;
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::lock::NoFields;
use crate::failure::Failure;
use crate::picture::{self, PICTURE_MAX_BYTES};

/// Pieces of this length are read and sent.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for a browser that reads slowly.
const PIECES_WAITING: usize = 4;
/// What a name may hold as it is in a header (RFC 8187 section 3.2.1, `attr-char`).
const PLAIN_IN_HEADERS: &[u8] = b"!#$&+-.^_`|~";

/// Thread, message, and the document's place in it.
type Place = (ThreadId, MessageId, u32);

/// The document that an address names.
fn place(Path((thread, message, index)): Path<(String, String, u32)>) -> Result<Place, Fault> {
    let (thread, message) = (thread.parse(), message.parse());
    Ok((thread.map_err(|_| Fault::NotFound)?, message.map_err(|_| Fault::NotFound)?, index))
}

/// The document as a file to save, whatever it is said to be.
pub(super) async fn save(visit: Visit, path: Path<(String, String, u32)>) -> Result<Response, Fault> {
    let (thread, message, index) = place(path)?;
    let reader = visit.ask(move |client, _| Ok(client.document(thread, message, index)?)).await?;
    given(reader, &visit.desk.keeper)
}

/// A document as a file to save.
///
/// # Errors
///
/// `Malformed`, of no name that is known.
pub(in super::super) fn given(reader: DocumentReader, keeper: &Keeper) -> Result<Response, Fault> {
    let length = HeaderValue::from(reader.left());
    let disposition = format!("attachment; filename*=UTF-8''{}", in_header(reader.name()));
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Fault::Malformed)?;
    let mut response = Body::from_stream(pieces(reader, Box::pin(keeper.closed()))).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, disposition);
    headers.insert(CONTENT_LENGTH, length);
    Ok(response)
}

/// The plaintext, read where nobody waits for it. What does not verify ends it early, which the browser sees by the length,
/// and so does a lock: however slowly the browser reads, what it has not taken by then is dropped.
fn pieces(
    mut reader: DocumentReader,
    closed: Pin<Box<impl Future<Output = ()> + Send + 'static>>,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            let read = reader.read(&mut piece).map(|bytes| {
                piece.truncate(bytes);
                Bytes::from(piece)
            });
            let is_last = !read.as_ref().is_ok_and(|piece| !piece.is_empty());
            let is_end = read.as_ref().is_ok_and(Bytes::is_empty);
            if is_end || sender.blocking_send(read).is_err() || is_last {
                break;
            }
        }
    });
    unfold((receiver, closed), |(mut receiver, mut closed)| async move {
        tokio::select! {
            biased;
            () = &mut closed => None,
            piece = receiver.recv() => Some((piece?, (receiver, closed))),
        }
    })
}

/// A name in a header (RFC 8187).
fn in_header(name: &str) -> String {
    name.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || PLAIN_IN_HEADERS.contains(&byte) {
            escaped.push(byte.into());
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
        escaped
    })
}

/// A small picture of the document, of our own making. None is told apart from none that can be made.
pub(super) async fn small(visit: Visit, path: Path<(String, String, u32)>) -> Result<Response, Fault> {
    let (thread, message, index) = place(path)?;
    let kept = visit.ask(move |client, _| Ok(client.thumbnail(thread, message, index)?)).await?;
    let small = match kept {
        Some(small) => small,
        None => make_small(&visit, (thread, message, index)).await?,
    };
    if small.is_empty() {
        return Err(Fault::NotFound);
    }
    Ok(([(CONTENT_TYPE, "image/jpeg")], small).into_response())
}

async fn make_small(visit: &Visit, (thread, message, index): Place) -> Result<Vec<u8>, Fault> {
    let reader = visit.ask(move |client, _| Ok(client.document(thread, message, index)?)).await?;
    // One at a time: each takes the memory of a picture.
    let one = visit.desk.decoding.acquire().await;
    let made = spawn_blocking(move || small_of(reader)).await;
    drop(one);
    let small = made.map_err(|_| Failure::System(std::io::ErrorKind::Interrupted.into()))?;
    let kept = small.clone();
    visit.ask(move |client, _| Ok(client.keep_thumbnail(thread, message, index, &kept)?)).await?;
    if small.is_empty() {
        visit.desk.keeper.tell(News::Done(Some(thread)));
    }
    Ok(small)
}

/// Empty if the document is no picture that can be decoded within the limits.
fn small_of(reader: DocumentReader) -> Vec<u8> {
    let mut bytes = Zeroizing::new(Vec::new());
    let limit = u64::try_from(PICTURE_MAX_BYTES).unwrap_or(u64::MAX);
    if reader.left() > limit || reader.take(limit).read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    picture::small(&bytes, THUMBNAIL_MAX_BYTES).map(|small| small.bytes).unwrap_or_default()
}

pub(super) async fn fetch(
    path: Path<(String, String, u32)>,
    posted: Posted<NoFields>,
) -> Result<Response, Fault> {
    act(posted.visit, path, |client, _, (thread, message, index)| {
        Ok(client.fetch_document(thread, message, index)?)
    })
    .await
}

pub(super) async fn forget(
    path: Path<(String, String, u32)>,
    posted: Posted<NoFields>,
) -> Result<Response, Fault> {
    act(posted.visit, path, |client, _, (thread, message, index)| {
        Ok(client.forget_document(thread, message, index)?)
    })
    .await
}

async fn act(
    visit: Visit,
    path: Path<(String, String, u32)>,
    act: fn(&mut Client, &Viewer, Place) -> Result<(), Fault>,
) -> Result<Response, Fault> {
    let place = place(path)?;
    let (thread, message, index) = place;
    visit.ask(move |client, viewer| act(client, viewer, place)).await?;
    visit.desk.keeper.tell(News::Done(Some(thread)));
    Ok(Redirect::to(&format!("/threads/{thread}#d{message}-{index}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_header_or_opens_another_part_of_it() {
        assert_eq!(in_header("IRM genou.pdf"), "IRM%20genou.pdf");
        assert_eq!(in_header("a\";\r\n'%é"), "a%22%3B%0D%0A%27%25%C3%A9");
    }
}
