//! What goes wrong for a person: one line that says what to do, the right exit code, no backtrace.

use super::{PASSPHRASE, Tenant};

#[test]
fn a_profile_that_cannot_be_opened_says_why_in_one_line() {
    let tenant = Tenant::new();
    let person = tenant.person("ana", "en");
    person.says(&["threads"]).failed(1, "(profile-missing)");
    tenant.invite_professional("ana.txt");
    person.does(&["enrol", "--file", "ana.txt"]);
    person.says(&["enrol", "--file", "ana.txt"]).failed(1, "(already-enrolled)");
    tenant.programs.write("wrong", b"another phrase\n");
    let run = |arguments: &[&str]| tenant.programs.run("colloque", arguments);
    run(&["--profile", "ana", "--passphrase-file", "wrong", "threads"]).failed(1, "(wrong-passphrase)");
    run(&["--profile", "ana", "--passphrase-file", "none", "threads"]).failed(1, "(file-unreadable)");
    run(&["--profile", "ana", "--passphrase-file", "wrong", "--lang", "fr", "threads"])
        .failed(1, "(wrong-passphrase)");
    let store = tenant.programs.folder().join("ana/store.db");
    let mut bytes = std::fs::read(&store).unwrap();
    // All but the first page, of which the passphrase opens the rest.
    bytes[4096..].fill(0x5a);
    std::fs::write(&store, bytes).unwrap();
    person.says(&["threads", "--offline"]).failed(1, "(profile-damaged)");
}

#[test]
fn what_cannot_be_understood_or_found_is_one_line_with_code_2() {
    let tenant = Tenant::new();
    let person = tenant.person("ana", "en");
    person.says_with_input(&["enrol", "-"], "no invitation").failed(2, "(not-an-invitation)");
    person.says(&["enrol", "--file", "none"]).failed(1, "(file-unreadable)");
    tenant.invite_professional("ana.txt");
    person.does(&["enrol", "--file", "ana.txt"]);
    for (arguments, id) in [
        (&["frobnicate"][..], "(usage)"),
        (&["read", "1"], "(unknown-thread)"),
        (&["send", "abcdef", "text"], "(unknown-thread)"),
        (&["open", "--patient", "Nobody", "text"], "(unknown-person)"),
        (&["open", "--patient", "Nobody", "--mode", "sometimes", "text"], "(mode)"),
        (&["patients", "name", "xyz", "Basile"], "(not-an-account)"),
        (&["verify", "Nobody"], "(unknown-person)"),
    ] {
        person.says(arguments).failed(2, id);
    }
    tenant.programs.write("large", "x".repeat(100_000).as_bytes());
    person.says(&["patients", "name", &"ab".repeat(16), "Basile"]).done();
    person.says(&["open", "--patient", "Basile", "--file", "large"]).failed(2, "(text-too-long)");
    person.says(&["open", "--patient", "Basile", ""]).failed(2, "(text-empty)");
}

#[test]
fn a_code_that_was_used_is_refused_in_one_line() {
    let tenant = Tenant::new();
    tenant.invite_patient("once.txt");
    tenant.person("first", "en").does(&["enrol", "--file", "once.txt"]);
    tenant.person("second", "en").says(&["enrol", "--file", "once.txt"]).failed(3, "(code-refused)");
    tenant.person("third", "fr").says(&["enrol", "--file", "once.txt"]).failed(3, "(code-refused)");
}

#[test]
fn an_authority_that_is_away_interrupts_an_enrolment_that_then_goes_on() {
    let mut tenant = Tenant::new();
    tenant.invite_patient("basile.txt");
    assert_eq!(tenant.authority.take().unwrap().end_by("TERM"), Some(0));
    let said = tenant.person("basile", "en").says(&["enrol", "--file", "basile.txt"]);
    assert_eq!((said.code, said.output.as_str()), (Some(4), ""), "{said:?}");
    assert!(said.errors.contains("--resume") && said.errors.contains("(unreachable)"), "{said:?}");
    tenant.person("basile", "en").says(&["threads"]).failed(1, "(not-enrolled)");
    tenant.start_authority();
    let own = tenant.person("basile", "en").json(&["enrol", "--resume"]);
    assert_eq!(own["role"], "patient");
}

#[test]
fn without_the_relay_what_is_written_waits_and_says_so() {
    let mut tenant = Tenant::new();
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    tenant.person("ana", "en").does(&["enrol", "--file", "ana.txt"]);
    tenant.person("basile", "en").does(&["enrol", "--file", "basile.txt"]);
    let account = tenant.person("basile", "en").account();
    tenant.person("ana", "en").does(&["open", "--patient", &account, "first"]);
    assert_eq!(tenant.relay.take().unwrap().end_by("TERM"), Some(0));

    let doctor = tenant.person("ana", "en");
    let said = doctor.says(&["send", "1", "second"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    let said = doctor.says(&["send", "1", "third", "--json"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.output.contains(r#""state":"waiting""#), "{said:?}");
    let said = doctor.says(&["threads", "--json"]);
    assert_eq!(said.code, Some(4), "what is shown may be old: {said:?}");
    assert!(said.output.contains(r#""waiting":2"#) && said.errors.contains("(unreachable)"), "{said:?}");
    assert_eq!(doctor.says(&["threads", "--offline"]).done().errors, "");

    tenant.start_relay();
    tenant.person("ana", "en").does(&["sync"]);
    let read = tenant.person("basile", "en").json(&["read", "1"]);
    let texts: Vec<_> =
        read["entries"].as_array().unwrap().iter().filter_map(|entry| entry["text"].as_str()).collect();
    assert_eq!(texts, ["first", "second", "third"]);
}

#[test]
fn a_relay_with_another_key_is_not_spoken_to() {
    let tenant = Tenant::new();
    let other = "ab".repeat(32);
    tenant.invite("basile.txt", &["--role", "patient", "--relay-key", &other]);
    let said = tenant.person("basile", "en").says(&["enrol", "--file", "basile.txt"]);
    said.failed(1, "(server-key)");
}

#[test]
fn a_passphrase_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let tenant = Tenant::new();
    tenant.invite_patient("basile.txt");
    let path = tenant.programs.folder().join(PASSPHRASE);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = tenant.person("basile", "en").says(&["enrol", "--file", "basile.txt"]);
    said.failed(2, "(passphrase-file-shared)");
}
