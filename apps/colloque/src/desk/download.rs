//! Threads as a file that a browser or a program keeps: made beside the profile, which goes on answering meanwhile.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use colloque_client_core::Error;
use tokio::sync::Semaphore;

use super::fault::Fault;
use super::visit::Viewer;
use crate::export::{Format, Names, Record, Views, fhir};
use crate::failure::Failure;
use crate::render::short;

/// One at a time: a long thread takes hundreds of MiB to lay out.
static MAKING: Semaphore = Semaphore::const_new(1);

/// The threads of these views, as an attachment.
///
/// # Errors
///
/// `NotFound` if there are none; as [`Format::document`].
pub(crate) async fn download(
    viewer: Viewer,
    views: Vec<Views>,
    names: Names,
    format: Format,
) -> Result<Response, Fault> {
    format.check()?;
    let name = match views.as_slice() {
        [] => return Err(Fault::NotFound),
        [one] => format!("colloque-{}.{}", short(one.summary.thread), format.extension()),
        _ => format!("colloque.{}", format.extension()),
    };
    let document = made(move || {
        let record = |views| Record::new(views, names, &viewer.zone, &viewer.words, viewer.now);
        format.document(&views.iter().map(record).collect::<Vec<_>>(), &viewer.words)
    });
    let document = document.await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)], document)
        .into_response())
}

/// What is part of a thread, as the answer to a search that was asked at this address.
///
/// # Errors
///
/// `Output`.
pub(crate) async fn found(viewer: Viewer, views: Views, address: String) -> Result<Response, Fault> {
    let document = made(move || {
        let names = Names::CertifiedAndGiven;
        let record = Record::new(&views, names, &viewer.zone, &viewer.words, viewer.now);
        fhir::found(&record, address, &viewer.words).map_err(|error| Failure::Output(error.into()))
    });
    Ok(([(CONTENT_TYPE, Format::Fhir.media_type())], document.await?).into_response())
}

async fn made(make: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static) -> Result<Vec<u8>, Fault> {
    let _permit = MAKING.acquire().await;
    let made = tokio::task::spawn_blocking(make).await;
    Ok(made.map_err(|_| Error::Bug("a document was not made"))??)
}
