//! The network side of a client, complete: TLS 1.3 to the pinned key, one websocket, sign-in, reconnecting.
//!
//! [`Client`] itself does no I/O; this moves its frames. Typical use:
//!
//! ```no_run
//! # use colloque_client_core::{Client, Error, ServerFault};
//! # use colloque_client_core::connection::{Backoff, Clock, Connection, SystemClock};
//! # async fn watch(client: &mut Client, random: impl Fn() -> u64) -> Result<(), Error> {
//! let mut backoff = Backoff::new();
//! loop {
//!     tokio::time::sleep(backoff.next_delay(random())).await;
//!     let mut connection = match Connection::open(client, &SystemClock).await {
//!         Ok(connection) => connection,
//!         Err(Error::Server(ServerFault::Unreachable(_) | ServerFault::Disconnected)) => continue,
//!         Err(error) => return Err(error),
//!     };
//!     backoff.reset();
//!     while let Ok(events) = connection.next(client, &SystemClock).await {
//!         // Show them; at `Event::GoingAway`, tell the back-off.
//!     }
//! }
//! # }
//! ```

mod authority;
mod backoff;
mod clock;
mod link;
mod socket;
mod tls;

use std::fmt;
use std::time::Duration;

use colloque_schemas::codec;
use colloque_schemas::enrolment::Endpoint;
use colloque_schemas::frame::{Response, ServerFrame};
use colloque_schemas::limits::{FRAME_MAX_BYTES, SIGN_IN_SECONDS};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::UnixSeconds;
use tokio::time::timeout;

pub use authority::{enrol, invite_again, invite_patient, professionals};
pub use backoff::Backoff;
pub use clock::{Clock, SystemClock};
pub use link::{announce, give_up, meet_primary, take_grant};
pub use socket::{Received, Socket};

use crate::client::Client;
use crate::error::{Error, ServerFault};
use crate::event::Event;

/// From the websocket to the relay's yes. The relay gives up after the same time.
const SIGN_IN: Duration = Duration::from_secs(SIGN_IN_SECONDS);
/// The wait that is proposed for a relay that goes away without naming one.
const GOING_AWAY_SECONDS: u32 = 10;

/// One signed-in connection to the relay. The caller reconnects, by [`Backoff`].
pub struct Connection {
    socket: Socket,
    /// Happened, and not yet returned.
    events: Vec<Event>,
    /// Whether [`Event::GoingAway`] was among the events.
    is_going_away: bool,
    has_ended: bool,
}

/// A websocket to the relay or the authority, on which nothing has been said yet.
pub struct Reached {
    socket: Socket,
    binding: ChannelBinding,
}

impl fmt::Debug for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reached(..)")
    }
}

impl Reached {
    /// Connects to a server. It needs no client: what the client is asked meanwhile does not wait for the network.
    ///
    /// # Errors
    /// [`Error::Server`] if the server is not reached, is not the pinned one, or does not speak the protocol.
    pub async fn server(server: &Endpoint) -> Result<Self, Error> {
        let (socket, binding) = Socket::open(server).await?;
        Ok(Self { socket, binding })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection(..)")
    }
}

impl Connection {
    /// Connects to the relay of the enrolment profile and signs in. Catching up is done by [`Self::next`].
    ///
    /// # Errors
    /// [`Error::Server`] if the relay is not reached, is not the pinned one, or does not speak the protocol;
    /// [`Error::Refused`] if it refuses the sign-in; those of [`Client::receive`].
    pub async fn open(client: &mut Client, clock: &impl Clock) -> Result<Self, Error> {
        let reached = Reached::server(&client.relay().clone()).await?;
        Self::on(reached, client, clock).await
    }

