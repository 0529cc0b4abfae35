//! The three programs as processes, driven from the command line by two people.

pub(crate) mod devices;
mod failures;
mod servers;
mod story;

pub(crate) use colloque_tests::tenant::{PASSPHRASE, Person, Tenant, programs};
