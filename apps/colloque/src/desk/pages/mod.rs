//! The pages, one file each: what is shown, and what its forms do.

mod assets;
mod compose;
mod draft;
mod enrol;
mod inbox;
mod line;
mod live;
mod lock;
mod offer;
mod people;
mod search;
mod settings;
mod team;
mod templates;
mod thread;
mod window;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::Desk;

pub(super) use settings::LANGUAGE_COOKIE;

/// A form holds at most one message, every byte of it escaped, and its other fields.
const FORM_MAX_BYTES: usize = 128 * 1024;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(inbox::show))
        .route("/new", get(compose::show).post(compose::open))
        .route("/new/fill", post(compose::fill))
        .route("/search", get(search::show).post(search::find))
        .route("/templates", get(templates::show).post(templates::keep))
        .route("/templates/edit", post(templates::edit))
        .route("/templates/remove", post(templates::remove))
        .route("/live/draft", post(draft::keep))
        .route("/live/inbox", get(inbox::part))
        .route("/live/threads/{thread}", get(thread::part))
        .route("/threads/{thread}", get(thread::show))
        .route("/threads/{thread}/send", post(thread::send))
        .route("/threads/{thread}/fill", post(thread::fill))
        .route("/threads/{thread}/mode", post(thread::set_mode))
        .route("/threads/{thread}/leave", post(thread::leave))
        .route("/threads/{thread}/add", post(team::add))
        .route("/threads/{thread}/remove", post(team::remove))
        .route("/people", get(people::list))
        .route("/people/{account}", get(people::show))
        .route("/people/{account}/name", post(people::name))
        .route("/people/{account}/confirm", post(people::confirm))
        .route("/people/{account}/block", post(people::block))
        .route("/people/{account}/unblock", post(people::unblock))
        .route("/people/add", post(people::add))
        .route("/settings", get(settings::show))
        .route("/language", post(settings::language))
        .route("/enrol", get(enrol::show).post(enrol::enrol))
        .route("/unlock", get(lock::show).post(lock::unlock))
        .route("/lock", post(lock::lock))
        .route("/live/state", get(live::state))
        .route("/live/events", get(live::events))
        .route("/live/attended", post(live::attended))
        .route("/assets/desk.css", get(assets::style))
        .route("/assets/desk.js", get(assets::script))
        .route("/assets/icon.svg", get(assets::icon))
        .layer(DefaultBodyLimit::max(FORM_MAX_BYTES))
}
