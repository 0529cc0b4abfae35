//! An authority and a relay on real sockets, and people who reach them over TLS as an app would.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use colloque_client_core::connection::{Connection, enrol};
use colloque_client_core::{Client, Enrolment, Error, Event, KeySource, StoreKey};
use colloque_schemas::certificate::Holder;
use colloque_schemas::enrolment::Invitation;
use colloque_schemas::limits::CODE_LIFE_SECONDS;
use colloque_schemas::point::Points;
use colloque_server::authority::{self, Authority, Places};
use colloque_server::relay::{self, Config, DiskFailed, Relay};
use colloque_server::shutdown::{Shutdown, Trigger};
use colloque_server::tls::ServerIdentity;
use rand_core::RngCore;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::clock::HandClock;
use crate::world::{RELAY_NAME, Rng};

/// How long anything may take that is under way on this machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A tenant whose authority and relay listen on loopback.
pub struct Site {
    /// Everyone's clock, the servers' too.
    pub clock: HandClock,
    /// The authority.
    pub authority: Arc<Authority>,
    relay_address: SocketAddr,
    running: Option<Running>,
    _authority_trigger: Trigger,
    folder: TempDir,
    rng: Rng,
}

struct Running {
    trigger: Trigger,
    serving: JoinHandle<Result<(), DiskFailed>>,
}

impl Site {
    /// Starts both.
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let clock = HandClock::default();
        let data = folder.path().join("authority");
        let authority = Authority::init(&data, "Clinique des Tilleuls", Arc::new(clock.clone()), None).await;
        let authority = Arc::new(authority.expect("a new authority"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (authority_trigger, shutdown) = Shutdown::manual();
        tokio::spawn(authority::serve(Arc::clone(&authority), listener, shutdown));
        let places = Places { authority_address: Some(address), ..Places::default() };
        authority.desk().remember(&places).await.expect("an address to remember");
        let mut site = Self {
            clock,
            authority,
            relay_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            running: None,
            _authority_trigger: authority_trigger,
            folder,
            rng: Rng::from_number(2026),
        };
        site.start_relay().await;
        site
    }

    /// Starts the relay, on the port that it had before.
    pub async fn start_relay(&mut self) {
        let data = self.folder.path().join("relay");
        let config = Config::new(data.clone(), RELAY_NAME.to_owned(), self.authority.anchor().clone());
        let relay = Relay::open(config, Arc::new(self.clock.clone())).await.expect("the relay opens");
        let identity =
            ServerIdentity::load_or_create(&Points::default(), &data, "tls", &["localhost".to_owned()]);
        let identity = identity.expect("a TLS identity");
        let listener = TcpListener::bind(self.relay_address).await.expect("the relay's port");
        self.relay_address = listener.local_addr().expect("an address");
        let places = Places {
            relay_address: Some(self.relay_address.to_string()),
            relay_key: Some(identity.key_hash()),
            relay_name: Some(RELAY_NAME.to_owned()),
            ..Places::default()
        };
        self.authority.desk().remember(&places).await.expect("places to remember");
        let (trigger, shutdown) = Shutdown::manual();
        let serving = tokio::spawn(relay::serve(relay, listener, identity.server_config(), shutdown));
        self.running = Some(Running { trigger, serving });
    }

    /// Where the relay listens.
    pub const fn relay_address(&self) -> SocketAddr {
        self.relay_address
    }

    /// Whoever is invited from here on reaches the relay by this address.
    pub async fn reach_relay_by(&self, address: SocketAddr) {
        let places = Places { relay_address: Some(address.to_string()), ..Places::default() };
        self.authority.desk().remember(&places).await.expect("a place to remember");
    }

    /// Asks the relay to stop, as SIGTERM does.
    pub fn ask_relay_to_stop(&self) {
        self.running.as_ref().expect("the relay runs").trigger.request();
    }

    /// Waits until the relay has stopped in good order.
    pub async fn relay_stopped(&mut self) {
        let running = self.running.take().expect("the relay ran");
        running.trigger.request();
        let stopped = timeout(PATIENCE, running.serving).await.expect("it stops in time");
        stopped.expect("it does not panic").expect("it stops in good order");
    }

    /// An invitation for one person.
    pub async fn invite(&self, holder: Holder) -> Invitation {
        let invited = self.authority.desk().invite(holder, CODE_LIFE_SECONDS, &Places::default()).await;
        invited.expect("an invitation").invitation
    }

    /// Redeems an invitation in a new profile.
    pub async fn enrol(&mut self, invitation: Invitation) -> Result<Online, Error> {
        let folder = TempDir::new().expect("a temporary folder");
        let mut key = [0; 32];
        self.rng.fill_bytes(&mut key);
        let source = KeySource::Raw(StoreKey::from_bytes(&key));
        let entropy = Box::new(Rng::from_number(self.rng.next_u64()));
        let enrolment = Enrolment::start(&folder.path().join("profile"), &source, invitation, entropy)?;
        let client = enrol(enrolment, &self.clock).await?;
        Ok(Online { client, connection: None, told: Vec::new(), clock: self.clock.clone(), _folder: folder })
    }

    /// A person of this identity, enrolled, connected and caught up.
    pub async fn person(&mut self, holder: Holder) -> Online {
        let invitation = self.invite(holder).await;
        let mut person = self.enrol(invitation).await.expect("an enrolment");
        person.connect().await.expect("a connection");
        person.settle().await;
        person
    }
}

/// A person with one device, and its connection if there is one.
pub struct Online {
    /// The device's client.
    pub client: Client,
    /// Everything that the app was told, in order.
    pub told: Vec<Event>,
    connection: Option<Connection>,
    clock: HandClock,
    _folder: TempDir,
}

impl Online {
    /// Connects and signs in.
    pub async fn connect(&mut self) -> Result<(), Error> {
        self.connection = Some(Connection::open(&mut self.client, &self.clock).await?);
        Ok(())
    }

