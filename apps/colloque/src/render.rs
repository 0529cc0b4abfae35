//! Threads, entries and persons as lines for people. Pure: views in, lines out.

use jiff::tz::TimeZone;

use colloque_client_core::{
    Contact, Document, Entry, EntryKind, Message, Participant, Standing, ThreadSummary,
};
use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use crate::document::{self, DocumentPlace};
use crate::mode;
use crate::moment;
use crate::people::{People, label_of};
use crate::plain;
use crate::words::{Key, Words, key};

#[cfg(test)]
mod tests;

/// Digits of a thread id that lists show.
const SHORT_DIGITS: usize = 8;
/// A message that was not read for so long is worth a word to its author.
const UNREAD_DAYS: u64 = 3;

/// What every line is made with.
#[derive(Clone, Copy)]
pub(crate) struct Renderer<'a> {
    pub(crate) people: &'a People,
    pub(crate) zone: &'a TimeZone,
    pub(crate) words: &'a Words,
}

impl Renderer<'_> {
    /// A thread in a list, with the row by which it can be named.
    pub(crate) fn summary(&self, row: usize, summary: &ThreadSummary) -> Vec<String> {
        let words = self.words;
        let mut lines = vec![words.say(
            key!("thread-row"),
            &[
                ("row", row.to_string().into()),
                ("thread", short(summary.thread).into()),
                ("people", self.counterparts(summary).into()),
            ],
        )];
        let mut facts = vec![mode::shown(summary.mode, self.zone, words)];
        facts.extend(self.standing(summary.standing));
        facts.extend(self.absent(summary));
        if summary.unread > 0 {
            facts.push(words.say(key!("thread-unread"), &[("count", summary.unread.into())]));
        }
        if summary.waiting > 0 {
            facts.push(words.say(key!("thread-waiting"), &[("count", summary.waiting.into())]));
        }
        lines.push(format!("   {}", facts.join(" · ")));
        if let Some(last) = &summary.last {
            let values = [
                ("name", self.people.label(last.author, words).into()),
                ("time", self.moment(last.sent_at).into()),
            ];
            lines.push(format!("   {}", words.say(key!("thread-last"), &values)));
        }
        lines
    }

    /// The header of a thread.
    pub(crate) fn header(&self, summary: &ThreadSummary) -> String {
        let values =
            [("thread", short(summary.thread).into()), ("people", self.counterparts(summary).into())];
        self.words.say(key!("thread-header"), &values)
    }

    /// Everyone in the thread but the owner of this device.
    pub(crate) fn counterparts(&self, summary: &ThreadSummary) -> String {
        let others = others(summary, self.people).map(|account| self.people.label(account, self.words));
        others.collect::<Vec<_>>().join("; ")
    }

    /// The names alone of everyone in the thread but the owner of this device.
    pub(crate) fn names(&self, summary: &ThreadSummary) -> String {
        let others = others(summary, self.people).map(|account| self.people.name(account, self.words));
        others.collect::<Vec<_>>().join(", ")
    }

    /// That nobody of the other role has read the owner's last message for days: a professional may have to call.
    pub(crate) fn unread(&self, summary: &ThreadSummary, now: UnixSeconds) -> Option<String> {
        let last = summary.last.as_ref().filter(|last| last.is_own && !last.is_displayed)?;
        let days = now.0.saturating_sub(last.sent_at.0) / SECONDS_PER_DAY;
        (self.people.own_role() == Role::Professional && days >= UNREAD_DAYS)
            .then(|| self.words.say(key!("thread-unread-for"), &[("count", days.into())]))
    }

    /// Whom an opening waits for, if it waits for somebody who has not activated the mailbox.
    pub(crate) fn absent(&self, summary: &ThreadSummary) -> Option<String> {
        let people = self.labels(&summary.waits_for);
        let is_waiting = !summary.waits_for.is_empty();
        is_waiting.then(|| self.words.say(key!("thread-waits-for"), &[("people", people.into())]))
    }

    /// These persons.
    pub(crate) fn labels(&self, accounts: &[AccountId]) -> String {
        let labels: Vec<_> = accounts.iter().map(|account| self.people.label(*account, self.words)).collect();
        labels.join("; ")
    }

    /// An entry of a thread.
    pub(crate) fn entry(&self, entry: &Entry) -> Vec<String> {
        match &entry.kind {
            EntryKind::Message(message) => self.message(entry, message),
            notice => vec![format!("* {}", self.notice(notice))],
        }
    }

    /// What an entry says that is no message; of a message, nothing.
    pub(crate) fn notice(&self, kind: &EntryKind) -> String {
        let own = Some(self.people.own());
        line(kind, own, |account| self.people.label(account, self.words), self.zone, self.words)
    }

    fn message(&self, entry: &Entry, message: &Message) -> Vec<String> {
        let words = self.words;
        let author = if message.is_own {
            words.say(key!("person-own"), &[])
        } else {
            self.people.label(message.author, words)
        };
        let mut state = match entry.seq {
            Some(seq) => words.say(key!("entry-place"), &[("place", seq.to_string().into())]),
            None => words.say(key!("entry-waiting"), &[]),
        };
        if message.is_sent_again {
            state = format!("{state} · {}", words.say(key!("entry-sent-again"), &[]));
        }
        if message.given_by.is_some() {
            state = format!("{state} · {}", words.say(key!("entry-given"), &[]));
        }
        let mut lines = vec![format!("{author} · {} · {state}", self.moment(message.sent_at))];
        if !message.text.is_empty() {
            lines.extend(plain::body(&message.text));
        }
        lines.extend(message.documents.iter().map(|document| self.document(entry, message, document)));
        lines
    }

    /// A document of a message, with the place by which it can be named.
    fn document(&self, entry: &Entry, message: &Message, document: &Document) -> String {
        let words = self.words;
        let mut facts = vec![
            plain::name(&document.name),
            document::size(document.bytes, words),
            document::state(document, message.is_own, words),
        ];
        if let Some(seq) = entry.seq {
            facts.insert(0, format!("[{}]", DocumentPlace::of(seq, document)));
        }
        format!("   {}", facts.join(" · "))
    }

    /// A member of a thread.
    pub(crate) fn participant(&self, participant: &Participant) -> String {
        let values = [
            ("name", self.people.label(participant.account, self.words).into()),
            ("role", self.words.role(participant.role).into()),
            ("device", hex_start(&participant.device.to_string()).into()),
            ("place", participant.since.to_string().into()),
        ];
        self.words.say(key!("member"), &values)
    }

    /// A person in a list.
    pub(crate) fn contact(&self, contact: &Contact) -> Vec<String> {
        let mut lines = vec![label_of(contact, self.words)];
        lines.push(format!("   {}", contact.account));
        if contact.role == Some(Role::Professional) && contact.petname.is_some() {
            let petname = plain::name(contact.petname.as_deref().unwrap_or_default());
            lines.push(format!("   {}", self.words.say(key!("person-petname"), &[("name", petname.into())])));
        }
        if contact.key_has_changed {
            lines.push(format!("   {}", self.words.say(key!("contact-key-changed"), &[])));
        }
        lines
    }

    /// Why the device takes no part, if it does not.
    pub(crate) fn standing(&self, standing: Standing) -> Option<String> {
        let key = match standing {
            Standing::Member => return None,
            Standing::Opening => key!("standing-opening"),
            Standing::Departed => key!("standing-departed"),
            Standing::AccessLost => key!("standing-access-lost"),
            Standing::Forked => key!("standing-forked"),
            Standing::Behind => key!("standing-behind"),
            Standing::Given => key!("standing-given"),
            Standing::Failed => key!("standing-failed"),
        };
        Some(self.words.say(key, &[]))
    }

    fn moment(&self, at: colloque_schemas::time::UnixSeconds) -> String {
        moment::shown(at, self.zone, self.words)
    }
}

