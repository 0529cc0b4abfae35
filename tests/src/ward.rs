//! A relay and devices, of which one may be ended at any of its choke points, and is then started again from what it left.
//!
//! One request is under way at a time, so that the same script passes the same points each time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use colloque_client_core::store::Store;
use colloque_client_core::{Client, Enrolment, Error, Event, KeySource, Location, Misuse, StoreKey};
use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::enrolment::Invitation;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::UnixSeconds;
use colloque_server::relay::{Config, Relay, StartError};
use colloque_server::tls::ServerIdentity;
use rand_core::RngCore as _;
use tempfile::TempDir;

use crate::clock::HandClock;
use crate::fuse::{Effects, Fuse, copy_folder};
use crate::wire::Wire;
use crate::world::{RELAY_NAME, Rng};

/// In memory where that can be had: a walk writes gigabytes, and what a power cut does is another test's.
pub fn fast_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a temporary folder")
}

/// A program of the ward.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The relay.
    Relay,
    /// The device of this number.
    Device(usize),
}

/// A relay and devices.
pub struct Ward {
    /// Everyone's clock.
    pub clock: HandClock,
    /// The devices, each of another person.
    pub devices: Vec<Device>,
    /// The relay's folder.
    pub relay_folder: PathBuf,
    relay: Option<Relay>,
    relay_fuse: Arc<Fuse>,
    effects: Effects,
    anchor: TrustAnchor,
    rng: Rng,
    generation: u64,
    folders: u32,
    folder: TempDir,
}

/// A device.
pub struct Device {
    /// Where its profile is.
    pub folder: PathBuf,
    /// Whether it is connected, and comes back if the connection is lost.
    pub is_online: bool,
    /// What its app was told.
    pub told: Vec<Event>,
    client: Option<Client>,
    wire: Option<Wire>,
    fuse: Arc<Fuse>,
    key: [u8; 32],
}

/// What a ward leaves when all of it is ended at once.
pub struct Saved {
    folder: TempDir,
    anchor: TrustAnchor,
    now: UnixSeconds,
    /// How many times it was saved: ids are drawn anew each time.
    generation: u64,
    /// The key of each device, and whether it is online.
    devices: Vec<([u8; 32], bool)>,
}

impl Saved {
    /// Nothing yet, under this tenant.
    pub fn new(anchor: TrustAnchor) -> Self {
        Self {
            folder: fast_folder(),
            anchor,
            now: HandClock::default().read(),
            generation: 0,
            devices: Vec::new(),
        }
    }

    /// Adds the profile in this folder.
    pub fn add(&mut self, profile: &Path, key: [u8; 32]) {
        copy_folder(profile, &self.folder.path().join(self.devices.len().to_string()));
        self.devices.push((key, true));
    }

    /// Adds a device that is not enrolled.
    pub fn add_new(&mut self) {
        self.devices.push(([0x77; 32], true));
    }
}

impl Ward {
    /// As it was saved, with nothing running.
    pub fn of(saved: &Saved) -> Self {
        let folder = fast_folder();
        copy_folder(saved.folder.path(), folder.path());
        let effects = Effects::default();
        let clock = HandClock::default();
        clock.advance(saved.now.0 - clock.read().0);
        let device = |(number, (key, is_online)): (usize, &([u8; 32], bool))| {
            let (profile, copy) =
                (folder.path().join(number.to_string()), folder.path().join(format!("{number}-left")));
            let fuse = Fuse::new(&profile, &copy, &effects);
            let (told, is_online) = (Vec::new(), *is_online);
            Device { folder: profile, is_online, told, client: None, wire: None, fuse, key: *key }
        };
        let relay_folder = folder.path().join("relay");
        Self {
            clock,
            devices: saved.devices.iter().enumerate().map(device).collect(),
            relay: None,
            relay_fuse: Fuse::new(&relay_folder, &folder.path().join("relay-left"), &effects),
            effects: Arc::clone(&effects),
            relay_folder,
            anchor: saved.anchor.clone(),
            rng: Rng::from_number(saved.generation),
            generation: saved.generation,
            folders: 0,
            folder,
        }
    }

    /// As it was saved, with everything running and all who are online caught up.
    pub async fn running(saved: &Saved) -> Self {
        let mut ward = Self::of(saved);
        ward.start_relay().await;
        ward.start_devices().await;
        ward
    }

