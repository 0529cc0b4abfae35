//! From the terminal to the browser: a link that works once.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path as Segment, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use colloque_client_core::connection::{Clock as _, SystemClock};
use colloque_schemas::point::Points;

use super::Desk;
use super::fault::Fault;
use super::guard::LAUNCH;
use super::page::Html as _;
use super::sessions::COOKIE;
use crate::disk::Draft;

/// Makes links.
pub(crate) struct Launcher(Arc<Desk>);

impl Launcher {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self(desk)
    }

    /// A link that works once, soon.
    pub(crate) fn link(&self) -> String {
        self.address(&self.0.sessions.link(SystemClock.now()))
    }

    /// A link that works once, soon, and in the place of all before it.
    pub(crate) fn fresh_link(&self) -> String {
        self.address(&self.0.sessions.fresh_link(SystemClock.now()))
    }

    fn address(&self, secret: &str) -> String {
        format!("{}{LAUNCH}{secret}", self.0.place.origin())
    }

    /// Forgets the keys and every session.
    pub(crate) async fn end(&self) {
        self.0.sessions.end_all();
        self.0.keeper.end().await;
    }

    /// Opens the browser of the system by a file that only its owner can read: other users see the arguments of processes,
    /// and whoever is first has the session.
    ///
    /// # Errors
    ///
    /// Whatever the system says; there may be no browser.
    pub(crate) fn open_browser(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join("desk.html");
        let page = Redirect { to: &self.link() }.render().map_err(|_| io::ErrorKind::Other)?;
        Draft::write(&Points::default(), &path, |file| file.write_all(page.as_bytes()))?.replace(&path)?;
        let opener = if cfg!(target_os = "macos") {
            "open"
        } else if cfg!(windows) {
            "explorer"
        } else {
            "xdg-open"
        };
        let quiet = Stdio::null;
        Command::new(opener).arg(&path).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().map(drop)
    }
}

/// Goes on from a page of ours: a redirection would count as the other program's, and the new cookie would not be sent.
#[derive(Template)]
#[template(path = "redirect.html")]
struct Redirect<'a> {
    to: &'a str,
}

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/launch/{secret}", get(launch))
}

async fn launch(State(desk): State<Arc<Desk>>, Segment(secret): Segment<String>) -> Result<Response, Fault> {
    let secret = desk.sessions.redeem(&secret, SystemClock.now()).ok_or(Fault::NoSession)?;
    let cookie = format!("{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict");
    Ok(([(SET_COOKIE, cookie)], Redirect { to: "/" }.html()).into_response())
}
