//! What waits to be sent to one device: a queue bounded in frames and bytes, and the valve between backlog and live
//! events.
//!
//! While a device catches up, it reads its logs in pages; what is appended meanwhile is in later pages. Only while the
//! last page is read are live events held back, to follow it: the device hears every Seq, in order. What was appended
//! while that page was read may be in it and follow it too; devices ignore a Seq that they have.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use colloque_schemas::codec;
use colloque_schemas::frame::{Event, Page, RequestId, Response, ServerFrame};
use colloque_schemas::limits::{OUTBOUND_QUEUE_BYTES, OUTBOUND_QUEUE_FRAMES};
use colloque_schemas::point::{Point, Points};
use colloque_schemas::refusal::Refusal;
use tokio::sync::{mpsc, watch};

/// Why a connection ends, from the relay's side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The relay stops. What is queued is still sent.
    GoingAway,
    /// The device reads slower than it is sent to.
    SlowReader,
    /// A message that is larger than any frame; where the next one starts is not known.
    TooLarge,
    /// No valid sign-in in time.
    NotSignedIn,
    /// The device has connected too many times since.
    Superseded,
    /// The device is no longer in its account's newest list, or its certificate has expired.
    NoLongerTrusted,
}

/// What comes out of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outgoing {
    /// One [`ServerFrame`], encoded.
    Frame(Bytes),
    /// Close the connection. Nothing follows.
    End(End),
}

/// The end of an outbox that the socket holds.
#[derive(Debug)]
pub struct OutboxReader {
    frames: mpsc::Receiver<Bytes>,
    end: watch::Receiver<Option<End>>,
    waiting: Arc<Waiting>,
    points: Points,
}

impl OutboxReader {
    /// Waits for the next thing to send. Safe to cancel.
    pub async fn next(&mut self) -> Outgoing {
        tokio::select! {
            biased;
            Some(frame) = self.frames.recv() => {
                taken(frame, &self.waiting, &self.points).map_or(Outgoing::End(End::GoingAway), Outgoing::Frame)
            }
            end = self.end.wait_for(Option::is_some) => {
                Outgoing::End(end.ok().and_then(|end| *end).unwrap_or(End::GoingAway))
            }
        }
    }

    /// The next frame, if one waits already.
    pub fn try_next(&mut self) -> Option<Bytes> {
        let frame = self.frames.try_recv().ok()?;
        taken(frame, &self.waiting, &self.points)
    }

    /// Waits until the connection is to end, whatever still waits to be sent.
    pub(super) fn ending(&self) -> watch::Receiver<Option<End>> {
        self.end.clone()
    }
}

/// The one place that frames leave the relay by.
fn taken(frame: Bytes, waiting: &Waiting, points: &Points) -> Option<Bytes> {
    waiting.remove(&frame);
    points.before(Point::Send).ok()?;
    // Whoever watches may end the relay here: the frame is out.
    let _ = points.after(Point::Send);
    Some(frame)
}

/// How many bytes wait for one device, in the queue and behind the valve.
#[derive(Default, Debug)]
struct Waiting(AtomicUsize);

impl Waiting {
    /// Counts a frame, if there is room for it.
    fn add(&self, frame: &Bytes) -> bool {
        let total = |bytes: usize| Some(bytes.saturating_add(frame.len()));
        let within = |total: &usize| *total <= OUTBOUND_QUEUE_BYTES;
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, |bytes| total(bytes).filter(within)).is_ok()
    }

    fn remove(&self, frame: &Bytes) {
        self.0.fetch_sub(frame.len(), Ordering::Relaxed);
    }
}

/// How live events are let through.
enum Valve {
    /// Not at all: nothing has been asked for yet.
    Paused,
    /// Kept until the page that is being read has been queued.
    Holding(Vec<Bytes>),
    /// As they come.
    Flowing,
}

/// The end of an outbox that the relay holds.
pub(super) struct Outbox {
    frames: mpsc::Sender<Bytes>,
    end: watch::Sender<Option<End>>,
    waiting: Arc<Waiting>,
    valve: Mutex<Valve>,
}

impl Outbox {
    pub(super) fn new(points: &Points) -> (Self, OutboxReader) {
        let (frames, queue) = mpsc::channel(OUTBOUND_QUEUE_FRAMES);
        let (end, ending) = watch::channel(None);
        let waiting = Arc::new(Waiting::default());
        let reader = OutboxReader {
            frames: queue,
            end: ending,
            waiting: Arc::clone(&waiting),
            points: points.clone(),
        };
        (Self { frames, end, waiting, valve: Mutex::new(Valve::Paused) }, reader)
    }

    /// Queues the one reply to a request.
    pub(super) fn answer(&self, id: RequestId, outcome: Result<Response, Refusal>) {
        self.send(match outcome {
            Ok(response) => ServerFrame::Reply { id, response },
            Err(refusal) => ServerFrame::Refused { id: Some(id), refusal },
        });
    }

    /// Queues a frame, whatever the valve.
    pub(super) fn send(&self, frame: ServerFrame) {
        self.send_encoded(codec::encode(&frame).into());
    }

    pub(super) fn send_encoded(&self, frame: Bytes) {
        if self.waiting.add(&frame) {
            self.queue(frame);
        } else {
            self.end(End::SlowReader);
        }
    }

    /// Queues what is counted already.
    fn queue(&self, frame: Bytes) {
        if let Err(unsent) = self.frames.try_send(frame) {
            if let mpsc::error::TrySendError::Full(_) = unsent {
                self.end(End::SlowReader);
            }
            self.waiting.remove(&unsent.into_inner());
        }
    }

