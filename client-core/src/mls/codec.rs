//! How rows of openmls are written: CBOR (RFC 8949), and for lists a CBOR sequence (RFC 8742), to which one
//! appends without reading.
//!
//! The encoding must describe itself: openmls cannot load its group configuration from one that does not.

use minicbor::Decoder;
use minicbor_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::store::{Damage, StoreError};

/// Enough for most rows, so that growing seldom leaves a copy of a secret behind.
const ROW_BYTES: usize = 4096;

/// One value. Wiped after use: most are secrets.
pub(super) fn encode(value: &(impl Serialize + ?Sized)) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROW_BYTES));
    value.serialize(&mut Serializer::new(&mut *bytes)).map_err(|_| StoreError::Encode)?;
    Ok(bytes)
}

/// The only value in `bytes`.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    let mut reader = Deserializer::new(bytes);
    let value = T::deserialize(&mut reader).map_err(|_| damaged())?;
    if reader.decoder().position() == bytes.len() { Ok(value) } else { Err(damaged()) }
}

/// The encoded items of a sequence, in order.
pub(super) fn items(sequence: &[u8]) -> impl Iterator<Item = Result<&[u8], StoreError>> {
    let mut decoder = Decoder::new(sequence);
    std::iter::from_fn(move || {
        let start = decoder.position();
        if start == sequence.len() {
            return None;
        }
        let skipped = decoder.skip();
        let item = sequence.get(start..decoder.position());
        if skipped.is_err() {
            // Ends the iteration: what follows damage is not looked at.
            decoder.set_position(sequence.len());
        }
        Some(skipped.ok().and(item).ok_or_else(damaged))
    })
}

fn damaged() -> StoreError {
    StoreError::Corrupt(Damage::Row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_and_trailing_bytes_do_not_pass() {
        let mut bytes = encode(&(7_u64, "text".to_owned(), Some(vec![1_u8, 2]))).unwrap();
        let value: (u64, String, Option<Vec<u8>>) = decode(&bytes).unwrap();
        assert_eq!(value, (7, "text".to_owned(), Some(vec![1, 2])));
        bytes.push(0);
        assert!(matches!(
            decode::<(u64, String, Option<Vec<u8>>)>(&bytes),
            Err(StoreError::Corrupt(Damage::Row))
        ));
    }

    #[test]
    fn a_sequence_is_its_items_one_after_the_other() {
        let sequence = [encode(&1_u8).unwrap().to_vec(), encode("two").unwrap().to_vec()].concat();
        let read: Vec<_> = items(&sequence).map(Result::unwrap).collect();
        assert_eq!(decode::<u8>(read[0]).unwrap(), 1);
        assert_eq!(decode::<String>(read[1]).unwrap(), "two");
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn a_cut_sequence_is_damage_and_ends() {
        let sequence = [encode(&1_u8).unwrap().to_vec(), encode("two").unwrap().to_vec()].concat();
        let read: Vec<_> = items(&sequence[..sequence.len() - 1]).collect();
        assert_eq!(read.len(), 2);
        assert!(read[0].is_ok() && read[1].is_err());
    }
}
