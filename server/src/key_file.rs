//! Secret keys in files of their own, mode 0600, optionally sealed with a passphrase. Never in a database.
//!
//! One line of text: `colloque-key-1 plain <secret>` or `colloque-key-1 sealed <salt> <nonce and sealed secret>`, each
//! part in lowercase hexadecimal. Sealed: Argon2id (RFC 9106, the parameters below) makes the key of AES-256-GCM, whose
//! associated data is the text before the sealed part. Another choice of parameters would be another `colloque-key-`.

use std::fmt;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand::SecureRandom;
use colloque_schemas::point::Points;
use data_encoding::HEXLOWER;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::private_file::{self, FileError};

const FORMAT: &str = "colloque-key-1";
const SECRET_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const KEY_FILE_MAX_BYTES: u64 = 1024;
const PASSPHRASE_FILE_MAX_BYTES: u64 = 4096;
/// RFC 9106, section 4, second recommended option: 64 MiB, three passes. One lane, as nothing here runs in parallel.
const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
const ARGON2_LANES: u32 = 1;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Damaged, or another kind of file.
    #[error("{} is not a key file of this version", .0.display())]
    Malformed(PathBuf),
    /// The file is sealed and no passphrase was given.
    #[error("{} is sealed: give its passphrase with --passphrase-file", .0.display())]
    PassphraseNeeded(PathBuf),
    /// Not the passphrase it was sealed with, or the file was changed.
    #[error("wrong passphrase for {}, or the file is damaged", .0.display())]
    WrongPassphrase(PathBuf),
    /// The passphrase file has nothing on its first line.
    #[error("{} has no passphrase on its first line", .0.display())]
    NoPassphrase(PathBuf),
    /// The system gave no randomness, or memory for Argon2id.
    #[error("the system lacks randomness or memory for a key")]
    Resources,
}

/// A secret key of 32 bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// The key with these bytes.
    pub const fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`KeyFileError::Resources`].
    pub fn random(random: &dyn SecureRandom) -> Result<Self, KeyFileError> {
        let mut secret = Self([0; SECRET_BYTES]);
        random.fill(&mut secret.0).map_err(|_| KeyFileError::Resources)?;
        Ok(secret)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a person typed to seal a key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// This text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The first line of a file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyFileError::File`]; [`KeyFileError::NoPassphrase`].
    pub fn from_file(path: &Path) -> Result<Self, KeyFileError> {
        let contents = Zeroizing::new(private_file::read_private(path, PASSPHRASE_FILE_MAX_BYTES)?);
        let first_line = std::str::from_utf8(&contents).ok().and_then(|text| text.lines().next());
        match first_line {
            Some(line) if !line.is_empty() => Ok(Self(line.to_owned())),
            _ => Err(KeyFileError::NoPassphrase(path.to_owned())),
        }
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Writes a new key file, sealed if there is a passphrase. Takes about 0.1 seconds then.
///
/// # Errors
/// [`KeyFileError::File`], also if the file exists; [`KeyFileError::Resources`].
pub fn create(
    path: &Path,
    secret: &Secret,
    passphrase: Option<&Passphrase>,
    random: &dyn SecureRandom,
) -> Result<(), KeyFileError> {
    let line = match passphrase {
        None => Zeroizing::new(format!("{FORMAT} plain {}\n", *hex(&secret.0))),
        Some(passphrase) => {
            let mut salt = [0; SALT_BYTES];
            random.fill(&mut salt).map_err(|_| KeyFileError::Resources)?;
            let header = sealed_header(&salt);
            let mut sealed = secret.0.to_vec();
            let nonce = sealing_key(passphrase, &salt)?
                .seal_in_place_append_tag(Aad::from(header.as_bytes()), &mut sealed)
                .map_err(|_| KeyFileError::Resources)?;
            let nonce = HEXLOWER.encode(nonce.as_ref());
            Zeroizing::new(format!("{header} {nonce}{}\n", HEXLOWER.encode(&sealed)))
        }
    };
    Ok(private_file::create_private(&Points::default(), path, line.as_bytes())?)
}

/// Reads a key file. A passphrase is ignored if the file is not sealed.
///
/// # Errors
/// [`KeyFileError`].
pub fn load(path: &Path, passphrase: Option<&Passphrase>) -> Result<Secret, KeyFileError> {
    let contents = Zeroizing::new(private_file::read_private(path, KEY_FILE_MAX_BYTES)?);
    let malformed = || KeyFileError::Malformed(path.to_owned());
    let line = std::str::from_utf8(&contents).map_err(|_| malformed())?.trim_end();
    let parts: Vec<&str> = line.split(' ').collect();
    match parts.as_slice() {
        [FORMAT, "plain", secret] => secret_from(&bytes(secret).ok_or_else(malformed)?).ok_or_else(malformed),
        [FORMAT, "sealed", salt, sealed] => {
            let salt = bytes(salt).ok_or_else(malformed)?;
            let mut sealed = bytes(sealed).ok_or_else(malformed)?;
            let passphrase = passphrase.ok_or_else(|| KeyFileError::PassphraseNeeded(path.to_owned()))?;
            let (nonce, sealed) = sealed.split_at_mut_checked(NONCE_BYTES).ok_or_else(malformed)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| malformed())?;
            let opened = sealing_key(passphrase, &salt)?
                .open_in_place(nonce, Aad::from(sealed_header(&salt).as_bytes()), sealed)
                .map_err(|_| KeyFileError::WrongPassphrase(path.to_owned()))?;
            secret_from(opened).ok_or_else(malformed)
        }
        _ => Err(malformed()),
    }
}

/// Reads a key file, or writes a new random key if there is none.
///
/// # Errors
/// [`KeyFileError`].
pub fn load_or_create(
    path: &Path,
    passphrase: Option<&Passphrase>,
    random: &dyn SecureRandom,
) -> Result<Secret, KeyFileError> {
    match load(path, passphrase) {
        Err(KeyFileError::File(error)) if error.is_absent() => {
            let secret = Secret::random(random)?;
            create(path, &secret, passphrase, random)?;
            Ok(secret)
        }
        loaded => loaded,
    }
}

fn sealed_header(salt: &[u8]) -> String {
    format!("{FORMAT} sealed {}", HEXLOWER.encode(salt))
}

fn sealing_key(passphrase: &Passphrase, salt: &[u8]) -> Result<RandomizedNonceKey, KeyFileError> {
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, Some(SECRET_BYTES))
        .map_err(|_| KeyFileError::Resources)?;
    let mut key = Zeroizing::new([0; SECRET_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| KeyFileError::Resources)?;
    RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| KeyFileError::Resources)
}

