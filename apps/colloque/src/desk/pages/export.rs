//! A thread, or all of them, as a file to keep: PDF for people, FHIR for other software.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::super::download::download;
use super::super::fault::Fault;
use super::super::visit::Visit;
use super::thread::parsed;
use crate::export::{Format, Names, Views};
use crate::pick;

#[derive(Deserialize)]
pub(super) struct ExportQuery {
    format: String,
    /// Whether the names go along that the owner gave.
    #[serde(default)]
    names: Option<String>,
}

pub(super) async fn thread(
    visit: Visit,
    Path(thread): Path<String>,
    Query(asked): Query<ExportQuery>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let views = visit.ask(move |client, _| Ok(vec![Views::of(client, thread)?])).await?;
    asked.download(visit, views).await
}

/// Everything that this device has, in one file.
pub(super) async fn all(visit: Visit, Query(asked): Query<ExportQuery>) -> Result<Response, Fault> {
    let views = visit.ask(|client, _| {
        let threads = pick::rows(client)?.into_iter().map(|summary| summary.thread);
        Ok(threads.map(|thread| Views::of(client, thread)).collect::<Result<Vec<_>, _>>()?)
    });
    let views = views.await?;
    asked.download(visit, views).await
}

impl ExportQuery {
    async fn download(self, visit: Visit, views: Vec<Views>) -> Result<Response, Fault> {
        let format = Format::of(&self.format).ok_or(Fault::Malformed)?;
        let names = if self.names.is_some() { Names::CertifiedAndGiven } else { Names::Certified };
        download(visit.viewer, views, names, format).await
    }
}
