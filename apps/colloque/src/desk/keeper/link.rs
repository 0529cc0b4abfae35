//! The connection to the relay, kept up: reached again after a pause whenever it ends.

use std::pin::Pin;
use std::time::Duration;

use colloque_client_core::connection::{Backoff, Connection, Reached, SystemClock};
use colloque_client_core::{Client, Error, Event, ServerFault};
use colloque_schemas::enrolment::Endpoint;
use rand_core::{OsRng, RngCore as _};
use tokio::time::{sleep, timeout};

use crate::link::is_temporary;

/// For the relay's yes: what pages ask waits as long.
const SIGN_IN: Duration = Duration::from_secs(5);
/// After an error that another try at once will not mend, such as another key than the invitation's.
const AFTER_FAULT: Duration = Duration::from_secs(60);

type Reaching = Pin<Box<dyn Future<Output = Result<Reached, Error>> + Send>>;

enum State {
    /// A pause, then reaching the relay: nothing of it needs the client.
    Down(Reaching),
    Up(Box<Connection>),
}

/// The connection, up or down.
pub(super) struct Link {
    relay: Endpoint,
    state: State,
    backoff: Backoff,
    fault: Option<&'static str>,
}

/// What there is to do next.
pub(super) enum Step {
    /// The relay said something.
    Heard(Vec<Event>),
    /// The relay is reached, or not.
    Reached(Box<Result<Reached, Error>>),
    /// The connection is over.
    Ended(Error),
}

impl Link {
    /// Reaches for this relay at once.
    pub(super) fn to(relay: Endpoint) -> Self {
        let state = State::Down(reaching(relay.clone(), Duration::ZERO));
        Self { relay, state, backoff: Backoff::new(), fault: None }
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// The id of what keeps the relay away, if waiting alone does not help.
    pub(super) const fn fault(&self) -> Option<&'static str> {
        self.fault
    }

    /// Waits for the next step. Safe to drop: nothing is lost.
    pub(super) async fn next(&mut self, client: &mut Client) -> Step {
        match &mut self.state {
            State::Up(connection) => match connection.next(client, &SystemClock).await {
                Ok(events) => Step::Heard(events),
                Err(error) => Step::Ended(error),
            },
            State::Down(reaching) => Step::Reached(Box::new(reaching.as_mut().await)),
        }
    }

    /// Signs in where the relay is reached. Not to be dropped: the try would be lost.
    pub(super) async fn sign_in(&mut self, reached: Result<Reached, Error>, client: &mut Client) {
        let signed_in = match reached {
            Ok(reached) => timeout(SIGN_IN, Connection::on(reached, client, &SystemClock))
                .await
                .unwrap_or_else(|_| Err(ServerFault::Disconnected.into())),
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(connection) => {
                self.backoff.reset();
                self.fault = None;
                self.state = State::Up(Box::new(connection));
            }
            Err(error) => self.ended(&error, client),
        }
    }

    /// Notes why there is no connection, and reaches for another one after a pause.
    pub(super) fn ended(&mut self, error: &Error, client: &mut Client) {
        client.connection_closed();
        let pause = self.backoff.next_delay(OsRng.next_u64());
        self.fault = (!is_temporary(error)).then(|| error.id());
        let pause = if self.fault.is_some() { pause.max(AFTER_FAULT) } else { pause };
        self.state = State::Down(reaching(self.relay.clone(), pause));
    }

    /// What the relay asked of those who come back.
    pub(super) fn heed(&mut self, events: &[Event]) {
        for event in events {
            if let Event::GoingAway { retry_within_seconds } = event {
                self.backoff.come_back_within(*retry_within_seconds);
            }
        }
    }

    /// Sends what is ready and closes.
    pub(super) async fn close(self, client: &mut Client) {
        if let State::Up(connection) = self.state {
            connection.close(client).await;
        }
    }
}

fn reaching(relay: Endpoint, pause: Duration) -> Reaching {
    Box::pin(async move {
        sleep(pause).await;
        Reached::server(&relay).await
    })
}
