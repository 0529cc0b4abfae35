//! Finding messages by their words.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Hit, Piece};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use crate::failure::Failure;
use crate::moment;
use crate::people::People;
use crate::plain;
use crate::render::Renderer;
use crate::words::key;

/// Messages on one page; whoever wants others says more words.
const HITS: usize = 50;

/// A message that was found.
struct Row {
    thread: String,
    place: u64,
    /// The others in its thread.
    people: String,
    author: String,
    time: String,
    excerpt: Vec<Piece>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    query: String,
    /// None before anything was looked for.
    rows: Option<Vec<Row>>,
    /// Whether there may be more than is shown.
    is_cut: bool,
    problem: Option<String>,
}

/// What is looked for. It comes in a form, not in an address: browsers keep addresses.
#[derive(Deserialize)]
pub(super) struct SearchForm {
    query: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    // A desk that is locked has nothing to search.
    visit.ask(|_, _| Ok(())).await?;
    let page = visit.page(Nav::Search, visit.viewer.words.say(key!("desk-search"), &[]));
    Ok(SearchPage { page, query: String::new(), rows: None, is_cut: false, problem: None }.html())
}

/// Leads to what is found, by an address that can be loaded again and gone back to, and says nothing.
pub(super) async fn find(Posted { visit, form }: Posted<SearchForm>) -> Result<Redirect, Fault> {
    visit.ask(|_, _| Ok(())).await?;
    let number = visit.desk.searches.keep(&visit.session, form.query);
    Ok(Redirect::to(&format!("/search/{number}")))
}

pub(super) async fn found(visit: Visit, Path(number): Path<u64>) -> Result<Response, Fault> {
    let Some(query) = visit.desk.searches.find(&visit.session, number) else {
        return Ok(Redirect::to("/search").into_response());
    };
    let page = visit.page(Nav::Search, visit.viewer.words.say(key!("desk-search"), &[]));
    let asked = query.clone();
    let found = visit.ask(move |client, viewer| Ok(rows(client, viewer, &asked))).await?;
    let (rows, problem) = match found {
        Ok(rows) => (Some(rows), None),
        Err(failure) => (None, Some(failure.line(&visit.viewer.words))),
    };
    let is_cut = rows.as_ref().is_some_and(|rows| rows.len() == HITS);
    Ok(SearchPage { page, query: query.as_str().to_owned(), rows, is_cut, problem }.html())
}

fn rows(client: &Client, viewer: &Viewer, query: &str) -> Result<Vec<Row>, Failure> {
    let people = People::of(client)?;
    let renderer = Renderer { people: &people, zone: &viewer.zone, words: &viewer.words };
    client.search(query, HITS)?.into_iter().map(|hit| row(client, hit, &renderer, viewer)).collect()
}

fn row(client: &Client, hit: Hit, renderer: &Renderer<'_>, viewer: &Viewer) -> Result<Row, Failure> {
    let piece = |piece: Piece| Piece { text: plain::text(&piece.text), ..piece };
    Ok(Row {
        thread: hit.thread.to_string(),
        place: hit.seq.0,
        people: renderer.names(&client.thread(hit.thread)?),
        author: renderer.people.name(hit.author, &viewer.words),
        time: moment::near(hit.sent_at, viewer.now, &viewer.zone, &viewer.words),
        excerpt: hit.excerpt.into_iter().map(piece).collect(),
    })
}
