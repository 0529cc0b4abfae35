//! Who may look: a launch link that works once makes a session, which a cookie carries.
//!
//! Nobody who merely reaches the port gets anything: another user of the machine has no link, and a page of another site
//! has no cookie. Only hashes are kept, so that a look-up takes no time that depends on a secret.

use std::sync::{Mutex, MutexGuard, PoisonError};

use colloque_schemas::time::UnixSeconds;
use data_encoding::BASE64URL_NOPAD;
use rand_core::{OsRng, RngCore as _};
use sha2::{Digest as _, Sha256};

/// Random bytes of a link and of a session.
const SECRET_BYTES: usize = 16;
/// Links that wait to be opened; more forget the oldest.
const LINKS_MAX: usize = 4;
/// Browsers at a time; more end the oldest.
const SESSIONS_MAX: usize = 8;
/// From the making of a link to its end.
const LINK_LIFE_SECONDS: u64 = 300;
/// From the making of a session to its end, whatever happens in it.
const SESSION_LIFE_SECONDS: u64 = 12 * 60 * 60;

/// The cookie. The prefix binds it to this name and to the path `/` (RFC 6265bis section 4.1.3.2).
pub(crate) const COOKIE: &str = "__Host-colloque";

/// A link or session as it is remembered.
type Hash = [u8; 32];

/// Something that ends.
struct Held {
    hash: Hash,
    ends_at: UnixSeconds,
}

/// All links and sessions of one desk.
#[derive(Default)]
pub(crate) struct Sessions {
    links: Mutex<Vec<Held>>,
    sessions: Mutex<Vec<Held>>,
}

/// A session that a request has shown.
#[derive(Clone)]
pub(crate) struct Session {
    /// What every form of this session carries, derived from its secret.
    pub(crate) form_token: String,
    hash: Hash,
}

impl Sessions {
    /// A secret for a link that works once, soon.
    pub(crate) fn link(&self, now: UnixSeconds) -> String {
        issue(&self.links, LINKS_MAX, now, LINK_LIFE_SECONDS)
    }

    /// As [`Self::link`]; of those that were made before, none works any more.
    pub(crate) fn fresh_link(&self, now: UnixSeconds) -> String {
        held(&self.links).clear();
        self.link(now)
    }

    /// A session's secret for a link's, which is spent.
    pub(crate) fn redeem(&self, link: &str, now: UnixSeconds) -> Option<String> {
        let hash = hash(link);
        let mut links = held(&self.links);
        let at = links.iter().position(|held| held.hash == hash && now < held.ends_at)?;
        links.remove(at);
        drop(links);
        Some(issue(&self.sessions, SESSIONS_MAX, now, SESSION_LIFE_SECONDS))
    }

    /// The session of a secret.
    pub(crate) fn find(&self, secret: &str, now: UnixSeconds) -> Option<Session> {
        let hash = hash(secret);
        let session = Session { form_token: form_token(secret), hash };
        self.has(&session, now).then_some(session)
    }

    /// Whether a session that was found has not ended since.
    pub(crate) fn has(&self, session: &Session, now: UnixSeconds) -> bool {
        held(&self.sessions).iter().any(|held| held.hash == session.hash && now < held.ends_at)
    }

    /// Ends every session and link.
    pub(crate) fn end_all(&self) {
        held(&self.links).clear();
        held(&self.sessions).clear();
    }
}

impl Session {
    /// Whether it is the same one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.hash == other.hash
    }

    /// Whether a form is one that this desk showed in this session.
    pub(crate) fn has_shown(&self, token: &str) -> bool {
        // Of hashes: the time that it takes says nothing of the token.
        hash(token) == hash(&self.form_token)
    }
}

fn issue(table: &Mutex<Vec<Held>>, most: usize, now: UnixSeconds, life_seconds: u64) -> String {
    let mut bytes = [0; SECRET_BYTES];
    OsRng.fill_bytes(&mut bytes);
    let secret = BASE64URL_NOPAD.encode(&bytes);
    let mut table = held(table);
    table.retain(|held| now < held.ends_at);
    if table.len() >= most {
        table.remove(0);
    }
    table.push(Held { hash: hash(&secret), ends_at: now.plus(life_seconds) });
    secret
}

