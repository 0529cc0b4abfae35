//! The safety number of two accounts: what two people compare, out of band, to know that no third one is between them.
//!
//! It is a hash of both account ids and account keys. An authority that certifies a key of its own for either account
//! changes it, and has no choice of what it becomes.
//!
//! Strength: somebody in the middle shows a key of theirs to each side and needs both sides to see one number, so both
//! keys are theirs to vary, and half of the shown bits are the work (the birthday bound). Both forms therefore show
//! about 2^198 values, for a work of 2^99 key pairs; fewer words would cost security, and repeating the hash would buy
//! at most some 15 bits. The QR carries all 256 bits.

use colloque_schemas::id::{AccountId, AccountKey};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Names what is hashed, and its version.
const CONTEXT: &[u8] = b"colloque safety number 1\0";
const QR_PREFIX: &str = "COLLOQUE-SN1.";
const FINGERPRINT_BYTES: usize = 32;
const DIGIT_GROUPS: usize = 12;
const DIGITS_PER_GROUP: usize = 5;
const GROUP_VALUES: u32 = 100_000;
const WORDS: usize = 18;
const BITS_PER_WORD: usize = 11;

/// What two accounts compare. The same on both sides, whoever asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SafetyNumber {
    fingerprint: [u8; FINGERPRINT_BYTES],
}

/// The language of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// The English list of BIP-39.
    English,
    /// The French list of BIP-39. Its accents are separate characters (Unicode form NFKD), as that list has them.
    French,
}

/// The scanned text is not that of a safety number which this version can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a safety number: it starts with {QR_PREFIX} and is scanned whole")]
pub struct NotASafetyNumber;

impl SafetyNumber {
    /// The safety number of two accounts, in any order.
    pub fn between(one: (AccountId, AccountKey), other: (AccountId, AccountKey)) -> Self {
        let mut hash = Sha256::new_with_prefix(CONTEXT);
        // Ids and keys have fixed lengths, so that no two pairs of accounts make the same bytes.
        for (account, account_key) in [one.min(other), one.max(other)] {
            hash.update(account.as_bytes());
            hash.update(account_key.as_bytes());
        }
        Self { fingerprint: hash.finalize().into() }
    }

    /// 60 decimal digits in 12 groups of 5, with a space between groups.
    pub fn digits(&self) -> String {
        let mut rest = self.fingerprint;
        let mut groups: Vec<String> = Vec::with_capacity(DIGIT_GROUPS);
        for _ in 0..DIGIT_GROUPS {
            groups.push(format!("{:0DIGITS_PER_GROUP$}", divide(&mut rest, GROUP_VALUES)));
        }
        groups.reverse();
        groups.join(" ")
    }

    /// 18 words, of the first 198 bits. There is no check word: people compare all of them.
    pub fn words(&self, language: Language) -> Vec<&'static str> {
        let list = match language {
            Language::English => bip39::Language::English.word_list(),
            Language::French => bip39::Language::French.word_list(),
        };
        (0..WORDS).filter_map(|place| list.get(self.index_of_word(place)).copied()).collect()
    }

    /// The text of the QR code that the other person scans.
    pub fn qr_text(&self) -> String {
        format!("{QR_PREFIX}{}", BASE64URL_NOPAD.encode(&self.fingerprint))
    }

    /// Whether the scanned QR code of the other person shows this same safety number.
    ///
    /// # Errors
    /// [`NotASafetyNumber`] if the text is something else: that says nothing about the other person's key.
    pub fn matches(&self, scanned: &str) -> Result<bool, NotASafetyNumber> {
        let encoded = scanned.trim().strip_prefix(QR_PREFIX).ok_or(NotASafetyNumber)?;
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| NotASafetyNumber)?;
        let fingerprint: [u8; FINGERPRINT_BYTES] = bytes.try_into().map_err(|_| NotASafetyNumber)?;
        Ok(fingerprint == self.fingerprint)
    }

    /// Eleven bits of the fingerprint, from its first bit on.
    fn index_of_word(&self, place: usize) -> usize {
        let bits = (place * BITS_PER_WORD)..((place + 1) * BITS_PER_WORD);
        bits.fold(0, |index, bit| {
            let byte = self.fingerprint.get(bit / 8).copied().unwrap_or_default();
            index << 1 | usize::from(byte >> (7 - bit % 8) & 1)
        })
    }
}

impl core::fmt::Debug for SafetyNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SafetyNumber(..)")
    }
}

/// Divides a number (most significant byte first) in place, and returns the remainder.
fn divide(number: &mut [u8], divisor: u32) -> u32 {
    let divisor = u64::from(divisor);
    let remainder = number.iter_mut().fold(0, |carry: u64, byte| {
        let part = carry << 8 | u64::from(*byte);
        // Below 256, because the carry is below the divisor.
        *byte = (part / divisor).to_be_bytes()[7];
        part % divisor
    });
    u32::try_from(remainder).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
