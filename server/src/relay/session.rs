//! One connection, whatever carries it: bytes of [`ClientFrame`]s in, bytes of `ServerFrame`s out.
//!
//! | state | sign-in | any other request | malformed |
//! |---|---|---|---|
//! | greeted | checked; the nonce is spent either way | `out-of-turn`, but a new device may be linked | refused, stays |
//! | refused | `sign-in-failed` | `out-of-turn` | refused, stays |
//! | signed in | `out-of-turn` | done or refused | refused, stays |
//!
//! Every frame gets exactly one reply. What the writer does is answered when it is durable; the session reads on
//! meanwhile.

use std::sync::Arc;

use colloque_schemas::codec::{self, Malformed};
use colloque_schemas::frame::{Append, ClientFrame, Request, RequestId, Response, ServerFrame, SignIn, Sync};
use colloque_schemas::id::ThreadId;
use colloque_schemas::limits::{
    FRAME_MAX_BYTES, LINK_REQUESTS_MAX, LINK_SECONDS, SIGN_IN_FRAME_MAX_BYTES, SIGN_IN_SECONDS,
};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};

use super::Core;
use super::blind::RowKey;
use super::delivery::blobs;
use super::delivery::sync::Reader;
use super::delivery::{
    Acknowledgement, Act, Assertion, Claim, DevicePublication, Letter, Opening, Posting, Publication,
};
use super::error::RequestError;
use super::outbox::{End, Outbox};
use super::quota::Counted;
use super::rendezvous::Side;
use super::sign_in::{self, Greeting, Peer};
use super::writer::Ticket;

/// One connection. Dropping it ends it.
pub struct Session {
    core: Arc<Core>,
    outbox: Arc<Outbox>,
    state: State,
    /// Requests of a linking before a sign-in.
    link_requests: u32,
    /// The access row of the thread that was posted to last: most posts of a connection are to one.
    last_row: Option<(ThreadId, RowKey)>,
}

enum State {
    Greeted(Box<Greeting>),
    Refused,
    SignedIn(Peer),
}

impl Session {
    pub(super) fn new(core: Arc<Core>, outbox: Arc<Outbox>, greeting: Greeting) -> Self {
        Self { core, outbox, state: State::Greeted(Box::new(greeting)), link_requests: 0, last_row: None }
    }

