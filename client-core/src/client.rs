//! The client: what an app holds, calls and reads.
//!
//! Verbs are durable when they return and are sent when there is a connection; views are plain values. Frames go in by
//! [`Client::receive`] and out by [`Client::take_outgoing`]: no sockets, no threads, no clock here.

use std::sync::Arc;

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::enrolment::Endpoint;
use colloque_schemas::id::{AccountId, IdempotencyId, MessageId, ThreadId};
use colloque_schemas::limits::{PATIENTS_PER_THREAD, TEXT_MAX_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::payload::Control;
use colloque_schemas::policy;
use colloque_schemas::time::UnixSeconds;
use rand_core::CryptoRngCore;

use crate::contact;
use crate::document;
use crate::draft::{self, DraftOf};
use crate::error::{Error, Misuse};
use crate::identity::Identity;
use crate::linking::Linking;
use crate::mls::Crypto;
use crate::outbox::{self, Intent};
use crate::receipt::Pace;
use crate::safety_number::SafetyNumber;
use crate::session::Session;
use crate::store::{Connection, KeySource, Location, Store};
use crate::summary;
use crate::thread::row::{ThreadRow, roster};
use crate::thread::{Stop, Tools, post};
use crate::view::{Contact, KnownDevice, Own, Participant, Standing, ThreadSummary};

/// Randomness for ids, keys and salts, given by the app.
pub type Entropy = Box<dyn CryptoRngCore + Send>;

/// How an account leaves a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Leaves.
    Leave,
    /// Leaves, and wants to hear no more of its professionals.
    Block,
}

/// An enrolled profile, open.
pub struct Client {
    pub(crate) store: Store,
    pub(crate) crypto: Crypto,
    pub(crate) identity: Identity,
    pub(crate) entropy: Entropy,
    pub(crate) session: Session,
    pub(crate) pace: Pace,
    pub(crate) linking: Option<Linking>,
    /// What was given out, and is to end with the client, watches it.
    pub(crate) life: Arc<()>,
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Client(..)")
    }
}

impl Client {
    /// Opens an enrolled profile.
    ///
    /// # Errors
    /// [`Misuse::NotEnrolled`], [`Error::Store`].
    pub fn open(location: impl Into<Location>, source: &KeySource, entropy: Entropy) -> Result<Self, Error> {
        Self::from_store(Store::open(location, source)?, entropy)
    }

    pub(crate) fn from_store(mut store: Store, entropy: Entropy) -> Result<Self, Error> {
        document::sweep(&mut store)?;
        let unit = store.begin()?;
        let identity = Identity::load(unit.sql())?;
        unit.commit()?;
        let (crypto, session, pace) = (Crypto::default(), Session::default(), Pace::default());
        Ok(Self { store, crypto, identity, entropy, session, pace, linking: None, life: Arc::default() })
    }

    /// This device and its owner.
    pub fn own(&self) -> Own {
        let credential = &self.identity.credential;
        Own {
            account: credential.account(),
            holder: credential.holder().clone(),
            account_key: credential.account_key(),
            device: credential.device_key(),
            relay_address: self.identity.servers.relay.address.clone(),
            leaf_expires_at: credential.leaf_expires_at(),
            is_primary: self.identity.is_primary(),
        }
    }

    /// Where the relay is, and which key it has.
    pub fn relay(&self) -> &Endpoint {
        &self.identity.servers.relay
    }

    /// Opens a thread with these patients, with a first message. It is sent when there is a connection.
    ///
    /// # Errors
    /// [`Error::Denied`] (R01, R10), [`Misuse::PatientCount`], [`Misuse::TextLength`], [`Error::Store`].
    pub fn open_thread(
        &mut self,
        patients: &[AccountId],
        mode: AnswerMode,
        text: &str,
        now: UnixSeconds,
    ) -> Result<ThreadId, Error> {
        self.open_with(patients, mode, text, now, |_, _| Ok(()))
    }

    /// Opens a thread, and does something more in the same unit of work.
    pub(crate) fn open_with(
        &mut self,
        patients: &[AccountId],
        mode: AnswerMode,
        text: &str,
        now: UnixSeconds,
        more: impl FnOnce(&Connection, ThreadId) -> Result<(), Error>,
    ) -> Result<ThreadId, Error> {
        let _ = policy::open_thread(self.identity.actor())?;
        // A thread begins in its mode as if it had been set from `open`.
        policy::change_mode(self.identity.actor(), AnswerMode::Open, mode, now)?;
        let mut patients = patients.to_vec();
        patients.sort_unstable();
        patients.dedup();
        if patients.is_empty() || patients.len() > PATIENTS_PER_THREAD {
            return Err(Misuse::PatientCount.into());
        }
        check_text(text)?;
        let thread = ThreadId::new(self.random());
        let (opening, first) = (IdempotencyId::new(self.random()), IdempotencyId::new(self.random()));
        let message = MessageId::new(self.random());
        let opener = self.identity.actor().account;
        let row = ThreadRow::unread((thread, Standing::Opening), opener, patients.clone(), now, mode);
        let unit = self.store.begin()?;
        row.save(unit.sql())?;
        outbox::push(unit.sql(), thread, opening, &Intent::Open)?;
        let intent = Intent::Content { message, text: text.to_owned(), written_at: now };
        outbox::push(unit.sql(), thread, first, &intent)?;
        for of in patients.iter().map(|patient| Some(*patient)).chain([None]) {
            draft::settle(unit.sql(), DraftOf::New(of), text)?;
        }
        more(unit.sql(), thread)?;
        unit.commit()?;
        Ok(thread)
    }

