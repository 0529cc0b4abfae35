//! Who this device is: its keys, its certificates, and the servers that it was enrolled with.

use colloque_schemas::bytes::Signature;
use colloque_schemas::certificate::{AccountCertificate, Credential, TrustAnchor, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::device_list::{DeviceList, UnverifiedDeviceList};
use colloque_schemas::enrolment::{Endpoint, Invitation};
use colloque_schemas::id::{AccountKey, DeviceKey};
use colloque_schemas::limits::CLOCK_SKEW_SECONDS;
use colloque_schemas::linking::{LinkGrant, LinkGrantContents};
use colloque_schemas::role::Actor;
use colloque_schemas::signed::Statement;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use crate::account_side::{AccountSide, LINKED};
use crate::chains::Chains;
use crate::error::{Error, Misuse};
use crate::mls::DeviceSigner;
use crate::primary::Moving;
use crate::sql::{self, Setting, damaged, put_setting, required};
use crate::store::Connection;

/// Life of a device's certificate. The device renews it long before.
pub(crate) const LEAF_LIFE_DAYS: u64 = 85;
/// Renewed when less than this is left.
pub(crate) const LEAF_RENEWAL_DAYS: u64 = 45;

/// The servers that this device was told of, by its invitation or by the primary device that linked it.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub(crate) struct Servers {
    #[n(0)]
    pub(crate) authority: Endpoint,
    #[n(1)]
    pub(crate) relay: Endpoint,
    #[n(2)]
    pub(crate) relay_name: String,
}

impl Servers {
    fn load(sql: &Connection) -> Result<Self, Error> {
        if let Some(servers) = sql::setting(sql, Setting::Servers)? {
            return sql::stored(&servers);
        }
        let Invitation { authority, relay, relay_name, .. } =
            sql::stored(&required(sql, Setting::Invitation)?)?;
        Ok(Self { authority, relay, relay_name })
    }
}

/// The keys and certificates of this device, and the account key where this is the primary one.
pub(crate) struct Identity {
    pub(crate) servers: Servers,
    pub(crate) anchor: TrustAnchor,
    pub(crate) chains: Box<Chains>,
    pub(crate) account_certificate: AccountCertificate,
    pub(crate) chain: UnverifiedChain,
    pub(crate) credential: Credential,
    pub(crate) device_list: DeviceList,
    pub(crate) signer: DeviceSigner,
    /// Where the primary role moves from here, while it does.
    pub(crate) moving: Option<Moving>,
    account_side: AccountSide,
    device_signing_key: SigningKey,
}

impl Identity {
    /// Reads the identity of an enrolled profile.
    pub(crate) fn load(sql: &Connection) -> Result<Self, Error> {
        let account_der = sql::setting(sql, Setting::AccountCertificate)?.ok_or(Misuse::NotEnrolled)?;
        let anchor = TrustAnchor::from_der(&required(sql, Setting::Tenant)?).map_err(|_| damaged())?;
        let chain = UnverifiedChain::new(required(sql, Setting::Leaf)?, account_der.clone());
        // Judged at the end of time: whether one's own certificate has expired decides what one does, not who one is.
        let at = UnixSeconds(u64::MAX);
        let credential = chain.verify_regardless_of_leaf_expiry(&anchor, at).map_err(|_| damaged())?;
        // No leaf outlives its account certificate, so the account's was valid then.
        let account_certificate =
            AccountCertificate::verify(&account_der, &anchor, credential.leaf_expires_at())
                .map_err(|_| damaged())?;
        let list: UnverifiedDeviceList = sql::stored(&required(sql, Setting::DeviceList)?)?;
        let device_list =
            list.verify(credential.account(), &credential.account_key()).map_err(|_| damaged())?;
        let account_side = AccountSide::load(sql, credential.account_key())?;
        let device_seed = seed(sql, Setting::DeviceSeed)?;
        Ok(Self {
            servers: Servers::load(sql)?,
            chains: Box::new(Chains::new(anchor.clone())),
            anchor,
            account_certificate,
            chain,
            credential,
            device_list,
            signer: DeviceSigner::from_seed(&device_seed),
            moving: sql::setting(sql, Setting::Moving)?.map(|moving| sql::stored(&moving)).transpose()?,
            account_side,
            device_signing_key: SigningKey::from_bytes(&device_seed),
        })
    }

