//! The bytes of the protocol: each wire type against its golden fixtures, the CDDL, and everything malformed.
//!
//! `COLLOQUE_BLESS=1 cargo test -p colloque-schemas --test wire` writes the fixtures anew; a difference in the commit
//! that follows is a change of the protocol.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod bounds;
mod cast;
mod history;
mod inside;
mod linking;
mod malformed;
mod raw;
mod replies;
mod requests;
mod schema;
mod specimen;

use colloque_schemas::codec::Malformed;
use malformed::Cddl;
use schema::Schema;
use specimen::{Specimen, assert_folder_holds, hex_line};

/// One value for each kind of frame, statement and content, and for each variant in them.
fn specimens() -> Vec<Specimen> {
    let mut specimens = requests::all();
    specimens.extend(replies::all());
    specimens.extend(inside::all());
    specimens.extend(linking::all());
    specimens.extend(history::all());
    specimens
}

#[test]
fn every_variant_of_every_wire_type_is_its_golden_fixture_and_reads_back() {
    let specimens = specimens();
    let files: Vec<_> =
        specimens.iter().map(|one| (format!("{}.hex", one.name), hex_line(&one.bytes))).collect();
    assert_folder_holds("good", &files);
    for one in &specimens {
        assert_eq!(one.is_value_of(&one.bytes), Ok(true), "{}", one.name);
    }
}

#[test]
fn every_golden_fixture_is_what_the_cddl_describes() {
    let schema = Schema::read();
    for one in specimens() {
        assert_eq!(schema.validate(one.rule, &one.bytes), Ok(()), "{}", one.name);
    }
}

#[test]
fn no_bit_of_a_fixture_can_flip_without_being_refused_or_saying_something_else() {
    for one in specimens() {
        for place in 0..one.bytes.len() * 8 {
            let mut flipped = one.bytes.clone();
            flipped[place / 8] ^= 1 << (place % 8);
            match one.is_value_of(&flipped) {
                Err(_) => {}
                Ok(true) => panic!("{}: bit {place} means nothing", one.name),
                Ok(false) => assert_eq!((one.reencode)(&flipped), Ok(flipped), "{}: bit {place}", one.name),
            }
        }
    }
}

#[test]
fn a_fixture_cut_short_anywhere_or_with_one_byte_more_is_refused() {
    for one in specimens() {
        for length in 0..one.bytes.len() {
            assert_eq!((one.reencode)(&one.bytes[..length]), Err(Malformed::Structure), "{}", one.name);
        }
        for extra in 0..=u8::MAX {
            let mut longer = one.bytes.clone();
            longer.push(extra);
            assert_eq!((one.reencode)(&longer), Err(Malformed::TrailingBytes { extra: 1 }), "{}", one.name);
        }
    }
}

#[test]
fn every_way_to_be_malformed_has_its_named_file_and_its_one_reason() {
    let bad = malformed::all();
    let mut files: Vec<_> =
        bad.iter().map(|one| (format!("{}.hex", one.name), hex_line(&one.bytes))).collect();
    let lines = bad.iter().map(|one| format!("{}\t{}\t{:?}\n", one.name, one.rule, one.reason));
    files.push(("reasons.tsv".to_owned(), lines.collect()));
    assert_folder_holds("bad", &files);
    let outcomes = bad.iter().map(|one| (one.name, (one.read)(&one.bytes), Err(one.reason)));
    let wrong: Vec<_> = outcomes.filter(|(_, outcome, expected)| outcome != expected).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_cddl_refuses_every_malformed_structure_that_cddl_can_describe() {
    let schema = Schema::read();
    let good = malformed::good_append();
    assert_eq!(schema.validate("client-frame", &good), Ok(()));
    let bad = malformed::all();
    let visible = bad.iter().filter(|one| one.cddl == Cddl::Refuses);
    let accepted = visible.filter(|one| schema.validate(one.rule, &one.bytes).is_ok());
    let missed: Vec<_> = accepted.map(|one| one.name).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