    /// As if all of it were ended now.
    pub fn save(&self) -> Saved {
        let folder = fast_folder();
        copy_folder(&self.relay_folder, &folder.path().join("relay"));
        for (number, device) in self.devices.iter().enumerate() {
            copy_folder(&device.folder, &folder.path().join(number.to_string()));
        }
        let devices = self.devices.iter().map(|device| (device.key, device.is_online)).collect();
        Saved {
            folder,
            anchor: self.anchor.clone(),
            now: self.clock.read(),
            generation: self.generation + 1,
            devices,
        }
    }

    /// The fuse of a program.
    pub fn fuse(&self, side: Side) -> &Arc<Fuse> {
        match side {
            Side::Relay => &self.relay_fuse,
            Side::Device(who) => &self.devices[who].fuse,
        }
    }

    /// A device's client.
    pub fn client(&mut self, who: usize) -> &mut Client {
        self.devices[who].client.as_mut().expect("it runs")
    }

    /// Looks at something in a device, which is none of its choke points.
    pub fn look<T>(&mut self, who: usize, look: impl FnOnce(&Client) -> T) -> T {
        let device = &self.devices[who];
        device.fuse.pause(true);
        let seen = look(device.client.as_ref().expect("it runs"));
        device.fuse.pause(false);
        seen
    }

    /// Starts the relay as its program does; again, if it is ended meanwhile.
    pub async fn start_relay(&mut self) {
        loop {
            let started = self.try_to_start_relay().await;
            if !self.relay_fuse.has_burnt() {
                return started.expect("the relay starts");
            }
            self.recover(Side::Relay);
        }
    }

    async fn try_to_start_relay(&mut self) -> Result<(), StartError> {
        let mut config = Config::new(self.relay_folder.clone(), RELAY_NAME.to_owned(), self.anchor.clone());
        config.points = self.relay_fuse.points();
        let relay = Relay::open(config, Arc::new(self.clock.clone())).await?;
        let (points, names) = (self.relay_fuse.points(), ["localhost".to_owned()]);
        let identity = ServerIdentity::load_or_create(&points, &self.relay_folder, "tls", &names);
        assert!(identity.is_ok() || self.relay_fuse.has_burnt(), "the relay has an identity");
        self.relay = Some(relay);
        Ok(())
    }

    /// Starts all devices that are enrolled, until they have caught up.
    pub async fn start_devices(&mut self) {
        for who in 0..self.devices.len() {
            if self.devices[who].is_online && Store::exists(&self.devices[who].folder) {
                self.start(who);
            }
        }
        self.settle().await;
    }

    /// Starts a device, and connects it if it is to be online; again, if it is ended meanwhile.
    pub fn start(&mut self, who: usize) {
        loop {
            let entropy = Box::new(Rng::from_number(self.rng.next_u64()));
            let device = &mut self.devices[who];
            let client = Client::open(device.location(), &device.source(), entropy);
            if !device.fuse.has_burnt() {
                device.client = Some(client.expect("the profile opens"));
                return self.connect(who);
            }
            self.recover(Side::Device(who));
        }
    }

    /// Connects a device, if it is to be online.
    pub fn connect(&mut self, who: usize) {
        let device = &mut self.devices[who];
        let (Some(client), Some(relay)) = (&mut device.client, &self.relay) else { return };
        if device.is_online {
            let mut binding = [0; 32];
            self.rng.fill_bytes(&mut binding);
            device.wire = Some(Wire::connect(relay, ChannelBinding(binding)));
            client.connection_opened(ChannelBinding(binding));
        }
    }

    /// Switches a device off, as if it were ended now.
    pub fn switch_off(&mut self, who: usize) {
        let device = &mut self.devices[who];
        (device.is_online, device.wire, device.client) = (false, None, None);
    }

    /// Enrols a device as an app does, and connects it: begins, or goes on with what was begun; again, if it is ended
    /// meanwhile. `redeem` is the authority.
    pub fn enrol(&mut self, who: usize, invitation: &Invitation, redeem: impl Fn(&[u8]) -> Vec<u8>) {
        loop {
            let enrolled = self.try_to_enrol(who, invitation, &redeem);
            if !self.devices[who].fuse.has_burnt() {
                enrolled.expect("the profile can be enrolled");
                return self.connect(who);
            }
            self.recover(Side::Device(who));
        }
    }

