//! A request of the owner: with a session, a language, and what pages are made with.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use colloque_client_core::Client;
use colloque_client_core::connection::{Clock as _, SystemClock};
use colloque_schemas::time::UnixSeconds;
use jiff::tz::TimeZone;

use super::Desk;
use super::fault::Fault;
use super::page::{Nav, Page};
use super::sessions::{self, Session};
use crate::words::Words;

/// Digits of the id of a thread or person in an address.
const ID_DIGITS: usize = 32;

/// A request of the owner of the profile.
pub(crate) struct Visit {
    pub(crate) desk: Arc<Desk>,
    pub(crate) session: Session,
    pub(crate) viewer: Viewer,
    /// Path and query, to come back to.
    path: String,
}

/// What things are shown with.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) words: Arc<Words>,
    pub(crate) zone: TimeZone,
    pub(crate) now: UnixSeconds,
}

impl Visit {
    /// Asks the profile, with what the answer is shown with.
    ///
    /// # Errors
    ///
    /// `Closed`, and whatever the question comes to.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Client, &Viewer) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let viewer = self.viewer.clone();
        self.desk.keeper.with(move |client| question(client, &viewer)).await
    }

    /// What every page shows.
    pub(crate) fn page(&self, nav: Nav, title: String) -> Page {
        Page::new(self.viewer.words.clone(), title, nav, &self.session, &self.desk.keeper.state(), &self.path)
    }

    /// Whether a form is one that this session was shown.
    ///
    /// # Errors
    ///
    /// `ForeignForm`.
    pub(crate) fn check_form(&self, token: &str) -> Result<(), Fault> {
        if self.session.has_shown(token) { Ok(()) } else { Err(Fault::ForeignForm) }
    }
}

impl FromRequestParts<Arc<Desk>> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Fault> {
        let now = SystemClock.now();
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        // HTTP/2 may split the header (RFC 9113 section 8.2.3).
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let session = sessions::cookie_in(&cookies)
            .and_then(|secret| desk.sessions.find(secret, now))
            .ok_or(Fault::NoSession)?;
        let viewer = Viewer { words: desk.words_for(&parts.headers), zone: desk.zone.clone(), now };
        let path = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            _ => page_of(parts.uri.path()),
        };
        Ok(Self { desk: Arc::clone(desk), session, viewer, path })
    }
}

/// The page that a form stands on: of a thread or person with its id, else by the first part of the address alone.
fn page_of(action: &str) -> String {
    let mut parts = action.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let id = parts.next().filter(|id| id.len() == ID_DIGITS && matches!(first, "threads" | "people"));
    id.map_or_else(|| format!("/{first}"), |id| format!("/{first}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_the_page_that_it_stands_on() {
        let id = "0123456789abcdef0123456789abcdef";
        for (action, page) in [
            (format!("/threads/{id}/send"), format!("/threads/{id}")),
            (format!("/people/{id}/name"), format!("/people/{id}")),
            ("/people/add".to_owned(), "/people".to_owned()),
            ("/new/fill".to_owned(), "/new".to_owned()),
            ("/settings/integrations/add".to_owned(), "/settings".to_owned()),
            ("/".to_owned(), "/".to_owned()),
        ] {
            assert_eq!(page_of(&action), page);
        }
    }
}
