//! Whole-system tests, one file per claim. Each test is named as the sentence that it shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod conversation;
mod credentials;
mod docs;
mod lifecycle;
mod rules_relay;
