//! What every page has: language, where one is, how the connection is, the token of its forms.

use std::sync::Arc;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use colloque_schemas::role::Role;
use fluent_bundle::FluentValue;

use super::keeper::State;
use super::sessions::Session;
use crate::export::Format;
use crate::people::holder_label;
use crate::words::{Key, Language, Words};

/// Which part of the desk a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Nav {
    /// Threads, and what needs doing.
    Inbox,
    /// A new thread.
    New,
    /// Messages by their words.
    Search,
    /// People and their keys.
    People,
    /// What can be set.
    Settings,
    /// Before the profile is open: nothing to go to.
    Outside,
}

/// What every page shows beside its own.
pub(crate) struct Page {
    words: Arc<Words>,
    /// Of the window and of the page.
    pub(crate) title: String,
    /// Where it belongs.
    pub(crate) nav: Nav,
    /// For the forms on it.
    pub(crate) form_token: String,
    /// Of the owner, once the profile is open.
    pub(crate) role: Option<Role>,
    /// The owner, once the profile is open.
    pub(crate) owner: String,
    /// Whether the relay is there.
    pub(crate) is_connected: bool,
    /// What keeps the relay away, if waiting does not help.
    pub(crate) relay_fault: Option<String>,
    /// To come back to after the language was changed.
    pub(crate) path: String,
}

impl Page {
    pub(crate) fn new(
        words: Arc<Words>,
        title: String,
        nav: Nav,
        session: &Session,
        state: &State,
        path: &str,
    ) -> Self {
        let (role, owner, is_connected, relay_fault) = match state {
            State::Open { holder, is_connected, fault } => (
                Some(holder.role()),
                holder_label(holder, &words),
                *is_connected,
                fault.map(|id| words.relay_fault(id)),
            ),
            State::Closed(_) => (None, String::new(), false, None),
        };
        let nav = if role.is_some() { nav } else { Nav::Outside };
        let form_token = session.form_token.clone();
        let path = path.to_owned();
        Self { words, title, nav, form_token, role, owner, is_connected, relay_fault, path }
    }

    /// A message.
    pub(crate) fn t(&self, id: &'static str) -> String {
        self.words.say(Key(id), &[])
    }

    /// A message that agrees with a number, `$count`.
    pub(crate) fn t_count(&self, id: &'static str, count: &u64) -> String {
        self.words.say(Key(id), &[("count", FluentValue::from(*count))])
    }

    /// Whether the page is for a professional.
    pub(crate) fn is_professional(&self) -> bool {
        self.role == Some(Role::Professional)
    }

    /// Whether the page is for a patient.
    pub(crate) fn is_patient(&self) -> bool {
        self.role == Some(Role::Patient)
    }

    /// Whether this build makes PDF.
    pub(crate) fn has_pdf(&self) -> bool {
        Format::Pdf.check().is_ok()
    }

    /// The language as HTML says it (BCP 47).
    pub(crate) fn language(&self) -> &'static str {
        self.words.language().word()
    }

    /// The other language, which the page offers.
    pub(crate) fn other_language(&self) -> &'static str {
        match self.words.language() {
            Language::English => Language::French.word(),
            Language::French => Language::English.word(),
        }
    }
}

/// A page for somebody without a session, or a fault: nothing of the profile is on it.
#[derive(Template)]
#[template(path = "stranger.html")]
pub(crate) struct Stranger {
    pub(crate) words: Arc<Words>,
    pub(crate) line: String,
}

impl Stranger {
    fn t(&self, id: &'static str) -> String {
        self.words.say(Key(id), &[])
    }

    fn language(&self) -> &'static str {
        self.words.language().word()
    }
}

/// A template as an answer.
pub(crate) trait Html: Template {
    /// The page. A template that cannot be rendered is a fault of ours, and says nothing.
    fn html(&self) -> Response {
        match self.render() {
            Ok(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
            Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl<T: Template> Html for T {}
