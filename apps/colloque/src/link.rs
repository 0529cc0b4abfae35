//! The connection of one command to the relay. That the relay cannot be reached is no error here: what was done on this
//! device is durable, and the person is told that it waits.

use std::time::Duration;

use colloque_client_core::connection::{Connection, SystemClock};
use colloque_client_core::{Client, Error, Event, ServerFault};
use colloque_schemas::refusal::Retry;

use crate::context::Context;
use crate::failure::Failure;

/// How long a command waits for the relay: to catch up, and again for what it did itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, or the reason why there is none.
pub(crate) struct Link {
    connection: Option<Connection>,
    fault: Option<Error>,
}

impl Link {
    /// Connects and catches up, unless the person said not to.
    ///
    /// # Errors
    ///
    /// Whatever is not merely an unreachable relay: a wrong key, a refused sign-in, a damaged store.
    pub(crate) async fn open(
        client: &mut Client,
        context: &mut Context<'_, '_>,
    ) -> Result<(Self, Vec<Event>), Failure> {
        if context.is_offline {
            return Ok((Self { connection: None, fault: None }, Vec::new()));
        }
        let mut link = match Box::pin(Connection::open(client, &SystemClock)).await {
            Ok(connection) => Self { connection: Some(connection), fault: None },
            Err(error) if is_absence(&error) => Self { connection: None, fault: Some(error) },
            Err(error) => return Err(error.into()),
        };
        let events = link.settle(client).await?;
        Ok((link, events))
    }

    /// Sends what waits and reads what is there, for as long as a person would wait: longer while documents move.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn settle(&mut self, client: &mut Client) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        loop {
            let heard = self.settle_once(client).await?;
            let is_moving = heard
                .iter()
                .any(|event| matches!(event, Event::DocumentChanged { .. } | Event::HistoryChanged(_)));
            events.extend(heard);
            if !is_moving || self.connection.is_none() || client.is_settled()? {
                return Ok(events);
            }
        }
    }

    async fn settle_once(&mut self, client: &mut Client) -> Result<Vec<Event>, Failure> {
        let Some(connection) = &mut self.connection else { return Ok(Vec::new()) };
        match Box::pin(connection.settle(client, &SystemClock, PATIENCE)).await {
            Ok(events) => Ok(events),
            Err(error) => {
                if let Some(connection) = self.connection.take() {
                    connection.close(client).await;
                }
                if !is_absence(&error) {
                    return Err(error.into());
                }
                self.fault = Some(error);
                Ok(Vec::new())
            }
        }
    }

    /// Closes the connection, if there is one, and says why there was none.
    pub(crate) async fn close(self, client: &mut Client) -> Option<Failure> {
        if let Some(connection) = self.connection {
            connection.close(client).await;
        }
        self.fault.map(Failure::Client)
    }
}

/// Whether an error says only that the relay is not there now.
pub(crate) fn is_absence(error: &Error) -> bool {
    matches!(error, Error::Server(ServerFault::Unreachable(_) | ServerFault::Disconnected))
}

/// Whether another connection may fare better.
pub(crate) fn is_temporary(error: &Error) -> bool {
    match error {
        Error::Refused(refusal) => matches!(refusal.retry, Retry::After { .. } | Retry::OnNewConnection),
        _ => is_absence(error),
    }
}
