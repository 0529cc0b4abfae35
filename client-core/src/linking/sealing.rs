//! Sealing to the key of an offer: HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
//!
//! It hides who links what from those who carry it. That nobody else answers is what the code is for. Nothing that is
//! sealed has to stay secret for long, so that classical key exchange is enough.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::id::SealingKey;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{
    HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType, HpkeKemType, HpkeKeyPair,
};

use crate::error::{Error, LinkError};
use crate::mls::Crypto;

const SUITE: HpkeConfig =
    HpkeConfig(HpkeKemType::DhKem25519, HpkeKdfType::HkdfSha256, HpkeAeadType::AesGcm256);

/// The key pair of this secret.
pub(super) fn key_pair(crypto: &Crypto, secret: &[u8; 32]) -> Result<(HpkeKeyPair, SealingKey), Error> {
    let failed = || Error::Bug("a sealing key could not be made");
    let pair = crypto.derive_hpke_keypair(SUITE, secret).map_err(|_| failed())?;
    let public = SealingKey::from_slice(&pair.public).ok_or_else(failed)?;
    Ok((pair, public))
}

/// The encapsulated key, then the ciphertext.
pub(super) fn seal(crypto: &Crypto, to: SealingKey, info: Vec<u8>, content: &[u8]) -> Result<Opaque, Error> {
    let sealed = crypto.hpke_seal(SUITE, to.as_bytes(), &info, &[], content);
    // Of a stranger's choosing: there are keys to which nothing can be sealed.
    let sealed = sealed.map_err(|_| LinkError::Unreadable)?;
    Ok([sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat().into())
}

pub(super) fn open(
    crypto: &Crypto,
    pair: &HpkeKeyPair,
    info: Vec<u8>,
    sealed: &[u8],
) -> Result<Vec<u8>, LinkError> {
    let (encapsulated, ciphertext) =
        sealed.split_at_checked(SealingKey::LENGTH).ok_or(LinkError::Unreadable)?;
    let sealed =
        HpkeCiphertext { kem_output: encapsulated.to_vec().into(), ciphertext: ciphertext.to_vec().into() };
    crypto.hpke_open(SUITE, &sealed, &pair.private, &info, &[]).map_err(|_| LinkError::Unreadable)
}
