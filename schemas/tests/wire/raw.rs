//! CBOR written by hand, item by item, to make what the encoder of the crate never would.

use minicbor::Encoder;

/// One encoded item.
pub(crate) type Item = Vec<u8>;

fn written(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Item {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes));
    bytes
}

pub(crate) fn uint(value: u64) -> Item {
    written(|e| {
        e.u64(value).unwrap();
    })
}

pub(crate) fn bytes(value: &[u8]) -> Item {
    written(|e| {
        e.bytes(value).unwrap();
    })
}

pub(crate) fn text(value: &str) -> Item {
    written(|e| {
        e.str(value).unwrap();
    })
}

pub(crate) fn null() -> Item {
    vec![0xf6]
}

pub(crate) fn array(items: &[Item]) -> Item {
    let mut whole = written(|e| {
        e.array(items.len().try_into().unwrap()).unwrap();
    });
    items.iter().for_each(|item| whole.extend_from_slice(item));
    whole
}

/// A variant: its number and its fields.
pub(crate) fn variant(number: u64, fields: &[Item]) -> Item {
    array(&[uint(number), array(fields)])
}

/// A client frame with this request.
pub(crate) fn client(request: Item) -> Item {
    array(&[uint(7), request])
}

/// A reply of the relay to that frame.
pub(crate) fn reply(response: Item) -> Item {
    variant(1, &[uint(7), response])
}
