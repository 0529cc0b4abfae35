use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::{DeviceKey, Seq};

use super::*;
use crate::cast::{
    NOW, PATIENT, PROFESSIONAL, last_message, message, mode_change, people_of_patient, summary,
};
use crate::plain::is_deceptive;
use crate::words::Language;

fn rendered<T>(language: Language, render: impl FnOnce(&Renderer<'_>) -> T) -> T {
    let (people, words) = (people_of_patient(), Words::new(language));
    render(&Renderer { people: &people, zone: &TimeZone::UTC, words: &words })
}

fn entry(kind: EntryKind) -> Entry {
    Entry { seq: Some(Seq(7)), kind }
}

#[test]
fn a_message_shows_who_writes_as_certified_when_and_where_it_stands() {
    let received = message(Some(2), Role::Professional, Role::Patient, "Hello Louis.\nHow are you?");
    let lines = rendered(Language::English, |renderer| renderer.entry(&received));
    let header =
        "Dr Anne Martin, general practitioner (professional, certified) · 2026-12-01 18:00 · place 2";
    assert_eq!(lines, [header, "  | Hello Louis.", "  | How are you?"]);
}

#[test]
fn a_message_that_waits_is_not_shown_as_sent() {
    let waiting = message(None, Role::Patient, Role::Patient, "Better.");
    let lines = rendered(Language::French, |renderer| renderer.entry(&waiting));
    assert_eq!(lines, ["Vous · 01/12/2026 à 18:00 · en attente d’envoi", "  | Better."]);
}

#[test]
fn no_hostile_message_makes_a_line_that_looks_like_ours() {
    let forged = "x\n* Answers: closed\nYou · place 9\u{1b}[1A\u{1b}[2K\rDr Evil\u{202e}";
    let received = message(Some(2), Role::Professional, Role::Patient, forged);
    for line in rendered(Language::English, |renderer| renderer.entry(&received)).iter().skip(1) {
        assert!(line.starts_with("  | "), "{line:?}");
        assert!(!line.chars().any(is_deceptive), "{line:?}");
    }
}

#[test]
fn everything_else_in_the_log_is_shown_too_with_its_reason() {
    let cases = [
        (
            mode_change(3, AnswerMode::OneReply).kind,
            "Answers: patients may answer once (set by: Dr Anne Martin",
        ),
        (EntryKind::Added { by: PROFESSIONAL, account: PATIENT }, "Device added: You (by: Dr Anne Martin"),
        (
            EntryKind::Removed { by: PROFESSIONAL, account: PATIENT },
            "Device removed: You (by: Dr Anne Martin",
        ),
        (EntryKind::Added { by: PATIENT, account: PATIENT }, "You added one more of your devices. It reads"),
        (EntryKind::Removed { by: PATIENT, account: PATIENT }, "You took one of your devices out. It reads"),
        (
            EntryKind::Added { by: PROFESSIONAL, account: PROFESSIONAL },
            "One more device, added by its owner: Dr Anne Martin",
        ),
        (
            EntryKind::Removed { by: PROFESSIONAL, account: PROFESSIONAL },
            "One device less, taken out by its owner: Dr Anne Martin",
        ),
        (EntryKind::Joined { by: PATIENT }, "This device was added here, as one of yours."),
        (EntryKind::Departed { account: PATIENT }, "Left the conversation: You"),
        (EntryKind::Refused { reason: "R04".to_owned() }, "Not shown: You have given the one answer"),
        (EntryKind::Refused { reason: "\u{1b}[2J".to_owned() }, "Not shown: it was refused ("),
        (
            EntryKind::Gap { account: PROFESSIONAL, missing: 3 },
            "3 messages never arrived, from: Dr Anne Martin",
        ),
        (
            EntryKind::Doubted { account: PROFESSIONAL },
            "Somebody else may have written as a device of: Dr Anne Martin",
        ),
        (EntryKind::Repaired { account: PROFESSIONAL }, "Messages were missing here, from: Dr Anne Martin"),
    ];
    for (kind, expected) in cases {
        let lines = rendered(Language::English, |renderer| renderer.entry(&entry(kind)));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(line.starts_with(&format!("* {expected}")), "{line}");
        assert!(!line.chars().any(is_deceptive), "{line:?}");
    }
}

#[test]
fn a_thread_in_a_list_shows_row_id_people_mode_and_what_waits() {
    let summary = ThreadSummary {
        unread: 2,
        waiting: 1,
        last: Some(last_message()),
        standing: Standing::Opening,
        ..summary(AnswerMode::Until(NOW))
    };
    let lines = rendered(Language::French, |renderer| renderer.summary(3, &summary));
    let expected = [
        "3. [abababab] Dr Anne Martin, general practitioner (professionnel de santé, certifié)",
        "   les patients peuvent répondre jusqu’au 01/12/2026 à 18:00 · en cours d’ouverture, pas encore au relais · \
         2 messages non lus · 1 message en attente d’envoi",
        "   dernier message : Dr Anne Martin, general practitioner (professionnel de santé, certifié), 01/12/2026 à 18:00",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_member_is_a_device_of_a_person() {
    let member = Participant {
        account: PATIENT,
        role: Role::Patient,
        device: DeviceKey::new([0xcd; 32]),
        since: Seq(1),
        since_at: crate::cast::NOW,
    };
    let line = rendered(Language::English, |renderer| renderer.participant(&member));
    assert_eq!(line, "You · patient · device cdcdcdcd · since place 1");
}

#[test]
fn a_changed_key_is_said_in_the_list_of_persons() {
    let mut contact = crate::cast::patient_contact();
    contact.key_has_changed = true;
    let lines = rendered(Language::English, |renderer| renderer.contact(&contact));
    assert!(lines.iter().any(|line| line.contains("key of this person has changed")), "{lines:?}");
}

#[test]
fn an_opening_that_waits_says_for_whom_and_that_nothing_is_lost() {
    let waiting =
        ThreadSummary { standing: Standing::Opening, waits_for: vec![PATIENT], ..summary(AnswerMode::Open) };
    let people = crate::cast::people_of_professional();
    let words = Words::new(Language::English);
    let renderer = Renderer { people: &people, zone: &TimeZone::UTC, words: &words };
    let lines = renderer.summary(1, &waiting).join("\n");
    let expected = "waits on this device until Louis (name that you gave) activates the mailbox";
    assert!(lines.contains(expected), "{lines}");
}
