//! The pages, one file each: what is shown, and what its forms do.

mod assets;
mod compose;
mod devices;
mod directory;
mod document;
mod draft;
mod enrol;
mod export;
mod inbox;
mod integrations;
mod invite;
mod join;
mod line;
mod link;
mod live;
mod lock;
mod long;
mod offer;
mod people;
mod search;
mod send;
mod settings;
mod team;
mod templates;
mod thread;
mod window;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use colloque_schemas::limits::{DOCUMENT_MAX_BYTES, DOCUMENTS_PER_MESSAGE};

use super::Desk;
use crate::picture::PICTURE_MAX_BYTES;

pub(super) use document::given;
pub(super) use settings::LANGUAGE_COOKIE;

/// A form with documents holds the largest of them, as many as go with a message, and what stands between them.
const DOCUMENTS_MAX_BYTES: usize = DOCUMENTS_PER_MESSAGE * DOCUMENT_MAX_BYTES as usize + 2 * FORM_MAX_BYTES;

/// A form holds at most one message, every byte of it escaped, and its other fields.
pub(super) const FORM_MAX_BYTES: usize = 128 * 1024;

pub(super) fn routes() -> Router<Arc<Desk>> {
    let with_picture = DefaultBodyLimit::max(2 * PICTURE_MAX_BYTES);
    let with_documents = DefaultBodyLimit::max(DOCUMENTS_MAX_BYTES);
    Router::new()
        .route("/", get(inbox::show))
        .route("/new", get(compose::show).merge(post(compose::open).layer(with_documents)))
        .route("/new/fill", post(compose::fill).layer(with_documents))
        .route("/search", get(search::show).post(search::find))
        .route("/search/{number}", get(search::found))
        .route("/templates", get(templates::show).post(templates::keep))
        .route("/templates/edit", post(templates::edit))
        .route("/templates/remove", post(templates::remove))
        .route("/live/draft", post(draft::keep))
        .route("/live/inbox", get(inbox::part))
        .route("/live/threads/{thread}", get(thread::part))
        .route("/threads/{thread}", get(thread::show))
        .route("/threads/{thread}/messages/{place}", get(long::show))
        .route("/threads/{thread}/send", post(send::send).layer(with_documents))
        .route("/threads/{thread}/documents/{message}/{index}", get(document::save))
        .route("/threads/{thread}/documents/{message}/{index}/small", get(document::small))
        .route("/threads/{thread}/documents/{message}/{index}/fetch", post(document::fetch))
        .route("/threads/{thread}/documents/{message}/{index}/forget", post(document::forget))
        .route("/threads/{thread}/fill", post(send::fill).layer(with_documents))
        .route("/threads/{thread}/export", get(export::thread))
        .route("/export", get(export::all))
        .route("/threads/{thread}/mode", post(thread::set_mode))
        .route("/threads/{thread}/continue", post(thread::continue_in_new))
        .route("/threads/{thread}/leave", post(thread::leave))
        .route("/threads/{thread}/add", post(team::add))
        .route("/threads/{thread}/remove", post(team::remove))
        .route("/people", get(people::list))
        .route("/people/invite", post(invite::invite))
        .route("/people/directory", post(directory::read))
        .route("/people/{account}", get(people::show))
        .route("/people/{account}/invite", post(invite::again))
        .route("/people/{account}/invitation", get(invite::show))
        .route("/people/{account}/name", post(people::name))
        .route("/people/{account}/confirm", post(people::confirm))
        .route("/people/{account}/block", post(people::block))
        .route("/people/{account}/unblock", post(people::unblock))
        .route("/people/add", post(people::add))
        .route("/settings", get(settings::show))
        .route("/settings/integrations/add", post(integrations::add))
        .route("/settings/integrations/remove", post(integrations::remove))
        .route("/language", post(settings::language))
        .route("/enrol", get(enrol::show).post(enrol::enrol))
        .route("/enrol/picture", post(enrol::read).layer(with_picture))
        .route("/enrol/device", get(join::show).post(join::join))
        .route("/enrol/device/stop", post(join::stop))
        .route("/live/enrol/device", get(join::part))
        .route("/devices", get(devices::show))
        .route("/devices/remove", post(devices::remove))
        .route("/devices/give", post(devices::give))
        .route("/devices/stop", post(devices::stop))
        .route("/devices/main", post(devices::make_main))
        .route("/devices/add", get(link::show).post(link::begin))
        .route("/devices/add/picture", post(link::read).layer(with_picture))
        .route("/devices/add/confirm", post(link::confirm))
        .route("/devices/add/stop", post(link::stop))
        .route("/live/devices/add", get(link::part))
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
