//! What happens next, drawn from all that could.

use super::dice::Dice;
use super::link::Down;
use super::{Sim, Verdict};

/// How much happens in a simulation, and how much of it goes wrong. Faults are in a thousand moves.
pub(super) struct Weather {
    pub(super) deeds: usize,
    pub(super) moves_per_deed: usize,
    pub(super) cut: usize,
    pub(super) kill: usize,
    pub(super) part: usize,
    pub(super) relay_kill: usize,
    pub(super) relay_stop: usize,
    /// Batches of which the relay tells one answer and dies.
    pub(super) relay_die: usize,
    pub(super) repeat: usize,
    pub(super) lose: usize,
    /// Posts after which the connection breaks at once: they come late, if at all heard after they are sent again.
    pub(super) sever: usize,
    /// Posts whose answer the device does not hear.
    pub(super) deafen: usize,
    /// Requests that the relay hears twice.
    pub(super) echo: usize,
    /// Moves after which some time has passed.
    pub(super) pass: usize,
    /// By how many seconds clocks differ from the relay's, at most.
    skew: usize,
}

impl Weather {
    /// Fair in one seed of five, and everything at its worst in none.
    pub(super) fn of(dice: &mut Dice) -> Self {
        let is_fair = dice.happens(200);
        let mut up_to = |most: usize| if is_fair { 0 } else { dice.below(most + 1) };
        let (cut, kill, part) = (up_to(8), up_to(8), up_to(4));
        let (relay_kill, relay_stop, repeat, lose) = (up_to(8), up_to(3), up_to(60), up_to(20));
        let (sever, deafen, echo, relay_die) = (up_to(400), up_to(80), up_to(100), up_to(30));
        let (deeds, moves_per_deed, pass) = (8 + dice.below(10), 6 + dice.below(28), dice.below(500));
        let skew = [0, 0, 100, 4000][dice.below(4)];
        Self {
            deeds,
            moves_per_deed,
            cut,
            kill,
            part,
            relay_kill,
            relay_stop,
            relay_die,
            repeat,
            lose,
            sever,
            deafen,
            echo,
            pass,
            skew,
        }
    }

    /// By how many seconds a device's clock is ahead.
    pub(super) fn skew(&self, dice: &mut Dice) -> i64 {
        let seconds = |number| i64::try_from(number).expect("a small number");
        seconds(dice.below(2 * self.skew + 1)) - seconds(self.skew)
    }
}

/// One thing that may happen next.
#[derive(Clone, Copy)]
enum Move {
    Take,
    Deliver(usize),
    Connect(usize),
    Wake(usize),
    SwitchOn(usize),
    Heal(usize),
    StartRelay,
    Notice(usize),
    Cut(usize),
    Kill(usize),
    Part(usize),
    KillRelay,
    StopRelay,
}

impl Sim {
    /// One move, and perhaps some time.
    pub(super) fn step(&mut self) -> Verdict {
        let mut moves = self.usual();
        let usual: usize = moves.iter().map(|(weight, _)| weight).sum();
        // Faults are as frequent whatever else could happen.
        let share = |per_mille: usize| per_mille * usual.max(50);
        moves.iter_mut().for_each(|(weight, _)| *weight *= 1000);
        for (device, of) in self.devices.iter().enumerate() {
            if of.client.is_some() {
                moves.push((share(self.weather.kill), Move::Kill(device)));
                moves.push((share(self.weather.cut), Move::Cut(device)));
            }
            if !of.is_cut_off {
                moves.push((share(self.weather.part), Move::Part(device)));
            }
        }
        if self.host.is_up() {
            moves.push((share(self.weather.relay_kill), Move::KillRelay));
            moves.push((share(self.weather.relay_stop), Move::StopRelay));
        }
        if self.dice.happens(self.weather.pass) {
            self.pass();
        }
        match self.dice.weigh(&moves) {
            Some(chosen) => self.make(chosen),
            None => Ok(()),
        }
    }

