//! A thread as a file that a browser or a program keeps: made beside the profile, which goes on answering meanwhile.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use colloque_client_core::Error;
use tokio::sync::Semaphore;

use super::fault::Fault;
use super::visit::Viewer;
use crate::export::{Format, Names, Record, Views};
use crate::render::short;

/// One at a time: a long thread takes hundreds of MiB to lay out.
static MAKING: Semaphore = Semaphore::const_new(1);

/// The thread of these views, as an attachment.
///
/// # Errors
///
/// As [`Format::document`].
pub(crate) async fn download(
    viewer: Viewer,
    views: Views,
    names: Names,
    format: Format,
) -> Result<Response, Fault> {
    format.check()?;
    let name = format!("colloque-{}.{}", short(views.summary.thread), format.extension());
    let _permit = MAKING.acquire().await;
    let making = tokio::task::spawn_blocking(move || {
        let record = Record::new(&views, names, &viewer.zone, &viewer.words, viewer.now);
        format.document(&record, &viewer.words)
    });
    let document = making.await.map_err(|_| Error::Bug("a document was not made"))??;
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)], document)
        .into_response())
}
