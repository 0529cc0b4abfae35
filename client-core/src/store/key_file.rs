//! `store.key`: the store's key sealed under a passphrase, with Argon2id (RFC 9106) and XChaCha20-Poly1305.
//!
//! | bytes | field |
//! |---|---|
//! | 8 | `COLLOQUE` |
//! | 4 | version, 1 |
//! | 4, 4, 4 | Argon2id memory in KiB, passes, lanes |
//! | 16 | Argon2id salt |
//! | 24 | nonce |
//! | 48 | sealed key and tag; everything above is its associated data |
//! | 32 | SHA-256 of everything above |
//!
//! Numbers are little endian. The digest tells damage from a wrong passphrase, which the tag alone cannot.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::{Damage, StoreError};
use super::key::{Passphrase, STORE_KEY_BYTES, StoreKey};

const MAGIC: &[u8; 8] = b"COLLOQUE";
const VERSION: u32 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const DIGEST_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + 4 + 12 + SALT_BYTES + NONCE_BYTES;

/// Length of a key file of version 1, in bytes. Nothing longer is read.
pub(super) const KEY_FILE_BYTES: usize = HEADER_BYTES + STORE_KEY_BYTES + TAG_BYTES + DIGEST_BYTES;

/// What opening costs whoever guesses a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The cost of key files written today: RFC 9106, section 4, second recommended option, with one lane.
pub(super) const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

/// The largest cost that is read: a hostile file must not exhaust memory or time before its tag can be
/// checked.
const COST_MAX: Cost = Cost { memory_kib: 256 * 1024, passes: 16, lanes: 4 };

/// The bytes of a key file for this key.
///
/// # Errors
///
/// `Encode` when the cost is outside what Argon2 takes, which for [`COST`] cannot be.
pub(super) fn seal(
    key: &StoreKey,
    passphrase: &Passphrase,
    cost: Cost,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, StoreError> {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);

    let mut file = Vec::with_capacity(KEY_FILE_BYTES);
    file.extend_from_slice(MAGIC);
    for number in [VERSION, cost.memory_kib, cost.passes, cost.lanes] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&salt);
    file.extend_from_slice(&nonce);

    let mut sealed = Zeroizing::new(*key.as_bytes());
    let tag = cipher(passphrase, &salt, cost)
        .ok_or(StoreError::Encode)?
        .encrypt_in_place_detached(XNonce::from_slice(&nonce), &file, sealed.as_mut_slice())
        .map_err(|_| StoreError::Encode)?;
    file.extend_from_slice(sealed.as_slice());
    file.extend_from_slice(&tag);
    let digest = Sha256::digest(&file);
    file.extend_from_slice(&digest);
    Ok(file)
}

/// The key that a key file holds.
///
/// # Errors
///
/// `Corrupt` when the file is not as it was written or asks for more than the accepted cost, `NewerVersion`,
/// `WrongPassphrase`.
pub(super) fn open(file: &[u8], passphrase: &Passphrase) -> Result<StoreKey, StoreError> {
    let damaged = || StoreError::Corrupt(Damage::KeyFile);
    let (magic, rest) = file.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (found, _) = take_number(rest).ok_or_else(damaged)?;
    // Before length and digest: a newer version may have others.
    if magic == MAGIC && found > VERSION {
        return Err(StoreError::NewerVersion { found, supported: VERSION });
    }
    let (body, digest) = file.split_last_chunk::<DIGEST_BYTES>().ok_or_else(damaged)?;
    if magic != MAGIC
        || found != VERSION
        || file.len() != KEY_FILE_BYTES
        || Sha256::digest(body).as_slice() != digest
    {
        return Err(damaged());
    }
    let Fields { header, cost, salt, nonce, sealed, tag } = parse(body).ok_or_else(damaged)?;
    if cost.memory_kib > COST_MAX.memory_kib || cost.passes > COST_MAX.passes || cost.lanes > COST_MAX.lanes {
        return Err(damaged());
    }
    let mut key = Zeroizing::new(*sealed);
    cipher(passphrase, salt, cost)
        .ok_or_else(damaged)?
        .decrypt_in_place_detached(
            XNonce::from_slice(nonce),
            header,
            key.as_mut_slice(),
            Tag::from_slice(tag),
        )
        .map_err(|_| StoreError::WrongPassphrase)?;
    Ok(StoreKey::from_bytes(&key))
}

