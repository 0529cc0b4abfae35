//! A document that is being attached: encrypted into the store as it comes, from wherever it comes.

use std::fmt;

use colloque_schemas::id::BlobId;
use colloque_schemas::mimi::{DocumentKey, DocumentNonce, DocumentPart};

use super::cipher::Sealing;
use super::{media_type, safe_name};
use crate::error::Error;
use crate::store::{Files, StoreError, Unfinished};

/// A document on its way into this device's store, where [`Client::keep_attachment`](crate::Client::keep_attachment) puts
/// it once all of it is written. Dropped before that, it leaves nothing. It needs no client meanwhile, so that whoever owns
/// the client is not held up by a slow source.
pub struct Attachment {
    sealing: Sealing,
    key: DocumentKey,
    nonce: DocumentNonce,
    sink: Unfinished,
    file: Unkept,
}

impl Attachment {
    /// An empty one, in a file of this name.
    pub(super) fn new(
        files: &Files,
        name: String,
        key: DocumentKey,
        nonce: DocumentNonce,
    ) -> Result<Self, Error> {
        let sink = files.create(&name).map_err(StoreError::from)?;
        let sealing = Sealing::new(&key, &nonce);
        Ok(Self { sealing, key, nonce, sink, file: Unkept { files: files.clone(), name: Some(name) } })
    }

    /// Encrypts what comes next of the document.
    ///
    /// # Errors
    /// [`Misuse::DocumentTooLarge`](crate::Misuse::DocumentTooLarge), [`Error::Store`]: drop it then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.sealing.take(bytes, &mut self.sink)
    }

    /// Ends the document. Its file is durable when this returns, and goes away with [`Unkept`] unless that is kept.
    pub(crate) fn finish(
        self,
        blob: BlobId,
        name: &str,
        claimed_type: &str,
    ) -> Result<(DocumentPart, Unkept), Error> {
        let Self { sealing, key, nonce, mut sink, file } = self;
        let (bytes, hash) = sealing.finish(&mut sink)?;
        file.files.finish(file.name()).map_err(StoreError::from)?;
        let (name, media_type) = (safe_name(name), media_type(claimed_type).to_owned());
        Ok((DocumentPart { media_type, blob, bytes, key, nonce, hash, name }, file))
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attachment(..)")
    }
}

/// A file that goes away with this, unless it is kept.
pub(crate) struct Unkept {
    files: Files,
    name: Option<String>,
}

impl Unkept {
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn keep(mut self) {
        self.name = None;
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What is left is removed when the store is next opened.
            let _ = self.files.remove(name);
        }
    }
}
