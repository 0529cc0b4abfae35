//! Sending a letter: a KeyPackage of the other device is claimed, then the letter goes into its inbox. What is cut short is begun
//! anew; the other device takes no harm of hearing the same twice.

use colloque_schemas::frame::{ClaimedKeyPackages, Request, SendLetter};
use colloque_schemas::id::ThreadId;
use colloque_schemas::refusal::Refusal;
use colloque_schemas::time::UnixSeconds;

use super::{Errand, seal};
use crate::client::Client;
use crate::document::transfer::put_off;
use crate::error::{Error, PeerFault};
use crate::event::Event;
use crate::session::Pending;
use crate::thread::{Stop, Tools, open};

/// When KeyPackages of the other device are asked for again.
const RETRY_SECONDS: u64 = 15;

impl Client {
    /// Asks for a KeyPackage, unless that is under way, or to be put off.
    pub(crate) fn begin_letter(&mut self, errand: Errand, now: UnixSeconds) {
        let is_that = |pending: &Pending| matches!(pending, Pending::LetterClaim(of) | Pending::Letter(of) if *of == errand);
        let is_under_way = self.session.pending.values().any(is_that);
        if !is_under_way && !self.session.still_waits(self.session.letter_waits_until, now) {
            let own = self.identity.actor().account;
            self.session.ask(Request::ClaimKeyPackages(own), Pending::LetterClaim(errand));
        }
    }

    /// KeyPackages of one's own other devices have come: the letter can be written.
    pub(crate) fn write_letter(
        &mut self,
        errand: Errand,
        claimed: &ClaimedKeyPackages,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let written = match errand {
            Errand::History(history) => self.history_letter(history)?,
            Errand::Primary => self.primary_letter()?,
        };
        let Some((device, letter)) = written else { return Ok(()) };
        let Some(claimed) = claimed.key_packages.iter().find(|claimed| claimed.device == device) else {
            self.session.letter_waits_until = Some(now.plus(RETRY_SECONDS));
            return Ok(());
        };
        let (group, owner) = (ThreadId::new(self.random()), self.identity.actor().account);
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        // Dropped: nothing of the letter's group is kept.
        let unit = self.store.begin()?;
        let certified = open::certified(tools, &tools.provider(unit.sql()), claimed, now).map_err(Stop::from);
        let sealed = certified.and_then(|(key_package, credential)| {
            if (credential.account(), credential.device_key()) != (owner, device) {
                return Err(PeerFault::Certificate.into());
            }
            seal::seal(tools, unit.sql(), (group, key_package), &letter)
        });
        drop(unit);
        match sealed {
            Ok(payload) => {
                let letter = SendLetter { owner, device, group, payload: payload.into() };
                self.session.ask(Request::SendLetter(letter), Pending::Letter(errand));
                Ok(())
            }
            Err(Stop::Peer(fault)) => self.letter_failed(errand, fault.id(), events),
            Err(Stop::Failure(error)) => Err(error),
        }
    }

    pub(crate) fn letter_sent(&mut self, errand: Errand, events: &mut Vec<Event>) -> Result<(), Error> {
        match errand {
            Errand::History(history) => self.history_told(history, events),
            Errand::Primary => self.primary_told(),
        }
    }

    pub(crate) fn letter_refused(
        &mut self,
        errand: Errand,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match put_off(&refusal, now) {
            Some(until) => {
                self.session.letter_waits_until = Some(until);
                Ok(())
            }
            None => self.letter_failed(errand, refusal.code.id(), events),
        }
    }

    fn letter_failed(
        &mut self,
        errand: Errand,
        reason: &'static str,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match errand {
            Errand::History(history) => self.fail_history(history, reason, events),
            Errand::Primary => {
                self.session.letter_waits_until = Some(UnixSeconds(u64::MAX));
                events.push(Event::LetterRefused { reason });
                Ok(())
            }
        }
    }
}
