//! How the patients of a thread may answer, as professionals set it (DESIGN section 6).

use crate::time::UnixSeconds;

/// The answer mode of a thread. Professionals may post in every mode but [`AnswerMode::Closed`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
pub enum AnswerMode {
    /// Patients answer freely, once a professional has spoken.
    #[n(0)]
    Open,
    /// Each patient account answers once.
    #[n(1)]
    OneReply,
    /// Patients answer before this instant.
    #[n(2)]
    Until(#[n(0)] UnixSeconds),
    /// Patients do not answer.
    #[n(3)]
    NoReply,
    /// Nobody posts content until a professional reopens the thread.
    #[n(4)]
    Closed,
}

impl AnswerMode {
    /// Whether the thread is closed.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

/// The named transitions between answer modes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ModeTransition {
    /// From one mode in which the thread is not closed to such a mode, the same one included: a one-reply thread
    /// is given one more reply by setting the mode again.
    Set,
    /// To closed.
    Close,
    /// From closed to any other mode.
    Reopen,
}

impl ModeTransition {
    /// The transition that leads from one mode to another. None leads from closed to closed.
    pub const fn between(from: AnswerMode, to: AnswerMode) -> Option<Self> {
        match (from.is_closed(), to.is_closed()) {
            (false, false) => Some(Self::Set),
            (false, true) => Some(Self::Close),
            (true, false) => Some(Self::Reopen),
            (true, true) => None,
        }
    }
}
