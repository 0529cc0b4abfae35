//! A form that was sent twice, by an impatient hand or a browser that tries again, acts once.
//!
//! Every form that sends a message carries a number of its own. The same number with the same text again is answered with
//! what came of it the first time; with another text it is another message.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use colloque_schemas::id::ThreadId;
use data_encoding::BASE64URL_NOPAD;
use rand_core::{OsRng, RngCore as _};
use sha2::{Digest as _, Sha256};

const NUMBER_BYTES: usize = 16;
/// Forms that are remembered.
const REMEMBERED: usize = 256;

/// The forms that were acted on.
#[derive(Default)]
pub(crate) struct Once(Mutex<VecDeque<([u8; 32], ThreadId)>>);

impl Once {
    /// The number of a new form.
    pub(crate) fn number() -> String {
        let mut bytes = [0; NUMBER_BYTES];
        OsRng.fill_bytes(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Does what a form asks, unless it was done: then says in which thread.
    ///
    /// # Errors
    ///
    /// Those of `act`, after which the form may be sent again.
    pub(crate) fn act<E>(
        &self,
        number: &str,
        text: &str,
        act: impl FnOnce() -> Result<ThreadId, E>,
    ) -> Result<ThreadId, E> {
        let hash = Sha256::new().chain_update(number).chain_update([0]).chain_update(text);
        let form: [u8; 32] = hash.finalize().into();
        // Held while it is done: of two that come together, the second waits for what came of the first.
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, thread)) = done.iter().find(|(known, _)| *known == form) {
            return Ok(*thread);
        }
        let thread = act()?;
        if done.len() >= REMEMBERED {
            done.pop_front();
        }
        done.push_back((form, thread));
        Ok(thread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_acts_once_and_another_text_or_form_again() {
        let once = Once::default();
        let acts = std::cell::Cell::new(0_u8);
        let act = |number: &str, text: &str| {
            once.act(number, text, || {
                acts.set(acts.get() + 1);
                Ok::<_, ()>(ThreadId::new([acts.get(); 16]))
            })
        };
        let first = act("a", "Bonjour");
        assert_eq!(act("a", "Bonjour"), first);
        assert_eq!(acts.get(), 1);
        assert_ne!(act("a", "Bonjour."), first);
        assert_ne!(act("b", "Bonjour"), first);
        assert_eq!(acts.get(), 3);
    }

    #[test]
    fn a_form_whose_act_failed_may_be_sent_again() {
        let once = Once::default();
        assert_eq!(once.act("a", "x", || Err("no")), Err("no"));
        let thread = ThreadId::new([1; 16]);
        assert_eq!(once.act("a", "x", || Ok::<_, &str>(thread)), Ok(thread));
    }
}
