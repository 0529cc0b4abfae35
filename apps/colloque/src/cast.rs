//! The persons and entries that the tests of this crate show: a professional, a patient, a stranger.

use colloque_client_core::{Contact, Entry, EntryKind, LastMessage, Message, Own, Standing, ThreadSummary};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::{Holder, ProfessionalIdentity};
use colloque_schemas::enrolment::{Code, Endpoint, INVITATION_VERSION, Invitation};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey, KeyHash, MessageId, Seq, ThreadId};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::people::People;

pub(crate) const PROFESSIONAL: AccountId = AccountId::new([0x11; 16]);
pub(crate) const PATIENT: AccountId = AccountId::new([0x22; 16]);
pub(crate) const STRANGER: AccountId = AccountId::new([0x33; 16]);
pub(crate) const THREAD: ThreadId = ThreadId::new([0xab; 16]);
/// 2026-12-01 18:00 in UTC.
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_796_148_000);

fn own(account: AccountId, holder: Holder) -> Own {
    Own {
        account,
        holder,
        account_key: AccountKey::new([4; 32]),
        device: DeviceKey::new([5; 32]),
        relay_address: "localhost:7443".to_owned(),
        leaf_expires_at: NOW,
        is_primary: true,
    }
}

pub(crate) fn own_professional() -> Own {
    let rpps = "10101234564".parse().unwrap();
    let identity = ProfessionalIdentity::new("Dr Anne Martin", "general practitioner", rpps).unwrap();
    own(PROFESSIONAL, Holder::Professional(identity))
}

pub(crate) fn own_patient() -> Own {
    own(PATIENT, Holder::Patient)
}

pub(crate) fn professional_contact() -> Contact {
    Contact {
        account: PROFESSIONAL,
        role: Some(Role::Professional),
        certified_name: Some("Dr Anne Martin".to_owned()),
        profession: Some("general practitioner".to_owned()),
        petname: None,
        account_key: Some(AccountKey::new([4; 32])),
        key_has_changed: false,
        is_blocked: false,
        declined: 0,
    }
}

pub(crate) fn patient_contact() -> Contact {
    Contact {
        account: PATIENT,
        role: Some(Role::Patient),
        certified_name: None,
        profession: None,
        petname: Some("Louis".to_owned()),
        ..professional_contact()
    }
}

pub(crate) fn people_of_patient() -> People {
    People::new(&own_patient(), vec![professional_contact()])
}

pub(crate) fn people_of_professional() -> People {
    People::new(&own_professional(), vec![patient_contact()])
}

pub(crate) fn summary(mode: AnswerMode) -> ThreadSummary {
    ThreadSummary {
        thread: THREAD,
        standing: Standing::Member,
        mode,
        opener: PROFESSIONAL,
        patients: vec![PATIENT],
        opened_at: NOW,
        unread: 0,
        unread_since: None,
        last: None,
        waiting: 0,
        has_draft: false,
        is_confirmed: true,
        waits_for: Vec::new(),
    }
}

/// One of the professional.
pub(crate) fn last_message() -> LastMessage {
    LastMessage {
        author: PROFESSIONAL,
        role: Role::Professional,
        is_own: false,
        sent_at: NOW,
        is_displayed: false,
        excerpt: "Hello Louis.".to_owned(),
    }
}

pub(crate) fn message(seq: Option<u64>, role: Role, own: Role, text: &str) -> Entry {
    let message = Message {
        message: MessageId::new([9; 16]),
        author: if role == Role::Professional { PROFESSIONAL } else { PATIENT },
        role,
        is_own: role == own,
        is_sent_again: false,
        given_by: None,
        sent_at: NOW,
        text: text.to_owned(),
        documents: Vec::new(),
    };
    Entry { seq: seq.map(Seq), kind: EntryKind::Message(message) }
}

pub(crate) fn mode_change(seq: u64, mode: AnswerMode) -> Entry {
    Entry { seq: Some(Seq(seq)), kind: EntryKind::ModeChanged { by: PROFESSIONAL, mode } }
}

/// An invitation to servers at a port where nothing listens.
pub(crate) fn invitation_to_nowhere() -> Invitation {
    let nowhere = Endpoint { address: "127.0.0.1:1".to_owned(), key_hash: KeyHash::new([6; 32]) };
    Invitation {
        version: INVITATION_VERSION,
        authority: nowhere.clone(),
        relay: nowhere,
        relay_name: "relay".to_owned(),
        tenant: KeyHash::new([7; 32]),
        code: Code::new([8; colloque_schemas::limits::CODE_BYTES]),
        account: None,
    }
}
