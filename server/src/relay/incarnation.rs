//! Which database a relay has. One that is restored from a backup has gone back in time: envelopes, inbox numbers and used
//! KeyPackages are what they were. Devices see that by another incarnation, give the envelopes back (PROTOCOL section 6), read
//! their inbox from its beginning and publish new KeyPackages.
//!
//! A database cannot know that it was copied back: the operator says so (`colloque-relay restored`). Where nobody did, devices
//! still give back what they have read further than the log goes, and the relay asks its operator.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::rand;
use colloque_schemas::id::Incarnation;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::UnixSeconds;
use sqlx::Row;

use super::error::RequestError;
use super::store::choke::Connection;
use super::store::{from_stored, to_stored};

/// A device that may not post yet asks again after this time at most.
const RETRY_SECONDS: u64 = 15;

/// The present one.
#[derive(Debug)]
pub(super) struct Present {
    id: Incarnation,
    settles_at: UnixSeconds,
    has_warned: AtomicBool,
}

impl Present {
    /// Reads it; of a database that has none yet, draws it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn load(connection: &mut Connection) -> Result<Self, sqlx::Error> {
        let row =
            sqlx::query("SELECT id, settles_at FROM incarnation").fetch_optional(&mut *connection).await?;
        let Some(row) = row else { return begin(connection, UnixSeconds(0)).await };
        let id = Incarnation::from_slice(row.try_get(0)?);
        let id = id.ok_or_else(|| sqlx::Error::Decode("an incarnation".into()))?;
        let settles_at = from_stored(row.try_get(1)?).unwrap_or_default();
        Ok(Self { id, settles_at: UnixSeconds(settles_at), has_warned: AtomicBool::new(false) })
    }

    pub(super) fn id(&self) -> Incarnation {
        self.id
    }

    /// Whether new envelopes are taken: what is new must not stand where devices will give something back.
    ///
    /// # Errors
    /// [`RefusalCode::Busy`], for now.
    pub(super) fn check_settled(&self, now: UnixSeconds) -> Result<(), RequestError> {
        let left = self.settles_at.0.saturating_sub(now.0).min(RETRY_SECONDS);
        match u32::try_from(left) {
            Ok(0) => Ok(()),
            left => Err(Refusal::after(RefusalCode::Busy, left.unwrap_or(u32::MAX)).into()),
        }
    }

    /// A device has read further than a log goes. Said once: it may be a device that lies.
    pub(super) fn warn_of_loss(&self) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a device has read further than the log here: if this database was restored from a backup, stop the \
                 relay, run `colloque-relay restored`, and start it again"
            );
        }
    }
}

/// Begins another incarnation, which takes new envelopes from this instant on.
///
/// # Errors
/// The database's.
pub(super) async fn begin(
    connection: &mut Connection,
    settles_at: UnixSeconds,
) -> Result<Present, sqlx::Error> {
    let mut id = [0; Incarnation::LENGTH];
    rand::fill(&mut id).map_err(|_| sqlx::Error::Protocol("no randomness".into()))?;
    let seconds = to_stored(settles_at.0).unwrap_or(i64::MAX);
    sqlx::query("INSERT OR REPLACE INTO incarnation (only, id, settles_at) VALUES (1, ?, ?)")
        .bind(id.as_slice())
        .bind(seconds)
        .execute(connection)
        .await?;
    Ok(Present { id: Incarnation::new(id), settles_at, has_warned: AtomicBool::new(false) })
}
