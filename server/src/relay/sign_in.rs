//! Who is at the other end: nonce, statement, chain, device list, in that order of cost (R23, R25).

use std::cmp::Ordering;
use std::sync::Arc;

use colloque_schemas::certificate::Credential;
use colloque_schemas::frame::{Response, SignIn, SignedIn};
use colloque_schemas::id::DeviceKey;
use colloque_schemas::limits::{PROTOCOL_VERSION, SIGN_IN_SECONDS};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::role::Actor;
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::sign_in::{ChannelBinding, Nonce, SignInStatement};
use colloque_schemas::signed::Statement;
use colloque_schemas::time::UnixSeconds;

use super::Core;
use super::blind::RowKey;
use super::delivery::{Act, Listing, admits};
use super::error::RequestError;
use super::live::{Place, SessionId};
use super::outbox::Outbox;
use super::store::accounts::{self, AccountRecord, Leaf};
use super::store::key_packages;

/// What the relay opened the connection with. Spent by the first try.
pub(super) struct Greeting {
    pub(super) nonce: Nonce,
    pub(super) issued_at: UnixSeconds,
    pub(super) channel_binding: ChannelBinding,
}

/// A device that has proved who it is.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// Account and role, from the verified chain.
    pub(super) actor: Actor,
    /// The rows of its inbox and KeyPackages.
    pub(super) device_row: RowKey,
    /// The last instant for which its chain was verified.
    pub(super) leaf_expires_at: UnixSeconds,
    /// Its place among those connected.
    pub(super) session: SessionId,
}

/// Checks a sign-in and enters the device among those connected.
pub(super) async fn sign_in(
    core: &Core,
    outbox: &Arc<Outbox>,
    greeting: Greeting,
    sign_in: SignIn,
) -> Result<(Peer, SignedIn), RequestError> {
    let now = core.clock.now();
    let (credential, offered) = verify(core, greeting, sign_in, now)?;
    let device_row = core.blind.device_row(&credential.device_key());
    let leaf_expires_at = credential.leaf_expires_at();
    let place = Place { account: credential.account(), device: credential.device_key(), device_row };
    // Entered before the list is compared: one that arrives in between finds the session, and ends it.
    let session = core.live.enter(place, Arc::clone(outbox));
    match admit(core, (credential.device_key(), device_row), leaf_expires_at, offered, now).await {
        Ok(signed_in) => {
            Ok((Peer { actor: credential.actor(), device_row, leaf_expires_at, session }, signed_in))
        }
        Err(error) => {
            core.live.leave(session);
            Err(error)
        }
    }
}

/// All that can be said without the database.
fn verify(
    core: &Core,
    greeting: Greeting,
    sign_in: SignIn,
    now: UnixSeconds,
) -> Result<(Credential, AccountRecord), RequestError> {
    let failed = Refusal { code: RefusalCode::SignInFailed, rule: None, retry: Retry::OnNewConnection };
    if sign_in.version != PROTOCOL_VERSION {
        return Err(RefusalCode::VersionUnsupported.into());
    }
    if now > greeting.issued_at.plus(SIGN_IN_SECONDS) {
        return Err(failed.into());
    }
    let credential =
        sign_in.chain.verify(&core.config.anchor, now).map_err(|_| Denied::from(Rule::LeavesAreCertified))?;
    let statement = SignInStatement {
        relay_name: core.config.name.clone(),
        nonce: greeting.nonce,
        version: sign_in.version,
        channel_binding: greeting.channel_binding,
    };
    statement.verify(credential.device_key().as_bytes(), &sign_in.signature).map_err(|_| failed)?;
    let account_key = credential.account_key();
    let device_list = sign_in
        .device_list
        .verify(credential.account(), &account_key)
        .map_err(|_| Denied::from(Rule::DevicesAreListed))?;
    check_listed(&credential.device_key(), &device_list)?;
    Ok((credential, AccountRecord { account_key, device_list, leaves: Vec::new() }))
}

fn check_listed(device: &DeviceKey, list: &colloque_schemas::device_list::DeviceList) -> Result<(), Denied> {
    if list.names(device) { Ok(()) } else { Err(Rule::DevicesAreListed.into()) }
}

/// Compares the list with the newest one seen, and keeps it if it is newer; a newer one than that is told, and a newer
/// certificate.
async fn admit(
    core: &Core,
    (device, by): (DeviceKey, RowKey),
    leaf_expires_at: UnixSeconds,
    offered: AccountRecord,
    now: UnixSeconds,
) -> Result<SignedIn, RequestError> {
    let stored = accounts::load(&core.readers, &core.blind, offered.device_list.account()).await?;
    let newer = match admits(stored.as_ref(), &offered, &device)? {
        Ordering::Greater => match core.call(Act::List(Listing { by, offered })).await? {
            Response::Done => None,
            _ => return Err(RequestError::Damaged("an answer to another request")),
        },
        Ordering::Equal => None,
        Ordering::Less => stored.as_ref().map(|stored| stored.device_list.to_unverified()),
    };
    let is_newer = |leaf: &Leaf| leaf.device == device && leaf.expires_at > leaf_expires_at;
    let leaf = stored.into_iter().flat_map(|stored| stored.leaves).find(is_newer);
    let supply = key_packages::supply(&core.readers, &by).await?;
    Ok(SignedIn {
        device_list: newer,
        leaf: leaf.map(|leaf| leaf.certificate),
        relay_at: now,
        key_packages_left: supply.one_time,
        has_last_resort: supply.has_last_resort,
        incarnation: core.incarnation.id(),
    })
}
