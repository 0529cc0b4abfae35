//! Whole numbers on the wire, in the form that every store can hold: at most [`NUMBER_MAX`]. A larger one is malformed,
//! so that no peer's number can fail where it is written down.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

use crate::limits::NUMBER_MAX;

pub(crate) fn encode<C, W: Write>(
    number: &u64,
    e: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), EncodeError<W::Error>> {
    e.u64(*number)?.ok()
}

pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<u64, DecodeError> {
    let at = d.position();
    let number = d.u64()?;
    if number > NUMBER_MAX { Err(DecodeError::message("number").at(at)) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use crate::codec::{Malformed, decode, encode};
    use crate::envelope::InboxSeq;
    use crate::id::Seq;
    use crate::limits::NUMBER_MAX;
    use crate::time::UnixSeconds;

    #[test]
    fn a_number_that_no_store_holds_is_malformed_wherever_it_stands() {
        let beyond = encode(&(NUMBER_MAX + 1));
        assert_eq!(decode::<Seq>(&beyond, 16), Err(Malformed::Structure));
        assert_eq!(decode::<InboxSeq>(&beyond, 16), Err(Malformed::Structure));
        assert_eq!(decode::<UnixSeconds>(&beyond, 16), Err(Malformed::Structure));
        assert_eq!(decode::<Seq>(&encode(&NUMBER_MAX), 16), Ok(Seq(NUMBER_MAX)));
    }
}
