//! The key of a store and the passphrase that may seal it: secrets that wipe themselves and never print.

use std::fmt;

use rand_core::CryptoRngCore;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of a store's key, in bytes.
pub const STORE_KEY_BYTES: usize = 32;

/// The raw key that SQLCipher encrypts the store under.
///
/// An embedding app may keep these bytes in the platform's keystore and open the store with
/// [`KeySource::Raw`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; STORE_KEY_BYTES]);

impl StoreKey {
    /// A new random key.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut key = Self([0; STORE_KEY_BYTES]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// The key that these bytes are. The caller wipes its own copy.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; STORE_KEY_BYTES]) -> Self {
        Self(*bytes)
    }

    /// The raw bytes, for a platform keystore and nothing else.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; STORE_KEY_BYTES] {
        &self.0
    }

    /// SQLCipher's statement for a raw key: no key derivation, hence 64 hexadecimal digits and nothing else.
    pub(super) fn pragma(&self) -> Zeroizing<String> {
        use fmt::Write as _;
        // Room for all of it from the start: growing would leave copies of the key behind.
        let mut sql = Zeroizing::new(String::with_capacity(96));
        sql.push_str("PRAGMA key = \"x'");
        for byte in &self.0 {
            // Writing to a String cannot fail.
            let _ = write!(sql, "{byte:02x}");
        }
        sql.push_str("'\"");
        sql
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StoreKey(..)")
    }
}

/// What a person types to open a store.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes the text over, so that no other copy is left.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(..)")
    }
}

/// Where the key of a store comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A random key, sealed under this passphrase in a file beside the database.
    Passphrase(Passphrase),
    /// The key itself, which the caller keeps: there is no key file.
    Raw(StoreKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_output_shows_a_secret() {
        let key = StoreKey::from_bytes(&[0xab; 32]);
        let passphrase = Passphrase::new("correct horse".to_owned());
        let shown = format!("{key:?} {passphrase:?} {:?}", KeySource::Passphrase(passphrase.clone()));
        assert_eq!(shown, "StoreKey(..) Passphrase(..) Passphrase(Passphrase(..))");
        assert_eq!(format!("{:?}", KeySource::Raw(key)), "Raw(StoreKey(..))");
    }

    #[test]
    fn the_pragma_carries_the_raw_key_in_hexadecimal() {
        let mut bytes = [0x0f; 32];
        bytes[31] = 0xf0;
        let expected = format!("PRAGMA key = \"x'{}f0'\"", "0f".repeat(31));
        let pragma = StoreKey::from_bytes(&bytes).pragma();
        assert_eq!(*pragma, expected);
        assert!(pragma.len() <= 96, "the buffer never grew");
    }
}
