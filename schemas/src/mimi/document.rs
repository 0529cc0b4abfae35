//! An `ExternalPart`: where an encrypted document is, how to open it, and what its author says it is.

use alloc::format;
use alloc::string::String;

use core::fmt;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::expect;
use crate::blob::BlobSize;
use crate::id::{BlobId, KeyHash};
use crate::limits::{DOCUMENT_MAX_BYTES, DOCUMENT_NAME_MAX_BYTES, MEDIA_TYPE_MAX_BYTES};

const DISPOSITION_ATTACHMENT: u8 = 6;
const CARDINALITY_EXTERNAL: u8 = 2;
const PART_ITEMS: u64 = 15;
/// What stands before the blob's id in `url`.
const URL_SCHEME: &str = "colloque-blob:";
/// XChaCha20-Poly1305 in STREAM with a 32-bit counter, over padded chunks. Of the numbers for private use (RFC 5116
/// section 6): none is registered.
const ENCRYPTION: u16 = 0xC0C0;
/// SHA-256 in the registry of named information hashes (RFC 6920 section 9.4).
const HASH: u8 = 1;

/// The key of one document, and of nothing else.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct DocumentKey([u8; 32]);

impl DocumentKey {
    /// These bytes as a key. The caller wipes its own copy.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key, to encrypt or decrypt with.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentKey(..)")
    }
}

/// What the nonces of a document's chunks begin with: random, beside a key that is random too.
pub type DocumentNonce = [u8; 19];

/// One document of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentPart {
    /// Media type, as the author claims it. At most [`MEDIA_TYPE_MAX_BYTES`].
    pub media_type: String,
    /// Where the encrypted document is.
    pub blob: BlobId,
    /// Length of the document in bytes, before padding and encryption. At most [`DOCUMENT_MAX_BYTES`].
    pub bytes: u64,
    /// What it is encrypted with.
    pub key: DocumentKey,
    /// What the nonces begin with.
    pub nonce: DocumentNonce,
    /// SHA-256 of the document, before padding and encryption: the key alone does not fix what it opens to.
    pub hash: KeyHash,
    /// Name, as the author gives it. At most [`DOCUMENT_NAME_MAX_BYTES`].
    pub name: String,
}

impl fmt::Debug for DocumentPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentPart({} bytes)", self.bytes)
    }
}

impl<C> Encode<C> for DocumentPart {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(PART_ITEMS)?.u8(DISPOSITION_ATTACHMENT)?.str("")?.u8(CARDINALITY_EXTERNAL)?;
        e.str(&self.media_type)?.str(&format!("{URL_SCHEME}{}", self.blob))?;
        e.u8(0)?.u64(self.bytes)?; // expires, size
        e.u16(ENCRYPTION)?.bytes(self.key.as_bytes())?.bytes(&self.nonce)?.bytes(&[])?; // aad
        e.u8(HASH)?.bytes(self.hash.as_bytes())?;
        e.str("")?.str(&self.name)?.ok() // description, filename
    }
}

impl<'b, C> Decode<'b, C> for DocumentPart {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let at = d.position();
        let unsupported = |what| DecodeError::message(what).at(at);
        expect(d.array()? == Some(PART_ITEMS), unsupported("ExternalPart"))?;
        expect(d.u8()? == DISPOSITION_ATTACHMENT, unsupported("disposition"))?;
        expect(d.str()?.is_empty(), unsupported("language"))?;
        expect(d.u8()? == CARDINALITY_EXTERNAL, unsupported("cardinality"))?;
        let media_type = text(d, MEDIA_TYPE_MAX_BYTES)?;
        let blob = d.str()?.strip_prefix(URL_SCHEME).and_then(|id| id.parse().ok());
        let blob = blob.ok_or_else(|| unsupported("url"))?;
        expect(d.u32()? == 0, unsupported("expires"))?;
        let bytes = d.u64()?;
        expect(bytes <= DOCUMENT_MAX_BYTES, unsupported("size"))?;
        expect(d.u16()? == ENCRYPTION, unsupported("encAlg"))?;
        let key = DocumentKey::new(d.bytes()?.try_into().map_err(|_| unsupported("key"))?);
        let nonce = d.bytes()?.try_into().map_err(|_| unsupported("nonce"))?;
        expect(d.bytes()?.is_empty(), unsupported("aad"))?;
        expect(d.u8()? == HASH, unsupported("hashAlg"))?;
        let hash = KeyHash::from_slice(d.bytes()?).ok_or_else(|| unsupported("contentHash"))?;
        expect(d.str()?.is_empty(), unsupported("description"))?;
        let name = text(d, DOCUMENT_NAME_MAX_BYTES)?;
        Ok(Self { media_type, blob, bytes, key, nonce, hash, name })
    }
}

/// A text of 1 to this many bytes.
fn text(d: &mut Decoder<'_>, limit: usize) -> Result<String, DecodeError> {
    let at = d.position();
    let text = d.str()?;
    expect((1..=limit).contains(&text.len()), DecodeError::message("length").at(at))?;
    Ok(String::from(text))
}

impl DocumentPart {
    /// The length of its blob, which follows from its own.
    pub const fn blob_size(&self) -> Option<BlobSize> {
        BlobSize::of_document(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_document_shows_neither_key_nor_name() {
        let part = DocumentPart {
            media_type: String::from("application/pdf"),
            blob: BlobId::new([0xab; 16]),
            bytes: 7,
            key: DocumentKey::new([0xab; 32]),
            nonce: [0xab; 19],
            hash: KeyHash::new([0xab; 32]),
            name: String::from("Ordonnance.pdf"),
        };
        assert_eq!(format!("{part:?} {:?}", part.key), "DocumentPart(7 bytes) DocumentKey(..)");
    }
}
