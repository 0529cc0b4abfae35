//! Whole-system tests, one file per claim. Each test is named as the sentence that it shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod bad_input;
mod blocking;
mod care_team;
mod choke_points;
mod command_line;
mod confidentiality;
mod continuing;
mod conversation;
mod crash_points;
mod credentials;
mod desk;
mod directory;
mod docs;
mod documents;
mod faults;
mod gaps;
mod heartbeats;
mod history;
mod hostile_bounds;
mod hostile_member;
mod invitations;
mod lifecycle;
mod linking;
mod on_device;
mod one_action;
mod over_tls;
mod readme;
mod receipts;
mod rollback;
mod rules_client;
mod rules_relay;
mod simulation;
