//! A form that the owner sent: from a page of this session, or it is not read.

use std::sync::Arc;

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use colloque_client_core::Passphrase;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::Desk;
use super::fault::Fault;
use super::visit::Visit;

/// A form with the visit that it came in.
pub(crate) struct Posted<T> {
    pub(crate) visit: Visit,
    pub(crate) form: T,
}

/// A passphrase in a form: wiped when it was read.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl Secret {
    /// What was typed.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As the store takes it.
    pub(crate) fn into_passphrase(mut self) -> Passphrase {
        Passphrase::new(std::mem::take(&mut *self.0))
    }
}

/// What every form of ours has.
#[derive(Deserialize)]
struct Token {
    token: String,
}

impl<T: DeserializeOwned> FromRequest<Arc<Desk>> for Posted<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, desk).await?;
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(whole, &()).await.map_err(|_| Fault::Malformed)?;
        // The form is read twice: for the token, which decides, and for what it asks.
        let again = move |bytes: Bytes| Request::from_parts(parts.clone(), Body::from(bytes));
        let token = Form::<Token>::from_request(again(bytes.clone()), &()).await;
        let Form(Token { token }) = token.map_err(|_| Fault::ForeignForm)?;
        visit.check_form(&token)?;
        visit.desk.keeper.attended().await;
        let form = Form::<T>::from_request(again(bytes), &()).await;
        let Form(form) = form.map_err(|_| Fault::Malformed)?;
        Ok(Self { visit, form })
    }
}
