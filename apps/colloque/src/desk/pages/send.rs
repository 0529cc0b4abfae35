//! The form under a thread: a message with its documents, sent once the rules and its writer want it.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use colloque_client_core::{Client, DraftOf};
use colloque_schemas::id::BlobId;

use super::super::act;
use super::super::fault::Fault;
use super::super::keeper::State;
use super::super::visit::{Viewer, Visit};
use super::super::written::Written;
use super::offer::Choice;
use super::thread::{Asked, acted, page, parsed};
use crate::document;
use crate::failure::Failure;
use crate::text;
use crate::words::Words;

/// A document that goes with the message that is being written.
pub(super) struct Enclosure {
    /// For the form.
    pub(super) blob: String,
    pub(super) name: String,
    pub(super) size: String,
}

impl Enclosure {
    /// What is attached under this name; none if it was sent or forgotten.
    pub(super) fn of(client: &Client, blob: BlobId, words: &Words) -> Option<Self> {
        let document = client.attached(blob).ok()?;
        let size = document::size(document.bytes, words);
        Some(Self { blob: blob.to_string(), name: document.name, size })
    }
}

pub(super) async fn send(Path(thread): Path<String>, mut written: Written) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let asked = asked(&mut written).await?;
    let visit = &written.visit;
    // What its writer wants to see first, and what was not attached, is shown before anything is sent.
    if asked.problem.is_some() || written.has("enclose") || written.has("remove") {
        return page(visit, thread, asked).await;
    }
    let typed = written.field("text").to_owned();
    let is_for_calling = match visit.desk.keeper.state() {
        State::Open { holder, .. } => act::is_for_calling(holder.role(), &typed),
        State::Closed(_) => false,
    };
    if is_for_calling && !written.has("anyway") {
        return page(visit, thread, Asked { is_flagged: true, ..asked }).await;
    }
    let closes = written.has("closes");
    let (desk, once, enclosed) =
        (Arc::clone(&visit.desk), written.field("once").to_owned(), asked.attached.clone());
    let act = move |client: &mut Client, viewer: &Viewer| {
        let text = text::beside(enclosed.len(), &typed)?;
        let send = || {
            // In the place of an earlier state of it, with which sending would leave it.
            client.keep_draft(DraftOf::Thread(thread), &text)?;
            act::said(client, viewer, thread, &text, &enclosed, closes)?;
            Ok::<_, Failure>(thread)
        };
        desk.once.act(&once, &text, send)?;
        // Files that came again with a form that was sent twice.
        for blob in enclosed {
            let _ = client.discard_attachment(blob);
        }
        Ok(())
    };
    acted(visit, thread, asked, act).await
}

/// Puts a template into the text that is being written.
pub(super) async fn fill(Path(thread): Path<String>, mut written: Written) -> Result<Response, Fault> {
    let choice = Some(Choice::of(written.fields()));
    let asked = Asked { choice, ..asked(&mut written).await? };
    page(&written.visit, parsed(&thread)?, asked).await
}

/// What is shown again of a form that is not done.
async fn asked(written: &mut Written) -> Result<Asked, Fault> {
    let problem = written.problem.take().map(|failure| failure.line(&written.visit.viewer.words));
    let typed = Some(written.field("text").to_owned());
    Ok(Asked { problem, typed, attached: kept(&written.visit, written).await?, ..Asked::default() })
}

/// What goes with the message: what was attached, without what its writer took out again.
pub(super) async fn kept(visit: &Visit, written: &Written) -> Result<Vec<BlobId>, Fault> {
    let Ok(removed) = written.field("remove").parse::<BlobId>() else { return Ok(written.attached.clone()) };
    let kept = written.attached.iter().copied().filter(|blob| *blob != removed).collect();
    if written.attached.contains(&removed) {
        visit.ask(move |client, _| Ok(client.discard_attachment(removed)?)).await?;
    }
    Ok(kept)
}
