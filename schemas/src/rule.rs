//! The rules, by stable id. `RULES.md` states each of them, says who enforces it, and names its test.

use core::fmt;

use crate::closed_list::closed_list;

closed_list! {
    /// A rule of the protocol. Numbers and ids are never given to another rule.
    Rule:
    /// Only a professional opens a thread.
    OnlyProfessionalsOpen = 1, "R01";
    /// A patient claims KeyPackages of its own account only.
    PatientsClaimOwnKeyPackages = 2, "R02";
    /// A patient posts content only after a professional has.
    ProfessionalSpeaksFirst = 3, "R03";
    /// In mode one-reply, a patient account posts content once after the Commit that set the mode.
    OneReplyOnly = 4, "R04";
    /// In mode until, a patient posts content before that instant only.
    NoReplyAfterDeadline = 5, "R05";
    /// In mode no-reply, a patient posts no content.
    NoReplyFromPatients = 6, "R06";
    /// In a closed thread nobody posts content.
    ClosedMeansClosed = 7, "R07";
    /// After leaving or blocking, an account posts control messages only.
    DepartedPostControlOnly = 8, "R08";
    /// Only a professional sets the answer mode, closes or reopens.
    OnlyProfessionalsSetMode = 9, "R09";
    /// A change of the answer mode is one of the named transitions, and a deadline lies ahead.
    ModeChangesAreNamed = 10, "R10";
    /// A device is added by a professional or by its own account.
    DevicesAddedByProfessionalOrOwner = 11, "R11";
    /// Only a professional adds another professional.
    OnlyProfessionalsAddProfessionals = 12, "R12";
    /// A patient account joins when the thread is opened, never later.
    PatientsJoinAtOpening = 13, "R13";
    /// A patient account of the charter is removed only after it left or blocked, or when the thread is closed.
    PatientsRemainMembers = 14, "R14";
    /// A patient removes devices of its own account only.
    PatientsRemoveOwnDevices = 15, "R15";
    /// An update of a leaf keeps its account, role, account key and device key.
    UpdatesKeepIdentity = 16, "R16";
    /// A thread is never reinitialised.
    NoReInit = 17, "R17";
    /// No pre-shared key enters a thread.
    NoPreSharedKey = 18, "R18";
    /// Nobody joins from outside: external Commits and external senders are refused.
    NoExternalJoin = 19, "R19";
    /// A proposal of any type that these rules do not name is refused.
    NoOtherProposal = 20, "R20";
    /// Nothing of the group context changes but the answer mode and the handover.
    NoOtherContextChange = 21, "R21";
    /// A proposal travels inside the Commit that makes it, never alone.
    NoLoneProposal = 22, "R22";
    /// Every leaf carries a certificate chain that verifies and certifies the leaf's own signature key.
    LeavesAreCertified = 23, "R23";
    /// An account has one account key in a thread, the one that each device has pinned.
    OneKeyPerAccount = 24, "R24";
    /// A device is in its account's newest device list.
    DevicesAreListed = 25, "R25";
    /// A Welcome is accepted only from a professional or one's own account, into a thread whose charter verifies.
    WelcomesAreChartered = 26, "R26";
    /// Every group and KeyPackage is of the one allowed suite and version.
    OneSuite = 27, "R27";
    /// What an envelope says it is, is what it holds.
    KindsAgree = 28, "R28";
    /// A message is encrypted under the terms in force at its place in the log.
    TermsInForce = 29, "R29";
    /// Only accounts with access read from and append to a thread.
    OnlyMembersReachTheLog = 30, "R30";
    /// Only a professional grants or revokes access.
    OnlyProfessionalsGrantAccess = 31, "R31";
    /// A member whose leaf certificate has expired may only renew it.
    ExpiredMembersOnlyRenew = 32, "R32";
    /// A message is the next one of its sender and is about this thread.
    MessagesAreInOrder = 33, "R33";
    /// A sender describes the same log as its receiver has.
    OneLog = 34, "R34";
    /// A receipt is of a place that its sender had read.
    ReceiptsAreOfWhatWasRead = 35, "R35";
    /// A Commit that adds hands over to the newcomer exactly what the members know, and no other Commit does.
    NewcomersKnowWhatMembersKnow = 36, "R36";
    /// Only a professional invites, and only patients.
    OnlyProfessionalsInvite = 37, "R37";
    /// Only what was sent is asked for again, and only what was sent before is sent again.
    RepairsAreOfWhatWasSent = 38, "R38";
    /// A device writes letters to other devices of its own account only.
    LettersStayInTheAccount = 39, "R39";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The opposite of a grant: the rule that stands against an action.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[error("{}: {}", rule.id(), rule.statement())]
pub struct Denied {
    /// The rule.
    pub rule: Rule,
}

impl From<Rule> for Denied {
    fn from(rule: Rule) -> Self {
        Self { rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_ids_follow_their_numbers_on_the_wire() {
        for (place, rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(rule.id(), alloc::format!("R{:02}", place + 1));
            assert_eq!(crate::codec::decode::<Rule>(&crate::codec::encode(rule), 8), Ok(*rule));
        }
    }
}
