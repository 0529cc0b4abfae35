//! What people do, and try to do.

use colloque_client_core::{Client, Departure, Error};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use super::canaries::SECRET;
use super::truth::Said;
use super::{Sim, Verdict};

/// Threads in one simulation.
const THREADS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Open,
    Say,
    SetMode,
    SayAndSetMode,
    Add,
    Remove,
    Leave,
    Block,
    Unblock,
    Read,
    Overstep,
}

impl Sim {
    /// Somebody whose device is switched on does something.
    pub(super) fn act(&mut self) -> Verdict {
        let on: Vec<usize> =
            (0..self.devices.len()).filter(|at| self.devices[*at].client.is_some()).collect();
        let Some(device) = self.dice.pick(&on) else { return Ok(()) };
        let known = |thread: &&ThreadId| {
            self.devices[device].client.as_ref().is_some_and(|of| of.thread(**thread).is_ok())
        };
        let known: Vec<ThreadId> = self.threads.iter().filter(known).copied().collect();
        let deed = self.deed(self.devices[device].role, !known.is_empty());
        if deed == Some(Deed::Open) {
            return self.open(device);
        }
        let (Some(deed), Some(thread)) = (deed, self.dice.pick(&known)) else { return Ok(()) };
        if deed == Deed::Overstep {
            return self.overstep(device, thread);
        }
        let now = self.now(device);
        let (what, done) = match deed {
            Deed::Say => self.say(device, thread, None, now),
            Deed::SayAndSetMode => {
                let mode = self.mode(now);
                self.say(device, thread, Some(mode), now)
            }
            Deed::SetMode => {
                let mode = self.mode(now);
                (format!("sets {mode:?}"), self.devices[device].client().set_mode(thread, mode, now))
            }
            deed => self.change(device, thread, deed, now),
        };
        let what = format!("{what} in {}", self.trace.thread(thread));
        self.done(device, &what, done)
    }

    fn deed(&mut self, role: Role, knows_threads: bool) -> Option<Deed> {
        let opens = if self.threads.len() < THREADS { 4 } else { 0 };
        if !knows_threads {
            return (role == Role::Professional && opens > 0).then_some(Deed::Open);
        }
        match role {
            Role::Professional => self.dice.weigh(&[
                (opens, Deed::Open),
                (30, Deed::Say),
                (8, Deed::SetMode),
                (3, Deed::SayAndSetMode),
                (8, Deed::Add),
                (4, Deed::Remove),
                (1, Deed::Leave),
                (8, Deed::Read),
                (1, Deed::Overstep),
            ]),
            Role::Patient => self.dice.weigh(&[
                (30, Deed::Say),
                (2, Deed::Leave),
                (1, Deed::Block),
                (1, Deed::Unblock),
                (8, Deed::Read),
                (3, Deed::Overstep),
            ]),
        }
    }

    fn mode(&mut self, now: UnixSeconds) -> AnswerMode {
        let until =
            AnswerMode::Until(now.plus(60 + u64::try_from(self.dice.below(600)).expect("a small number")));
        let modes = [
            AnswerMode::Open,
            AnswerMode::Open,
            AnswerMode::OneReply,
            until,
            AnswerMode::NoReply,
            AnswerMode::Closed,
        ];
        self.dice.pick(&modes).expect("a mode")
    }

    /// Accounts of this role, without this device's own.
    fn others(&self, role: Role, device: usize) -> Vec<AccountId> {
        let others = self.devices.iter().enumerate().filter(|(at, of)| *at != device && of.role == role);
        others.map(|(_, of)| of.account).collect()
    }

    fn open(&mut self, device: usize) -> Verdict {
        let mut patients = self.others(Role::Patient, device);
        if self.dice.happens(500) {
            patients.truncate(1);
        }
        let mode = if self.dice.happens(800) { AnswerMode::Open } else { AnswerMode::OneReply };
        let (text, now) = (self.text(), self.now(device));
        let thread = self.devices[device].client().open_thread(&patients, mode, &text, now);
        let names: Vec<&str> = patients.iter().map(|account| self.trace.person(*account)).collect();
        let what = format!("opens a thread with {} and says {}", names.join(" and "), label(&text));
        let thread = thread.map_err(|error| format!("{what}: {error}"))?;
        self.threads.push(thread);
        self.truth.said.push(Said { device, thread, message: None, text });
        let what = format!("{what}: {}", self.trace.thread(thread));
        self.done(device, &what, Ok(()))
    }

    /// A text that nobody has written before.
    pub(super) fn text(&mut self) -> String {
        let length = if self.dice.happens(100) { 3000 } else { 40 };
        let number = self.truth.said.len() + 1;
        format!("m{number} {SECRET} {}", "x".repeat(self.dice.below(length)))
    }

