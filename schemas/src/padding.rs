//! Lengths in powers of two (DESIGN section 4).
//!
//! Outer framing makes every envelope and Welcome as long as its bucket: a four-byte big-endian length, the MLS
//! message, zeros. The relay could read that length, so the plaintext of a message is itself brought to a bucket
//! ([`pad_inside`]) before it is encrypted: what the relay can read is then the bucket and nothing finer.

use alloc::vec::Vec;

use crate::limits::{ENVELOPE_MIN_BYTES, MLS_OVERHEAD_BYTES};

/// Why a padded text cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaddingError {
    /// More than the largest bucket holds.
    #[error("longer than the largest bucket")]
    TooLong,
    /// Not a bucket, the length does not fit it, or padding that is not zero.
    #[error("not padded as it should be")]
    Malformed,
}

const LENGTH_BYTES: usize = 4;

/// Frames `message` to the smallest bucket that holds it, at least `minimum` bytes and at most `maximum`; both are
/// powers of two.
///
/// # Errors
/// [`PaddingError::TooLong`].
pub fn pad(message: &[u8], minimum: usize, maximum: usize) -> Result<Vec<u8>, PaddingError> {
    let bucket = (message.len().saturating_add(LENGTH_BYTES)).next_power_of_two().max(minimum);
    if bucket > maximum {
        return Err(PaddingError::TooLong);
    }
    framed(message, bucket)
}

/// The message inside a padded envelope or Welcome.
///
/// # Errors
/// [`PaddingError::Malformed`] unless this is exactly what [`pad`] makes with this `minimum`: whoever carries it cannot
/// give it another length.
pub fn unpad(padded: &[u8], minimum: usize) -> Result<&[u8], PaddingError> {
    let message = unframed(padded)?;
    let bucket = message.len().saturating_add(LENGTH_BYTES).next_power_of_two().max(minimum);
    if padded.len() == bucket { Ok(message) } else { Err(PaddingError::Malformed) }
}

/// Brings a plaintext to the length at which its envelope just fills a bucket.
///
/// # Errors
/// [`PaddingError::TooLong`] if its envelope would exceed `maximum` bytes.
pub fn pad_inside(plaintext: &[u8], minimum: usize, maximum: usize) -> Result<Vec<u8>, PaddingError> {
    let whole = plaintext.len().saturating_add(LENGTH_BYTES + MLS_OVERHEAD_BYTES);
    let bucket = whole.next_power_of_two().max(minimum);
    if bucket > maximum {
        return Err(PaddingError::TooLong);
    }
    framed(plaintext, bucket.saturating_sub(MLS_OVERHEAD_BYTES))
}

/// The plaintext inside.
///
/// # Errors
/// [`PaddingError::Malformed`] unless this is exactly what [`pad_inside`] makes, for some `minimum`.
pub fn unpad_inside(padded: &[u8]) -> Result<&[u8], PaddingError> {
    let bucket = padded.len().saturating_add(MLS_OVERHEAD_BYTES);
    if !bucket.is_power_of_two() || bucket < ENVELOPE_MIN_BYTES {
        return Err(PaddingError::Malformed);
    }
    unframed(padded)
}

fn framed(message: &[u8], length: usize) -> Result<Vec<u8>, PaddingError> {
    let mut padded = Vec::with_capacity(length);
    let announced = u32::try_from(message.len()).map_err(|_| PaddingError::TooLong)?;
    padded.extend_from_slice(&announced.to_be_bytes());
    padded.extend_from_slice(message);
    padded.resize(length, 0);
    Ok(padded)
}

fn unframed(padded: &[u8]) -> Result<&[u8], PaddingError> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>().ok_or(PaddingError::Malformed)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| PaddingError::Malformed)?;
    let (message, zeros) = rest.split_at_checked(length).ok_or(PaddingError::Malformed)?;
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(PaddingError::Malformed);
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::limits::ENVELOPE_MAX_BYTES;

    #[test]
    fn padded_lengths_are_buckets_and_the_message_comes_back() {
        for length in [0, 1, 507, 508, 509, 1170, 100_000] {
            let message = vec![7; length];
            let padded = pad(&message, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).unwrap();
            assert!(padded.len().is_power_of_two() && padded.len() >= ENVELOPE_MIN_BYTES);
            assert_eq!(unpad(&padded, ENVELOPE_MIN_BYTES), Ok(&message[..]));
            let inside = pad_inside(&message, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).unwrap();
            assert!((inside.len() + MLS_OVERHEAD_BYTES).is_power_of_two());
            assert_eq!(unpad_inside(&inside), Ok(&message[..]));
        }
    }

    #[test]
    fn what_exceeds_the_largest_bucket_is_refused() {
        let message = vec![0; ENVELOPE_MAX_BYTES - LENGTH_BYTES + 1];
        assert_eq!(pad(&message, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES), Err(PaddingError::TooLong));
    }

    #[test]
    fn padding_carries_nothing_and_lengths_do_not_lie() {
        let padded = pad(b"x", ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES).unwrap();
        let mut smuggling = padded.clone();
        smuggling[511] = 1;
        let mut lying = padded.clone();
        lying[0] = 0xff;
        let mut longer = padded.clone();
        longer.resize(1024, 0);
        for bad in [&smuggling[..], &lying[..], &padded[..511], &longer[..], &[]] {
            assert_eq!(unpad(bad, ENVELOPE_MIN_BYTES), Err(PaddingError::Malformed));
        }
    }
}
