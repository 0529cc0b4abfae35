//! This device as a new one of an account that its owner has elsewhere: what it shows until the main one has added it.
//!
//! There is no profile meanwhile, and nothing on the disk. Who gives up, or closes the desk, leaves nothing behind.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use colloque_client_core::connection::{SystemClock, give_up, meet_primary, take_grant};
use colloque_client_core::{Client, Error, KeySource, NewDevice};
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::LINK_SECONDS;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use tokio::sync::watch;
use tokio::time::timeout;

/// How it stands.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Nobody has begun.
    Idle,
    /// It shows this offer.
    Offered(String),
    /// It shows this code.
    Compared(String),
    /// It ended without a profile.
    Ended(Arc<Error>),
}

impl Step {
    /// As an address says it.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Offered(_) => "offered",
            Self::Compared(_) => "compared",
            Self::Ended(_) => "ended",
        }
    }
}

type Joined = Pin<Box<dyn Future<Output = Result<Client, Error>> + Send>>;

/// A joining, if one goes on.
pub(super) struct Joining {
    shown: watch::Sender<Step>,
    going: Option<(Joined, RendezvousId, String)>,
}

impl Joining {
    /// None goes on. Whoever looks sees its steps.
    pub(super) fn new() -> (Self, watch::Receiver<Step>) {
        let (shown, seen) = watch::channel(Step::Idle);
        (Self { shown, going: None }, seen)
    }

    /// Shows the offer of a device that the relay knows, for a profile in `folder`. One that went on before is given up.
    pub(super) fn begin(&mut self, device: NewDevice, folder: PathBuf, source: KeySource) {
        self.stop();
        let (rendezvous, shown) = (device.rendezvous(), self.shown.clone());
        let relay = device.shown().relay_address.clone();
        self.shown.send_replace(Step::Offered(device.shown().to_string()));
        let joined = async move {
            let compared = within(meet_primary(device)).await?;
            shown.send_replace(Step::Compared(compared.code().to_string()));
            within(take_grant(compared, folder.as_path(), &source, &SystemClock)).await
        };
        self.going = Some((Box::pin(joined), rendezvous, relay));
    }

    /// Waits for the profile, if one is to come; for ever otherwise. Safe to drop: it goes on with the next call.
    pub(super) async fn next(&mut self) -> Result<Client, Error> {
        let Some((joined, ..)) = &mut self.going else { return std::future::pending().await };
        let joined = joined.as_mut().await;
        self.going = None;
        joined
    }

    /// It has ended so, and pages are told: with an error, or because there is a profile.
    pub(super) fn ended(&self, error: Option<Error>) {
        self.shown.send_replace(error.map_or(Step::Idle, |error| Step::Ended(Arc::new(error))));
    }

    /// Gives up, and tells the other side, if it can be told.
    pub(super) fn stop(&mut self) {
        if let Some((_, rendezvous, relay)) = self.going.take() {
            tokio::spawn(async move {
                // An offer that nobody ends does so by itself.
                let _ = give_up(rendezvous, &relay).await;
            });
        }
        self.shown.send_replace(Step::Idle);
    }
}

/// No longer than an offer lives, whatever the relay says.
async fn within<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let over = Refusal::never(RefusalCode::LinkOver);
    timeout(Duration::from_secs(LINK_SECONDS), step).await.unwrap_or_else(|_| Err(over.into()))
}
