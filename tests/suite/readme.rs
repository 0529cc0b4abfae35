//! The commands of README.md's section "A short session" work when pasted.
//!
//! | in a fenced block tagged `console` | means |
//! |---|---|
//! | `$ COMMAND` | is run by bash, in order, in one shell and one fresh folder, and has to exit with 0 |
//! | `$ COMMAND &` | goes on in the background until all is over; the next command waits for its first line |
//! | `# prints: TEXT` | the command before has printed this, on either stream |
//! | anything else | is for the reader |
//!
//! `127.0.0.1:PORT` is given a free port, the same one wherever that address stands. The three programs are on `PATH`.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::net::TcpListener;
use std::path::Path;

use colloque_tests::programs::Programs;

const SECTION: &str = "A short session";
const SAMPLE: &str = include_str!("readme/sample.md");
/// How long the first line of a program in the background may take, in seconds.
const PATIENCE_SECONDS: u32 = 60;

/// One command.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    prints: Vec<String>,
}

/// The commands of a section, by the convention above.
fn steps(document: &str, section: &str) -> Vec<Step> {
    let heading = format!("## {section}");
    assert!(document.lines().any(|line| line == heading), "README.md has no section `{heading}`");
    let lines = document.lines().skip_while(|line| *line != heading).skip(1);
    let mut steps: Vec<Step> = Vec::new();
    let mut fence = None;
    for line in lines.take_while(|line| !line.starts_with("## ")) {
        match (line.strip_prefix("```"), fence) {
            (Some(_), Some(_)) => fence = None,
            (Some(tag), None) => fence = Some(tag),
            (None, Some("console")) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    steps.push(Step { command: command.to_owned(), prints: Vec::new() });
                } else if let Some(text) = line.strip_prefix("# prints: ") {
                    let step = steps.last_mut().expect("a command before `# prints: `");
                    step.prints.push(text.to_owned());
                }
            }
            (None, _) => {}
        }
    }
    assert!(!steps.is_empty(), "section `{heading}` of README.md has no commands");
    steps
}

/// The text with a free port in the place of each port of this machine.
fn with_free_ports(text: &str) -> String {
    // Kept until all are chosen, so that no two are the same.
    let mut listeners = BTreeMap::new();
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (port, rest) = part.split_at(digits);
        if port.is_empty() {
            out.push_str(&format!("127.0.0.1:{rest}"));
            continue;
        }
        let listener = listeners.entry(port).or_insert_with(|| TcpListener::bind("127.0.0.1:0").unwrap());
        out.push_str(&format!("{}{rest}", listener.local_addr().unwrap()));
    }
    out
}

/// A script that runs the steps; what each says is in a file of its number.
fn script(steps: &[Step]) -> String {
    let mut script = String::from("set -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n");
    for (number, step) in steps.iter().enumerate() {
        let command = &step.command;
        let failed = format!("{{ echo {number} >.said/failed; exit 1; }}");
        script.push_str(&if command.ends_with('&') {
            format!(
                "mkfifo .said/{number}.first; exec 9<>.said/{number}.first\n{{ {command}\n}} >&9 2>.said/{number}\n\
                 read -r -t {PATIENCE_SECONDS} LINE <&9 || {failed}\necho \"$LINE\" >>.said/{number}\n"
            )
        } else {
            format!("{{ {command}\n}} >.said/{number} 2>&1 </dev/null || {failed}\n")
        });
    }
    script
}

/// Runs all steps of a section and checks what they print.
fn run(document: &str) {
    let steps = steps(&with_free_ports(document), SECTION);
    let programs = Programs::beside_this();
    let folder = programs.folder();
    std::fs::create_dir(folder.join(".said")).unwrap();
    programs.write(".said/script", script(&steps).as_bytes());
    let status = programs.command("bash", &[".said/script"]).status().expect("bash");
    let said = |number: &str| read_to_string(folder.join(".said").join(number)).unwrap_or_default();
    if let Ok(number) = said("failed").trim().parse::<usize>() {
        panic!("`{}` failed:\n{}", steps[number].command, said(&number.to_string()));
    }
    assert!(status.success(), "{status}");
    for (number, step) in steps.iter().enumerate() {
        let said = said(&number.to_string());
        for text in &step.prints {
            assert!(said.contains(text), "`{}` does not print `{text}` but:\n{said}", step.command);
        }
    }
}

#[test]
fn the_short_session_of_the_readme_works_as_it_is_written() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    run(&read_to_string(readme).expect("README.md"));
}

#[test]
fn commands_are_taken_from_console_blocks_of_the_section_only() {
    let steps = steps(SAMPLE, SECTION);
    let commands: Vec<_> = steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!(commands.len(), 4, "{commands:?}");
    assert_eq!(commands[0], "echo ready; read forever &");
    assert_eq!(steps[2].prints, ["127.0.0.1:", "kept"]);
    assert_eq!(steps[3].prints, ["other stream"]);
}

#[test]
fn commands_share_a_shell_and_a_folder_and_get_free_ports() {
    run(SAMPLE);
    let replaced = with_free_ports("a 127.0.0.1:1 b 127.0.0.1:2 c 127.0.0.1:1.");
    let addresses: Vec<_> = replaced.split(' ').filter(|word| word.starts_with("127")).collect();
    assert_eq!(addresses[0], addresses[2].trim_end_matches('.'));
    assert_ne!(addresses[0], addresses[1]);
}

#[test]
#[should_panic(expected = "`false` failed")]
fn a_command_that_fails_is_named() {
    run("## A short session\n```console\n$ true\n$ false\n```\n");
}

#[test]
#[should_panic(expected = "does not print `more`")]
fn a_text_that_is_not_printed_is_named() {
    run("## A short session\n```console\n$ echo less\n# prints: more\n```\n");
}

#[test]
#[should_panic(expected = "README.md has no section")]
fn a_readme_without_the_section_is_told_so() {
    run("# Title\n");
}
