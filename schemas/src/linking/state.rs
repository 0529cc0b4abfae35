//! Where a linking is, on each side. A step takes the state before it by value: none can be skipped, or taken twice.
//!
//! | new device | primary |
//! |---|---|
//! | [`Offering`], by its offer | [`Answering`], by the offer |
//! | [`Comparing`], by the primary's hello | [`Compared`], by the new device's nonce |
//! | [`LinkGrant`], by the grant | [`Confirmed`], by a person with the code |

use alloc::string::String;

use ed25519_dalek::SigningKey;

use super::grant::{GrantFault, LinkGrant, LinkGrantContents, UnverifiedLinkGrant};
use super::{LINK_VERSION, LinkCode, LinkHello, LinkNonce, LinkOffer, Transcript};
use crate::id::{AccountKey, DeviceKey, RendezvousId, SealingKey};
use crate::time::UnixSeconds;

/// Why a linking ends before a grant is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// The offer is for another relay than the account's.
    #[error("the new device was told of another relay than this account's")]
    OtherRelay,
    /// The nonce is not the one that the offer committed to.
    #[error("what came from the new device is not what it showed")]
    OtherNonce,
    /// The code that a person read on the new device is not this side's.
    #[error("the codes differ: somebody may be in between")]
    CodeDiffers,
}

impl LinkFault {
    /// A stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OtherRelay => "link-other-relay",
            Self::OtherNonce => "link-other-nonce",
            Self::CodeDiffers => "link-code-differs",
        }
    }
}

/// The new device, which shows its offer and waits for the primary.
#[derive(Debug)]
pub struct Offering {
    offer: LinkOffer,
    nonce: LinkNonce,
}

impl Offering {
    /// Offers these keys. Nonce and rendezvous are random, and of this offer only.
    pub fn new(
        device: DeviceKey,
        sealing_key: SealingKey,
        rendezvous: RendezvousId,
        nonce: LinkNonce,
        relay_address: String,
    ) -> Self {
        let (version, commitment) = (LINK_VERSION, nonce.commitment());
        let offer = LinkOffer { version, device, sealing_key, rendezvous, commitment, relay_address };
        Self { offer, nonce }
    }

    /// What to show.
    pub fn offer(&self) -> &LinkOffer {
        &self.offer
    }

    /// The primary has answered: from here on no other answer counts, and the nonce may be told.
    pub fn hear(self, hello: &LinkHello) -> Comparing {
        let transcript = Transcript::of(&self.offer, hello, &self.nonce);
        let Self { offer, nonce } = self;
        Comparing { device: offer.device, account_key: hello.account_key, nonce, transcript }
    }
}

/// The new device, which shows the code and waits for the grant.
#[derive(Debug)]
pub struct Comparing {
    device: DeviceKey,
    account_key: AccountKey,
    nonce: LinkNonce,
    transcript: Transcript,
}

impl Comparing {
    /// What to tell the primary now.
    pub fn nonce(&self) -> &LinkNonce {
        &self.nonce
    }

    /// What to show the person.
    pub fn code(&self) -> LinkCode {
        self.transcript.code()
    }

    /// Checks the grant against everything that was said before it.
    ///
    /// # Errors
    /// [`GrantFault`].
    pub fn accept(self, grant: UnverifiedLinkGrant, at: UnixSeconds) -> Result<LinkGrant, GrantFault> {
        grant.verify(self.transcript, &self.account_key, self.device, at)
    }
}

/// The primary, which has read an offer and waits for the nonce.
#[derive(Debug)]
pub struct Answering {
    offer: LinkOffer,
    hello: LinkHello,
}

impl Answering {
    /// Answers an offer. The nonce is random, and of this answer only.
    ///
    /// # Errors
    /// [`LinkFault::OtherRelay`].
    pub fn new(
        offer: LinkOffer,
        relay_address: &str,
        account_key: AccountKey,
        nonce: LinkNonce,
    ) -> Result<Self, LinkFault> {
        let is_here = offer.relay_address == relay_address;
        if is_here {
            Ok(Self { offer, hello: LinkHello { account_key, nonce } })
        } else {
            Err(LinkFault::OtherRelay)
        }
    }

    /// What to tell the new device now, sealed to the key of its offer.
    pub fn hello(&self) -> &LinkHello {
        &self.hello
    }

    /// The new device has told its nonce.
    ///
    /// # Errors
    /// [`LinkFault::OtherNonce`].
    pub fn hear(self, nonce: &LinkNonce) -> Result<Compared, LinkFault> {
        if nonce.commitment() != self.offer.commitment {
            return Err(LinkFault::OtherNonce);
        }
        let transcript = Transcript::of(&self.offer, &self.hello, nonce);
        Ok(Compared { device: self.offer.device, account_key: self.hello.account_key, transcript })
    }
}

/// The primary, which has all that makes the code and waits for a person.
#[derive(Debug)]
pub struct Compared {
    device: DeviceKey,
    account_key: AccountKey,
    pub(super) transcript: Transcript,
}

impl Compared {
    /// What to show the person, where the app lets the eye compare.
    pub fn code(&self) -> LinkCode {
        self.transcript.code()
    }

    /// A person confirms, with the code that the new device shows. One try: another takes a new offer.
    ///
    /// # Errors
    /// [`LinkFault::CodeDiffers`].
    pub fn confirm(self, on_new_device: LinkCode) -> Result<Confirmed, LinkFault> {
        if on_new_device != self.code() {
            return Err(LinkFault::CodeDiffers);
        }
        Ok(Confirmed(self))
    }
}

/// The primary, told by a person that the device is theirs.
#[derive(Debug)]
pub struct Confirmed(Compared);

impl Confirmed {
    /// The device to certify.
    pub fn device(&self) -> DeviceKey {
        self.0.device
    }

    /// Signs the grant, and checks it as the new device will.
    ///
    /// # Errors
    /// [`GrantFault`].
    pub fn grant(
        self,
        contents: LinkGrantContents,
        account_key: &SigningKey,
        at: UnixSeconds,
    ) -> Result<UnverifiedLinkGrant, GrantFault> {
        let Compared { device, account_key: compared, transcript } = self.0;
        let grant = UnverifiedLinkGrant::sign(transcript, contents, account_key);
        grant.clone().verify(transcript, &compared, device, at)?;
        Ok(grant)
    }
}
