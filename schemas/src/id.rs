//! One type per thing that is named on the wire. All are opaque: nothing may be read out of their bytes.
//!
//! `Debug` prints no bytes, so that an id cannot reach a log by accident; `Display` prints lowercase hexadecimal
//! and is for people who asked for it.

use core::fmt;
use core::str::FromStr;

use data_encoding::HEXLOWER;
use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

/// A text that is not the hexadecimal form of the id that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} hexadecimal digits")]
pub struct NotAnId {
    /// How many hexadecimal digits the id has.
    pub digits: usize,
}

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// Names these bytes.
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes, as they stand on the wire.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }

            /// Names these bytes if there are exactly [`Self::LENGTH`] of them.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let bytes = HEXLOWER.decode(text.as_bytes()).ok();
                bytes
                    .and_then(|bytes| Self::from_slice(&bytes))
                    .ok_or(NotAnId { digits: 2 * $length })
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                let at = d.position();
                Self::from_slice(d.bytes()?)
                    .ok_or_else(|| DecodeError::message(concat!("length of ", stringify!($name))).at(at))
            }
        }
    };
}

opaque!(
    /// A thread, and its MLS group id. Random, 128 bits.
    ThreadId, 16
);
opaque!(
    /// A person. Random, 128 bits, chosen by the authority at enrolment.
    AccountId, 16
);
opaque!(
    /// One message, chosen at random by its author and kept through every re-encryption.
    MessageId, 16
);
opaque!(
    /// What a device calls one request that it may have to repeat; the relay acts on it at most once.
    IdempotencyId, 16
);
opaque!(
    /// What a relay's database is, since it was made or last restored from a backup. Random, 128 bits: another one means that
    /// what the relay knew may have gone back.
    Incarnation, 16
);
opaque!(
    /// One encrypted document at the relay. Random, 128 bits, said only inside encrypted messages: whoever knows it may
    /// read the ciphertext, and add to it until it is whole.
    BlobId, 16
);
opaque!(
    /// A device: the Ed25519 public key that is its MLS signature key and the key of its leaf certificate.
    DeviceKey, 32
);
opaque!(
    /// The Ed25519 public key of an account, the one that clients pin.
    AccountKey, 32
);
opaque!(
    /// Where a new device and the primary one meet. Random, 128 bits, of one linking.
    RendezvousId, 16
);
opaque!(
    /// One handing over of history from a device to another. Random, 128 bits.
    HistoryId, 16
);
opaque!(
    /// The X25519 public key (RFC 7748) to which a new device has things sealed while it is being linked.
    SealingKey, 32
);
opaque!(
    /// SHA-256 of a DER `SubjectPublicKeyInfo` (RFC 7469, section 2.4) or of another named encoding.
    KeyHash, 32
);

/// Place of an envelope in its thread's log, from 1. As a cursor, 0 stands before the first envelope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Seq(#[cbor(n(0), with = "crate::bounded")] pub u64);

impl Seq {
    /// Before the first envelope of a log.
    pub const START: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Debug for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seq({})", self.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn debug_of_an_id_shows_none_of_its_bytes() {
        assert_eq!(alloc::format!("{:?}", ThreadId::new([0xab; 16])), "ThreadId(..)");
    }

    #[test]
    fn text_form_of_an_id_reads_back_and_other_lengths_do_not() {
        let id = AccountId::new([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("07".parse::<AccountId>(), Err(NotAnId { digits: 32 }));
    }
}
