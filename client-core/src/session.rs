//! One connection to the relay, as a state machine: frames in, frames out, nothing else.
//!
//! | state | leaves it by |
//! |---|---|
//! | closed | a connection opened: its channel binding is known |
//! | opened | the relay's challenge: answered with the sign-in |
//! | signing in | the relay's answer: the logs are asked for |
//! | catching up | the last page: the outbox may move |
//! | live | the connection closed |

use std::collections::{BTreeMap, BTreeSet};

use colloque_schemas::codec;
use colloque_schemas::frame::{
    Challenge, ClientFrame, Event as RelayEvent, Request, RequestId, Response, ServerFrame, SignIn,
};
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::limits::{FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::point::Point;
use colloque_schemas::refusal::Refusal;
use colloque_schemas::sign_in::{ChannelBinding, SignInStatement};
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::devices::Alignment;
use crate::document;
use crate::document::transfer::Transfers;
use crate::error::{Error, ServerFault};
use crate::event::Event;
use crate::letter::Errand;
use crate::outbox;
use crate::restore::Shortness;
use crate::sql::{self, Setting};
use crate::supply;
use crate::thread::Tools;
use crate::thread::open::Claimed;
use crate::thread::row::ThreadRow;
use crate::view::Standing;
use crate::waiting::Tries;

/// KeyPackages are made at most this often, whatever the relay says.
const RESTOCK_SECONDS: u64 = 60;

/// Where a connection is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Closed,
    Opened(ChannelBinding),
    SigningIn,
    /// Logs that are still to be asked for, the last group first; the current one is in flight.
    CatchingUp(Vec<Vec<ThreadId>>),
    Live,
}

/// What a request in flight was for.
#[derive(Debug)]
pub(crate) enum Pending {
    SignIn,
    Sync { threads: Vec<ThreadId>, is_first: bool },
    Inbox,
    Publish { leaf: Vec<u8> },
    Claim { thread: ThreadId, account: AccountId },
    Open { row: i64, thread: ThreadId },
    Post { row: i64, thread: ThreadId },
    Terms { thread: ThreadId, handshake: Seq },
    AskBlob { serial: u64 },
    PutChunk { serial: u64 },
    TakeChunk { serial: u64, index: u32 },
    PublishDevices,
    PutLink,
    TakeLink,
    EndLink,
    LetterClaim(Errand),
    Letter(Errand),
    Restore { thread: ThreadId, seq: Seq },
    Reopen { thread: ThreadId },
}

/// The connection, and everything that is forgotten with it.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) state: State,
    pub(crate) pending: BTreeMap<RequestId, Pending>,
    pub(crate) outgoing: Vec<Vec<u8>>,
    /// KeyPackages claimed for openings that wait for more.
    pub(crate) claims: BTreeMap<ThreadId, Vec<Claimed>>,
    /// Openings that wait for a patient who is absent, which the app was told.
    pub(crate) waiting: BTreeSet<ThreadId>,
    pub(crate) tries: Tries,
    /// Threads of which something is in flight: one post at a time each.
    pub(crate) busy: BTreeSet<ThreadId>,
    /// Threads whose log is shorter at the relay than here.
    pub(crate) short: BTreeMap<ThreadId, Shortness>,
    /// Those that this device has given back in full.
    pub(crate) given_back: BTreeSet<ThreadId>,
    /// Threads in which the relay takes nothing before this instant.
    pub(crate) waits: BTreeMap<ThreadId, UnixSeconds>,
    /// Threads, with the handshake in force, whose deadline has passed by the relay's clock.
    pub(crate) overdue: BTreeSet<(ThreadId, Seq)>,
    /// Whether a Welcome came live that is to be read from a page.
    pub(crate) missed_inbox: bool,
    /// When threads are looked through for heartbeats.
    pub(crate) beats_at: Option<UnixSeconds>,
    /// When there is something to send that may not be sent yet.
    pub(crate) wakes_at: Option<UnixSeconds>,
    /// When KeyPackages were last made.
    pub(crate) restocked_at: Option<UnixSeconds>,
    /// The devices of one's own account, where they are not all in every thread.
    pub(crate) alignment: Alignment,
    /// Documents on their way.
    pub(crate) transfers: Transfers,
    /// Until when no letter is written.
    pub(crate) letter_waits_until: Option<UnixSeconds>,
    next_request: u32,
}

