//! Encryption of documents: XChaCha20-Poly1305 in STREAM over padded chunks (PROTOCOL.md section 13), in memory that does
//! not grow with the document.

use std::io::{self, Write};

use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::aead::stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::{Key, XChaCha20Poly1305};
use colloque_schemas::blob::{BlobSize, CHUNK_PLAIN_BYTES};
use colloque_schemas::id::KeyHash;
use colloque_schemas::limits::{CHUNK_BYTES, CHUNK_TAG_BYTES, DOCUMENT_MAX_BYTES};
use colloque_schemas::mimi::{DocumentKey, DocumentNonce, DocumentPart};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Misuse};
use crate::store::StoreError;

/// Why a document is not taken. Nothing of it is kept then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentFault {
    /// A chunk does not authenticate: changed, moved, of another document, or under another key.
    #[error("the document was altered")]
    Altered,
    /// It is longer or shorter than the message says.
    #[error("the document has another length than its message says")]
    Length,
    /// It is another document than the message says.
    #[error("the document is another than its message says")]
    Hash,
    /// This device has no room for it.
    #[error("there is no room for the document on this device")]
    DiskFull,
    /// This device cannot write or read it.
    #[error("the document cannot be kept on this device")]
    Storage,
}

impl DocumentFault {
    /// A stable id, as stored with a failed document.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Altered => "document-altered",
            Self::Length => "document-length",
            Self::Hash => "document-hash",
            Self::DiskFull => "disk-full",
            Self::Storage => "document-storage",
        }
    }
}

impl From<io::Error> for DocumentFault {
    fn from(error: io::Error) -> Self {
        match StoreError::from(error) {
            StoreError::DiskFull => Self::DiskFull,
            _ => Self::Storage,
        }
    }
}

/// A buffer of plaintext that is wiped, with room for a whole chunk: growing would leave copies behind.
pub(super) fn buffer() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(CHUNK_BYTES))
}

/// The chunks of one document, encrypted and decrypted in place.
pub(super) struct Cipher(StreamBE32<XChaCha20Poly1305>);

impl Cipher {
    pub(super) fn new(key: &DocumentKey, nonce: &DocumentNonce) -> Self {
        let cipher = XChaCha20Poly1305::new(Key::from_slice(key.as_bytes()));
        Self(StreamBE32::from_aead(cipher, nonce.into()))
    }

    fn seal(&self, index: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), Error> {
        let sealed = self.0.encrypt_in_place(index, is_last, &[], chunk);
        sealed.map_err(|_| Error::Bug("a chunk cannot be encrypted"))
    }

    /// Decrypts a chunk, if it is this one of this document.
    pub(super) fn open(&self, index: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), DocumentFault> {
        self.0.decrypt_in_place(index, is_last, &[], chunk).map_err(|_| DocumentFault::Altered)
    }
}

/// A document being encrypted, as it comes.
pub(super) struct Sealing {
    cipher: Cipher,
    hash: Sha256,
    bytes: u64,
    index: u32,
    /// What is not encrypted yet, a whole chunk at most: only what follows shows that it is not the last.
    chunk: Zeroizing<Vec<u8>>,
}

impl Sealing {
    pub(super) fn new(key: &DocumentKey, nonce: &DocumentNonce) -> Self {
        let (cipher, hash) = (Cipher::new(key, nonce), Sha256::new());
        Self { cipher, hash, bytes: 0, index: 0, chunk: buffer() }
    }

    /// Encrypts what comes next.
    ///
    /// # Errors
    /// [`Misuse::DocumentTooLarge`], or what writing says.
    pub(super) fn take(&mut self, mut bytes: &[u8], sink: &mut dyn Write) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.bytes > DOCUMENT_MAX_BYTES {
            return Err(Misuse::DocumentTooLarge.into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            if self.chunk.len() >= CHUNK_PLAIN_BYTES {
                self.put(false, sink)?;
            }
            let room = CHUNK_PLAIN_BYTES.saturating_sub(self.chunk.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Encrypts the end of the document, padded to its bucket. Returns the document's length and hash.
    ///
    /// # Errors
    /// What writing says.
    pub(super) fn finish(mut self, sink: &mut dyn Write) -> Result<(u64, KeyHash), Error> {
        let size = BlobSize::of_document(self.bytes).ok_or(Misuse::DocumentTooLarge)?;
        while let Some(bytes) = size.chunk_bytes(self.index) {
            self.chunk.resize(bytes.saturating_sub(CHUNK_TAG_BYTES), 0);
            self.put(size.is_last(self.index), sink)?;
        }
        Ok((self.bytes, KeyHash::new(self.hash.finalize().into())))
    }

    fn put(&mut self, is_last: bool, sink: &mut dyn Write) -> Result<(), Error> {
        self.cipher.seal(self.index, is_last, &mut self.chunk)?;
        sink.write_all(&self.chunk).map_err(StoreError::from)?;
        self.chunk.clear();
        self.index = self.index.saturating_add(1);
        Ok(())
    }
}

/// A document being verified, chunk by chunk.
pub(super) struct Opening {
    cipher: Cipher,
    size: BlobSize,
    expected: KeyHash,
    hash: Sha256,
    /// Bytes of the document that are still to come; padding follows.
    left: u64,
    next: u32,
    plain: Zeroizing<Vec<u8>>,
}

impl Opening {
    /// Of what a message says.
    ///
    /// # Errors
    /// [`DocumentFault::Length`] if it says more than any document has.
    pub(super) fn new(part: &DocumentPart) -> Result<Self, DocumentFault> {
        Ok(Self {
            cipher: Cipher::new(&part.key, &part.nonce),
            size: part.blob_size().ok_or(DocumentFault::Length)?,
            expected: part.hash,
            hash: Sha256::new(),
            left: part.bytes,
            next: 0,
            plain: buffer(),
        })
    }

    /// How long its blob is.
    pub(super) const fn size(&self) -> BlobSize {
        self.size
    }

    /// The number of the next chunk.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// Verifies the next chunk.
    ///
    /// # Errors
    /// [`DocumentFault`]; the chunk then counts as not seen.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), DocumentFault> {
        if self.size.chunk_bytes(self.next) != Some(chunk.len()) {
            return Err(DocumentFault::Length);
        }
        self.plain.clear();
        self.plain.extend_from_slice(chunk);
        self.cipher.open(self.next, self.size.is_last(self.next), &mut self.plain)?;
        let content = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.plain.len());
        let (content, padding) = self.plain.split_at_checked(content).ok_or(DocumentFault::Length)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(DocumentFault::Length);
        }
        self.hash.update(content);
        self.left = self.left.saturating_sub(u64::try_from(content.len()).unwrap_or(u64::MAX));
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// Whether the document is whole and the one that the message says, once every chunk was taken.
    ///
    /// # Errors
    /// [`DocumentFault`].
    pub(super) fn finish(self) -> Result<(), DocumentFault> {
        if self.next != self.size.chunks() || self.left > 0 {
            return Err(DocumentFault::Length);
        }
        let hash = KeyHash::new(self.hash.finalize().into());
        if hash == self.expected { Ok(()) } else { Err(DocumentFault::Hash) }
    }
}

#[cfg(test)]
mod tests;
