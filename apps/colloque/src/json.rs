//! What programs read: stable field names, ids in hexadecimal, instants in seconds since 1970. `README.md` lists them.

use colloque_client_core::{
    Contact, Document, DocumentState, Entry, EntryKind, Own, Participant, ThreadSummary,
};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::ThreadId;
use colloque_schemas::role::Role;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use devices::{HistoryJson, LinkCodeJson, LinkedJson, OfferJson, OwnDeviceJson};

use crate::answer::Answer;
use crate::document::percent;
use crate::integration::{Integration, Scope};
use crate::mode;

/// Of `desk`.
#[derive(Serialize)]
pub(crate) struct DeskJson<'a> {
    /// Works once, within five minutes.
    pub(crate) link: &'a str,
}

mod devices;
#[cfg(test)]
mod tests;

/// An answer mode, with its deadline if it has one.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModeJson {
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_at: Option<u64>,
}

impl From<AnswerMode> for ModeJson {
    fn from(answer_mode: AnswerMode) -> Self {
        Self { mode: mode::word(answer_mode), until_at: mode::deadline(answer_mode).map(|at| at.0) }
    }
}

/// `whoami`.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnJson<'a> {
    account: String,
    role: &'static str,
    name: Option<&'a str>,
    profession: Option<&'a str>,
    rpps: Option<String>,
    account_key: String,
    device: String,
    relay: &'a str,
    certificate_expires_at: u64,
    /// Whether this is the main device, which alone adds and removes others.
    main: bool,
}

impl<'a> From<&'a Own> for OwnJson<'a> {
    fn from(own: &'a Own) -> Self {
        let identity = match &own.holder {
            Holder::Professional(identity) => Some(identity),
            Holder::Patient => None,
        };
        Self {
            account: own.account.to_string(),
            role: own.holder.role().word(),
            name: identity.map(|identity| identity.name()),
            profession: identity.map(|identity| identity.profession()),
            rpps: identity.map(|identity| identity.rpps().as_str().to_owned()),
            account_key: own.account_key.to_string(),
            device: own.device.to_string(),
            relay: &own.relay_address,
            certificate_expires_at: own.leaf_expires_at.0,
            main: own.is_primary,
        }
    }
}

/// `invite`.
#[derive(Serialize)]
pub(crate) struct InvitedJson<'a> {
    /// The text to hand over.
    pub(crate) invitation: &'a str,
    /// The account that the patient will have.
    pub(crate) account: String,
    /// When the invitation ends.
    pub(crate) expires_at: u64,
}

/// An item of `patients`.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactJson<'a> {
    account: String,
    role: Option<&'static str>,
    certified_name: Option<&'a str>,
    profession: Option<&'a str>,
    petname: Option<&'a str>,
    account_key: Option<String>,
    key_has_changed: bool,
    is_blocked: bool,
}

impl<'a> From<&'a Contact> for ContactJson<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self {
            account: contact.account.to_string(),
            role: contact.role.map(Role::word),
            certified_name: contact.certified_name.as_deref(),
            profession: contact.profession.as_deref(),
            petname: contact.petname.as_deref(),
            account_key: contact.account_key.map(|account_key| account_key.to_string()),
            key_has_changed: contact.key_has_changed,
            is_blocked: contact.is_blocked,
        }
    }
}

/// An item of `threads`.
#[derive(Serialize, ToSchema)]
pub(crate) struct ThreadJson {
    row: usize,
    thread: String,
    standing: &'static str,
    #[serde(flatten)]
    mode: ModeJson,
    opener: String,
    patients: Vec<String>,
    opened_at: u64,
    unread: u64,
    waiting: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<String>,
    last_author: Option<String>,
    last_at: Option<u64>,
}

impl ThreadJson {
    pub(crate) fn new(row: usize, summary: &ThreadSummary) -> Self {
        Self {
            row,
            thread: summary.thread.to_string(),
            standing: summary.standing.word(),
            mode: summary.mode.into(),
            opener: summary.opener.to_string(),
            patients: summary.patients.iter().map(ToString::to_string).collect(),
            opened_at: summary.opened_at.0,
            unread: summary.unread,
            waiting: summary.waiting,
            waits_for: summary.waits_for.iter().map(ToString::to_string).collect(),
            last_author: summary.last.as_ref().map(|last| last.author.to_string()),
            last_at: summary.last.as_ref().map(|last| last.sent_at.0),
        }
    }
}

/// An item of `members`.
#[derive(Serialize)]
pub(crate) struct MemberJson {
    account: String,
    role: &'static str,
    device: String,
    since: u64,
}

impl From<&Participant> for MemberJson {
    fn from(participant: &Participant) -> Self {
        Self {
            account: participant.account.to_string(),
            role: participant.role.word(),
            device: participant.device.to_string(),
            since: participant.since.0,
        }
    }
}

/// An item of `read`, and of a `message` line of `watch`.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryJson<'a> {
    seq: Option<u64>,
    #[serde(flatten)]
    kind: KindJson<'a>,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum KindJson<'a> {
    Message {
        message: String,
        author: String,
        role: &'static str,
        own: bool,
        /// Whether it was missing, and its author's device has sent it again.
        #[serde(skip_serializing_if = "core::ops::Not::not")]
        sent_again: bool,
        /// Whose device gave it, if this one has not received it itself: then its author and time are as that one says.
        #[serde(skip_serializing_if = "Option::is_none")]
        given_by: Option<String>,
        sent_at: u64,
        text: &'a str,
        documents: Vec<DocumentJson<'a>>,
    },
    Mode {
        by: String,
        #[serde(flatten)]
        mode: ModeJson,
    },
    Added {
        by: String,
        account: String,
    },
    Joined {
        by: String,
    },
    Removed {
        by: String,
        account: String,
    },
    Departed {
        account: String,
    },
    Refused {
        reason: &'a str,
    },
    Gap {
        account: String,
        missing: u64,
    },
    Repaired {
        account: String,
    },
    Doubted {
        account: String,
    },
}

