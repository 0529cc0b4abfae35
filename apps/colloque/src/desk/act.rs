//! What pages and API do alike.

use colloque_client_core::{Client, Error, Misuse};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, BlobId, MessageId, ThreadId};
use colloque_schemas::limits::DOCUMENTS_PER_MESSAGE;
use colloque_schemas::role::Role;

use super::visit::Viewer;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::people::People;
use crate::red_flags;

/// Writes a message with what was attached, and closes the thread with it if nothing more is expected. Beside documents
/// the text may be empty.
///
/// # Errors
///
/// `Refused`, `Client`.
pub(crate) fn said(
    client: &mut Client,
    viewer: &Viewer,
    thread: ThreadId,
    text: &str,
    attached: &[BlobId],
    closes: bool,
) -> Result<MessageId, Failure> {
    may_answer(client, viewer, thread)?;
    let mode = closes.then_some(AnswerMode::Closed);
    Ok(match mode {
        _ if !attached.is_empty() => client.send_documents(thread, text, attached, mode, viewer.now)?,
        None => client.send(thread, text, viewer.now)?,
        Some(mode) => client.send_and_set_mode(thread, text, mode, viewer.now)?,
    })
}

/// Opens a thread with a first message, which what was attached follows: a thread begins with a text. All of it is queued,
/// or nothing.
///
/// # Errors
///
/// `Client`.
pub(crate) fn opened(
    client: &mut Client,
    viewer: &Viewer,
    patients: &[AccountId],
    mode: AnswerMode,
    text: &str,
    attached: &[BlobId],
) -> Result<ThreadId, Failure> {
    // Looked at first: what stands against the documents stands against the opening.
    if attached.len() > DOCUMENTS_PER_MESSAGE {
        return Err(Error::from(Misuse::DocumentCount).into());
    }
    attached.iter().try_for_each(|blob| client.attached(*blob).map(drop))?;
    let thread = client.open_thread(patients, mode, text, viewer.now)?;
    if !attached.is_empty() {
        client.send_documents(thread, "", attached, None, viewer.now)?;
    }
    Ok(thread)
}

/// Whether its writer is first to be told to call instead: a patient is, of words of an emergency.
pub(crate) fn is_for_calling(role: Role, text: &str) -> bool {
    role == Role::Patient && red_flags::check(text).is_some()
}

/// What the page says before anything is typed holds when it is sent: one that waits to be sent is the one reply.
fn may_answer(client: &Client, viewer: &Viewer, thread: ThreadId) -> Result<(), Failure> {
    let answer = Answer::of(client, thread, viewer.now)?;
    if answer.is_permitted() {
        Ok(())
    } else {
        Err(Failure::Refused(answer.shown(&People::of(client)?, &viewer.zone, &viewer.words)))
    }
}
