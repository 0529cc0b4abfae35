//! How a relay is set up.

use std::path::PathBuf;

use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::limits;
use colloque_schemas::point::Points;

/// In bytes.
pub(super) const GIBIBYTE: u64 = 1 << 30;

/// Everything that a relay is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the database and the keys; made if absent.
    pub data: PathBuf,
    /// The relay's name, which every sign-in statement covers. Devices have it from their enrolment profile.
    pub name: String,
    /// The authority under which devices' chains are verified.
    pub anchor: TrustAnchor,
    /// For how long envelopes, inbox items, KeyPackages and blobs are kept.
    pub retention_days: u64,
    /// Bytes that blobs may take in all: documents are not to take the room of messages.
    pub blob_room_bytes: u64,
    /// A bucket of S3 for blobs, instead of files in the data folder.
    #[cfg(feature = "s3")]
    pub blob_bucket: Option<String>,
    /// How long a stop may take until connections are cut.
    pub stop_seconds: u64,
    /// Whoever watches what the relay does: nobody, but in tests.
    pub points: Points,
}

impl Config {
    /// A relay in this folder with the default limits.
    pub fn new(data: PathBuf, name: String, anchor: TrustAnchor) -> Self {
        let blob_room_bytes = limits::BLOB_ROOM_GIBIBYTES.saturating_mul(GIBIBYTE);
        Self {
            data,
            name,
            anchor,
            retention_days: limits::RETENTION_DAYS,
            blob_room_bytes,
            #[cfg(feature = "s3")]
            blob_bucket: None,
            stop_seconds: 10,
            points: Points::default(),
        }
    }
}