    fn try_to_enrol(
        &mut self,
        who: usize,
        invitation: &Invitation,
        redeem: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<(), Error> {
        let entropy = Box::new(Rng::from_number(self.rng.next_u64()));
        let device = &mut self.devices[who];
        let (source, invitation) = (device.source(), invitation.clone());
        let begun = if Store::exists(&device.folder) {
            Enrolment::resume(device.location(), &source, Some(invitation), entropy)
        } else {
            Enrolment::start(device.location(), &source, invitation, entropy)
        };
        device.client = Some(match begun {
            Err(Error::Misuse(Misuse::AlreadyEnrolled)) => {
                let entropy = Box::new(Rng::from_number(self.rng.next_u64()));
                Client::open(device.location(), &source, entropy)?
            }
            begun => {
                let enrolment = begun?;
                let reply = redeem(&enrolment.request(ChannelBinding([0; 32]))?);
                enrolment.finish(&reply, self.clock.read())?
            }
        });
        Ok(())
    }

    /// Does what a person does with a device. If it is ended meanwhile, the person looks whether it was done, and does it
    /// again if not.
    pub async fn act(
        &mut self,
        who: usize,
        act: impl Fn(&mut Client, UnixSeconds) -> Result<(), Error>,
        is_done: impl Fn(&mut Client) -> bool,
    ) {
        loop {
            let now = self.clock.read();
            let acted = act(self.client(who), now);
            if !self.devices[who].fuse.has_burnt() {
                return acted.expect("it may be done");
            }
            self.revive(Side::Device(who)).await;
            let is_done = is_done(self.client(who));
            assert!(is_done || acted.is_err(), "what a verb has done is durable");
            if is_done {
                return;
            }
        }
    }

    /// Starts a program that was ended again, from what it left.
    async fn revive(&mut self, side: Side) {
        self.recover(side);
        match side {
            Side::Device(who) => self.start(who),
            Side::Relay => {
                self.start_relay().await;
                for who in 0..self.devices.len() {
                    self.connect(who);
                }
            }
        }
    }

    /// A program that was ended loses its memory and its connections, and is where it left its files.
    fn recover(&mut self, side: Side) {
        self.folders += 1;
        let copy = self.folder.path().join(format!("next-{}", self.folders));
        match side {
            Side::Device(who) => {
                let device = &mut self.devices[who];
                (device.client, device.wire) = (None, None);
                device.folder = device.fuse.left().to_owned();
                device.fuse = Fuse::new(&device.folder, &copy, &self.effects);
            }
            Side::Relay => {
                for device in &mut self.devices {
                    device.wire = None;
                    device.client.iter_mut().for_each(Client::connection_closed);
                }
                self.relay = None;
                self.relay_folder = self.relay_fuse.left().to_owned();
                self.relay_fuse = Fuse::new(&self.relay_folder, &copy, &self.effects);
            }
        }
    }

    /// Carries frames until none is under way and everyone has all that there is. Time passes if it is needed.
    pub async fn settle(&mut self) {
        let mut waited = 0;
        loop {
            let mut has_moved = false;
            for who in 0..self.devices.len() {
                has_moved |= self.step(who).await;
            }
            if has_moved {
                continue;
            }
            let running: Vec<usize> =
                (0..self.devices.len()).filter(|who| self.devices[*who].is_running()).collect();
            if running.iter().all(|who| self.look(*who, |client| client.is_settled().expect("a store"))) {
                return;
            }
            waited += 1;
            assert!(waited < 300, "it settles in five minutes");
            self.clock.advance(1);
        }
    }

    /// Moves what there is to move for one device; says whether anything moved.
    async fn step(&mut self, who: usize) -> bool {
        let moved = self.move_frames(who).await;
        for side in [Side::Device(who), Side::Relay] {
            if self.fuse(side).has_burnt() {
                self.revive(side).await;
                return true;
            }
        }
        moved.unwrap_or_else(|error| panic!("device {who}: {}", error.id()))
    }

    async fn move_frames(&mut self, who: usize) -> Result<bool, Error> {
        let now = self.clock.read();
        let Device { client, wire, told, .. } = &mut self.devices[who];
        let (Some(client), Some(wire)) = (client, wire) else { return Ok(false) };
        let mut has_moved = false;
        while let Some(frame) = wire.arrival() {
            has_moved = true;
            told.extend(client.receive(&frame, now)?);
        }
        told.extend(client.poll(now)?);
        for frame in client.take_outgoing() {
            has_moved = true;
            if !wire.exchange(frame).await {
                break;
            }
        }
        Ok(has_moved)
    }
}

impl Device {
    fn source(&self) -> KeySource {
        KeySource::Raw(StoreKey::from_bytes(&self.key))
    }

    /// Whether it takes part.
    fn is_running(&self) -> bool {
        self.is_online && self.client.is_some()
    }

    fn location(&self) -> Location {
        Location::watched(&self.folder, self.fuse.points())
    }
}
