//! Enrolment: from a single-use code to account certificate (DESIGN section 3).
//!
//! The invitation is given out of band, as a QR or a line of text. It carries everything that the device will trust:
//! addresses, key hashes of both servers and of the tenant, and the code. Nothing of it is negotiated.

use alloc::string::String;

use core::fmt;
use core::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::bytes::{Opaque, Signature};
use crate::codec;
use crate::id::{AccountKey, KeyHash};
use crate::limits::CODE_BYTES;
use crate::refusal::Refusal;
use crate::sign_in::ChannelBinding;
use crate::signed::Statement;

/// A single-use enrolment code: [`CODE_BYTES`] random bytes.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Code(#[cbor(n(0), with = "minicbor::bytes")] [u8; CODE_BYTES]);

impl Code {
    /// The code of these random bytes.
    pub const fn new(bytes: [u8; CODE_BYTES]) -> Self {
        Self(bytes)
    }

    /// The random bytes.
    pub const fn as_bytes(&self) -> &[u8; CODE_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// Where a server is, and the key that it must show there.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Endpoint {
    /// `host:port`.
    #[n(0)]
    pub address: String,
    /// SHA-256 of the SubjectPublicKeyInfo of its TLS certificate.
    #[n(1)]
    pub key_hash: KeyHash,
}

/// What a person is given to enrol with.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct Invitation {
    /// [`INVITATION_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The Authentication Service.
    #[n(1)]
    pub authority: Endpoint,
    /// The Delivery Service.
    #[n(2)]
    pub relay: Endpoint,
    /// The relay's name, signed at every sign-in.
    #[n(3)]
    pub relay_name: String,
    /// SHA-256 of the SubjectPublicKeyInfo of the tenant's certificate.
    #[n(4)]
    pub tenant: KeyHash,
    /// Good once.
    #[n(5)]
    pub code: Code,
}

/// The only version of an invitation.
pub const INVITATION_VERSION: u16 = 1;
const INVITATION_PREFIX: &str = "COLLOQUE1.";
const INVITATION_MAX_BYTES: usize = 512;
const ADDRESS_MAX_BYTES: usize = 100;

/// The text is not an invitation that this version can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a complete invitation: it starts with COLLOQUE1. and is copied whole")]
pub struct NotAnInvitation;

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{INVITATION_PREFIX}{}", BASE64URL_NOPAD.encode(&codec::encode(self)))
    }
}

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        let encoded = text.trim().strip_prefix(INVITATION_PREFIX).ok_or(NotAnInvitation)?;
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| NotAnInvitation)?;
        let invitation: Self = codec::decode(&bytes, INVITATION_MAX_BYTES).map_err(|_| NotAnInvitation)?;
        let texts = [&invitation.authority.address, &invitation.relay.address, &invitation.relay_name];
        let usable = |text: &&String| {
            !text.is_empty() && text.len() <= ADDRESS_MAX_BYTES && !text.contains(char::is_control)
        };
        if invitation.version == INVITATION_VERSION && texts.iter().all(usable) {
            Ok(invitation)
        } else {
            Err(NotAnInvitation)
        }
    }
}

/// What the account key signs to show that the device has it: this code, on this connection.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct EnrolmentStatement {
    /// The code.
    #[n(0)]
    pub code: Code,
    /// Of this connection.
    #[n(1)]
    pub channel_binding: ChannelBinding,
}

impl Statement for EnrolmentStatement {
    const CONTEXT: &'static str = "colloque enrolment 1";
}

/// From the device to the authority: the one frame of a connection.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum AuthorityRequest {
    /// Redeems a code for an account certificate.
    #[n(0)]
    Enrol {
        /// The code.
        #[n(0)]
        code: Code,
        /// To be certified.
        #[n(1)]
        account_key: AccountKey,
        /// By the account key, over [`EnrolmentStatement`].
        #[n(2)]
        signature: Signature,
    },
}

/// From the authority.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub enum AuthorityReply {
    /// The code is spent.
    #[n(0)]
    Enrolled {
        /// The tenant's certificate, DER; its key's hash is the invitation's.
        #[n(0)]
        tenant: Opaque,
        /// The account's certificate, DER.
        #[n(1)]
        account: Opaque,
    },
    /// Refused, with the same words whether the code never was, is spent, or has expired.
    #[n(1)]
    Refused(#[n(0)] Refusal),
}
