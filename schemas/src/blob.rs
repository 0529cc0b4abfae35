//! Lengths of encrypted documents: a closed list, so that a blob says its bucket and nothing finer.
//!
//! A document is padded with zeros to its Padmé bucket (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files",
//! section 4: at most 12 % more, and O(log log n) bits of its length), cut into chunks, and each chunk is encrypted with
//! a tag of its own. A relay can tell the lengths that come out of this from any others.

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use crate::limits::{
    BLOB_MAX_BYTES, CHUNK_BYTES, CHUNK_TAG_BYTES, DOCUMENT_BUCKET_MIN_BYTES, DOCUMENT_MAX_BYTES,
};

/// Plaintext of every chunk but the last.
pub const CHUNK_PLAIN_BYTES: usize = CHUNK_BYTES - CHUNK_TAG_BYTES;

/// How long the plaintext of a document of this length is once it is padded.
pub const fn document_bucket(length: u64) -> u64 {
    if length <= DOCUMENT_BUCKET_MIN_BYTES {
        return DOCUMENT_BUCKET_MIN_BYTES;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2().saturating_add(1);
    let step = 1_u64 << exponent.saturating_sub(kept);
    length.next_multiple_of(step)
}

/// The length of a blob that some document has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlobSize(u64);

impl BlobSize {
    /// The blob of a document of this length; none if it is larger than [`DOCUMENT_MAX_BYTES`].
    pub const fn of_document(length: u64) -> Option<Self> {
        if length > DOCUMENT_MAX_BYTES {
            return None;
        }
        let bucket = document_bucket(length);
        let chunks = bucket.div_ceil(CHUNK_PLAIN_BYTES as u64);
        Some(Self(bucket.saturating_add(chunks.saturating_mul(CHUNK_TAG_BYTES as u64))))
    }

    /// This length, if a document has it.
    pub const fn from_bytes(bytes: u64) -> Option<Self> {
        if bytes > BLOB_MAX_BYTES {
            return None;
        }
        let tags = bytes.div_ceil(CHUNK_BYTES as u64).saturating_mul(CHUNK_TAG_BYTES as u64);
        match Self::of_document(bytes.saturating_sub(tags)) {
            Some(size) if size.0 == bytes => Some(size),
            _ => None,
        }
    }

    /// In bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// How many chunks there are: at least one.
    pub const fn chunks(self) -> u32 {
        // No blob has so many that this would cut anything off.
        self.0.div_ceil(CHUNK_BYTES as u64) as u32
    }

    /// How long this chunk is, counted from 0; none if there is no such chunk.
    pub const fn chunk_bytes(self, index: u32) -> Option<usize> {
        if index >= self.chunks() {
            return None;
        }
        let before = (index as u64).saturating_mul(CHUNK_BYTES as u64);
        let rest = self.0.saturating_sub(before);
        if rest < CHUNK_BYTES as u64 { Some(rest as usize) } else { Some(CHUNK_BYTES) }
    }

    /// Whether this is the last chunk.
    pub const fn is_last(self, index: u32) -> bool {
        index.saturating_add(1) == self.chunks()
    }
}

impl<C> Encode<C> for BlobSize {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for BlobSize {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        Self::from_bytes(d.u64()?).ok_or_else(|| DecodeError::message("size of a blob").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME_LENGTHS: [u64; 12] = [
        0,
        1,
        DOCUMENT_BUCKET_MIN_BYTES,
        DOCUMENT_BUCKET_MIN_BYTES + 1,
        100_000,
        CHUNK_PLAIN_BYTES as u64 - 1,
        CHUNK_PLAIN_BYTES as u64,
        CHUNK_PLAIN_BYTES as u64 + 1,
        1 << 20,
        (1 << 20) + 1,
        54_321_987,
        DOCUMENT_MAX_BYTES,
    ];

    #[test]
    fn a_bucket_is_at_most_12_percent_longer_and_holds_many_lengths() {
        for length in (DOCUMENT_BUCKET_MIN_BYTES..DOCUMENT_MAX_BYTES).step_by(99_991) {
            let bucket = document_bucket(length);
            assert!(bucket >= length && bucket * 100 <= length * 112, "{length}");
            assert_eq!(document_bucket(bucket), bucket, "{length}");
        }
        let all = (0..=DOCUMENT_MAX_BYTES).step_by(512).map(document_bucket);
        let mut buckets: alloc::vec::Vec<u64> = all.collect();
        buckets.dedup();
        assert!(buckets.len() < 400, "{} buckets", buckets.len());
    }

    #[test]
    fn the_chunks_of_a_blob_are_its_length_and_hold_its_bucket() {
        for length in SOME_LENGTHS {
            let size = BlobSize::of_document(length).unwrap();
            let chunks = (0..size.chunks()).map(|index| size.chunk_bytes(index).unwrap() as u64);
            assert_eq!(chunks.clone().sum::<u64>(), size.bytes(), "{length}");
            let plain = chunks.map(|chunk| chunk - CHUNK_TAG_BYTES as u64).sum::<u64>();
            assert_eq!(plain, document_bucket(length));
            assert_eq!(size.chunk_bytes(size.chunks()), None);
            assert!(size.is_last(size.chunks() - 1) && !size.is_last(size.chunks()));
            assert_eq!(BlobSize::from_bytes(size.bytes()), Some(size));
        }
    }

    #[test]
    fn no_other_length_is_a_blobs() {
        let of = |length| BlobSize::of_document(length).unwrap().bytes();
        assert_eq!(of(DOCUMENT_MAX_BYTES), BLOB_MAX_BYTES);
        assert_eq!(BlobSize::of_document(DOCUMENT_MAX_BYTES + 1), None);
        for length in SOME_LENGTHS {
            for other in [of(length) - 1, of(length) + 1] {
                assert_eq!(BlobSize::from_bytes(other), None, "{other}");
            }
        }
        for bytes in [0, 1, 16, 17, u64::MAX, BLOB_MAX_BYTES + CHUNK_BYTES as u64] {
            assert_eq!(BlobSize::from_bytes(bytes), None, "{bytes}");
        }
    }
}