fn others(summary: &ThreadSummary, people: &People) -> impl Iterator<Item = AccountId> {
    let own = people.own();
    let everyone = std::iter::once(&summary.opener).chain(&summary.patients).copied();
    everyone.filter(move |account| *account != own)
}

/// The line for an entry that is no message, with these words for persons; nothing for a message. The owner of this device
/// is spoken to, if there is one who reads it.
pub(crate) fn line(
    kind: &EntryKind,
    own: Option<AccountId>,
    label: impl Fn(AccountId) -> String,
    zone: &TimeZone,
    words: &Words,
) -> String {
    match kind {
        EntryKind::Message(_) => String::new(),
        EntryKind::ModeChanged { by, mode } => {
            let mode = mode::shown(*mode, zone, words);
            words.say(key!("entry-mode"), &[("name", label(*by).into()), ("mode", mode.into())])
        }
        EntryKind::Added { by, account } if by == account => {
            own_device(key!("entry-added-own"), key!("entry-added-their-own"), own, *by, label, words)
        }
        EntryKind::Removed { by, account } if by == account => {
            own_device(key!("entry-removed-own"), key!("entry-removed-their-own"), own, *by, label, words)
        }
        EntryKind::Joined { by } if own == Some(*by) => words.say(key!("entry-joined-own"), &[]),
        EntryKind::Added { by, account } => {
            words.say(key!("entry-added"), &[("name", label(*by).into()), ("whose", label(*account).into())])
        }
        EntryKind::Joined { by } => words.say(key!("entry-joined"), &[("name", label(*by).into())]),
        EntryKind::Removed { by, account } => words
            .say(key!("entry-removed"), &[("name", label(*by).into()), ("whose", label(*account).into())]),
        EntryKind::Departed { account } => {
            words.say(key!("entry-departed"), &[("name", label(*account).into())])
        }
        EntryKind::Refused { reason } => {
            words.say(key!("entry-refused"), &[("reason", words.reason(&plain::name(reason)).into())])
        }
        EntryKind::Gap { account, missing } => {
            words.say(key!("entry-gap"), &[("name", label(*account).into()), ("count", (*missing).into())])
        }
        EntryKind::Repaired { account } => {
            words.say(key!("entry-repaired"), &[("name", label(*account).into())])
        }
        EntryKind::Doubted { account } => {
            words.say(key!("entry-doubted"), &[("name", label(*account).into())])
        }
    }
}

/// That somebody added or removed a device of their own.
fn own_device(
    to_owner: Key,
    of_others: Key,
    own: Option<AccountId>,
    by: AccountId,
    label: impl Fn(AccountId) -> String,
    words: &Words,
) -> String {
    let key = if own == Some(by) { to_owner } else { of_others };
    words.say(key, &[("name", label(by).into())])
}

/// The first digits of a thread id: enough to name it by, and checked to be enough when it is.
pub(crate) fn short(thread: ThreadId) -> String {
    hex_start(&thread.to_string())
}

fn hex_start(digits: &str) -> String {
    digits.chars().take(SHORT_DIGITS).collect()
}
