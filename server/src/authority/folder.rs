//! What is where in the authority's data folder.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::error::AuthorityError;
use crate::private_file::FileError;

/// Names the files of the TLS identity.
pub(super) const TLS_STEM: &str = "tls";

/// A data folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder for a new authority, open to its owner only if it has to be made.
    pub(super) fn create(path: &Path) -> Result<Self, AuthorityError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|cause| FileError::io(path, cause))?;
        Ok(Self(path.to_owned()))
    }

    /// The folder of an authority that is there.
    pub(super) fn open(path: &Path) -> Result<Self, AuthorityError> {
        let folder = Self(path.to_owned());
        match fs::exists(folder.database()) {
            Ok(true) => Ok(folder),
            Ok(false) => Err(AuthorityError::NotInitialised(path.to_owned())),
            Err(cause) => Err(FileError::io(path, cause).into()),
        }
    }

    /// The tenant's private key.
    pub(super) fn tenant_key(&self) -> PathBuf {
        self.0.join("tenant.key")
    }

    /// The tenant's certificate, DER: what relays and clients trust.
    pub(super) fn tenant_certificate(&self) -> PathBuf {
        self.0.join("tenant.der")
    }

    /// Codes and accounts.
    pub(super) fn database(&self) -> PathBuf {
        self.0.join("authority.sqlite")
    }
}
