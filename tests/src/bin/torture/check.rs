//! What must hold once everybody has caught up.

use std::collections::BTreeMap;
use std::time::Duration;

use colloque_client_core::connection::{Connection, SystemClock};
use colloque_client_core::mls::{Crypto, Provider};
use colloque_client_core::store::Store;
use colloque_client_core::{Client, EntryKind, Standing};
use colloque_schemas::id::{AccountId, MessageId, Seq, ThreadId};
use colloque_tests::tenant::key_source;
use openmls::prelude::{GroupId, MlsGroup};
use rand_core::RngCore as _;

use colloque_tests::Rng;

use crate::ward::{Known, PEOPLE, Ward, written};

/// For one device to catch up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Receipts answer messages, and are read in turn; nothing answers them.
const ROUNDS: usize = 6;

/// A message as a device shows it.
type Shown = (Seq, MessageId, AccountId, String);

impl Ward {
    /// Lets everybody catch up, and compares.
    ///
    /// # Errors
    /// What is broken.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        let profiles = PEOPLE.map(|name| self.tenant.programs.folder().join(name));
        let mut clients: Vec<Client> = Vec::new();
        for profile in &profiles {
            let entropy = Box::new(Rng::from_number(self.rng.next_u64()));
            clients
                .push(Client::open(profile, &key_source(), entropy).map_err(|error| format!("{error:?}"))?);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(catch_up(&mut clients, self.thread_id))?;
        self.compare(&clients)?;
        drop(clients);
        let epochs =
            profiles.iter().map(|profile| epoch(profile, self.thread_id)).collect::<Result<Vec<_>, _>>()?;
        let is_one = epochs.iter().all(|epoch| *epoch == epochs[0]);
        is_one.then_some(()).ok_or_else(|| format!("epochs or their authenticators differ: {epochs:?}"))
    }

    fn compare(&self, clients: &[Client]) -> Result<(), String> {
        let shown =
            clients.iter().map(|client| shown(client, self.thread_id)).collect::<Result<Vec<_>, _>>()?;
        // The colleague came after the first message.
        let (all, later) = (&shown[0], &shown[2]);
        if shown[1] != *all || !all.ends_with(later) || later.len() + 1 != all.len() {
            return Err(format!("devices show different messages or orders: {shown:?}"));
        }
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        all.iter().for_each(|message| *counted.entry(&message.3).or_default() += 1);
        for ((author, number), known) in &self.texts {
            let text = written(*author, *number);
            match (known, counted.remove(text.as_str()).unwrap_or(0)) {
                (_, 1) | (Known::Nothing, 0) => {}
                (known, times) => return Err(format!("`{text}`, {known:?}, is shown {times} times")),
            }
        }
        if !counted.is_empty() {
            return Err(format!("nobody wrote {counted:?}"));
        }
        for author in PEOPLE {
            let of_author = |message: &&Shown| message.3.starts_with(author);
            let numbers: Vec<u32> = all.iter().filter(of_author).map(|message| number(&message.3)).collect();
            if !numbers.is_sorted() {
                return Err(format!("not in the order of {author}: {numbers:?}"));
            }
        }
        Ok(())
    }
}

/// Until all have read the same log to its end, and the relay has all that was written.
async fn catch_up(clients: &mut [Client], thread: ThreadId) -> Result<(), String> {
    for _ in 0..ROUNDS {
        for client in clients.iter_mut() {
            let connection = Connection::open(client, &SystemClock).await;
            let mut connection = connection.map_err(|error| format!("{error:?}"))?;
            let settled = connection.settle(client, &SystemClock, PATIENCE).await;
            settled.map_err(|error| format!("{error:?}"))?;
            if !client.is_settled().map_err(|error| format!("{error:?}"))? {
                return Err("a device does not settle in a minute".to_owned());
            }
            connection.close(client).await;
        }
        let heads: Vec<_> = clients.iter().map(|client| client.log_head(thread).ok()).collect();
        if heads.iter().all(|head| *head == heads[0]) {
            return Ok(());
        }
    }
    Err("devices do not come to the same log".to_owned())
}

fn shown(client: &Client, thread: ThreadId) -> Result<Vec<Shown>, String> {
    let summary = client.thread(thread).map_err(|error| format!("{error:?}"))?;
    if summary.standing != Standing::Member {
        return Err(format!("a device is {:?}", summary.standing));
    }
    let mut shown = Vec::new();
    for entry in client.entries(thread).map_err(|error| format!("{error:?}"))? {
        match entry.kind {
            EntryKind::Message(message) => {
                let seq = entry.seq.ok_or_else(|| format!("`{}` still waits", message.text))?;
                shown.push((seq, message.message, message.author, message.text));
            }
            EntryKind::Refused { .. }
            | EntryKind::Gap { .. }
            | EntryKind::Repaired { .. }
            | EntryKind::Doubted { .. }
            | EntryKind::Removed { .. } => {
                return Err(format!("a device shows {entry:?}"));
            }
            _ => {}
        }
    }
    Ok(shown)
}

/// The epoch of a thread and its authenticator, as MLS has them on a device.
fn epoch(profile: &std::path::Path, thread: ThreadId) -> Result<(u64, Vec<u8>), String> {
    let mut store = Store::open(profile, &key_source()).map_err(|error| error.to_string())?;
    let unit = store.begin().map_err(|error| error.to_string())?;
    let crypto = Crypto::default();
    let provider = Provider::new(&crypto, unit.sql());
    let storage = openmls_traits::OpenMlsProvider::storage(&provider);
    let group = MlsGroup::load(storage, &GroupId::from_slice(thread.as_bytes()));
    let group = group.map_err(|error| error.to_string())?.ok_or("a device has no group")?;
    Ok((group.epoch().as_u64(), group.epoch_authenticator().as_slice().to_vec()))
}

fn number(text: &str) -> u32 {
    text.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}