    pub(crate) fn actor(&self) -> Actor {
        self.credential.actor()
    }

    pub(crate) fn device(&self) -> DeviceKey {
        self.credential.device_key()
    }

    pub(crate) fn sign<S: Statement>(&self, statement: &S) -> Signature {
        statement.sign(&self.device_signing_key)
    }

    pub(crate) fn device_signing_key(&self) -> &SigningKey {
        &self.device_signing_key
    }

    /// Whether this device is to renew its certificate now. A linked one never is: it cannot.
    pub(crate) fn renewal_is_due(&self, now: UnixSeconds) -> bool {
        self.account_side.is_primary()
            && now.plus(LEAF_RENEWAL_DAYS * SECONDS_PER_DAY) >= self.credential.leaf_expires_at()
            && self.credential.leaf_expires_at() < self.account_certificate.expires_at()
    }

    /// Gives this device a new certificate, in the store and here.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`](crate::Misuse::NotPrimary), [`Error::Store`].
    pub(crate) fn renew(
        &mut self,
        sql: &Connection,
        serial: [u8; 16],
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let account_key = self.account_side.account_key()?;
        let leaf = issue_leaf(&self.account_certificate, account_key, self.device(), serial, now)?;
        if self.adopt_leaf(sql, leaf, now)? {
            Ok(())
        } else {
            Err(Error::Bug("a renewed certificate does not verify"))
        }
    }

    /// Takes a new certificate of this device over, in the store and here. False, and nothing changed, if it is none, or not
    /// newer than the present one.
    pub(crate) fn adopt_leaf(
        &mut self,
        sql: &Connection,
        leaf: Vec<u8>,
        now: UnixSeconds,
    ) -> Result<bool, Error> {
        let chain = UnverifiedChain::new(leaf, self.chain.account().to_vec());
        let Ok(credential) = chain.verify(&self.anchor, now) else { return Ok(false) };
        let is_own = credential.device_key() == self.device();
        if !is_own || credential.leaf_expires_at() <= self.credential.leaf_expires_at() {
            return Ok(false);
        }
        put_setting(sql, Setting::Leaf, chain.leaf())?;
        (self.credential, self.chain) = (credential, chain);
        Ok(true)
    }

    /// Takes a newer device list of the account over, in the store and here.
    pub(crate) fn adopt_list(&mut self, sql: &Connection, list: DeviceList) -> Result<(), Error> {
        put_setting(sql, Setting::DeviceList, &codec::encode(&list.to_unverified()))?;
        self.device_list = list;
        Ok(())
    }

    /// Whether this is the account's primary device.
    pub(crate) fn is_primary(&self) -> bool {
        self.account_side.is_primary()
    }

    /// Signs a certificate for a device of this account, with its chain as it is verified.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`].
    pub(crate) fn certify(
        &self,
        device: DeviceKey,
        serial: [u8; 16],
        now: UnixSeconds,
    ) -> Result<UnverifiedChain, Error> {
        let key = self.account_side.account_key()?;
        let leaf = issue_leaf(&self.account_certificate, key, device, serial, now)?;
        Ok(UnverifiedChain::new(leaf, self.chain.account().to_vec()))
    }

    /// Whether this device may sign the next device list.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`], [`Misuse::PrimaryMoves`].
    pub(crate) fn may_list(&self) -> Result<(), Misuse> {
        self.account_side.account_key()?;
        if self.moving.is_some() { Err(Misuse::PrimaryMoves) } else { Ok(()) }
    }

    /// Signs the next device list, of these devices.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`], [`Misuse::TooManyDevices`]; [`Misuse::PrimaryMoves`] if it names the device that may have signed one
    /// meanwhile.
    pub(crate) fn next_list(&self, devices: Vec<DeviceKey>) -> Result<DeviceList, Error> {
        let key = self.account_side.account_key()?;
        if self.moving.is_some_and(|moving| devices.contains(&moving.to)) {
            return Err(Misuse::PrimaryMoves.into());
        }
        self.next_list_by(key, devices)
    }

