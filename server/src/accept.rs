//! The accept loop of both servers: TCP, TLS, one HTTP request, a websocket.
//!
//! Our own because `axum::serve` has no timer, which leaves hyper's header deadline without effect: silent sockets
//! would stay for good. Every stage here has a deadline, every address a cap, and an idle socket costs a few KiB.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use colloque_schemas::limits;
use colloque_schemas::sign_in::{ChannelBinding, EXPORTER_LABEL};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::address_cap::{AddressCap, Place};
use crate::shutdown::{ConnectionCount, Shutdown};

/// The one path that there is.
pub const PATH: &str = "/v1";

/// Read buffer of a websocket: three messages of 1 KiB. The default of 128 KiB is most of what an idle socket would cost, and
/// with 4 KiB it costs more than the 12 KiB that it may.
const READ_BUFFER_BYTES: usize = 3584;
/// What rustls may hold of one connection in each direction. It is empty while the socket is idle.
const TLS_BUFFER_BYTES: usize = 32 * 1024;
/// Headers of the one request; hyper takes no less.
const HEADER_BUFFER_BYTES: usize = 8192;
/// Room beside the largest message in a write buffer: what waits before it, frame header, a pong, a close.
const WRITE_MARGIN_BYTES: usize = WRITE_BUFFER_BYTES + 4096;
/// Frames that wait together are sent together, as one TLS record, up to this size: a system call for each would be a
/// quarter of what a busy relay does. The buffer stays with the socket once it was used.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// For a peer that reads its answer slowly, after the deadline for its headers.
const ANSWER_SECONDS: u64 = 5;
/// What a stream without TLS is bound to: nothing.
const UNBOUND: ChannelBinding = ChannelBinding([0; 32]);
/// How long accepting rests when the system refuses, as it does when file descriptors have run out.
const PAUSE: Duration = Duration::from_millis(100);

/// What bounds the sockets of one listener.
#[derive(Clone, Copy, Debug)]
pub struct AcceptLimits {
    /// Sockets from one IPv4 address, or from one /64 of IPv6.
    pub sockets_per_address: usize,
    /// Sockets in all.
    pub sockets_total: usize,
    /// From TCP accept to the end of the TLS handshake.
    pub tls_handshake: Duration,
    /// From the end of the TLS handshake to complete headers.
    pub headers: Duration,
    /// Largest websocket message and frame.
    pub frame_bytes: usize,
}

impl Default for AcceptLimits {
    fn default() -> Self {
        Self {
            sockets_per_address: limits::SOCKETS_PER_ADDRESS,
            sockets_total: 16_384,
            tls_handshake: Duration::from_secs(limits::TLS_HANDSHAKE_SECONDS),
            headers: Duration::from_secs(limits::HEADERS_SECONDS),
            frame_bytes: limits::FRAME_MAX_BYTES,
        }
    }
}

/// A peer that has come through TLS and the upgrade. Nothing is known about who it is.
pub struct Connection {
    /// Binary messages both ways.
    pub socket: WebSocket,
    /// What only the two ends of this TLS connection know (RFC 9266).
    pub channel_binding: ChannelBinding,
    /// For limits only; never logged.
    pub peer: SocketAddr,
}

/// A listener, and what its streams are carried in.
pub enum Door {
    /// TLS 1.3.
    Tls(TcpListener, Arc<rustls::ServerConfig>),
    /// Nothing: for benchmarks on one machine. No program that is shipped opens it.
    Plain(LoopbackListener),
}

impl Door {
    const fn listener(&self) -> &TcpListener {
        match self {
            Self::Tls(listener, _) | Self::Plain(LoopbackListener(listener)) => listener,
        }
    }

    fn acceptor(&self) -> Option<TlsAcceptor> {
        match self {
            Self::Tls(_, tls) => Some(TlsAcceptor::from(Arc::clone(tls))),
            Self::Plain(_) => None,
        }
    }
}

/// A listener that nobody reaches from another machine.
pub struct LoopbackListener(TcpListener);

impl LoopbackListener {
    /// Binds a loopback address.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for any other address; whatever the system says.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a loopback address"));
        }
        Ok(Self(TcpListener::bind(address).await?))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Accepts until shutdown is requested, and runs `session` in a task of its own for each websocket.
