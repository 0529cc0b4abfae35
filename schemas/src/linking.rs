//! Linking a device: what the new device and the account's primary one say to each other (DESIGN section 3).
//!
//! | | from | what | fixed by then |
//! |---|---|---|---|
//! | 1 | new device, as QR or text | [`LinkOffer`]: its keys, and a commitment to a nonce | the new device's nonce |
//! | 2 | primary | [`LinkHello`]: the account key, and a nonce | both nonces |
//! | 3 | new device | its own nonce | the [`LinkCode`], which both show |
//! | 4 | primary, once a person has compared | [`UnverifiedLinkGrant`]: certificates, device list, servers | |
//!
//! Whoever carries these can put its own keys in their place, but has to choose them before it can know the code that
//! they make: it cannot try keys until two codes are the same. Each step takes the state before it by value.

mod grant;
mod state;
#[cfg(test)]
mod tests;

pub use grant::{GrantFault, LinkGrant, LinkGrantContents, UnverifiedLinkGrant};
pub use state::{Answering, Compared, Comparing, Confirmed, LinkFault, Offering};

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codec;
use crate::enrolment::is_usable_address;
use crate::id::{AccountKey, DeviceKey, KeyHash, RendezvousId, SealingKey};
use crate::limits::{LINK_CODE_DIGITS, LINK_NONCE_BYTES, LINK_OFFER_MAX_BYTES};

/// The only version of an offer, and so of what follows it.
pub const LINK_VERSION: u16 = 1;
const OFFER_PREFIX: &str = "COLLOQUE-LINK1.";
const COMMITMENT_CONTEXT: &[u8] = b"colloque link commitment 1\0";
const TRANSCRIPT_CONTEXT: &[u8] = b"colloque link transcript 1\0";

/// [`LINK_NONCE_BYTES`] random bytes of one side. The new device's are secret until the primary's keys are there.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct LinkNonce(#[cbor(n(0), with = "minicbor::bytes")] [u8; LINK_NONCE_BYTES]);

impl LinkNonce {
    /// The nonce of these random bytes.
    pub const fn new(bytes: [u8; LINK_NONCE_BYTES]) -> Self {
        Self(bytes)
    }

    fn commitment(&self) -> KeyHash {
        KeyHash::new(Sha256::new().chain_update(COMMITMENT_CONTEXT).chain_update(self.0).finalize().into())
    }
}

impl fmt::Debug for LinkNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkNonce(..)")
    }
}

/// What the new device shows.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct LinkOffer {
    /// [`LINK_VERSION`].
    #[n(0)]
    pub version: u16,
    /// To be certified.
    #[n(1)]
    pub device: DeviceKey,
    /// What the new device reads is sealed to this key, which lives as long as the offer.
    #[n(2)]
    pub sealing_key: SealingKey,
    /// Where the two meet.
    #[n(3)]
    pub rendezvous: RendezvousId,
    /// SHA-256 of context text, zero byte and the new device's nonce.
    #[n(4)]
    pub commitment: KeyHash,
    /// The relay that the new device was told of, `host:port`.
    #[n(5)]
    pub relay_address: String,
}

/// The text is not an offer that this version can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a complete link text: it starts with COLLOQUE-LINK1. and is copied whole")]
pub struct NotAnOffer;

impl fmt::Display for LinkOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OFFER_PREFIX}{}", BASE64URL_NOPAD.encode(&codec::encode(self)))
    }
}

impl FromStr for LinkOffer {
    type Err = NotAnOffer;

    fn from_str(text: &str) -> Result<Self, NotAnOffer> {
        let encoded = text.trim().strip_prefix(OFFER_PREFIX).ok_or(NotAnOffer)?;
        // Four characters hold three bytes.
        if encoded.len() / 4 * 3 > LINK_OFFER_MAX_BYTES {
            return Err(NotAnOffer);
        }
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| NotAnOffer)?;
        let offer: Self = codec::decode(&bytes, LINK_OFFER_MAX_BYTES).map_err(|_| NotAnOffer)?;
        let is_usable = offer.version == LINK_VERSION && is_usable_address(&offer.relay_address);
        if is_usable { Ok(offer) } else { Err(NotAnOffer) }
    }
}

/// One thing that is said in a linking after the offer, and that the relay carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum LinkStep {
    /// [`LinkHello`], sealed.
    #[n(0)]
    Hello,
    /// [`LinkNonce`].
    #[n(1)]
    Nonce,
    /// [`UnverifiedLinkGrant`], sealed.
    #[n(2)]
    Grant,
}

impl LinkStep {
    /// Whether it is the new device, which cannot sign in yet, that says this; the other steps are the primary's.
    pub const fn is_of_new_device(self) -> bool {
        matches!(self, Self::Nonce)
    }

    /// What a step of this rendezvous is sealed for (the `info` of RFC 9180): a step put in another's place does not open.
    pub fn sealing_info(self, rendezvous: RendezvousId) -> Vec<u8> {
        let context: &[u8] = match self {
            Self::Hello => b"colloque link hello 1\0",
            Self::Nonce => b"colloque link nonce 1\0",
            Self::Grant => b"colloque link grant 1\0",
        };
        [context, rendezvous.as_bytes()].concat()
    }
}

/// The primary's answer to an offer.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct LinkHello {
    /// Of the account that the new device is to belong to.
    #[n(0)]
    pub account_key: AccountKey,
    /// The primary's.
    #[n(1)]
    pub nonce: LinkNonce,
}

/// SHA-256 over everything that both sides said before the grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Transcript(KeyHash);

impl Transcript {
    fn of(offer: &LinkOffer, hello: &LinkHello, nonce: &LinkNonce) -> Self {
        // Each encoding says where it ends.
        let hash = Sha256::new()
            .chain_update(TRANSCRIPT_CONTEXT)
            .chain_update(codec::encode(offer))
            .chain_update(codec::encode(hello))
            .chain_update(codec::encode(nonce))
            .finalize();
        Self(KeyHash::new(hash.into()))
    }

    /// The first 8 bytes of the transcript, as a number, in its last [`LINK_CODE_DIGITS`] decimal digits. Of 2^64
    /// numbers no code has more than one part in 10^13 over another.
    fn code(self) -> LinkCode {
        let bytes = self.0.as_bytes().iter().take(8);
        let number = bytes.fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        LinkCode(number % 10_u64.pow(LINK_CODE_DIGITS))
    }
}

/// The short code of both sides' keys: [`LINK_CODE_DIGITS`] decimal digits, about 20 bits.
///
/// Enough because of the commitment: whoever puts in other keys has one try in a million for each offer that a person
/// makes and compares. More digits would be compared less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkCode(u64);

/// The text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a link code has {LINK_CODE_DIGITS} digits")]
pub struct NotACode;

impl fmt::Display for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03}", self.0 / 1000, self.0 % 1000)
    }
}

impl FromStr for LinkCode {
    type Err = NotACode;

    /// Reads a code as people type it: spaces mean nothing.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let digits: String = text.chars().filter(|character| *character != ' ').collect();
        let is_code = u32::try_from(digits.len()) == Ok(LINK_CODE_DIGITS)
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { digits.parse().map(Self).map_err(|_| NotACode) } else { Err(NotACode) }
    }
}
