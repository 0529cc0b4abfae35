//! Message content as in draft-ietf-mimi-content-07, in CBOR, as far as this version uses it.
//!
//! A message is text to render, or text and documents: a multipart whose first part is the text, which may then be empty,
//! and whose others say where encrypted documents are and how to open them. Parts that this version does not know
//! (placeholders, deeper nesting) are refused when read; fields that it does not use must be empty.

mod document;

pub use document::{DocumentKey, DocumentNonce, DocumentPart};

use alloc::string::String;
use alloc::vec::Vec;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use crate::limits::{DOCUMENTS_PER_MESSAGE, TEXT_MAX_BYTES};

/// The content type of a text.
pub const TEXT_CONTENT_TYPE: &str = "text/plain;charset=utf-8";

const DISPOSITION_RENDER: u8 = 1;
const CARDINALITY_SINGLE: u8 = 1;
const CARDINALITY_MULTI: u8 = 3;
const PROCESS_ALL: u8 = 2;
const ARRAY_ITEMS: u64 = 7;
const PART_ITEMS: u64 = 5;

/// A `mimiContent`: a text, and documents that come with it.
#[derive(Clone, PartialEq, Eq)]
pub struct MimiContent {
    salt: [u8; 16],
    language: String,
    text: String,
    documents: Vec<DocumentPart>,
}

impl core::fmt::Debug for MimiContent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MimiContent({} bytes, {} documents)", self.text.len(), self.documents.len())
    }
}

impl MimiContent {
    /// A text with a random salt.
    pub fn text(salt: [u8; 16], text: String) -> Self {
        Self::new(salt, text, Vec::new())
    }

    /// A text with a random salt, and at most [`DOCUMENTS_PER_MESSAGE`] documents.
    pub fn new(salt: [u8; 16], text: String, documents: Vec<DocumentPart>) -> Self {
        Self { salt, language: String::new(), text, documents }
    }

    /// The text.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// Text and documents, taken.
    pub fn into_parts(self) -> (String, Vec<DocumentPart>) {
        (self.text, self.documents)
    }

    fn encode_text<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.array(PART_ITEMS)?.u8(DISPOSITION_RENDER)?.str(&self.language)?.u8(CARDINALITY_SINGLE)?;
        e.str(TEXT_CONTENT_TYPE)?.bytes(self.text.as_bytes())?.ok()
    }
}

impl<C> Encode<C> for MimiContent {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(ARRAY_ITEMS)?.bytes(&self.salt)?; // salt
        e.null()?.bytes(&[])?.null()?.null()?; // replaces, topicId, expires, inReplyTo
        e.map(0)?; // extensions
        if self.documents.is_empty() {
            return self.encode_text(e);
        }
        e.array(PART_ITEMS)?.u8(DISPOSITION_RENDER)?.str("")?.u8(CARDINALITY_MULTI)?.u8(PROCESS_ALL)?;
        e.array(u64::try_from(self.documents.len()).unwrap_or(u64::MAX).saturating_add(1))?;
        self.encode_text(e)?;
        self.documents.iter().try_for_each(|document| document.encode(e, ctx))
    }
}

impl<'b, C> Decode<'b, C> for MimiContent {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
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
        let language = d.str()?;
        match d.u8()? {
            CARDINALITY_SINGLE => {
                let (language, text) = decode_text(d, language)?;
                Ok(Self { salt, language, text, documents: Vec::new() })
            }
            CARDINALITY_MULTI => {
                expect(language.is_empty(), unsupported("language"))?;
                expect(d.u8()? == PROCESS_ALL, unsupported("partSemantics"))?;
                let parts = d.array()?.and_then(|parts| usize::try_from(parts).ok());
                let documents = parts.and_then(|parts| parts.checked_sub(1)).unwrap_or_default();
                expect((1..=DOCUMENTS_PER_MESSAGE).contains(&documents), unsupported("parts"))?;
                expect(d.array()? == Some(PART_ITEMS), unsupported("NestedPart"))?;
                expect(d.u8()? == DISPOSITION_RENDER, unsupported("disposition"))?;
                let language = d.str()?;
                expect(d.u8()? == CARDINALITY_SINGLE, unsupported("cardinality"))?;
                let (language, text) = decode_text(d, language)?;
                let documents =
                    (0..documents).map(|_| DocumentPart::decode(d, ctx)).collect::<Result<_, _>>()?;
                Ok(Self { salt, language, text, documents })
            }
            _ => Err(unsupported("cardinality")),
        }
    }
}

/// Type and content of a text part.
fn decode_text(d: &mut Decoder<'_>, language: &str) -> Result<(String, String), DecodeError> {
    let at = d.position();
    let unsupported = |what| DecodeError::message(what).at(at);
    expect(d.str()? == TEXT_CONTENT_TYPE, unsupported("contentType"))?;
    let bytes: Vec<u8> = d.bytes()?.to_vec();
    expect(bytes.len() <= TEXT_MAX_BYTES && language.len() <= 64, unsupported("length"))?;
    let text = String::from_utf8(bytes).map_err(|_| unsupported("UTF-8"))?;
    Ok((String::from(language), text))
}

fn expect(holds: bool, error: DecodeError) -> Result<(), DecodeError> {
    if holds { Ok(()) } else { Err(error) }
}
