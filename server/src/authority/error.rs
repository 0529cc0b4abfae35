//! What can go wrong at the authority, in one line that says what to do.

use std::io;
use std::path::PathBuf;

use colloque_schemas::certificate::issue::IssueError;
use colloque_schemas::certificate::{CertificateError, IdentityError as HolderError, MAX_TENANT_NAME_BYTES};

use crate::key_file::KeyFileError;
use crate::private_file::FileError;
use crate::tls::IdentityError;

/// Why the authority could not do it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// There is no authority in this folder.
    #[error("no authority in {}: run `colloque-authority init --data {} --name …` first", .0.display(), .0.display())]
    NotInitialised(PathBuf),
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The tenant key could not be had.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The TLS identity could not be had.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The tenant certificate on disk breaks the rules for one.
    #[error("the tenant certificate is damaged: {0}")]
    Tenant(#[from] CertificateError),
    /// Key and certificate of the tenant are from different authorities.
    #[error("the tenant key is not that of the tenant certificate: restore both from the same backup")]
    ForeignTenantKey,
    /// A tenant's name that people could not be shown as it is.
    #[error(
        "a tenant's name has 1 to {MAX_TENANT_NAME_BYTES} bytes, all of them visible, and no blank at either end"
    )]
    TenantName,
    /// A certificate could not be issued.
    #[error("no certificate can be issued: {0}")]
    Issue(#[from] IssueError),
    /// The tenant's certificate has ended, and with it what may be issued under it.
    #[error("the tenant certificate has expired: a new authority has to be initialised")]
    TenantExpired,
    /// The database failed.
    #[error("the authority's database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database file is none, or damaged.
    #[error("{} is damaged: restore it from a backup", .0.display())]
    DamagedDatabase(PathBuf),
    /// The database is of a later version, or damaged.
    #[error("the authority's database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row that this program cannot have written.
    #[error("the authority's database holds a damaged {0}")]
    DamagedRow(&'static str),
    /// What a professional's certificate would say cannot be shown.
    #[error(transparent)]
    Holder(#[from] HolderError),
    /// Something that an invitation carries is not known.
    #[error("an invitation needs the {what}: give {option}, or run `colloque-authority {command}` once")]
    PlaceMissing {
        /// In words.
        what: &'static str,
        /// The option of `invite`.
        option: &'static str,
        /// The command after which it is remembered.
        command: &'static str,
    },
    /// Not `host:port`.
    #[error("`{0}` is not an address: it has the form host:port")]
    Address(String),
    /// What an invitation would carry is empty, too long or cannot be shown.
    #[error("an address or the relay's name is empty, longer than 100 bytes, or cannot be shown")]
    NotInvitable,
    /// A code cannot live that long, or no time at all.
    #[error("a code lives 1 second to {longest} seconds")]
    CodeLife {
        /// The longest.
        longest: u64,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {cause}: choose another with --listen")]
    Listen {
        /// Where.
        address: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Devices cannot reach the address that the server listens on.
    #[error("{0} is no address that a device can reach: say which one is, with --public-address host:port")]
    PublicAddressNeeded(String),
    /// The arguments contradict each other.
    #[error("{0}")]
    Usage(&'static str),
    /// The system refused something that has no file.
    #[error("the system refused: {0}")]
    System(#[from] io::Error),
    /// The system has no randomness to give.
    #[error("the system gives no randomness")]
    NoRandomness,
}
