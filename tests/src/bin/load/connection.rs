//! One signed-in websocket, over TLS or without.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use colloque_schemas::codec;
use colloque_schemas::envelope::InboxSeq;
use colloque_schemas::frame::{ClientFrame, Cursor, Request, RequestId, Response, ServerFrame, Sync};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_schemas::sign_in::{ChannelBinding, EXPORTER_LABEL};
use futures_util::{FutureExt, SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::process::RelayProcess;
use crate::tenant::Device;

/// TCP, or TLS on it.
trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A connection, as its device.
pub(crate) struct Connection {
    websocket: WebSocketStream<Box<dyn Stream>>,
    next: u32,
}

impl Connection {
    /// Connects from `127.0.0.1` and signs in.
    pub(crate) async fn open(relay: &RelayProcess, device: &Device) -> Self {
        Self::open_from(Ipv4Addr::LOCALHOST, 64 * 1024, relay, device).await
    }

    /// Connects from this address, with read and write buffers of this size, and signs in.
    pub(crate) async fn open_from(
        source: Ipv4Addr,
        buffer_bytes: usize,
        relay: &RelayProcess,
        device: &Device,
    ) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(IpAddr::V4(source), 0)).expect("an address of this machine");
        let stream = socket.connect(relay.address).await.expect("the relay listens");
        stream.set_nodelay(true).expect("an option of TCP");
        let (stream, binding) = secured(relay, stream).await;
        let config =
            WebSocketConfig::default().read_buffer_size(buffer_bytes).write_buffer_size(buffer_bytes);
        let upgraded = client_async_with_config("wss://localhost/v1", stream, Some(config)).await;
        let (websocket, _) = upgraded.expect("a websocket");
        let mut connection = Self { websocket, next: 0 };
        let ServerFrame::Challenge(challenge) = connection.next().await else { panic!("no challenge") };
        connection.ask(device.sign_in(&challenge, binding)).await;
        connection
    }

    /// Follows one log from after this place, or none, and reads the backlog.
    pub(crate) async fn sync(&mut self, thread: Option<(ThreadId, Seq)>) {
        let page = self.ask(reading(thread)).await;
        assert!(matches!(page, Response::Page(page) if !page.more), "a short backlog");
    }

    /// Asks for something that is granted. Nothing else may come meanwhile.
    pub(crate) async fn ask(&mut self, request: Request) -> Response {
        let id = self.feed(request).await;
        self.flush().await;
        match self.next().await {
            ServerFrame::Reply { id: of, response } if of == id => response,
            other => panic!("not granted: {other:?}"),
        }
    }

    /// Puts a request into the write buffer.
    pub(crate) async fn feed(&mut self, request: Request) -> RequestId {
        self.try_feed(request).await.expect("the relay reads")
    }

    /// As [`Self::feed`]; none if the connection has ended.
    pub(crate) async fn try_feed(&mut self, request: Request) -> Option<RequestId> {
        self.next += 1;
        let id = RequestId(self.next);
        let frame = codec::encode(&ClientFrame { id, request });
        self.websocket.feed(Message::binary(frame)).await.ok().map(|()| id)
    }

    /// Sends what is in the write buffer.
    pub(crate) async fn flush(&mut self) {
        self.try_flush().await.expect("the relay reads");
    }

    /// As [`Self::flush`]; none if the connection has ended.
    pub(crate) async fn try_flush(&mut self) -> Option<()> {
        self.websocket.flush().await.ok()
    }

    /// The next frame, or the code of the close if that comes.
    pub(crate) async fn next_or_close(&mut self) -> Result<ServerFrame, Option<u16>> {
        loop {
            match self.websocket.next().await {
                Some(Ok(Message::Close(close))) => return Err(close.map(|close| close.code.into())),
                Some(Err(_)) | None => return Err(None),
                message => {
                    if let Some(frame) = frame_of(message) {
                        return Ok(frame);
                    }
                }
            }
        }
    }

    /// The next frame. Safe to cancel.
    pub(crate) async fn next(&mut self) -> ServerFrame {
        loop {
            let message = self.websocket.next().await;
            if let Some(frame) = frame_of(message) {
                return frame;
            }
        }
    }

    /// The next frame, if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<ServerFrame> {
        self.next().now_or_never()
    }
}

/// What reads a log from after this place.
pub(crate) fn reading(thread: Option<(ThreadId, Seq)>) -> Request {
    let threads = thread.map(|(thread, after)| Cursor { thread, after }).into_iter().collect();
    Request::Sync(Sync { threads, inbox_after: InboxSeq::default() })
}

/// The stream with what a sign-in on it is bound to: nothing where there is no TLS.
async fn secured(relay: &RelayProcess, stream: TcpStream) -> (Box<dyn Stream>, ChannelBinding) {
    let Some(connector) = &relay.connector else { return (Box::new(stream), ChannelBinding([0; 32])) };
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = connector.connect(name, stream).await.expect("the relay's TLS");
    let binding = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None);
    (Box::new(stream), ChannelBinding(binding.expect("an exporter")))
}

type Received = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

fn frame_of(message: Received) -> Option<ServerFrame> {
    match message.expect("the relay keeps the connection").expect("a websocket") {
        Message::Binary(bytes) => Some(decode(&bytes)),
        Message::Ping(_) | Message::Pong(_) => None,
        other => panic!("not a frame: {other:?}"),
    }
}

fn decode(bytes: &Bytes) -> ServerFrame {
    codec::decode(bytes, FRAME_MAX_BYTES).expect("the relay speaks the protocol")
}