    /// Ends the connection; the first reason stays.
    pub(super) fn end(&self, reason: End) {
        self.end.send_if_modified(|end| {
            let is_first = end.is_none();
            end.get_or_insert(reason);
            is_first
        });
    }

    /// Whether the device is to be heard no more. A relay that only goes away still answers.
    pub(super) fn is_cut(&self) -> bool {
        self.end.borrow().is_some_and(|end| end != End::GoingAway)
    }

    /// Passes a live event on, as the valve is.
    pub(super) fn event(&self, event: &Bytes) {
        let mut valve = self.valve();
        match &mut *valve {
            Valve::Paused => {}
            // A device that is this far behind catches up from the log instead.
            Valve::Holding(held) if held.len() < OUTBOUND_QUEUE_FRAMES / 2 && self.waiting.add(event) => {
                held.push(event.clone());
            }
            Valve::Holding(_) => self.end(End::SlowReader),
            Valve::Flowing => self.send_encoded(event.clone()),
        }
    }

    /// Starts to hold live events, before a page is read.
    pub(super) fn hold(&self) {
        let mut valve = self.valve();
        if !matches!(*valve, Valve::Holding(_)) {
            *valve = Valve::Holding(Vec::new());
        }
    }

    /// Queues the outcome of a `Sync`, then what was held, and from there on all events as they come. A page that is
    /// not the last leaves a gap before them; the device fills it with the pages that it asks for.
    pub(super) fn release(&self, id: RequestId, outcome: Result<Page, Refusal>) {
        let mut valve = self.valve();
        self.answer(id, outcome.map(Response::Page));
        if let Valve::Holding(held) = std::mem::replace(&mut *valve, Valve::Flowing) {
            held.into_iter().for_each(|event| self.queue(event));
        }
    }

    /// The state is whole after every step, so a panic elsewhere does not make it unusable.
    fn valve(&self) -> MutexGuard<'_, Valve> {
        self.valve.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as it is queued, encoded once for all who hear it.
pub(super) fn encoded(event: Event) -> Bytes {
    codec::encode(&ServerFrame::Event(event)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(more: bool) -> Page {
        Page { threads: vec![], inbox: vec![], more }
    }

    #[test]
    fn events_during_a_page_follow_it_and_nothing_comes_before_the_first() {
        let (outbox, mut reader) = Outbox::new(&Points::default());
        let event = encoded(Event::KeyPackagesLow { left: 1 });
        outbox.event(&event);
        outbox.hold();
        outbox.event(&event);
        assert!(reader.try_next().is_none(), "no event before the first page");
        outbox.release(RequestId(1), Ok(page(true)));
        assert_ne!(reader.try_next(), Some(event.clone()), "the page comes first");
        assert_eq!(reader.try_next(), Some(event.clone()));
        outbox.event(&event);
        assert_eq!(reader.try_next(), Some(event));
    }

    #[tokio::test]
    async fn a_slow_reader_is_ended_and_keeps_nothing_waiting() {
        let (outbox, mut reader) = Outbox::new(&Points::default());
        for _ in 0..=OUTBOUND_QUEUE_FRAMES {
            outbox.answer(RequestId(0), Ok(Response::Done));
        }
        for _ in 0..OUTBOUND_QUEUE_FRAMES {
            assert!(matches!(reader.next().await, Outgoing::Frame(_)));
        }
        assert_eq!(reader.next().await, Outgoing::End(End::SlowReader));
    }

    #[tokio::test]
    async fn too_many_events_during_a_page_end_the_connection() {
        let (outbox, mut reader) = Outbox::new(&Points::default());
        outbox.hold();
        for _ in 0..=OUTBOUND_QUEUE_FRAMES / 2 {
            outbox.event(&encoded(Event::KeyPackagesLow { left: 1 }));
        }
        assert_eq!(reader.next().await, Outgoing::End(End::SlowReader));
    }

    const QUARTER: Bytes = Bytes::from_static(&[0; OUTBOUND_QUEUE_BYTES / 4]);

    #[tokio::test]
    async fn bytes_that_wait_are_bounded_and_make_room_as_they_are_taken() {
        let (outbox, mut reader) = Outbox::new(&Points::default());
        for _ in 0..4 {
            outbox.send_encoded(QUARTER);
        }
        assert_eq!(reader.try_next(), Some(QUARTER));
        assert_eq!(reader.next().await, Outgoing::Frame(QUARTER));
        outbox.send_encoded(QUARTER);
        outbox.send_encoded(QUARTER);
        assert!(!outbox.is_cut(), "what was taken no longer counts");
        outbox.answer(RequestId(0), Ok(Response::Done));
        for _ in 0..4 {
            assert_eq!(reader.next().await, Outgoing::Frame(QUARTER));
        }
        assert_eq!(reader.next().await, Outgoing::End(End::SlowReader));
    }

    #[tokio::test]
    async fn bytes_that_are_held_during_a_page_count_once_and_with_what_is_queued() {
        let (outbox, mut reader) = Outbox::new(&Points::default());
        outbox.send_encoded(QUARTER);
        outbox.hold();
        outbox.event(&QUARTER);
        outbox.event(&QUARTER);
        outbox.release(RequestId(1), Ok(page(false)));
        assert!(!outbox.is_cut(), "nothing is counted twice");
        outbox.hold();
        outbox.event(&QUARTER);
        assert!(outbox.is_cut());
        for _ in 0..4 {
            assert!(matches!(reader.next().await, Outgoing::Frame(_)));
        }
        assert_eq!(reader.next().await, Outgoing::End(End::SlowReader));
    }
}
