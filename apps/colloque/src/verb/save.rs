//! `save`: a document of a message as a file, fetched first if it is not on this device.

use std::io;
use std::path::{Path, PathBuf};

use colloque_client_core::{Client, Document, DocumentState, EntryKind, Message, Misuse};
use colloque_schemas::id::{MessageId, Seq, ThreadId};
use colloque_schemas::point::Points;

use super::act::connected_for;
use crate::context::Context;
use crate::disk::Draft;
use crate::document::{self, DocumentPlace};
use crate::failure::{Exit, Failure, with_id};
use crate::json::SavedJson;
use crate::plain;
use crate::words::key;

/// Names that are tried beside files of the same name.
const TRIES: u32 = 1000;

pub(super) async fn save(
    context: &mut Context<'_, '_>,
    thread: &str,
    place: Option<DocumentPlace>,
    folder: &Path,
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let (thread, mut link) = Box::pin(connected_for(context, &mut client, thread)).await?;
    let (message, mut document) = find(&client, thread, |seq, _, index| {
        place.is_none_or(|place| seq == Some(place.seq) && index == place.index)
    })?;
    if matches!(document.state, DocumentState::AtRelay | DocumentState::Failed { .. }) {
        client.fetch_document(thread, message, document.index)?;
        link.settle(&mut client).await?;
        let wanted = document.index;
        (_, document) = find(&client, thread, |_, of, index| of == message && index == wanted)?;
    }
    link.close(&mut client).await;
    if let DocumentState::Failed { reason } = &document.state {
        let reason = context.words.reason(&plain::name(reason));
        return Err(Failure::DocumentLost(
            context.words.say(key!("document-failed"), &[("reason", reason.into())]),
        ));
    }
    let saved = match client.document(thread, message, document.index) {
        Ok(mut plaintext) => Some(written(&mut plaintext, folder, &document.name)?),
        Err(colloque_client_core::Error::Misuse(Misuse::DocumentNotHere)) => None,
        Err(error) => return Err(error.into()),
    };
    told(context, &document, saved)
}

fn told(context: &mut Context<'_, '_>, document: &Document, saved: Option<PathBuf>) -> Result<Exit, Failure> {
    let path = saved.map(|path| path.to_string_lossy().into_owned());
    let exit = if path.is_some() { Exit::Done } else { Exit::Waiting };
    if context.is_json {
        let state = if path.is_some() { "done" } else { "waiting" };
        context.output.json(&SavedJson { state, path })?;
        return Ok(exit);
    }
    let line = match path {
        Some(path) => context.words.say(key!("document-saved"), &[("path", plain::name(&path).into())]),
        None => {
            let state = document::state(document, false, context.words);
            with_id(
                context.words.say(key!("document-unsaved"), &[("state", state.into())]),
                "document-not-here",
            )
        }
    };
    context.output.line(&line)?;
    Ok(exit)
}

/// The newest document that is meant.
fn find(
    client: &Client,
    thread: ThreadId,
    is_meant: impl Fn(Option<Seq>, MessageId, u32) -> bool,
) -> Result<(MessageId, Document), Failure> {
    let entries = client.entries(thread)?.into_iter().rev();
    let mut documents = entries.filter_map(|entry| match entry.kind {
        EntryKind::Message(Message { message, documents, .. }) => {
            let mut documents = documents.into_iter().rev();
            Some((message, documents.find(|document| is_meant(entry.seq, message, document.index))?))
        }
        _ => None,
    });
    documents.next().ok_or_else(|| colloque_client_core::Error::from(Misuse::UnknownDocument).into())
}

/// Writes a document into a folder, for its owner alone, under its harmless name and over nothing. What cannot be written
/// whole leaves nothing.
fn written(plaintext: &mut dyn io::Read, folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    let draft = Draft::write(&Points::default(), &path, |file| io::copy(plaintext, file).map(drop));
    draft.and_then(|draft| placed(&draft, folder, name)).map_err(|error| Failure::FileUnwritable(path, error))
}

fn placed(draft: &Draft, folder: &Path, name: &str) -> io::Result<PathBuf> {
    let (stem, ending) =
        name.rsplit_once('.').map_or((name, String::new()), |(stem, ending)| (stem, format!(".{ending}")));
    for number in 1..=TRIES {
        let name = if number == 1 { name.to_owned() } else { format!("{stem} ({number}){ending}") };
        let path = folder.join(name);
        match draft.place(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            placed => return placed.map(|()| path),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_document_is_written_over_nothing_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let save = |content: &[u8]| written(&mut &*content, folder.path(), "Ordonnance.du 3.pdf").unwrap();
        let (first, second) = (save(b"first"), save(b"second"));
        assert_eq!(second.file_name().unwrap(), "Ordonnance.du 3 (2).pdf");
        assert_eq!(
            (fs::read(&first).unwrap(), fs::read(&second).unwrap()),
            (b"first".to_vec(), b"second".to_vec())
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_document_that_breaks_off_leaves_nothing() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::InvalidData.into())
            }
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(written(&mut Broken, folder.path(), "x"), Err(Failure::FileUnwritable(..))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
