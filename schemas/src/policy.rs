//! The rules as code: one total function per action, from plain facts to a grant or [`Denied`] (DESIGN section 6).
//!
//! Relay and clients call the same functions on independent evidence: the relay on the verified chain of a session,
//! each client on the chains in the leaves of a Welcome or staged Commit. A grant has private fields, so that only
//! this module mints one; the code that acts takes it by value, so that forgetting the check does not compile.

use crate::answer_mode::{AnswerMode, ModeTransition};
use crate::id::{AccountId, AccountKey, DeviceKey, Seq};
use crate::limits::REPAIR_COUNTERS;
use crate::role::{Actor, Role};
use crate::rule::{Denied, Rule};
use crate::time::UnixSeconds;

macro_rules! grants {
    ($($(#[$doc:meta])+ $name:ident;)+) => {
        $($(#[$doc])+
        #[derive(Debug, PartialEq, Eq)]
        #[must_use = "a grant is spent by the code that acts on it"]
        pub struct $name(());)+
    };
}

grants! {
    /// Permission to open a thread.
    OpenGrant;
    /// Permission to claim KeyPackages of one account.
    ClaimGrant;
    /// Permission to post one message.
    PostGrant;
    /// Permission to apply one Commit.
    CommitGrant;
    /// Permission to join by one Welcome.
    JoinGrant;
    /// Permission to change who has access to a log, or its mode flag.
    AccessGrant;
    /// Permission to bring a letter to a device.
    LetterGrant;
    /// Permission to have a code made for somebody.
    InviteGrant;
}

/// Who may open a thread (R01).
///
/// # Errors
/// [`Rule::OnlyProfessionalsOpen`].
pub fn open_thread(opener: Actor) -> Result<OpenGrant, Denied> {
    match opener.role {
        Role::Professional => Ok(OpenGrant(())),
        Role::Patient => Err(Rule::OnlyProfessionalsOpen.into()),
    }
}

/// Who may invite whom to enrol (R37). Professionals are invited by the authority's operator, who is asked nothing here.
///
/// # Errors
/// [`Rule::OnlyProfessionalsInvite`].
pub fn invite(inviter: Actor, invited: Role) -> Result<InviteGrant, Denied> {
    match (inviter.role, invited) {
        (Role::Professional, Role::Patient) => Ok(InviteGrant(())),
        (Role::Professional, Role::Professional) | (Role::Patient, _) => {
            Err(Rule::OnlyProfessionalsInvite.into())
        }
    }
}

/// Who may claim KeyPackages of whom (R02): a patient cannot even obtain what a group with someone takes.
///
/// # Errors
/// [`Rule::PatientsClaimOwnKeyPackages`].
pub fn claim_key_packages(claimant: Actor, owner: AccountId) -> Result<ClaimGrant, Denied> {
    match claimant.role {
        Role::Professional => Ok(ClaimGrant(())),
        Role::Patient if claimant.account == owner => Ok(ClaimGrant(())),
        Role::Patient => Err(Rule::PatientsClaimOwnKeyPackages.into()),
    }
}

/// Whose devices a letter may be for (R39): what a device tells of its owner stays among the owner's own.
///
/// # Errors
/// [`Rule::LettersStayInTheAccount`].
pub fn send_letter(writer: Actor, owner: AccountId) -> Result<LetterGrant, Denied> {
    if writer.account == owner { Ok(LetterGrant(())) } else { Err(Rule::LettersStayInTheAccount.into()) }
}

/// Who may grant and revoke access at the relay (R31).
///
/// # Errors
/// [`Rule::OnlyProfessionalsGrantAccess`].
pub fn change_access(actor: Actor) -> Result<AccessGrant, Denied> {
    match actor.role {
        Role::Professional => Ok(AccessGrant(())),
        Role::Patient => Err(Rule::OnlyProfessionalsGrantAccess.into()),
    }
}

/// What decides whether a content message may be posted, at its place in the log.
#[derive(Clone, Copy, Debug)]
pub struct ContentFacts {
    /// The author.
    pub author: Actor,
    /// The mode that the last accepted handshake before the message left in force.
    pub mode: AnswerMode,
    /// Whether a professional has posted content in this thread before.
    pub professional_has_spoken: bool,
    /// Whether the author's account has posted content since the Commit that set the mode.
    pub has_replied: bool,
    /// Whether the author's account has left or blocked.
    pub has_departed: bool,
    /// When: the authenticated `sent_at` for clients, its own clock for the relay.
    pub at: UnixSeconds,
}

/// Who may post content when (R03 to R08).
///
/// # Errors
/// The rule that stands against it.
pub fn post_content(facts: &ContentFacts) -> Result<PostGrant, Denied> {
    if facts.has_departed {
        return Err(Rule::DepartedPostControlOnly.into());
    }
    let denied = match (facts.mode, facts.author.role) {
        (AnswerMode::Closed, Role::Professional | Role::Patient) => Some(Rule::ClosedMeansClosed),
        (
            AnswerMode::Open | AnswerMode::OneReply | AnswerMode::Until(_) | AnswerMode::NoReply,
            Role::Professional,
        ) => None,
        (AnswerMode::NoReply, Role::Patient) => Some(Rule::NoReplyFromPatients),
        (_, Role::Patient) if !facts.professional_has_spoken => Some(Rule::ProfessionalSpeaksFirst),
        (AnswerMode::Open, Role::Patient) => None,
        (AnswerMode::OneReply, Role::Patient) => facts.has_replied.then_some(Rule::OneReplyOnly),
        (AnswerMode::Until(deadline), Role::Patient) => {
            (facts.at >= deadline).then_some(Rule::NoReplyAfterDeadline)
        }
    };
    denied.map_or(Ok(PostGrant(())), |rule| Err(rule.into()))
}

/// Who may post control messages: every member, in every mode. The receipt of a blocked or closed thread still
/// arrives; what a control message may hold is a closed list without free text.
pub fn post_control(_author: Actor) -> PostGrant {
    PostGrant(())
}

/// Who may give back what the relay lost: an envelope of anybody, hence of a professional in any mode, since one of them may
/// have closed the thread after it. A patient may give back what it may post.
///
/// # Errors
/// As [`post_content`].
pub fn restore_content(facts: &ContentFacts) -> Result<PostGrant, Denied> {
    match facts.author.role {
        Role::Professional => Ok(PostGrant(())),
        Role::Patient => post_content(facts),
    }
}

/// Which receipts count (R35): of a place that the sender had read, by its own description of the log. One that says
/// less than an earlier one is no fault: it says nothing, so that who joined in between judges alike.
///
/// # Errors
/// [`Rule::ReceiptsAreOfWhatWasRead`].
pub fn give_receipt(through: Seq, seen: Seq) -> Result<(), Denied> {
    if Seq::START < through && through <= seen { Ok(()) } else { Err(Rule::ReceiptsAreOfWhatWasRead.into()) }
}

/// Which requests to send again count (R38): for counters of a member of which it has `used` so many, by what everyone
/// has read of it; not too many at once.
///
/// # Errors
/// [`Rule::RepairsAreOfWhatWasSent`].
pub fn ask_again(from: u64, to: u64, used: u64) -> Result<(), Denied> {
    check_repair(from, to, to <= used)
}

/// What may be sent again, or said to be nothing to show (R38): what the author sent under counters before the one of this
/// message. Whether content may be posted at all is judged beside it, by [`post_content`].
///
/// # Errors
/// [`Rule::RepairsAreOfWhatWasSent`].
pub fn send_again(from: u64, to: u64, counter: u64) -> Result<(), Denied> {
    check_repair(from, to, to < counter)
}

fn check_repair(from: u64, to: u64, is_past: bool) -> Result<(), Denied> {
    let is_bounded = 0 < from && from <= to && to.saturating_sub(from) < REPAIR_COUNTERS;
    if is_bounded && is_past { Ok(()) } else { Err(Rule::RepairsAreOfWhatWasSent.into()) }
}

/// A member as a Commit finds or leaves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// Whose device, in which role.
    pub actor: Actor,
    /// The key that signed the device's leaf.
    pub account_key: AccountKey,
    /// The device.
    pub device: DeviceKey,
}

/// One thing that a Commit does. A Commit that does something that no variant names is [`Change::Forbidden`].
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Adds a device.
    Add {
        /// The device.
        added: Member,
        /// Whether its account is in the charter or has a device in the roster.
        account_is_known: bool,
    },
    /// Removes a device.
    Remove {
        /// The device.
        removed: Member,
        /// Whether its account is a patient account of the charter.
        is_charter_patient: bool,
        /// Whether its account has left or blocked.
        has_departed: bool,
    },
    /// Gives the committer a new leaf.
    UpdateLeaf {
        /// Before.
        before: Member,
        /// After.
        after: Member,
    },
    /// Changes the answer mode.
    Mode {
        /// Before.
        from: AnswerMode,
        /// After.
        to: AnswerMode,
    },
    /// Tells newcomers what they have not read.
    HandOver {
        /// Whether it is exactly what the members know.
        is_true: bool,
    },
    /// Anything that nobody may do.
    Forbidden(Forbidden),
}

/// What nobody may do, whatever the role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forbidden {
    /// ReInit (RFC 9420 section 12.1.5).
    ReInit,
    /// PreSharedKey (RFC 9420 section 12.1.4).
    PreSharedKey,
    /// ExternalInit, an external Commit, or an external sender (RFC 9420 sections 12.1.6, 12.1.8, 12.4.3.2).
    ExternalJoin,
    /// A proposal type that has no rule.
    OtherProposal,
    /// A change of the group context beside answer mode and handover.
    ContextChange,
    /// A proposal sent outside a Commit, or a Commit that refers to one.
    LoneProposal,
}

