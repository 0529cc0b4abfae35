//! What a program sends: JSON, strictly read.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::super::Desk;
use super::super::fault::Fault;
use super::once::RequestKey;
use super::problem::Problem;

/// A body with what it was sent under.
pub(super) struct Body {
    bytes: Bytes,
    /// Under which asking again changes nothing.
    pub(super) key: Option<RequestKey>,
}

impl Body {
    /// As it came.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// `Malformed`: no JSON, a field that is missing, of another type, twice there or not known.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        // serde takes the fields of an object from a list as well.
        let is_object = self.bytes.trim_ascii_start().first() == Some(&b'{');
        let read = if is_object { serde_json::from_slice(&self.bytes).ok() } else { None };
        read.ok_or(Fault::Malformed.into())
    }
}

impl FromRequest<Arc<Desk>> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Desk>) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::MediaType);
        }
        let named = [request.method().as_str(), " ", request.uri().path(), "\n"].concat();
        let key = RequestKey::of(request.headers(), named)?;
        let bytes = Bytes::from_request(request, &()).await.map_err(|_| Problem::BodyTooLarge)?;
        Ok(Self { key: key.map(|key| key.about(&bytes)), bytes })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/fhir+json"].iter().any(|known| media_type.eq_ignore_ascii_case(known))
}
