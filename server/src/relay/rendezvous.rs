//! Where a new device and the primary one of its account meet: what each says is kept for the other, in memory, for as long
//! as an offer lives (PROTOCOL section 3).
//!
//! The new device cannot sign in yet. All it may do is to open a rendezvous of which only those know who have seen its
//! offer, and to say its own step there. Each step is said once: who puts something else in its place comes too late.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use colloque_schemas::bytes::Opaque;
use colloque_schemas::id::RendezvousId;
use colloque_schemas::limits::{LINK_SECONDS, LINK_STEP_MAX_BYTES, LINKINGS_MAX};
use colloque_schemas::linking::LinkStep;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::time::UnixSeconds;

/// When to try again if too many linkings go on.
const BUSY_SECONDS: u32 = 60;

/// All that goes on.
#[derive(Default)]
pub(super) struct Rendezvous(Mutex<HashMap<RendezvousId, Linking>>);

/// What was said in one linking.
struct Linking {
    ends_at: UnixSeconds,
    said: HashMap<LinkStep, Opaque>,
}

/// Which end of a linking asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// It has not signed in.
    NewDevice,
    /// A device of an account.
    Primary,
}

impl Side {
    const fn says(self, step: LinkStep) -> bool {
        matches!(self, Self::NewDevice) == step.is_of_new_device()
    }
}

impl Rendezvous {
    /// Keeps a step for the other side.
    ///
    /// # Errors
    /// [`RefusalCode::OutOfTurn`] for a step of the other side, [`RefusalCode::TooLarge`], [`RefusalCode::LinkOver`].
    pub(super) fn put(
        &self,
        side: Side,
        (rendezvous, step): (RendezvousId, LinkStep),
        content: Opaque,
        now: UnixSeconds,
    ) -> Result<(), Refusal> {
        if !side.says(step) {
            return Err(Refusal::never(RefusalCode::OutOfTurn));
        }
        if content.length() == 0 || content.length() > LINK_STEP_MAX_BYTES {
            return Err(Refusal::never(RefusalCode::TooLarge));
        }
        let over = Refusal::never(RefusalCode::LinkOver);
        let mut linkings = self.present(now);
        let linking = linkings.get_mut(&rendezvous).ok_or(over)?;
        if *linking.said.entry(step).or_insert_with(|| content.clone()) == content {
            Ok(())
        } else {
            Err(over)
        }
    }

    /// What the other side has said. The new device opens the rendezvous when it asks for the first time.
    ///
    /// # Errors
    /// [`RefusalCode::OutOfTurn`] for a step of one's own side, [`RefusalCode::LinkOver`], [`RefusalCode::Busy`].
    pub(super) fn take(
        &self,
        side: Side,
        (rendezvous, step): (RendezvousId, LinkStep),
        now: UnixSeconds,
    ) -> Result<Option<Opaque>, Refusal> {
        if side.says(step) {
            return Err(Refusal::never(RefusalCode::OutOfTurn));
        }
        let mut linkings = self.present(now);
        if let Some(linking) = linkings.get(&rendezvous) {
            return Ok(linking.said.get(&step).cloned());
        }
        if side == Side::Primary || step != LinkStep::Hello {
            return Err(Refusal::never(RefusalCode::LinkOver));
        }
        if linkings.len() >= LINKINGS_MAX {
            return Err(Refusal::after(RefusalCode::Busy, BUSY_SECONDS));
        }
        linkings.insert(rendezvous, Linking { ends_at: now.plus(LINK_SECONDS), said: HashMap::new() });
        Ok(None)
    }

    /// Ends a linking, if it goes on.
    pub(super) fn end(&self, rendezvous: RendezvousId, now: UnixSeconds) {
        self.present(now).remove(&rendezvous);
    }

    /// Those whose time is not over.
    fn present(&self, now: UnixSeconds) -> MutexGuard<'_, HashMap<RendezvousId, Linking>> {
        let mut linkings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        linkings.retain(|_, linking| now < linking.ends_at);
        linkings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: RendezvousId = RendezvousId::new([1; 16]);
    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn said(fill: u8) -> Opaque {
        vec![fill; 100].into()
    }

    fn code<T>(outcome: Result<T, Refusal>) -> Option<RefusalCode> {
        outcome.err().map(|refusal| refusal.code)
    }

    #[test]
    fn each_side_hears_what_the_other_said_first_and_nothing_else() {
        let meeting = Rendezvous::default();
        assert_eq!(meeting.take(Side::NewDevice, (HERE, LinkStep::Hello), NOW), Ok(None));
        for side in [Side::Primary, Side::NewDevice] {
            for step in [LinkStep::Hello, LinkStep::Nonce, LinkStep::Grant] {
                let is_own = (side == Side::NewDevice) == (step == LinkStep::Nonce);
                let put = code(meeting.put(side, (HERE, step), said(1), NOW));
                assert_eq!(put, (!is_own).then_some(RefusalCode::OutOfTurn), "{side:?} {step:?}");
                let taken = code(meeting.take(side, (HERE, step), NOW));
                assert_eq!(taken, is_own.then_some(RefusalCode::OutOfTurn), "{side:?} {step:?}");
            }
        }
        assert_eq!(meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(1), NOW), Ok(()), "once more");
        let another = meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(2), NOW);
        assert_eq!(code(another), Some(RefusalCode::LinkOver));
        assert_eq!(meeting.take(Side::NewDevice, (HERE, LinkStep::Hello), NOW), Ok(Some(said(1))));
    }

    #[test]
    fn only_a_new_device_opens_a_rendezvous_and_it_ends_with_its_time_or_before() {
        let meeting = Rendezvous::default();
        let over = Some(RefusalCode::LinkOver);
        assert_eq!(code(meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(1), NOW)), over);
        assert_eq!(code(meeting.take(Side::Primary, (HERE, LinkStep::Nonce), NOW)), over);
        assert_eq!(code(meeting.take(Side::NewDevice, (HERE, LinkStep::Grant), NOW)), over);
        let open = |at| meeting.take(Side::NewDevice, (HERE, LinkStep::Hello), at).unwrap();
        open(NOW);
        let last = NOW.plus(LINK_SECONDS - 1);
        assert_eq!(meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(1), last), Ok(()));
        let late = meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(1), NOW.plus(LINK_SECONDS));
        assert_eq!(code(late), over);
        open(last);
        meeting.end(HERE, last);
        assert_eq!(code(meeting.put(Side::Primary, (HERE, LinkStep::Hello), said(1), last)), over);
    }

    #[test]
    fn strangers_fill_nothing() {
        let meeting = Rendezvous::default();
        let open = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            meeting.take(Side::NewDevice, (RendezvousId::new(id), LinkStep::Hello), NOW)
        };
        assert!((0..LINKINGS_MAX).all(|number| open(number).is_ok()));
        assert_eq!(code(open(LINKINGS_MAX)), Some(RefusalCode::Busy));
        assert!(open(0).is_ok(), "who is there already goes on");
        let large = vec![0; LINK_STEP_MAX_BYTES + 1].into();
        let first = RendezvousId::new([0; 16]);
        let put = meeting.put(Side::Primary, (first, LinkStep::Hello), large, NOW);
        assert_eq!(code(put), Some(RefusalCode::TooLarge));
    }
}
