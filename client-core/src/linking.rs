//! Linking a device, on the primary one: what is said through the relay, a person with a code, and the grant
//! (PROTOCOL section 3). [`NewDevice`] is the other side.
//!
//! What goes on is in memory: a linking that is cut by the end of the program is begun anew, with a new offer. Only the
//! grant leaves something behind, the device list that names the new device.

mod new_device;
mod sealing;

pub use new_device::{ComparedDevice, NewDevice};

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::frame::Request;
use colloque_schemas::id::{DeviceKey, RendezvousId, SealingKey};
use colloque_schemas::limits::{DEVICES_PER_ACCOUNT, LINK_ASK_SECONDS, LINK_NONCE_BYTES};
use colloque_schemas::linking::{
    Answering, Compared, LinkCode, LinkGrantContents, LinkNonce, LinkOffer, LinkStep,
};
use colloque_schemas::refusal::{Refusal, Retry};
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::devices;
use crate::error::{Error, LinkError, Misuse};
use crate::event::Event;
use crate::session::{Pending, State};

/// A linking that goes on.
pub(crate) struct Linking {
    rendezvous: RendezvousId,
    sealing_key: SealingKey,
    /// Before this instant the relay is not asked.
    asks_at: UnixSeconds,
    stage: Stage,
}

enum Stage {
    /// The hello is to be said.
    Hello { answering: Answering, sealed: Opaque },
    /// The new device has not told its nonce yet.
    Nonce(Answering),
    /// A person has not given the code yet.
    Code(Compared),
    /// The grant is to be said. Of one that was said more often than once, it is not known whether it is there.
    Grant { device: DeviceKey, sealed: Opaque, said: u32 },
}

impl Client {
    /// Begins to link the device that shows this offer. [`Event::LinkCompared`] says that it shows a code.
    ///
    /// A linking that went on before is given up.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`], [`Misuse::TooManyDevices`], [`Error::Link`] if the offer is for another relay.
    pub fn begin_link(&mut self, offer: LinkOffer) -> Result<(), Error> {
        self.identity.may_list()?;
        if self.identity.device_list.devices().len() >= DEVICES_PER_ACCOUNT {
            return Err(Misuse::TooManyDevices.into());
        }
        let (rendezvous, sealing_key) = (offer.rendezvous, offer.sealing_key);
        let nonce = LinkNonce::new(self.random::<LINK_NONCE_BYTES>());
        let key = self.identity.credential.account_key();
        let answering = Answering::new(offer, &self.identity.servers.relay.address, key, nonce);
        let answering = answering.map_err(LinkError::from)?;
        let hello = codec::encode(answering.hello());
        let sealed =
            sealing::seal(&self.crypto, sealing_key, LinkStep::Hello.sealing_info(rendezvous), &hello)?;
        self.end_link();
        let stage = Stage::Hello { answering, sealed };
        self.linking = Some(Linking { rendezvous, sealing_key, asks_at: UnixSeconds(0), stage });
        Ok(())
    }

    /// A person has read this code on the new device: it becomes one of the account, which [`Event::DeviceLinked`] says, and
    /// is added to every thread. One try: with another code the linking ends.
    ///
    /// # Errors
    /// [`Misuse::NoLinking`] if no device waits for a code; [`Error::Link`] if the codes differ; [`Error::Store`].
    pub fn confirm_link(
        &mut self,
        code: LinkCode,
        name: Option<&str>,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let Some(Linking { rendezvous, sealing_key, stage: Stage::Code(compared), .. }) = self.linking.take()
        else {
            return Err(Misuse::NoLinking.into());
        };
        let confirmed = match compared.confirm(code) {
            Ok(confirmed) => confirmed,
            Err(fault) => {
                self.say_end(rendezvous);
                return Err(LinkError::from(fault).into());
            }
        };
        let device = confirmed.device();
        let serial = self.random();
        let chain = self.identity.certify(device, serial, now)?;
        let mut listed = self.identity.device_list.devices().to_vec();
        if !listed.contains(&device) {
            listed.push(device);
        }
        let list = self.identity.next_list(listed)?;
        let servers = self.identity.servers.clone();
        let contents = LinkGrantContents {
            authority: servers.authority,
            relay: servers.relay,
            relay_name: servers.relay_name,
            tenant: self.identity.anchor.as_der().to_vec().into(),
            chain: chain.clone(),
            device_list: list.to_unverified(),
        };
        let grant = confirmed.grant(contents, self.identity.account_key()?, now).map_err(LinkError::from)?;
        let info = LinkStep::Grant.sealing_info(rendezvous);
        let sealed = sealing::seal(&self.crypto, sealing_key, info, &codec::encode(&grant))?;
        let unit = self.store.begin()?;
        devices::keep_chain(unit.sql(), &self.identity, device, &chain, now)?;
        if let Some(name) = name {
            devices::name(unit.sql(), device, name)?;
        }
        self.identity.adopt_list(unit.sql(), list)?;
        unit.commit()?;
        self.publish_devices();
        let stage = Stage::Grant { device, sealed, said: 0 };
        self.linking = Some(Linking { rendezvous, sealing_key, asks_at: UnixSeconds(0), stage });
        Ok(())
    }