    /// Closes the connection.
    pub async fn disconnect(&mut self) {
        let connection = self.connection.take().expect("a connection");
        connection.close(&mut self.client).await;
    }

    /// Until the relay has all that this device made, and this device all that the relay had. While documents move, it
    /// may take longer.
    pub async fn settle(&mut self) {
        loop {
            let connection = self.connection.as_mut().expect("a connection");
            let events = connection.settle(&mut self.client, &self.clock, PATIENCE).await;
            let events = events.expect("the connection holds");
            let is_moving = events.iter().any(|event| matches!(event, Event::DocumentChanged { .. }));
            self.told.extend(events);
            if self.client.is_settled().expect("the store can be read") {
                return;
            }
            assert!(is_moving, "it settles in time");
        }
    }

    /// Until the app is told this.
    pub async fn hears(&mut self, wanted: impl Fn(&Event) -> bool) {
        let told = timeout(PATIENCE, async {
            while !self.told.iter().any(&wanted) {
                let connection = self.connection.as_mut().expect("a connection");
                let events = connection.next(&mut self.client, &self.clock).await;
                self.told.extend(events.expect("the connection holds"));
            }
        });
        told.await.expect("it is told in time");
    }

    /// Until the connection ends, and why it did.
    pub async fn ended(&mut self) -> Error {
        self.ended_within(PATIENCE).await
    }

    /// As [`Self::ended`], of one that may take so long.
    pub async fn ended_within(&mut self, patience: Duration) -> Error {
        let mut connection = self.connection.take().expect("a connection");
        let ended = timeout(patience, async {
            loop {
                match connection.next(&mut self.client, &self.clock).await {
                    Ok(events) => self.told.extend(events),
                    Err(error) => return error,
                }
            }
        });
        ended.await.expect("it ends in time")
    }
}
