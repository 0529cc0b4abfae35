//! What was looked for, so that what was found can be shown again: in memory alone, until the keys leave it. Browsers keep
//! addresses, and an address of ours says only a number.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::sessions::Session;

/// Searches that are remembered; more forget the oldest.
const REMEMBERED: usize = 32;

/// What was looked for in all sessions.
#[derive(Default)]
pub(crate) struct Searches(Mutex<Known>);

#[derive(Default)]
struct Known {
    last: u64,
    searches: VecDeque<(u64, Session, Zeroizing<String>)>,
}

impl Searches {
    /// Remembers what a session looks for: its number.
    pub(crate) fn keep(&self, session: &Session, query: String) -> u64 {
        let mut known = self.known();
        known.last = known.last.wrapping_add(1);
        if known.searches.len() >= REMEMBERED {
            known.searches.pop_front();
        }
        let number = known.last;
        known.searches.push_back((number, session.clone(), Zeroizing::new(query)));
        number
    }

    /// What this session looked for under this number; none if it was another session, or is forgotten.
    pub(crate) fn find(&self, session: &Session, number: u64) -> Option<Zeroizing<String>> {
        let known = self.known();
        let found = known.searches.iter().find(|(is, of, _)| *is == number && of.is(session));
        found.map(|(_, _, query)| query.clone())
    }

    /// Forgets all of it.
    pub(crate) fn forget(&self) {
        self.known().searches.clear();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A push or removal is whole or did not happen.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::time::UnixSeconds;

    use super::*;
    use crate::desk::sessions::Sessions;

    #[test]
    fn a_search_is_found_by_the_session_that_made_it_until_it_is_forgotten() {
        let (sessions, now) = (Sessions::default(), UnixSeconds(1_000_000));
        let [one, other] = [0, 1].map(|_| {
            let secret = sessions.redeem(&sessions.link(now), now).unwrap();
            sessions.find(&secret, now).unwrap()
        });
        let searches = Searches::default();
        let first = searches.keep(&one, "cough".to_owned());
        let again = searches.keep(&one, "fever".to_owned());
        let found = |session, number| searches.find(session, number).map(|query| query.as_str().to_owned());
        assert_eq!(found(&one, first).as_deref(), Some("cough"));
        assert_eq!(found(&one, again).as_deref(), Some("fever"));
        assert_eq!(found(&other, first), None);
        assert_eq!(found(&one, again + 1), None);
        for _ in 1..REMEMBERED {
            searches.keep(&other, "x".to_owned());
        }
        assert_eq!((found(&one, first), found(&one, again).is_some()), (None, true), "the oldest goes first");
        searches.forget();
        assert_eq!(found(&one, again), None);
        assert!(searches.keep(&one, "x".to_owned()) > again, "no number is given twice");
    }
}
