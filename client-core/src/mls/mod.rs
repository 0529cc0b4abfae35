//! openmls on our store: its storage, its cryptography, the device's signature key, and the one way that
//! groups are set up.
//!
//! Nothing here decides what is allowed: that is the rules' part. openmls is only called inside a
//! [`UnitOfWork`](crate::store::UnitOfWork), through a [`Provider`] made from it.

mod codec;
mod provider;
mod signer;
mod storage;
mod suite;

#[cfg(test)]
mod tests;

pub use provider::{Crypto, Provider};
pub use signer::{DEVICE_SEED_BYTES, DeviceSigner};
pub use storage::MlsStorage;
pub use suite::{
    CHARTER_EXTENSION_TYPE, CREDENTIAL_TYPE, LIFETIME, SUITE, SUITE_ID, capabilities, create_config,
    group_context_extensions, join_config, key_package_builder, letter_config,
};
