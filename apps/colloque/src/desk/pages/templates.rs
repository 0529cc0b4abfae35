//! The owner's templates: the page where they are kept.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::Visit;
use crate::template::{self, Template};
use crate::words::key;

#[derive(askama::Template)]
#[template(path = "templates.html")]
struct TemplatesPage {
    page: Page,
    templates: Vec<Template>,
    problem: Option<String>,
    form: TemplateForm,
}

#[derive(Deserialize, Clone, Default)]
pub(super) struct TemplateForm {
    name: String,
    #[serde(default)]
    text: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    page(&visit, None, TemplateForm::default()).await
}

pub(super) async fn keep(Posted { visit, form }: Posted<TemplateForm>) -> Result<Response, Fault> {
    let asked = form.clone();
    let kept = visit.ask(move |client, _| Ok(template::keep(client, &asked.name, &asked.text))).await?;
    match kept {
        Ok(()) => Ok(Redirect::to("/templates").into_response()),
        Err(failure) => page(&visit, Some(failure.line(&visit.viewer.words)), form).await,
    }
}

pub(super) async fn edit(Posted { visit, form }: Posted<TemplateForm>) -> Result<Response, Fault> {
    let name = form.name;
    let template = visit
        .ask(move |client, _| Ok(template::all(client)?.into_iter().find(|template| template.name == name)))
        .await?;
    let Template { name, text } = template.ok_or(Fault::NotFound)?;
    page(&visit, None, TemplateForm { name, text }).await
}

pub(super) async fn remove(Posted { visit, form }: Posted<TemplateForm>) -> Result<Response, Fault> {
    visit.ask(move |client, _| Ok(template::remove(client, &form.name)?)).await?;
    Ok(Redirect::to("/templates").into_response())
}

async fn page(visit: &Visit, problem: Option<String>, form: TemplateForm) -> Result<Response, Fault> {
    let templates = visit.ask(|client, _| Ok(template::all(client)?)).await?;
    let page = visit.page(Nav::Settings, visit.viewer.words.say(key!("desk-templates"), &[]));
    Ok(TemplatesPage { page, templates, problem, form }.html())
}
