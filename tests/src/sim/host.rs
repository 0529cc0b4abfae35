//! The relay of a simulation: the real one, on its real database, which is in memory. It runs only while it is asked
//! something, and until it has answered: what its tasks do in between does not depend on time.

use std::fs;
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_server::relay::{Config, OutboxReader, Outgoing, Relay, Session};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::consume_budget;

use super::template::{Files, in_memory, read, write};
use crate::clock::HandClock;
use crate::world::RELAY_NAME;

/// The machine that the relay runs on.
pub(super) struct Host {
    clock: HandClock,
    anchor: TrustAnchor,
    folder: TempDir,
    runtime: Option<Runtime>,
    relay: Option<Relay>,
    starts: u32,
}

impl Host {
    /// A relay with these files, running.
    pub(super) fn new(clock: HandClock, anchor: TrustAnchor, files: &Files) -> Self {
        let mut host = Self { clock, anchor, folder: in_memory(), runtime: None, relay: None, starts: 0 };
        write(&host.data(), files);
        host.start();
        host
    }

    /// The folder of the relay's data.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join(self.starts.to_string())
    }

    /// Whether it takes connections.
    pub(super) fn is_up(&self) -> bool {
        self.relay.is_some()
    }

    /// Starts the relay on what is on the disk.
    pub(super) fn start(&mut self) {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let config = Config::new(self.data(), RELAY_NAME.to_owned(), self.anchor.clone());
        let relay = runtime.block_on(Relay::open(config, Arc::new(self.clock.clone())));
        self.relay = Some(relay.expect("the relay opens"));
        self.runtime = Some(runtime);
    }

    /// Ends the relay as `kill -9` does: what is on the disk now is all that is left. The sessions are dropped first.
    pub(super) fn kill(&mut self) {
        let (before, files) = (self.data(), read(&self.data()));
        self.relay = None;
        // Its tasks end where they wait.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
        self.starts += 1;
        write(&self.data(), &files);
        // Threads of the database may still be closing it.
        let _ = fs::remove_dir_all(before);
    }

    /// Asks the relay to stop in good order. Sessions still have what it said; [`Self::kill`] takes the rest away.
    pub(super) fn stop(&mut self) {
        let relay = self.relay.take().expect("a relay that runs");
        self.run(relay.stop());
    }

    /// A new connection.
    pub(super) fn connect(&self, binding: ChannelBinding) -> (Session, OutboxReader) {
        let relay = self.relay.as_ref().expect("a relay that runs");
        relay.connect(binding).expect("the relay takes a connection")
    }

    /// Lets the relay work until this is done.
    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("a relay that runs").block_on(work)
    }
}

/// What waits to be sent already.
pub(super) fn waiting(reader: &mut OutboxReader) -> Option<Outgoing> {
    match pin!(reader.next()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outgoing) => Some(outgoing),
        Poll::Pending => None,
    }
}

/// Begins some work; says whether it is done already. It gets as far as it can without waiting for its turn at anything
/// of the runtime, such as a connection to the database: how fast the database is makes no difference then.
pub(super) async fn begin(work: &mut Pin<Box<dyn Future<Output = ()> + '_>>) -> bool {
    let mut is_done = None;
    poll_fn(|context| match is_done {
        Some(is_done) => Poll::Ready(is_done),
        None => {
            while pin!(consume_budget()).poll(context).is_ready() {}
            is_done = Some(work.as_mut().poll(context).is_ready());
            Poll::Pending
        }
    })
    .await
}
