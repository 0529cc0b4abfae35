//! `colloque-authority`, the Authentication Service: turns single-use codes into account certificates.
//!
//! | step | see |
//! |---|---|
//! | make the tenant key and certificate, once | [`Authority::init`] |
//! | give a person a code | [`Desk`] |
//! | redeem it, give a professional a code for a patient, list professionals | [`Authority::answer`], [`serve`] |
//! | from the command line | [`cli`] |
//!
//! Role and name come from the invitation that an operator made, never from the request that redeems it; what a
//! professional may have made is a code for a patient (R37). The tenant key is in a file and in this process; the database
//! holds neither keys nor codes.

mod answer;
pub mod cli;
mod code;
mod desk;
mod directory;
mod error;
mod folder;
mod invite_patient;
mod quota;
mod redeem;
mod session;
mod store;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use colloque_schemas::certificate::issue::{self, IssueError, Validity};
use colloque_schemas::certificate::{CertificateError, TrustAnchor};
use colloque_schemas::id::KeyHash;
use colloque_schemas::limits::CLOCK_SKEW_SECONDS;
use colloque_schemas::point::Points;
use colloque_schemas::time::SECONDS_PER_DAY;
use ed25519_dalek::SigningKey;

pub use self::desk::{Desk, Invited, Places};
pub use self::error::AuthorityError;
pub use self::session::serve;

use self::folder::Folder;
use self::store::Store;
use crate::clock::Clock;
use crate::key_file::{self, Passphrase, Secret};
use crate::private_file;
use crate::tls::{self, ServerIdentity};

/// Life of the tenant's certificate. Account certificates end within it.
const TENANT_LIFE_DAYS: u64 = 10 * 365;

/// The service with its tenant key: all that [`Desk`] can, and redeeming.
pub struct Authority {
    desk: Desk,
    tenant_key: SigningKey,
    random: SystemRandom,
}

impl Authority {
    /// Makes a tenant of this name in a folder: key, certificate, TLS identity, database. The folder is created.
    ///
    /// # Errors
    /// [`AuthorityError::File`] if there is an authority already; nothing of it is changed.
    pub async fn init(
        data: &Path,
        name: &str,
        clock: Arc<dyn Clock>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, AuthorityError> {
        let random = SystemRandom::new();
        let secret = Secret::random(&random)?;
        let now = clock.now();
        let validity = Validity {
            not_before: now.minus(CLOCK_SKEW_SECONDS),
            not_after: now.plus(TENANT_LIFE_DAYS * SECONDS_PER_DAY),
        };
        let tenant_key = SigningKey::from_bytes(secret.as_bytes());
        // Before anything is written: a name that cannot be certified leaves no trace.
        let tenant = match issue::tenant(name, &tenant_key, random_bytes(&random)?, validity) {
            Err(IssueError::Refused(CertificateError::SubjectName(_))) => {
                return Err(AuthorityError::TenantName);
            }
            issued => issued?,
        };
        let folder = Folder::create(data)?;
        key_file::create(&folder.tenant_key(), &secret, passphrase, &random)?;
        private_file::create_public(&Points::default(), &folder.tenant_certificate(), &tenant)?;
        ServerIdentity::load_or_create(
            &Points::default(),
            data,
            folder::TLS_STEM,
            &["localhost".to_owned()],
        )?;
        // SQLite gives its other files the mode of this one.
        private_file::create_private(&Points::default(), &folder.database(), b"")?;
        Self::open(data, clock, passphrase).await
    }

    /// Opens the authority in a folder.
    ///
    /// # Errors
    /// [`AuthorityError::NotInitialised`], [`AuthorityError::Key`] and others.
    pub async fn open(
        data: &Path,
        clock: Arc<dyn Clock>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, AuthorityError> {
        let desk = Desk::open(data, clock).await?;
        let secret = key_file::load(&Folder::open(data)?.tenant_key(), passphrase)?;
        let tenant_key = SigningKey::from_bytes(secret.as_bytes());
        if desk.anchor().hash() != key_hash(&tenant_key) {
            return Err(AuthorityError::ForeignTenantKey);
        }
        Ok(Self { desk, tenant_key, random: SystemRandom::new() })
    }

    /// Where codes are made.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The tenant's certificate.
    pub const fn anchor(&self) -> &TrustAnchor {
        self.desk.anchor()
    }

    const fn store(&self) -> &Store {
        self.desk.store()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(..)")
    }
}

/// SHA-256 of an Ed25519 key's SubjectPublicKeyInfo, whose DER is a constant and the key (RFC 8410, section 4).
fn key_hash(key: &SigningKey) -> KeyHash {
    const PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    tls::hash_of(&[PREFIX.as_slice(), key.verifying_key().as_bytes()].concat())
}

/// Random bytes for an id, a serial number or a code.
fn random_bytes<const LENGTH: usize>(random: &dyn SecureRandom) -> Result<[u8; LENGTH], AuthorityError> {
    let mut bytes = [0; LENGTH];
    random.fill(&mut bytes).map_err(|_| AuthorityError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
