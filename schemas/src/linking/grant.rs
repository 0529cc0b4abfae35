//! What makes a new device one of the account: certificates, device list and servers, signed by the account key.

use alloc::string::String;

use ed25519_dalek::SigningKey;

use super::Transcript;
use crate::bytes::{Opaque, Signature};
use crate::certificate::{AccountCertificate, CertificateError, Credential, TrustAnchor, UnverifiedChain};
use crate::device_list::{DeviceList, DeviceListError, UnverifiedDeviceList};
use crate::enrolment::{Endpoint, is_usable_address};
use crate::id::{AccountKey, DeviceKey, KeyHash};
use crate::signed::Statement;
use crate::time::UnixSeconds;

/// What the primary gives a new device.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct LinkGrantContents {
    /// The Authentication Service.
    #[n(0)]
    pub authority: Endpoint,
    /// The Delivery Service.
    #[n(1)]
    pub relay: Endpoint,
    /// The relay's name, signed at every sign-in.
    #[n(2)]
    pub relay_name: String,
    /// The tenant's certificate, DER.
    #[n(3)]
    pub tenant: Opaque,
    /// The new device's certificate, and the account's.
    #[n(4)]
    pub chain: UnverifiedChain,
    /// The next device list, which names the new device.
    #[n(5)]
    pub device_list: UnverifiedDeviceList,
}

#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
struct GrantStatement {
    #[n(0)]
    transcript: KeyHash,
    #[n(1)]
    contents: LinkGrantContents,
}

impl Statement for GrantStatement {
    const CONTEXT: &'static str = "colloque link grant 1";
}

/// A grant as it comes from the wire.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct UnverifiedLinkGrant {
    #[n(0)]
    statement: GrantStatement,
    #[n(1)]
    signature: Signature,
}

/// A grant that makes this very device one of the account whose key made the code.
#[derive(Clone, Debug)]
pub struct LinkGrant {
    /// The servers, and the certificates as they were sent.
    pub contents: LinkGrantContents,
    /// The tenant.
    pub anchor: TrustAnchor,
    /// The account.
    pub account: AccountCertificate,
    /// The new device.
    pub credential: Credential,
    /// Names the new device.
    pub device_list: DeviceList,
}

/// Why a grant is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// It was made in another linking.
    #[error("the grant is of another linking")]
    OtherLinking,
    /// Not signed by the account key that made the code.
    #[error("the grant is not signed by the account key that was compared")]
    BadSignature,
    /// A certificate in it does not verify.
    #[error("a certificate of the grant is refused: {0}")]
    Certificate(#[from] CertificateError),
    /// Its certificates are of another account key.
    #[error("the grant is of another account than the one that was compared")]
    OtherAccount,
    /// Its device certificate is another device's.
    #[error("the grant certifies another device")]
    OtherDevice,
    /// Its device list does not hold.
    #[error(transparent)]
    DeviceList(#[from] DeviceListError),
    /// Its device list does not name the new device (R25).
    #[error("the device list of the grant does not name the new device")]
    Unlisted,
    /// An address or name in it cannot be used.
    #[error("an address of the grant cannot be used")]
    Address,
}

impl GrantFault {
    /// A stable id.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::OtherLinking => "grant-other-linking",
            Self::BadSignature => "grant-signature",
            Self::Certificate(_) => "grant-certificate",
            Self::OtherAccount => "grant-other-account",
            Self::OtherDevice => "grant-other-device",
            Self::DeviceList(_) => "grant-device-list",
            Self::Unlisted => "grant-unlisted",
            Self::Address => "grant-address",
        }
    }
}

impl UnverifiedLinkGrant {
    pub(super) fn sign(
        transcript: Transcript,
        contents: LinkGrantContents,
        account_key: &SigningKey,
    ) -> Self {
        let statement = GrantStatement { transcript: transcript.0, contents };
        let signature = statement.sign(account_key);
        Self { statement, signature }
    }

    pub(super) fn verify(
        self,
        transcript: Transcript,
        account_key: &AccountKey,
        device: DeviceKey,
        at: UnixSeconds,
    ) -> Result<LinkGrant, GrantFault> {
        let Self { statement, signature } = self;
        statement.verify(account_key.as_bytes(), &signature).map_err(|_| GrantFault::BadSignature)?;
        let GrantStatement { transcript: of, contents } = statement;
        if of != transcript.0 {
            return Err(GrantFault::OtherLinking);
        }
        let texts = [&contents.authority.address, &contents.relay.address, &contents.relay_name];
        if !texts.iter().all(|text| is_usable_address(text)) {
            return Err(GrantFault::Address);
        }
        let anchor = TrustAnchor::from_der(contents.tenant.as_slice())?;
        let account = AccountCertificate::verify(contents.chain.account(), &anchor, at)?;
        if account.account_key() != *account_key {
            return Err(GrantFault::OtherAccount);
        }
        let credential = contents.chain.verify(&anchor, at)?;
        if credential.device_key() != device {
            return Err(GrantFault::OtherDevice);
        }
        let device_list = contents.device_list.clone().verify(account.account(), account_key)?;
        if !device_list.names(&device) {
            return Err(GrantFault::Unlisted);
        }
        Ok(LinkGrant { contents, anchor, account, credential, device_list })
    }
}