    /// Writes a message. Whether it is still allowed at its place in the log is decided there.
    ///
    /// # Errors
    /// [`Error::Denied`] (R03 to R08), [`Misuse::TextLength`], [`Misuse::UnknownThread`],
    /// [`Misuse::ThreadInactive`], [`Misuse::AccountKeyChanged`], [`Error::Store`].
    pub fn send(&mut self, thread: ThreadId, text: &str, now: UnixSeconds) -> Result<MessageId, Error> {
        check_text(text)?;
        let message = MessageId::new(self.random());
        let intent = Intent::Content { message, text: text.to_owned(), written_at: now };
        self.queue(thread, intent, now)?;
        Ok(message)
    }

    /// Sets the answer mode: [`AnswerMode::Closed`] closes the thread, any other reopens it if it is closed.
    ///
    /// # Errors
    /// [`Error::Denied`] (R09, R10), [`Misuse::UnknownThread`], [`Misuse::ThreadInactive`], [`Error::Store`].
    pub fn set_mode(&mut self, thread: ThreadId, mode: AnswerMode, now: UnixSeconds) -> Result<(), Error> {
        let waiting = self.store.read(|view| outbox::of_thread(view.sql(), thread))?;
        // Asked for again, as by a person who could not see that it was taken down before a crash.
        let last = waiting.into_iter().map(|row| row.intent).rfind(|intent| !intent.is_courtesy());
        if last == Some(Intent::SetMode(mode)) {
            return Ok(());
        }
        self.queue(thread, Intent::SetMode(mode), now)
    }

    /// Leaves a thread. A professional's device takes this account out of it.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`], [`Misuse::ThreadInactive`], [`Error::Store`].
    pub fn depart(&mut self, thread: ThreadId, departure: Departure, now: UnixSeconds) -> Result<(), Error> {
        let control = match departure {
            Departure::Leave => Control::Leave,
            Departure::Block => Control::Block,
        };
        let message = MessageId::new(self.random());
        self.queue(thread, Intent::Control { message, control }, now)
    }

    /// Writes a message and sets the answer mode in one action: both are queued, or neither. The message goes first; if
    /// it is refused at its place in the log, the mode stays as it is. Where only the mode is refused there, as when a
    /// colleague has closed the thread in between, the message stands.
    ///
    /// # Errors
    /// Those of [`Self::send`] and [`Self::set_mode`].
    pub fn send_and_set_mode(
        &mut self,
        thread: ThreadId,
        text: &str,
        mode: AnswerMode,
        now: UnixSeconds,
    ) -> Result<MessageId, Error> {
        check_text(text)?;
        let message = MessageId::new(self.random());
        let content = Intent::Content { message, text: text.to_owned(), written_at: now };
        self.queue_all(thread, &[content, Intent::SetMode(mode)], now, |_| Ok(()))?;
        Ok(message)
    }

    pub(crate) fn queue(&mut self, thread: ThreadId, intent: Intent, now: UnixSeconds) -> Result<(), Error> {
        self.queue_all(thread, &[intent], now, |_| Ok(()))
    }

    /// Queues intents that are one action, if each would be allowed now, and does something more in the same unit of work.
    pub(crate) fn queue_all(
        &mut self,
        thread: ThreadId,
        intents: &[Intent],
        now: UnixSeconds,
        more: impl FnOnce(&Connection) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let ids: Vec<IdempotencyId> = intents.iter().map(|_| IdempotencyId::new(self.random())).collect();
        let unit = self.store.begin()?;
        let row = ThreadRow::load(unit.sql(), thread)?;
        if !matches!(row.standing, Standing::Member | Standing::Opening) {
            return Err(Misuse::ThreadInactive.into());
        }
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        let mut first = None;
        for (intent, id) in intents.iter().zip(ids) {
            allowed(post::check_now(tools, unit.sql(), &row, intent, now))?;
            let pushed = outbox::push(unit.sql(), thread, id, intent)?;
            match first {
                Some(first) => outbox::bind(unit.sql(), pushed, first)?,
                None => first = Some(pushed),
            }
            if let Intent::Content { text, .. } = intent {
                draft::settle(unit.sql(), DraftOf::Thread(thread), text)?;
            }
        }
        more(unit.sql())?;
        Ok(unit.commit()?)
    }

