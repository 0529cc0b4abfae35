//! What the owner can set, and who the owner is.

use askama::Template;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::Client;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::integrations::{self, IntegrationRow, ScopeField};
use crate::integration::Token;
use crate::moment;
use crate::plain;
use crate::words::{Language, key};

/// Holds the language of the pages, which is no secret and outlives the session.
pub(in super::super) const LANGUAGE_COOKIE: &str = "__Host-colloque-language";

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    account: String,
    device: String,
    relay: String,
    expires: String,
    idle_minutes: u64,
    has_threads: bool,
    integrations: Vec<IntegrationRow>,
    scopes: Vec<ScopeField>,
    /// Of an integration that was added just now.
    token: Option<Token>,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: String,
    back: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    page(&visit, None, None).await
}

/// The page, after an integration was added or was not.
pub(super) async fn page(
    visit: &Visit,
    token: Option<Token>,
    problem: Option<String>,
) -> Result<Response, Fault> {
    let asked = |client: &mut Client, viewer: &Viewer| {
        Ok((client.own(), !client.threads()?.is_empty(), integrations::rows(client, viewer)?))
    };
    let (own, has_threads, integrations) = visit.ask(asked).await?;
    let words = &visit.viewer.words;
    Ok(SettingsPage {
        page: visit.page(Nav::Settings, words.say(key!("desk-settings"), &[])),
        account: own.account.to_string(),
        device: own.device.to_string(),
        relay: plain::name(&own.relay_address),
        idle_minutes: visit.desk.idle_minutes.into(),
        has_threads,
        integrations,
        scopes: integrations::scopes(&visit.viewer),
        token,
        problem,
        expires: moment::shown(own.leaf_expires_at, &visit.viewer.zone, words),
    }
    .html())
}

pub(super) async fn language(Posted { form, .. }: Posted<LanguageForm>) -> Result<Response, Fault> {
    let language = Language::of(&form.language).ok_or(Fault::Malformed)?;
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=31536000",
        language.word()
    );
    // Back to a page of ours, and nowhere else.
    let is_ours = form.back.starts_with('/') && !form.back.starts_with("//") && !form.back.contains('\\');
    let back = if is_ours { form.back.as_str() } else { "/" };
    Ok(([(SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}
