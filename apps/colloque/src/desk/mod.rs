//! The desk: the pages of one profile, served by its own client to its owner's browser, on loopback alone.
//!
//! Keys and code never come from the relay. Pages are rendered here, work without a script, and hold nothing that a browser
//! would execute but one small script of ours.
//!
//! | for | see |
//! |---|---|
//! | who may ask at all | `place`, `serving`, `guard`, `sessions`, `launch` |
//! | the open profile, its connection, the idle lock | `keeper` |
//! | what every page has | `visit`, `page`, `fault` |
//! | forms, and files that come with them | `posted`, `written`, `coming` |
//! | each page | `pages` |
//! | threads as files | `download` |
//! | programs of the practice | `api` |
//! | what pages and programs do alike | `act` |
//! | what changes while a page is open | `news`, `pages::live` |

mod act;
mod api;
mod coming;
mod download;
mod fault;
mod guard;
mod keeper;
mod launch;
mod news;
mod once;
mod page;
mod pages;
mod place;
mod posted;
mod searches;
mod serving;
mod sessions;
mod visit;
mod written;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use colloque_client_core::Passphrase;
use colloque_schemas::point::Points;
use jiff::tz::TimeZone;
use rand_core::OsRng;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use keeper::Keeper;
use once::Once;
use place::Place;
use searches::Searches;
use sessions::Sessions;

use crate::disk;
use crate::words::{Language, Words};

pub(crate) use launch::Launcher;

/// What every request finds.
pub(crate) struct Desk {
    place: Place,
    sessions: Sessions,
    once: Once,
    searches: Arc<Searches>,
    keeper: Keeper,
    /// Pictures are decoded one at a time: each takes memory.
    decoding: Semaphore,
    rates: api::Rates,
    zone: TimeZone,
    /// The keys leave memory after this long without anybody.
    idle_minutes: u16,
    english: Arc<Words>,
    french: Arc<Words>,
    /// Where neither cookie nor browser says.
    language: Language,
}

/// A desk that listens and does not answer yet.
pub(crate) struct Bound {
    desk: Arc<Desk>,
    listeners: Vec<TcpListener>,
}

impl Bound {
    /// Listens for the profile in this folder.
    ///
    /// # Errors
    ///
    /// Whatever the system says of the folder, the port and the thread.
    pub(crate) async fn to(
        folder: &Path,
        port: u16,
        idle_minutes: u16,
        language: Language,
        zone: TimeZone,
    ) -> io::Result<Self> {
        let idle = Duration::from_secs(u64::from(idle_minutes) * 60);
        disk::private_folder(&Points::default(), folder)?;
        let (place, listeners) = place::listen(place::name(folder, &mut OsRng)?, port).await?;
        let searches = Arc::<Searches>::default();
        let desk = Desk {
            place,
            sessions: Sessions::default(),
            once: Once::default(),
            keeper: Keeper::start(folder.to_owned(), idle, Arc::clone(&searches))?,
            searches,
            decoding: Semaphore::new(1),
            rates: api::Rates::default(),
            zone,
            idle_minutes,
            english: Arc::new(Words::desk(Language::English)),
            french: Arc::new(Words::desk(Language::French)),
            language,
        };
        Ok(Self { desk: Arc::new(desk), listeners })
    }

    /// What makes links to it.
    pub(crate) fn launcher(&self) -> Launcher {
        Launcher::new(Arc::clone(&self.desk))
    }

    /// Opens the profile with a passphrase that is known without asking in the browser.
    ///
    /// # Errors
    ///
    /// As the client says.
    pub(crate) async fn open(&self, passphrase: Passphrase) -> Result<(), colloque_client_core::Error> {
        self.desk.keeper.open(passphrase).await.unwrap_or(Ok(()))
    }

    /// Answers until one listener fails. Dropping it ends every connection.
    ///
    /// # Errors
    ///
    /// Whatever the system says.
    pub(crate) async fn serve(self) -> io::Result<()> {
        let router = router(Arc::clone(&self.desk));
        let mut serving = JoinSet::new();
        for listener in self.listeners {
            let router = router.clone();
            serving.spawn(serving::serve(listener, router));
        }
        match serving.join_next().await {
            Some(ended) => ended.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())),
            None => Ok(()),
        }
    }
}

fn router(desk: Arc<Desk>) -> Router {
    let guard = axum::middleware::from_fn_with_state(Arc::clone(&desk), guard::guard);
    pages::routes().merge(launch::routes()).merge(api::routes()).layer(guard).with_state(desk)
}

impl Desk {
    /// The language of a request: of the cookie, else of the browser, else of the system.
    fn words_for(&self, headers: &HeaderMap) -> Arc<Words> {
        let texts = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let chosen = texts(COOKIE)
            .flat_map(|header| header.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(pages::LANGUAGE_COOKIE)?.strip_prefix('='))
            .and_then(Language::of);
        let preferred = || texts(ACCEPT_LANGUAGE).flat_map(|header| header.split(',')).find_map(range);
        match chosen.or_else(preferred).unwrap_or(self.language) {
            Language::English => Arc::clone(&self.english),
            Language::French => Arc::clone(&self.french),
        }
    }
}

/// The language of a language range such as `fr-CA;q=0.8` (RFC 9110 section 12.5.4). Browsers name the preferred first.
fn range(text: &str) -> Option<Language> {
    Language::of(text.split(';').next().unwrap_or_default().trim())
}
