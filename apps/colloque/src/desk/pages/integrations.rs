//! The part of the settings that lets programs of the practice use the API, and takes it from them.

use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_schemas::time::UnixSeconds;
use rand_core::OsRng;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::posted::Posted;
use super::super::visit::Viewer;
use super::settings;
use crate::failure::Failure;
use crate::integration::{self, Integration, Scope};
use crate::moment;
use crate::plain;

/// An integration, as the page lists it.
pub(super) struct IntegrationRow {
    pub(super) name: String,
    pub(super) scopes: String,
    pub(super) added: String,
}

/// What an integration may do, as the form offers it.
pub(super) struct ScopeField {
    pub(super) word: &'static str,
    pub(super) meaning: String,
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    name: String,
    #[serde(default)]
    read: Option<String>,
    #[serde(default)]
    write: Option<String>,
    #[serde(default)]
    export: Option<String>,
    #[serde(default)]
    events: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RemoveForm {
    name: String,
}

pub(super) async fn add(Posted { visit, form }: Posted<AddForm>) -> Result<Response, Fault> {
    let scopes = form.scopes();
    let added = visit
        .ask(move |client, viewer| Ok(integration::add(client, &form.name, &scopes, viewer.now, &mut OsRng)))
        .await?;
    match added {
        // On the answer itself: the token is in no address and on no page that could be asked for again.
        Ok(token) => settings::page(&visit, Some(token), None).await,
        Err(failure) => settings::page(&visit, None, Some(failure.line(&visit.viewer.words))).await,
    }
}

pub(super) async fn remove(Posted { visit, form }: Posted<RemoveForm>) -> Result<Response, Fault> {
    let removed = visit.ask(move |client, _| Ok(integration::remove(client, &form.name))).await?;
    match removed {
        Ok(()) => Ok(Redirect::to("/settings").into_response()),
        Err(failure) => settings::page(&visit, None, Some(failure.line(&visit.viewer.words))).await,
    }
}

impl AddForm {
    fn scopes(&self) -> Vec<Scope> {
        let is_chosen = |scope: &Scope| match scope {
            Scope::Read => self.read.is_some(),
            Scope::Write => self.write.is_some(),
            Scope::Export => self.export.is_some(),
            Scope::Events => self.events.is_some(),
        };
        Scope::ALL.into_iter().filter(is_chosen).collect()
    }
}

/// All of them, in words.
pub(super) fn rows(
    client: &colloque_client_core::Client,
    viewer: &Viewer,
) -> Result<Vec<IntegrationRow>, Failure> {
    let row = |integration: Integration| {
        let meanings = integration.scopes.iter().map(|scope| viewer.words.say(scope.meaning(), &[]));
        IntegrationRow {
            name: plain::name(&integration.name),
            scopes: meanings.collect::<Vec<_>>().join("; "),
            added: moment::shown(UnixSeconds(integration.created_at), &viewer.zone, &viewer.words),
        }
    };
    Ok(integration::all(client)?.into_iter().map(row).collect())
}

/// Everything that may be allowed.
pub(super) fn scopes(viewer: &Viewer) -> Vec<ScopeField> {
    let field =
        |scope: Scope| ScopeField { word: scope.word(), meaning: viewer.words.say(scope.meaning(), &[]) };
    Scope::ALL.into_iter().map(field).collect()
}
