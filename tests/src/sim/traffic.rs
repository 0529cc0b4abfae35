//! Frames on their way: what the relay takes, and what devices hear and say.

use colloque_client_core::{Error, Event};
use colloque_schemas::refusal::RefusalCode;
use colloque_server::relay::Session;

use super::host::begin;
use super::link::{Acknowledged, Down, Link, Up, may_echo, posts, reads};
use super::{Sim, Verdict};

/// Requests of others that the relay takes in one breath, at most.
const BREATH: usize = 5;
/// How often in a thousand times what is sent on a new connection comes before what was sent on an old one.
const LATE: usize = 970;

/// What the relay has taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// What it reads its database for.
    Read,
    /// What is put into a log.
    Post,
    Other,
}

impl Sim {
    /// The relay takes some frames. What goes through its writer is handed over in one breath, which becomes one
    /// transaction; what it reads is read alone, or around such a transaction.
    pub(super) fn take(&mut self) -> Verdict {
        let mut reading = None;
        let mut breath = Vec::new();
        let mut posts = Vec::new();
        let most = if self.is_calm { self.links.len() * BREATH } else { self.dice.below(BREATH) };
        for _ in 0..=most {
            let is_next = |(place, link): (usize, &Link)| {
                let frame = link.next_up()?;
                let is_taken = reading.as_ref().is_some_and(|(of, _)| *of == place);
                let must_wait = reads(&frame.request) && (reading.is_some() || !breath.is_empty());
                (!is_taken && !must_wait).then_some(place)
            };
            let mut places: Vec<usize> = self.links.iter().enumerate().filter_map(is_next).collect();
            // What is still on its way on a connection that is lost tends to come late.
            let is_first = reading.is_none() && breath.is_empty();
            let is_in_time = places.iter().any(|place| self.links[*place].is_held);
            if (is_in_time || !is_first) && self.dice.happens(LATE) {
                places.retain(|place| self.links[*place].is_held);
            }
            let Some(place) = self.dice.pick(&places) else { break };
            let (request, bytes) = self.take_from(place);
            if request == Taken::Post && self.links[place].is_held {
                posts.push(self.links[place].device);
            }
            if request == Taken::Read { reading = Some((place, bytes)) } else { breath.push((place, bytes)) }
        }
        let dies = !breath.is_empty() && self.dice.happens(self.weather.relay_die);
        let acknowledged = self.serve(reading, breath, dies);
        self.note(acknowledged)?;
        if dies {
            self.kill_relay();
            return Ok(());
        }
        // What was posted is durable, and its author does not hear of it.
        for device in posts {
            if self.dice.happens(self.weather.deafen) {
                self.cut(device);
            }
        }
        Ok(())
    }

    /// The relay takes the next frame of one connection; it may hear it once more later.
    fn take_from(&mut self, place: usize) -> (Taken, Vec<u8>) {
        let next = self.links[place].next_up().expect("a frame waits");
        let taken = match &next.request {
            request if reads(request) => Taken::Read,
            request if posts(request) => Taken::Post,
            _ => Taken::Other,
        };
        let may_echo = may_echo(&next.request);
        let is_echoed = may_echo && self.dice.happens(self.weather.echo);
        let link = &mut self.links[place];
        let Up { frame, bytes, is_echo } = link.take_up(is_echoed).expect("a frame waits");
        self.reach.late += usize::from(!link.is_held);
        self.reach.echoed += usize::from(is_echo);
        let late = if link.is_held { "" } else { ", late" };
        let again = if is_echo { ", again" } else { "" };
        let (who, asks) = (self.devices[link.device].name, self.trace.request(&frame.request));
        self.trace.line("relay", format!("takes of {who}{late}{again}: {asks}"), "");
        (taken, bytes)
    }

    /// Lets the relay work until it has answered; or until the first answer, if it dies then.
    fn serve(
        &mut self,
        reading: Option<(usize, Vec<u8>)>,
        breath: Vec<(usize, Vec<u8>)>,
        dies: bool,
    ) -> Vec<Acknowledged> {
        let mut acknowledged = Vec::new();
        let links = &mut self.links;
        self.host.run(async {
            match reading {
                None => hand(links, breath, dies, &mut acknowledged).await,
                Some((place, bytes)) => {
                    let mut session = links[place].session.take().expect("a session");
                    read_around(&mut session, &bytes, links, breath, &mut acknowledged).await;
                    links[place].session = Some(session);
                    links[place].answered(&mut acknowledged).await;
                }
            }
            if !dies {
                links.iter_mut().for_each(|link| link.pull(&mut acknowledged));
            }
        });
        acknowledged
    }

    pub(super) fn note(&mut self, acknowledged: Vec<Acknowledged>) -> Verdict {
        for acknowledged in acknowledged {
            let is_known = self.truth.note(&acknowledged)?;
            self.reach.resent += usize::from(is_known && !acknowledged.is_echo);
        }
        Ok(())
    }

