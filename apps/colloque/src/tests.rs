//! Whole commands on a profile folder, as far as they go without a server.

use jiff::tz::TimeZone;

use super::*;

struct Said {
    exit: Exit,
    results: String,
    remarks: String,
}

fn run_line(arguments: &[&str], input: &[u8]) -> Said {
    let (mut results, mut remarks) = (Vec::new(), Vec::new());
    let arguments =
        std::iter::once("colloque").chain(arguments.iter().copied()).map(OsString::from).collect();
    let environment = Environment::new(|_| None, TimeZone::UTC);
    let output = Output::new(&mut results, &mut remarks);
    let exit = run_on(arguments, environment, &mut &input[..], false, output);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { exit, results: text(results), remarks: text(remarks) }
}

/// One clear line on the stream for remarks, nothing among the results.
fn fails(arguments: &[&str], exit: Exit, id: &str) {
    let said = run_line(arguments, b"not an invitation");
    assert_eq!(said.exit, exit, "{arguments:?}: {}", said.remarks);
    assert_eq!(said.results, "", "{arguments:?}");
    assert_eq!(said.remarks.lines().count(), 1, "{}", said.remarks);
    assert!(said.remarks.trim_end().ends_with(&format!("({id})")), "{arguments:?}: {}", said.remarks);
}

#[test]
fn help_and_version_are_results_and_done() {
    let said = run_line(&["--help"], b"");
    assert!(said.exit == Exit::Done && said.results.contains("Commands") && said.remarks.is_empty());
    assert_eq!(run_line(&["--version"], b"").results.trim(), concat!("colloque ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_without_profile_says_so_before_it_asks_for_a_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("none");
    let profile = profile.to_str().unwrap();
    for verb in
        [&["threads"][..], &["whoami"], &["send", "1", "text"], &["watch"], &["sync"], &["verify", "Louis"]]
    {
        fails(&[&["--profile", profile][..], verb].concat(), Exit::Other, "profile-missing");
    }
    fails(&["threads"], Exit::Usage, "no-profile-folder");
}

#[test]
fn what_is_no_invitation_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    for source in [&["COLLOQUE1.nonsense"][..], &["-"], &[]] {
        let arguments = [&["--profile", profile.to_str().unwrap(), "enrol"][..], source].concat();
        fails(&arguments, Exit::Usage, "not-an-invitation");
    }
    assert!(!profile.exists());
}

#[test]
fn a_mode_that_is_none_is_refused_before_the_profile_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().to_str().unwrap();
    fails(&["--profile", profile, "mode", "1", "ajar"], Exit::Usage, "mode");
    fails(&["--profile", profile, "mode", "1", "until=noon"], Exit::Usage, "deadline");
}

#[test]
fn mistakes_are_told_in_french_where_french_is_asked_for() {
    let said = run_line(&["--lang", "fr", "frobnicate"], b"");
    assert_eq!(said.remarks.trim(), "La commande frobnicate n’existe pas : voir `colloque --help`. (usage)");
    assert_eq!(said.exit, Exit::Usage);
}

#[cfg(unix)]
#[test]
fn an_enrolment_that_reaches_nobody_is_kept_and_each_obstacle_is_told_apart() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (right, wrong) = (secret("right", "correct horse"), secret("wrong", "battery staple"));
    let profile = folder.path().join("profile");
    let with = |secret: &str, verb: &[&str]| -> Vec<String> {
        let options = ["--profile", profile.to_str().unwrap(), "--passphrase-file", secret];
        options.iter().chain(verb).map(|part| (*part).to_owned()).collect()
    };
    let said =
        |arguments: &[String]| run_line(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"");

    let invitation = crate::cast::invitation_to_nowhere().to_string();
    let first = said(&with(&right, &["enrol", &invitation]));
    assert_eq!(first.exit, Exit::Waiting, "{}", first.remarks);
    assert!(first.remarks.contains("colloque enrol --resume") && first.remarks.contains("(unreachable)"));
    for again in [&["enrol", "--resume"][..], &["enrol", &invitation]] {
        assert_eq!(said(&with(&right, again)).exit, Exit::Waiting, "{again:?}");
    }
    let ends = |arguments: &[String], id: &str| {
        let said = said(arguments);
        assert!(said.exit == Exit::Other && said.remarks.ends_with(&format!("({id})\n")), "{}", said.remarks);
    };
    ends(&with(&wrong, &["enrol", "--resume"]), "wrong-passphrase");
    ends(&with(&right, &["whoami"]), "not-enrolled");
    let held = colloque_client_core::store::Store::open(
        &profile,
        &colloque_client_core::KeySource::Passphrase(colloque_client_core::Passphrase::new(
            "correct horse".to_owned(),
        )),
    );
    ends(&with(&right, &["whoami"]), "profile-in-use");
    drop(held);
    let database = profile.join("store.db");
    std::fs::write(&database, vec![7; 8192]).unwrap();
    ends(&with(&right, &["whoami"]), "profile-damaged");
}
