//! A session on a websocket: frames both ways, deadlines, pings, the close.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use colloque_schemas::limits::PING_SECONDS;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, interval_at, sleep, timeout};

use super::error::DiskFailed;
use super::outbox::{End, OutboxReader, Outgoing};
use super::{Relay, Session};
use crate::accept::{self, AcceptLimits, Connection, Door, LoopbackListener};
use crate::shutdown::Shutdown;

/// How long a peer may take to read what is queued, and the close, once its connection is to end.
const CLOSING: Duration = Duration::from_secs(5);
/// How long a peer may be silent before it is asked for a sign of life.
const PING_AFTER: Duration = Duration::from_secs(PING_SECONDS);
/// Between two removals of what is too old.
const PRUNE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// Pings in a row that a peer may leave unanswered.
const UNANSWERED_PINGS: u32 = 2;

/// Close codes of RFC 6455, section 7.4.1.
mod code {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const POLICY: u16 = 1008;
    pub(super) const TOO_LARGE: u16 = 1009;
    pub(super) const TRY_AGAIN: u16 = 1013;
}

/// Serves a relay on a listener until shutdown is requested, then stops the relay in good order: no new connections,
/// `GoingAway`, acknowledgements, close 1001, WAL emptied, within the configured time.
///
/// # Errors
/// [`DiskFailed`], once every connection has ended.
pub async fn serve(
    relay: Relay,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    shutdown: Shutdown,
) -> Result<(), DiskFailed> {
    serve_at(relay, Door::Tls(listener, tls), shutdown).await
}

/// As [`serve`], without TLS, for benchmarks on one machine.
///
/// # Errors
/// As [`serve`].
pub async fn serve_plain(
    relay: Relay,
    listener: LoopbackListener,
    shutdown: Shutdown,
) -> Result<(), DiskFailed> {
    serve_at(relay, Door::Plain(listener), shutdown).await
}

async fn serve_at(relay: Relay, door: Door, asked: Shutdown) -> Result<(), DiskFailed> {
    let mut disk = relay.core.has_disk_failed.clone();
    let shutdown = asked.or(async move {
        if disk.wait_for(|has_failed| *has_failed).await.is_err() {
            // The writer ended in good order.
            std::future::pending().await
        }
    });
    let pruning = tokio::spawn(prune_daily(relay.clone()));
    let carrier = relay.clone();
    let stopping = shutdown.clone();
    accept::serve(door, AcceptLimits::default(), shutdown.clone(), move |connection| {
        carry(carrier.clone(), connection, stopping.clone())
    })
    .await;
    pruning.abort();
    let longest = Duration::from_secs(relay.core.config.stop_seconds);
    if timeout(longest, relay.stop()).await.is_err() {
        tracing::error!("the database did not finish in time");
    }
    if !shutdown.connections_ended(longest).await {
        tracing::warn!(left = shutdown.connections(), "connections were cut: they did not end in time");
    }
    if *relay.core.has_disk_failed.borrow() {
        return Err(DiskFailed(relay.core.config.data.display().to_string()));
    }
    Ok(())
}

async fn prune_daily(relay: Relay) {
    let mut days = interval_at(Instant::now(), PRUNE_EVERY);
    loop {
        days.tick().await;
        relay.prune().await;
    }
}

/// Carries one connection to its end.
async fn carry(relay: Relay, connection: Connection, shutdown: Shutdown) {
    let Ok((session, outbox)) = relay.connect(connection.channel_binding) else { return };
    // Held back from the relay's own stop, not the sockets': a session ends once its replies are out.
    let ending = outbox.ending();
    let (sink, stream) = connection.socket.split();
    let pings = Notify::new();
    tokio::select! {
        () = read(session, stream, &pings, shutdown) => {}
        () = write(sink, outbox, &pings) => {}
        () = cut(ending) => {}
    }
}

/// Waits until a connection that was to end has had time to do so.
async fn cut(mut ending: watch::Receiver<Option<End>>) {
    // An error means that the outbox is gone, and the connection with it.
    let _ = ending.wait_for(Option::is_some).await;
    sleep(CLOSING).await;
}

/// Reads until the peer closes, breaks the protocol of websockets, or stays silent.
async fn read(mut session: Session, mut stream: SplitStream<WebSocket>, pings: &Notify, shutdown: Shutdown) {
    let mut quiet_since = Instant::now();
    let began = quiet_since;
    let mut unanswered_pings = 0_u32;
    // Not set again with each message: timers cost more than looking at the clock.
    let mut silence = pin!(sleep(PING_AFTER));
    loop {
        let sign_in_by = began + Duration::from_secs(session.patience_seconds());
        let message = tokio::select! {
            message = stream.next() => message,
            () = tokio::time::sleep_until(sign_in_by), if !session.is_signed_in() => {
                session.end(End::NotSignedIn);
                return std::future::pending().await;
            }
            () = shutdown.requested(), if !session.is_signed_in() => {
                session.end(End::GoingAway);
                return std::future::pending().await;
            }
            () = &mut silence => {
                let now = Instant::now();
                let silent_at = quiet_since + PING_AFTER;
                if silent_at <= now {
                    session.check_expiry();
                    if unanswered_pings >= UNANSWERED_PINGS {
                        return;
                    }
                    unanswered_pings = unanswered_pings.saturating_add(1);
                    pings.notify_one();
                    quiet_since = now;
                }
                silence.as_mut().reset(quiet_since + PING_AFTER);
                continue;
            }
        };
        (quiet_since, unanswered_pings) = (Instant::now(), 0);
        match message {
            Some(Ok(Message::Binary(bytes))) => session.receive(&bytes).await,
            Some(Ok(Message::Text(_))) => session.refuse_text(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return,
            Some(Err(error)) => {
                // Tungstenite's words for a message over the limit; its error type is not part of axum's interface.
                if error.to_string().contains("too long") {
                    session.end(End::TooLarge);
                    return std::future::pending().await;
                }
                return;
            }
        }
    }
}

/// Writes what waits, together what waits together, and the close when it comes to it.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut outbox: OutboxReader, pings: &Notify) {
    loop {
        let written = tokio::select! {
            biased;
            outgoing = outbox.next() => match outgoing {
                Outgoing::Frame(frame) => write_all(&mut sink, frame, &mut outbox).await,
                Outgoing::End(reason) => return close(&mut sink, close_code(reason)).await,
            },
            () = pings.notified() => sink.send(Message::Ping(bytes::Bytes::new())).await,
        };
        if written.is_err() {
            return;
        }
    }
}

async fn write_all(
    sink: &mut SplitSink<WebSocket, Message>,
    first: bytes::Bytes,
    outbox: &mut OutboxReader,
) -> Result<(), axum::Error> {
    sink.feed(Message::Binary(first)).await?;
    while let Some(frame) = outbox.try_next() {
        sink.feed(Message::Binary(frame)).await?;
    }
    sink.flush().await
}

async fn close(sink: &mut SplitSink<WebSocket, Message>, code: u16) {
    let frame = CloseFrame { code, reason: "".into() };
    // The peer may be gone, or never answer.
    let _ = timeout(CLOSING, async {
        sink.send(Message::Close(Some(frame))).await?;
        sink.close().await
    })
    .await;
}

const fn close_code(reason: End) -> u16 {
    match reason {
        End::GoingAway => code::GOING_AWAY,
        End::TooLarge => code::TOO_LARGE,
        End::SlowReader | End::Superseded => code::TRY_AGAIN,
        End::NotSignedIn | End::NoLongerTrusted => code::POLICY,
    }
}
