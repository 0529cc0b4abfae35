//! Everything that a record is made of, as client-core shows it, and what follows from it about a person.

use colloque_client_core::{Client, Contact, Entry, EntryKind, Own, Participant, ThreadSummary};
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::role::Role;

use crate::export::record::Name;
use crate::failure::Failure;
use crate::people;
use crate::plain;
use crate::words::Words;

/// Whether the names go along that the owner of this device gave, and that otherwise stay on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Certified,
    CertifiedAndGiven,
}

/// Everything that a record is made of.
pub(crate) struct Views {
    pub(crate) own: Own,
    pub(crate) summary: ThreadSummary,
    pub(crate) entries: Vec<Entry>,
    pub(crate) roster: Vec<Participant>,
    pub(crate) holders: Vec<(AccountId, Holder)>,
    pub(crate) contacts: Vec<Contact>,
}

impl Views {
    /// Of a thread.
    ///
    /// # Errors
    ///
    /// `Client`.
    pub(crate) fn of(client: &mut Client, thread: ThreadId) -> Result<Self, Failure> {
        let own = client.own();
        let mut entries = client.entries(thread)?;
        for entry in &mut entries {
            // To a reader of the document, this device is one like the others.
            if let EntryKind::Joined { by } = entry.kind {
                entry.kind = EntryKind::Added { by, account: own.account };
            }
        }
        Ok(Self {
            own,
            summary: client.thread(thread)?,
            entries,
            roster: client.participants(thread)?,
            holders: client.holders(thread)?,
            contacts: client.contacts()?,
        })
    }

    /// Where this device was added, and with it everything that it knows of the thread begins.
    pub(super) fn known_from(&self) -> Seq {
        let own = self.roster.iter().find(|participant| participant.device == self.own.device);
        own.map_or(Seq(1), |participant| participant.since)
    }

    /// Whether any message came with documents.
    pub(super) fn has_documents(&self) -> bool {
        let mut kinds = self.entries.iter().map(|entry| &entry.kind);
        kinds.any(|kind| matches!(kind, EntryKind::Message(message) if !message.documents.is_empty()))
    }

    /// The opener, the patients, then the others as they appear.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        let mut accounts = vec![self.summary.opener];
        let mut add = |account: AccountId| {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        };
        self.summary.patients.iter().copied().for_each(&mut add);
        for entry in &self.entries {
            match &entry.kind {
                EntryKind::Message(message) => add(message.author),
                EntryKind::ModeChanged { by, .. } => add(*by),
                EntryKind::Added { by, account } | EntryKind::Removed { by, account } => {
                    add(*by);
                    add(*account);
                }
                EntryKind::Departed { account }
                | EntryKind::Gap { account, .. }
                | EntryKind::Repaired { account }
                | EntryKind::Doubted { account } => add(*account),
                EntryKind::Joined { by } => add(*by),
                EntryKind::Refused { .. } => {}
            }
        }
        self.roster.iter().for_each(|participant| add(participant.account));
        accounts
    }

    fn contact(&self, account: AccountId) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.account == account)
    }

    /// The certified role, by the surest witness that there is.
    pub(super) fn role(&self, account: AccountId) -> Option<Role> {
        let in_roster = || {
            let found = self.roster.iter().find(|participant| participant.account == account);
            found.map(|participant| participant.role)
        };
        let as_author = || {
            self.entries.iter().find_map(|entry| match &entry.kind {
                EntryKind::Message(message) if message.author == account => Some(message.role),
                _ => None,
            })
        };
        let in_charter = || {
            // A thread is not joined unless a professional opened it (R01) for these patients (R26).
            let is_patient = self.summary.patients.contains(&account);
            let is_opener = self.summary.opener == account;
            is_opener.then_some(Role::Professional).or(is_patient.then_some(Role::Patient))
        };
        let contact = || self.contact(account).and_then(|contact| contact.role);
        in_roster().or_else(as_author).or_else(in_charter).or_else(contact)
    }

    pub(super) fn name(&self, account: AccountId, names: Names, words: &Words) -> Name {
        let own = (account == self.own.account).then_some(&self.own.holder);
        let holder = || self.holders.iter().find(|(of, _)| *of == account).map(|(_, holder)| holder);
        if let Some(Holder::Professional(identity)) = own.or_else(holder) {
            return Name::Certified {
                name: identity.name().to_owned(),
                profession: identity.profession().to_owned(),
                rpps: Some(identity.rpps()),
            };
        }
        let contact = self.contact(account);
        if let Some(name) = contact.and_then(|contact| contact.certified_name.clone()) {
            let profession = contact.and_then(|contact| contact.profession.clone()).unwrap_or_default();
            return Name::Certified { name, profession, rpps: None };
        }
        match contact.and_then(|contact| contact.petname.as_deref()) {
            Some(petname) if names == Names::CertifiedAndGiven => Name::Given(plain::name(petname)),
            _ => Name::Unnamed(people::unnamed(self.role(account), account, words)),
        }
    }
}
