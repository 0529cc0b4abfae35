//! What a part may say, and what it leaves alone.

use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::history::CertifiedRecord;
use colloque_schemas::id::{AccountKey, MessageId};
use colloque_schemas::policy::Member;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use super::*;
use crate::cast::{OWN, PATIENT, new_store, say, thread};
use crate::store::Store;
use crate::thread::row::{RosterRow, put_member};

const DEVICE: DeviceKey = DeviceKey::new([9; 32]);

fn record(number: u8) -> Record {
    Record::Thread(ThreadRecord {
        thread: ThreadId::new([number; 16]),
        opener: OWN.account,
        patients: vec![PATIENT.account],
        opened_at: UnixSeconds(u64::from(number)),
        mode: AnswerMode::Open,
        displayed: Seq::START,
    })
}

/// The same message as [`say`] says there, for a place below 256.
fn message(seq: u8, text: &str) -> Record {
    let mut id = [0; 16];
    id[7] = seq;
    let message = MessageRecord {
        message: MessageId::new(id),
        author: PATIENT.account,
        role: Role::Patient,
        sent_at: UnixSeconds(seq.into()),
        is_sent_again: false,
        text: text.to_owned(),
        documents: Vec::new(),
    };
    Record::Entry(EntryRecord { seq: Seq(seq.into()), kind: EntryKindRecord::Message(message) })
}

fn departed(seq: u64) -> Record {
    Record::Entry(EntryRecord { seq: Seq(seq), kind: EntryKindRecord::Departed(PATIENT.account) })
}

/// Reads a part of these in a unit of work of its own, which is dropped if it is refused.
fn take(store: &mut Store, records: &[Record]) -> Result<u64, PeerFault> {
    let mut plain = Vec::new();
    records.iter().for_each(|record| history::write(record, &mut plain));
    take_bytes(store, &plain)
}

fn take_bytes(store: &mut Store, plain: &[u8]) -> Result<u64, PeerFault> {
    let unit = store.begin().unwrap();
    let reading = Reading { device: DEVICE, account: OWN.account };
    match part(reading, unit.sql(), plain) {
        Ok(messages) => {
            unit.commit().unwrap();
            Ok(messages)
        }
        Err(Stop::Peer(fault)) => Err(fault),
        Err(Stop::Failure(error)) => panic!("{error:?}"),
    }
}

fn shown(store: &Store, number: u8) -> Vec<(u64, String, bool)> {
    let entries =
        store.read(|view| entry::before(view.sql(), ThreadId::new([number; 16]), None, 100)).unwrap();
    let line = |entry: crate::view::Entry| match entry.kind {
        EntryKind::Message(message) => (entry.seq.unwrap().0, message.text, message.given_by.is_some()),
        kind => (entry.seq.unwrap().0, format!("{kind:?}").chars().take(8).collect(), true),
    };
    entries.into_iter().map(line).collect()
}