impl Session {
    /// Whether a page has been asked for that has not come yet.
    pub(crate) fn is_reading(&self) -> bool {
        self.pending.values().any(|pending| matches!(pending, Pending::Sync { .. }))
    }

    /// Whether a page of this thread has been asked for that has not come yet.
    pub(crate) fn reads(&self, thread: ThreadId) -> bool {
        self.pending
            .values()
            .any(|pending| matches!(pending, Pending::Sync { threads, .. } if threads.contains(&thread)))
    }

    /// Whether the relay takes nothing of this thread yet.
    pub(crate) fn is_put_off(&mut self, thread: ThreadId, now: UnixSeconds) -> bool {
        let until = self.waits.get(&thread).copied().filter(|until| now < *until);
        until.into_iter().for_each(|until| self.wake_at(until));
        until.is_some()
    }

    /// There is something to do at this instant.
    pub(crate) fn wake_at(&mut self, at: UnixSeconds) {
        self.wakes_at = Some(self.wakes_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Nothing more is to be done for an opening that failed.
    pub(crate) fn forget_opening(&mut self, thread: ThreadId) {
        self.busy.remove(&thread);
        self.claims.remove(&thread);
        self.waiting.remove(&thread);
        self.waits.remove(&thread);
    }

    /// Whether the relay has been asked for KeyPackages of an account, for this thread, and has not answered.
    pub(crate) fn has_claimed(&self, thread: ThreadId, account: AccountId) -> bool {
        let is_that = |pending: &Pending| matches!(pending, Pending::Claim { thread: of, account: whose } if (*of, *whose) == (thread, account));
        self.pending.values().any(is_that)
    }

    /// Whether an envelope of this thread is on its way back to the relay.
    pub(crate) fn gives_back(&self, thread: ThreadId) -> bool {
        let is_that =
            |pending: &Pending| matches!(pending, Pending::Restore { thread: of, .. } if *of == thread);
        self.pending.values().any(is_that)
    }

    /// Puts a request on the wire and remembers what it was for.
    pub(crate) fn ask(&mut self, request: Request, pending: Pending) {
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        self.outgoing.push(codec::encode(&ClientFrame { id, request }));
        self.pending.insert(id, pending);
    }
}

impl Client {
    /// A connection to the relay is open, with this channel binding. What was in flight on an earlier one is asked again.
    pub fn connection_opened(&mut self, binding: ChannelBinding) {
        self.session = Session { state: State::Opened(binding), ..Session::default() };
    }

    /// The connection is gone.
    pub fn connection_closed(&mut self) {
        self.session = Session::default();
    }

    /// The frames to send, in order. Each is given out once.
    pub fn take_outgoing(&mut self) -> Vec<Vec<u8>> {
        let points = self.store.points();
        let mut frames = std::mem::take(&mut self.session.outgoing);
        let mut is_cut = false;
        frames.retain(|_| {
            let is_out = !is_cut && points.before(Point::Send).is_ok();
            is_cut |= !is_out || points.after(Point::Send).is_err();
            is_out
        });
        frames
    }

    /// Whether everything that the relay had is read, everything that was written here is there (messages with their
    /// documents, Commits, and the terms that follow from them), and every document that was asked for is here. Receipts
    /// that wait to be sent wait for another time. Openings wait for an absent patient without being
    /// counted here.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn is_settled(&self) -> Result<bool, Error> {
        let idle = self.session.state == State::Live && self.session.pending.is_empty();
        let idle = idle && !self.is_aligning()? && !self.is_linking();
        Ok(idle
            && self.session.outgoing.is_empty()
            && self.store.read(|view| {
                let owed = ThreadRow::with_terms_due(view.sql())?;
                let owes = owed.iter().any(|row| row.standing == Standing::Member);
                let is_fetching = document::row::is_fetching(view.sql())?;
                let threads = outbox::threads(view.sql())?;
                for thread in threads.iter().filter(|thread| !self.session.waiting.contains(thread)) {
                    if ThreadRow::load(view.sql(), *thread)?.standing != Standing::Behind {
                        return Ok(false);
                    }
                }
                Ok::<_, Error>(!owes && !is_fetching)
            })?)
    }

    /// The instant at which [`Client::poll`] will have something to send that may not be sent yet, as of its last call:
    /// call it again then, even if nothing has happened.
    pub fn wakes_at(&self) -> Option<UnixSeconds> {
        self.session.wakes_at
    }

    /// Takes one frame from the relay.
    ///
    /// # Errors
    /// [`Error::Server`] and [`Error::Refused`] end the connection: close it. [`Error::Store`] likewise; nothing of the
    /// frame is kept then.
    pub fn receive(&mut self, frame: &[u8], now: UnixSeconds) -> Result<Vec<Event>, Error> {
        let frame: ServerFrame = codec::decode(frame, FRAME_MAX_BYTES).map_err(|_| ServerFault::Protocol)?;
        let mut events = Vec::new();
        match frame {
            ServerFrame::Challenge(challenge) => self.answer(&challenge, now)?,
            ServerFrame::Reply { id, response } => {
                let pending = self.session.pending.remove(&id).ok_or(ServerFault::Protocol)?;
                self.granted(pending, response, now, &mut events)?;
            }
            ServerFrame::Refused { id: Some(id), refusal } => {
                let pending = self.session.pending.remove(&id).ok_or(ServerFault::Protocol)?;
                self.refused(pending, refusal, now, &mut events)?;
            }
            ServerFrame::Refused { id: None, refusal } => return Err(refusal.into()),
            ServerFrame::Event(event) => self.heard(event, now, &mut events)?,
        }
        Ok(events)
    }

    fn answer(&mut self, challenge: &Challenge, now: UnixSeconds) -> Result<(), Error> {
        let State::Opened(channel_binding) = self.session.state else {
            return Err(ServerFault::Protocol.into());
        };
        if challenge.version != PROTOCOL_VERSION {
            return Err(ServerFault::Version(challenge.version).into());
        }
        // Before signing in: the relay takes no expired certificate.
        self.keep_fresh(now)?;
        let statement = SignInStatement {
            relay_name: self.identity.servers.relay_name.clone(),
            nonce: challenge.nonce,
            version: PROTOCOL_VERSION,
            channel_binding,
        };
        let request = Request::SignIn(SignIn {
            version: PROTOCOL_VERSION,
            chain: self.identity.chain.clone(),
            device_list: self.identity.device_list.to_unverified(),
            signature: self.identity.sign(&statement),
        });
        self.session.state = State::SigningIn;
        self.session.ask(request, Pending::SignIn);
        Ok(())
    }

    fn granted(
        &mut self,
        pending: Pending,
        response: Response,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match (pending, response) {
            (Pending::SignIn, Response::SignedIn(at_relay)) => {
                self.meet_incarnation(at_relay.incarnation)?;
                self.take_own_news(at_relay.device_list, at_relay.leaf, now, events)?;
                self.restock(at_relay.key_packages_left, at_relay.has_last_resort, now)?;
                self.begin_catching_up()
            }
            (Pending::Sync { threads, is_first }, Response::Page(page)) => {
                self.take_page(page, threads, is_first, now, events)
            }
            (Pending::Inbox, Response::Done) => Ok(()),
            (Pending::Publish { leaf }, Response::Done) => {
                let unit = self.store.begin()?;
                sql::put_setting(unit.sql(), Setting::PublishedLeaf, &leaf)?;
                let incarnation = sql::required(unit.sql(), Setting::Incarnation)?;
                sql::put_setting(unit.sql(), Setting::PublishedTo, &incarnation)?;
                Ok(unit.commit()?)
            }
            (Pending::Claim { thread, account }, Response::KeyPackages(packages)) => {
                self.claimed(thread, Claimed { account, packages })
            }
            (Pending::Open { row, thread }, Response::Appended(_)) => self.opened(row, thread, events),
            (Pending::Post { row, thread }, Response::Appended(appended)) => {
                self.acknowledged(row, thread, appended)
            }
            (Pending::Restore { thread, seq }, Response::Appended(appended)) => {
                self.restored(thread, seq, appended, now)
            }
            (Pending::Reopen { thread }, Response::Appended(_)) => self.reopened(thread),
            (Pending::PublishDevices | Pending::EndLink, Response::Done) => Ok(()),
            (Pending::LetterClaim(errand), Response::KeyPackages(claimed)) => {
                self.write_letter(errand, &claimed, now, events)
            }
            (Pending::Letter(errand), Response::Done) => self.letter_sent(errand, events),
            (Pending::PutLink, Response::Done) => self.link_said(events),
            (Pending::TakeLink, Response::Link(content)) => self.link_heard(content, now, events),
            (Pending::Terms { thread, handshake }, Response::Done) => self.terms_done(thread, handshake),
            (Pending::AskBlob { serial }, Response::NextChunk(next)) => {
                self.upload_resumes(serial, next, events)
            }
            (Pending::PutChunk { serial }, Response::Done) => self.chunk_put(serial, events),
            (Pending::TakeChunk { serial, index }, Response::Chunk(chunk)) => {
                self.chunk_taken(serial, index, chunk, events)
            }
            _ => Err(ServerFault::Protocol.into()),
        }
    }

    fn refused(
        &mut self,
        pending: Pending,
        refusal: Refusal,
        now: UnixSeconds,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match pending {
            Pending::SignIn | Pending::Sync { .. } => Err(refusal.into()),
            // Another publication or acknowledgement follows at the next sign-in.
            Pending::Inbox | Pending::Publish { .. } | Pending::PublishDevices | Pending::EndLink => Ok(()),
            Pending::LetterClaim(errand) | Pending::Letter(errand) => {
                self.letter_refused(errand, refusal, now, events)
            }
            Pending::PutLink | Pending::TakeLink => self.link_refused(refusal, now, events),
            Pending::Claim { thread, account } => self.claim_refused(thread, account, refusal, now, events),
            Pending::Open { row, thread } | Pending::Post { row, thread } => {
                self.post_refused(row, thread, refusal, now, events)
            }
            Pending::Restore { thread, seq } => self.restore_refused(thread, seq, refusal, now, events),
            Pending::Reopen { thread } => self.access_lost(&[thread], events),
            // Terms stay due: they are asserted again once the log has been read further.
            Pending::Terms { thread, handshake } => self.terms_refused(thread, handshake, refusal, now),
            Pending::AskBlob { serial } | Pending::PutChunk { serial } => {
                self.upload_refused(serial, refusal, now, events)
            }
            Pending::TakeChunk { serial, .. } => self.download_refused(serial, refusal, now, events),
        }
    }

    /// Publishes KeyPackages where the relay has too few. Making them costs time.
    fn restock(&mut self, left: u32, has_last_resort: bool, now: UnixSeconds) -> Result<(), Error> {
        if self.session.restocked_at.is_some_and(|at| now < at.plus(RESTOCK_SECONDS)) {
            return Ok(());
        }
        let unit = self.store.begin()?;
        let tools = Tools { crypto: &self.crypto, identity: &self.identity };
        let publication = supply::publication(tools, unit.sql(), left, has_last_resort)?;
        unit.commit()?;
        if let Some(publication) = publication {
            self.session.restocked_at = Some(now);
            let leaf = self.identity.chain.leaf().to_vec();
            self.session.ask(Request::PublishKeyPackages(publication), Pending::Publish { leaf });
        }
        Ok(())
    }

    fn heard(&mut self, event: RelayEvent, now: UnixSeconds, events: &mut Vec<Event>) -> Result<(), Error> {
        match event {
            RelayEvent::Appended { thread, envelope } => {
                self.take_envelopes(thread, &[envelope], now, events)
            }
            RelayEvent::Inbox(item) => self.take_live_inbox(item, now, events),
            RelayEvent::AccessLost(thread) => self.access_lost(&[thread], events),
            RelayEvent::Devices(list) => self.take_devices(list, now, events),
            RelayEvent::KeyPackagesLow { left } => self.restock(left, true, now),
            RelayEvent::GoingAway { retry_within_seconds } => {
                events.push(Event::GoingAway { retry_within_seconds });
                Ok(())
            }
        }
    }
}
