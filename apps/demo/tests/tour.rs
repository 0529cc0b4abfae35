//! The tour, as a newcomer runs it: it checks itself, so that it ends with 0 is most of what there is to see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn demo(temporary: &Path, language: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloque-demo"));
    command.args(["tour", "--lang", language]).env("TMPDIR", temporary);
    command
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

fn plays_in(language: &str, end: &str) {
    let temporary = tempfile::tempdir().unwrap();
    let played = demo(temporary.path(), language).output().unwrap();
    let text = String::from_utf8(played.stdout).unwrap();
    assert!(played.status.success(), "{text}\n{}", String::from_utf8_lossy(&played.stderr));
    assert!(text.contains(end), "{text}");
    for rule in ["R01", "R02", "R07"] {
        assert!(text.contains(rule), "{rule} is not shown");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "a line is too wide: {text}");
    assert!(!text.contains('\u{1b}'), "no terminal, no escape sequences");
    assert!(is_empty(temporary.path()), "something is left behind");
}

#[test]
fn the_tour_ends_well_in_english_and_leaves_nothing() {
    plays_in("en", "That was all.");
}

#[test]
fn the_tour_ends_well_in_french_and_leaves_nothing() {
    plays_in("fr", "Voilà.");
}

#[test]
fn a_tour_that_is_ended_takes_its_servers_and_its_folder_along() {
    let temporary = tempfile::tempdir().unwrap();
    let mut tour =
        demo(temporary.path(), "en").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tour.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("Two processes (")).expect("the servers start");
    let inside = line.split(['(', ')']).nth(1).unwrap();
    let servers: Vec<u32> = inside.split(", ").map(|id| id.parse().unwrap()).collect();
    assert_eq!(servers.len(), 2);
    assert!(servers.iter().all(|id| is_running(*id)), "{line}");
    signal("TERM", tour.id());
    // Its output is read to the end, so that it never waits for a reader.
    assert!(lines.all(|line| !line.contains("That was all.")));
    assert!(!tour.wait().unwrap().success());
    assert!(!servers.iter().any(|id| is_running(*id)), "a server is left behind");
    assert!(is_empty(temporary.path()), "the folder is left behind");
}

#[test]
fn a_folder_that_holds_something_is_not_kept_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "").unwrap();
    let refused = demo(folder.path(), "en").arg("--keep").arg(folder.path()).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not empty"));
}

#[test]
fn the_clinic_gives_a_link_to_each_desk_and_takes_everything_along_when_it_ends() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloque-demo"));
    command.args(["--lang", "en"]).env("TMPDIR", temporary.path());
    let mut clinic = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(clinic.stdout.take().unwrap()).lines().map(Result::unwrap);
    let links: Vec<String> = lines.filter(|line| line.contains("http://")).take(3).collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in &links {
        let rest = link.trim().strip_prefix("http://").unwrap();
        let (name, port) = rest.split('/').next().unwrap().rsplit_once(':').unwrap();
        assert!(name.ends_with(".localhost"));
        let port: u16 = port.parse().unwrap();
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "{link}");
    }
    signal("TERM", clinic.id());
    assert!(!clinic.wait().unwrap().success());
    assert!(is_empty(temporary.path()), "something is left behind");
}

fn signal(name: &str, process: u32) -> bool {
    let line = format!("kill -{name} {process} 2>&-");
    Command::new("sh").args(["-c", &line]).status().unwrap().success()
}

fn is_running(process: u32) -> bool {
    signal("0", process)
}
