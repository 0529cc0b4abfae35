//! People with their devices, as honest clients.

use std::path::PathBuf;

use colloque_client_core::store::Store;
use colloque_client_core::{Client, Event, KeySource, StoreKey};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::time::UnixSeconds;
use tempfile::TempDir;

use crate::fuse::copy_folder;
use crate::wire::Wire;
use crate::world::Rng;

/// A person with one device.
pub struct Person {
    /// The device's client; none while it is switched off.
    pub client: Option<Client>,
    /// Its connection, if it has one.
    pub wire: Option<Wire>,
    /// Everything that the app was told, in order.
    pub told: Vec<Event>,
    /// Errors that ended a connection, by their stable id.
    pub errors: Vec<String>,
    /// How far the device's clock is ahead, or behind if negative.
    pub ahead_seconds: i64,
    pub(crate) folder: TempDir,
    pub(crate) key: [u8; 32],
    pub(crate) seed: u64,
}

impl Person {
    /// The client.
    pub fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the device is switched on")
    }

    /// The person's account.
    pub fn account(&mut self) -> AccountId {
        self.client().own().account
    }

    /// The folder of the profile.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The key of the profile.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Switches the device off, as if its process had been killed.
    pub fn switch_off(&mut self) {
        self.wire = None;
        self.client = None;
    }

    /// Another device that is switched off, with a copy of the profile of this one, which is switched off, too.
    pub fn copied(&self) -> Self {
        assert!(self.client.is_none(), "a profile is copied at rest");
        let folder = TempDir::new().expect("a temporary folder");
        copy_folder(self.folder.path(), folder.path());
        let (key, seed) = (self.key, self.seed + 500);
        let (told, errors) = (Vec::new(), Vec::new());
        Self { client: None, wire: None, told, errors, ahead_seconds: 0, folder, key, seed }
    }

    /// Switches the device on again, with what is in its store.
    pub fn switch_on(&mut self) {
        self.seed += 1;
        let source = KeySource::Raw(StoreKey::from_bytes(&self.key));
        let client = Client::open(self.folder.path(), &source, Box::new(Rng::from_number(self.seed)));
        self.client = Some(client.expect("the profile opens"));
    }

    /// The store of a device that is switched off.
    pub fn store(&self) -> Store {
        Store::open(self.folder.path(), &KeySource::Raw(StoreKey::from_bytes(&self.key))).expect("a store")
    }

    /// The texts that a thread shows, in order, those that wait included.
    pub fn texts(&mut self, thread: ThreadId) -> Vec<String> {
        use colloque_client_core::EntryKind;
        let entries = self.client().entries(thread).expect("the thread is known");
        let text = |kind| match kind {
            EntryKind::Message(message) => Some(message.text),
            _ => None,
        };
        entries.into_iter().filter_map(|entry| text(entry.kind)).collect()
    }

    /// The reasons of what a thread refused, in order.
    pub fn refused(&mut self, thread: ThreadId) -> Vec<String> {
        use colloque_client_core::EntryKind;
        let entries = self.client().entries(thread).expect("the thread is known");
        let reason = |kind| match kind {
            EntryKind::Refused { reason } => Some(reason),
            _ => None,
        };
        entries.into_iter().filter_map(|entry| reason(entry.kind)).collect()
    }

    /// What the device's clock shows at this time.
    pub fn clock(&self, now: UnixSeconds) -> UnixSeconds {
        UnixSeconds(now.0.saturating_add_signed(self.ahead_seconds))
    }

    /// Moves what there is to move; says whether anything moved.
    pub async fn step(&mut self, now: UnixSeconds) -> bool {
        let now = self.clock(now);
        let (Some(client), Some(wire)) = (self.client.as_mut(), self.wire.as_mut()) else { return false };
        let mut moved = false;
        while let Some(frame) = wire.arrival() {
            moved = true;
            match client.receive(&frame, now) {
                Ok(events) => self.told.extend(events),
                Err(error) => {
                    self.errors.push(error.id().to_owned());
                    client.connection_closed();
                    self.wire = None;
                    return true;
                }
            }
        }
        self.told.extend(client.poll(now).expect("the client can prepare what waits"));
        for frame in client.take_outgoing() {
            moved = true;
            wire.send(frame).await;
        }
        moved
    }
}
