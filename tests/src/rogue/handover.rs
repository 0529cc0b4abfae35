//! What a rogue tells those whom it adds: the truth, unless the test says otherwise.

use colloque_client_core::mls::group_context_extensions;
use colloque_schemas::handover::{Handover, LeafCounter};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use openmls::prelude::{Extensions, GroupContext};

use super::Rogue;
use crate::world::World;

impl Rogue {
    /// The context of its thread with this handover, or the truth.
    pub fn context_that_tells(&mut self, world: &World, told: Option<Handover>) -> Extensions<GroupContext> {
        let told = told.unwrap_or_else(|| self.handover(world));
        let charter = self.charter_in_force(world).with_handover(told);
        group_context_extensions(charter.to_bytes()).expect("a charter fits")
    }

    /// What newcomers are to be told, where only professionals have written content and nobody has left.
    pub fn handover(&mut self, world: &World) -> Handover {
        let committed_on = UnixSeconds(world.clock.read().day() * SECONDS_PER_DAY);
        let (own, seat) = (self.device.device(), self.seat.as_ref().expect("it is in a thread"));
        let own = seat.group.members().find(|member| member.signature_key == own.as_bytes());
        let mut counters = seat.counters.clone();
        counters.insert(own.expect("a member").index.u32(), seat.counter);
        let counters = counters.into_iter().filter(|(_, counter)| *counter > 0);
        Handover {
            previous: seat.head,
            committed_on,
            professional_has_spoken: true,
            accounts: Vec::new(),
            counters: counters.map(|(leaf, counter)| LeafCounter { leaf, counter }).collect(),
        }
    }
}
