//! What the reader may answer in a thread, told before anything is typed: the same policy that client-core and the relay apply.

use jiff::tz::TimeZone;

use colloque_client_core::{Entry, EntryKind, Standing, ThreadSummary};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::AccountId;
use colloque_schemas::policy::{ContentFacts, post_content};
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;

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
    pub(crate) fn of(summary: &ThreadSummary, entries: &[Entry], people: &People, now: UnixSeconds) -> Self {
        match summary.standing {
            Standing::Opening | Standing::Member | Standing::Departed => {}
            Standing::AccessLost | Standing::Forked | Standing::Failed | Standing::Behind => {
                return Self::Inactive(summary.standing);
            }
        }
        let facts = ContentFacts {
            author: Actor { account: people.own(), role: people.own_role() },
            mode: summary.mode,
            professional_has_spoken: entries
                .iter()
                .any(|entry| is_message(entry, |_, role| role == Role::Professional)),
            has_replied: since_mode(entries)
                .any(|entry| is_message(entry, |author, _| author == people.own())),
            has_departed: summary.standing == Standing::Departed,
            at: now,
        };
        match post_content(&facts) {
            Ok(_) => Self::Permitted(summary.mode),
            Err(denied) => Self::Denied(denied.rule, closer(summary, entries)),
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
            Self::Inactive(Standing::Forked) => words.say(key!("answer-forked"), &[]),
            Self::Inactive(Standing::Behind) => words.say(key!("answer-behind"), &[]),
            Self::Inactive(Standing::Failed) => words.say(key!("answer-failed"), &[]),
            Self::Inactive(_) => words.say(key!("answer-access-lost"), &[]),
        }
    }

    /// Whether a message may be posted.
    pub(crate) const fn is_permitted(&self) -> bool {
        matches!(self, Self::Permitted(_))
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

/// The entries after the one that set the mode, or all of them.
fn since_mode(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().rev().take_while(|entry| !matches!(entry.kind, EntryKind::ModeChanged { .. }))
}

fn is_message(entry: &Entry, test: impl Fn(AccountId, Role) -> bool) -> bool {
    matches!(&entry.kind, EntryKind::Message(message) if test(message.author, message.role))
}

fn closer(summary: &ThreadSummary, entries: &[Entry]) -> Option<AccountId> {
    let last = entries.iter().rev().find_map(|entry| match entry.kind {
        EntryKind::ModeChanged { by, mode } => Some((by, mode)),
        _ => None,
    });
    last.filter(|(_, mode)| summary.mode.is_closed() && mode.is_closed()).map(|(by, _)| by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{NOW, message, mode_change, people_of_patient, people_of_professional, summary};
    use crate::words::Language;

    const SPOKEN: fn() -> Entry = || message(Some(2), Role::Professional, Role::Patient, "hello");
    const REPLY: fn(u64) -> Entry = |seq| message(Some(seq), Role::Patient, Role::Patient, "yes");

    fn patient_may(mode: AnswerMode, entries: &[Entry]) -> Answer {
        Answer::of(&summary(mode), entries, &people_of_patient(), NOW)
    }

    #[test]
    fn a_patient_is_told_once_before_the_one_reply_and_why_not_after_it() {
        let mode = AnswerMode::OneReply;
        assert_eq!(patient_may(mode, &[SPOKEN()]), Answer::Permitted(mode));
        assert_eq!(patient_may(mode, &[SPOKEN(), REPLY(3)]).rule(), Some(Rule::OneReplyOnly));
        let again = [SPOKEN(), REPLY(3), mode_change(4, mode)];
        assert!(patient_may(mode, &again).is_permitted(), "setting the mode again gives one more");
        let waiting = [SPOKEN(), message(None, Role::Patient, Role::Patient, "not sent yet")];
        assert_eq!(patient_may(mode, &waiting).rule(), Some(Rule::OneReplyOnly), "one that waits is the one");
    }

    #[test]
    fn a_patient_waits_for_the_professional_and_for_no_deadline() {
        assert_eq!(patient_may(AnswerMode::Open, &[]).rule(), Some(Rule::ProfessionalSpeaksFirst));
        let (before, after) = (AnswerMode::Until(NOW), AnswerMode::Until(NOW.plus(60)));
        assert_eq!(patient_may(before, &[SPOKEN()]).rule(), Some(Rule::NoReplyAfterDeadline));
        assert!(patient_may(after, &[SPOKEN()]).is_permitted());
    }

    #[test]
    fn a_closed_thread_says_who_closed_it() {
        let entries = [SPOKEN(), mode_change(3, AnswerMode::Closed)];
        let answer = patient_may(AnswerMode::Closed, &entries);
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

    #[test]
    fn a_professional_may_post_in_every_mode_but_closed() {
        for mode in [AnswerMode::Open, AnswerMode::OneReply, AnswerMode::Until(NOW), AnswerMode::NoReply] {
            assert!(Answer::of(&summary(mode), &[], &people_of_professional(), NOW).is_permitted());
        }
        let closed = Answer::of(&summary(AnswerMode::Closed), &[], &people_of_professional(), NOW);
        assert_eq!(closed.rule(), Some(Rule::ClosedMeansClosed));
    }
}
