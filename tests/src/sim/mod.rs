//! The seeded simulation: honest clients and the honest relay in one process, on a network and on machines that fail,
//! all from one seed (issue 4: never lost, never twice, same order).
//!
//! ```text
//! dice ── moves ─┬─ act       what people do
//!                ├─ traffic   frames between device and relay, over `link`
//!                ├─ fault     cut, kill, partition, stop, and their ends
//!                └─ time      moves by hand
//! then settle ── check ── probe ── check ── canaries
//! ```
//!
//! | real | simulated |
//! |---|---|
//! | `Client` with its encrypted database; `Relay` with its sessions, writer and database | sockets, TLS, the network, clocks |
//!
//! What is on its way on a connection that its device has lost comes late: as a rule after the device has sent it again,
//! so that it is the id that keeps it from being there twice. The relay hears some requests twice on one connection, too.
//! Devices hear some envelopes twice, and of some not at all.
//!
//! Both databases are in memory. A device is killed between two calls of its client, where everything that was begun is
//! committed or undone; the relay is killed while it is idle, or as soon as the first answer of a batch leaves it. The
//! same seed gives the same trace, whatever cryptography draws: `replay` shows it.

mod act;
mod canaries;
mod check;
mod device;
mod dice;
mod fault;
mod host;
mod link;
mod log;
mod moves;
mod reach;
mod settle;
mod template;
mod trace;
mod traffic;
mod truth;

use std::panic::{AssertUnwindSafe, catch_unwind};

use colloque_schemas::id::ThreadId;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::clock::HandClock;
use crate::leak::Canaries;
use device::Device;
use dice::Dice;
use host::Host;
use link::Link;
use moves::Weather;
pub use reach::Reach;
pub use template::Template;
pub use trace::Trace;
use truth::Truth;

/// What is wrong, if anything is.
pub(crate) type Verdict = Result<(), String>;

/// What a seed led to.
pub struct Outcome {
    /// Everything that happened.
    pub trace: Trace,
    /// What is wrong, if anything is.
    pub verdict: Result<(), String>,
    /// Messages that people wrote.
    pub messages: usize,
    /// What went wrong on purpose.
    pub reach: Reach,
}

/// The state of a simulation.
struct Sim {
    dice: Dice,
    weather: Weather,
    clock: HandClock,
    host: Host,
    devices: Vec<Device>,
    links: Vec<Link>,
    threads: Vec<ThreadId>,
    trace: Trace,
    truth: Truth,
    reach: Reach,
    /// Whether faults have ended.
    is_calm: bool,
}

/// Runs the simulation of this seed.
pub fn run(template: &Template, seed: u64) -> Outcome {
    let mut sim = Sim::new(template, seed);
    let ran = catch_unwind(AssertUnwindSafe(|| sim.run(&template.canaries)));
    let verdict = ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(format!("panic: {}", said.unwrap_or_default()))
    });
    let result =
        verdict.as_ref().map_or_else(|wrong| format!("WRONG: {wrong}"), |()| "all is well".to_owned());
    sim.trace.line("all", "the end", result);
    Outcome { messages: sim.truth.said.len(), trace: sim.trace, verdict, reach: sim.reach }
}

impl Sim {
    fn new(template: &Template, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let clock = HandClock::default();
        let weather = Weather::of(&mut dice);
        let professionals = 2 + dice.below(2);
        let patients = 1 + dice.below(2);
        let of =
            |role, number| template.profiles.iter().filter(move |profile| profile.role == role).take(number);
        let cast = of(Role::Professional, professionals).chain(of(Role::Patient, patients));
        let devices = cast.map(|profile| {
            let skew = weather.skew(&mut dice);
            Device::new(profile, skew, &mut dice)
        });
        let devices: Vec<Device> = devices.collect();
        let people = devices.iter().map(|device| (device.account, device.name)).collect();
        Self {
            host: Host::new(clock.clone(), template.anchor.clone(), &template.relay),
            trace: Trace::new(clock.clone(), people),
            dice,
            weather,
            clock,
            devices,
            links: Vec::new(),
            threads: Vec::new(),
            truth: Truth::default(),
            reach: Reach::default(),
            is_calm: false,
        }
    }

    /// What the clock of a device shows.
    fn now(&self, device: usize) -> UnixSeconds {
        self.devices[device].clock(self.clock.read())
    }

    fn run(&mut self, canaries: &Canaries) -> Verdict {
        for _ in 0..self.weather.deeds {
            self.act()?;
            for _ in 0..self.dice.below(self.weather.moves_per_deed) {
                self.step()?;
            }
        }
        self.calm()?;
        self.settle()?;
        self.check()?;
        self.probe()?;
        self.check()?;
        self.check_relay(canaries)
    }
}