    /// Signs in on a websocket that is open.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn on(reached: Reached, client: &mut Client, clock: &impl Clock) -> Result<Self, Error> {
        let Reached { socket, binding } = reached;
        let mut connection = Self { socket, events: Vec::new(), is_going_away: false, has_ended: false };
        // What an earlier connection left, dropped without being closed, is forgotten here.
        client.connection_opened(binding);
        let signed_in = timeout(SIGN_IN, connection.sign_in(client, clock)).await;
        let signed_in = signed_in.unwrap_or_else(|_| Err(ServerFault::Disconnected.into()));
        if signed_in.is_err() {
            client.connection_closed();
        }
        signed_in.map(|()| connection)
    }

    /// Sends what is to be sent, waits for the relay to say something, and returns what that meant: possibly nothing.
    ///
    /// Safe to cancel: a call that is dropped, as by `tokio::select!`, loses nothing in either direction. After a verb
    /// of the client, call it again to send what the verb made.
    ///
    /// # Errors
    /// Any error ends the connection, because a frame is then lost; the next sign-in reads it again.
    /// [`ServerFault::Disconnected`] also if the connection has ended before.
    pub async fn next(&mut self, client: &mut Client, clock: &impl Clock) -> Result<Vec<Event>, Error> {
        if self.has_ended {
            return self.take_last_events();
        }
        let outcome = self.advance(client, clock).await;
        if outcome.is_err() {
            self.has_ended = true;
            client.connection_closed();
        }
        outcome
    }

    /// Goes on until this device has caught up and the relay has all that its owner made, at most for `patience`; whether
    /// it got there says [`Client::is_settled`]. Receipts go out with the rest, and are not waited for. Safe to call again. Dropping it loses events, never what they tell of.
    ///
    /// # Errors
    /// As [`Self::next`], which then still returns the events of before.
    pub async fn settle(
        &mut self,
        client: &mut Client,
        clock: &impl Clock,
        patience: Duration,
    ) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        match timeout(patience, self.settle_into(&mut events, client, clock)).await {
            Ok(Err(error)) => {
                self.events = events;
                Err(error)
            }
            Ok(Ok(())) | Err(_) => Ok(events),
        }
    }

    async fn settle_into(
        &mut self,
        events: &mut Vec<Event>,
        client: &mut Client,
        clock: &impl Clock,
    ) -> Result<(), Error> {
        loop {
            events.append(&mut client.poll(clock.now())?);
            if client.is_settled()? {
                return Ok(());
            }
            events.extend(self.next(client, clock).await?);
        }
    }

    /// Sends what is ready, then closes. What is not sent waits in the store for the next connection.
    pub async fn close(mut self, client: &mut Client) {
        if !self.has_ended {
            self.socket.queue(client.take_outgoing());
            client.connection_closed();
            self.socket.close().await;
        }
    }

    /// Reads the relay's challenge, answers, and waits for its yes.
    async fn sign_in(&mut self, client: &mut Client, clock: &impl Clock) -> Result<(), Error> {
        loop {
            let Received::Frame(frame) = self.socket.receive().await? else {
                return Err(ServerFault::Disconnected.into());
            };
            self.take_frame(&frame, client, clock).await?;
            if is_signed_in(&frame) {
                return Ok(());
            }
        }
    }

    async fn advance(&mut self, client: &mut Client, clock: &impl Clock) -> Result<Vec<Event>, Error> {
        self.events.append(&mut client.poll(clock.now())?);
        self.send(client).await;
        if self.events.is_empty() {
            let Some(received) = self.receive_until(client.wakes_at(), clock).await? else {
                return Ok(Vec::new());
            };
            match received {
                Received::Frame(frame) => self.take_frame(&frame, client, clock).await?,
                Received::GoingAway if self.is_going_away => return Err(ServerFault::Disconnected.into()),
                Received::GoingAway => {
                    self.is_going_away = true;
                    self.events.push(Event::GoingAway { retry_within_seconds: GOING_AWAY_SECONDS });
                }
            }
        }
        Ok(std::mem::take(&mut self.events))
    }

    /// What the relay says, or nothing if the instant comes first.
    async fn receive_until(
        &mut self,
        wakes_at: Option<UnixSeconds>,
        clock: &impl Clock,
    ) -> Result<Option<Received>, ServerFault> {
        let Some(at) = wakes_at else { return self.socket.receive().await.map(Some) };
        let wait = Duration::from_secs(at.0.saturating_sub(clock.now().0));
        timeout(wait, self.socket.receive()).await.ok().transpose()
    }

    async fn take_frame(
        &mut self,
        frame: &[u8],
        client: &mut Client,
        clock: &impl Clock,
    ) -> Result<(), Error> {
        let events = client.receive(frame, clock.now())?;
        self.is_going_away |= events.iter().any(|event| matches!(event, Event::GoingAway { .. }));
        self.events.extend(events);
        self.send(client).await;
        Ok(())
    }

    /// Never waits, so that a call cannot be cancelled between a frame's arrival and its events.
    async fn send(&mut self, client: &mut Client) {
        self.socket.queue(client.take_outgoing());
        self.socket.send_now().await;
    }

    fn take_last_events(&mut self) -> Result<Vec<Event>, Error> {
        if self.events.is_empty() {
            return Err(ServerFault::Disconnected.into());
        }
        Ok(std::mem::take(&mut self.events))
    }
}

/// Whether this frame, which the client has accepted, ends the sign-in.
fn is_signed_in(frame: &[u8]) -> bool {
    let frame = codec::decode::<ServerFrame>(frame, FRAME_MAX_BYTES);
    matches!(frame, Ok(ServerFrame::Reply { response: Response::SignedIn(_), .. }))
}

#[cfg(test)]
mod tests;
