//! Carrying frames between clients and the relay, as the harness does, with a watch on what each client does.

use std::time::Duration;

use colloque_schemas::codec;
use colloque_schemas::frame::{Event, Response, ServerFrame, ThreadPage};
use colloque_schemas::limits::FRAME_MAX_BYTES;
use colloque_tests::{Person, World};
use tokio::time::Instant;

/// What a client was given to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Preparing what waits, with this many requests as the outcome.
    Prepare(usize),
    /// Reading a page of this many envelopes.
    Page(usize),
    /// Reading one envelope that came live.
    Live,
    /// Following a Welcome.
    Welcome,
    /// Anything else.
    Other,
}

/// How long one person's client took for a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) person: usize,
    pub(crate) step: Step,
    pub(crate) time: Duration,
}

/// Carries frames to and fro until none is under way.
pub(crate) async fn settle(world: &World, people: &mut [&mut Person]) -> Vec<Taken> {
    let mut log = Vec::new();
    loop {
        let mut has_moved = false;
        for (place, person) in people.iter_mut().enumerate() {
            has_moved |= advance(world, place, person, &mut log).await;
        }
        // Whatever was handed to the relay's writer before this is answered when it returns.
        world.relay.prune().await;
        for (place, person) in people.iter_mut().enumerate() {
            has_moved |= advance(world, place, person, &mut log).await;
        }
        if !has_moved {
            return log;
        }
    }
}

async fn advance(world: &World, place: usize, person: &mut Person, log: &mut Vec<Taken>) -> bool {
    let Person { client: Some(client), wire: Some(wire), .. } = person else { return false };
    let now = world.clock.read();
    let mut has_moved = false;
    while let Some(frame) = wire.arrival() {
        has_moved = true;
        let step = step_of(&frame);
        let start = Instant::now();
        client.receive(&frame, now).expect("an honest relay");
        log.push(Taken { person: place, step, time: start.elapsed() });
    }
    let start = Instant::now();
    client.poll(now).expect("a store that works");
    let frames = client.take_outgoing();
    log.push(Taken { person: place, step: Step::Prepare(frames.len()), time: start.elapsed() });
    for frame in frames {
        has_moved = true;
        wire.send(frame).await;
    }
    has_moved
}

fn step_of(frame: &[u8]) -> Step {
    match codec::decode(frame, FRAME_MAX_BYTES).expect("the relay speaks the protocol") {
        ServerFrame::Reply { response: Response::Page(page), .. } => {
            let envelopes = page.threads.iter().map(|thread| match thread {
                ThreadPage::Envelopes { envelopes, .. } => envelopes.len(),
                _ => 0,
            });
            if page.inbox.is_empty() { Step::Page(envelopes.sum()) } else { Step::Welcome }
        }
        ServerFrame::Event(Event::Appended { .. }) => Step::Live,
        ServerFrame::Event(Event::Inbox(_)) => Step::Welcome,
        _ => Step::Other,
    }
}
