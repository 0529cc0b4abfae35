//! `export`: a thread as a document, in a file of its own or on standard output.

use std::io::{self, Write as _};
use std::path::Path;

use colloque_schemas::point::Points;
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::disk::Draft;
use crate::export::{Format, Names, Record, Views};
use crate::failure::{Exit, Failure};
use crate::plain;
use crate::verb::read::thread_caught_up;
use crate::words::key;

/// What was written, for programs.
#[derive(Serialize)]
struct ExportJson {
    state: &'static str,
    thread: String,
    format: &'static str,
    file: String,
    bytes: usize,
    sha256: String,
    messages: usize,
    waiting: usize,
}

/// Writes a thread down, as it is after catching up. On standard output, the document is all that is written there.
pub(super) async fn export(
    context: &mut Context<'_, '_>,
    thread: &str,
    format: Format,
    to: &Path,
    with_names: bool,
) -> Result<Exit, Failure> {
    let is_to_output = to == Path::new("-");
    format.check()?;
    if !is_to_output && to.symlink_metadata().is_ok() {
        // Before anyone waits for a document that then has no place; what decides is `written`.
        return Err(Failure::FileExists(to.to_owned()));
    }
    let mut client = context.open()?;
    let (thread, exit) = thread_caught_up(context, &mut client, thread).await?;
    let names = if with_names { Names::CertifiedAndGiven } else { Names::Certified };
    let views = Views::of(&mut client, thread)?;
    let record = Record::new(&views, names, &context.zone, context.words, context.now());
    let document = format.document(std::slice::from_ref(&record), context.words)?;
    if is_to_output {
        context.output.bytes(&document)?;
        return Ok(exit);
    }
    written(to, &document)?;
    let hash = HEXLOWER.encode(&Sha256::digest(&document));
    let file = to.to_string_lossy();
    if context.is_json {
        let (messages, waiting) = record.counts();
        context.output.json(&ExportJson {
            state: "done",
            thread: thread.to_string(),
            format: format.word(),
            file: file.into_owned(),
            bytes: document.len(),
            sha256: hash,
            messages,
            waiting,
        })?;
    } else {
        let counts = record.counted(context.words);
        let values = [("file", plain::name(&file).into()), ("counts", counts.into()), ("hash", hash.into())];
        context.output.line(&context.words.say(key!("export-done"), &values))?;
    }
    Ok(exit)
}

/// A new file that only its owner may read, whole or not at all.
///
/// # Errors
///
/// `FileExists`, `FileUnwritable`.
fn written(path: &Path, document: &[u8]) -> Result<(), Failure> {
    let draft = Draft::write(&Points::default(), path, |file| file.write_all(document));
    draft.and_then(|draft| draft.place(path)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::FileExists(path.to_owned()),
        _ => Failure::FileUnwritable(path.to_owned(), error),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_document_is_for_its_owner_only_and_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thread.json");
        written(&path, b"first").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(written(&path, b"second"), Err(Failure::FileExists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
            assert!(matches!(written(&link, b"x"), Err(Failure::FileExists(_))), "not through a link either");
        }
        let nowhere = folder.path().join("no folder").join("thread.json");
        assert!(matches!(written(&nowhere, b"x"), Err(Failure::FileUnwritable(..))));
    }
}
