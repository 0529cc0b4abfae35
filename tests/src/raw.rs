//! A device without any client core: keys, certificates, and frames as the test writes them. It checks nothing.

use colloque_schemas::certificate::{AccountCertificate, Holder, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::frame::{
    Challenge, ClientFrame, Event, Request, RequestId, Response, ServerFrame, SignIn,
};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, IdempotencyId, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::sign_in::{ChannelBinding, SignInStatement};
use colloque_schemas::signed::Statement;
use ed25519_dalek::SigningKey;
use rand_core::RngCore;

use crate::wire::Wire;
use crate::world::{RELAY_NAME, World, key, serial, validity};

/// Keys and certificates of a device, and a connection that the test drives by hand.
pub struct RawDevice {
    /// The account's key.
    pub account_key: SigningKey,
    /// The device's key.
    pub device_key: SigningKey,
    /// The account.
    pub account: AccountId,
    /// The certificates.
    pub chain: UnverifiedChain,
    /// The device list.
    pub list: DeviceList,
    /// The connection, once there is one.
    pub wire: Option<Wire>,
    /// Events that came while the device waited for replies.
    pub heard: Vec<Event>,
    next: u32,
}

impl RawDevice {
    /// A device of a new account with this identity, properly certified.
    pub fn new(world: &mut World, holder: &Holder) -> Self {
        let account_key = key(world.rng());
        let public = AccountKey::new(account_key.verifying_key().to_bytes());
        let certificate = world.certify(public, holder);
        Self::with_account(world, account_key, &certificate)
    }

    /// A device of the account with this certificate.
    pub fn with_account(world: &mut World, account_key: SigningKey, certificate: &[u8]) -> Self {
        let now = world.clock.read();
        let account = AccountCertificate::verify(certificate, &world.anchor, now).expect("a certificate");
        let device_key = key(world.rng());
        let device = DeviceKey::new(device_key.verifying_key().to_bytes());
        let serial = serial(world.rng());
        let leaf = issue::device(&account, &account_key, device, serial, validity(now, 80)).expect("a leaf");
        let list = DeviceList::sign(account.account(), 1, vec![device], &account_key).expect("a list");
        Self {
            account: account.account(),
            chain: UnverifiedChain::new(leaf, certificate.to_vec()),
            account_key,
            device_key,
            list,
            wire: None,
            heard: Vec::new(),
            next: 0,
        }
    }

    /// The device.
    pub fn device(&self) -> DeviceKey {
        DeviceKey::new(self.device_key.verifying_key().to_bytes())
    }

    /// Connects, and reads the challenge.
    pub fn connect(&mut self, world: &mut World) -> (Challenge, ChannelBinding) {
        let binding = world.binding();
        let mut wire = Wire::connect(&world.relay, binding);
        let challenge = wire.arrival().expect("a challenge");
        self.wire = Some(wire);
        match codec::decode(&challenge, FRAME_MAX_BYTES).expect("a frame") {
            ServerFrame::Challenge(challenge) => (challenge, binding),
            other => panic!("not a challenge: {other:?}"),
        }
    }

    /// The sign-in that answers a challenge.
    pub fn sign_in_request(&self, challenge: &Challenge, channel_binding: ChannelBinding) -> Request {
        sign_in_request(&self.device_key, &self.chain, &self.list, challenge, channel_binding)
    }

    /// Connects and signs in.
    pub async fn sign_in(&mut self, world: &mut World) {
        let (challenge, binding) = self.connect(world);
        let request = self.sign_in_request(&challenge, binding);
        self.ask(world, request).await.expect("a certified device signs in");
    }

    /// Asks the relay for something, and waits for the one reply.
    pub async fn ask(&mut self, world: &World, request: Request) -> Result<Response, Refusal> {
        self.next += 1;
        let id = RequestId(self.next);
        let frame = codec::encode(&ClientFrame { id, request });
        let mut replies = self.send(world, frame).await;
        assert_eq!(replies.len(), 1, "one request gets one reply");
        match replies.remove(0) {
            ServerFrame::Reply { id: of, response } if of == id => Ok(response),
            ServerFrame::Refused { id: Some(of), refusal } if of == id => Err(refusal),
            other => panic!("not a reply to this request: {other:?}"),
        }
    }

    /// Sends bytes as they are; returns what came back, events apart.
    pub async fn send(&mut self, world: &World, bytes: Vec<u8>) -> Vec<ServerFrame> {
        self.wire.as_mut().expect("the device is connected").send(bytes).await;
        self.replies(world).await
    }

    /// What has come back, events apart.
    pub async fn replies(&mut self, world: &World) -> Vec<ServerFrame> {
        // Whatever was handed to the writer before this is answered when it returns.
        world.relay.prune().await;
        let wire = self.wire.as_mut().expect("the device is connected");
        let mut replies = Vec::new();
        while let Some(frame) = wire.arrival() {
            match codec::decode(&frame, FRAME_MAX_BYTES).expect("the relay speaks the protocol") {
                ServerFrame::Event(event) => self.heard.push(event),
                frame => replies.push(frame),
            }
        }
        replies
    }
}

/// The sign-in of the device with this key, chain and list.
pub fn sign_in_request(
    device_key: &SigningKey,
    chain: &UnverifiedChain,
    list: &DeviceList,
    challenge: &Challenge,
    channel_binding: ChannelBinding,
) -> Request {
    let statement = SignInStatement {
        relay_name: RELAY_NAME.to_owned(),
        nonce: challenge.nonce,
        version: PROTOCOL_VERSION,
        channel_binding,
    };
    Request::SignIn(SignIn {
        version: PROTOCOL_VERSION,
        chain: chain.clone(),
        device_list: list.to_unverified(),
        signature: statement.sign(device_key),
    })
}

/// A random thread id.
pub fn thread_id(world: &mut World) -> ThreadId {
    let mut id = [0; 16];
    world.rng().fill_bytes(&mut id);
    ThreadId::new(id)
}

/// A random idempotency id.
pub fn idempotency_id(world: &mut World) -> IdempotencyId {
    let mut id = [0; 16];
    world.rng().fill_bytes(&mut id);
    IdempotencyId::new(id)
}
