//! The end of a simulation: no more faults, everything arrives, and everybody who may still write does.

use colloque_client_core::Standing;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::ThreadId;
use colloque_schemas::role::Role;

use super::device::Device;
use super::moves::Weather;
use super::{Sim, Verdict};

/// More moves than any simulation takes to come to rest.
const MOVES_MAX: usize = 20_000;
/// How often devices may have to connect anew until nothing waits: some refusals are for as long as a connection.
const ROUNDS: usize = 3;

impl Sim {
    /// Ends all faults.
    pub(super) fn calm(&mut self) -> Verdict {
        self.trace.line("all", "faults end", "");
        self.is_calm = true;
        let Weather { kill, relay_die, lose, sever, deafen, .. } = &mut self.weather;
        [kill, relay_die, lose, sever, deafen].into_iter().for_each(|fault| *fault = 0);
        for device in 0..self.devices.len() {
            // Whatever the last envelope was that it did not hear of: the next sign-in tells.
            self.cut(device);
            if self.devices[device].is_cut_off {
                self.heal(device);
            }
        }
        Ok(())
    }

    /// Lets everything arrive.
    pub(super) fn settle(&mut self) -> Verdict {
        let mut rounds = 0;
        for _ in 0..MOVES_MAX {
            if self.quiet_step()? {
                continue;
            }
            let time = self.clock.read();
            let wakes_in = |device: &Device| {
                let at = device.client.as_ref()?.wakes_at()?;
                Some(at.0.saturating_sub(device.clock(time).0).max(1))
            };
            if let Some(seconds) = self.devices.iter().filter_map(wakes_in).min() {
                self.clock.advance(seconds);
                continue;
            }
            let unsettled: Vec<usize> =
                (0..self.devices.len()).filter(|device| !self.is_settled(*device)).collect();
            if unsettled.is_empty() {
                return Ok(());
            }
            rounds += 1;
            if rounds > ROUNDS {
                let names: Vec<&str> = unsettled.iter().map(|device| self.devices[*device].name).collect();
                return Err(format!("does not come to rest: {}", names.join(", ")));
            }
            self.trace.line("all", "connect anew", "");
            unsettled.into_iter().for_each(|device| self.cut(device));
        }
        Err("frames keep moving".to_owned())
    }

    /// Whether nothing waits on a device but what waits for access to come back.
    fn is_settled(&mut self, device: usize) -> bool {
        let client = self.devices[device].client();
        let threads = client.threads().expect("a store");
        let waits_for_access = threads.iter().any(|thread| thread.standing == Standing::AccessLost);
        waits_for_access || client.is_settled().expect("a store")
    }

    /// No thread is dead: in each that has a professional, everyone who may writes once more, and it arrives.
    pub(super) fn probe(&mut self) -> Verdict {
        let threads = self.threads.clone();
        for thread in &threads {
            let Some(professional) = self.writers(*thread, Role::Professional).first().copied() else {
                continue;
            };
            let now = self.now(professional);
            if self.devices[professional].client().thread(*thread).expect("a thread").mode != AnswerMode::Open
            {
                let opened = self.devices[professional].client().set_mode(*thread, AnswerMode::Open, now);
                opened
                    .as_ref()
                    .map_err(|error| format!("nobody can open {}: {error}", self.trace.thread(*thread)))?;
                let what = format!("opens {} again", self.trace.thread(*thread));
                self.done(professional, &what, opened)?;
            }
        }
        self.settle()?;
        for thread in &threads {
            let professionals = self.writers(*thread, Role::Professional);
            // Patients are answered by somebody.
            if professionals.is_empty() {
                continue;
            }
            for device in professionals.into_iter().chain(self.writers(*thread, Role::Patient)) {
                let (what, said) = self.say(device, *thread, None, self.now(device));
                let name = self.devices[device].name;
                let what = format!("{what} at last in {}", self.trace.thread(*thread));
                if let Err(error) = &said {
                    return Err(format!("dead: {name} {what}: {error}"));
                }
                self.done(device, &what, said)?;
            }
        }
        self.settle()
    }

    /// Devices of this role that can take part in a thread, and have not said that they leave it.
    fn writers(&mut self, thread: ThreadId, role: Role) -> Vec<usize> {
        let of_role: Vec<usize> =
            (0..self.devices.len()).filter(|at| self.devices[*at].role == role).collect();
        of_role.into_iter().filter(|at| self.is_member(*at, thread) && !self.has_left(*at, thread)).collect()
    }

    fn is_member(&mut self, device: usize, thread: ThreadId) -> bool {
        let summary = self.devices[device].client().thread(thread);
        summary.is_ok_and(|summary| summary.standing == Standing::Member)
    }
}