impl Forbidden {
    /// The rule that forbids it.
    pub const fn rule(self) -> Rule {
        match self {
            Self::ReInit => Rule::NoReInit,
            Self::PreSharedKey => Rule::NoPreSharedKey,
            Self::ExternalJoin => Rule::NoExternalJoin,
            Self::OtherProposal => Rule::NoOtherProposal,
            Self::ContextChange => Rule::NoOtherContextChange,
            Self::LoneProposal => Rule::NoLoneProposal,
        }
    }
}

/// What decides whether a Commit is valid: group state and Commit bytes, nothing else, so that all honest devices
/// agree.
#[derive(Clone, Copy, Debug)]
pub struct CommitFacts<'a> {
    /// The committer, as its leaf certifies it.
    pub committer: Actor,
    /// Whether the committer's leaf before the Commit had expired at the Commit's authenticated time.
    pub committer_is_expired: bool,
    /// The mode in force before the Commit.
    pub mode: AnswerMode,
    /// The Commit's authenticated time.
    pub at: UnixSeconds,
    /// All that it does.
    pub changes: &'a [Change],
}

/// Which Commits are valid (R09 to R21, R32, R36). Chains, device lists and pins are checked where leaves are read.
///
/// # Errors
/// The rule against the first change that is not allowed.
pub fn apply_commit(facts: &CommitFacts<'_>) -> Result<CommitGrant, Denied> {
    for change in facts.changes {
        let renews = matches!(change, Change::UpdateLeaf { .. });
        if facts.committer_is_expired && !renews {
            return Err(Rule::ExpiredMembersOnlyRenew.into());
        }
        check_change(facts, change)?;
    }
    let adds = facts.changes.iter().any(|change| matches!(change, Change::Add { .. }));
    let hands_over = facts.changes.iter().any(|change| matches!(change, Change::HandOver { .. }));
    if adds == hands_over { Ok(CommitGrant(())) } else { Err(Rule::NewcomersKnowWhatMembersKnow.into()) }
}