    pub(super) fn say(
        &mut self,
        device: usize,
        thread: ThreadId,
        mode: Option<AnswerMode>,
        now: UnixSeconds,
    ) -> (String, Result<(), Error>) {
        let text = self.text();
        let client = self.devices[device].client();
        let said = match mode {
            None => client.send(thread, &text, now),
            Some(mode) => client.send_and_set_mode(thread, &text, mode, now),
        };
        let what = format!(
            "says {}{}",
            label(&text),
            mode.map(|mode| format!(", sets {mode:?}")).unwrap_or_default()
        );
        let done = said.map(|message| {
            self.truth.said.push(Said { device, thread, message: Some(message), text });
        });
        (what, done)
    }

    fn change(
        &mut self,
        device: usize,
        thread: ThreadId,
        deed: Deed,
        now: UnixSeconds,
    ) -> (String, Result<(), Error>) {
        let mut whom = self.others(Role::Professional, device);
        if matches!(deed, Deed::Add | Deed::Remove) && self.dice.happens(200) {
            whom = self.others(Role::Patient, device);
        }
        let whom = self.dice.pick(&whom).expect("somebody else");
        let name = self.trace.person(whom);
        let client = self.devices[device].client();
        match deed {
            Deed::Add => (format!("adds {name}"), client.add_member(thread, whom, now)),
            Deed::Remove => (format!("removes {name}"), client.remove_member(thread, whom, now)),
            Deed::Leave => ("leaves".to_owned(), client.depart(thread, Departure::Leave, now)),
            Deed::Block => {
                let blocked = client.block(whom, now);
                self.truth.blockers.insert(self.devices[device].account);
                (format!("blocks {name}, as"), blocked)
            }
            Deed::Unblock => (format!("unblocks {name}, as"), client.unblock(whom)),
            _ => {
                let read = client.log_head(thread);
                let shown = read.and_then(|head| client.mark_displayed(thread, head.seq, now));
                ("reads".to_owned(), shown)
            }
        }
    }

    /// What somebody may not do, whatever the state: refused with its reason, and nothing has changed (I5, I8, I9).
    fn overstep(&mut self, device: usize, thread: ThreadId) -> Verdict {
        let (now, role) = (self.now(device), self.devices[device].role);
        let (other, patient) = (self.others(Role::Professional, device), self.others(Role::Patient, device));
        let try_it = self.dice.below(3);
        let client = self.devices[device].client();
        let before = state(client)?;
        let (what, tried, expected) = match (role, try_it) {
            (Role::Patient, 0) => {
                let opened = client.open_thread(&other, AnswerMode::Open, "no", now);
                ("opens a thread", opened.map(drop), &["R01"][..])
            }
            (Role::Patient, 1) => {
                let set = client.set_mode(thread, AnswerMode::Open, now);
                ("sets Open", set, &["R09", "thread-inactive"][..])
            }
            (Role::Patient, _) => {
                let added = client.add_member(thread, other[0], now);
                ("adds somebody", added, &["R02", "thread-inactive"][..])
            }
            (Role::Professional, 0) => {
                let opened = client.open_thread(&[], AnswerMode::Open, "no", now);
                ("opens a thread with nobody", opened.map(drop), &["patient-count"][..])
            }
            (Role::Professional, 1) => {
                let opened = client.open_thread(&patient, AnswerMode::Until(now), "no", now);
                ("opens a thread until now", opened.map(drop), &["R10"][..])
            }
            (Role::Professional, _) => {
                ("says nothing", client.send(thread, " ", now).map(drop), &["text-length"][..])
            }
        };
        let after = state(client)?;
        let id = tried.as_ref().map_or_else(Error::id, |()| "ok");
        let name = self.devices[device].name;
        self.trace.line(name, format!("oversteps: {what}"), id);
        if !expected.contains(&id) {
            return Err(format!("I9: {name} {what}: {id}"));
        }
        if before == after {
            Ok(())
        } else {
            Err(format!("I8: {name} {what}, is refused, and something has changed"))
        }
    }

    /// Writes down what came of a deed, and lets the device send.
    pub(super) fn done(&mut self, device: usize, what: &str, done: Result<(), Error>) -> Verdict {
        let name = self.devices[device].name;
        self.trace.line(name, what, done.as_ref().map_or_else(Error::id, |()| "ok"));
        if let Err(error @ (Error::Store(_) | Error::Bug(_) | Error::Server(_))) = done {
            return Err(format!("{name} {what}: {error}"));
        }
        self.speak(device)
    }
}

/// The name of a message.
fn label(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// All that a device shows.
fn state(client: &Client) -> Result<String, String> {
    let failed = |error: Error| error.to_string();
    let threads = client.threads().map_err(failed)?;
    let entries: Result<Vec<_>, _> = threads.iter().map(|thread| client.entries(thread.thread)).collect();
    Ok(format!("{threads:?} {:?} {:?}", entries.map_err(failed)?, client.contacts().map_err(failed)?))
}
