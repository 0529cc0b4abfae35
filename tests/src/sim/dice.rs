//! The one source of every decision of a simulation.

use rand_core::RngCore;

use crate::world::Rng;

/// Seeded randomness that is asked for decisions.
pub(super) struct Dice(Rng);

impl Dice {
    /// The stream of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::from_number(seed))
    }

    /// A number below `bound`; 0 if that is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small number").max(1);
        usize::try_from(self.0.next_u64() % bound).expect("a small number")
    }

    /// Whether something happens that happens so often in a thousand times.
    pub(super) fn happens(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of these, if there is any.
    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())].clone())
    }

    /// One of these, each as likely as its weight.
    pub(super) fn weigh<T: Copy>(&mut self, of: &[(usize, T)]) -> Option<T> {
        let total = of.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(total);
        for (weight, choice) in of {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return Some(*choice),
            }
        }
        None
    }

    /// 32 bytes.
    pub(super) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A number for a stream of its own.
    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }
}
