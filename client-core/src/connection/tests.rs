//! The whole way of a client over real sockets, to an authority and a relay that say what each test wants.

use std::net::Ipv4Addr;

use colloque_schemas::certificate::issue::{self, AccountSubject, Validity};
use colloque_schemas::certificate::{Holder, TrustAnchor};
use colloque_schemas::enrolment::{
    AuthorityReply, AuthorityRequest, Code, Endpoint, EnrolmentStatement, INVITATION_VERSION, Invitation,
};
use colloque_schemas::frame::{
    Challenge, ClientFrame, Event as RelayEvent, Page, Request, RequestId, SignedIn,
};
use colloque_schemas::id::{AccountId, Incarnation};
use colloque_schemas::limits::{CODE_BYTES, KEY_PACKAGES_PER_DEVICE, PROTOCOL_VERSION};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::sign_in::{ChannelBinding, EXPORTER_LABEL, Nonce, SignInStatement};
use colloque_schemas::signed::Statement;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rcgen::KeyPair;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::tls::tests::{acceptor, certificate_of, certified, hash_of};
use super::*;
use crate::enrolment::Enrolment;
use crate::store::{KeySource, StoreKey};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const VALIDITY: Validity =
    Validity { not_before: NOW.minus(SECONDS_PER_DAY), not_after: NOW.plus(300 * SECONDS_PER_DAY) };
const RELAY_NAME: &str = "relay of the clinic";
const PATIENCE: Duration = Duration::from_secs(20);

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> UnixSeconds {
        NOW
    }
}

/// A port with a key.
struct Listener {
    key: KeyPair,
    listener: TcpListener,
}

/// One websocket, at the server's end.
struct Accepted {
    websocket: WebSocketStream<TlsStream<TcpStream>>,
    channel_binding: ChannelBinding,
}

impl Listener {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self { key: KeyPair::generate().unwrap(), listener }
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint { address: self.listener.local_addr().unwrap().to_string(), key_hash: hash_of(&self.key) }
    }

    async fn accept(&self) -> Accepted {
        let (stream, _) = self.listener.accept().await.unwrap();
        let acceptor = acceptor(certified(certificate_of(&self.key), &self.key), &[&rustls::version::TLS13]);
        let stream = acceptor.accept(stream).await.unwrap();
        let exported = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None);
        let websocket = accept_async(stream).await.unwrap();
        Accepted { websocket, channel_binding: ChannelBinding(exported.unwrap()) }
    }
}

impl Accepted {
    async fn say<T: minicbor::Encode<()>>(&mut self, value: &T) {
        self.websocket.send(Message::binary(codec::encode(value))).await.unwrap();
    }

    async fn hear(&mut self) -> Vec<u8> {
        self.websocket.next().await.unwrap().unwrap().into_data().to_vec()
    }

    /// Offers the challenge, checks the sign-in, and gives the request's id.
    async fn challenge(&mut self, anchor: &TrustAnchor) -> RequestId {
        let nonce = Nonce([9; 32]);
        let challenge =
            Challenge { version: PROTOCOL_VERSION, nonce, relay_name: "not the one signed".to_owned() };
        self.say(&ServerFrame::Challenge(challenge)).await;
        let frame: ClientFrame = codec::decode(&self.hear().await, FRAME_MAX_BYTES).unwrap();
        let Request::SignIn(sign_in) = frame.request else { panic!("no sign-in") };
        let device = sign_in.chain.verify(anchor, NOW).unwrap().device_key();
        let statement = SignInStatement {
            relay_name: RELAY_NAME.to_owned(),
            nonce,
            version: PROTOCOL_VERSION,
            channel_binding: self.channel_binding,
        };
        statement.verify(device.as_bytes(), &sign_in.signature).unwrap();
        frame.id
    }

    async fn let_in(&mut self, anchor: &TrustAnchor) {
        let id = self.challenge(anchor).await;
        let signed_in = SignedIn {
            relay_at: NOW,
            key_packages_left: KEY_PACKAGES_PER_DEVICE,
            has_last_resort: true,
            incarnation: Incarnation::new([1; 16]),
            device_list: None,
            leaf: None,
        };
        self.say(&ServerFrame::Reply { id, response: Response::SignedIn(signed_in) }).await;
    }

