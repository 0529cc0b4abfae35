//! One connection between a device and the relay. What is sent on it arrives in order, late, or not at all; what was sent
//! on an earlier one may arrive after what was sent on a later one.

use std::collections::{BTreeMap, VecDeque};

use colloque_schemas::codec;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::frame::{ClientFrame, Request, RequestId, Response, ServerFrame};
use colloque_schemas::id::ThreadId;
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
    pub(super) kind: EnvelopeKind,
    pub(super) seq: u64,
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
    pub(super) up: VecDeque<Vec<u8>>,
    pub(super) down: VecDeque<Down>,
    /// Requests that the relay has not answered, and what is acknowledged by the answer.
    asked: BTreeMap<RequestId, Option<(ThreadId, EnvelopeKind)>>,
}

impl Link {
    pub(super) fn new(device: usize, (session, reader): (Session, OutboxReader)) -> Self {
        let (up, down, asked) = (VecDeque::new(), VecDeque::new(), BTreeMap::new());
        Self { device, is_held: true, session: Some(session), reader, up, down, asked }
    }

    /// The next frame for the relay, if it is still there.
    pub(super) fn next_up(&self) -> Option<ClientFrame> {
        self.session.as_ref()?;
        self.up
            .front()
            .map(|frame| codec::decode(frame, FRAME_MAX_BYTES).expect("a device speaks the protocol"))
    }

    /// The next frame for the relay goes to it now.
    pub(super) fn take_up(&mut self) -> Option<(ClientFrame, Vec<u8>)> {
        let frame = self.next_up()?;
        let acknowledges = match &frame.request {
            Request::Append(append) => Some((append.thread, append.envelope.kind)),
            Request::OpenThread(opening) => Some((opening.thread, EnvelopeKind::Application)),
            _ => None,
        };
        self.asked.insert(frame.id, acknowledges);
        Some((frame, self.up.pop_front()?))
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
                if let ServerFrame::Reply { id, .. } | ServerFrame::Refused { id: Some(id), .. } = &frame {
                    let asked = self.asked.remove(id).expect("a reply to what was asked, and one only");
                    if let (
                        Some((thread, kind)),
                        ServerFrame::Reply { response: Response::Appended(appended), .. },
                    ) = (asked, &frame)
                    {
                        acknowledged.push(Acknowledged { thread, kind, seq: appended.seq.0 });
                    }
                }
                self.down.push_back(Down::Frame(Box::new(frame), bytes.to_vec()));
            }
            Outgoing::End(end) => self.close(end),
        }
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