#[test]
fn a_part_that_no_device_writes_is_refused_with_all_that_is_in_it() {
    let (_folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    thread(unit.sql(), 1);
    unit.commit().unwrap();
    let other_opener = Record::Thread(ThreadRecord {
        thread: ThreadId::new([1; 16]),
        opener: PATIENT.account,
        patients: vec![PATIENT.account],
        opened_at: UnixSeconds(1),
        mode: AnswerMode::Open,
        displayed: Seq::START,
    });
    let many_patients = Record::Thread(ThreadRecord {
        thread: ThreadId::new([2; 16]),
        opener: OWN.account,
        patients: vec![PATIENT.account; PATIENTS_PER_THREAD + 1],
        opened_at: UnixSeconds(2),
        mode: AnswerMode::Open,
        displayed: Seq::START,
    });
    let refused: [(&str, Vec<Record>); 8] = [
        ("an entry of no thread", vec![message(4, "Bonjour")]),
        ("an older entry first", vec![record(2), message(4, "Bonjour"), message(5, "Encore")]),
        ("an entry at no place", vec![record(2), message(0, "Bonjour")]),
        ("a thread of another opener", vec![record(2), message(4, "Bonjour"), other_opener]),
        ("too many patients", vec![many_patients]),
        ("an empty message", vec![record(2), message(4, " \n")]),
        ("a long message", vec![record(2), message(4, &"x".repeat(TEXT_MAX_BYTES + 1))]),
        ("a good message and then none", vec![record(2), message(5, "Bonjour"), message(4, "")]),
    ];
    for (what, records) in refused {
        assert_eq!(take(&mut store, &records), Err(PeerFault::Malformed), "{what}");
        assert!(
            store.read(|view| ThreadRow::find(view.sql(), ThreadId::new([2; 16]))).unwrap().is_none(),
            "{what}"
        );
    }
    let mut plain = Vec::new();
    [record(2), message(4, "Bonjour")].iter().for_each(|record| history::write(record, &mut plain));
    assert_eq!(take_bytes(&mut store, &plain[..plain.len() - 1]), Err(PeerFault::Malformed), "cut");
    assert_eq!(take_bytes(&mut store, &plain), Ok(1), "the base is a good one");
}

#[test]
fn nothing_comes_in_the_place_of_what_this_device_has_or_where_it_reads_itself() {
    let (_folder, mut store) = new_store();
    let unit = store.begin().unwrap();
    let id = thread(unit.sql(), 1);
    let member = Member { actor: OWN, account_key: AccountKey::new([8; 32]), device: DEVICE };
    let row = RosterRow { leaf: 0, member, since: Seq(20), since_at: UnixSeconds(0), counter: 0 };
    put_member(unit.sql(), id, &row).unwrap();
    // From a time before: it was a member once, lost access, and was added again.
    say(unit.sql(), id, 5, PATIENT, "Lu ici");
    say(unit.sql(), id, 25, PATIENT, "Lu ici aussi");
    unit.commit().unwrap();
    let given = [
        record(1),
        message(30, "Pas encore lu"),
        message(25, "Autre chose"),
        message(20, "À sa place"),
        message(19, "Avant"),
        departed(5),
        message(5, "Autre chose"),
        message(4, "Au début"),
    ];
    for _ in 0..2 {
        assert_eq!(take(&mut store, &given), Ok(6));
        let line = |seq, text: &str, is_given| (seq, text.to_owned(), is_given);
        let expected = [
            line(4, "Au début", true),
            line(5, "Lu ici", false),
            line(19, "Avant", true),
            line(25, "Lu ici aussi", false),
        ];
        assert_eq!(shown(&store, 1), expected);
    }
    // The newest is what a list shows, whatever came last.
    let summary = store.read(|view| crate::summary::one(view.sql(), id, OWN)).unwrap();
    assert_eq!((summary.last.unwrap().excerpt.as_str(), summary.unread), ("Lu ici aussi", 4));
    assert_eq!(summary.unread_since, Some(UnixSeconds(4)));
}

#[test]
fn what_was_given_from_a_place_on_can_be_forgotten_with_its_words() {
    let (_folder, mut store) = new_store();
    let given = [record(1), message(9, "Œdème"), departed(7), message(3, "Œdème au début")];
    assert_eq!(take(&mut store, &given), Ok(2));
    let found = |store: &Store| -> i64 {
        store
            .read(|view| {
                let mut statement =
                    view.prepare("SELECT count(*) FROM message_word WHERE message_word MATCH 'oedeme'")?;
                Ok::<_, Error>(statement.query_row([], |row| row.get(0))?)
            })
            .unwrap()
    };
    assert_eq!(found(&store), 2);
    let unit = store.begin().unwrap();
    forget_given(unit.sql(), ThreadId::new([1; 16]), Seq(7)).unwrap();
    unit.commit().unwrap();
    assert_eq!(shown(&store, 1), [(3, "Œdème au début".to_owned(), true)]);
    assert_eq!(found(&store), 1);
}

#[test]
fn people_come_with_names_and_keys_and_what_is_pinned_here_stays() {
    let (_folder, mut store) = new_store();
    let contact = |number: u8, key: u8, petname: &str, blocked_at| {
        let certified = CertifiedRecord {
            account_key: AccountKey::new([key; 32]),
            role: Role::Professional,
            name: Some("Dr Ana Verne".to_owned()),
            profession: Some("Médecin".to_owned()),
            national_id: Some("10101234564".to_owned()),
        };
        let account = AccountId::new([number; 16]);
        let (petname, certified) = (Some(petname.to_owned()), Some(certified));
        Record::Contact(ContactRecord { account, petname, certified, blocked_at })
    };
    let first = contact(5, 1, "Ma généraliste", Some(UnixSeconds(7)));
    assert_eq!(take(&mut store, &[first]), Ok(0));
    assert_eq!(take(&mut store, &[contact(5, 2, "Une autre", None)]), Ok(0));
    let known = store.read(|view| contact::find(view.sql(), AccountId::new([5; 16]))).unwrap().unwrap();
    assert_eq!(known.account_key, Some(AccountKey::new([1; 32])), "the first that was seen");
    assert_eq!(known.petname.as_deref(), Some("Ma généraliste"));
    assert_eq!(
        (known.certified_name.as_deref(), known.role),
        (Some("Dr Ana Verne"), Some(Role::Professional))
    );
    assert!(known.is_blocked && !known.key_has_changed);
}