    /// Takes the device's KeyPackages, and has nothing for it.
    async fn give_empty_backlog(&mut self) {
        let published: ClientFrame = codec::decode(&self.hear().await, FRAME_MAX_BYTES).unwrap();
        assert!(matches!(published.request, Request::PublishKeyPackages(_)));
        self.say(&ServerFrame::Reply { id: published.id, response: Response::Done }).await;
        let frame: ClientFrame = codec::decode(&self.hear().await, FRAME_MAX_BYTES).unwrap();
        assert!(matches!(frame.request, Request::Sync(_)));
        let page = Page { threads: Vec::new(), inbox: Vec::new(), more: false };
        self.say(&ServerFrame::Reply { id: frame.id, response: Response::Page(page) }).await;
    }
}

/// A tenant's authority and relay, and a folder for the profile of one patient.
struct World {
    authority: Listener,
    relay: Listener,
    tenant_key: SigningKey,
    tenant: Vec<u8>,
    anchor: TrustAnchor,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let tenant_key = SigningKey::from_bytes(&[3; 32]);
        let tenant = issue::tenant("Clinic", &tenant_key, [1; 16], VALIDITY).unwrap();
        let anchor = TrustAnchor::from_der(&tenant).unwrap();
        let (authority, relay) = (Listener::new().await, Listener::new().await);
        Self { authority, relay, tenant_key, tenant, anchor, folder: TempDir::new().unwrap() }
    }

    fn enrolment(&self) -> Enrolment {
        let invitation = Invitation {
            version: INVITATION_VERSION,
            authority: self.authority.endpoint(),
            relay: self.relay.endpoint(),
            relay_name: RELAY_NAME.to_owned(),
            tenant: self.anchor.hash(),
            code: Code::new([7; CODE_BYTES]),
            account: None,
        };
        let entropy = Box::new(ChaCha20Rng::seed_from_u64(1));
        let source = KeySource::Raw(StoreKey::from_bytes(&[5; 32]));
        Enrolment::start(self.folder.path(), &source, invitation, entropy).unwrap()
    }

    /// Serves one enrolment, after checking that the account key signed for this very connection.
    async fn certify(&self) {
        let mut device = self.authority.accept().await;
        let request = codec::decode(&device.hear().await, FRAME_MAX_BYTES).unwrap();
        let AuthorityRequest::Enrol { code, account_key, signature } = request else { panic!("{request:?}") };
        let statement = EnrolmentStatement { code, channel_binding: device.channel_binding };
        statement.verify(account_key.as_bytes(), &signature).unwrap();
        let subject =
            AccountSubject { account: AccountId::new([4; 16]), account_key, holder: &Holder::Patient };
        let account = issue::account(&self.anchor, &self.tenant_key, subject, [2; 16], VALIDITY).unwrap();
        device
            .say(&AuthorityReply::Enrolled { tenant: self.tenant.clone().into(), account: account.into() })
            .await;
        // Until the device closes.
        while let Some(Ok(_)) = device.websocket.next().await {}
    }

    async fn enrolled(&self) -> Client {
        let (client, ()) = tokio::join!(enrol(self.enrolment(), &StoppedClock), Box::pin(self.certify()));
        client.unwrap()
    }
}

fn is_disconnected<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Server(ServerFault::Disconnected)))
}

#[tokio::test]
async fn enrolment_goes_to_the_authority_of_the_invitation_and_signs_for_that_connection() {
    let world = World::new().await;
    assert_eq!(world.enrolled().await.own().account, AccountId::new([4; 16]));
}

#[tokio::test]
async fn a_refused_code_is_told_as_the_authority_refused_it() {
    let world = World::new().await;
    let refusal = Refusal::never(RefusalCode::CodeRefused);
    let refuse = async {
        let mut device = world.authority.accept().await;
        device.hear().await;
        device.say(&AuthorityReply::Refused(refusal)).await;
        while let Some(Ok(_)) = device.websocket.next().await {}
    };
    let (outcome, ()) = tokio::join!(enrol(world.enrolment(), &StoppedClock), refuse);
    assert!(matches!(outcome, Err(Error::Refused(told)) if told == refusal));
}