    /// Whether the device has proved who it is.
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, State::SignedIn(_))
    }

    /// How long the device may take from the beginning of the connection on until it has signed in. A new one waits for a
    /// person.
    pub const fn patience_seconds(&self) -> u64 {
        if self.link_requests > 0 { LINK_SECONDS } else { SIGN_IN_SECONDS }
    }

    /// Takes one frame. The reply comes through the outbox, now or when what was asked is durable. A connection that
    /// is being ended hears nothing more.
    pub async fn receive(&mut self, bytes: &[u8]) {
        self.check_expiry();
        if self.outbox.is_cut() {
            return;
        }
        let limit = if self.is_signed_in() { FRAME_MAX_BYTES } else { SIGN_IN_FRAME_MAX_BYTES };
        match codec::decode::<ClientFrame>(bytes, limit) {
            Ok(ClientFrame { id, request }) => {
                if let Err(error) = self.dispatch(id, request).await {
                    if !matches!(error, RequestError::Refused(_) | RequestError::Stopping) {
                        tracing::error!(cause = %error, "a request failed");
                    }
                    self.outbox.answer(id, Err(error.to_refusal()));
                }
            }
            Err(reason) => self.refuse_bytes(bytes, reason),
        }
    }

    /// Refuses a message that is no frame at all.
    pub fn refuse_text(&mut self) {
        self.refuse_bytes(&[], Malformed::Structure);
    }

    /// Ends the connection if the certificate that it was signed in with has expired. Asked at every request, and from
    /// time to time when there is none.
    pub fn check_expiry(&self) {
        if let State::SignedIn(peer) = &self.state
            && self.core.clock.now() > peer.leaf_expires_at
        {
            self.outbox.end(End::NoLongerTrusted);
        }
    }

    /// Ends the connection from the relay's side.
    pub(super) fn end(&self, reason: End) {
        self.outbox.end(reason);
    }

    fn refuse_bytes(&self, bytes: &[u8], reason: Malformed) {
        let code = match reason {
            Malformed::TooLarge { .. } => RefusalCode::TooLarge,
            _ => RefusalCode::Malformed,
        };
        self.outbox.send(ServerFrame::Refused { id: request_id(bytes), refusal: Refusal::never(code) });
    }

    async fn dispatch(&mut self, id: RequestId, request: Request) -> Result<(), RequestError> {
        match (&self.state, request) {
            (State::SignedIn(_), Request::SignIn(_)) => Err(RefusalCode::OutOfTurn.into()),
            (State::SignedIn(peer), request) => {
                if let Request::Append(Append { thread, .. }) = &request
                    && self.last_row.is_none_or(|(last, _)| last != *thread)
                {
                    let row = self.core.blind.access_row(*thread, peer.actor.account);
                    self.last_row = Some((*thread, row));
                }
                Box::pin(self.serve(peer, id, request)).await
            }
            (State::Greeted(_) | State::Refused, Request::SignIn(sign_in)) => {
                Box::pin(self.sign_in(id, sign_in)).await
            }
            (State::Greeted(_), Request::PutLink { .. } | Request::TakeLink { .. } | Request::EndLink(_))
                if self.link_requests >= LINK_REQUESTS_MAX =>
            {
                self.outbox.end(End::NotSignedIn);
                Ok(())
            }
            (
                State::Greeted(_),
                request @ (Request::PutLink { .. } | Request::TakeLink { .. } | Request::EndLink(_)),
            ) => {
                let response = self.link(Side::NewDevice, request)?;
                self.link_requests = self.link_requests.saturating_add(1);
                self.outbox.answer(id, Ok(response));
                Ok(())
            }
            (State::Greeted(_) | State::Refused, _) => Err(RefusalCode::OutOfTurn.into()),
        }
    }

    /// One side of a linking says or asks something.
    fn link(&self, side: Side, request: Request) -> Result<Response, Refusal> {
        let (rendezvous, now) = (&self.core.rendezvous, self.core.clock.now());
        match request {
            Request::PutLink { rendezvous: at, step, content } => {
                rendezvous.put(side, (at, step), content, now).map(|()| Response::Done)
            }
            Request::TakeLink { rendezvous: at, step } => {
                rendezvous.take(side, (at, step), now).map(Response::Link)
            }
            Request::EndLink(at) => {
                rendezvous.end(at, now);
                Ok(Response::Done)
            }
            _ => Err(Refusal::never(RefusalCode::OutOfTurn)),
        }
    }

    async fn sign_in(&mut self, id: RequestId, sign_in: SignIn) -> Result<(), RequestError> {
        let State::Greeted(greeting) = std::mem::replace(&mut self.state, State::Refused) else {
            let retry = Retry::OnNewConnection;
            return Err(Refusal { code: RefusalCode::SignInFailed, rule: None, retry }.into());
        };
        let (peer, signed_in) = sign_in::sign_in(&self.core, &self.outbox, *greeting, sign_in).await?;
        self.state = State::SignedIn(peer);
        self.outbox.answer(id, Ok(Response::SignedIn(signed_in)));
        Ok(())
    }

    /// Grants or refuses, and hands what is granted to the writer.
    async fn serve(&self, peer: &Peer, id: RequestId, request: Request) -> Result<(), RequestError> {
        let (core, actor, now) = (&self.core, peer.actor, self.core.clock.now());
        let act = match request {
            Request::Append(append) => {
                core.incarnation.check_settled(now)?;
                if let Some(counted) = Counted::of(append.thread, append.envelope.kind) {
                    core.quotas.take(&peer.device_row, counted, now)?;
                }
                let (_, access_row) = self.last_row.ok_or(RefusalCode::Internal)?;
                Act::Append(Posting::check(actor, append, access_row, &core.blind)?)
            }
            Request::Restore(restore) => {
                if let Some(counted) = Counted::of(restore.thread, restore.envelope.kind) {
                    core.quotas.take(&peer.device_row, counted, now)?;
                }
                let access_row = core.blind.access_row(restore.thread, actor.account);
                Act::Append(Posting::check_restore(actor, restore, access_row, &core.blind)?)
            }
            Request::OpenThread(opening) => {
                let opening = Opening::check(actor, opening, &core.blind, now)?;
                core.quotas.take(&peer.device_row, Counted::Opening, now)?;
                Act::Open(opening)
            }
            Request::AssertTerms(terms) => {
                core.quotas.take(&peer.device_row, Counted::Assertion, now)?;
                Act::Assert(Assertion::check(actor, terms, &core.blind)?)
            }
            Request::PublishKeyPackages(published) => {
                core.quotas.take(&peer.device_row, Counted::Publication, now)?;
                Act::Publish(Publication::check((actor.account, peer.device_row), published)?)
            }
            Request::ClaimKeyPackages(owner) => {
                let claim = Claim::check((actor, peer.device_row), owner)?;
                core.quotas.take(&peer.device_row, Counted::Claim, now)?;
                Act::Claim(claim)
            }
            Request::PublishDevices(published) => {
                core.quotas.take(&peer.device_row, Counted::Publication, now)?;
                let by = (actor.account, peer.device_row);
                Act::PublishDevices(DevicePublication::check(by, published, &core.config.anchor, now)?)
            }
            Request::SendLetter(letter) => {
                core.quotas.take(&peer.device_row, Counted::Letter, now)?;
                Act::Letter(Letter::check(actor, letter)?)
            }
            Request::PutLink { .. } | Request::TakeLink { .. } | Request::EndLink(_) => {
                core.quotas.take(&peer.device_row, Counted::Linking, now)?;
                let response = self.link(Side::Primary, request)?;
                self.outbox.answer(id, Ok(response));
                return Ok(());
            }
            Request::AcknowledgeInbox(through) => {
                Act::Acknowledge(Acknowledgement { device: peer.device_row, through })
            }
            Request::Sync(sync) => {
                core.quotas.take(&peer.device_row, Counted::Page, now)?;
                self.sync(peer, id, sync).await;
                return Ok(());
            }
            Request::PutChunk(_) | Request::AskBlob(_) | Request::TakeChunk { .. } => {
                core.quotas.take(&peer.device_row, Counted::Chunk, now)?;
                let response = Box::pin(self.serve_blob(peer, request)).await?;
                self.outbox.answer(id, Ok(response));
                return Ok(());
            }
            Request::SignIn(_) => return Err(RefusalCode::OutOfTurn.into()),
        };
        core.quotas.take_bytes(&peer.device_row, act.payload_bytes(), now)?;
        core.submit(act, Ticket::Reply(Arc::clone(&self.outbox), id)).await
    }

    /// The connection waits for the disk: a device has as many chunks under way as it puts in one breath.
    async fn serve_blob(&self, peer: &Peer, request: Request) -> Result<Response, RequestError> {
        match request {
            Request::PutChunk(put) => blobs::put(&self.core, &peer.device_row, put).await,
            Request::AskBlob(blob) => blobs::ask(&self.core, blob).await,
            Request::TakeChunk { blob, index } => blobs::take(&self.core, blob, index).await,
            _ => Err(RefusalCode::OutOfTurn.into()),
        }
    }

    async fn sync(&self, peer: &Peer, id: RequestId, sync: Sync) {
        let reader = Reader {
            readers: &self.core.readers,
            blind: &self.core.blind,
            live: &self.core.live,
            incarnation: &self.core.incarnation,
            session: peer.session,
            account: peer.actor.account,
            device: peer.device_row,
        };
        self.outbox.hold();
        let outcome = reader.sync(sync).await;
        if let Err(error) = &outcome
            && !matches!(error, RequestError::Refused(_) | RequestError::Stopping)
        {
            tracing::error!(cause = %error, "a page could not be read");
        }
        self.outbox.release(id, outcome.map_err(|error| error.to_refusal()));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let State::SignedIn(peer) = &self.state {
            self.core.live.leave(peer.session);
        }
    }
}

/// The id of a frame of which nothing else can be read: `[id, ...]`.
fn request_id(bytes: &[u8]) -> Option<RequestId> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.u32().ok().map(RequestId)
}
