use std::time::Duration;

use axum::extract::ws::Message;
use colloque_schemas::point::Points;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::client::TlsStream as ClientStream;

use super::*;
use crate::shutdown::Trigger;
use crate::test_client;
use crate::tls::ServerIdentity;

/// A listener whose sessions send the channel binding, echo one message, and end.
struct Rig {
    address: SocketAddr,
    trigger: Trigger,
    shutdown: Shutdown,
    _folder: tempfile::TempDir,
}

impl Rig {
    async fn start(limits: AcceptLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = ServerIdentity::load_or_create(
            &Points::default(),
            folder.path(),
            "tls",
            &["localhost".to_owned()],
        )
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (trigger, shutdown) = Shutdown::manual();
        let heard = shutdown.clone();
        tokio::spawn(serve(
            Door::Tls(listener, identity.server_config()),
            limits,
            shutdown.clone(),
            move |mut connection| {
                let heard = heard.clone();
                async move {
                    let binding = connection.channel_binding.0.to_vec();
                    connection.socket.send(Message::Binary(binding.into())).await.unwrap();
                    tokio::select! {
                        message = connection.socket.recv() => if let Some(Ok(message)) = message {
                            let _ = connection.socket.send(message).await;
                        },
                        () = heard.requested() => {}
                    }
                }
            },
        ));
        Self { address, trigger, shutdown, _folder: folder }
    }

    async fn tls(&self) -> ClientStream<TcpStream> {
        test_client::tls(self.address).await
    }

    /// What the server answers to these bytes until it closes.
    async fn answer(&self, request: &str) -> String {
        let mut stream = self.tls().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

fn quick() -> AcceptLimits {
    let soon = Duration::from_millis(100);
    AcceptLimits { tls_handshake: soon, headers: soon, ..AcceptLimits::default() }
}

#[tokio::test]
async fn both_ends_of_a_websocket_derive_the_same_channel_binding() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;

    let rig = Rig::start(AcceptLimits::default()).await;
    let stream = rig.tls().await;
    let expected = stream.get_ref().1.export_keying_material([0_u8; 32], EXPORTER_LABEL, None).unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/v1", stream).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_data(), expected.as_slice());
    let large = Message::binary(vec![7; limits::FRAME_MAX_BYTES]);
    socket.send(large.clone()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), large, "the largest frame passes both ways");
    drop(socket);
    assert!(rig.shutdown.connections_ended(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn anything_but_a_websocket_on_the_one_path_gets_a_plain_status() {
    let rig = Rig::start(AcceptLimits::default()).await;
    let other = rig.answer("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    let plain = rig.answer("GET /v1 HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(plain.starts_with("HTTP/1.1 426 "), "{plain}");
    let post = rig.answer("POST /v1 HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await;
    assert!(post.starts_with("HTTP/1.1 426 "), "{post}");
}

#[tokio::test]
async fn silence_before_tls_and_before_headers_is_ended() {
    let rig = Rig::start(quick()).await;
    let mut silent = TcpStream::connect(rig.address).await.unwrap();
    let mut half_a_header = rig.tls().await;
    half_a_header.write_all(b"GET /v1 HT").await.unwrap();
    let mut nothing = [0; 1];
    let ended = Duration::from_secs(5);
    assert!(matches!(timeout(ended, silent.read(&mut nothing)).await.unwrap(), Ok(0) | Err(_)));
    assert!(matches!(timeout(ended, half_a_header.read(&mut nothing)).await.unwrap(), Ok(0) | Err(_)));
    assert!(rig.shutdown.connections_ended(ended).await);
}

#[tokio::test]
async fn an_address_at_its_cap_is_closed_at_once_and_welcome_again_later() {
    let rig = Rig::start(AcceptLimits { sockets_per_address: 1, ..AcceptLimits::default() }).await;
    let first = rig.tls().await;
    let mut second = TcpStream::connect(rig.address).await.unwrap();
    let mut nothing = [0; 1];
    let read = timeout(Duration::from_secs(5), second.read(&mut nothing)).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
    drop(first);
    assert!(rig.shutdown.connections_ended(Duration::from_secs(5)).await);
    rig.tls().await;
}

#[tokio::test]
async fn shutdown_closes_the_listener_and_ends_what_has_no_session_yet() {
    let rig = Rig::start(AcceptLimits::default()).await;
    let _waiting = rig.tls().await;
    rig.trigger.request();
    assert!(rig.shutdown.connections_ended(Duration::from_secs(5)).await);
    assert!(TcpStream::connect(rig.address).await.is_err());
}

#[tokio::test]
async fn a_listener_without_tls_binds_loopback_and_nothing_else() {
    for reachable in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = LoopbackListener::bind(reachable.parse().unwrap()).await;
        assert_eq!(refused.err().map(|error| error.kind()), Some(io::ErrorKind::InvalidInput), "{reachable}");
    }
    assert!(LoopbackListener::bind("127.0.0.1:0".parse().unwrap()).await.is_ok());
}
