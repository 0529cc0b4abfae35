//! The one owner of the open profile: pages ask it, it keeps the connection, it forgets the keys when nobody is there.
//!
//! It runs on a thread of its own, because opening a store and writing to it take time that pages of others should not
//! wait for. What is asked runs between two events of the connection, in the order in which it was asked.

mod joining;
mod link;
mod linking;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use colloque_client_core::connection::{Clock as _, SystemClock, enrol};
use colloque_client_core::store::Store;
use colloque_client_core::{Client, Error, KeySource, NewDevice, Passphrase, StoreError};
use colloque_schemas::certificate::Holder;
use colloque_schemas::enrolment::Invitation;
use colloque_schemas::time::UnixSeconds;
use rand_core::OsRng;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::news::News;
use super::searches::Searches;
use crate::verb::begun;
use joining::Joining;
use link::{Link, Step};

pub(crate) use joining::Step as JoiningStep;
pub(crate) use linking::{Linking, Linkings};

/// Questions that may wait. More wait at the door.
const QUEUE: usize = 64;
/// News that a slow page may miss before it is told to look at everything anew.
const NEWS: usize = 256;

/// Something to be done with the client, or to be told that there is none.
type Work = Box<dyn FnOnce(Result<&mut Client, Closed>) + Send>;

/// What is asked of the owner of the profile.
enum Job {
    /// Something of the client.
    Work(Work),
    /// The profile, with its passphrase.
    Open(Passphrase, oneshot::Sender<Result<(), Error>>),
    /// A new profile, or one whose enrolment was begun.
    Enrol(Box<Invitation>, Passphrase, oneshot::Sender<Result<(), Error>>),
    /// A profile as one more device of an account, to be added by its main one.
    Join(Box<NewDevice>, Passphrase, oneshot::Sender<Result<(), Error>>),
    /// To wait for the main one no longer.
    StopJoining,
    /// To forget the keys.
    Lock(Option<oneshot::Sender<()>>),
    /// Somebody is there.
    Attended,
    /// To forget the keys and stop.
    End,
}

/// Why the client cannot be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Closed {
    /// There is no profile yet.
    NotEnrolled,
    /// The keys are not in memory.
    Locked,
    /// The program is ending.
    Ending,
}

/// How the profile is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It cannot be asked.
    Closed(Closed),
    /// Open.
    Open {
        /// Whose it is.
        holder: Holder,
        /// Whether what is written goes out at once.
        is_connected: bool,
        /// The id of what keeps the relay away, if waiting alone does not help.
        fault: Option<&'static str>,
    },
}

/// The way to the owner of the profile.
pub(crate) struct Keeper {
    jobs: mpsc::Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
    news: broadcast::Sender<News>,
    state: watch::Receiver<State>,
    joining: watch::Receiver<JoiningStep>,
    linkings: Arc<Linkings>,
}

impl Keeper {
    /// Starts it for the profile in `folder`, whose keys are forgotten after `idle` without anybody, and these searches with
    /// them.
    pub(crate) fn start(folder: PathBuf, idle: Duration, searches: Arc<Searches>) -> std::io::Result<Self> {
        let (jobs, asked) = mpsc::channel(QUEUE);
        let (news, _) = broadcast::channel(NEWS);
        let (shown, state) = watch::channel(State::Closed(closed(&folder)));
        let (joins, joining) = Joining::new();
        let linkings = Arc::<Linkings>::default();
        let owner = Owner {
            folder,
            idle,
            locks_at: Instant::now() + idle,
            attended_at: SystemClock.now(),
            news: news.clone(),
            state: shown,
            searches,
            joining: joins,
            linkings: Arc::clone(&linkings),
            profile: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || runtime.block_on(owner.run(asked)))?;
        Ok(Self { jobs, thread: Mutex::new(Some(thread)), news, state, joining, linkings })
    }

    /// What is heard from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Tells the other pages.
    pub(crate) fn tell(&self, news: News) {
        tell(&self.news, news);
    }