impl<'a> From<&'a Entry> for EntryJson<'a> {
    fn from(entry: &'a Entry) -> Self {
        let kind = match &entry.kind {
            EntryKind::Message(message) => KindJson::Message {
                message: message.message.to_string(),
                author: message.author.to_string(),
                role: message.role.word(),
                own: message.is_own,
                sent_again: message.is_sent_again,
                given_by: message.given_by.map(|account| account.to_string()),
                sent_at: message.sent_at.0,
                text: &message.text,
                documents: message.documents.iter().map(DocumentJson::from).collect(),
            },
            EntryKind::ModeChanged { by, mode } => {
                KindJson::Mode { by: by.to_string(), mode: (*mode).into() }
            }
            EntryKind::Added { by, account } => {
                KindJson::Added { by: by.to_string(), account: account.to_string() }
            }
            EntryKind::Joined { by } => KindJson::Joined { by: by.to_string() },
            EntryKind::Removed { by, account } => {
                KindJson::Removed { by: by.to_string(), account: account.to_string() }
            }
            EntryKind::Departed { account } => KindJson::Departed { account: account.to_string() },
            EntryKind::Refused { reason } => KindJson::Refused { reason },
            EntryKind::Gap { account, missing } => {
                KindJson::Gap { account: account.to_string(), missing: *missing }
            }
            EntryKind::Repaired { account } => KindJson::Repaired { account: account.to_string() },
            EntryKind::Doubted { account } => KindJson::Doubted { account: account.to_string() },
        };
        Self { seq: entry.seq.map(|seq| seq.0), kind }
    }
}

/// A document of a message.
#[derive(Serialize, ToSchema)]
struct DocumentJson<'a> {
    name: &'a str,
    media_type: &'static str,
    bytes: u64,
    state: &'static str,
    /// Of a hundred, while it is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Document> for DocumentJson<'a> {
    fn from(document: &'a Document) -> Self {
        let (state, percent, reason) = match &document.state {
            DocumentState::Waiting => ("waiting", None, None),
            DocumentState::Uploading { done, total } => ("uploading", Some(percent(*done, *total)), None),
            DocumentState::AtRelay => ("at-relay", None, None),
            DocumentState::Fetching { done, total } => ("fetching", Some(percent(*done, *total)), None),
            DocumentState::Here => ("here", None, None),
            DocumentState::Failed { reason } => ("failed", None, Some(reason.as_str())),
        };
        let Document { name, media_type, bytes, .. } = document;
        Self { name, media_type, bytes: *bytes, state, percent, reason }
    }
}

/// `save`.
#[derive(Serialize)]
pub(crate) struct SavedJson {
    /// `done`, or `waiting` while it is not here.
    pub(crate) state: &'static str,
    /// Where it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
}

/// `read`.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadJson<'a> {
    #[serde(flatten)]
    thread: ThreadJson,
    entries: Vec<EntryJson<'a>>,
    answer: AnswerJson,
    /// What a patient is to be shown beside the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    /// The thread in which it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    continued_in: Option<String>,
    /// The thread that it goes on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    continues: Option<String>,
}

impl<'a> ReadJson<'a> {
    pub(crate) fn new(
        thread: ThreadJson,
        entries: &'a [Entry],
        answer: &Answer,
        notice: Option<String>,
    ) -> Self {
        let answer =
            AnswerJson { permitted: answer.is_permitted(), rule: answer.rule().map(|rule| rule.id()) };
        let entries = entries.iter().map(EntryJson::from).collect();
        Self { thread, entries, answer, notice, continued_in: None, continues: None }
    }

    /// With the threads before and after it.
    pub(crate) fn beside(mut self, before: Option<ThreadId>, after: Option<ThreadId>) -> Self {
        self.continues = before.map(|thread| thread.to_string());
        self.continued_in = after.map(|thread| thread.to_string());
        self
    }
}

#[derive(Serialize, ToSchema)]
struct AnswerJson {
    permitted: bool,
    rule: Option<&'static str>,
}

/// Of `integration add`, with its token; an item of `integration list`, without.
#[derive(Serialize)]
pub(crate) struct IntegrationJson<'a> {
    name: &'a str,
    scopes: &'a [Scope],
    created_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> IntegrationJson<'a> {
    pub(crate) fn new(integration: &'a Integration, token: Option<&'a str>) -> Self {
        let Integration { name, scopes, created_at, .. } = integration;
        Self { name, scopes, created_at: *created_at, token }
    }
}

/// What became of what a verb did.
#[derive(Serialize)]
pub(crate) struct OutcomeJson {
    /// `done` or `waiting`.
    pub(crate) state: &'static str,
    /// The thread, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<String>,
    /// The message, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The message's place at the relay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
}

/// `verify`.
#[derive(Serialize)]
pub(crate) struct SafetyNumberJson<'a> {
    pub(crate) account: String,
    pub(crate) digits: &'a str,
    pub(crate) words: &'a [&'static str],
    pub(crate) qr: &'a str,
    pub(crate) key_has_changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matches: Option<bool>,
}

/// A line of `watch`.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventJson<'a> {
    /// Which.
    pub(crate) event: &'static str,
    /// In which thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<String>,
    /// Of whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The rule or reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// What there is to be shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) entries: Vec<EntryJson<'a>>,
}
