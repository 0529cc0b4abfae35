//! The one way from bytes to a wire type and back.
//!
//! Only the one encoding that [`encode`] produces is accepted (CBOR core deterministic encoding, RFC 8949 section
//! 4.2.1, with the arrays exactly as long as the type says). Anything else, down to a spare array element or a
//! length written in more bytes than needed, is refused: two devices can never read different things in one text.

use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::data::Token;
use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Write};

use crate::limits::NESTING_MAX_LEVELS;

/// Why bytes are not what they were offered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than the caller allows. Nothing was read.
    #[error("{length} bytes where {limit} are allowed")]
    TooLarge {
        /// How long it was.
        length: usize,
        /// What was allowed.
        limit: usize,
    },
    /// Arrays or maps nested deeper than [`NESTING_MAX_LEVELS`].
    #[error("nested deeper than {NESTING_MAX_LEVELS} levels")]
    TooDeep,
    /// Not CBOR, ends early, or holds another type than the frame has there.
    #[error("not the expected structure")]
    Structure,
    /// A tag of an enumeration that this version does not know.
    #[error("unknown tag")]
    UnknownTag,
    /// Complete, but followed by more.
    #[error("{extra} bytes after the end")]
    TrailingBytes {
        /// How many.
        extra: usize,
    },
    /// Readable, but not in the one encoding that is allowed.
    #[error("not in deterministic encoding")]
    NotCanonical,
}

/// The bytes of `value`.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Counted first: a frame is then written into one piece of memory, of its length.
    let mut length = Length(0);
    let counted = minicbor::encode(value, &mut length);
    let mut bytes = Vec::with_capacity(length.0);
    match counted.is_ok().then(|| minicbor::encode(value, &mut bytes)) {
        Some(Ok(())) => bytes,
        // Writing to a `Vec` cannot fail, and no `Encode` of this crate has an error of its own.
        _ => Vec::new(),
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    type Error = Infallible;

    fn write_all(&mut self, piece: &[u8]) -> Result<(), Infallible> {
        self.0 = self.0.saturating_add(piece.len());
        Ok(())
    }
}

/// What is still to be written, if it is to be the same.
struct Expected<'a>(&'a [u8]);

/// Something else was written.
struct Different;

impl Write for Expected<'_> {
    type Error = Different;

    fn write_all(&mut self, piece: &[u8]) -> Result<(), Different> {
        self.0 = self.0.strip_prefix(piece).ok_or(Different)?;
        Ok(())
    }
}

/// Reads exactly one `T` from at most `limit` bytes.
///
/// # Errors
/// [`Malformed`], by the first thing that is wrong.
pub fn decode<T>(bytes: &[u8], limit: usize) -> Result<T, Malformed>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    if bytes.len() > limit {
        return Err(Malformed::TooLarge { length: bytes.len(), limit });
    }
    check_nesting(bytes)?;
    let mut decoder = Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|error| reason_of(&error))?;
    let extra = bytes.len().saturating_sub(decoder.position());
    if extra > 0 {
        return Err(Malformed::TrailingBytes { extra });
    }
    let mut expected = Expected(bytes);
    match minicbor::encode(&value, &mut expected) {
        Ok(()) if expected.0.is_empty() => Ok(value),
        _ => Err(Malformed::NotCanonical),
    }
}

/// Refuses nesting deeper than [`NESTING_MAX_LEVELS`] and lengths without an end, before any type reads the bytes.
fn check_nesting(bytes: &[u8]) -> Result<(), Malformed> {
    // How many items each open array, map or tag still waits for.
    let mut open: Vec<u64> = Vec::new();
    for token in Decoder::new(bytes).tokens() {
        let items = match token.map_err(|_| Malformed::Structure)? {
            Token::Array(items) => items,
            Token::Map(pairs) => pairs.saturating_mul(2),
            Token::Tag(_) => 1,
            Token::BeginArray | Token::BeginMap | Token::BeginBytes | Token::BeginString | Token::Break => {
                return Err(Malformed::NotCanonical);
            }
            _ => 0,
        };
        if let Some(waiting) = open.last_mut() {
            *waiting = waiting.saturating_sub(1);
        }
        if items > 0 {
            if open.len() == NESTING_MAX_LEVELS {
                return Err(Malformed::TooDeep);
            }
            open.push(items);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.is_empty() {
            // The first item is complete. What follows it is for the caller to refuse.
            return Ok(());
        }
    }
    Ok(())
}

fn reason_of(error: &DecodeError) -> Malformed {
    if error.is_unknown_variant() { Malformed::UnknownTag } else { Malformed::Structure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seq;
    use crate::role::Role;

    #[test]
    fn a_value_reads_back_from_its_own_bytes() {
        assert_eq!(decode(&encode(&Seq(300)), 8), Ok(Seq(300)));
    }

    #[test]
    fn each_way_to_be_malformed_has_its_own_reason() {
        let mut deep = [0x81; NESTING_MAX_LEVELS + 1].to_vec();
        deep.push(0);
        let cases: [(&[u8], Malformed); 7] = [
            (&[0x19, 0x01, 0x2c, 0, 0, 0, 0, 0, 0], Malformed::TooLarge { length: 9, limit: 8 }),
            (&[0x19, 0x01], Malformed::Structure),
            (&[0x40], Malformed::Structure),
            (&[0x00, 0x00], Malformed::TrailingBytes { extra: 1 }),
            (&[0x18, 0x05], Malformed::NotCanonical),
            (&[0x9f, 0xff], Malformed::NotCanonical),
            (&[], Malformed::Structure),
        ];
        for (bytes, reason) in cases {
            assert_eq!(decode::<Seq>(bytes, 8), Err(reason), "{bytes:02x?}");
        }
        assert_eq!(decode::<Seq>(&deep, 64), Err(Malformed::TooDeep));
        assert_eq!(decode::<Role>(&[0x07], 8), Err(Malformed::UnknownTag));
    }

    #[test]
    fn a_billion_announced_items_cost_nothing() {
        let bomb = [0x9b, 0, 0, 0, 0, 0x3b, 0x9a, 0xca, 0];
        assert_eq!(decode::<Vec<Seq>>(&bomb, 16), Err(Malformed::Structure));
    }
}
