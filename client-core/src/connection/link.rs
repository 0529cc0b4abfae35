//! The network side of a new device that is to be linked: it meets the primary at the relay, before it can sign in.
//!
//! It knows no key of the relay yet. Whoever answers at the address can do no more than what a malicious relay can: say
//! nothing, or something that does not lead to the same code on both devices.

use std::time::Duration;

use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::frame::{ClientFrame, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::{FRAME_MAX_BYTES, LINK_ASK_SECONDS};
use colloque_schemas::linking::LinkStep;
use tokio::time::{sleep, timeout};

use super::clock::Clock;
use super::socket::{Received, Socket};
use crate::client::Client;
use crate::error::{Error, ServerFault};
use crate::linking::{ComparedDevice, NewDevice};
use crate::store::{KeySource, Location};

/// For one answer.
const REPLY: Duration = Duration::from_secs(30);
/// Between two questions.
const ASK: Duration = Duration::from_secs(LINK_ASK_SECONDS);

/// Opens the rendezvous of an offer, so that it can be answered: to be done before it is shown. The offer's time begins here.
///
/// # Errors
/// [`Error::Server`] if the relay is not reached; [`Error::Refused`] if it takes no linking now.
pub async fn announce(rendezvous: RendezvousId, relay: &str) -> Result<(), Error> {
    let hello = Request::TakeLink { rendezvous, step: LinkStep::Hello };
    Meeting::open(relay).await?.ask(&hello).await.map(|_| ())
}

/// Waits until the primary has read the offer; the device that this leads to shows a code.
///
/// # Errors
/// [`Error::Server`] if the relay is not reached; [`Error::Refused`] (`link-over`) if the offer's time is over;
/// [`Error::Link`] if what comes is not for this device.
pub async fn meet_primary(device: NewDevice) -> Result<ComparedDevice, Error> {
    let (at, relay) = (device.rendezvous(), device.shown().relay_address.clone());
    let mut meeting = Meeting::open(&relay).await?;
    let hello = meeting.wait_for(at, LinkStep::Hello).await?;
    let device = device.hear(hello.as_slice())?;
    let content = device.nonce().into();
    meeting.ask(&Request::PutLink { rendezvous: at, step: LinkStep::Nonce, content }).await?;
    Ok(device)
}

/// Waits until a person has confirmed on the primary, and makes a profile in a folder of what it grants.
///
/// # Errors
/// As [`meet_primary`], where `link-over` also says that somebody gave up; those of [`ComparedDevice::finish`].
pub async fn take_grant(
    device: ComparedDevice,
    location: impl Into<Location>,
    source: &KeySource,
    clock: &impl Clock,
) -> Result<Client, Error> {
    let (at, relay) = device.rendezvous();
    let mut meeting = Meeting::open(relay).await?;
    let grant = meeting.wait_for(at, LinkStep::Grant).await?;
    let client = device.finish(grant.as_slice(), location, source, clock.now())?;
    // The primary has said all: whether this is heard makes no difference.
    let _ = meeting.ask(&Request::EndLink(at)).await;
    Ok(client)
}

/// Tells the primary that the codes differ, or that the person has changed their mind: with the rendezvous and the relay of
/// the device that waited there.
///
/// # Errors
/// [`Error::Server`].
pub async fn give_up(rendezvous: RendezvousId, relay: &str) -> Result<(), Error> {
    Meeting::open(relay).await?.ask(&Request::EndLink(rendezvous)).await.map(|_| ())
}

/// A connection on which nobody signs in. One that breaks is replaced: what was said stays said.
struct Meeting {
    relay: String,
    socket: Socket,
    asked: u32,
}

impl Meeting {
    async fn open(relay: &str) -> Result<Self, Error> {
        Ok(Self { relay: relay.to_owned(), socket: Socket::open_unpinned(relay).await?, asked: 0 })
    }

    /// Asks for a step of the primary until it is there.
    async fn wait_for(&mut self, rendezvous: RendezvousId, step: LinkStep) -> Result<Opaque, Error> {
        loop {
            match self.ask(&Request::TakeLink { rendezvous, step }).await {
                Ok(Response::Link(Some(content))) => return Ok(content),
                Ok(Response::Link(None)) => sleep(ASK).await,
                Ok(_) => return Err(ServerFault::Protocol.into()),
                Err(Error::Server(ServerFault::Disconnected)) => {
                    sleep(ASK).await;
                    self.socket = Socket::open_unpinned(&self.relay).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn ask(&mut self, request: &Request) -> Result<Response, Error> {
        self.asked = self.asked.wrapping_add(1);
        let id = RequestId(self.asked);
        self.socket.queue([codec::encode(&ClientFrame { id, request: request.clone() })]);
        let answer = async {
            loop {
                let Received::Frame(frame) = self.socket.receive().await? else {
                    return Err(Error::from(ServerFault::Disconnected));
                };
                match codec::decode(&frame, FRAME_MAX_BYTES).map_err(|_| ServerFault::Protocol)? {
                    ServerFrame::Reply { id: of, response } if of == id => return Ok(response),
                    ServerFrame::Refused { id: Some(of), refusal } if of == id => return Err(refusal.into()),
                    ServerFrame::Challenge(_) => {}
                    _ => return Err(ServerFault::Protocol.into()),
                }
            }
        };
        timeout(REPLY, answer).await.map_err(|_| ServerFault::Disconnected)?
    }
}
