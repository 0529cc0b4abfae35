//! A thread as a document.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::super::download::download;
use super::super::fault::Fault;
use super::caller::Caller;
use super::problem::{Problem, ProblemJson};
use super::threads::parsed;
use crate::export::{Format, Names, Views};
use crate::integration::Scope;

/// Which document.
#[derive(Deserialize)]
pub(super) struct ExportQuery {
    format: String,
    #[serde(default)]
    names: bool,
}

/// A thread as PDF/A for people, or as a FHIR R4 bundle for programs.
#[utoipa::path(get, path = "/api/threads/{thread}/export", security(("token" = ["export"])), params(
    ("thread" = String, Path, description = "32 hexadecimal digits"),
    ("format" = String, Query, description = "`pdf` or `fhir`"),
    ("names" = Option<bool>, Query, description = "Whether the names go along that the owner gave"),
), responses(
    (status = 200, content((Vec<u8> = "application/pdf"), (Object = "application/fhir+json"))),
    (status = "default", body = ProblemJson, content_type = "application/problem+json"),
))]
pub(super) async fn export(
    caller: Caller,
    Path(thread): Path<String>,
    Query(asked): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let thread = parsed(&thread)?;
    let format = Format::of(&asked.format).ok_or(Fault::Malformed)?;
    let names = if asked.names { Names::CertifiedAndGiven } else { Names::Certified };
    let views = caller.ask(Scope::Export, move |client, _, _| Ok(Views::of(client, thread)?)).await?;
    Ok(download(caller.viewer, vec![views], names, format).await?)
}
