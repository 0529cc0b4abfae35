//! Choke points: the places where a program changes something outside its memory, or asks it.
//!
//! Each of them is in one wrapper, which tells whoever watches. In the programs nobody does, and the question whether
//! somebody does is all that it costs. Tests count the places, and end a program at each (`tests/suite/crash_points.rs`).
//!
//! | point | of the client | of the relay |
//! |---|---|---|
//! | statement, commit | `store/choke.rs` | `relay/store/choke.rs` |
//! | file | `store/folder.rs`, `apps/colloque/src/disk.rs` | `private_file.rs`, `relay/store/chunks.rs` |
//! | send | `Client::take_outgoing`, `Store::hand_over` | `OutboxReader` |

use alloc::sync::Arc;
use core::fmt;

/// What is done at a choke point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// A statement of SQL inside a transaction, or one that only reads. After it is before the next one: nothing of it is
    /// durable yet.
    Statement,
    /// A statement of SQL that makes something durable.
    Commit,
    /// A change of a file or folder.
    File,
    /// A frame is handed to the connection.
    Send,
}

/// When a choke point is told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Moment {
    /// Nothing of it has been done.
    Before(Point),
    /// All of it has been done, and whoever asked for it does not know yet.
    After(Point),
}

/// The program is not to go on: whoever watches has ended it here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("ended at a choke point")]
pub struct Cut;

/// Whoever is told of choke points.
pub trait Watch: Send + Sync {
    /// A program is here.
    ///
    /// # Errors
    /// [`Cut`] ends it: at every moment from this one on.
    fn at(&self, moment: Moment) -> Result<(), Cut>;
}

/// The choke points of one program. By default nobody watches.
#[derive(Clone, Default)]
pub struct Points(Option<Arc<dyn Watch>>);

impl Points {
    /// Those that this one watches.
    pub fn watched_by(watch: Arc<dyn Watch>) -> Self {
        Self(Some(watch))
    }

    /// Whether anybody does.
    pub const fn are_watched(&self) -> bool {
        self.0.is_some()
    }

    /// Something is about to be done.
    ///
    /// # Errors
    /// [`Cut`]: do not do it.
    pub fn before(&self, point: Point) -> Result<(), Cut> {
        self.0.as_ref().map_or(Ok(()), |watch| watch.at(Moment::Before(point)))
    }

    /// Something has been done. Of a [`Point::Statement`] that is not told.
    ///
    /// # Errors
    /// [`Cut`]: do nothing more.
    pub fn after(&self, point: Point) -> Result<(), Cut> {
        match &self.0 {
            Some(watch) if point != Point::Statement => watch.at(Moment::After(point)),
            _ => Ok(()),
        }
    }

    /// Does what is to be done at a choke point.
    ///
    /// # Errors
    /// Those of `act`, and what `cut` makes of [`Cut`].
    pub fn pass<T, E>(
        &self,
        point: Point,
        cut: impl Fn(Cut) -> E,
        act: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.before(point).map_err(&cut)?;
        let done = act()?;
        self.after(point).map_err(&cut)?;
        Ok(done)
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Points(..)")
    }
}
