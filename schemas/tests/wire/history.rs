//! Letters, and the history that they tell of.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::history::{
    CertifiedRecord, ContactRecord, EntryKindRecord, EntryRecord, HistoryLetter, MessageRecord, Record,
    Scope, ThreadRecord,
};
use colloque_schemas::id::{AccountKey, HistoryId, MessageId, Seq};
use colloque_schemas::letter::{AccountSeed, KnownDevice, Letter, PrimaryLetter, SealedLetter};
use colloque_schemas::limits::{HISTORY_RECORD_MAX_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::role::Role;

use crate::cast::{DAY, PATIENT, PROFESSIONAL, THREAD, account_key, opaque};
use crate::inside::documents;
use crate::specimen::{Specimen, Wire, variants};

impl Wire for SealedLetter {
    const RULE: &'static str = "sealed-letter";
    const LIMIT_BYTES: usize = WELCOME_MAX_BYTES;
}

impl Wire for Letter {
    const RULE: &'static str = "letter";
    const LIMIT_BYTES: usize = WELCOME_MAX_BYTES;
}

impl Wire for Record {
    const RULE: &'static str = "history-record";
    const LIMIT_BYTES: usize = HISTORY_RECORD_MAX_BYTES;
}

fn letters() -> Vec<(&'static str, Letter)> {
    let letter = |scope, parts| {
        Letter::History(HistoryLetter { history: HistoryId::new([0xd0; 16]), scope, messages: 5, parts })
    };
    variants! { Letter:
        Letter::History(HistoryLetter { scope: Scope::All, .. }) => "history-all" = letter(Scope::All, documents()),
        Letter::History(HistoryLetter { scope: Scope::Since(_), .. })
            => "history-since" = letter(Scope::Since(DAY), vec![]),
        Letter::History(HistoryLetter { scope: Scope::Threads(_), .. })
            => "history-threads" = letter(Scope::Threads(vec![THREAD]), documents()),
        Letter::Primary(_) => "primary" = Letter::Primary(PrimaryLetter {
            account_seed: AccountSeed::new([0xd1; 32]),
            devices: vec![
                KnownDevice { leaf: opaque("one certificate"), name: Some("Tablette".to_owned()) },
                KnownDevice { leaf: opaque("another certificate"), name: None },
            ],
        }),
    }
}

fn contacts() -> Vec<(&'static str, ContactRecord)> {
    let account_key = AccountKey::new(account_key().verifying_key().to_bytes());
    let certified = |name: Option<&str>| CertifiedRecord {
        account_key,
        role: if name.is_some() { Role::Professional } else { Role::Patient },
        name: name.map(str::to_owned),
        profession: name.map(|_| "Médecin".to_owned()),
        national_id: name.map(|_| "10101234564".to_owned()),
    };
    let contact = |petname: Option<&str>, certified, blocked_at| ContactRecord {
        account: if petname.is_some() { PATIENT } else { PROFESSIONAL },
        petname: petname.map(str::to_owned),
        certified,
        blocked_at,
    };
    variants! { ContactRecord:
        ContactRecord { petname: Some(_), certified: None, .. } => "named" = contact(Some("Mamie"), None, None),
        ContactRecord { petname: Some(_), .. } => "patient" = contact(Some("Mamie"), Some(certified(None)), None),
        ContactRecord { blocked_at: None, .. }
            => "professional" = contact(None, Some(certified(Some("Dr Ada Exemple"))), None),
        ContactRecord { blocked_at: Some(_), .. }
            => "blocked" = contact(None, Some(certified(Some("Dr Ada Exemple"))), Some(DAY)),
    }
}

fn kinds() -> Vec<(&'static str, EntryKindRecord)> {
    use EntryKindRecord::{Added, Departed, Doubted, Gap, Message, ModeChanged, Refused, Removed, Repaired};
    let message = |documents: Vec<_>| {
        Message(MessageRecord {
            message: MessageId::new([0xcc; 16]),
            author: PATIENT,
            role: Role::Patient,
            sent_at: DAY,
            is_sent_again: !documents.is_empty(),
            text: "Bonjour, à demain.".to_owned(),
            documents,
        })
    };
    variants! { EntryKindRecord:
        Message(MessageRecord { is_sent_again: false, .. }) => "message" = message(vec![]),
        Message(_) => "message-sent-again" = message(documents()),
        ModeChanged { .. } => "mode" = ModeChanged { by: PROFESSIONAL, mode: AnswerMode::Until(DAY) },
        Added { .. } => "added" = Added { by: PROFESSIONAL, account: PATIENT },
        Removed { .. } => "removed" = Removed { by: PROFESSIONAL, account: PATIENT },
        Departed(_) => "departed" = Departed(PATIENT),
        Refused(_) => "refused" = Refused("R28".to_owned()),
        Gap { .. } => "gap" = Gap { account: PATIENT, missing: 2 },
        Repaired(_) => "repaired" = Repaired(PATIENT),
        Doubted(_) => "doubted" = Doubted(PATIENT),
    }
}

pub(crate) fn thread() -> ThreadRecord {
    ThreadRecord {
        thread: THREAD,
        opener: PROFESSIONAL,
        patients: vec![PATIENT],
        opened_at: DAY,
        mode: AnswerMode::Open,
        displayed: Seq(7),
    }
}

pub(crate) fn all() -> Vec<Specimen> {
    let sealed = SealedLetter { welcome: opaque("welcome"), message: opaque("message") };
    let mut all = vec![Specimen::new("", sealed), Specimen::new("thread", Record::Thread(thread()))];
    all.extend(letters().into_iter().map(|(name, letter)| Specimen::new(name, letter)));
    all.extend(
        contacts()
            .into_iter()
            .map(|(name, contact)| Specimen::new(&format!("contact-{name}"), Record::Contact(contact))),
    );
    all.extend(kinds().into_iter().map(|(name, kind)| {
        Specimen::new(&format!("entry-{name}"), Record::Entry(EntryRecord { seq: Seq(4), kind }))
    }));
    all
}
