//! A new device that is being linked: it meets the primary at the relay before it can sign in.

use colloque_client_core::{Client, ComparedDevice, KeySource, NewDevice, StoreKey};
use colloque_schemas::bytes::Opaque;
use colloque_schemas::codec;
use colloque_schemas::frame::{ClientFrame, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_schemas::linking::{LinkCode, LinkStep};
use colloque_schemas::refusal::Refusal;
use rand_core::RngCore as _;
use tempfile::TempDir;

use crate::cast::Person;
use crate::wire::Wire;
use crate::world::{Rng, World};

/// The address of every relay of [`World`], which leads nowhere.
pub const RELAY_ADDRESS: &str = "localhost:1";

/// A connection on which nobody has signed in.
pub struct Stranger {
    wire: Wire,
    asked: u32,
}

impl Stranger {
    /// Connects to the relay.
    pub fn connect(world: &mut World) -> Self {
        let binding = world.binding();
        Self { wire: Wire::connect(&world.relay, binding), asked: 0 }
    }

    /// Asks one thing.
    ///
    /// # Errors
    /// As the relay refuses it.
    pub async fn ask(&mut self, request: Request) -> Result<Response, Refusal> {
        self.asked += 1;
        let id = RequestId(self.asked);
        assert!(self.wire.exchange(codec::encode(&ClientFrame { id, request })).await, "the relay is gone");
        loop {
            let frame = self.wire.arrival().expect("an answer");
            match codec::decode(&frame, FRAME_MAX_BYTES).expect("a frame") {
                ServerFrame::Reply { id: of, response } if of == id => return Ok(response),
                ServerFrame::Refused { id: Some(of), refusal } if of == id => return Err(refusal),
                _ => {}
            }
        }
    }

    /// What the other side has said, if it has.
    pub async fn take(&mut self, rendezvous: RendezvousId, step: LinkStep) -> Option<Opaque> {
        match self.ask(Request::TakeLink { rendezvous, step }).await {
            Ok(Response::Link(content)) => content,
            other => panic!("{other:?}"),
        }
    }
}

/// A new device in front of a person.
pub struct Newcomer {
    /// Its connection.
    pub stranger: Stranger,
    /// Until the primary has answered.
    pub device: Option<NewDevice>,
    /// From then on.
    pub compared: Option<ComparedDevice>,
}

impl Newcomer {
    /// A new device that shows its offer.
    pub async fn offer(world: &mut World) -> Self {
        let entropy = Box::new(Rng::from_number(world.rng().next_u64()));
        let device = NewDevice::offer(RELAY_ADDRESS, entropy).expect("an address");
        let mut stranger = Stranger::connect(world);
        assert_eq!(stranger.take(device.rendezvous(), LinkStep::Hello).await, None, "nobody has answered");
        Self { stranger, device: Some(device), compared: None }
    }

    /// Where it waits.
    pub fn rendezvous(&self) -> RendezvousId {
        match (&self.device, &self.compared) {
            (Some(device), _) => device.rendezvous(),
            (None, Some(compared)) => compared.rendezvous().0,
            (None, None) => panic!("a new device that is one no longer"),
        }
    }

    /// Hears the primary's answer, tells its nonce, and shows this code.
    pub async fn compare(&mut self) -> LinkCode {
        let rendezvous = self.rendezvous();
        let hello = self.stranger.take(rendezvous, LinkStep::Hello).await.expect("the primary has answered");
        let compared = self.device.take().expect("an offer").hear(hello.as_slice()).expect("a hello");
        let put = Request::PutLink { rendezvous, step: LinkStep::Nonce, content: compared.nonce().into() };
        assert_eq!(self.stranger.ask(put).await, Ok(Response::Done));
        let code = compared.code();
        self.compared = Some(compared);
        code
    }

    /// Takes the grant: the device is one of the account, not connected yet.
    pub async fn join(mut self, world: &mut World) -> Person {
        let grant = self.stranger.take(self.rendezvous(), LinkStep::Grant).await.expect("a grant");
        let compared = self.compared.take().expect("a code was shown");
        let (folder, mut key) = (TempDir::new().expect("a temporary folder"), [0; 32]);
        world.rng().fill_bytes(&mut key);
        let source = KeySource::Raw(StoreKey::from_bytes(&key));
        let client: Result<Client, _> =
            compared.finish(grant.as_slice(), folder.path(), &source, world.clock.read());
        let client = Some(client.expect("a grant that holds"));
        let (told, errors) = (Vec::new(), Vec::new());
        let seed = world.rng().next_u64() >> 16;
        Person { client, wire: None, told, errors, ahead_seconds: 0, folder, key, seed }
    }
}

impl World {
    /// Links another device to this person's account, by its primary device, which is connected. The new one is not, yet.
    pub async fn link(&mut self, primary: &mut Person) -> Person {
        let mut newcomer = Newcomer::offer(self).await;
        let offer = newcomer.device.as_ref().expect("an offer").shown().clone();
        primary.client().begin_link(offer).expect("an offer that can be taken");
        self.settle(&mut [primary]).await;
        let code = newcomer.compare().await;
        self.clock.advance(1);
        self.settle(&mut [primary]).await;
        let now = self.clock.read();
        primary.client().confirm_link(code, Some("tablet"), now).expect("the same code");
        self.settle(&mut [primary]).await;
        newcomer.join(self).await
    }
}
