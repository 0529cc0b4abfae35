//! Documents encrypted as PROTOCOL.md says, by code of its own: what the client writes and reads is compared with it.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use colloque_schemas::blob::{CHUNK_PLAIN_BYTES, document_bucket};
use colloque_schemas::id::{BlobId, KeyHash};
use colloque_schemas::mimi::{DocumentKey, DocumentPart};
use sha2::{Digest, Sha256};

/// A document as it is at the relay, and as a message says where it is.
pub struct Sealed {
    /// For the message.
    pub part: DocumentPart,
    /// For the relay.
    pub chunks: Vec<Vec<u8>>,
}

/// Encrypts a document under a key, nonce and blob id that are made of `seed`.
pub fn seal(content: &[u8], seed: u8) -> Sealed {
    let (key, nonce) = ([seed; 32], [seed; 19]);
    let cipher = XChaCha20Poly1305::new(Key::from_slice(&key));
    let mut padded = content.to_vec();
    padded.resize(usize::try_from(document_bucket(content.len() as u64)).expect("a length"), 0);
    let pieces: Vec<&[u8]> = padded.chunks(CHUNK_PLAIN_BYTES).collect();
    let chunks = pieces.iter().enumerate().map(|(index, piece)| {
        let counter = u32::try_from(index).expect("few chunks").to_be_bytes();
        let flag = [u8::from(index + 1 == pieces.len())];
        let nonce = [&nonce[..], &counter, &flag].concat();
        cipher.encrypt(XNonce::from_slice(&nonce), *piece).expect("it encrypts")
    });
    let part = DocumentPart {
        media_type: "application/pdf".to_owned(),
        blob: BlobId::new([seed; 16]),
        bytes: content.len() as u64,
        key: DocumentKey::new(key),
        nonce,
        hash: KeyHash::new(Sha256::digest(content).into()),
        name: "x.pdf".to_owned(),
    };
    Sealed { part, chunks: chunks.collect() }
}
