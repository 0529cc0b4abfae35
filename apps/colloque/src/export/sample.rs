//! The thread that the tests of this folder write down: everything that a thread can show, hostile text included.

use colloque_client_core::{Document, DocumentState, Entry, EntryKind, Participant, Standing, ThreadSummary};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, ProfessionalIdentity};
use colloque_schemas::id::{AccountId, DeviceKey, MessageId, Seq};
use colloque_schemas::role::Role;
use jiff::tz::TimeZone;

use crate::cast::{self, NOW, PATIENT, PROFESSIONAL, STRANGER};
use crate::export::{Names, Record, Views};
use crate::words::{Language, Words};

pub(super) fn paris() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn device(account: AccountId, role: Role, device: u8, since: u64) -> Participant {
    Participant {
        account,
        role,
        device: DeviceKey::new([device; 32]),
        since: Seq(since),
        since_at: crate::cast::NOW,
    }
}

/// A message of its own id, so many seconds after the opening.
pub(super) fn said(seq: Option<u64>, author: AccountId, id: u8, seconds: u64, text: &str) -> Entry {
    let role = if author == PATIENT { Role::Patient } else { Role::Professional };
    let mut entry = cast::message(seq, role, Role::Professional, text);
    if let EntryKind::Message(message) = &mut entry.kind {
        message.author = author;
        message.message = MessageId::new([id; 16]);
        message.sent_at = NOW.plus(seconds);
    }
    entry
}

fn with_document(mut entry: Entry) -> Entry {
    if let EntryKind::Message(message) = &mut entry.kind {
        message.documents.push(Document {
            index: 0,
            name: "pansement \u{1f642} *1*.jpg".to_owned(),
            media_type: "image/jpeg",
            bytes: 48_213,
            state: DocumentState::AtRelay,
            may_have_thumbnail: false,
        });
    }
    entry
}

fn happened(seq: u64, kind: EntryKind) -> Entry {
    Entry { seq: Some(Seq(seq)), kind }
}

/// As the professional's device has it.
pub(super) fn views() -> Views {
    let colleague = ProfessionalIdentity::new("Paul Leroy", "infirmier", "10000000009".parse().unwrap());
    let entries = vec![
        said(
            Some(2),
            PROFESSIONAL,
            1,
            5,
            "Bonjour,\n\nvoici vos résultats : *tout* va bien. Prenez 1 g de paracétamol _si besoin_.",
        ),
        said(
            Some(3),
            PATIENT,
            2,
            3600,
            "Merci docteur ! \u{1f642}\r\n#link(\"https://example.org\")[cliquez] \u{202e}txet",
        ),
        happened(4, EntryKind::ModeChanged { by: PROFESSIONAL, mode: AnswerMode::Until(NOW.plus(172_800)) }),
        happened(5, EntryKind::Added { by: PROFESSIONAL, account: STRANGER }),
        with_document(said(Some(6), STRANGER, 3, 90_000, "Je passe demain à 9 h.")),
        happened(7, EntryKind::Refused { reason: "R04".to_owned() }),
        happened(8, EntryKind::Gap { account: PATIENT, missing: 2 }),
        said(
            Some(8),
            PATIENT,
            4,
            90_060,
            "D’accord. \u{645}\u{631}\u{62d}\u{628}\u{627} \u{4f60}\u{597d} \u{0}\u{7}",
        ),
        happened(9, EntryKind::Removed { by: PROFESSIONAL, account: STRANGER }),
        happened(10, EntryKind::Departed { account: PATIENT }),
        said(None, PROFESSIONAL, 5, 90_300, "À bientôt."),
    ];
    let mut contact = cast::patient_contact();
    contact.petname = Some("Louis Roux".to_owned());
    Views {
        own: cast::own_professional(),
        summary: ThreadSummary { opened_at: NOW, ..cast::summary(AnswerMode::Until(NOW.plus(172_800))) },
        entries,
        roster: vec![device(PROFESSIONAL, Role::Professional, 5, 1), device(PATIENT, Role::Patient, 6, 1)],
        holders: vec![(STRANGER, Holder::Professional(colleague.unwrap())), (PATIENT, Holder::Patient)],
        contacts: vec![contact],
    }
}

/// The record of these views, made a day and a half after the opening.
pub(super) fn record_of(views: &Views, names: Names, words: &Words) -> Record {
    Record::new(views, names, &paris(), words, NOW.plus(129_600))
}

pub(super) fn record(language: Language) -> (Record, Words) {
    let words = Words::new(language);
    (record_of(&views(), Names::CertifiedAndGiven, &words), words)
}

/// As [`views`], of a device that no longer takes part.
pub(super) fn departed() -> Views {
    let mut views = views();
    views.own = cast::own_patient();
    views.summary.standing = Standing::Departed;
    views
}