fn hex(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(HEXLOWER.encode(secret))
}

fn bytes(hex: &str) -> Option<Zeroizing<Vec<u8>>> {
    HEXLOWER.decode(hex.as_bytes()).ok().map(Zeroizing::new)
}

fn secret_from(bytes: &[u8]) -> Option<Secret> {
    bytes.try_into().ok().map(Secret)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aws_lc_rs::rand::SystemRandom;

    use super::*;

    const SECRET: Secret = Secret::new([0xa7; SECRET_BYTES]);

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, &SECRET, Some(&passphrase("right")), &SystemRandom::new()).unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("a7a7a7"));
        assert_eq!(load(&path, Some(&passphrase("right"))).unwrap().0, SECRET.0);
        assert!(matches!(load(&path, Some(&passphrase("wrong"))), Err(KeyFileError::WrongPassphrase(_))));
        assert!(matches!(load(&path, None), Err(KeyFileError::PassphraseNeeded(_))));
    }

    #[test]
    fn a_plain_key_reads_back_and_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = load_or_create(&path, None, &SystemRandom::new()).unwrap();
        assert_eq!(load_or_create(&path, None, &SystemRandom::new()).unwrap().0, made.0);
        assert!(matches!(create(&path, &SECRET, None, &SystemRandom::new()), Err(KeyFileError::File(_))));
    }

    #[test]
    fn each_damaged_file_is_named_as_such() {
        let folder = tempfile::tempdir().unwrap();
        for (number, contents) in
            ["", "colloque-key-1 plain a7", "colloque-key-2 plain a7", "colloque-key-1 sealed a7 a7"]
                .iter()
                .enumerate()
        {
            let path = folder.path().join(number.to_string());
            private_file::create_private(&Points::default(), &path, contents.as_bytes()).unwrap();
            let error = load(&path, Some(&passphrase("any"))).unwrap_err();
            assert!(matches!(error, KeyFileError::Malformed(_)), "{contents}: {error}");
        }
    }

    #[test]
    fn debug_shows_neither_secret_nor_passphrase() {
        assert_eq!(format!("{SECRET:?} {:?}", passphrase("right")), "Secret(..) Passphrase(..)");
    }
}
