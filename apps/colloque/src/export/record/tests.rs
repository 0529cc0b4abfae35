use super::*;
use crate::cast::{PATIENT, PROFESSIONAL, STRANGER};
use crate::export::sample::{departed, record, record_of, said, views};
use crate::words::Language;

fn english(views: &Views, names: Names) -> Record {
    record_of(views, names, &Words::new(Language::English))
}

fn lines(record: &Record) -> Vec<&str> {
    let lines = record.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Line(line) => Some(line.as_str()),
        ItemKind::Message(_) => None,
    });
    lines.collect()
}

#[test]
fn everyone_has_a_number_a_certified_name_and_the_time_that_they_were_there() {
    let (record, _) = record(Language::English);
    let labels: Vec<_> = record.parties.iter().map(|party| party.label.as_str()).collect();
    assert_eq!(labels, ["Dr Anne Martin (1)", "Louis Roux (2)", "Paul Leroy (3)"]);
    let stays: Vec<_> = record.parties.iter().map(|party| party.stay.as_str()).collect();
    assert_eq!(stays, ["since it was opened", "since it was opened", "since place 5, until place 9"]);
    let roles: Vec<_> = record.parties.iter().filter_map(|party| party.role).collect();
    assert_eq!(roles, [Role::Professional, Role::Patient, Role::Professional]);
    let rpps = |at: usize| match &record.parties[at].name {
        Name::Certified { rpps, .. } => rpps.map(|rpps| rpps.as_str().to_owned()),
        Name::Given(_) | Name::Unnamed(_) => None,
    };
    assert_eq!(
        (rpps(0).as_deref(), rpps(1), rpps(2).as_deref()),
        (Some("10101234564"), None, Some("10000000009"))
    );
}

#[test]
fn changes_refusals_and_gaps_stand_in_their_place_in_words_that_say_you_to_nobody() {
    let (record, _) = record(Language::English);
    assert_eq!(
        lines(&record),
        [
            "Answers: patients may answer until 2026-12-03 19:00 (set by: Dr Anne Martin (1))",
            "Device added: Paul Leroy (3) (by: Dr Anne Martin (1))",
            "Not shown: something was refused that rule R04 of the protocol does not allow",
            "2 messages never arrived, from: Louis Roux (2)",
            "Device removed: Paul Leroy (3) (by: Dr Anne Martin (1))",
            "Left the conversation: Louis Roux (2)",
        ]
    );
    let places: Vec<_> = record.items.iter().map(|item| item.seq.map(|seq| seq.0)).collect();
    let expected = [2, 3, 4, 5, 6, 7, 8, 8, 9, 10].map(Some);
    assert_eq!(places, [&expected[..], &[None]].concat(), "what waits comes last");
    assert_eq!(record.counts(), (4, 1));
}

#[test]
fn a_given_name_goes_along_only_if_it_was_asked_for_and_is_said_to_be_given() {
    let with = english(&views(), Names::CertifiedAndGiven);
    assert_eq!(with.parties[1].name.text(), "Louis Roux");
    assert!(with.about.iter().any(|line| line.contains("not certified")));
    let without = english(&views(), Names::Certified);
    assert_eq!(without.parties[1].name.text(), "patient 22222222");
    assert!(!without.about.iter().any(|line| line.contains("not certified")));
    assert!(!lines(&without).concat().contains("Roux"));
}

#[test]
fn the_record_says_who_made_it_when_on_which_device_and_what_it_does_not_prove() {
    let (record, _) = record(Language::English);
    assert_eq!(
        record.about[0],
        format!(
            "Copy made at 2026-12-03 07:00:00 (UTC+01:00) by Dr Anne Martin (1) on device {}.",
            "05".repeat(32)
        )
    );
    assert!(record.about[1].contains("signatures of the messages are not part"));
}

#[test]
fn a_device_that_came_later_or_is_gone_says_what_its_copy_lacks() {
    let mut late = views();
    late.own = crate::cast::own_patient();
    late.own.device = DeviceKey::new([6; 32]);
    late.roster.iter_mut().for_each(|participant| participant.since = Seq(6));
    late.entries.drain(..4);
    let record = english(&late, Names::Certified);
    assert!(record.about.iter().any(|line| line.contains("added to the conversation at place 6")));
    assert_eq!(record.party(PROFESSIONAL).unwrap().stay, "at place 6 or before");
    assert_eq!(record.party(STRANGER).unwrap().stay, "at place 6 or before, until place 9");
    let gone = english(&departed(), Names::Certified);
    assert!(gone.about.iter().any(|line| line.contains("no longer had access")));
}

#[test]
fn the_text_of_a_message_is_kept_as_it_was_written() {
    let mut views = views();
    let text = "a\u{0}\r\n\u{202e}b  ";
    views.entries = vec![said(Some(2), PATIENT, 1, 0, text)];
    let record = english(&views, Names::Certified);
    assert!(matches!(&record.items[0].kind, ItemKind::Message(message) if message.text == text));
}

#[test]
fn somebody_whose_certificate_was_never_seen_is_called_unknown_and_has_no_role() {
    let mut views = views();
    views.holders.clear();
    views.entries.retain(|entry| matches!(entry.kind, EntryKind::Added { .. }));
    let record = english(&views, Names::Certified);
    let stranger = record.party(STRANGER).unwrap();
    assert_eq!((stranger.role, stranger.name.text()), (None, "unknown person 33333333"));
}
