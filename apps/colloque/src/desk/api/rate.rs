//! How much a program may ask in a minute: enough for any that works, little for one that loops.

use std::sync::{Mutex, PoisonError};

use colloque_schemas::time::UnixSeconds;

use crate::integration::TokenHash;

/// Requests of one integration in one minute.
const REQUESTS_PER_MINUTE: u32 = 600;

/// What was asked in this minute. Only of tokens that are known, hence bounded by their number.
#[derive(Default)]
pub(crate) struct Rates(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: u64,
    asked: Vec<(TokenHash, u32)>,
}

impl Rates {
    /// Whether the integration of this token may ask once more.
    pub(super) fn admits(&self, token: &TokenHash, now: UnixSeconds) -> bool {
        // A count is whole or was not made.
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0 / 60;
        if minute.number != number {
            *minute = Minute { number, asked: Vec::new() };
        }
        match minute.asked.iter_mut().find(|(of, _)| of == token) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count <= REQUESTS_PER_MINUTE
            }
            None => {
                minute.asked.push((token.clone(), 1));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    #[test]
    fn a_program_that_loops_waits_for_the_next_minute_and_no_other_waits_for_it() {
        let token = |byte| {
            TokenHash::of(&format!("colloque_{}", BASE64URL_NOPAD.encode(&[byte; 32]))).expect("a token")
        };
        let (rates, now) = (Rates::default(), UnixSeconds(6_000));
        for _ in 0..REQUESTS_PER_MINUTE {
            assert!(rates.admits(&token(1), now));
        }
        assert!(!rates.admits(&token(1), now));
        assert!(rates.admits(&token(2), now));
        assert!(!rates.admits(&token(1), now.plus(59)));
        assert!(rates.admits(&token(1), now.plus(60)));
    }
}
