//! Cryptography for a member that openmls would stop: it puts other bytes in place of some of its own, before they are
//! signed, hashed and encrypted. What comes out is signed and encrypted as it should be, and holds what openmls refuses
//! to write.

use std::sync::{Arc, Mutex};

use colloque_client_core::mls::DeviceSigner;
use openmls::prelude::tls_codec::SecretVLBytes;
use openmls_rust_crypto::{MemoryStorage, RustCrypto};
use openmls_traits::OpenMlsProvider;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};

/// What stands in for what, of equal length; nothing while it is honest.
#[derive(Clone, Default)]
pub struct Forgery(Arc<Mutex<Option<Swap>>>);

struct Swap {
    written: Vec<u8>,
    meant: Vec<u8>,
}

impl Forgery {
    /// From here on, `written` comes out as `meant`, of the same length.
    pub fn begin(&self, written: Vec<u8>, meant: Vec<u8>) {
        assert_eq!(written.len(), meant.len());
        *self.0.lock().expect("no thread panicked") = Some(Swap { written, meant });
    }

    /// From here on, everything comes out as it is.
    pub fn end(&self) {
        *self.0.lock().expect("no thread panicked") = None;
    }

    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if let Some(Swap { written, meant }) = &*self.0.lock().expect("no thread panicked") {
            let found = bytes.windows(written.len()).position(|window| window == written);
            if let Some(at) = found {
                bytes[at..at + meant.len()].copy_from_slice(meant);
            }
        }
        bytes
    }
}

/// A device's signer that signs what is meant.
pub struct ForgingSigner {
    /// The device's own.
    pub inner: DeviceSigner,
    /// What stands in for what.
    pub forgery: Forgery,
}

impl Signer for ForgingSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.inner.sign(&self.forgery.apply(payload))
    }

    fn signature_scheme(&self) -> SignatureScheme {
        self.inner.signature_scheme()
    }
}

/// A provider that hashes and encrypts what is meant.
#[derive(Default)]
pub struct ForgingProvider {
    crypto: ForgingCrypto,
    storage: MemoryStorage,
}

impl ForgingProvider {
    /// A provider with this forgery.
    pub fn new(forgery: Forgery) -> Self {
        let crypto = ForgingCrypto { inner: RustCrypto::default(), forgery };
        Self { crypto, storage: MemoryStorage::default() }
    }
}

impl OpenMlsProvider for ForgingProvider {
    type CryptoProvider = ForgingCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = MemoryStorage;

    fn storage(&self) -> &Self::StorageProvider {
        &self.storage
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        &self.crypto
    }

    fn rand(&self) -> &Self::RandProvider {
        &self.crypto.inner
    }
}

/// See [`ForgingProvider`].
#[derive(Default)]
pub struct ForgingCrypto {
    inner: RustCrypto,
    forgery: Forgery,
}

/// The methods that pass everything on as it is.
macro_rules! pass_on {
    ($(fn $name:ident($($argument:ident: $kind:ty),*) -> $outcome:ty;)+) => {
        $(fn $name(&self, $($argument: $kind),*) -> $outcome {
            self.inner.$name($($argument),*)
        })+
    };
}

type Outcome<T> = Result<T, CryptoError>;

impl OpenMlsCrypto for ForgingCrypto {
    pass_on! {
        fn supports(suite: Ciphersuite) -> Outcome<()>;
        fn supported_ciphersuites() -> Vec<Ciphersuite>;
        fn hkdf_extract(hash: HashType, salt: &[u8], ikm: &[u8]) -> Outcome<SecretVLBytes>;
        fn hmac(hash: HashType, key: &[u8], message: &[u8]) -> Outcome<SecretVLBytes>;
        fn hkdf_expand(hash: HashType, prk: &[u8], info: &[u8], length: usize) -> Outcome<SecretVLBytes>;
        fn aead_decrypt(aead: AeadType, key: &[u8], data: &[u8], nonce: &[u8], aad: &[u8]) -> Outcome<Vec<u8>>;
        fn signature_key_gen(scheme: SignatureScheme) -> Outcome<(Vec<u8>, Vec<u8>)>;
        fn verify_signature(scheme: SignatureScheme, data: &[u8], key: &[u8], signature: &[u8]) -> Outcome<()>;
        fn sign(scheme: SignatureScheme, data: &[u8], key: &[u8]) -> Outcome<Vec<u8>>;
        fn hpke_seal(
            config: HpkeConfig, key: &[u8], info: &[u8], aad: &[u8], text: &[u8]
        ) -> Outcome<HpkeCiphertext>;
        fn hpke_open(
            config: HpkeConfig, input: &HpkeCiphertext, key: &[u8], info: &[u8], aad: &[u8]
        ) -> Outcome<Vec<u8>>;
        fn hpke_setup_sender_and_export(
            config: HpkeConfig, key: &[u8], info: &[u8], context: &[u8], length: usize
        ) -> Outcome<(KemOutput, ExporterSecret)>;
        fn hpke_setup_receiver_and_export(
            config: HpkeConfig, enc: &[u8], key: &[u8], info: &[u8], context: &[u8], length: usize
        ) -> Outcome<ExporterSecret>;
        fn derive_hpke_keypair(config: HpkeConfig, ikm: &[u8]) -> Outcome<HpkeKeyPair>;
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Outcome<Vec<u8>> {
        self.inner.hash(hash, &self.forgery.apply(data))
    }

    fn aead_encrypt(
        &self,
        aead: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Outcome<Vec<u8>> {
        self.inner.aead_encrypt(aead, key, &self.forgery.apply(data), nonce, aad)
    }
}
