//! What fails, and how it comes back.

use colloque_schemas::sign_in::ChannelBinding;

use super::link::Link;
use super::{Sim, Verdict};

impl Sim {
    /// A device connects.
    pub(super) fn connect(&mut self, device: usize) {
        let binding = ChannelBinding(self.dice.bytes());
        let mut link = Link::new(device, self.host.connect(binding));
        link.pull(&mut Vec::new());
        self.links.push(link);
        self.devices[device].client().connection_opened(binding);
        self.trace.line(self.devices[device].name, "connects", "");
    }

    /// A device loses its connection, if it has one. The end of what it sent may be lost, and the rest comes late: the
    /// relay may hear it after what the device sends on its next connection.
    pub(super) fn cut(&mut self, device: usize) {
        let Some(place) = self.held(device) else { return };
        let kept = self.dice.below(self.links[place].up.len() + 1);
        self.lose(device, kept);
    }

    /// A device loses its connection, if it has one, and of what it sent only so many frames are still on their way.
    pub(super) fn lose(&mut self, device: usize, kept: usize) {
        let Some(place) = self.held(device) else { return };
        let link = &mut self.links[place];
        link.is_held = false;
        link.down.clear();
        link.up.truncate(kept);
        let (name, kept) = (self.devices[device].name, link.up.len());
        self.trace.line(name, "loses its connection", format!("{kept} frames still on their way"));
        self.reach.cut += 1;
        if let Some(client) = &mut self.devices[device].client {
            client.connection_closed();
        }
    }

    /// A device is killed.
    pub(super) fn kill(&mut self, device: usize) {
        self.devices[device].client = None;
        self.reach.killed += 1;
        self.trace.line(self.devices[device].name, "IS KILLED", "");
        self.cut(device);
    }

    pub(super) fn switch_on(&mut self, device: usize) {
        self.devices[device].switch_on(&mut self.dice);
        self.trace.line(self.devices[device].name, "is switched on", "");
    }

    /// A device reaches nobody any more.
    pub(super) fn part(&mut self, device: usize) {
        self.devices[device].is_cut_off = true;
        self.reach.parted += 1;
        self.trace.line(self.devices[device].name, "IS CUT OFF", "");
        self.cut(device);
    }

    pub(super) fn heal(&mut self, device: usize) {
        self.devices[device].is_cut_off = false;
        self.trace.line(self.devices[device].name, "is in reach again", "");
    }

    /// The relay is killed: what is on its disk stays, and some of what it sent still arrives.
    pub(super) fn kill_relay(&mut self) {
        self.trace.line("relay", "IS KILLED", "");
        self.reach.relay_ended += 1;
        for link in &mut self.links {
            let kept = self.dice.below(link.down.len() + 1);
            link.lose(kept);
        }
        self.host.kill();
    }

    /// The relay stops in good order: it finishes, and tells everyone.
    pub(super) fn stop_relay(&mut self) -> Verdict {
        self.trace.line("relay", "stops", "");
        self.reach.relay_ended += 1;
        self.host.stop();
        let mut acknowledged = Vec::new();
        for link in &mut self.links {
            link.pull(&mut acknowledged);
            link.lose(usize::MAX);
        }
        self.host.kill();
        self.note(acknowledged)
    }

    pub(super) fn start_relay(&mut self) {
        self.host.start();
        self.trace.line("relay", "starts", "");
    }
}
