//! How much of what may go wrong did.

use std::fmt;
use std::ops::AddAssign;

/// What went wrong on purpose, and what it led to.
#[derive(Clone, Copy, Default)]
pub struct Reach {
    /// Connections that devices lost.
    pub cut: usize,
    /// Devices that were killed.
    pub killed: usize,
    /// Devices that reached nobody for a while.
    pub parted: usize,
    /// Times that the relay was killed or stopped.
    pub relay_ended: usize,
    /// Frames that the relay took from a connection that its device had lost.
    pub late: usize,
    /// Frames that the relay took twice.
    pub echoed: usize,
    /// Posts that a device sent again while the first was under way, both of which the relay acknowledged.
    pub resent: usize,
}

impl Reach {
    /// Whether each of them happened at all.
    pub const fn is_whole(&self) -> bool {
        let Self { cut, killed, parted, relay_ended, late, echoed, resent } = *self;
        cut > 0 && killed > 0 && parted > 0 && relay_ended > 0 && late > 0 && echoed > 0 && resent > 0
    }
}

impl AddAssign for Reach {
    fn add_assign(&mut self, other: Self) {
        let Self { cut, killed, parted, relay_ended, late, echoed, resent } = self;
        *cut += other.cut;
        *killed += other.killed;
        *parted += other.parted;
        *relay_ended += other.relay_ended;
        *late += other.late;
        *echoed += other.echoed;
        *resent += other.resent;
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cut, killed, parted, relay_ended, late, echoed, resent } = self;
        write!(
            f,
            "{cut} connections lost, {killed} devices killed, {parted} cut off, {relay_ended} ends of the relay, \
             {late} frames late, {echoed} twice, {resent} posts resent"
        )
    }
}
