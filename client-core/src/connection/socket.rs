//! One websocket: binary messages both ways, pings answered, silence noticed.
//!
//! Reading and writing advance together and nothing is held in a future: one that is dropped loses no message, in
//! either direction.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use colloque_schemas::enrolment::Endpoint;
use colloque_schemas::limits::{FRAME_MAX_BYTES, HEADERS_SECONDS, PING_SECONDS};
use colloque_schemas::sign_in::ChannelBinding;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error as WebSocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::tls;
use crate::error::{Error, ServerFault};

/// Where both servers answer websockets.
const PATH: &str = "/v1";
/// From the end of the TLS handshake to the server's answer. The server gives up after the same time.
const UPGRADE: Duration = Duration::from_secs(HEADERS_SECONDS);
/// A server that lives pings more often than this.
const SILENCE: Duration = Duration::from_secs(2 * PING_SECONDS);
/// For the last frames and the closing handshake.
const CLOSE: Duration = Duration::from_secs(2);
/// A frame is mostly small; the buffers grow to the largest when one comes.
const BUFFER_BYTES: usize = 8 * 1024;

/// What the server said.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A binary message.
    Frame(Bytes),
    /// That it stops, and will be back (websocket close code 1001). Nothing follows.
    GoingAway,
}

/// One websocket, as the client. [`Connection`](super::Connection) is what an app uses; on its own a socket carries any
/// frames, which is how tests and the tour ask a server for what no client of ours would ask.
pub struct Socket<S = TlsStream<TcpStream>> {
    websocket: WebSocketStream<S>,
    /// Not yet handed to the websocket.
    unsent: VecDeque<Message>,
    /// When the last message came, of any kind.
    heard_at: Instant,
    /// Why nothing can be sent any more.
    send_fault: Option<ServerFault>,
    /// Whether the server has closed the websocket.
    has_ended: bool,
}

impl Socket {
    /// Connects to the server of this endpoint, and no other; also the binding of this very connection.
    ///
    /// # Errors
    /// [`ServerFault`]: not reached, another key than the endpoint's, or not our protocol.
    pub async fn open(endpoint: &Endpoint) -> Result<(Self, ChannelBinding), Error> {
        // Apart from the caller's future, which would carry the handshake's buffers around for as long as it lives.
        let (stream, binding) = Box::pin(tls::connect(endpoint)).await?;
        let socket = Box::pin(Self::upgrade(stream, &endpoint.address)).await?;
        Ok((socket, binding))
    }

    /// Connects to whatever server answers at this address, `host:port`: for a device that is to be linked, which knows no key
    /// yet. Nothing that it says is to be believed for coming from there.
    ///
    /// # Errors
    /// [`ServerFault`]: not reached, or not our protocol.
    pub(super) async fn open_unpinned(address: &str) -> Result<Self, Error> {
        let stream = Box::pin(tls::connect_unpinned(address)).await?;
        Ok(Box::pin(Self::upgrade(stream, address)).await?)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Makes a websocket of a stream.
    async fn upgrade(stream: S, address: &str) -> Result<Self, ServerFault> {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES)
            .max_message_size(Some(FRAME_MAX_BYTES))
            .max_frame_size(Some(FRAME_MAX_BYTES));
        let request = format!("wss://{address}{PATH}");
        let upgraded = timeout(UPGRADE, client_async_with_config(request, stream, Some(config))).await;
        match upgraded {
            Ok(Ok((websocket, _response))) => {
                let (unsent, heard_at) = (VecDeque::new(), Instant::now());
                Ok(Self { websocket, unsent, heard_at, send_fault: None, has_ended: false })
            }
            Ok(Err(WebSocketError::Http(response))) if is_busy(response.status()) => {
                Err(ServerFault::Unreachable(address.to_owned()))
            }
            Ok(Err(error)) => Err(fault_of(&error)),
            Err(_) => Err(ServerFault::Unreachable(address.to_owned())),
        }
    }

