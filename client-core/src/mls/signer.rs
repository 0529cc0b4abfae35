//! The device's signature key, expanded once: openmls's own signer rebuilds it for every message, which
//! doubles the cost of signing.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;

/// Length of the seed of a device key, in bytes (RFC 8032, section 5.1.5).
pub const DEVICE_SEED_BYTES: usize = 32;

/// Signs as this device. The key is wiped on drop.
pub struct DeviceSigner {
    key: SigningKey,
}

impl DeviceSigner {
    /// The signer of the key that this seed makes. The caller wipes its own copy of the seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; DEVICE_SEED_BYTES]) -> Self {
        Self { key: SigningKey::from_bytes(seed) }
    }

    /// The public key that others verify with.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }
}

impl Signer for DeviceSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = self.key.try_sign(payload).map_err(|_| SignerError::SigningError)?;
        Ok(signature.to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl fmt::Debug for DeviceSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeviceSigner(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
    }

    #[test]
    fn it_signs_as_rfc_8032_section_7_1_test_1_says() {
        let signer = DeviceSigner::from_seed(&bytes(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        ));
        let expected: [u8; 64] = bytes(concat!(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b",
            "d25bf5f0595bbe24655141438e7a100b"
        ));
        assert_eq!(
            signer.public_key(),
            bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        );
        assert_eq!(signer.sign(b"").unwrap(), expected);
    }

    #[test]
    fn no_debug_output_shows_the_key() {
        assert_eq!(format!("{:?}", DeviceSigner::from_seed(&[7; 32])), "DeviceSigner(..)");
    }

    #[test]
    fn the_key_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        is_wiped::<SigningKey>();
    }
}