    /// Signs the next device list, of these devices, by a key that has just come.
    ///
    /// # Errors
    /// [`Misuse::TooManyDevices`].
    pub(crate) fn next_list_by(
        &self,
        key: &SigningKey,
        devices: Vec<DeviceKey>,
    ) -> Result<DeviceList, Error> {
        let number = self.device_list.number().saturating_add(1);
        let list = DeviceList::sign(self.actor().account, number, devices, key);
        Ok(list.map_err(|_| Misuse::TooManyDevices)?)
    }

    /// The account's key goes from this device, in the store and here: another one has it.
    pub(crate) fn become_linked(&mut self, sql: &Connection) -> Result<(), Error> {
        sql::remove_setting(sql, Setting::AccountSeed)?;
        sql::remove_setting(sql, Setting::Moving)?;
        put_setting(sql, Setting::Linked, LINKED)?;
        (self.account_side, self.moving) = (AccountSide::Linked, None);
        Ok(())
    }

    /// The account's key, on the primary device.
    ///
    /// # Errors
    /// [`Misuse::NotPrimary`].
    pub(crate) fn account_key(&self) -> Result<&SigningKey, Misuse> {
        self.account_side.account_key()
    }
}

/// Signs a certificate for a device of this account.
pub(crate) fn issue_leaf(
    account: &AccountCertificate,
    account_key: &SigningKey,
    device: DeviceKey,
    serial: [u8; 16],
    now: UnixSeconds,
) -> Result<Vec<u8>, Error> {
    let not_after = now.plus(LEAF_LIFE_DAYS * SECONDS_PER_DAY).min(account.expires_at());
    let validity = issue::Validity { not_before: now.minus(CLOCK_SKEW_SECONDS), not_after };
    issue::device(account, account_key, device, serial, validity)
        .map_err(|_| Error::Bug("a device certificate could not be issued"))
}

/// A secret seed of the profile.
pub(crate) fn seed(sql: &Connection, name: Setting) -> Result<Zeroizing<[u8; 32]>, Error> {
    let bytes = Zeroizing::new(required(sql, name)?);
    let seed: [u8; 32] = bytes.as_slice().try_into().map_err(|_| damaged())?;
    Ok(Zeroizing::new(seed))
}

/// Writes what an enrolment brought: from here on the profile is enrolled.
pub(crate) fn save_enrolled(
    sql: &Connection,
    anchor: &TrustAnchor,
    account: &AccountCertificate,
    leaf: &[u8],
    list: &DeviceList,
) -> Result<(), Error> {
    put_setting(sql, Setting::Tenant, anchor.as_der())?;
    put_setting(sql, Setting::Leaf, leaf)?;
    put_setting(sql, Setting::DeviceList, &codec::encode(&list.to_unverified()))?;
    put_setting(sql, Setting::AccountCertificate, account.as_der())
}

/// Writes what a primary device granted: from here on the profile is enrolled, as a linked device.
pub(crate) fn save_linked(sql: &Connection, grant: &LinkGrant, device_seed: &[u8; 32]) -> Result<(), Error> {
    let LinkGrant { contents, anchor, account, device_list, .. } = grant;
    let LinkGrantContents { authority, relay, relay_name, chain, .. } = contents.clone();
    put_setting(sql, Setting::Servers, &codec::encode(&Servers { authority, relay, relay_name }))?;
    put_setting(sql, Setting::DeviceSeed, device_seed)?;
    put_setting(sql, Setting::Linked, LINKED)?;
    save_enrolled(sql, anchor, account, chain.leaf(), device_list)
}

/// The public key of an account's signing key.
pub(crate) fn account_key_of(key: &SigningKey) -> AccountKey {
    AccountKey::new(key.verifying_key().to_bytes())
}

#[cfg(test)]
mod tests;
