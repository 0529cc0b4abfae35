//! What open pages are told: not what happened, only what to look at again.

use std::sync::Arc;

use colloque_client_core::Event;

/// One piece of news.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// The relay said something.
    Event(Arc<Event>),
    /// Something was done on another page of this desk, in a thread or elsewhere.
    Done(Option<colloque_schemas::id::ThreadId>),
    /// The profile was opened or locked, or the connection came or went.
    State,
}
