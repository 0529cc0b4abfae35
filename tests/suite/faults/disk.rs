//! Disks that fail, are full, are slow, or forget what was not synced.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use colloque_tests::power;
use colloque_tests::under::Under;

use super::{Tenant, check, clinic, state};

/// SQLite's, and that of whoever changes a file otherwise.
const SYNC: &str = "fdatasync,fsync";

/// The log of a database, of the relay or of a profile.
fn wal(tenant: &Tenant, database: &str) -> PathBuf {
    tenant.programs.folder().canonicalize().unwrap().join(format!("{database}-wal"))
}

/// Both write a message of this round, at once.
fn both_send(tenant: &Tenant, round: u32) -> [(String, Child); 2] {
    ["ana", "basile"].map(|name| {
        let text = format!("{name} {round}");
        let mut command = tenant.person(name, "en").command(&["send", "1", &text, "--json"]);
        (text, command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    })
}

#[test]
fn f05_what_either_side_accepted_is_there_after_a_cut_of_power() {
    if !Under::strace_is_there() {
        return;
    }
    let mut tenant = clinic();
    let notes = tenant.programs.folder().join("notes");
    let (mut accepted, mut lost) = (Vec::new(), 0);
    for round in 0..4 {
        tenant.stop_relay();
        tenant.start_relay_under(&Under::noting(&notes));
        let mut relay_runs = true;
        for (text, process) in both_send(&tenant, round) {
            let said = process.wait_with_output().unwrap();
            if state(&String::from_utf8(said.stdout).unwrap()).is_some() {
                accepted.push(text);
            }
            // While the other one still waits for its answer, or has just had it.
            if std::mem::take(&mut relay_runs) {
                tenant.stop_relay();
                lost += power::cut(&notes).0;
            }
        }
        tenant.start_relay();
        check(&tenant, &accepted);
    }
    // A device whose power is cut at once after it said that the message is written.
    for round in 4..6 {
        let text = format!("ana {round}");
        let ana = tenant.person("ana", "en");
        let said = ana.says_under(&Under::noting(&notes), &["send", "1", &text, "--json"]).done();
        assert_eq!(state(&said.output).as_deref(), Some("done"));
        let (gone, syncs) = power::cut(&notes);
        assert!(syncs > 0, "it is looked at");
        lost += gone;
        accepted.push(text);
        check(&tenant, &accepted);
    }
    println!("bytes that were lost: {lost}");
    assert!(lost > 0, "the power was cut while something was not synced");
}

#[test]
fn f06_a_relay_whose_sync_fails_acknowledges_nothing_more_and_ends() {
    if !Under::strace_is_there() {
        return;
    }
    let mut tenant = clinic();
    let mut accepted = Vec::new();
    for first in 1..=3 {
        tenant.stop_relay();
        let from_then_on = format!("{first}+");
        let wal = wal(&tenant, "relay/relay.db");
        tenant.start_relay_under(&Under::failing(SYNC, &wal, "EIO", &from_then_on));
        let unanswered = (0..10).find(|number| {
            let text = format!("text {first} {number}");
            let said = tenant.person("ana", "en").says(&["send", "1", &text, "--json"]);
            let state = state(&said.output).expect("the device has it");
            accepted.push(text);
            state == "waiting"
        });
        assert!(unanswered.is_some(), "a sync failed");
        let (code, log) = tenant.relay_ends();
        assert_eq!(code, Some(1), "{log}");
        assert!(log.lines().last().unwrap().contains("failed, and nothing more is acknowledged"), "{log}");
        tenant.start_relay();
        check(&tenant, &accepted);
    }
}

#[test]
fn f06_a_device_whose_sync_fails_says_so_and_shows_each_message_once_afterwards() {
    if !Under::strace_is_there() {
        return;
    }
    failing_device(SYNC, "EIO", 1);
}

#[test]
fn f08_a_device_whose_disk_is_full_says_so_and_shows_each_message_once_afterwards() {
    if !Under::strace_is_there() {
        return;
    }
    failing_device("pwrite64", "ENOSPC", 9);
}

/// Lets the first, then a later, and so on, of these calls of a device and all after it fail while it sends a message,
/// until it gets through.
fn failing_device(call: &str, error: &str, step: usize) {
    let tenant = clinic();
    let (mut accepted, mut failed) = (Vec::new(), 0);
    for first in (1..).step_by(step) {
        let (ana, text) = (tenant.person("ana", "en"), format!("text {first}"));
        let strace = Under::failing(call, &wal(&tenant, "ana/store.db"), error, &format!("{first}+"));
        let said = ana.says_under(&strace, &["send", "1", &text, "--json"]);
        if let Some(state) = state(&said.output) {
            accepted.push(text);
            if said.code == Some(0) {
                assert_eq!(state, "done");
                break;
            }
        }
        failed += 1;
        assert_eq!(said.errors.lines().count(), 1, "{said:#?}");
        assert!(!said.errors.contains("panicked"), "{said:#?}");
        check(&tenant, &accepted);
    }
    println!("{call} failed with {error} from {failed} places on");
    assert!(failed > 2);
}

#[test]
fn f07_a_relay_whose_disk_is_full_refuses_what_is_new_serves_what_it_has_and_recovers_alone() {
    if !Under::strace_is_there() {
        return;
    }
    let mut tenant = clinic();
    tenant.stop_relay();
    // Room for some, then for none, then again.
    let strace = Under::failing("pwrite64", &wal(&tenant, "relay/relay.db"), "ENOSPC", "12..14");
    tenant.start_relay_under(&strace);
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for number in 1..40 {
        let text = format!("text {number}");
        let said = tenant.person("ana", "en").says(&["send", "1", &text, "--json"]);
        let is_refused = state(&said.output).expect("the device has it") == "waiting";
        accepted.push(text);
        if is_refused {
            refused += 1;
            let read = tenant.person("basile", "en").json(&["read", "1"]);
            assert!(read["entries"].as_array().unwrap().len() > 1, "what is there is served");
        } else if refused > 0 {
            break;
        }
    }
    println!("refused {refused} times");
    assert!(refused > 0);
    check(&tenant, &accepted);
}

#[test]
fn f18_on_a_slow_disk_everything_is_acknowledged_late_once_and_in_order() {
    if !Under::strace_is_there() {
        return;
    }
    let mut tenant = clinic();
    tenant.stop_relay();
    tenant.start_relay_under(&Under::slowing(SYNC, &wal(&tenant, "relay/relay.db"), 300));
    let mut accepted = Vec::new();
    for round in 0..3 {
        for (text, process) in both_send(&tenant, round) {
            let said = process.wait_with_output().unwrap();
            assert_eq!(state(&String::from_utf8(said.stdout).unwrap()).as_deref(), Some("done"));
            accepted.push(text);
        }
    }
    check(&tenant, &accepted);
}
