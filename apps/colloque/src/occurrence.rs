//! Events of client-core as lines for people and for programs.

use colloque_client_core::Event;
use colloque_schemas::id::{AccountId, ThreadId};

use crate::json::EventJson;
use crate::people::People;
use crate::render::short;
use crate::words::{Words, key};

/// The word by which programs know an event; none of one that says nothing to them.
pub(crate) const fn word_of(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::CaughtUp => "caught-up",
        Event::OpeningWaits { .. } => "opening-waits",
        Event::ThreadOpened(_) => "thread-opened",
        Event::ThreadJoined(_) => "thread-joined",
        Event::MessageReceived { .. } => "message-received",
        Event::MessageSent { .. } => "message-sent",
        Event::ModeChanged { .. } => "mode-changed",
        Event::ReceiptsChanged { .. } => "receipts-changed",
        Event::RosterChanged { .. } => "roster-changed",
        Event::Departed { .. } => "departed",
        Event::EnvelopeRefused { .. } => "envelope-refused",
        Event::WelcomeRefused { .. } => "welcome-refused",
        Event::LetterRefused { .. } => "letter-refused",
        Event::PrimaryMoved { .. } => "primary-moved",
        Event::SendRefused { .. } => "send-refused",
        Event::SendDenied { .. } => "send-denied",
        Event::Gap { .. } => "gap",
        Event::GapRepaired { .. } => "gap-repaired",
        Event::ThreadContinued { .. } => "thread-continued",
        Event::ForkDetected { .. } => "fork-detected",
        Event::StateRolledBack { .. } => "state-rolled-back",
        Event::DeviceCloned { .. } => "device-cloned",
        Event::OtherDeviceCloned { .. } => "other-device-cloned",
        Event::AccessLost(_) => "access-lost",
        Event::Pruned { .. } => "pruned",
        Event::RelayWentBack { .. } => "relay-went-back",
        Event::AccountKeyChanged(_) => "account-key-changed",
        Event::DevicesChanged => "devices-changed",
        _ => return None,
    })
}

/// Whom the line of an event names, if anybody.
pub(crate) const fn named(event: &Event) -> Option<AccountId> {
    match event {
        Event::OpeningWaits { account, .. }
        | Event::OtherDeviceCloned { account, .. }
        | Event::AccountKeyChanged(account) => Some(*account),
        _ => None,
    }
}

/// Something that a person must hear although no entry of a thread shows it.
pub(crate) struct Occurrence<'a> {
    event: &'static str,
    thread: Option<ThreadId>,
    account: Option<AccountId>,
    reason: Option<&'a str>,
    line: String,
}

impl<'a> Occurrence<'a> {
    /// What an event says, unless the entries of its thread say it.
    pub(crate) fn of(event: &'a Event, people: &People, words: &Words) -> Option<Self> {
        let thread = event.thread();
        let about = |key| {
            let values = [("thread", thread.map(short).unwrap_or_default().into())];
            words.say(key, &values)
        };
        let word = word_of(event)?;
        let with = |reason, line| Some(Self { event: word, thread, account: None, reason, line });
        match event {
            Event::ThreadOpened(_) => with(None, about(key!("event-opened"))),
            Event::ThreadJoined(_) => with(None, about(key!("event-joined"))),
            Event::OpeningWaits { account, .. } => {
                let values = [
                    ("thread", thread.map(short).unwrap_or_default().into()),
                    ("name", people.label(*account, words).into()),
                ];
                let line = words.say(key!("event-opening-waits"), &values);
                Some(Self { event: word, thread, account: Some(*account), reason: None, line })
            }
            Event::WelcomeRefused { reason } => {
                let line =
                    words.say(key!("event-welcome-refused"), &[("reason", words.reason(reason).into())]);
                with(Some(*reason), line)
            }
            Event::PrimaryMoved { is_this: true } => with(None, words.say(key!("event-primary-moved"), &[])),
            Event::PrimaryMoved { is_this: false } => {
                with(None, words.say(key!("event-no-longer-primary"), &[]))
            }
            Event::LetterRefused { reason } => {
                let line =
                    words.say(key!("event-letter-refused"), &[("reason", words.reason(reason).into())]);
                with(Some(*reason), line)
            }
            Event::SendRefused { refusal, .. } => {
                let id = refusal.rule.map_or(refusal.code.id(), |rule| rule.id());
                with(Some(id), format!("{} {}", about(key!("event-send-refused")), words.refusal(refusal)))
            }
            Event::SendDenied { rule, .. } => {
                with(Some(*rule), format!("{} {}", about(key!("event-send-refused")), words.reason(rule)))
            }
            Event::ThreadContinued { successor, .. } => {
                let values = [
                    ("thread", thread.map(short).unwrap_or_default().into()),
                    ("successor", short(*successor).into()),
                ];
                with(None, words.say(key!("event-continued"), &values))
            }
            Event::ForkDetected { .. } => with(None, about(key!("event-fork"))),
            Event::StateRolledBack { .. } => with(None, about(key!("event-rolled-back"))),
            Event::DeviceCloned { .. } => with(None, about(key!("event-cloned"))),
            Event::OtherDeviceCloned { account, .. } => {
                let values = [
                    ("thread", thread.map(short).unwrap_or_default().into()),
                    ("name", people.label(*account, words).into()),
                ];
                let line = words.say(key!("event-other-cloned"), &values);
                Some(Self { event: word, thread, account: Some(*account), reason: None, line })
            }
            Event::AccessLost(_) => with(None, about(key!("event-access-lost"))),
            Event::Pruned { .. } => with(None, about(key!("event-pruned"))),
            Event::RelayWentBack { .. } => with(None, about(key!("event-relay-went-back"))),
            Event::DevicesChanged => with(None, words.say(key!("event-devices-changed"), &[])),
            Event::AccountKeyChanged(account) => {
                let line =
                    words.say(key!("event-key-changed"), &[("name", people.label(*account, words).into())]);
                Some(Self { event: word, thread, account: Some(*account), reason: None, line })
            }
            _ => None,
        }
    }

    /// For people.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// Whether it says that something of this device was refused in this thread.
    pub(crate) fn refuses(&self, thread: ThreadId) -> bool {
        matches!(self.event, "send-refused" | "send-denied") && self.thread == Some(thread)
    }

    /// Whether it says only that this thread is open, or waits to be.
    pub(crate) fn opens(&self, thread: ThreadId) -> bool {
        matches!(self.event, "thread-opened" | "opening-waits") && self.thread == Some(thread)
    }

    /// For programs.
    pub(crate) fn json(&self) -> EventJson<'_> {
        EventJson {
            event: self.event,
            thread: self.thread.map(|thread| thread.to_string()),
            account: self.account.map(|account| account.to_string()),
            reason: self.reason,
            entries: Vec::new(),
        }
    }
}
