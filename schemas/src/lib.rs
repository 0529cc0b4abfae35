//! What the parts of Colloque say to each other, and the rules that they say it by.
//!
//! Pure: no async, no I/O, no clock, no randomness. Where to look:
//!
//! | for | see |
//! |---|---|
//! | who someone is | [`certificate`], [`device_list`], [`role`] |
//! | what is allowed | [`policy`], [`rule`], `RULES.md` |
//! | what a device and the relay say | [`frame`], [`envelope`], [`blob`], [`refusal`], [`sign_in`] |
//! | what a device and the authority say | [`enrolment`], [`asking`] |
//! | what two devices of a person say, to link one | [`linking`] |
//! | what a device tells another beside all threads, such as its history | [`letter`], [`history`] |
//! | what members say inside encryption | [`charter`], [`payload`], [`mimi`], [`log_hash`] |
//! | how it becomes bytes | [`codec`], [`padding`], [`signed`], `colloque.cddl`, `fixtures/` |
//! | how much of it | [`limits`] |
//! | where a program can end half-way | [`point`] |

#![no_std]

extern crate alloc;

pub mod answer_mode;
pub mod asking;
pub mod blob;
mod bounded;
pub mod bytes;
pub mod certificate;
pub mod charter;
mod closed_list;
pub mod codec;
pub mod device_list;
pub mod enrolment;
pub mod envelope;
pub mod frame;
pub mod handover;
pub mod history;
pub mod id;
pub mod letter;
pub mod limits;
pub mod linking;
pub mod log_hash;
pub mod mimi;
pub mod padding;
pub mod payload;
pub mod point;
pub mod policy;
pub mod refusal;
pub mod role;
pub mod rule;
pub mod sign_in;
pub mod signed;
pub mod time;