fn held(table: &Mutex<Vec<Held>>) -> MutexGuard<'_, Vec<Held>> {
    // A push or removal is whole or did not happen.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret).into()
}

fn form_token(secret: &str) -> String {
    let mut hash = Sha256::new_with_prefix("colloque form 1");
    hash.update(secret);
    BASE64URL_NOPAD.encode(&hash.finalize())
}

/// The value of our cookie in a `Cookie` header (RFC 6265 section 5.4). Of two with the name, none: the browser would send
/// one.
pub(crate) fn cookie_in(header: &str) -> Option<&str> {
    let mut values = header.split(';').filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_000_000);

    #[test]
    fn a_link_opens_one_session_once_and_not_for_ever() {
        let sessions = Sessions::default();
        let link = sessions.link(NOW);
        let secret = sessions.redeem(&link, NOW).unwrap();
        assert!(sessions.find(&secret, NOW).is_some());
        assert!(sessions.redeem(&link, NOW).is_none(), "used");
        assert!(sessions.find(&link, NOW).is_none(), "a link is no session");
        let late = sessions.link(NOW);
        assert!(sessions.redeem(&late, NOW.plus(LINK_LIFE_SECONDS)).is_none(), "late");
        assert!(sessions.find(&secret, NOW.plus(SESSION_LIFE_SECONDS)).is_none(), "a session ends");
    }

    #[test]
    fn a_fresh_link_takes_the_place_of_those_before_it_and_ends_no_session() {
        let sessions = Sessions::default();
        let secret = sessions.redeem(&sessions.link(NOW), NOW).unwrap();
        let unused = [sessions.link(NOW), sessions.link(NOW)];
        let fresh = sessions.fresh_link(NOW);
        assert!(unused.iter().all(|link| sessions.redeem(link, NOW).is_none()));
        assert!(sessions.find(&secret, NOW).is_some());
        assert!(sessions.redeem(&fresh, NOW).is_some());
    }

    #[test]
    fn the_number_of_links_and_sessions_is_bounded_and_the_oldest_goes_first() {
        let sessions = Sessions::default();
        let open = || sessions.redeem(&sessions.link(NOW), NOW).unwrap();
        let first = open();
        let others: Vec<String> = (1..=SESSIONS_MAX).map(|_| open()).collect();
        assert!(sessions.find(&first, NOW).is_none());
        assert!(others.iter().all(|secret| sessions.find(secret, NOW).is_some()));
        let links: Vec<String> = (0..=LINKS_MAX).map(|_| sessions.link(NOW)).collect();
        assert!(sessions.redeem(&links[0], NOW).is_none());
        assert!(sessions.redeem(&links[LINKS_MAX], NOW).is_some());
    }

    #[test]
    fn a_form_of_another_session_is_not_ours() {
        let sessions = Sessions::default();
        let open = || {
            let secret = sessions.redeem(&sessions.link(NOW), NOW).unwrap();
            sessions.find(&secret, NOW).unwrap()
        };
        let (one, other) = (open(), open());
        assert!(one.has_shown(&one.form_token.clone()));
        assert!(!one.has_shown(&other.form_token));
        assert!(!one.has_shown(""));
    }

    #[test]
    fn the_cookie_is_found_among_others_and_not_if_it_stands_twice() {
        assert_eq!(cookie_in("a=1; __Host-colloque=x-_9; b=2"), Some("x-_9"));
        assert_eq!(cookie_in("__Host-colloque=x"), Some("x"));
        assert_eq!(cookie_in("__Host-colloque=x; __Host-colloque=y"), None);
        assert_eq!(cookie_in("x__Host-colloque=x; __Host-colloquey=z"), None);
        assert_eq!(cookie_in(""), None);
    }
}