fn check_change(facts: &CommitFacts<'_>, change: &Change) -> Result<(), Denied> {
    match *change {
        Change::Add { added, account_is_known } => add_device(facts.committer, added.actor, account_is_known),
        Change::Remove { removed, is_charter_patient, has_departed } => {
            let excused = has_departed || facts.mode.is_closed();
            remove_device(facts.committer, removed.actor, is_charter_patient && !excused)
        }
        Change::UpdateLeaf { before, after } => {
            if before == after {
                Ok(())
            } else {
                Err(Rule::UpdatesKeepIdentity.into())
            }
        }
        Change::Mode { from, to } => change_mode(facts.committer, from, to, facts.at),
        Change::HandOver { is_true: true } => Ok(()),
        Change::HandOver { is_true: false } => Err(Rule::NewcomersKnowWhatMembersKnow.into()),
        Change::Forbidden(forbidden) => Err(forbidden.rule().into()),
    }
}

fn add_device(committer: Actor, added: Actor, account_is_known: bool) -> Result<(), Denied> {
    match (account_is_known, added.role, committer.role) {
        (true, _, Role::Professional) | (false, Role::Professional, Role::Professional) => Ok(()),
        (true, _, Role::Patient) if added.account == committer.account => Ok(()),
        (true, _, Role::Patient) => Err(Rule::DevicesAddedByProfessionalOrOwner.into()),
        (false, Role::Professional, Role::Patient) => Err(Rule::OnlyProfessionalsAddProfessionals.into()),
        (false, Role::Patient, _) => Err(Rule::PatientsJoinAtOpening.into()),
    }
}

