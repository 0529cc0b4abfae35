//! Enrolment: from an invitation to an identity.
//!
//! The keys are durable before the code is redeemed, so that a lost answer costs nothing: the same code with the same
//! key gets the same certificate again.

use colloque_schemas::certificate::{AccountCertificate, TrustAnchor};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, EnrolmentStatement, Invitation};
use colloque_schemas::id::DeviceKey;
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::signed::Statement;
use colloque_schemas::time::UnixSeconds;
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use crate::client::{Client, Entropy};
use crate::error::{Error, Misuse, ServerFault};
use crate::identity::{account_key_of, issue_leaf, save_enrolled, seed};
use crate::sql::{self, Setting, put_setting};
use crate::store::{Connection, KeySource, Location, Store};

/// The first certified device list of an account.
const FIRST_LIST: u64 = 1;

/// An enrolment in progress: keys and invitation are in the store, the certificate is not.
pub struct Enrolment {
    store: Store,
    invitation: Invitation,
    account_key: SigningKey,
    entropy: Entropy,
}

impl Enrolment {
    /// Makes a new profile in a folder, with keys of its own, for this invitation.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn start(
        location: impl Into<Location>,
        source: &KeySource,
        invitation: Invitation,
        mut entropy: Entropy,
    ) -> Result<Self, Error> {
        let mut store = Store::create(location, source, &mut entropy)?;
        let unit = store.begin()?;
        begin(unit.sql(), &invitation, &mut entropy)?;
        let account_key = SigningKey::from_bytes(&*seed(unit.sql(), Setting::AccountSeed)?);
        unit.commit()?;
        Ok(Self { store, invitation, account_key, entropy })
    }

    /// Takes an enrolment up again that was begun and not finished. Another invitation than before begins with new keys:
    /// the authority may have certified the old ones without this device hearing of it.
    ///
    /// # Errors
    /// [`Misuse::AlreadyEnrolled`], [`Misuse::NotEnrolled`] if it was not begun and no invitation is given;
    /// [`Error::Store`].
    pub fn resume(
        location: impl Into<Location>,
        source: &KeySource,
        invitation: Option<Invitation>,
        mut entropy: Entropy,
    ) -> Result<Self, Error> {
        let mut store = Store::open(location, source)?;
        let unit = store.begin()?;
        if sql::setting(unit.sql(), Setting::AccountCertificate)?.is_some() {
            return Err(Misuse::AlreadyEnrolled.into());
        }
        // None if a crash came between the store and the keys.
        let stored = sql::setting(unit.sql(), Setting::Invitation)?;
        let stored: Option<Invitation> = stored.map(|bytes| sql::stored(&bytes)).transpose()?;
        let invitation = match (invitation, stored) {
            (Some(other), stored) if stored.as_ref() != Some(&other) => {
                begin(unit.sql(), &other, &mut entropy)?;
                other
            }
            (_, Some(stored)) => stored,
            (_, None) => return Err(Misuse::NotEnrolled.into()),
        };
        let account_key = SigningKey::from_bytes(&*seed(unit.sql(), Setting::AccountSeed)?);
        unit.commit()?;
        Ok(Self { store, invitation, account_key, entropy })
    }

    /// The invitation: where the authority is and which key it has.
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// The one frame to send to the authority, for this connection.
    ///
    /// # Errors
    /// [`Error::Store`], where the enrolment is watched and ended.
    pub fn request(&self, channel_binding: ChannelBinding) -> Result<Vec<u8>, Error> {
        let code = self.invitation.code.clone();
        let statement = EnrolmentStatement { code: code.clone(), channel_binding };
        let signature = statement.sign(&self.account_key);
        let account_key = account_key_of(&self.account_key);
        let request = AuthorityRequest::Enrol { code, account_key, signature };
        Ok(self.store.hand_over(codec::encode(&request))?)
    }

    /// Checks what the authority answered, certifies this device, and finishes the profile.
    ///
    /// # Errors
    /// [`Error::Refused`] as the authority says; [`Error::Server`] if what it sent is not the invitation's tenant's
    /// certificate for this key, and for the invitation's account where that names one; [`Error::Store`].
    pub fn finish(mut self, reply: &[u8], now: UnixSeconds) -> Result<Client, Error> {
        let reply = codec::decode(reply, FRAME_MAX_BYTES).map_err(|_| ServerFault::Protocol)?;
        let (tenant, account) = match reply {
            AuthorityReply::Enrolled { tenant, account } => (tenant, account),
            AuthorityReply::Refused(refusal) => return Err(refusal.into()),
            AuthorityReply::Invited { .. } | AuthorityReply::Professionals { .. } => {
                return Err(ServerFault::Protocol.into());
            }
        };
        let anchor = TrustAnchor::from_der(tenant.as_slice()).map_err(ServerFault::Certificate)?;
        let account =
            AccountCertificate::verify(account.as_slice(), &anchor, now).map_err(ServerFault::Certificate)?;
        let own_key = account.account_key() == account_key_of(&self.account_key);
        if anchor.hash() != self.invitation.tenant || !own_key {
            return Err(ServerFault::WrongKey.into());
        }
        if self.invitation.account.is_some_and(|promised| promised != account.account()) {
            return Err(ServerFault::WrongAccount.into());
        }
        let unit = self.store.begin()?;
        let device_key = SigningKey::from_bytes(&*seed(unit.sql(), Setting::DeviceSeed)?);
        let device = DeviceKey::new(device_key.verifying_key().to_bytes());
        let mut serial = [0; 16];
        self.entropy.fill_bytes(&mut serial);
        let leaf = issue_leaf(&account, &self.account_key, device, serial, now)?;
        let list = DeviceList::sign(account.account(), FIRST_LIST, vec![device], &self.account_key)
            .map_err(|_| Error::Bug("the first device list could not be signed"))?;
        save_enrolled(unit.sql(), &anchor, &account, &leaf, &list)?;
        unit.commit()?;
        Client::from_store(self.store, self.entropy)
    }
}

/// Makes new keys for an invitation.
fn begin(sql: &Connection, invitation: &Invitation, entropy: &mut Entropy) -> Result<(), Error> {
    for name in [Setting::AccountSeed, Setting::DeviceSeed] {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill_bytes(&mut *seed);
        put_setting(sql, name, &*seed)?;
    }
    put_setting(sql, Setting::Invitation, &codec::encode(invitation))
}
