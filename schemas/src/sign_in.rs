//! The statement that a device signs to sign in to a relay (DESIGN section 3).
//!
//! It covers the relay's name, its nonce, the version, and the TLS exporter value of this very connection (RFC 9266),
//! so that it is worth nothing anywhere else. There is no bearer token.

use alloc::string::String;

use crate::signed::Statement;

/// Label for the TLS exporter (RFC 9266 section 2), without context, 32 bytes.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// A nonce of one connection, 32 random bytes, good for one try.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Nonce(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// The value that both ends of one TLS connection derive, and nobody else (RFC 9266).
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct ChannelBinding(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl core::fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ChannelBinding(..)")
    }
}

/// What the device signs.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
pub struct SignInStatement {
    /// The relay's name, from the enrolment profile for the client and from its configuration for the relay.
    #[n(0)]
    pub relay_name: String,
    /// From the relay's challenge.
    #[n(1)]
    pub nonce: Nonce,
    /// [`crate::limits::PROTOCOL_VERSION`] of the device.
    #[n(2)]
    pub version: u16,
    /// Of this connection.
    #[n(3)]
    pub channel_binding: ChannelBinding,
}

impl Statement for SignInStatement {
    const CONTEXT: &'static str = "colloque sign-in 1";
}
