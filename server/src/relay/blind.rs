//! What keeps a copy of the database blind (promise P3): keyed names for rows, and sealing for their contents.
//!
//! Everything derives from one 32-byte relay key that lives in a file of its own, outside the database. With it, who
//! talks to whom can be tested by guessing accounts; without it, row keys are random bytes.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use colloque_schemas::id::{AccountId, BlobId, DeviceKey, ThreadId};

/// Length of the relay key, in bytes.
pub(super) const RELAY_KEY_BYTES: usize = 32;

const NONCE_BYTES: usize = 12;

/// The name of a row: HMAC-SHA-256 under the relay key.
pub(super) type RowKey = [u8; 32];

/// A sealed content that does not open: another relay key, another row, or a damaged database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed row does not open with this relay key")]
pub(super) struct Unreadable;

/// The two keys that derive from the relay key. aws-lc erases both when they are dropped.
pub(super) struct Blind {
    names: hmac::Key,
    contents: RandomizedNonceKey,
}

impl Blind {
    /// Derives the keys.
    ///
    /// # Errors
    /// Only if the cryptographic library fails.
    pub(super) fn new(relay_key: &[u8; RELAY_KEY_BYTES]) -> Result<Self, Unspecified> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, relay_key);
        let names = hmac::sign(&root, b"colloque relay row names 1");
        let contents = hmac::sign(&root, b"colloque relay row contents 1");
        Ok(Self {
            names: hmac::Key::new(hmac::HMAC_SHA256, names.as_ref()),
            contents: RandomizedNonceKey::new(&AES_256_GCM_SIV, contents.as_ref())?,
        })
    }

    /// The row of an account's access to a thread; of no use to tell that two threads have a member in common.
    pub(super) fn access_row(&self, thread: ThreadId, account: AccountId) -> RowKey {
        self.name("access", &[thread.as_bytes(), account.as_bytes()])
    }

    /// The row of an account's device list.
    pub(super) fn account_row(&self, account: AccountId) -> RowKey {
        self.name("account", &[account.as_bytes()])
    }

    /// The rows of a device's inbox and KeyPackages.
    pub(super) fn device_row(&self, device: &DeviceKey) -> RowKey {
        self.name("device", &[device.as_bytes()])
    }

    /// The row of a blob, and the name of its folder.
    pub(super) fn blob_row(&self, blob: BlobId) -> RowKey {
        self.name("blob", &[blob.as_bytes()])
    }

    /// The row of one KeyPackage.
    pub(super) fn key_package_row(&self, device: &RowKey, key_package: &[u8]) -> RowKey {
        self.name("key package", &[device, key_package])
    }

    /// The parts but the last have fixed lengths and the labels are free of zeros, so no two names are alike.
    fn name(&self, label: &str, parts: &[&[u8]]) -> RowKey {
        let mut context = hmac::Context::with_key(&self.names);
        context.update(label.as_bytes());
        context.update(&[0]);
        for part in parts {
            context.update(part);
        }
        let mut row_key = [0; 32];
        for (to, from) in row_key.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        row_key
    }

    /// Seals the content of the row that `row` names, under a fresh random nonce.
    ///
    /// # Errors
    /// Only if the cryptographic library fails.
    pub(super) fn seal(&self, row: &[&[u8]], mut content: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
        let nonce = self
            .contents
            .seal_in_place_append_tag(Aad::from(row.concat()), &mut content)
            .map_err(|_| Unreadable)?;
        let mut sealed = Vec::with_capacity(NONCE_BYTES.saturating_add(content.len()));
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut content);
        Ok(sealed)
    }

    /// The content of the row that `row` names.
    ///
    /// # Errors
    /// [`Unreadable`], also if the content was sealed for another row.
    pub(super) fn open(&self, row: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (nonce, content) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable)?;
        let mut content = content.to_vec();
        let length = self
            .contents
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(row.concat()), &mut content)
            .map_err(|_| Unreadable)?
            .len();
        content.truncate(length);
        Ok(content)
    }
}

impl std::fmt::Debug for Blind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blind(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blind() -> Blind {
        Blind::new(&[7; RELAY_KEY_BYTES]).unwrap()
    }

    #[test]
    fn the_rows_of_one_account_in_two_threads_have_nothing_in_common() {
        let account = AccountId::new([1; 16]);
        let one = blind().access_row(ThreadId::new([2; 16]), account);
        let other = blind().access_row(ThreadId::new([3; 16]), account);
        assert_ne!(one, other);
        assert_eq!(one, blind().access_row(ThreadId::new([2; 16]), account));
    }

    #[test]
    fn a_sealed_content_opens_in_its_own_row_only() {
        let sealed = blind().seal(&[b"row", b"1"], b"content".to_vec()).unwrap();
        assert_eq!(blind().open(&[b"row", b"1"], &sealed), Ok(b"content".to_vec()));
        assert_eq!(blind().open(&[b"row", b"2"], &sealed), Err(Unreadable));
        let elsewhere = Blind::new(&[8; RELAY_KEY_BYTES]).unwrap();
        assert_eq!(elsewhere.open(&[b"row", b"1"], &sealed), Err(Unreadable));
        assert_eq!(blind().open(&[b"row", b"1"], &sealed[..5]), Err(Unreadable));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", blind()), "Blind(..)");
    }
}