    /// A device hears what has come, and answers: to each frame while faults last, then to all at once.
    pub(super) fn deliver(&mut self, device: usize) -> Verdict {
        while self.hear_next(device)? && self.is_calm {}
        if self.devices[device].client.is_none() || self.held(device).is_none() {
            return Ok(());
        }
        self.truth.look(&mut self.devices[device], &self.threads)?;
        if self.dice.happens(self.weather.kill) {
            self.kill(device);
            return Ok(());
        }
        self.speak(device)
    }

    /// A device hears the next frame that has come; says whether there was one, and the connection still stands.
    fn hear_next(&mut self, device: usize) -> Result<bool, String> {
        let Some(place) = self.held(device) else { return Ok(false) };
        let name = self.devices[device].name;
        match self.arrival(place) {
            None => Ok(false),
            Some(Down::Closed(end)) => {
                self.trace.line(name, "is disconnected", format!("{end:?}"));
                self.links.remove(place);
                self.devices[device].client().connection_closed();
                Ok(false)
            }
            Some(Down::Frame(frame, bytes)) => {
                let (what, now) = (self.trace.frame(&frame), self.now(device));
                match self.devices[device].client().receive(&bytes, now) {
                    Ok(events) => self.hear(device, &format!("hears {what}"), &events).map(|()| true),
                    Err(error) => {
                        self.trace.line(name, format!("hears {what}"), error.id());
                        self.links[place].is_held = false;
                        self.devices[device].client().connection_closed();
                        allow(name, &error).map(|()| false)
                    }
                }
            }
        }
    }

    /// A device sends what it has to send; or is killed with some of it unsent.
    pub(super) fn speak(&mut self, device: usize) -> Verdict {
        let now = self.now(device);
        let events = self.devices[device].client().poll(now).map_err(|error| format!("poll: {error}"))?;
        self.hear(device, "looks", &events)?;
        let frames = self.devices[device].client().take_outgoing();
        let Some(place) = self.held(device) else { return Ok(()) };
        let dies = !frames.is_empty() && self.dice.happens(self.weather.kill);
        let sent = if dies { self.dice.below(frames.len()) } else { frames.len() };
        let mut has_posted = false;
        for bytes in frames.into_iter().take(sent) {
            let request = &self.links[place].send(bytes).request;
            has_posted |= posts(request);
            let asks = self.trace.request(request);
            self.trace.line(self.devices[device].name, asks, "");
        }
        if dies {
            self.kill(device);
        } else if has_posted && self.dice.happens(self.weather.sever) {
            // All of it still arrives, at some time: as a rule after the device has sent it again.
            self.lose(device, usize::MAX);
        }
        Ok(())
    }

    /// Takes down what an app was told. Among honest devices behind an honest relay nothing is ever refused or missing.
    fn hear(&mut self, device: usize, what: &str, events: &[Event]) -> Verdict {
        let told: Vec<String> = events.iter().map(|event| self.trace.told(event)).collect();
        let name = self.devices[device].name;
        if what != "looks" || !told.is_empty() {
            self.trace.line(name, what, told.join(", "));
        }
        for event in events {
            match event {
                Event::SendRefused { thread, .. } | Event::SendDenied { thread, .. } => {
                    self.truth.denied.push((device, *thread));
                }
                Event::EnvelopeRefused { .. }
                | Event::WelcomeRefused { .. }
                | Event::LetterRefused { .. }
                | Event::Gap { .. }
                | Event::ForkDetected { .. }
                | Event::Pruned { .. }
                | Event::RelayWentBack { .. }
                | Event::StateRolledBack { .. }
                | Event::DeviceCloned { .. }
                | Event::AccountKeyChanged(_) => return Err(format!("{name}: {}", self.trace.told(event))),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Hands frames to the writer without letting it begin in between.
async fn hand(
    links: &mut [Link],
    breath: Vec<(usize, Vec<u8>)>,
    dies: bool,
    acknowledged: &mut Vec<Acknowledged>,
) {
    let mut places = Vec::new();
    for (place, bytes) in breath {
        if let Some(session) = &mut links[place].session {
            session.receive(&bytes).await;
        }
        places.push(place);
    }
    // Whoever dies at the first answer says no more.
    places.truncate(if dies { 1 } else { places.len() });
    for place in places {
        links[place].answered(acknowledged).await;
    }
}

/// Begins to read, lets the writer do all this, and goes on reading.
async fn read_around(
    session: &mut Session,
    bytes: &[u8],
    links: &mut [Link],
    breath: Vec<(usize, Vec<u8>)>,
    acknowledged: &mut Vec<Acknowledged>,
) {
    let mut read: std::pin::Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(session.receive(bytes));
    let is_done = begin(&mut read).await;
    hand(links, breath, false, acknowledged).await;
    if !is_done {
        read.await;
    }
}

/// What a relay that stops, and a slow device, may lead to.
fn allow(name: &str, error: &Error) -> Verdict {
    match error {
        Error::Refused(refusal) if matches!(refusal.code, RefusalCode::SignInFailed | RefusalCode::Busy) => {
            Ok(())
        }
        error => Err(format!("{name}: {error}")),
    }
}
