//! The table of DESIGN section 6, cell by cell. "yes" is a grant, anything else the id of the rule that denies.

use alloc::vec::Vec;

use super::*;
use crate::role::Role::{Patient, Professional};

/// The instant at which everything here happens.
const NOW: UnixSeconds = UnixSeconds(1_000_000);
const PAST: AnswerMode = AnswerMode::Until(UnixSeconds(NOW.0 - 1));
const EXACTLY_NOW: AnswerMode = AnswerMode::Until(NOW);
const AHEAD: AnswerMode = AnswerMode::Until(UnixSeconds(NOW.0 + 1));
const MODES: [AnswerMode; 7] = [
    AnswerMode::Open,
    AnswerMode::OneReply,
    AHEAD,
    EXACTLY_NOW,
    PAST,
    AnswerMode::NoReply,
    AnswerMode::Closed,
];
const BOTH: [bool; 2] = [false, true];

const SELF: AccountId = AccountId::new([1; 16]);
const OTHER: AccountId = AccountId::new([2; 16]);

const fn actor(account: AccountId, role: Role) -> Actor {
    Actor { account, role }
}

const fn member(account: AccountId, role: Role) -> Member {
    Member {
        actor: actor(account, role),
        account_key: AccountKey::new([3; 32]),
        device: DeviceKey::new([4; 32]),
    }
}

fn verdict<T>(outcome: Result<T, Denied>) -> &'static str {
    outcome.map_or_else(|denied| denied.rule.id(), |_| "yes")
}

fn commit(role: Role, mode: AnswerMode, changes: &[Change]) -> &'static str {
    let committer = actor(SELF, role);
    verdict(apply_commit(&CommitFacts { committer, committer_is_expired: false, mode, at: NOW, changes }))
}

const fn add(account: AccountId, role: Role, account_is_known: bool) -> Change {
    Change::Add { added: member(account, role), account_is_known }
}

const fn remove(account: AccountId, role: Role, is_charter_patient: bool, has_departed: bool) -> Change {
    Change::Remove { removed: member(account, role), is_charter_patient, has_departed }
}

const TRUTH: Change = Change::HandOver { is_true: true };
const LIE: Change = Change::HandOver { is_true: false };

/// What a row asks, for an actor of this role in a thread in this mode.
type Question = fn(Role, AnswerMode) -> &'static str;