    /// Takes frames to send, in order. They go out with [`Self::receive`] and [`Self::send_now`].
    pub fn queue(&mut self, frames: impl IntoIterator<Item = Vec<u8>>) {
        self.unsent.extend(frames.into_iter().map(Message::binary));
    }

    /// Sends what the network takes at this moment, without waiting. A failure shows at the next [`Self::receive`].
    pub async fn send_now(&mut self) {
        poll_fn(|context| {
            let _ = self.poll_send(context);
            Poll::Ready(())
        })
        .await;
    }

    /// Sends what is queued and waits for what the server says.
    ///
    /// # Errors
    /// [`ServerFault::Disconnected`] at the end of the connection and after two missed pings,
    /// [`ServerFault::Protocol`] for anything but binary messages within the limit.
    pub async fn receive(&mut self) -> Result<Received, ServerFault> {
        while !self.has_ended {
            let silence_ends_at = self.heard_at + SILENCE;
            let message = timeout_at(silence_ends_at, poll_fn(|context| self.poll_exchange(context))).await;
            let message = message.map_err(|_| ServerFault::Disconnected)??;
            self.heard_at = Instant::now();
            match message {
                Message::Binary(frame) => return Ok(Received::Frame(frame)),
                // A ping's answer is queued by the websocket and goes out with the next turn.
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(close) => {
                    // The websocket has queued the answer.
                    self.has_ended = true;
                    self.send_now().await;
                    if close.is_some_and(|close| close.code == CloseCode::Away) {
                        return Ok(Received::GoingAway);
                    }
                }
                Message::Text(_) | Message::Frame(_) => return Err(ServerFault::Protocol),
            }
        }
        Err(ServerFault::Disconnected)
    }

    /// Sends what is queued, then ends the connection in the websocket's way, as far as the server plays along.
    pub async fn close(mut self) {
        let farewell = async {
            poll_fn(|context| self.poll_send(context)).await?;
            let normal = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            self.websocket.close(Some(normal)).await.map_err(|error| fault_of(&error))?;
            while let Some(Ok(_)) = self.websocket.next().await {}
            Ok::<(), ServerFault>(())
        };
        // However it ends, the connection is over.
        let _ = timeout(CLOSE, farewell).await;
    }

    /// One message in, and everything out that can go.
    fn poll_exchange(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, ServerFault>> {
        let sent = self.poll_send(context);
        match (self.websocket.poll_next_unpin(context), sent) {
            (Poll::Ready(Some(received)), _) => Poll::Ready(received.map_err(|error| fault_of(&error))),
            (Poll::Ready(None), _) => Poll::Ready(Err(ServerFault::Disconnected)),
            // Told only when nothing is left to read: the server may have said why before it stopped reading.
            (Poll::Pending, Poll::Ready(Err(fault))) => Poll::Ready(Err(fault)),
            (Poll::Pending, _) => Poll::Pending,
        }
    }

    /// Ready when everything is with the network.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ServerFault>> {
        if let Some(fault) = &self.send_fault {
            return Poll::Ready(Err(fault.clone()));
        }
        let sent = ready!(self.poll_send_unsent(context)).map_err(|error| fault_of(&error));
        self.send_fault = sent.clone().err();
        Poll::Ready(sent)
    }

    fn poll_send_unsent(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        while !self.unsent.is_empty() {
            ready!(self.websocket.poll_ready_unpin(context))?;
            if let Some(message) = self.unsent.pop_front() {
                self.websocket.start_send_unpin(message)?;
            }
        }
        self.websocket.poll_flush_unpin(context)
    }
}

/// The server is there, and asks to come back later.
fn is_busy(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn fault_of(error: &WebSocketError) -> ServerFault {
    match error {
        WebSocketError::ConnectionClosed
        | WebSocketError::AlreadyClosed
        | WebSocketError::Io(_)
        | WebSocketError::Protocol(
            ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::HandshakeIncomplete
            | ProtocolError::SendAfterClosing,
        ) => ServerFault::Disconnected,
        _ => ServerFault::Protocol,
    }
}

#[cfg(test)]
mod tests;