///
/// Sessions go on after this returns: they hear the same [`Shutdown`], and [`Shutdown::connections_ended`] waits for
/// them. Errors of accepting pause it and never end it.
pub async fn serve<F, Fut>(door: Door, limits: AcceptLimits, shutdown: Shutdown, session: F)
where
    F: Fn(Connection) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let acceptor = door.acceptor();
    let cap = AddressCap::new(limits.sockets_per_address, limits.sockets_total);
    loop {
        let accepted = tokio::select! {
            accepted = door.listener().accept() => accepted,
            () = shutdown.requested() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept, trying again");
                sleep(PAUSE).await;
                continue;
            }
        };
        // Over a cap, closing at once is the cheapest answer.
        let Some(place) = cap.take(peer.ip()) else { continue };
        let guard = Guard { _place: place, _count: shutdown.count_connection() };
        let (acceptor, shutdown, session) = (acceptor.clone(), shutdown.clone(), session.clone());
        tokio::spawn(async move {
            let established = establish(stream, peer, acceptor, limits, guard, session);
            tokio::select! {
                result = established => if let Err(cause) = result {
                    tracing::debug!(%cause, "no websocket came of a connection");
                },
                () = shutdown.requested() => {}
            }
        });
    }
}

/// What a connection holds until it ends, whichever task it is in.
struct Guard {
    _place: Place,
    _count: ConnectionCount,
}

/// Why no websocket came of a connection.
#[derive(Debug, thiserror::Error)]
enum NotEstablished {
    #[error("TLS handshake: {0}")]
    Handshake(io::Error),
    #[error("TLS exporter: {0}")]
    Exporter(#[from] rustls::Error),
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("too slow")]
    TooSlow,
}

async fn establish<F, Fut>(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    limits: AcceptLimits,
    guard: Guard,
    session: F,
) -> Result<(), NotEstablished>
where
    F: Fn(Connection) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    // Replies are one small frame each: waiting to fill a segment only delays them.
    stream.set_nodelay(true).map_err(NotEstablished::Handshake)?;
    let arrival =
        |channel_binding| Arrival { channel_binding, peer, frame_bytes: limits.frame_bytes, guard, session };
    let Some(acceptor) = acceptor else {
        return upgraded(stream, arrival(UNBOUND), limits).await;
    };
    let handshake = acceptor.accept_with(stream, |tls| tls.set_buffer_limit(Some(TLS_BUFFER_BYTES)));
    let stream = timeout(limits.tls_handshake, handshake)
        .await
        .map_err(|_| NotEstablished::TooSlow)?
        .map_err(NotEstablished::Handshake)?;
    let arrival = arrival(channel_binding(&stream)?);
    upgraded(stream, arrival, limits).await
}

/// Answers the one request of a stream, and carries the websocket that it becomes.
async fn upgraded<S, F, Fut>(
    stream: S,
    arrival: Arrival<F>,
    limits: AcceptLimits,
) -> Result<(), NotEstablished>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Connection) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let arrival = Arc::new(arrival);
    let service = service_fn(move |request| {
        let arrival = Arc::clone(&arrival);
        async move { Ok::<_, Infallible>(arrival.answer(request).await) }
    });
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(HEADER_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // Hyper's own deadline ends with the headers; this one also ends a peer that does not read its answer.
    timeout(limits.headers + Duration::from_secs(ANSWER_SECONDS), http)
        .await
        .map_err(|_| NotEstablished::TooSlow)??;
    Ok(())
}

fn channel_binding(stream: &TlsStream<TcpStream>) -> Result<ChannelBinding, rustls::Error> {
    let (_, tls) = stream.get_ref();
    Ok(ChannelBinding(tls.export_keying_material([0; 32], EXPORTER_LABEL, None)?))
}

/// A connection that waits for its one request.
struct Arrival<F> {
    channel_binding: ChannelBinding,
    peer: SocketAddr,
    frame_bytes: usize,
    guard: Guard,
    session: F,
}

impl<F, Fut> Arrival<F>
where
    F: Fn(Connection) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    /// Upgrades `GET /v1`; anything else gets 404, and what is no websocket there 426 or the like.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        if request.uri().path() != PATH {
            return refuse(StatusCode::NOT_FOUND);
        }
        let (mut parts, _) = request.into_parts();
        let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => upgrade,
            Err(_) => return refuse(StatusCode::UPGRADE_REQUIRED),
        };
        upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            // What a peer may send says nothing about what it is answered.
            .max_write_buffer_size(limits::FRAME_MAX_BYTES.saturating_add(WRITE_MARGIN_BYTES))
            .max_message_size(self.frame_bytes)
            .max_frame_size(self.frame_bytes)
            .on_upgrade(move |socket| async move {
                let (channel_binding, peer) = (self.channel_binding, self.peer);
                let _guard = &self.guard;
                (self.session)(Connection { socket, channel_binding, peer }).await;
            })
    }
}

/// A status and the end of the connection. Hyper's switch for that would also strip an upgrade of its header.
fn refuse(status: StatusCode) -> Response<Body> {
    (status, [(header::CONNECTION, "close")]).into_response()
}

#[cfg(test)]
mod tests;
