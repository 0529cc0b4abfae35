//! Message content as in draft-ietf-mimi-content-07, in CBOR, as far as this version uses it.
//!
//! A message is one part: text to render, or nothing (a placeholder). Parts that this version does not know (external
//! and multiple ones, nesting) are refused when read; fields that it does not use must be empty.

use alloc::string::String;
use alloc::vec::Vec;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use crate::limits::TEXT_MAX_BYTES;

/// The one content type of this version.
pub const TEXT_CONTENT_TYPE: &str = "text/plain;charset=utf-8";

const DISPOSITION_RENDER: u8 = 1;
const CARDINALITY_SINGLE: u8 = 1;
const ARRAY_ITEMS: u64 = 7;
const PART_ITEMS: u64 = 5;

/// A `mimiContent` of one rendered text part.
#[derive(Clone, PartialEq, Eq)]
pub struct MimiContent {
    salt: [u8; 16],
    language: String,
    text: String,
}

impl core::fmt::Debug for MimiContent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MimiContent({} bytes)", self.text.len())
    }
}

impl MimiContent {
    /// A text with a random salt.
    pub fn text(salt: [u8; 16], text: String) -> Self {
        Self { salt, language: String::new(), text }
    }

    /// The text.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The text, taken.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl<C> Encode<C> for MimiContent {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(ARRAY_ITEMS)?.bytes(&self.salt)?; // salt
        e.null()?.bytes(&[])?.null()?.null()?; // replaces, topicId, expires, inReplyTo
        e.map(0)?; // extensions
        e.array(PART_ITEMS)?.u8(DISPOSITION_RENDER)?.str(&self.language)?.u8(CARDINALITY_SINGLE)?;
        e.str(TEXT_CONTENT_TYPE)?.bytes(self.text.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for MimiContent {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let unsupported = |what| DecodeError::message(what).at(at);
        expect(d.array()? == Some(ARRAY_ITEMS), unsupported("mimiContent"))?;
        let salt = d.bytes()?.try_into().map_err(|_| unsupported("salt"))?;
        d.null()?;
        expect(d.bytes()?.is_empty(), unsupported("topicId"))?;
        d.null()?;
        d.null()?;
        expect(d.map()? == Some(0), unsupported("extensions"))?;
        expect(d.array()? == Some(PART_ITEMS), unsupported("NestedPart"))?;
        expect(d.u8()? == DISPOSITION_RENDER, unsupported("disposition"))?;
        let language = String::from(d.str()?);
        expect(d.u8()? == CARDINALITY_SINGLE, unsupported("cardinality"))?;
        expect(d.str()? == TEXT_CONTENT_TYPE, unsupported("contentType"))?;
        let bytes: Vec<u8> = d.bytes()?.to_vec();
        expect(bytes.len() <= TEXT_MAX_BYTES && language.len() <= 64, unsupported("length"))?;
        let text = String::from_utf8(bytes).map_err(|_| unsupported("UTF-8"))?;
        Ok(Self { salt, language, text })
    }
}

fn expect(holds: bool, error: DecodeError) -> Result<(), DecodeError> {
    if holds { Ok(()) } else { Err(error) }
}