fn remove_device(committer: Actor, removed: Actor, is_protected: bool) -> Result<(), Denied> {
    let own = committer.account == removed.account;
    match committer.role {
        Role::Patient if own => Ok(()),
        Role::Patient => Err(Rule::PatientsRemoveOwnDevices.into()),
        Role::Professional if is_protected => Err(Rule::PatientsRemainMembers.into()),
        Role::Professional => Ok(()),
    }
}

/// Who may change the answer mode, and how (R09, R10). Called on its own by the relay, for the mode flag, and by a
/// client before it commits.
///
/// # Errors
/// [`Rule::OnlyProfessionalsSetMode`], [`Rule::ModeChangesAreNamed`].
pub fn change_mode(actor: Actor, from: AnswerMode, to: AnswerMode, at: UnixSeconds) -> Result<(), Denied> {
    if actor.role != Role::Professional {
        return Err(Rule::OnlyProfessionalsSetMode.into());
    }
    let lies_ahead = !matches!(to, AnswerMode::Until(deadline) if deadline <= at);
    match ModeTransition::between(from, to) {
        Some(_) if lies_ahead => Ok(()),
        _ => Err(Rule::ModeChangesAreNamed.into()),
    }
}

/// What decides whether a Welcome may be joined, taken from the staged Welcome before anything is stored.
#[derive(Clone, Copy, Debug)]
pub struct JoinFacts {
    /// The one who invites, as the sender's leaf in the tree certifies it.
    pub adder: Actor,
    /// The one who opened the thread, as the charter's own chain certifies it.
    pub opener: Actor,
    /// The account that is invited: one's own.
    pub own: Actor,
    /// Whether one's own account is a patient account of the charter.
    pub own_is_charter_patient: bool,
}

/// Which Welcomes are joined (R01, R13, R26): no honest device shows a thread that anyone but a professional opened,
/// even if the relay colludes.
///
/// # Errors
/// The rule that stands against it.
pub fn join_thread(facts: &JoinFacts) -> Result<JoinGrant, Denied> {
    let OpenGrant(()) = open_thread(facts.opener)?;
    if facts.own.role == Role::Patient && !facts.own_is_charter_patient {
        return Err(Rule::PatientsJoinAtOpening.into());
    }
    let own_account = facts.adder.account == facts.own.account;
    if facts.adder.role == Role::Professional || own_account {
        Ok(JoinGrant(()))
    } else {
        Err(Rule::WelcomesAreChartered.into())
    }
}

#[cfg(test)]
mod tests;