struct Fields<'file> {
    header: &'file [u8],
    cost: Cost,
    salt: &'file [u8; SALT_BYTES],
    nonce: &'file [u8; NONCE_BYTES],
    sealed: &'file [u8; STORE_KEY_BYTES],
    tag: &'file [u8; TAG_BYTES],
}

fn parse(body: &[u8]) -> Option<Fields<'_>> {
    let (header, sealed_and_tag) = body.split_at_checked(HEADER_BYTES)?;
    let (sealed, tag) = sealed_and_tag.split_first_chunk()?;
    let (_, rest) = header.split_at_checked(MAGIC.len() + 4)?;
    let (memory_kib, rest) = take_number(rest)?;
    let (passes, rest) = take_number(rest)?;
    let (lanes, rest) = take_number(rest)?;
    let (salt, nonce) = rest.split_first_chunk()?;
    let cost = Cost { memory_kib, passes, lanes };
    Some(Fields { header, cost, salt, nonce: nonce.try_into().ok()?, sealed, tag: tag.try_into().ok()? })
}

fn take_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// The cipher under the key that the passphrase derives; `None` when Argon2 does not take the cost.
fn cipher(passphrase: &Passphrase, salt: &[u8; SALT_BYTES], cost: Cost) -> Option<XChaCha20Poly1305> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut derived = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, derived.as_mut_slice())
        .ok()?;
    Some(XChaCha20Poly1305::new(derived.as_slice().into()))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    fn sealed(cost: Cost) -> Vec<u8> {
        seal(&StoreKey::from_bytes(&[7; 32]), &passphrase("right"), cost, &mut ChaCha20Rng::seed_from_u64(1))
            .unwrap()
    }

    /// Replaces one byte and makes the digest agree again, as an attacker would.
    fn forged(mut file: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
        file[at] = byte;
        let body = file.len() - DIGEST_BYTES;
        let digest = Sha256::digest(&file[..body]);
        file[body..].copy_from_slice(&digest);
        file
    }

    #[test]
    fn the_right_passphrase_opens_and_another_does_not() {
        let file = sealed(CHEAP);
        assert_eq!(file.len(), KEY_FILE_BYTES);
        assert_eq!(open(&file, &passphrase("right")).unwrap().as_bytes(), &[7; 32]);
        assert!(matches!(open(&file, &passphrase("wrong")), Err(StoreError::WrongPassphrase)));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_damage_and_never_a_wrong_passphrase() {
        let file = sealed(CHEAP);
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 0x01;
            let error = open(&flipped, &passphrase("right")).unwrap_err();
            let is_refused =
                matches!(error, StoreError::Corrupt(Damage::KeyFile) | StoreError::NewerVersion { .. });
            assert!(is_refused, "byte {at}: {error:?}");
            assert!(matches!(
                open(&file[..at], &passphrase("right")),
                Err(StoreError::Corrupt(Damage::KeyFile))
            ));
        }
    }

    #[test]
    fn a_changed_header_does_not_open_even_when_the_digest_agrees() {
        // Byte 16 is the number of passes, byte 24 the first of the salt, byte 40 the first of the nonce.
        for at in [16, 24, 40] {
            let error = open(&forged(sealed(CHEAP), at, 2), &passphrase("right")).unwrap_err();
            assert!(matches!(error, StoreError::WrongPassphrase), "byte {at}: {error:?}");
        }
    }

    #[test]
    fn a_file_that_asks_for_too_much_memory_or_time_is_refused_unread() {
        // The highest bytes of memory, passes and lanes: 16 GiB and more, or 16 million.
        for at in [15, 19, 23] {
            let error = open(&forged(sealed(CHEAP), at, 1), &passphrase("right")).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt(Damage::KeyFile)), "byte {at}: {error:?}");
        }
    }

    #[test]
    fn a_newer_version_says_so() {
        let error = open(&forged(sealed(CHEAP), 8, 2), &passphrase("right")).unwrap_err();
        assert!(matches!(error, StoreError::NewerVersion { found: 2, supported: 1 }));
    }
}