    /// Gives a person a name of the owner's own, who is thereby known here.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn name_contact(&mut self, account: AccountId, petname: &str) -> Result<(), Error> {
        let unit = self.store.begin()?;
        contact::name(unit.sql(), account, petname)?;
        Ok(unit.commit()?)
    }

    /// The owner has compared this safety number: the account's key that it was made of is the pinned one from now on.
    ///
    /// # Errors
    /// [`Misuse::AccountKeyChanged`] if the number is of another key than the one that waits now;
    /// [`Misuse::UnknownAccount`], [`Error::Store`].
    pub fn confirm_key(&mut self, account: AccountId, compared: &SafetyNumber) -> Result<(), Error> {
        if self.safety_number(account)? != *compared {
            return Err(Misuse::AccountKeyChanged.into());
        }
        let unit = self.store.begin()?;
        contact::confirm_key(unit.sql(), account)?;
        Ok(unit.commit()?)
    }

    /// Everyone whom this device knows.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn contacts(&self) -> Result<Vec<Contact>, Error> {
        self.store.read(|view| contact::all(view.sql()))
    }

    /// One person.
    ///
    /// # Errors
    /// [`Misuse::UnknownAccount`], [`Error::Store`].
    pub fn contact(&self, account: AccountId) -> Result<Contact, Error> {
        let found = self.store.read(|view| contact::find(view.sql(), account))?;
        found.ok_or_else(|| Misuse::UnknownAccount.into())
    }

    /// The safety number of this account and another: equal on both sides if and only if each has the other's key. Of a
    /// changed key that waits for confirmation, it is that key's.
    ///
    /// # Errors
    /// [`Misuse::UnknownAccount`] if the account's key was never seen; [`Error::Store`].
    pub fn safety_number(&self, account: AccountId) -> Result<SafetyNumber, Error> {
        let key = self.store.read(|view| contact::key_to_compare(view.sql(), account))?;
        let key = key.ok_or(Misuse::UnknownAccount)?;
        let own = self.own();
        Ok(SafetyNumber::between((own.account, own.account_key), (account, key)))
    }

    /// All threads, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn threads(&self) -> Result<Vec<ThreadSummary>, Error> {
        self.store.read(|view| summary::all(view.sql(), self.identity.actor()))
    }

    /// One thread.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`], [`Error::Store`].
    pub fn thread(&self, thread: ThreadId) -> Result<ThreadSummary, Error> {
        self.store.read(|view| summary::one(view.sql(), thread, self.identity.actor()))
    }

    /// The devices of a person in all threads, the one that was met first first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn devices(&self, account: AccountId) -> Result<Vec<KnownDevice>, Error> {
        self.store.read(|view| contact::devices(view.sql(), account))
    }

    /// The devices in a thread.
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`], [`Error::Store`].
    pub fn participants(&self, thread: ThreadId) -> Result<Vec<Participant>, Error> {
        self.store.read(|view| {
            ThreadRow::load(view.sql(), thread)?;
            let rows = roster(view.sql(), thread)?;
            Ok(rows
                .iter()
                .map(|row| Participant {
                    account: row.member.actor.account,
                    role: row.member.actor.role,
                    device: row.member.device,
                    since: row.since,
                    since_at: row.since_at,
                })
                .collect())
        })
    }

    /// The running hash of a thread's log as far as it has been read: two devices that have the same one have read the
    /// same envelopes, accepted the same Commits, and are in the same epoch (RFC 9420 section 8.7).
    ///
    /// # Errors
    /// [`Misuse::UnknownThread`], [`Error::Store`].
    pub fn log_head(&self, thread: ThreadId) -> Result<LogHead, Error> {
        self.store.read(|view| Ok(ThreadRow::load(view.sql(), thread)?.head))
    }

    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill_bytes(&mut bytes);
        bytes
    }
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.len() > TEXT_MAX_BYTES {
        return Err(Misuse::TextLength.into());
    }
    Ok(())
}

/// A rule found against one's own action is the caller's to know.
fn allowed<T>(checked: Result<T, Stop>) -> Result<T, Error> {
    checked.map_err(|stop| match stop {
        Stop::Peer(crate::error::PeerFault::Denied(denied)) => {
            if denied.rule == colloque_schemas::rule::Rule::OneKeyPerAccount {
                Misuse::AccountKeyChanged.into()
            } else {
                denied.into()
            }
        }
        Stop::Peer(fault) => Error::Peer(fault),
        Stop::Failure(error) => error,
    })
}
