//! A professional invites a patient: from a name to an invitation to hand over.
//!
//! No I/O here; [`crate::connection::invite_patient`] is all of it in one call. The account is decided before anyone is
//! asked, by this account and random bytes that stay here: what the authority answers is compared with it.

use colloque_schemas::asking::{InvitationStatement, Reservation};
use colloque_schemas::codec;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, Endpoint, Invitation};
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_schemas::policy::{self, InviteGrant};
use colloque_schemas::refusal::RefusalCode;
use colloque_schemas::role::Role;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::UnixSeconds;
use rusqlite::{OptionalExtension, Params, params};

use crate::client::Client;
use crate::contact;
use crate::error::{Error, Misuse, ServerFault};
use crate::sql::damaged;
use crate::store::Connection;

/// An invitation that is being asked for. Nothing of it is kept until the authority has answered.
pub struct Inviting {
    grant: InviteGrant,
    reservation: Reservation,
    /// The name that the owner gives; none for somebody invited before, who has one.
    petname: Option<String>,
}

impl core::fmt::Debug for Inviting {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Inviting(..)")
    }
}

/// An invitation of a patient by this device. It is kept until there is another, so that it can be shown again.
#[derive(Debug, Clone)]
pub struct Invited {
    /// To be given to the patient, and nobody else.
    pub invitation: Invitation,
    /// The account that the patient will have; threads can be opened with it at once, and wait.
    pub account: AccountId,
    /// From this instant the invitation is refused.
    pub expires_at: UnixSeconds,
    /// Whether this device has seen the account's key since: who was met has enrolled.
    pub is_met: bool,
}

impl Client {
    /// Where the authority is, and which key it has.
    pub fn authority(&self) -> &Endpoint {
        &self.identity.servers.authority
    }

    /// Begins to invite a new patient, by the name that the owner of this device gives. The name stays here.
    ///
    /// # Errors
    /// [`Error::Denied`] (R37), [`Error::Store`].
    pub fn begin_invitation(&mut self, name: &str, now: UnixSeconds) -> Result<Inviting, Error> {
        let grant = policy::invite(self.identity.actor(), Role::Patient)?;
        self.keep_fresh(now)?;
        let reservation = Reservation::new(self.random());
        Ok(Inviting { grant, reservation, petname: Some(name.to_owned()) })
    }

    /// Begins to invite somebody again who was invited before: another code for the same account, which ends the one
    /// before.
    ///
    /// # Errors
    /// [`Error::Denied`] (R37), [`Misuse::UnknownAccount`] if this device never invited the account, [`Error::Store`].
    pub fn begin_invitation_again(
        &mut self,
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<Inviting, Error> {
        let grant = policy::invite(self.identity.actor(), Role::Patient)?;
        self.keep_fresh(now)?;
        let reservation = self.store.read(|view| reservation_of(view.sql(), account))?;
        Ok(Inviting { grant, reservation: reservation.ok_or(Misuse::UnknownAccount)?, petname: None })
    }

    /// The one frame to send to the authority, on the connection with this binding.
    ///
    /// # Errors
    /// Only where a client is watched, and its program ended here.
    pub fn invitation_request(
        &self,
        inviting: &Inviting,
        channel_binding: ChannelBinding,
    ) -> Result<Vec<u8>, Error> {
        let reservation = inviting.reservation;
        let signature = self.identity.sign(&InvitationStatement { reservation, channel_binding });
        let chain = self.identity.chain.clone();
        let request = AuthorityRequest::InvitePatient { chain, reservation, signature };
        Ok(self.store.hand_over(codec::encode(&request))?)
    }

    /// Checks what the authority answered, keeps it, and gives the account its name.
    ///
    /// # Errors
    /// [`Error::Refused`] as the authority says; [`Misuse::AlreadyActivated`] if somebody invited again has enrolled;
    /// [`Error::Server`] if the answer is for another account or of another tenant; [`Error::Store`].
    pub fn finish_invitation(&mut self, inviting: Inviting, reply: &[u8]) -> Result<Invited, Error> {
        let Inviting { grant: InviteGrant { .. }, reservation, petname } = inviting;
        let (invitation, expires_at) = match codec::decode(reply, FRAME_MAX_BYTES) {
            Ok(AuthorityReply::Invited { invitation, expires_at }) => (invitation, expires_at),
            Ok(AuthorityReply::Refused(refusal))
                if petname.is_none() && refusal.code == RefusalCode::CodeRefused =>
            {
                return Err(Misuse::AlreadyActivated.into());
            }
            Ok(AuthorityReply::Refused(refusal)) => return Err(refusal.into()),
            _ => return Err(ServerFault::Protocol.into()),
        };
        // Read back as the patient's device will read it.
        let invitation: Invitation = invitation.to_string().parse().map_err(|_| ServerFault::Protocol)?;
        let account = reservation.account(self.identity.actor().account);
        if invitation.tenant != self.identity.anchor.hash() {
            return Err(ServerFault::WrongKey.into());
        }
        if invitation.account != Some(account) {
            return Err(ServerFault::WrongAccount.into());
        }
        let invited = Invited { invitation, account, expires_at, is_met: false };
        let unit = self.store.begin()?;
        keep(unit.sql(), reservation, &invited)?;
        if let Some(petname) = petname {
            contact::name(unit.sql(), account, &petname)?;
        }
        unit.commit()?;
        Ok(invited)
    }

    /// Everyone whom this device invited, the last one first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn invitations(&self) -> Result<Vec<Invited>, Error> {
        self.store.read(|view| select(view.sql(), "ORDER BY expires_at DESC, account", []))
    }

    /// The last invitation of this account, if this device invited it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn invitation(&self, account: AccountId) -> Result<Option<Invited>, Error> {
        let found = self.store.read(|view| select(view.sql(), "WHERE account = ?1", [account.as_bytes()]))?;
        Ok(found.into_iter().next())
    }
}

fn select(sql: &Connection, which: &str, parameters: impl Params) -> Result<Vec<Invited>, Error> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT account, invitation, expires_at, account_key IS NOT NULL \
         FROM invited LEFT JOIN contact USING (account) {which}"
    ))?;
    let rows = statement.query_map(parameters, |row| {
        let text: String = row.get(1)?;
        let (account, expires_at) = (AccountId::new(row.get(0)?), UnixSeconds(row.get(2)?));
        let is_met = row.get(3)?;
        let invited = |invitation| Invited { invitation, account, expires_at, is_met };
        Ok(text.parse().map(invited).map_err(|_| damaged()))
    })?;
    rows.map(|row| row?).collect()
}

fn reservation_of(sql: &Connection, account: AccountId) -> Result<Option<Reservation>, Error> {
    let mut statement = sql.prepare_cached("SELECT reservation FROM invited WHERE account = ?1")?;
    let bytes = statement.query_row([account.as_bytes()], |row| row.get(0)).optional()?;
    Ok(bytes.map(Reservation::new))
}

fn keep(sql: &Connection, reservation: Reservation, invited: &Invited) -> Result<(), Error> {
    let mut statement = sql.prepare_cached(
        "INSERT OR REPLACE INTO invited (account, reservation, invitation, expires_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let (account, invitation) = (invited.account.as_bytes(), invited.invitation.to_string());
    statement.execute(params![account, reservation.as_bytes(), invitation, invited.expires_at.0])?;
    Ok(())
}