    /// One move without faults, if there is anything to do.
    pub(super) fn quiet_step(&mut self) -> Result<bool, String> {
        let moves = self.usual();
        match self.dice.weigh(&moves) {
            Some(chosen) => self.make(chosen).map(|()| true),
            None => Ok(false),
        }
    }

    fn usual(&mut self) -> Vec<(usize, Move)> {
        let mut moves = Vec::new();
        let mut waiting = self.links.iter().filter(|link| link.next_up().is_some()).peekable();
        if waiting.peek().is_some() {
            // What is only late stays so for long, so that the device has the time to send it again.
            moves.push((if waiting.any(|link| link.is_held) { 40 } else { 1 }, Move::Take));
        }
        let time = self.clock.read();
        for (device, of) in self.devices.iter().enumerate() {
            let link = self.links.iter().find(|link| link.device == device && link.is_held);
            match (&of.client, link) {
                (None, _) => moves.push((5, Move::SwitchOn(device))),
                (Some(_), None) if self.host.is_up() && !of.is_cut_off => {
                    moves.push((10, Move::Connect(device)))
                }
                (Some(client), Some(link)) => {
                    if !link.down.is_empty() {
                        moves.push((20, Move::Deliver(device)));
                    }
                    if client.wakes_at().is_some_and(|at| at <= of.clock(time)) {
                        moves.push((10, Move::Wake(device)));
                    }
                }
                _ => {}
            }
            if of.is_cut_off {
                moves.push((2, Move::Heal(device)));
            }
        }
        if !self.host.is_up() {
            moves.push((10, Move::StartRelay));
        }
        for (place, link) in self.links.iter().enumerate() {
            if !link.is_held && link.up.is_empty() {
                moves.push((2, Move::Notice(place)));
            }
        }
        moves
    }

    fn make(&mut self, chosen: Move) -> Verdict {
        match chosen {
            Move::Take => return self.take(),
            Move::Deliver(device) => return self.deliver(device),
            Move::Wake(device) => return self.speak(device),
            Move::Connect(device) => self.connect(device),
            Move::SwitchOn(device) => self.switch_on(device),
            Move::Heal(device) => self.heal(device),
            Move::StartRelay => self.start_relay(),
            Move::Notice(place) => drop(self.links.remove(place)),
            Move::Cut(device) => self.cut(device),
            Move::Kill(device) => self.kill(device),
            Move::Part(device) => self.part(device),
            Move::KillRelay => self.kill_relay(),
            Move::StopRelay => return self.stop_relay(),
        }
        Ok(())
    }

    /// Time passes: seconds as a rule, at times minutes, rarely days or weeks.
    fn pass(&mut self) {
        let spans: [(usize, usize); 5] = [(900, 3), (80, 100), (15, 4000), (4, 200_000), (1, 4_000_000)];
        let most = self.dice.weigh(&spans).expect("one of them");
        let seconds = 1 + self.dice.below(most);
        self.clock.advance(u64::try_from(seconds).expect("a small number"));
    }

    /// The place of the connection that a device holds.
    pub(super) fn held(&self, device: usize) -> Option<usize> {
        self.links.iter().position(|link| link.device == device && link.is_held)
    }

    /// Takes the next frame, or the end, that has come to a device.
    pub(super) fn arrival(&mut self, place: usize) -> Option<Down> {
        let down = self.links[place].down.pop_front()?;
        if !matches!(&down, Down::Frame(frame, _) if is_appended(frame)) {
            return Some(down);
        }
        if self.dice.happens(self.weather.lose) {
            self.trace.line(self.devices[self.links[place].device].name, "does not hear of an envelope", "");
            return self.arrival(place);
        }
        if self.dice.happens(self.weather.repeat) {
            self.links[place].down.push_front(down.clone());
        }
        Some(down)
    }
}

/// What a page may tell again, so that a device hears it twice; and what is told only after a page that is not the last, so
/// that the device has to ask for what comes before.
fn is_appended(frame: &colloque_schemas::frame::ServerFrame) -> bool {
    use colloque_schemas::frame::{Event, ServerFrame};
    matches!(frame, ServerFrame::Event(Event::Appended { .. }))
}
