//! What the reader may answer in a thread, told before anything is typed: the same policy that client-core and the relay apply.

use jiff::tz::TimeZone;

use colloque_client_core::{Client, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::policy::{ContentFacts, post_content};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;

use crate::failure::Failure;
use crate::moment;
use crate::people::People;
use crate::words::{Words, key};

/// Whether the owner of this device may post in a thread now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As the mode says.
    Permitted(AnswerMode),
    /// A rule stands against it; for a closed thread with who closed it, if known.
    Denied(Rule, Option<AccountId>),
    /// The device takes no part in the thread.
    Inactive(Standing),
}

impl Answer {
    /// What this device knows about it. The relay and the other devices judge for themselves.
    pub(crate) fn of(client: &Client, thread: ThreadId, now: UnixSeconds) -> Result<Self, Failure> {
        let standing = client.thread(thread)?.standing;
        Ok(Self::judged(standing, &client.content_facts(thread, now)?, client.closed_by(thread)?))
    }

    fn judged(standing: Standing, facts: &ContentFacts, closed_by: Option<AccountId>) -> Self {
        match standing {
            Standing::Opening | Standing::Member | Standing::Departed => {}
            Standing::AccessLost
            | Standing::Forked
            | Standing::Failed
            | Standing::Behind
            | Standing::Given => {
                return Self::Inactive(standing);
            }
        }
        match post_content(facts) {
            Ok(_) => Self::Permitted(facts.mode),
            Err(denied) => Self::Denied(denied.rule, closed_by),
        }
    }

    /// The line for the reader.
    pub(crate) fn shown(&self, people: &People, zone: &TimeZone, words: &Words) -> String {
        match self {
            Self::Permitted(mode) => permitted(*mode, people.own_role(), zone, words),
            Self::Denied(rule @ Rule::ClosedMeansClosed, Some(by)) if *by != people.own() => {
                let line = words.say(key!("answer-closed-by"), &[("name", people.name(*by, words).into())]);
                crate::failure::with_id(line, rule.id())
            }
            Self::Denied(rule, _) => words.rule(*rule),
            Self::Inactive(Standing::Forked) if people.own_role() == Role::Professional => {
                words.say(key!("answer-forked-continue"), &[])
            }
            Self::Inactive(Standing::Forked) => words.say(key!("answer-forked"), &[]),
            Self::Inactive(Standing::Behind) => words.say(key!("answer-behind"), &[]),
            Self::Inactive(Standing::Given) => words.say(key!("answer-given"), &[]),
            Self::Inactive(Standing::Failed) => words.say(key!("answer-failed"), &[]),
            Self::Inactive(_) => words.say(key!("answer-access-lost"), &[]),
        }
    }

    /// Whether a message may be posted.
    pub(crate) const fn is_permitted(&self) -> bool {
        matches!(self, Self::Permitted(_))
    }

    /// Whether it is stopped on this device, which can go on in a new thread if its owner may open one.
    pub(crate) const fn is_stopped(&self) -> bool {
        matches!(self, Self::Inactive(Standing::Forked | Standing::Behind | Standing::AccessLost))
    }

    /// The id of the rule that stands against it.
    pub(crate) const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Denied(rule, _) => Some(*rule),
            Self::Permitted(_) | Self::Inactive(_) => None,
        }
    }
}

fn permitted(mode: AnswerMode, role: Role, zone: &TimeZone, words: &Words) -> String {
    match (role, mode) {
        (Role::Patient, AnswerMode::OneReply) => words.say(key!("answer-once"), &[]),
        (Role::Patient, AnswerMode::Until(at)) => {
            words.say(key!("answer-until"), &[("time", moment::shown(at, zone, words).into())])
        }
        (Role::Patient | Role::Professional, _) => words.say(key!("answer-open"), &[]),
    }
}

#[cfg(test)]
mod tests {
    use colloque_schemas::role::Actor;

    use super::*;
    use crate::cast::{NOW, PATIENT, PROFESSIONAL, people_of_patient};
    use crate::words::Language;

    fn facts(account: AccountId, role: Role, mode: AnswerMode) -> ContentFacts {
        let author = Actor { account, role };
        let (professional_has_spoken, has_replied, has_departed) = (true, false, false);
        ContentFacts { author, mode, professional_has_spoken, has_replied, has_departed, at: NOW }
    }

    fn patient_may(mode: AnswerMode) -> Answer {
        Answer::judged(Standing::Member, &facts(PATIENT, Role::Patient, mode), Some(PROFESSIONAL))
    }

    #[test]
    fn what_may_be_answered_is_what_the_rules_say() {
        assert_eq!(patient_may(AnswerMode::OneReply), Answer::Permitted(AnswerMode::OneReply));
        let replied =
            ContentFacts { has_replied: true, ..facts(PATIENT, Role::Patient, AnswerMode::OneReply) };
        assert_eq!(Answer::judged(Standing::Member, &replied, None).rule(), Some(Rule::OneReplyOnly));
        assert_eq!(patient_may(AnswerMode::Until(NOW)).rule(), Some(Rule::NoReplyAfterDeadline));
        assert!(patient_may(AnswerMode::Until(NOW.plus(60))).is_permitted());
        for mode in [AnswerMode::Open, AnswerMode::OneReply, AnswerMode::Until(NOW), AnswerMode::NoReply] {
            let facts = facts(PROFESSIONAL, Role::Professional, mode);
            assert!(Answer::judged(Standing::Member, &facts, None).is_permitted());
            let lost = Answer::judged(Standing::AccessLost, &facts, None);
            assert_eq!(lost, Answer::Inactive(Standing::AccessLost));
        }
    }

    #[test]
    fn a_closed_thread_says_who_closed_it() {
        let answer = patient_may(AnswerMode::Closed);
        let shown = |language| answer.shown(&people_of_patient(), &TimeZone::UTC, &Words::new(language));
        assert_eq!(
            shown(Language::English),
            "Dr Anne Martin has closed this conversation. You can no longer answer. (R07)"
        );
        assert_eq!(
            shown(Language::French),
            "Dr Anne Martin a fermé cette conversation. Vous ne pouvez plus répondre. (R07)"
        );
    }
}
