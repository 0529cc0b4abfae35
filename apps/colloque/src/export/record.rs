//! What is written down of a thread: plain values in the words of one language, with every name and time settled.

use colloque_client_core::{EntryKind, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Rpps;
use colloque_schemas::id::{AccountId, DeviceKey, MessageId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;
use colloque_schemas::time::UnixSeconds;
use jiff::tz::TimeZone;

use crate::export::presence::{Presence, last_removal};
use crate::export::views::{Names, Views};
use crate::moment::Moment;
use crate::people;
use crate::plain;
use crate::render;
use crate::words::{Words, key};

#[cfg(test)]
mod tests;

/// A thread as this device has it, to be written down.
pub(crate) struct Record {
    pub(crate) thread: ThreadId,
    pub(crate) opened: Moment,
    pub(crate) standing: Standing,
    pub(crate) mode: AnswerMode,
    /// How patients may answer, in words.
    pub(crate) answers: String,
    /// Everyone who took part or did something in it: the opener, the patients, then the others as they appear.
    pub(crate) parties: Vec<Party>,
    /// Everything that it shows, in the order of its log; what waits comes last.
    pub(crate) items: Vec<Item>,
    /// When the record was made.
    pub(crate) made: Moment,
    /// By whom.
    pub(crate) made_by: AccountId,
    /// On which device.
    pub(crate) made_on: DeviceKey,
    /// What this document is, what it proves, and what it lacks: one sentence or two each.
    pub(crate) about: Vec<String>,
}

/// Somebody in a thread.
pub(crate) struct Party {
    pub(crate) account: AccountId,
    /// The certified role; none of somebody whose certificate this device never saw.
    pub(crate) role: Option<Role>,
    pub(crate) name: Name,
    /// The name, and a number from 1 that tells persons of one name apart.
    pub(crate) label: String,
    /// Since when, and until when if no longer, in words.
    pub(crate) stay: String,
}

/// What a person is called.
pub(crate) enum Name {
    /// As the authority certifies it.
    Certified {
        name: String,
        profession: String,
        /// The national number, where this device has the certificate itself.
        rpps: Option<Rpps>,
    },
    /// As the owner of this device does.
    Given(String),
    /// By role and the first digits of the account.
    Unnamed(String),
}

/// One thing that a thread shows.
pub(crate) struct Item {
    /// Its place; none of a message that waits to be sent.
    pub(crate) seq: Option<Seq>,
    pub(crate) kind: ItemKind,
}

/// What it is.
pub(crate) enum ItemKind {
    Message(Message),
    /// A change of mode or roster, an envelope that is not shown, messages that never arrived: a line in words.
    Line(String),
}

/// A message.
pub(crate) struct Message {
    pub(crate) message: MessageId,
    pub(crate) author: AccountId,
    /// When its author says that it was sent; of one that waits, when it was written.
    pub(crate) sent: Moment,
    /// As its author wrote it: nothing is made harmless here.
    pub(crate) text: String,
    /// What was sent with it: named here, and not contained.
    pub(crate) documents: Vec<Document>,
    /// Who else had a device in the thread at its place, as far as this device knows.
    pub(crate) recipients: Vec<AccountId>,
}

/// A document of a message.
pub(crate) struct Document {
    /// As its author calls it, made harmless.
    pub(crate) name: String,
    /// As its author claims.
    pub(crate) media_type: &'static str,
    pub(crate) bytes: u64,
}

impl Name {
    /// The name alone.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Certified { name, .. } | Self::Given(name) | Self::Unnamed(name) => name,
        }
    }
}

impl From<&colloque_client_core::Document> for Document {
    fn from(document: &colloque_client_core::Document) -> Self {
        let colloque_client_core::Document { name, media_type, bytes, .. } = document;
        Self { name: name.clone(), media_type, bytes: *bytes }
    }
}

impl Record {
    /// The record of these views, made now.
    pub(crate) fn new(views: &Views, names: Names, zone: &TimeZone, words: &Words, now: UnixSeconds) -> Self {
        let Views { own, summary, entries, roster, .. } = views;
        let known_from = views.known_from();
        let presence = Presence::of(entries, roster, summary.standing, own.account, known_from);
        let stays = Stays { views, presence: &presence, known_from, words };
        let parties: Vec<Party> = (1..)
            .zip(views.accounts())
            .map(|(number, account)| {
                let name = views.name(account, names, words);
                let label = format!("{} ({number})", plain::name(name.text()));
                let (role, stay) = (views.role(account), stays.of(account));
                Party { account, role, name, label, stay }
            })
            .collect();
        let label = |account: AccountId| label_in(&parties, account, words);
        let items = entries.iter().zip(&presence.at).map(|(entry, there)| Item {
            seq: entry.seq,
            kind: match &entry.kind {
                EntryKind::Message(message) => ItemKind::Message(Message {
                    message: message.message,
                    author: message.author,
                    sent: Moment::new(message.sent_at, zone, words),
                    text: message.text.clone(),
                    documents: message.documents.iter().map(Document::from).collect(),
                    recipients: there.iter().copied().filter(|account| *account != message.author).collect(),
                }),
                other => ItemKind::Line(line(other, label, zone, words)),
            },
        });
        let items = items.collect();
        let made = Moment::new(now, zone, words);
        let about = about(views, known_from, names, &label(own.account), &made, words);
        Self {
            thread: summary.thread,
            opened: Moment::new(summary.opened_at, zone, words),
            standing: summary.standing,
            mode: summary.mode,
            answers: crate::mode::shown(summary.mode, zone, words),
            items,
            made,
            made_by: own.account,
            made_on: own.device,
            about,
            parties,
        }
    }

