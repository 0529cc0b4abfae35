//! Enrolment over one connection to the authority of the invitation.

use std::time::Duration;

use tokio::time::timeout;

use super::clock::Clock;
use super::socket::{Received, Socket};
use crate::client::Client;
use crate::enrolment::Enrolment;
use crate::error::{Error, ServerFault};

/// For the authority's one reply.
const REPLY: Duration = Duration::from_secs(30);

/// Redeems the code of the invitation: one request, one reply.
///
/// The keys are durable before: if this fails on the way, [`Enrolment::resume`] and another call go on with them.
///
/// # Errors
/// [`Error::Server`] if the authority is not reached, is not the one of the invitation, or does not speak the
/// protocol; [`Error::Refused`] if it refuses the code; those of [`Enrolment::finish`].
pub async fn enrol(enrolment: Enrolment, clock: &impl Clock) -> Result<Client, Error> {
    // A copy, so that nothing of the store is borrowed while this waits.
    let authority = enrolment.invitation().authority.clone();
    let (mut socket, binding) = Socket::open(&authority).await?;
    socket.queue([enrolment.request(binding)?]);
    let reply = timeout(REPLY, socket.receive()).await.map_err(|_| ServerFault::Disconnected)??;
    let Received::Frame(reply) = reply else { return Err(ServerFault::Disconnected.into()) };
    let client = enrolment.finish(&reply, clock.now());
    socket.close().await;
    client
}