    /// How the profile is.
    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until the profile is not open any more.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut state = self.state.clone();
        async move {
            // Ending closes it as well.
            let _ = state.wait_for(|state| matches!(state, State::Closed(_))).await;
        }
    }

    /// Asks something of the client.
    ///
    /// # Errors
    ///
    /// `Closed` when there is none; what `work` says otherwise.
    pub(crate) async fn with<T, E>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Closed> + Send + 'static,
    {
        let job = |reply: oneshot::Sender<Result<T, E>>| {
            Job::Work(Box::new(move |client| {
                // Whoever asked may have gone.
                let _ = reply.send(client.map_err(E::from).and_then(work));
            }))
        };
        self.ask(job).await?
    }

    /// Opens the profile.
    ///
    /// # Errors
    ///
    /// As [`Client::open`].
    pub(crate) async fn open(&self, passphrase: Passphrase) -> Result<Result<(), Error>, Closed> {
        self.ask(|reply| Job::Open(passphrase, reply)).await
    }

    /// Makes the profile from an invitation, or goes on with one that was begun.
    ///
    /// # Errors
    ///
    /// As [`Enrolment::start`] and [`enrol`].
    pub(crate) async fn enrol(
        &self,
        invitation: Invitation,
        passphrase: Passphrase,
    ) -> Result<Result<(), Error>, Closed> {
        self.ask(|reply| Job::Enrol(Box::new(invitation), passphrase, reply)).await
    }

    /// Offers this device, which the relay knows, to the main one of an account: [`Self::joining`] says how it goes on.
    ///
    /// # Errors
    ///
    /// Whatever stands against a new profile here.
    pub(crate) async fn join(
        &self,
        device: NewDevice,
        passphrase: Passphrase,
    ) -> Result<Result<(), Error>, Closed> {
        self.ask(|reply| Job::Join(Box::new(device), passphrase, reply)).await
    }

    /// Waits for the main device no longer.
    pub(crate) async fn stop_joining(&self) {
        let _ = self.jobs.send(Job::StopJoining).await;
        // Asked after it, and answered: it has been done.
        let _ = self.with(|_| Ok::<_, Closed>(())).await;
    }

    /// How this device stands as a new one.
    pub(crate) fn joining(&self) -> JoiningStep {
        self.joining.borrow().clone()
    }

    /// Waits until it stands otherwise than this word says.
    pub(crate) fn joining_beyond(&self, word: &str) -> impl Future<Output = ()> + Send + use<> {
        let (mut joining, word) = (self.joining.clone(), word.to_owned());
        async move {
            // Ending ends it as well.
            let _ = joining.wait_for(|step| step.word() != word).await;
        }
    }

    /// How the linking of a new device by this one stands.
    pub(crate) fn linkings(&self) -> &Arc<Linkings> {
        &self.linkings
    }

    /// Forgets the keys. Once this returns they are gone.
    pub(crate) async fn lock(&self) {
        // Ending forgets them as well.
        let _ = self.ask(|reply| Job::Lock(Some(reply))).await;
    }

    /// Forgets the keys and ends its thread. A process must not end while a thread of its own still closes the store: what
    /// the store is made of would be gone under it.
    pub(crate) async fn end(&self) {
        let _ = self.jobs.send(Job::End).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has told so.
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }

    /// Somebody is there: the keys stay a while longer.
    pub(crate) async fn attended(&self) {
        let _ = self.jobs.send(Job::Attended).await;
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, Closed> {
        let (reply, answered) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| Closed::Ending)?;
        answered.await.map_err(|_| Closed::Ending)
    }
}

/// The owner itself.
struct Owner {
    folder: PathBuf,
    idle: Duration,
    locks_at: Instant,
    attended_at: UnixSeconds,
    news: broadcast::Sender<News>,
    state: watch::Sender<State>,
    searches: Arc<Searches>,
    joining: Joining,
    linkings: Arc<Linkings>,
    profile: Option<Profile>,
}

/// An open profile with its way to the relay.
struct Profile {
    client: Client,
    link: Link,
}

impl Owner {
    async fn run(mut self, mut asked: mpsc::Receiver<Job>) {
        loop {
            let job = match &mut self.profile {
                None => tokio::select! {
                    biased;
                    job = asked.recv() => job,
                    joined = self.joining.next() => {
                        self.joined(joined);
                        continue;
                    }
                },
                Some(profile) => tokio::select! {
                    // Asked first: a page does not wait for a relay that talks without end.
                    biased;
                    job = asked.recv() => job,
                    () = sleep_until(self.locks_at) => Some(Job::Lock(None)),
                    step = profile.link.next(&mut profile.client) => {
                        Box::pin(profile.take(step, &self.news, &self.linkings)).await;
                        self.publish();
                        continue;
                    }
                },
            };
            let Some(job) = job.filter(|job| !matches!(job, Job::End)) else { break };
            // A timer stands still while the machine sleeps; the clock does not.
            if self.attended_at.plus(self.idle.as_secs()) <= SystemClock.now() {
                self.close().await;
            }
            self.act(job).await;
        }
        self.close().await;
    }

