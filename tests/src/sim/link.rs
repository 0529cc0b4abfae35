//! One connection between a device and the relay. What is sent on it arrives in order, late, or not at all; what was sent
//! on an earlier one may arrive after what was sent on a later one.

use std::collections::{BTreeMap, VecDeque};

use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{ClientFrame, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::{IdempotencyId, ThreadId};
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_server::relay::{End, OutboxReader, Outgoing, Session};

use super::host::waiting;

/// A frame that the relay has sent, or the end of the connection.
#[derive(Clone)]
pub(super) enum Down {
    Frame(Box<ServerFrame>, Vec<u8>),
    Closed(End),
}

/// What the relay acknowledged: the place, and the kind of envelope that is there.
pub(super) struct Acknowledged {
    pub(super) thread: ThreadId,
    pub(super) id: IdempotencyId,
    pub(super) kind: EnvelopeKind,
    pub(super) seq: u64,
    pub(super) is_echo: bool,
}

/// A frame on its way to the relay.
#[derive(Clone)]
pub(super) struct Up {
    pub(super) frame: ClientFrame,
    pub(super) bytes: Vec<u8>,
    /// Whether the relay has had it before.
    pub(super) is_echo: bool,
}

/// A request that the relay has not answered.
struct Asked {
    /// What is acknowledged by the answer.
    acknowledges: Option<(ThreadId, IdempotencyId, EnvelopeKind)>,
    is_echo: bool,
}

/// A connection.
pub(super) struct Link {
    /// The device's place in the cast.
    pub(super) device: usize,
    /// Whether the device still holds its end.
    pub(super) is_held: bool,
    /// The relay's end, until it is closed.
    pub(super) session: Option<Session>,
    pub(super) reader: OutboxReader,
    pub(super) up: VecDeque<Up>,
    pub(super) down: VecDeque<Down>,
    asked: BTreeMap<RequestId, VecDeque<Asked>>,
}

impl Link {
    pub(super) fn new(device: usize, (session, reader): (Session, OutboxReader)) -> Self {
        let (up, down, asked) = (VecDeque::new(), VecDeque::new(), BTreeMap::new());
        Self { device, is_held: true, session: Some(session), reader, up, down, asked }
    }

    /// Puts what the device sends on its way.
    pub(super) fn send(&mut self, bytes: Vec<u8>) -> &ClientFrame {
        let frame = codec::decode(&bytes, FRAME_MAX_BYTES).expect("a device speaks the protocol");
        self.up.push_back(Up { frame, bytes, is_echo: false });
        &self.up.back().expect("what was just put there").frame
    }

    /// The next frame for the relay, if it is still there.
    pub(super) fn next_up(&self) -> Option<&ClientFrame> {
        self.session.as_ref()?;
        self.up.front().map(|up| &up.frame)
    }

    /// The next frame for the relay goes to it now; once more later, if it is echoed.
    pub(super) fn take_up(&mut self, is_echoed: bool) -> Option<Up> {
        let up = self.up.pop_front()?;
        let acknowledges = match &up.frame.request {
            Request::Append(append) => Some((append.thread, append.idempotency, append.envelope.kind)),
            Request::OpenThread(opening) => {
                Some((opening.thread, opening.idempotency, EnvelopeKind::Application))
            }
            _ => None,
        };
        let asked = Asked { acknowledges, is_echo: up.is_echo };
        self.asked.entry(up.frame.id).or_default().push_back(asked);
        if is_echoed {
            self.up.push_front(Up { is_echo: true, ..up.clone() });
        }
        Some(up)
    }

    /// Waits until the relay has answered everything, or ended the connection.
    pub(super) async fn answered(&mut self, acknowledged: &mut Vec<Acknowledged>) {
        while self.session.is_some() && !self.asked.is_empty() {
            let outgoing = self.reader.next().await;
            self.take(outgoing, acknowledged);
        }
    }

    /// Takes what waits in the relay's end.
    pub(super) fn pull(&mut self, acknowledged: &mut Vec<Acknowledged>) {
        while self.session.is_some()
            && let Some(outgoing) = waiting(&mut self.reader)
        {
            self.take(outgoing, acknowledged);
        }
    }

    fn take(&mut self, outgoing: Outgoing, acknowledged: &mut Vec<Acknowledged>) {
        match outgoing {
            Outgoing::Frame(bytes) => {
                let frame = codec::decode(&bytes, FRAME_MAX_BYTES).expect("the relay speaks the protocol");
                if self.is_for_the_device(&frame, acknowledged) {
                    self.down.push_back(Down::Frame(Box::new(frame), bytes.to_vec()));
                }
            }
            Outgoing::End(end) => self.close(end),
        }
    }

    /// Notes what a reply acknowledges. That to an echo is not for the device, which has asked once.
    fn is_for_the_device(&mut self, frame: &ServerFrame, acknowledged: &mut Vec<Acknowledged>) -> bool {
        let (ServerFrame::Reply { id: of, .. } | ServerFrame::Refused { id: Some(of), .. }) = frame else {
            return true;
        };
        let waiting = self.asked.get_mut(of).expect("a reply to what was asked");
        let asked = waiting.pop_front().expect("one reply to each request");
        if waiting.is_empty() {
            self.asked.remove(of);
        }
        if let (Some((thread, id, kind)), ServerFrame::Reply { response: Response::Appended(appended), .. }) =
            (asked.acknowledges, frame)
        {
            acknowledged.push(Acknowledged { thread, id, kind, seq: appended.seq.0, is_echo: asked.is_echo });
        }
        !asked.is_echo
    }

    /// The relay closes its end.
    pub(super) fn close(&mut self, end: End) {
        self.session = None;
        self.up.clear();
        self.asked.clear();
        self.down.push_back(Down::Closed(end));
    }

    /// The relay is gone: what it had not sent is lost.
    pub(super) fn lose(&mut self, kept: usize) {
        if self.session.is_some() {
            self.down.truncate(kept);
            self.close(End::GoingAway);
        }
    }
}

/// Whether the relay reads its database for this itself; everything else goes through its writer.
pub(super) const fn reads(request: &Request) -> bool {
    matches!(request, Request::SignIn(_) | Request::Sync(_))
}

/// Whether it has an id by which the relay knows it again, or says how things are to be: heard twice, it is done once.
pub(super) const fn may_echo(request: &Request) -> bool {
    matches!(
        request,
        Request::Append(_) | Request::OpenThread(_) | Request::AssertTerms(_) | Request::AcknowledgeInbox(_)
    )
}

/// Whether it puts something into a log.
pub(super) const fn posts(request: &Request) -> bool {
    matches!(request, Request::Append(_) | Request::OpenThread(_))
}
