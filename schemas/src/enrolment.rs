//! Enrolment: from a single-use code to account certificate (DESIGN section 3).
//!
//! The invitation is given out of band, as a QR or a line of text. It carries everything that the device will trust:
//! addresses, key hashes of both servers and of the tenant, and the code. Nothing of it is negotiated.
//!
//! What an enrolled device asks of the authority later is in [`crate::asking`].

use alloc::string::String;
use alloc::vec::Vec;

use core::fmt;
use core::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::asking::Reservation;
use crate::bytes::{Opaque, Signature};
use crate::certificate::UnverifiedChain;
use crate::codec;
use crate::id::{AccountId, AccountKey, KeyHash};
use crate::limits::CODE_BYTES;
use crate::refusal::Refusal;
use crate::sign_in::ChannelBinding;
use crate::signed::Statement;
use crate::time::UnixSeconds;

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
    /// The account that the code is for, where it was reserved: the device enrols as no other.
    #[n(6)]
    pub account: Option<AccountId>,
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
        if invitation.version == INVITATION_VERSION && texts.iter().all(|text| is_usable_address(text)) {
            Ok(invitation)
        } else {
            Err(NotAnInvitation)
        }
    }
}

/// Whether a text can be an address, or a server's name: not empty, bounded, of one line.
pub fn is_usable_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= ADDRESS_MAX_BYTES && !text.contains(char::is_control)
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
    /// Asks for an invitation of a patient (R37). The same reservation again makes a new code for the same account, and
    /// ends the one before.
    #[n(1)]
    InvitePatient {
        /// Of the professional's device.
        #[n(0)]
        chain: UnverifiedChain,
        /// For which account.
        #[n(1)]
        reservation: Reservation,
        /// By the device key, over [`InvitationStatement`](crate::asking::InvitationStatement).
        #[n(2)]
        signature: Signature,
    },
    /// Asks for a page of the directory of professionals, which is public within the tenant.
    #[n(2)]
    Professionals {
        /// Of the device that asks.
        #[n(0)]
        chain: UnverifiedChain,
        /// The last account of the page before; none for the first.
        #[n(1)]
        after: Option<AccountId>,
        /// By the device key, over [`DirectoryStatement`](crate::asking::DirectoryStatement).
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
    /// Refused; a code with the same words whether it never was, is spent, or has expired.
    #[n(1)]
    Refused(#[n(0)] Refusal),
    /// The patient can enrol.
    #[n(2)]
    Invited {
        /// To be given to the patient, and nobody else. It names the account.
        #[n(0)]
        invitation: Invitation,
        /// From this instant the code is refused.
        #[n(1)]
        expires_at: UnixSeconds,
    },
    /// Account certificates of professionals, DER, in ascending order of their accounts: at most
    /// [`DIRECTORY_PAGE_ITEMS`](crate::limits::DIRECTORY_PAGE_ITEMS).
    #[n(3)]
    Professionals {
        /// The certificates.
        #[n(0)]
        certificates: Vec<Opaque>,
        /// Whether there are more after these.
        #[n(1)]
        more: bool,
    },
}
