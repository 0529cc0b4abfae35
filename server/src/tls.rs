//! A server's TLS identity, and TLS as both servers speak it.
//!
//! Clients pin the SHA-256 of the certificate's SubjectPublicKeyInfo, which their invitation carries. Names and dates
//! in the certificate decide nothing, so a self-signed one is as good as any.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use colloque_schemas::id::KeyHash;
use colloque_schemas::point::Points;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::version::TLS13;
use zeroize::Zeroizing;

use crate::private_file::{self, FileError};

/// Longest key file that is read: an RSA key of 8192 bits takes less.
const KEY_FILE_MAX_BYTES: u64 = 16 * 1024;

/// Why there is no TLS identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Only one of certificate and key is there.
    #[error(
        "{present} is there but {absent} is not: restore it, or move the other away to get a new identity"
    )]
    Incomplete {
        /// The one that is there.
        present: String,
        /// The one that is not.
        absent: String,
    },
    /// Not a PEM file of the kind that is needed.
    #[error("{path} holds no {expected} in PEM")]
    NotPem {
        /// Which file.
        path: String,
        /// What should be in it.
        expected: &'static str,
    },
    /// A name that no certificate can carry, or the like.
    #[error("cannot make a certificate: {0}")]
    Generation(#[from] rcgen::Error),
    /// Certificate and key do not go together, or are of a kind that rustls does not take.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Certificate, key, and what clients know them by.
#[derive(Clone)]
pub struct ServerIdentity {
    key_hash: KeyHash,
    config: Arc<rustls::ServerConfig>,
}

impl ServerIdentity {
    /// Loads `<file_stem>.certificate.pem` and `<file_stem>.key.pem`, or makes them for these names if neither is
    /// there. An operator may put others in their place. A key alone, as a crash leaves it, is given its certificate.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load_or_create(
        points: &Points,
        folder: &Path,
        file_stem: &str,
        names: &[String],
    ) -> Result<Self, IdentityError> {
        let certificate = folder.join(format!("{file_stem}.certificate.pem"));
        let key = folder.join(format!("{file_stem}.key.pem"));
        match (certificate.exists(), key.exists()) {
            (true, true) => {}
            (true, false) => return Err(incomplete(&certificate, &key)),
            (false, has_key) => create(points, &certificate, &key, has_key, names)?,
        }
        Self::load(&certificate, &key)
    }

    /// Loads a certificate, with its chain if it has one, and its private key, both in PEM.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load(certificate_path: &Path, key_path: &Path) -> Result<Self, IdentityError> {
        let not_pem =
            |path: &Path, expected| IdentityError::NotPem { path: path.display().to_string(), expected };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate_path)
            .and_then(Iterator::collect)
            .map_err(|_| not_pem(certificate_path, "certificate"))?;
        let key_pem = Zeroizing::new(private_file::read_private(key_path, KEY_FILE_MAX_BYTES)?);
        let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| not_pem(key_path, "private key"))?;
        let Some(leaf) = chain.first() else {
            return Err(not_pem(certificate_path, "certificate"));
        };
        let public_key_info = ParsedCertificate::try_from(leaf)?.subject_public_key_info();
        let key_hash = hash_of(public_key_info.as_ref());
        Ok(Self { key_hash, config: Arc::new(server_config(chain, key)?) })
    }

    /// SHA-256 of the certificate's DER `SubjectPublicKeyInfo`, which clients pin.
    pub const fn key_hash(&self) -> KeyHash {
        self.key_hash
    }

    /// How to speak TLS as this server.
    pub fn server_config(&self) -> Arc<rustls::ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerIdentity(..)")
    }
}

fn incomplete(present: &Path, absent: &Path) -> IdentityError {
    IdentityError::Incomplete { present: present.display().to_string(), absent: absent.display().to_string() }
}

/// SHA-256 of a DER `SubjectPublicKeyInfo` (RFC 7469, section 2.4).
pub(crate) fn hash_of(public_key_info: &[u8]) -> KeyHash {
    let mut hash = [0; KeyHash::LENGTH];
    // Both are 32 bytes: `zip` only spares a length check that cannot fail.
    hash.iter_mut().zip(digest(&SHA256, public_key_info).as_ref()).for_each(|(to, from)| *to = *from);
    KeyHash::new(hash)
}

/// The key is written first: after a crash in between, the certificate is made for the key that is there.
fn create(
    points: &Points,
    certificate: &Path,
    key: &Path,
    has_key: bool,
    names: &[String],
) -> Result<(), IdentityError> {
    let key_pair = if has_key {
        let pem = Zeroizing::new(private_file::read_private(key, KEY_FILE_MAX_BYTES)?);
        rcgen::KeyPair::from_pem(&String::from_utf8_lossy(&pem))?
    } else {
        let key_pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        private_file::create_private(points, key, Zeroizing::new(key_pair.serialize_pem()).as_bytes())?;
        key_pair
    };
    let mut params = rcgen::CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    let issued = params.self_signed(&key_pair)?;
    private_file::create_public(points, certificate, issued.pem().as_bytes())?;
    Ok(())
}

/// TLS 1.3 only, no early data, nothing kept for resumption: sockets here live for hours, and a ticket each would cost
/// memory for nothing. The post-quantum hybrid is the only key exchange, because rustls takes whichever share the
/// client sent rather than the one listed first: a list would let a recorded session be opened later.
fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<rustls::ServerConfig, rustls::Error> {
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names() -> [String; 2] {
        ["localhost".to_owned(), "127.0.0.1".to_owned()]
    }

    #[test]
    fn an_identity_stays_the_same_and_its_key_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let made =
            ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names()).unwrap();
        let loaded =
            ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names()).unwrap();
        assert_eq!(made.key_hash(), loaded.key_hash());
        let mode = std::fs::metadata(folder.path().join("tls.key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn half_an_identity_is_an_error_and_not_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names()).unwrap();
        std::fs::remove_file(folder.path().join("tls.key.pem")).unwrap();
        let error =
            ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names()).unwrap_err();
        assert!(matches!(error, IdentityError::Incomplete { .. }), "{error}");
    }

    #[test]
    fn a_key_that_a_crash_left_alone_stays_and_is_given_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let load = || ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names());
        let before = load().unwrap().key_hash();
        std::fs::remove_file(folder.path().join("tls.certificate.pem")).unwrap();
        assert_eq!(load().unwrap().key_hash(), before);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        ServerIdentity::load_or_create(&Points::default(), folder.path(), "a", &names()).unwrap();
        ServerIdentity::load_or_create(&Points::default(), folder.path(), "b", &names()).unwrap();
        let (certificate, key) = (folder.path().join("a.certificate.pem"), folder.path().join("b.key.pem"));
        let error = ServerIdentity::load(&certificate, &key).unwrap_err();
        assert!(matches!(error, IdentityError::Unusable(_)), "{error}");
    }

    #[test]
    fn the_post_quantum_hybrid_is_the_only_key_exchange_and_nothing_is_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let config = ServerIdentity::load_or_create(&Points::default(), folder.path(), "tls", &names())
            .unwrap()
            .server_config();
        let groups: Vec<_> = config.crypto_provider().kx_groups.iter().map(|group| group.name()).collect();
        assert_eq!(groups, [rustls::NamedGroup::X25519MLKEM768]);
        assert!(!config.session_storage.can_cache());
        assert_eq!((config.send_tls13_tickets, config.max_early_data_size), (0, 0));
    }
}
