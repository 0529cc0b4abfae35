//! A relay that helps a patient to break the rules: what an honest relay refuses, it hands over.
//!
//! A relay cannot be made to lie by its operator's command line, so the tour plays one itself. It takes the relay's
//! place at a copy of the doctor's device: the real client core, opened here and fed with frames. On a copy, because a
//! relay that lies does lasting harm: its log is no longer everybody's.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use colloque_client_core::{Client, Event as Told, KeySource, Passphrase};
use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, InboxItem, InboxSeq, NewEnvelope};
use colloque_schemas::frame::{
    Append, Challenge, ClientFrame, Event, OpenThread, Page, Request, RequestId, Response, ServerFrame,
    SignedIn,
};
use colloque_schemas::id::{DeviceKey, Incarnation, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::sign_in::{ChannelBinding, Nonce};
use colloque_schemas::time::UnixSeconds;
use rand_core::OsRng;

/// The relay, and the device that believes to talk to an honest one.
pub(crate) struct ColludingRelay {
    client: Client,
    key_packages: Vec<Vec<u8>>,
    now: UnixSeconds,
}

impl ColludingRelay {
    /// Lets the device of this profile sign in, and publish fresh KeyPackages.
    pub(crate) fn meet(profile: &Path, passphrase: &str, now: UnixSeconds) -> Result<Self> {
        let source = KeySource::Passphrase(Passphrase::new(passphrase.to_owned()));
        let client = Client::open(profile, &source, Box::new(OsRng))?;
        let mut relay = Self { client, key_packages: Vec::new(), now };
        relay.client.connection_opened(ChannelBinding([0; 32]));
        let (version, relay_name) = (PROTOCOL_VERSION, String::new());
        relay.tell(&ServerFrame::Challenge(Challenge { version, nonce: Nonce([0; 32]), relay_name }))?;
        relay.serve()?;
        Ok(relay)
    }

    /// The device, and one of its KeyPackages.
    pub(crate) fn key_package(&self) -> Result<(DeviceKey, &[u8])> {
        let key_package = self.key_packages.first().context("no KeyPackage was published")?;
        Ok((self.client.own().device, key_package))
    }

    /// The threads that the device shows.
    pub(crate) fn threads(&self) -> Result<Vec<ThreadId>> {
        Ok(self.client.threads()?.iter().map(|summary| summary.thread).collect())
    }

    /// Hands over the Welcome of a thread; what the device tells its owner.
    pub(crate) fn hand_over_welcome(&mut self, opening: &OpenThread) -> Result<Vec<Told>> {
        let welcome = opening.welcomes.first().context("no Welcome")?;
        let item = InboxItem {
            number: InboxSeq(1),
            thread: opening.thread,
            seq: Seq(1),
            payload: welcome.payload.clone(),
        };
        self.tell(&ServerFrame::Event(Event::Inbox(item)))
    }

    /// Hands over an envelope, just after the handshake that it was written under; what the device tells its owner.
    pub(crate) fn hand_over(&mut self, append: &Append) -> Result<Vec<Told>> {
        let NewEnvelope { kind, payload } = append.envelope.clone();
        let envelope = Envelope { seq: append.handshake_head.next(), kind, payload };
        self.tell(&ServerFrame::Event(Event::Appended { thread: append.thread, envelope }))
    }

    /// Answers everything that the device asks: nothing is new, and it has no KeyPackages left.
    fn serve(&mut self) -> Result<()> {
        loop {
            let asked = self.client.take_outgoing();
            if asked.is_empty() {
                return Ok(());
            }
            for frame in asked {
                let ClientFrame { id, request } = codec::decode(&frame, FRAME_MAX_BYTES)?;
                self.answer(id, request)?;
            }
        }
    }

    fn answer(&mut self, id: RequestId, request: Request) -> Result<()> {
        let response = match request {
            Request::SignIn(_) => Response::SignedIn(SignedIn {
                relay_at: self.now,
                key_packages_left: 0,
                has_last_resort: true,
                incarnation: Incarnation::new([1; 16]),
                device_list: None,
                leaf: None,
            }),
            Request::PublishKeyPackages(published) => {
                self.key_packages.extend(published.one_time.iter().map(|one| one.as_slice().to_vec()));
                Response::Done
            }
            Request::Sync(_) => Response::Page(Page { threads: Vec::new(), inbox: Vec::new(), more: false }),
            Request::AcknowledgeInbox(_) | Request::AssertTerms(_) => Response::Done,
            _ => bail!("the doctor's device asks for something unexpected"),
        };
        self.tell(&ServerFrame::Reply { id, response })?;
        Ok(())
    }

    fn tell(&mut self, frame: &ServerFrame) -> Result<Vec<Told>> {
        Ok(self.client.receive(&codec::encode(frame), self.now)?)
    }
}