    /// A person of the record.
    pub(crate) fn party(&self, account: AccountId) -> Option<&Party> {
        self.parties.iter().find(|party| party.account == account)
    }

    /// How many messages there are: at the relay, and waiting.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let messages = || self.items.iter().filter(|item| matches!(item.kind, ItemKind::Message(_)));
        let waiting = messages().filter(|item| item.seq.is_none()).count();
        (messages().count().saturating_sub(waiting), waiting)
    }

    /// The same in words.
    pub(crate) fn counted(&self, words: &Words) -> String {
        let (sent, waiting) = self.counts();
        let say = |key, count: usize| words.say(key, &[("count", count.into())]);
        let mut counts = vec![say(key!("export-sent"), sent)];
        if waiting > 0 {
            counts.push(say(key!("export-not-sent"), waiting));
        }
        counts.join(", ")
    }
}

/// As lists show it, but for what a rule refused: its words are for the person whom it stops, and that is no reader of
/// a document.
fn line(kind: &EntryKind, label: impl Fn(AccountId) -> String, zone: &TimeZone, words: &Words) -> String {
    match kind {
        EntryKind::Refused { reason } if Rule::ALL.iter().any(|rule| rule.id() == reason) => {
            words.say(key!("export-refused"), &[("rule", reason.clone().into())])
        }
        _ => render::line(kind, None, label, zone, words),
    }
}

/// The words for a person in a line.
fn label_in(parties: &[Party], account: AccountId, words: &Words) -> String {
    let found = parties.iter().find(|party| party.account == account);
    found.map_or_else(|| people::unnamed(None, account, words), |party| party.label.clone())
}

/// How long everyone was there.
struct Stays<'a> {
    views: &'a Views,
    presence: &'a Presence,
    known_from: Seq,
    words: &'a Words,
}

impl Stays<'_> {
    fn of(&self, account: AccountId) -> String {
        let since = self.since(account);
        if self.presence.last.contains(&account) {
            return since;
        }
        let removed = last_removal(&self.views.entries, account);
        removed.map_or(since.clone(), |seq| {
            let values = [("since", since.into()), ("place", seq.to_string().into())];
            self.words.say(key!("export-stay-until"), &values)
        })
    }

    fn since(&self, account: AccountId) -> String {
        let place = |seq: Seq| [("place", seq.to_string().into())];
        if self.presence.first.contains(&account) {
            return if self.known_from <= Seq(1) {
                self.words.say(key!("export-stay-opening"), &[])
            } else {
                self.words.say(key!("export-stay-before"), &place(self.known_from))
            };
        }
        let added =
            self.views.entries.iter().find(
                |entry| matches!(entry.kind, EntryKind::Added { account: added, .. } if added == account),
            );
        match added.and_then(|entry| entry.seq) {
            Some(seq) => self.words.say(key!("export-stay-place"), &place(seq)),
            None => self.words.say(key!("export-stay-unknown"), &[]),
        }
    }
}

fn about(
    views: &Views,
    known_from: Seq,
    names: Names,
    maker: &str,
    made: &Moment,
    words: &Words,
) -> Vec<String> {
    let say = |key| words.say(key, &[]);
    let values = [
        ("time", made.local.clone().into()),
        ("name", maker.to_owned().into()),
        ("device", views.own.device.to_string().into()),
    ];
    let mut about =
        vec![words.say(key!("export-made"), &values), say(key!("export-copy")), say(key!("export-times"))];
    if known_from > Seq(1) {
        about.push(words.say(key!("export-begins"), &[("place", known_from.to_string().into())]));
    }
    if views.has_documents() {
        about.push(say(key!("export-documents")));
    }
    about.extend(match views.summary.standing {
        Standing::Member => None,
        Standing::Opening => Some(say(key!("export-opening"))),
        Standing::Departed | Standing::AccessLost => Some(say(key!("export-ended"))),
        Standing::Forked => Some(say(key!("export-forked"))),
        Standing::Behind => Some(say(key!("export-behind"))),
        Standing::Given => Some(say(key!("export-given"))),
        Standing::Failed => Some(say(key!("answer-failed"))),
    });
    let has_given = |account: &AccountId| matches!(views.name(*account, names, words), Name::Given(_));
    if views.accounts().iter().any(has_given) {
        about.push(say(key!("export-names-given")));
    }
    about
}
