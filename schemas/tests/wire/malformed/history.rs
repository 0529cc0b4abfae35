//! Letters, and records of a history.

use colloque_schemas::codec;
use colloque_schemas::codec::Malformed::Structure;
use colloque_schemas::history::Record;
use colloque_schemas::letter::{Letter, SealedLetter};

use super::Cddl::{CannotTell, Refuses};
use super::{Bad, bad};
use crate::history::thread;
use crate::raw::{Item, array, bytes, null, text, uint, variant};

fn thread_with(place: usize, item: Item) -> Item {
    let mut fields = [
        bytes(&[0x11; 16]),
        bytes(&[0x22; 16]),
        array(&[bytes(&[0x33; 16])]),
        uint(1_759_968_000),
        variant(0, &[]),
        uint(7),
    ];
    fields[place] = item;
    variant(1, &[array(&fields)])
}

fn entry(kind: Item) -> Item {
    variant(2, &[array(&[uint(4), kind])])
}

fn message_with(place: usize, item: Item) -> Item {
    let mut fields = [
        bytes(&[0xcc; 16]),
        bytes(&[0x33; 16]),
        uint(1),
        uint(1_759_968_000),
        vec![0xf4],
        text("Bonjour"),
        array(&[]),
    ];
    fields[place] = item;
    entry(variant(0, &[array(&fields)]))
}

fn letter(scope: Item, history: &[u8]) -> Item {
    variant(0, &[array(&[bytes(history), scope, uint(5), array(&[])])])
}

fn primary(seed: &[u8]) -> Item {
    variant(1, &[array(&[bytes(seed), array(&[])])])
}

pub(super) fn all() -> Vec<Bad> {
    assert_eq!(thread_with(5, uint(7)), codec::encode(&Record::Thread(thread())), "the base is a good one");
    assert!(codec::decode::<Record>(&message_with(5, text("Bonjour")), 1000).is_ok(), "this one too");
    assert!(codec::decode::<Letter>(&letter(variant(0, &[]), &[1; 16]), 1000).is_ok(), "and this one");
    assert!(codec::decode::<Letter>(&primary(&[1; 32]), 1000).is_ok(), "and this one");
    let record = |name, item| bad::<Record>(name, Structure, Refuses, item);
    vec![
        bad::<SealedLetter>(
            "sealed-letter-without-message",
            Structure,
            Refuses,
            array(&[bytes(b"welcome"), null()]),
        ),
        bad::<Letter>("letter-short-history", Structure, Refuses, letter(variant(0, &[]), &[1; 15])),
        bad::<Letter>("letter-unknown-scope", super::UnknownTag, Refuses, letter(variant(3, &[]), &[1; 16])),
        bad::<Letter>(
            "letter-since-without-time",
            Structure,
            Refuses,
            letter(variant(1, &[null()]), &[1; 16]),
        ),
        bad::<Letter>("letter-primary-short-seed", Structure, Refuses, primary(&[1; 31])),
        record("history-record-thread-short-id", thread_with(0, bytes(&[1; 15]))),
        record("history-record-thread-patients-no-list", thread_with(2, uint(0))),
        record("history-record-thread-negative-place", thread_with(5, vec![0x22])),
        record("history-record-entry-without-kind", entry(null())),
        bad::<Record>(
            "history-record-entry-unknown-kind",
            super::UnknownTag,
            Refuses,
            entry(variant(9, &[])),
        ),
        bad::<Record>(
            "history-record-message-unknown-role",
            super::UnknownTag,
            Refuses,
            message_with(2, uint(2)),
        ),
        record("history-record-message-text-as-bytes", message_with(5, bytes(b"Bonjour"))),
        record("history-record-message-document-no-part", message_with(6, array(&[null()]))),
        bad::<Record>(
            "history-record-message-time-too-large",
            Structure,
            Refuses,
            message_with(3, uint(9_223_372_036_854_775_808)),
        ),
        bad::<Record>(
            "history-record-message-text-not-utf-8",
            Structure,
            CannotTell,
            message_with(5, vec![0x61, 0xff]),
        ),
    ]
}
