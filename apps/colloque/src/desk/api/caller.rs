//! Who asks: a program that shows the token of an integration. What it may do is looked up in the store in the same step
//! in which it is done, so that an integration that was removed can do nothing more.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use colloque_client_core::Client;
use colloque_client_core::connection::{Clock as _, SystemClock};

use super::super::Desk;
use super::super::visit::Viewer;
use super::problem::Problem;
use crate::integration::{self, Integration, Scope, TokenHash};

/// A program with something that looks like a token.
pub(super) struct Caller {
    pub(super) desk: Arc<Desk>,
    pub(super) viewer: Viewer,
    token: TokenHash,
}

impl Caller {
    /// Asks the profile, if the token is for this.
    ///
    /// # Errors
    ///
    /// `Closed`, `Token`, `Scope`, `Rate`, and whatever the question comes to.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        scope: Scope,
        question: impl FnOnce(&mut Client, &Viewer, &Integration) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (viewer, token, desk) = (self.viewer.clone(), self.token.clone(), Arc::clone(&self.desk));
        let asked = move |client: &mut Client| {
            let integration = admitted(client, &token, scope)?;
            if !desk.rates.admits(&token, viewer.now) {
                return Err(Problem::Rate);
            }
            question(client, &viewer, &integration)
        };
        self.desk.keeper.with(asked).await
    }

    /// Whether the token is still for this.
    ///
    /// # Errors
    ///
    /// `Closed`, `Token`, `Scope`.
    pub(super) async fn check(&self, scope: Scope) -> Result<(), Problem> {
        let token = self.token.clone();
        self.desk.keeper.with(move |client| admitted(client, &token, scope).map(drop)).await
    }
}

fn admitted(client: &Client, token: &TokenHash, scope: Scope) -> Result<Integration, Problem> {
    let integration = integration::find(client, token)?.ok_or(Problem::Token)?;
    if integration.scopes.contains(&scope) { Ok(integration) } else { Err(Problem::Scope(scope)) }
}

impl FromRequestParts<Arc<Desk>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(Problem::Token) };
        // The scheme is compared without regard to case (RFC 9110 section 11.1).
        let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
        let token = TokenHash::of(token).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
        let viewer =
            Viewer { words: desk.words_for(&parts.headers), zone: desk.zone.clone(), now: SystemClock.now() };
        Ok(Self { desk: Arc::clone(desk), viewer, token: token.ok_or(Problem::Token)? })
    }
}
