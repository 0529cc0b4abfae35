//! The relay on real sockets: TLS, channel binding, closes, a stop in good order.

use std::net::SocketAddr;
use std::time::Duration;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::envelope::EnvelopeKind::Application;
use colloque_schemas::point::Points;
use colloque_schemas::sign_in::EXPORTER_LABEL;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::*;
use crate::relay::{DiskFailed, serve, serve_admin};
use crate::shutdown::{Shutdown, Trigger};
use crate::test_client;
use crate::tls::ServerIdentity;

struct Server {
    world: World,
    address: SocketAddr,
    trigger: Trigger,
    shutdown: Shutdown,
    serving: JoinHandle<Result<(), DiskFailed>>,
}

impl Server {
    async fn new() -> Self {
        let world = World::new().await;
        let names = ["localhost".to_owned()];
        let identity =
            ServerIdentity::load_or_create(&Points::default(), world.data.path(), "tls", &names).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (trigger, shutdown) = Shutdown::manual();
        let serving = serve(world.relay.clone(), listener, identity.server_config(), shutdown.clone());
        let serving = tokio::spawn(serving);
        Self { world, address, trigger, shutdown, serving }
    }

    async fn dial(&self) -> Socket {
        let stream = test_client::tls(self.address).await;
        let binding = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
        let (socket, _) = client_async("ws://localhost/v1", stream).await.unwrap();
        Socket { socket, binding: ChannelBinding(binding) }
    }

    async fn sign_in(&self, person: &Person) -> Socket {
        let mut socket = self.dial().await;
        let ServerFrame::Challenge(challenge) = socket.frame().await else { panic!() };
        let sign_in = person.sign_in(0, &challenge, NAME, socket.binding);
        socket.send(1, Request::SignIn(sign_in)).await;
        assert!(matches!(socket.frame().await, ServerFrame::Reply { response: Response::SignedIn(_), .. }));
        socket
    }
}

struct Socket {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    binding: ChannelBinding,
}

impl Socket {
    async fn send(&mut self, id: u32, request: Request) {
        let frame = codec::encode(&ClientFrame { id: RequestId(id), request });
        self.socket.send(Message::Binary(frame.into())).await.unwrap();
    }

    async fn frame(&mut self) -> ServerFrame {
        match self.socket.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => codec::decode(&bytes, FRAME_MAX_BYTES).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The code that the relay closes with; frames before it are dropped.
    async fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(Some(close)) = self.socket.next().await.unwrap().unwrap() {
                return close.code.into();
            }
        }
    }
}

#[tokio::test]
async fn a_sign_in_is_bound_to_its_tls_connection() {
    let server = Server::new().await;
    let doctor = server.world.person(Role::Professional, 10);
    server.sign_in(&doctor).await;
    let (mut one, other) = (server.dial().await, server.dial().await);
    let ServerFrame::Challenge(challenge) = one.frame().await else { panic!() };
    one.send(1, Request::SignIn(doctor.sign_in(0, &challenge, NAME, other.binding))).await;
    match one.frame().await {
        ServerFrame::Refused { refusal, .. } => assert_eq!(refusal.code, RefusalCode::SignInFailed),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_larger_than_any_frame_closes_with_1009_and_text_is_only_refused() {
    let server = Server::new().await;
    let doctor = server.world.person(Role::Professional, 10);
    let mut socket = server.sign_in(&doctor).await;
    socket.socket.send(Message::Text("hello".into())).await.unwrap();
    assert!(matches!(socket.frame().await, ServerFrame::Refused { id: None, .. }));
    let huge = vec![0; FRAME_MAX_BYTES + 1];
    // The relay may close before all of it is written.
    let _ = socket.socket.send(Message::Binary(huge.into())).await;
    assert_eq!(socket.close_code().await, 1009);
}

#[tokio::test]
async fn a_stop_answers_says_goodbye_closes_with_1001_and_leaves_no_wal() {
    let server = Server::new().await;
    let doctor = server.world.person(Role::Professional, 10);
    let mut socket = server.sign_in(&doctor).await;
    let (caller, patient) = server.world.pair().await;
    socket.send(2, Request::OpenThread(opening(1, AnswerMode::Open, &caller, &[&patient]))).await;
    assert!(matches!(socket.frame().await, ServerFrame::Reply { .. }));
    for fill in 10..20 {
        socket.send(u32::from(fill), Request::Append(append(1, Application, 1, fill))).await;
    }
    // The first answer shows that they are being taken.
    assert!(matches!(socket.frame().await, ServerFrame::Reply { .. }));
    let mut silent = server.dial().await;
    drop((caller, patient));
    server.trigger.request();
    let (mut answers, mut has_goodbye) = (1, false);
    let code = loop {
        match socket.socket.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => match codec::decode(&bytes, FRAME_MAX_BYTES).unwrap() {
                ServerFrame::Reply { .. } | ServerFrame::Refused { .. } => answers += 1,
                ServerFrame::Event(Event::GoingAway { .. }) => has_goodbye = true,
                other => panic!("{other:?}"),
            },
            Message::Close(Some(close)) => break u16::from(close.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((code, has_goodbye), (1001, true));
    assert!(answers <= 10);
    assert_eq!(silent.close_code().await, 1001);
    drop((socket, silent));
    tokio::time::timeout(Duration::from_secs(5), server.serving).await.unwrap().unwrap().unwrap();
    assert!(!server.world.data.path().join("relay.db-wal").exists());
    let stored = server.world.digest().await;
    let stored = stored.iter().filter(|row| row.starts_with("envelope")).count();
    assert!(stored >= answers, "what was answered is stored");
}

#[tokio::test]
async fn the_admin_listener_tells_live_ready_and_version() {
    let server = Server::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_admin(server.world.relay.clone(), listener, server.shutdown.clone()));
    let ask = async |path: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    assert!(ask("/livez").await.starts_with("HTTP/1.1 200"));
    assert!(ask("/readyz").await.ends_with("ready\n"));
    assert!(ask("/version").await.contains(env!("CARGO_PKG_VERSION")));
    server.trigger.request();
    assert!(ask("/readyz").await.starts_with("HTTP/1.1 503"));
    assert!(ask("/livez").await.starts_with("HTTP/1.1 200"));
}
