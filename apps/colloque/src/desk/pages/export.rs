//! A thread as a file to keep: PDF for people, FHIR for other software.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::super::download::download;
use super::super::fault::Fault;
use super::super::visit::Visit;
use super::thread::parsed;
use crate::export::{Format, Names, Views};

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
    let format = Format::of(&asked.format).ok_or(Fault::Malformed)?;
    let names = if asked.names.is_some() { Names::CertifiedAndGiven } else { Names::Certified };
    let views = visit.ask(move |client, _| Ok(Views::of(client, thread)?)).await?;
    download(visit.viewer, views, names, format).await
}
