//! Faults of machines, networks and clocks, each named by its id in `schemas/THREATS.md`. Those of disks are injected by
//! strace into the programs as they are shipped.

#![expect(clippy::print_stdout, reason = "says how much was tried, and how often something failed")]

mod clocks;
mod damage;
mod disk;
mod load;
mod network;
mod restore;

use colloque_tests::tenant::{Person, Tenant};
use serde_json::Value;

/// A tenant in which Dr Ana Verne has opened a thread with a patient, who has read it.
fn clinic() -> Tenant {
    let tenant = Tenant::new();
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    tenant.person("ana", "en").does(&["enrol", "--file", "ana.txt"]);
    tenant.person("basile", "en").does(&["enrol", "--file", "basile.txt"]);
    let patient = tenant.person("basile", "en").account();
    tenant.person("ana", "en").does(&["open", "--patient", &patient, "text 0"]);
    tenant.person("basile", "en").does(&["sync"]);
    tenant
}

/// What a command said of its message: `done` if the relay has it, `waiting` if the device has; nothing if it failed.
fn state(said: &str) -> Option<String> {
    let said: Value = serde_json::from_str(said).ok()?;
    said["state"].as_str().map(str::to_owned)
}

/// The texts of a thread, as somebody reads them now, in order.
fn texts(person: &Person<'_>, thread: &str) -> Vec<String> {
    let read = person.json(&["read", thread]);
    let entries = read["entries"].as_array().expect("entries");
    entries.iter().filter_map(|entry| entry["text"].as_str()).map(str::to_owned).collect()
}

/// That both show the same texts, those that were accepted all, and each once.
fn check(tenant: &Tenant, accepted: &[String]) {
    let (ana, basile) = (tenant.person("ana", "en"), tenant.person("basile", "en"));
    // What waited on a device goes out now, and what it then hears is heard.
    ana.does(&["sync"]);
    basile.does(&["sync"]);
    let (shown, other) = (texts(&ana, "1"), texts(&basile, "1"));
    assert_eq!(shown, other, "both show the same, in the same order");
    for text in accepted {
        assert_eq!(shown.iter().filter(|one| *one == text).count(), 1, "{text} once: {shown:?}");
    }
    let mut once = shown.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), shown.len(), "nothing twice: {shown:?}");
}