/// One row: the action, how it is asked, and the cells of a professional and a patient. Every mode gives the same.
type Row = (&'static str, Question, &'static str, &'static str);

#[rustfmt::skip]
const ACTIONS: &[Row] = &[
    // action                                      asked as                                                          professional patient
    ("open a thread",                              |role, _| verdict(open_thread(actor(SELF, role))),                   "yes", "R01"),
    ("claim KeyPackages of its own account",       |role, _| verdict(claim_key_packages(actor(SELF, role), SELF)),      "yes", "yes"),
    ("write a letter to its own account",          |role, _| verdict(send_letter(actor(SELF, role), SELF)),             "yes", "yes"),
    ("write a letter to another account",          |role, _| verdict(send_letter(actor(SELF, role), OTHER)),            "R39", "R39"),
    ("claim KeyPackages of another account",       |role, _| verdict(claim_key_packages(actor(SELF, role), OTHER)),     "yes", "R02"),
    ("invite a patient",                           |role, _| verdict(invite(actor(SELF, role), Patient)),               "yes", "R37"),
    ("invite a professional",                      |role, _| verdict(invite(actor(SELF, role), Professional)),          "R37", "R37"),
    ("post control",                               |role, _| verdict(Ok(post_control(actor(SELF, role)))),              "yes", "yes"),
    ("grant or revoke access",                     |role, _| verdict(change_access(actor(SELF, role))),                 "yes", "R31"),
    ("add a device of its own account",            |role, mode| commit(role, mode, &[add(SELF, role, true), TRUTH]),           "yes", "yes"),
    ("add a device of a professional who is in",   |role, mode| commit(role, mode, &[add(OTHER, Professional, true), TRUTH]),  "yes", "R11"),
    ("add a device of a patient who is in",        |role, mode| commit(role, mode, &[add(OTHER, Patient, true), TRUTH]),       "yes", "R11"),
    ("add a new professional",                     |role, mode| commit(role, mode, &[add(OTHER, Professional, false), TRUTH]), "yes", "R12"),
    ("add a new patient account",                  |role, mode| commit(role, mode, &[add(OTHER, Patient, false), TRUTH]),      "R13", "R13"),
    ("add a professional and tell nothing",        |role, mode| commit(role, mode, &[add(OTHER, Professional, true)]),  "R36", "R11"),
    ("add its own device and tell a lie",          |role, mode| commit(role, mode, &[add(SELF, role, true), LIE]),      "R36", "R36"),
    ("tell what is true, and add nobody",          |role, mode| commit(role, mode, &[TRUTH]),                           "R36", "R36"),
    ("remove a device of its own account",         |role, mode| commit(role, mode, &[remove(SELF, role, role == Patient, false)]), "yes", "yes"),
    ("remove a professional's device",             |role, mode| commit(role, mode, &[remove(OTHER, Professional, false, false)]), "yes", "R15"),
    ("remove a patient who left or blocked",       |role, mode| commit(role, mode, &[remove(OTHER, Patient, true, true)]), "yes", "R15"),
    ("remove a patient outside the charter",       |role, mode| commit(role, mode, &[remove(OTHER, Patient, false, false)]), "yes", "R15"),
    ("update its own leaf",                        |role, mode| commit(role, mode, &[update(role)]),                    "yes", "yes"),
    ("commit nothing",                             |role, mode| commit(role, mode, &[]),                                "yes", "yes"),
    ("ReInit",                                     |role, mode| forbidden(role, mode, Forbidden::ReInit),               "R17", "R17"),
    ("pre-shared key",                             |role, mode| forbidden(role, mode, Forbidden::PreSharedKey),         "R18", "R18"),
    ("external join",                              |role, mode| forbidden(role, mode, Forbidden::ExternalJoin),         "R19", "R19"),
    ("unknown or custom proposal",                 |role, mode| forbidden(role, mode, Forbidden::OtherProposal),        "R20", "R20"),
    ("other context change",                       |role, mode| forbidden(role, mode, Forbidden::ContextChange),        "R21", "R21"),
    ("proposal outside a Commit",                  |role, mode| forbidden(role, mode, Forbidden::LoneProposal),         "R22", "R22"),
];

/// Posting content, by mode: a professional; a patient before a professional has posted; a patient's first message
/// since the mode was set; its second.
#[rustfmt::skip]
const CONTENT: [(AnswerMode, &str, &str, &str, &str); 7] = [
    // mode                 professional  unasked  first  again
    (AnswerMode::Open,      "yes",        "R03",   "yes", "yes"),
    (AnswerMode::OneReply,  "yes",        "R03",   "yes", "R04"),
    (AHEAD,                 "yes",        "R03",   "yes", "yes"),
    (EXACTLY_NOW,           "yes",        "R03",   "R05", "R05"),
    (PAST,                  "yes",        "R03",   "R05", "R05"),
    (AnswerMode::NoReply,   "yes",        "R06",   "R06", "R06"),
    (AnswerMode::Closed,    "R07",        "R07",   "R07", "R07"),
];

/// What a professional may set, by the mode in force (rows) and the mode that follows (columns, as in `MODES`).
#[rustfmt::skip]
const TRANSITIONS: [(AnswerMode, [&str; 7]); 7] = [
    // from               to: open  one-reply ahead  now    past  no-reply closed
    (AnswerMode::Open,      ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (AnswerMode::OneReply,  ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (AHEAD,                 ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (EXACTLY_NOW,           ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (PAST,                  ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (AnswerMode::NoReply,   ["yes", "yes",    "yes", "R10", "R10", "yes",  "yes"]),
    (AnswerMode::Closed,    ["yes", "yes",    "yes", "R10", "R10", "yes",  "R10"]),
];

/// Joining by a Welcome, by who adds: with a professional's charter, for an account that may be in the thread.
#[rustfmt::skip]
const JOINS: [(&str, Actor, &str, &str); 4] = [
    // added by                                                    own role: professional patient
    ("one's own account",      actor(SELF, Professional),                    "yes",       "yes"),
    ("one's own account",      actor(SELF, Patient),                         "yes",       "yes"),
    ("a professional",         actor(OTHER, Professional),                   "yes",       "yes"),
    ("another patient",        actor(OTHER, Patient),                        "R26",       "R26"),
];

const fn update(role: Role) -> Change {
    Change::UpdateLeaf { before: member(SELF, role), after: member(SELF, role) }
}

fn forbidden(role: Role, mode: AnswerMode, what: Forbidden) -> &'static str {
    commit(role, mode, &[Change::Forbidden(what)])
}

fn content(role: Role, mode: AnswerMode, spoken: bool, replied: bool, departed: bool) -> &'static str {
    verdict(post_content(&ContentFacts {
        author: actor(SELF, role),
        mode,
        professional_has_spoken: spoken,
        has_replied: replied,
        has_departed: departed,
        at: NOW,
    }))
}

#[test]
fn every_action_is_decided_by_role_alike_in_every_mode() {
    for (action, ask, professional, patient) in ACTIONS {
        for mode in MODES {
            assert_eq!(ask(Professional, mode), *professional, "professional, {action}, {mode:?}");
            assert_eq!(ask(Patient, mode), *patient, "patient, {action}, {mode:?}");
        }
    }
}

#[test]
fn content_is_decided_by_role_mode_and_what_was_said_before() {
    assert_eq!(CONTENT.map(|row| row.0), MODES);
    for (mode, professional, unasked, first, again) in CONTENT {
        for (spoken, replied) in BOTH.into_iter().flat_map(|spoken| BOTH.map(|replied| (spoken, replied))) {
            assert_eq!(content(Professional, mode, spoken, replied, false), professional, "{mode:?}");
            let patient = match (spoken, replied) {
                (false, _) => unasked,
                (true, false) => first,
                (true, true) => again,
            };
            assert_eq!(
                content(Patient, mode, spoken, replied, false),
                patient,
                "{mode:?} {spoken} {replied}"
            );
        }
    }
}

#[test]
fn a_deadline_excludes_its_own_instant() {
    assert_eq!(content(Patient, AnswerMode::Until(NOW.plus(1)), true, false, false), "yes");
    assert_eq!(content(Patient, AnswerMode::Until(NOW), true, false, false), "R05");
}

#[test]
fn after_leaving_or_blocking_content_is_refused_in_every_mode_to_either_role() {
    for mode in MODES {
        for role in Role::ALL {
            for (spoken, replied) in BOTH.into_iter().flat_map(|spoken| BOTH.map(|replied| (spoken, replied)))
            {
                assert_eq!(content(role, mode, spoken, replied, true), "R08", "{role} {mode:?}");
            }
        }
    }
}

#[test]
fn a_receipt_is_of_a_place_that_its_sender_had_read() {
    let receipt = |through, seen| give_receipt(Seq(through), Seq(seen)).map_err(|denied| denied.rule.id());
    for (through, seen) in [(1, 1), (1, 9), (9, 9)] {
        assert_eq!(receipt(through, seen), Ok(()));
    }
    for (through, seen) in [(0, 9), (10, 9), (u64::MAX, 9), (1, 0), (0, 0)] {
        assert_eq!(receipt(through, seen), Err("R35"), "{through} of {seen}");
    }
}

#[test]
fn what_is_asked_for_again_was_sent_and_what_is_sent_again_was_sent_before() {
    let id = |verdict: Result<(), Denied>| verdict.map_err(|denied| denied.rule.id());
    let last = REPAIR_COUNTERS + 4;
    for (from, to) in [(1, 1), (1, 7), (5, last), (last, last)] {
        assert_eq!(id(ask_again(from, to, last)), Ok(()), "{from} to {to}");
        assert_eq!(id(send_again(from, to, last + 1)), Ok(()), "{from} to {to}");
    }
    for (from, to) in
        [(0, 1), (0, 0), (2, 1), (4, last), (last, last + 1), (last + 1, last + 1), (1, u64::MAX)]
    {
        assert_eq!(id(ask_again(from, to, last)), Err("R38"), "{from} to {to}");
        assert_eq!(id(send_again(from, to, last + 1)), Err("R38"), "{from} to {to}");
    }
}

#[test]
fn only_professionals_change_the_mode_and_only_by_named_transitions() {
    assert_eq!(TRANSITIONS.map(|row| row.0), MODES);
    for (from, cells) in TRANSITIONS {
        for (to, cell) in MODES.into_iter().zip(cells) {
            let changes = [Change::Mode { from, to }];
            assert_eq!(commit(Professional, from, &changes), cell, "{from:?} to {to:?}");
            assert_eq!(commit(Patient, from, &changes), "R09", "{from:?} to {to:?}");
            assert_eq!(verdict(change_mode(actor(SELF, Professional), from, to, NOW)), cell);
            assert_eq!(verdict(change_mode(actor(SELF, Patient), from, to, NOW)), "R09");
        }
    }
}

#[test]
fn a_patient_of_the_charter_is_removed_only_when_gone_or_when_the_thread_is_closed() {
    for mode in MODES {
        let changes = [remove(OTHER, Patient, true, false)];
        let expected = if mode.is_closed() { "yes" } else { "R14" };
        assert_eq!(commit(Professional, mode, &changes), expected, "{mode:?}");
        assert_eq!(commit(Patient, mode, &changes), "R15", "{mode:?}");
    }
}

#[test]
fn closing_a_thread_and_removing_its_patient_takes_two_commits() {
    let close = Change::Mode { from: AnswerMode::Open, to: AnswerMode::Closed };
    let changes = [close, remove(OTHER, Patient, true, false)];
    assert_eq!(commit(Professional, AnswerMode::Open, &changes), "R14");
}

#[test]
fn an_account_that_is_not_yet_in_is_new_even_if_it_is_the_committers_own() {
    assert_eq!(commit(Professional, AnswerMode::Open, &[add(SELF, Professional, false), TRUTH]), "yes");
    assert_eq!(commit(Patient, AnswerMode::Open, &[add(SELF, Patient, false), TRUTH]), "R13");
}

#[test]
fn an_update_keeps_account_role_account_key_and_device_key() {
    for role in Role::ALL {
        let before = member(SELF, role);
        let other_role = if role == Professional { Patient } else { Professional };
        let changed = [
            member(OTHER, role),
            member(SELF, other_role),
            Member { account_key: AccountKey::new([9; 32]), ..before },
            Member { device: DeviceKey::new([9; 32]), ..before },
        ];
        for after in changed {
            let update = [Change::UpdateLeaf { before, after }];
            assert_eq!(commit(role, AnswerMode::Open, &update), "R16", "{after:?}");
        }
    }
}

/// Commits of one kind of change each that the mode in force and the committer's role allow, an update aside.
fn changes_allowed_to(role: Role) -> Vec<Vec<Change>> {
    let own =
        [Vec::from([add(SELF, role, true), TRUTH]), Vec::from([remove(SELF, role, role == Patient, false)])];
    let close = Change::Mode { from: AnswerMode::Open, to: AnswerMode::Closed };
    own.into_iter().chain((role == Professional).then_some(Vec::from([close]))).collect()
}

#[test]
fn an_expired_member_may_renew_and_nothing_else() {
    for role in Role::ALL {
        let judge = |changes: &[Change]| {
            let committer = actor(SELF, role);
            let mode = AnswerMode::Open;
            verdict(apply_commit(&CommitFacts {
                committer,
                committer_is_expired: true,
                mode,
                at: NOW,
                changes,
            }))
        };
        assert_eq!(judge(&[update(role)]), "yes");
        for changes in changes_allowed_to(role) {
            assert_eq!(commit(role, AnswerMode::Open, &changes), "yes", "{changes:?}");
            assert_eq!(judge(&changes), "R32", "{changes:?}");
            let renewing = [&[update(role)], &changes[..]].concat();
            assert_eq!(judge(&renewing), "R32", "renewing does not cover {changes:?}");
        }
        let impostor = Change::UpdateLeaf { before: member(SELF, role), after: member(OTHER, role) };
        assert_eq!(judge(&[impostor]), "R16");
    }
}

#[test]
fn one_denied_change_denies_the_whole_commit() {
    for role in Role::ALL {
        for allowed in changes_allowed_to(role) {
            let denied = Change::Forbidden(Forbidden::ReInit);
            assert_eq!(commit(role, AnswerMode::Open, &[&allowed[..], &[denied]].concat()), "R17");
            assert_eq!(commit(role, AnswerMode::Open, &[&[denied], &allowed[..]].concat()), "R17");
        }
    }
}

#[test]
fn a_welcome_is_joined_only_into_a_professionals_thread_and_from_one_who_may_add() {
    for (added_by, adder, professional, patient) in JOINS {
        for is_charter_patient in BOTH {
            for opener in [actor(SELF, Professional), actor(OTHER, Professional)] {
                let facts =
                    |own| JoinFacts { adder, opener, own, own_is_charter_patient: is_charter_patient };
                let own = actor(SELF, Professional);
                assert_eq!(verdict(join_thread(&facts(own))), professional, "added by {added_by}");
                let expected = if is_charter_patient { patient } else { "R13" };
                let own = actor(SELF, Patient);
                assert_eq!(verdict(join_thread(&facts(own))), expected, "added by {added_by}");
            }
        }
    }
}

#[test]
fn a_thread_that_a_patient_opened_is_never_joined() {
    for (adder, own_is_charter_patient) in JOINS.iter().flat_map(|row| BOTH.map(|named| (row.1, named))) {
        for (opener, role) in
            [SELF, OTHER].into_iter().flat_map(|account| Role::ALL.map(|role| (account, role)))
        {
            let (opener, own) = (actor(opener, Patient), actor(SELF, role));
            let facts = JoinFacts { adder, opener, own, own_is_charter_patient };
            assert_eq!(verdict(join_thread(&facts)), "R01");
        }
    }
}

/// Adding a mode, a change, or a forbidden thing stops this from compiling: then extend the tables above.
#[test]
fn the_tables_above_know_every_kind_of_thing() {
    for mode in MODES {
        match mode {
            AnswerMode::Open
            | AnswerMode::OneReply
            | AnswerMode::Until(_)
            | AnswerMode::NoReply
            | AnswerMode::Closed => {}
        }
    }
    for change in changes_allowed_to(Professional).concat() {
        match change {
            Change::Add { .. }
            | Change::Remove { .. }
            | Change::UpdateLeaf { .. }
            | Change::Mode { .. }
            | Change::HandOver { .. }
            | Change::Forbidden(
                Forbidden::ReInit
                | Forbidden::PreSharedKey
                | Forbidden::ExternalJoin
                | Forbidden::OtherProposal
                | Forbidden::ContextChange
                | Forbidden::LoneProposal,
            ) => {}
        }
    }
}
