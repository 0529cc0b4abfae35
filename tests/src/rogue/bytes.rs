//! From bytes to what MLS and members say, and back.

use colloque_schemas::codec;
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES};
use colloque_schemas::padding::{unpad, unpad_inside};
use colloque_schemas::payload::Payload;
use openmls::prelude::tls_codec::{DeserializeBytes, Serialize};
use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn, ProtocolMessage, Welcome};

pub(super) fn encoded(value: &impl Serialize) -> Vec<u8> {
    value.tls_serialize_detached().expect("it encodes")
}

pub(super) fn protocol_message(payload: &[u8]) -> Option<ProtocolMessage> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(unpad(payload, ENVELOPE_MIN_BYTES).ok()?).ok()?;
    message.try_into_protocol_message().ok()
}

pub(super) fn payload_in(padded: &[u8]) -> Option<Payload> {
    codec::decode(unpad_inside(padded).ok()?, ENVELOPE_MAX_BYTES).ok()
}

pub(super) fn welcome_in(payload: &[u8]) -> Welcome {
    let bytes = unpad(payload, ENVELOPE_MIN_BYTES).expect("a bucket");
    match MlsMessageIn::tls_deserialize_exact_bytes(bytes).expect("a message").extract() {
        MlsMessageBodyIn::Welcome(welcome) => welcome,
        _ => panic!("not a Welcome"),
    }
}
