//! Ending in good order: one request that everyone hears, and a count of the connections that are still there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// Hears when the server should end, and counts what has to end first. Clones hear and count the same.
#[derive(Clone, Debug)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
    connections: Arc<watch::Sender<usize>>,
}

/// Asks for the end, also by being dropped.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

impl Trigger {
    /// Asks everyone to end. Again has no effect.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

/// Counts one connection for as long as it lives.
#[derive(Debug)]
pub struct ConnectionCount(Arc<watch::Sender<usize>>);

impl Drop for ConnectionCount {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Shutdown {
    /// On SIGTERM or SIGINT. Needs a runtime with signals; spawns the task that listens.
    ///
    /// # Errors
    /// The system's, if signals cannot be listened to.
    pub fn on_signals() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (trigger, shutdown) = Self::manual();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            trigger.request();
        });
        Ok(shutdown)
    }

    /// On request of the trigger.
    pub fn manual() -> (Trigger, Self) {
        let (sender, requested) = watch::channel(false);
        (Trigger(sender), Self { requested, connections: Arc::new(watch::Sender::new(0)) })
    }

    /// One that also ends with this future. Connections are counted together. Spawns the task that waits.
    pub fn or(&self, other: impl Future<Output = ()> + Send + 'static) -> Self {
        let (trigger, Self { requested, .. }) = Self::manual();
        let this = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = this.requested() => {}
                () = other => {}
            }
            trigger.request();
        });
        Self { requested, connections: Arc::clone(&self.connections) }
    }

    /// Waits until the end is asked for. Safe to cancel and to call again.
    pub async fn requested(&self) {
        // An error means that the trigger was dropped, which asks too.
        let _ = self.requested.clone().wait_for(|requested| *requested).await;
    }

    /// Whether the end has been asked for.
    pub fn is_requested(&self) -> bool {
        *self.requested.borrow() || self.requested.has_changed().is_err()
    }

    /// Counts a connection until the value is dropped.
    pub fn count_connection(&self) -> ConnectionCount {
        self.connections.send_modify(|count| *count = count.saturating_add(1));
        ConnectionCount(Arc::clone(&self.connections))
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        *self.connections.borrow()
    }

    /// Waits until no connection is left, at most this long; says whether none is.
    pub async fn connections_ended(&self, longest: Duration) -> bool {
        let mut connections = self.connections.subscribe();
        timeout(longest, connections.wait_for(|count| *count == 0)).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_the_request_also_afterwards() {
        let (trigger, shutdown) = Shutdown::manual();
        let other = shutdown.clone();
        assert!(!shutdown.is_requested());
        trigger.request();
        shutdown.requested().await;
        other.requested().await;
        assert!(other.is_requested());
    }

    #[tokio::test]
    async fn dropping_the_trigger_asks_too() {
        let (trigger, shutdown) = Shutdown::manual();
        drop(trigger);
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }

    #[tokio::test]
    async fn waits_for_the_last_connection_and_no_longer_than_told() {
        let (_trigger, shutdown) = Shutdown::manual();
        let connection = shutdown.clone().count_connection();
        assert!(!shutdown.connections_ended(Duration::from_millis(5)).await);
        drop(connection);
        assert!(shutdown.connections_ended(Duration::from_secs(5)).await);
    }
}