#[tokio::test]
async fn a_connection_signs_in_catches_up_and_ends_when_the_relay_goes_away() {
    let world = World::new().await;
    let mut client = world.enrolled().await;
    let relay = async {
        let mut device = world.relay.accept().await;
        device.let_in(&world.anchor).await;
        device.give_empty_backlog().await;
        device
    };
    let device = async {
        let mut connection = Connection::open(&mut client, &StoppedClock).await.unwrap();
        let events = connection.settle(&mut client, &StoppedClock, PATIENCE).await.unwrap();
        assert_eq!(events, [Event::CaughtUp]);
        assert!(client.is_settled().unwrap());
        connection
    };
    let (mut connection, mut relay) = tokio::join!(device, relay);

    let close = CloseFrame { code: CloseCode::Away, reason: "".into() };
    relay.websocket.send(Message::Close(Some(close))).await.unwrap();
    let events = connection.next(&mut client, &StoppedClock).await.unwrap();
    assert_eq!(events, [Event::GoingAway { retry_within_seconds: GOING_AWAY_SECONDS }]);
    for _ in 0..2 {
        assert!(is_disconnected(&connection.next(&mut client, &StoppedClock).await));
        assert!(!client.is_settled().unwrap(), "the client knows that it is offline");
    }
}

#[tokio::test]
async fn a_relay_that_names_its_own_wait_is_not_given_another() {
    let world = World::new().await;
    let mut client = world.enrolled().await;
    let named = Event::GoingAway { retry_within_seconds: 3 };
    let relay = async {
        let mut device = world.relay.accept().await;
        device.let_in(&world.anchor).await;
        device.give_empty_backlog().await;
        device.say(&ServerFrame::Event(RelayEvent::GoingAway { retry_within_seconds: 3 })).await;
        let close = CloseFrame { code: CloseCode::Away, reason: "".into() };
        device.websocket.send(Message::Close(Some(close))).await.unwrap();
        device
    };
    let device = async {
        let mut connection = Connection::open(&mut client, &StoppedClock).await.unwrap();
        let mut seen = Vec::new();
        let end = loop {
            match connection.next(&mut client, &StoppedClock).await {
                Ok(events) => seen.extend(events),
                Err(error) => break Err::<(), Error>(error),
            }
        };
        assert_eq!(seen, [Event::CaughtUp, named]);
        assert!(is_disconnected(&end));
    };
    tokio::join!(device, relay);
}

#[tokio::test]
async fn a_refused_sign_in_is_told_and_another_connection_can_be_opened() {
    let world = World::new().await;
    let mut client = world.enrolled().await;
    let refusal = Refusal::never(RefusalCode::SignInFailed);
    let relay = async {
        let mut device = world.relay.accept().await;
        let id = device.challenge(&world.anchor).await;
        device.say(&ServerFrame::Refused { id: Some(id), refusal }).await;
        let mut device = world.relay.accept().await;
        device.let_in(&world.anchor).await;
        while let Some(Ok(_)) = device.websocket.next().await {}
    };
    let device = async {
        let refused = Connection::open(&mut client, &StoppedClock).await;
        assert!(matches!(refused, Err(Error::Refused(told)) if told == refusal));
        let connection = Connection::open(&mut client, &StoppedClock).await.unwrap();
        connection.close(&mut client).await;
    };
    tokio::join!(device, relay);
}

#[tokio::test]
async fn patience_ends_before_a_relay_that_says_nothing_and_costs_nothing_when_it_speaks_again() {
    let world = World::new().await;
    let mut client = world.enrolled().await;
    let relay = async {
        let mut device = world.relay.accept().await;
        device.let_in(&world.anchor).await;
        device
    };
    let (opened, mut relay) = tokio::join!(Connection::open(&mut client, &StoppedClock), relay);
    let mut connection = opened.unwrap();
    let brief = Duration::from_millis(50);
    assert_eq!(connection.settle(&mut client, &StoppedClock, brief).await.unwrap(), []);
    assert!(!client.is_settled().unwrap());

    relay.give_empty_backlog().await;
    let events = connection.settle(&mut client, &StoppedClock, PATIENCE).await.unwrap();
    assert_eq!(events, [Event::CaughtUp]);
}

#[tokio::test]
async fn the_relay_of_another_key_gets_no_sign_in() {
    let mut world = World::new().await;
    let mut client = world.enrolled().await;
    world.relay.key = KeyPair::generate().unwrap();
    let acceptor =
        acceptor(certified(certificate_of(&world.relay.key), &world.relay.key), &[&rustls::version::TLS13]);
    let relay = async {
        let (stream, _) = world.relay.listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err());
    };
    let (outcome, ()) = tokio::join!(Connection::open(&mut client, &StoppedClock), relay);
    assert!(matches!(outcome, Err(Error::Server(ServerFault::WrongKey))));
}
