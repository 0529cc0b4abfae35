//! What openmls is given to work with: cryptography and randomness, and storage inside one unit of work.
//!
//! The only file that names a cryptographic library for MLS, so that another can follow.

use openmls_traits::OpenMlsProvider;

use super::storage::MlsStorage;

use crate::store::Connection;

/// Cryptography and randomness of MLS. Made once and kept: making one draws a seed from the system.
pub type Crypto = openmls_rust_crypto::RustCrypto;

/// The provider for one unit of work or savepoint.
pub struct Provider<'unit> {
    crypto: &'unit Crypto,
    storage: MlsStorage<'unit>,
}

impl<'unit> Provider<'unit> {
    /// A provider whose every write belongs to the unit of work that `sql` comes from.
    #[must_use]
    pub fn new(crypto: &'unit Crypto, sql: &'unit Connection) -> Self {
        Self { crypto, storage: MlsStorage::new(sql) }
    }
}

impl<'unit> OpenMlsProvider for Provider<'unit> {
    type CryptoProvider = Crypto;
    type RandProvider = Crypto;
    type StorageProvider = MlsStorage<'unit>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.storage
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        self.crypto
    }

    fn rand(&self) -> &Self::RandProvider {
        self.crypto
    }
}
