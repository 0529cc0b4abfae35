//! What is asked of the authority: one connection, one request, one reply.

use std::time::Duration;

use colloque_schemas::id::AccountId;
use colloque_schemas::limits::DIRECTORY_ITEMS_MAX;
use colloque_schemas::sign_in::ChannelBinding;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Bytes;

use super::Reached;
use super::clock::Clock;
use super::socket::Received;
use crate::client::Client;
use crate::enrolment::Enrolment;
use crate::error::{Error, ServerFault};
use crate::invitation::{Invited, Inviting};
use crate::view::Contact;

/// For the authority's one reply.
const REPLY: Duration = Duration::from_secs(30);

impl Reached {
    /// What a request on this connection is bound to.
    pub const fn binding(&self) -> ChannelBinding {
        self.binding
    }

    /// Sends a request to the authority, waits for its reply, and closes.
    ///
    /// # Errors
    /// [`Error::Server`] if there is no reply.
    pub async fn ask(mut self, request: Vec<u8>) -> Result<Bytes, Error> {
        self.socket.queue([request]);
        let reply = timeout(REPLY, self.socket.receive()).await.map_err(|_| ServerFault::Disconnected)??;
        let Received::Frame(reply) = reply else { return Err(ServerFault::Disconnected.into()) };
        self.socket.close().await;
        Ok(reply)
    }
}

/// Redeems the code of the invitation.
///
/// The keys are durable before: if this fails on the way, [`Enrolment::resume`] and another call go on with them.
///
/// # Errors
/// [`Error::Server`] if the authority is not reached, is not the one of the invitation, or does not speak the
/// protocol; [`Error::Refused`] if it refuses the code; those of [`Enrolment::finish`].
pub async fn enrol(enrolment: Enrolment, clock: &impl Clock) -> Result<Client, Error> {
    // A copy, so that nothing of the store is borrowed while this waits.
    let authority = enrolment.invitation().authority.clone();
    let reached = Reached::server(&authority).await?;
    let request = enrolment.request(reached.binding())?;
    let reply = reached.ask(request).await?;
    enrolment.finish(&reply, clock.now())
}

/// Invites a patient by this name, which stays on this device: the account is a contact at once, and threads may be
/// opened with it.
///
/// An app that must not hold the client while the network is waited for does the steps itself: [`Reached::server`],
/// [`Client::begin_invitation`], [`Client::invitation_request`], [`Reached::ask`], [`Client::finish_invitation`].
///
/// # Errors
/// [`Error::Denied`] (R37); [`Error::Server`] if the authority is not reached or is not the one of the enrolment; those
/// of [`Client::finish_invitation`].
pub async fn invite_patient(client: &mut Client, name: &str, clock: &impl Clock) -> Result<Invited, Error> {
    let inviting = client.begin_invitation(name, clock.now())?;
    invite(client, inviting).await
}

/// Invites somebody again who was invited before and has not enrolled: another code for the same account, which ends the
/// one before.
///
/// # Errors
/// As [`invite_patient`], and [`Client::begin_invitation_again`].
pub async fn invite_again(
    client: &mut Client,
    account: AccountId,
    clock: &impl Clock,
) -> Result<Invited, Error> {
    let inviting = client.begin_invitation_again(account, clock.now())?;
    invite(client, inviting).await
}

async fn invite(client: &mut Client, inviting: Inviting) -> Result<Invited, Error> {
    let reached = Reached::server(&client.authority().clone()).await?;
    let request = client.invitation_request(&inviting, reached.binding())?;
    let reply = reached.ask(request).await?;
    client.finish_invitation(inviting, &reply)
}

/// Reads the directory of professionals, who become contacts. In the order of their certified names; oneself is left out.
///
/// # Errors
/// [`Error::Server`] if the authority is not reached or is not the one of the enrolment; those of
/// [`Client::take_directory`]. Pages that were read before are kept.
pub async fn professionals(client: &mut Client, clock: &impl Clock) -> Result<Vec<Contact>, Error> {
    let authority = client.authority().clone();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let reached = Reached::server(&authority).await?;
        let request = client.directory_request(after, reached.binding(), clock.now())?;
        let reply = reached.ask(request).await?;
        let mut page = client.take_directory(after, &reply, clock.now())?;
        found.append(&mut page.professionals);
        after = page.next.filter(|_| found.len() < DIRECTORY_ITEMS_MAX);
        if after.is_none() {
            found.sort_by(|one, other| one.certified_name.cmp(&other.certified_name));
            return Ok(found);
        }
    }
}