    /// Gives up a linking that goes on, if one does and nothing was granted yet.
    pub fn end_link(&mut self) {
        if let Some(linking) = self.linking.take() {
            self.say_end(linking.rendezvous);
        }
    }

    pub(crate) fn is_linking(&self) -> bool {
        self.linking.as_ref().is_some_and(|linking| !matches!(linking.stage, Stage::Code(_)))
    }

    /// Says or asks what comes next.
    pub(crate) fn move_link(&mut self, now: UnixSeconds) {
        let is_asking = self
            .session
            .pending
            .values()
            .any(|pending| matches!(pending, Pending::PutLink | Pending::TakeLink));
        let Some(linking) = self.linking.as_mut().filter(|_| !is_asking) else { return };
        if now < linking.asks_at {
            return self.session.wake_at(linking.asks_at);
        }
        let rendezvous = linking.rendezvous;
        let say = |step, content: &Opaque| Request::PutLink { rendezvous, step, content: content.clone() };
        let (request, pending) = match &mut linking.stage {
            Stage::Hello { sealed, .. } => (say(LinkStep::Hello, sealed), Pending::PutLink),
            Stage::Nonce(_) => (Request::TakeLink { rendezvous, step: LinkStep::Nonce }, Pending::TakeLink),
            Stage::Code(_) => return,
            Stage::Grant { sealed, said, .. } => {
                *said = said.saturating_add(1);
                (say(LinkStep::Grant, sealed), Pending::PutLink)
            }
        };
        self.session.ask(request, pending);
    }

    pub(crate) fn link_said(&mut self, events: &mut Vec<Event>) -> Result<(), Error> {
        let Some(linking) = self.linking.take() else { return Ok(()) };
        match linking.stage {
            Stage::Hello { answering, .. } => {
                self.linking = Some(Linking { stage: Stage::Nonce(answering), ..linking });
            }
            Stage::Grant { device, .. } => events.push(Event::DeviceLinked(device)),
            stage @ (Stage::Nonce(_) | Stage::Code(_)) => self.linking = Some(Linking { stage, ..linking }),
        }
        Ok(())
    }

    pub(crate) fn link_heard(
        &mut self,
        content: Option<Opaque>,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(Linking { stage: Stage::Nonce(answering), rendezvous, sealing_key, .. }) =
            self.linking.take()
        else {
            return Ok(());
        };
        let asks_at = now.plus(LINK_ASK_SECONDS);
        let Some(content) = content else {
            self.linking = Some(Linking { rendezvous, sealing_key, asks_at, stage: Stage::Nonce(answering) });
            return Ok(());
        };
        let nonce = codec::decode::<LinkNonce>(content.as_slice(), content.length());
        let heard = match nonce {
            Ok(nonce) => answering.hear(&nonce).map_err(LinkError::from),
            Err(_) => Err(LinkError::Unreadable),
        };
        match heard {
            Ok(compared) => {
                self.linking =
                    Some(Linking { rendezvous, sealing_key, asks_at, stage: Stage::Code(compared) });
                events.push(Event::LinkCompared);
            }
            Err(error) => {
                self.say_end(rendezvous);
                events.push(Event::LinkEnded { reason: error.id() });
            }
        }
        Ok(())
    }

    pub(crate) fn link_refused(
        &mut self,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Some(linking) = &mut self.linking else { return Ok(()) };
        if let Retry::After { seconds } = refusal.retry {
            linking.asks_at = now.plus(seconds.into());
            return Ok(());
        }
        let ended = self.linking.take().map(|linking| linking.stage);
        if let Some(Stage::Grant { device, said: 1, .. }) = ended {
            // The new device will never hear of it: nothing is left of a linking that came too late.
            match self.unlink_device(device) {
                // Nothing can be taken back while the role moves: the list still says that it is there.
                Ok(()) | Err(Error::Misuse(_)) => {}
                Err(error) => return Err(error),
            }
        }
        events.push(Event::LinkEnded { reason: Error::from(refusal).id() });
        Ok(())
    }

    fn say_end(&mut self, rendezvous: RendezvousId) {
        if self.session.state == State::Live {
            self.session.ask(Request::EndLink(rendezvous), Pending::EndLink);
        }
    }
}
