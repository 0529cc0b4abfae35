//! One connection: a request in, a reply out, closed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use colloque_schemas::codec::{self, Malformed};
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest};
use colloque_schemas::limits::{SIGN_IN_FRAME_MAX_BYTES, SIGN_IN_SECONDS};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::Authority;
use crate::accept::{self, AcceptLimits, Connection, Door};
use crate::shutdown::Shutdown;

/// Largest message that is read at all; one between this and the limit of a request is told so.
const MESSAGE_MAX_BYTES: usize = 2 * SIGN_IN_FRAME_MAX_BYTES;
/// How long a peer may take to read its answer.
const ANSWERING: Duration = Duration::from_secs(SIGN_IN_SECONDS);
/// How long a peer may take to say that it has seen the close.
const CLOSING: Duration = Duration::from_secs(5);
/// How long requests may take to end after shutdown was requested.
const DRAINING: Duration = Duration::from_secs(10);

/// Answers requests on this listener until shutdown is requested, then lets those under way end.
pub async fn serve(authority: Arc<Authority>, listener: TcpListener, shutdown: Shutdown) {
    let tls = authority.desk().identity().server_config();
    let limits = AcceptLimits { frame_bytes: MESSAGE_MAX_BYTES, ..AcceptLimits::default() };
    let desk = Arc::clone(&authority);
    let heard = shutdown.clone();
    accept::serve(Door::Tls(listener, tls), limits, shutdown.clone(), move |connection| {
        let (authority, heard) = (Arc::clone(&authority), heard.clone());
        async move { answer_one(&authority, connection, &heard).await }
    })
    .await;
    if !shutdown.connections_ended(DRAINING).await {
        tracing::warn!(connections = shutdown.connections(), "ended with connections still open");
    }
    desk.desk().close().await;
}

async fn answer_one(authority: &Authority, mut connection: Connection, shutdown: &Shutdown) {
    let socket = &mut connection.socket;
    let request = tokio::select! {
        request = timeout(Duration::from_secs(SIGN_IN_SECONDS), request(socket)) => request.ok().flatten(),
        () = shutdown.requested() => None,
    };
    let reply = match request {
        Some(Ok(request)) => authority.answer(request, connection.channel_binding).await,
        Some(Err(Malformed::TooLarge { .. })) => refused(RefusalCode::TooLarge),
        Some(Err(_)) => refused(RefusalCode::Malformed),
        // Gone, silent for too long, or we are ending.
        None => return,
    };
    let reply = Message::Binary(codec::encode(&reply).into());
    // A peer that does not read is not waited for: a page of the directory may be more than the network holds.
    let sent = timeout(ANSWERING, async {
        socket.send(reply).await?;
        socket.send(Message::Close(None)).await
    });
    if matches!(sent.await, Ok(Ok(()))) {
        // Closing TCP with something unread would take the reply with it.
        let _ = timeout(CLOSING, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

fn refused(code: RefusalCode) -> AuthorityReply {
    AuthorityReply::Refused(Refusal::never(code))
}

/// The first message that is not the websocket's own; `None` if the peer is gone.
async fn request(socket: &mut WebSocket) -> Option<Result<AuthorityRequest, Malformed>> {
    loop {
        return match socket.recv().await?.ok()? {
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Binary(bytes) => Some(codec::decode(&bytes, SIGN_IN_FRAME_MAX_BYTES)),
            Message::Text(_) => Some(Err(Malformed::Structure)),
            Message::Close(_) => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::certificate::Holder;
    use colloque_schemas::enrolment::EnrolmentStatement;
    use colloque_schemas::id::{AccountKey, KeyHash};
    use colloque_schemas::sign_in::{ChannelBinding, EXPORTER_LABEL};
    use colloque_schemas::signed::Statement;
    use ed25519_dalek::SigningKey;
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message as ClientMessage;

    use super::*;
    use crate::authority::Places;
    use crate::clock::SystemClock;
    use crate::shutdown::Trigger;
    use crate::test_client;

    struct Rig {
        authority: Arc<Authority>,
        address: std::net::SocketAddr,
        trigger: Trigger,
        serving: tokio::task::JoinHandle<()>,
        _folder: tempfile::TempDir,
    }

    impl Rig {
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let authority =
                Authority::init(folder.path(), "Clinic", Arc::new(SystemClock), None).await.unwrap();
            let authority = Arc::new(authority);
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (trigger, shutdown) = Shutdown::manual();
            let serving = tokio::spawn(serve(Arc::clone(&authority), listener, shutdown));
            Self { authority, address, trigger, serving, _folder: folder }
        }

        /// The reply to the message that `compose` makes for this connection, after which the server closes.
        async fn ask(&self, compose: impl FnOnce(ChannelBinding) -> ClientMessage) -> AuthorityReply {
            let stream = test_client::tls(self.address).await;
            let binding = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
            let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/v1", stream).await.unwrap();
            socket.send(compose(ChannelBinding(binding))).await.unwrap();
            let reply = socket.next().await.unwrap().unwrap().into_data();
            assert!(matches!(socket.next().await, Some(Ok(ClientMessage::Close(_)))));
            codec::decode(&reply, SIGN_IN_FRAME_MAX_BYTES).unwrap()
        }
    }

    #[tokio::test]
    async fn a_code_is_redeemed_over_tls_by_a_proof_bound_to_the_connection() {
        let rig = Rig::start().await;
        let places = Places {
            authority_address: Some(rig.address.to_string()),
            relay_address: Some("relay.example:1".to_owned()),
            relay_key: Some(KeyHash::new([9; 32])),
            relay_name: Some("relay".to_owned()),
        };
        let code = rig.authority.desk().invite(Holder::Patient, 60, &places).await.unwrap().invitation.code;
        let key = SigningKey::from_bytes(&[7; 32]);
        let request = |channel_binding| {
            let statement = EnrolmentStatement { code: code.clone(), channel_binding };
            let account_key = AccountKey::new(key.verifying_key().to_bytes());
            let signature = statement.sign(&key);
            let request = AuthorityRequest::Enrol { code: code.clone(), account_key, signature };
            ClientMessage::binary(codec::encode(&request))
        };
        let replayed = rig.ask(|_| request(ChannelBinding([0; 32]))).await;
        assert_eq!(replayed, refused(RefusalCode::CodeRefused));
        let reply = rig.ask(request).await;
        assert!(matches!(reply, AuthorityReply::Enrolled { .. }), "{reply:?}");
    }

    #[tokio::test]
    async fn what_is_no_request_gets_a_typed_refusal() {
        let rig = Rig::start().await;
        let oversize = vec![0; SIGN_IN_FRAME_MAX_BYTES + 1];
        assert_eq!(rig.ask(|_| ClientMessage::binary(oversize)).await, refused(RefusalCode::TooLarge));
        assert_eq!(rig.ask(|_| ClientMessage::binary(vec![0xff])).await, refused(RefusalCode::Malformed));
        assert_eq!(rig.ask(|_| ClientMessage::text("hello")).await, refused(RefusalCode::Malformed));
    }

    #[tokio::test]
    async fn shutdown_ends_a_silent_connection_and_the_server() {
        let rig = Rig::start().await;
        let stream = test_client::tls(rig.address).await;
        let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/v1", stream).await.unwrap();
        rig.trigger.request();
        timeout(Duration::from_secs(5), rig.serving).await.unwrap().unwrap();
        assert!(!matches!(socket.next().await, Some(Ok(ClientMessage::Binary(_)))));
    }
}
