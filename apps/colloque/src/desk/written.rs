//! A message that the owner sent from a page, with its files: from a page of this session, or nothing of it is read.
//!
//! Files never are in memory as a whole, but for pictures: they are encrypted into the store as they come.

use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use colloque_client_core::{Error, Misuse};
use colloque_schemas::id::BlobId;
use futures_util::TryStreamExt as _;

use super::Desk;
use super::coming::Coming;
use super::fault::Fault;
use super::pages::FORM_MAX_BYTES;
use super::posted::Posted;
use super::visit::Visit;
use crate::failure::Failure;
use crate::picture::PICTURE_MAX_BYTES;

/// Name of the fields that are files.
const FILES: &str = "documents";
/// Name of the fields that name what was attached before.
const ATTACHED: &str = "attached";

/// Longer than any token.
const TOKEN_MAX_BYTES: usize = 256;

/// A form whose files are attached, and wait for what becomes of it.
pub(crate) struct Written {
    pub(crate) visit: Visit,
    fields: Vec<(String, String)>,
    /// Those of before, then the files that came with the form.
    pub(crate) attached: Vec<BlobId>,
    /// Why a file was not attached, and none after it.
    pub(crate) problem: Option<Failure>,
}

impl Written {
    /// All fields but the token and the files, in order.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// What a field says; empty if there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(is, _)| is == name).map_or("", |(_, value)| value)
    }

    /// Whether a button or box of this name was chosen.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(is, _)| is == name)
    }

    fn of(visit: Visit, fields: Vec<(String, String)>) -> Result<Self, Fault> {
        let attached = fields.iter().filter(|(name, _)| name == ATTACHED);
        let attached = attached.map(|(_, blob)| blob.parse().map_err(|_| Fault::Malformed));
        let attached = attached.collect::<Result<_, _>>()?;
        Ok(Self { visit, fields, attached, problem: None })
    }
}

impl FromRequest<Arc<Desk>> for Written {
    type Rejection = Fault;

    async fn from_request(mut request: Request, desk: &Arc<Desk>) -> Result<Self, Fault> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            // Read as a whole, and so no larger than any other form.
            DefaultBodyLimit::max(FORM_MAX_BYTES).apply(&mut request);
            let Posted { visit, form } = Posted::<Vec<(String, String)>>::from_request(request, desk).await?;
            return Self::of(visit, form);
        }
        let (visit, form) = begun(request, desk).await?;
        read(visit, form).await
    }
}

/// A picture that is looked at and not kept.
pub(crate) struct Pictured {
    pub(crate) visit: Visit,
    pub(crate) bytes: Vec<u8>,
}

impl FromRequest<Arc<Desk>> for Pictured {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Fault> {
        let (visit, mut form) = begun(request, desk).await?;
        let field = form.next_field().await.map_err(unread)?.ok_or(Fault::Malformed)?;
        let bytes = bytes_of(field, &mut PICTURE_MAX_BYTES.clone()).await?;
        Ok(Self { visit, bytes })
    }
}

/// The token comes first: whatever a foreign form has after it is not read.
async fn begun(request: Request, desk: &Arc<Desk>) -> Result<(Visit, Multipart), Fault> {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, desk).await?;
    let whole = Request::from_parts(parts, body);
    let mut form = Multipart::from_request(whole, &()).await.map_err(|_| Fault::Malformed)?;
    let first = form.next_field().await.map_err(|_| Fault::Malformed)?;
    let first = first.filter(|field| field.name() == Some("token")).ok_or(Fault::ForeignForm)?;
    visit.check_form(&text_of(first, &mut TOKEN_MAX_BYTES.clone()).await?)?;
    visit.desk.keeper.attended().await;
    Ok((visit, form))
}

/// Reads a form to its end. Of what is not understood to its end, nothing is kept.
async fn read(visit: Visit, form: Multipart) -> Result<Written, Fault> {
    let (mut fields, mut came, mut problem) = (Vec::new(), Vec::new(), None);
    if let Err(fault) = read_into(&visit, form, &mut fields, &mut came, &mut problem).await {
        let forgotten = visit.ask(move |client, _| {
            came.into_iter().try_for_each(|attached| Ok(client.discard_attachment(attached)?))
        });
        // What cannot be forgotten now is in a day.
        let _ = forgotten.await;
        return Err(fault);
    }
    let mut written = Written { problem, ..Written::of(visit, fields)? };
    written.attached.extend(came);
    Ok(written)
}

async fn read_into(
    visit: &Visit,
    mut form: Multipart,
    fields: &mut Vec<(String, String)>,
    came: &mut Vec<BlobId>,
    problem: &mut Option<Failure>,
) -> Result<(), Fault> {
    let mut left = FORM_MAX_BYTES;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        if field.name() != Some(FILES) {
            let name = field.name().unwrap_or_default().to_owned();
            fields.push((name, text_of(field, &mut left).await?));
        } else if problem.is_none() {
            match attach(visit, field, came.len()).await {
                Ok(attached) => came.extend(attached),
                Err(Fault::Failure(failure)) => *problem = Some(failure),
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(())
}

async fn text_of(field: Field<'_>, left: &mut usize) -> Result<String, Fault> {
    String::from_utf8(bytes_of(field, left).await?).map_err(|_| Fault::Malformed)
}

async fn bytes_of(mut field: Field<'_>, left: &mut usize) -> Result<Vec<u8>, Fault> {
    let mut all = Vec::new();
    while let Some(bytes) = field.chunk().await.map_err(unread)? {
        *left = left.checked_sub(bytes.len()).ok_or(Fault::Malformed)?;
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}

/// Why a form cannot be read on: it is too large as a whole, or was broken off.
fn unread(error: MultipartError) -> Fault {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::from(Misuse::DocumentTooLarge).into();
    }
    Fault::Malformed
}

/// Attaches a file. Nothing, if none was chosen: a form then has one without name and content.
async fn attach(visit: &Visit, field: Field<'_>, already: usize) -> Result<Option<BlobId>, Fault> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let media_type = field.content_type().unwrap_or_default().to_owned();
    let coming = Coming { name, media_type, already };
    coming.attach(&visit.desk, field.map_err(unread), visit.viewer.now).await
}