    async fn act(&mut self, job: Job) {
        match job {
            Job::Work(work) => match &mut self.profile {
                Some(profile) => work(Ok(&mut profile.client)),
                None => work(Err(closed(&self.folder))),
            },
            Job::Open(passphrase, reply) => {
                let opened = self.open(passphrase);
                let _ = reply.send(opened);
            }
            Job::Enrol(invitation, passphrase, reply) => {
                let enrolled = Box::pin(self.enrol(*invitation, passphrase)).await;
                let _ = reply.send(enrolled);
            }
            Job::Join(device, passphrase, reply) => {
                let _ = reply.send(self.join(*device, passphrase));
            }
            Job::StopJoining => self.joining.stop(),
            Job::Lock(reply) => {
                self.close().await;
                if let Some(reply) = reply {
                    let _ = reply.send(());
                }
            }
            Job::Attended => self.attend(),
            // Ends the loop.
            Job::End => {}
        }
    }

    fn attend(&mut self) {
        self.locks_at = Instant::now() + self.idle;
        self.attended_at = SystemClock.now();
    }

    /// Shows how it is now to whoever looks, and tells pages if that has changed.
    fn publish(&self) {
        let state = match &self.profile {
            Some(Profile { client, link }) => {
                State::Open { holder: client.own().holder, is_connected: link.is_up(), fault: link.fault() }
            }
            None => State::Closed(closed(&self.folder)),
        };
        let has_changed = self.state.send_if_modified(|shown| {
            let has_changed = *shown != state;
            *shown = state;
            has_changed
        });
        if has_changed {
            tell(&self.news, News::State);
        }
    }

    fn open(&mut self, passphrase: Passphrase) -> Result<(), Error> {
        if self.profile.is_none() {
            let source = KeySource::Passphrase(passphrase);
            self.hold(Client::open(&self.folder, &source, Box::new(OsRng))?);
        }
        Ok(())
    }

    async fn enrol(&mut self, invitation: Invitation, passphrase: Passphrase) -> Result<(), Error> {
        let source = KeySource::Passphrase(passphrase);
        let client = enrol(begun(&self.folder, &source, invitation)?, &SystemClock).await?;
        self.hold(client);
        Ok(())
    }

    fn join(&mut self, device: NewDevice, passphrase: Passphrase) -> Result<(), Error> {
        if Store::exists(&self.folder) {
            return Err(StoreError::AlreadyExists.into());
        }
        self.joining.begin(device, self.folder.clone(), KeySource::Passphrase(passphrase));
        Ok(())
    }

    /// The main device has added this one, or the joining has ended without it.
    fn joined(&mut self, joined: Result<Client, Error>) {
        let error = match joined {
            Ok(client) => {
                self.hold(client);
                None
            }
            Err(error) => Some(error),
        };
        self.joining.ended(error);
    }

    fn hold(&mut self, client: Client) {
        self.attend();
        let link = Link::to(client.relay().clone());
        self.profile = Some(Profile { client, link });
        self.publish();
    }

    /// Sends what is ready, then drops the client, and with it every key.
    async fn close(&mut self) {
        if let Some(Profile { mut client, link }) = self.profile.take() {
            link.close(&mut client).await;
            drop(client);
            self.searches.forget();
            // The client knew it, and nobody else.
            self.linkings.becomes(Linking::Idle);
            self.publish();
        }
    }
}

impl Profile {
    /// Takes what the connection brought.
    async fn take(&mut self, step: Step, news: &broadcast::Sender<News>, linkings: &Linkings) {
        match step {
            Step::Heard(events) => {
                self.link.heed(&events);
                for event in events {
                    linkings.heed(&event);
                    tell(news, News::Event(Arc::new(event)));
                }
            }
            Step::Reached(reached) => {
                self.link.sign_in(*reached, &mut self.client).await;
            }
            Step::Ended(error) => self.link.ended(&error, &mut self.client),
        }
    }
}

fn tell(news: &broadcast::Sender<News>, one: News) {
    // Nobody may be listening.
    let _ = news.send(one);
}

/// Why there is no client to ask.
fn closed(folder: &Path) -> Closed {
    if Store::exists(folder) { Closed::Locked } else { Closed::NotEnrolled }
}
