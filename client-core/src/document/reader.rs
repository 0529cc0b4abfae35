//! Reading a document that is here.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Weak;

use colloque_schemas::blob::BlobSize;
use colloque_schemas::mimi::DocumentPart;
use zeroize::Zeroizing;

use super::cipher::{Cipher, buffer};
use super::safe_name;

/// The plaintext of a document, decrypted as it is read: a chunk is in memory at a time, and none on the disk.
///
/// What the disk has altered since the document was verified is an error of kind `InvalidData`, never other bytes. It ends
/// with the client that made it: what is read after that is an error of kind `ConnectionAborted`.
pub struct DocumentReader {
    client: Weak<()>,
    file: File,
    cipher: Cipher,
    size: BlobSize,
    next: u32,
    plain: Zeroizing<Vec<u8>>,
    /// How much of `plain` has been read.
    at: usize,
    /// Bytes of the document that are still to be read.
    left: u64,
    name: String,
}

impl DocumentReader {
    /// Of a file of ciphertext; none if the part says more than any document has.
    pub(crate) fn new(file: File, part: &DocumentPart, client: Weak<()>) -> Option<Self> {
        let size = part.blob_size()?;
        let cipher = Cipher::new(&part.key, &part.nonce);
        Some(Self {
            client,
            file,
            cipher,
            size,
            next: 0,
            plain: buffer(),
            at: 0,
            left: part.bytes,
            name: safe_name(&part.name),
        })
    }

    /// The document's name, made harmless by [`safe_name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes that are still to be read.
    pub const fn left(&self) -> u64 {
        self.left
    }

    fn refill(&mut self) -> io::Result<()> {
        let altered = || io::Error::from(io::ErrorKind::InvalidData);
        let bytes = self.size.chunk_bytes(self.next).ok_or_else(altered)?;
        self.plain.clear();
        self.plain.resize(bytes, 0);
        self.at = 0;
        let read = self.file.read_exact(&mut self.plain).and_then(|()| {
            let is_last = self.size.is_last(self.next);
            self.cipher.open(self.next, is_last, &mut self.plain).map_err(|_| altered())
        });
        if read.is_err() {
            // What did not verify is not given out by another call either.
            self.plain.clear();
        }
        self.next = self.next.saturating_add(1);
        read
    }
}

impl Read for DocumentReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || into.is_empty() {
            return Ok(0);
        }
        if self.client.strong_count() == 0 {
            // Nothing that was decrypted stays, either.
            self.plain.clear();
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if self.at >= self.plain.len() {
            self.refill()?;
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let from = self.plain.get(self.at..).unwrap_or_default();
        let from = from.get(..most).unwrap_or(from);
        let mut taken = 0;
        for (to, from) in into.iter_mut().zip(from) {
            *to = *from;
            taken += 1;
        }
        self.at = self.at.saturating_add(taken);
        self.left = self.left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
        Ok(taken)
    }
}

impl fmt::Debug for DocumentReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentReader(..)")
    }
}
