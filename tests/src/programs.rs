//! The three programs as processes: run to their end, or kept running, each in one folder and one environment.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;
use tempfile::TempDir;

use crate::site::PATIENCE;
use crate::under::Under;

/// Names of the programs.
pub const NAMES: [&str; 3] = ["colloque-authority", "colloque-relay", "colloque"];

/// A fresh folder, and the programs on a `PATH` of their own.
pub struct Programs {
    folder: TempDir,
    bin: TempDir,
}

/// Runs one of the programs, if this executable is called by its name; its exit code.
pub fn run_as_called() -> Option<ExitCode> {
    let called = std::env::args_os().next().unwrap_or_default();
    colloque_client_core::store::start().expect("SQLite starts");
    match Path::new(&called).file_name().and_then(OsStr::to_str) {
        Some("colloque-authority") => Some(colloque_server::authority::cli::run(std::env::args_os())),
        Some("colloque-relay") => Some(colloque_server::relay::cli::run(std::env::args_os())),
        Some("colloque") => Some(colloque::run(std::env::args_os())),
        _ => None,
    }
}

/// What became of a process.
#[derive(Debug)]
pub struct Said {
    /// Its arguments.
    pub command: String,
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

/// A process that runs.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Programs {
    /// Links to the executable that is all of them, which stands beside this test or benchmark.
    pub fn beside_this() -> Self {
        let this = std::env::current_exe().expect("a path");
        Self::of(&this.ancestors().nth(2).expect("a folder").join("colloque-programs"))
    }

    /// Links to this very executable, which asks [`run_as_called`] first.
    pub fn of_this() -> Self {
        Self::of(&std::env::current_exe().expect("a path"))
    }

    fn of(executable: &Path) -> Self {
        let bin = TempDir::new().expect("a temporary folder");
        for name in NAMES {
            std::os::unix::fs::symlink(executable, bin.path().join(name)).expect("a link");
        }
        Self { folder: TempDir::new().expect("a temporary folder"), bin }
    }

    /// The folder that they run in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in that folder that nobody else may read.
    pub fn write(&self, name: &str, content: &[u8]) {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        let path = self.folder().join(name);
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
        file.expect("a new file").write_all(content).expect("a file that can be written");
    }

    /// A command in that folder, which knows nothing of the environment of the test but where programs are.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", format!("{}:{path}", self.bin.path().display()))
            .env("HOME", self.folder())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            // That no backtrace is shown means something only where one would be.
            .env("RUST_BACKTRACE", "1");
        command
    }

    /// Runs one of them to its end.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Said {
        self.run_with_input(program, arguments, b"")
    }

    /// As [`Self::run`], with this on standard input.
    pub fn run_with_input(&self, program: &str, arguments: &[&str], input: &[u8]) -> Said {
        self.run_to_end(&mut self.named(program, arguments), input)
    }

    /// As [`Self::run`], with this done to it.
    pub fn run_under(&self, under: &Under, program: &str, arguments: &[&str]) -> Said {
        self.run_to_end(&mut self.named_under(under, program, arguments), b"")
    }

    /// One of them, found by its name.
    fn named(&self, program: &str, arguments: &[&str]) -> Command {
        self.command(&self.bin.path().join(program).to_string_lossy(), arguments)
    }

    fn named_under(&self, under: &Under, program: &str, arguments: &[&str]) -> Command {
        let executable = self.bin.path().join(program);
        self.command(under.program(), &under.arguments(&executable.to_string_lossy(), arguments))
    }

    fn run_to_end(&self, command: &mut Command, input: &[u8]) -> Said {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // One that does not read its input may be gone by now.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        let output = child.wait_with_output().expect("the program ends");
        Said {
            command: format!("{command:?}"),
            code: output.status.code(),
            output: String::from_utf8(output.stdout).expect("text"),
            errors: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Starts one of them, with everything logged to a file, and leaves it running.
    pub fn start(&self, program: &str, arguments: &[&str]) -> Running {
        self.start_logging(program, self.named(program, arguments))
    }

    /// As [`Self::start`], with this done to it.
    pub fn start_under(&self, under: &Under, program: &str, arguments: &[&str]) -> Running {
        self.start_logging(program, self.named_under(under, program, arguments))
    }

    fn start_logging(&self, program: &str, mut command: Command) -> Running {
        let log = self.folder().join(format!("{program}-{}.log", uniquely()));
        let errors = File::create(&log).expect("a log file");
        let command =
            command.env("RUST_LOG", "trace").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // Until the process ends, or nobody listens any more.
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Running { child, lines, log }
    }
}

/// A number that no other call in this process gives.
fn uniquely() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

impl Said {
    /// That it was done.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub fn json(self) -> Value {
        let said = self.done();
        serde_json::from_str(&said.output).unwrap_or_else(|error| panic!("{error}: {said:#?}"))
    }

    /// That it failed with this code and one line on standard error, nothing else, that holds this text.
    #[track_caller]
    pub fn failed(&self, code: i32, text: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert_eq!(self.errors.lines().count(), 1, "{self:#?}");
        assert!(self.errors.contains(text), "{self:#?}");
        assert_eq!(self.output, "", "{self:#?}");
        for trace in ["panicked", "backtrace", "src/"] {
            assert!(!self.errors.contains(trace), "{self:#?}");
        }
    }
}

impl Running {
    /// The next line on standard output.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line in time; log: {}", self.log()))
    }

    /// Enters a line.
    pub fn enters(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        input.write_all(format!("{line}\n").as_bytes()).expect("the program reads");
    }

    /// The first line from here on that holds this text.
    pub fn line_with(&self, text: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Everything on standard error so far.
    pub fn log(&self) -> String {
        let mut text = String::new();
        File::open(&self.log).and_then(|mut log| log.read_to_string(&mut text)).expect("a log");
        text
    }

    /// Waits until this is on standard error.
    pub fn logs(&self, text: &str) {
        let begun_at = tokio::time::Instant::now();
        while !self.log().contains(text) {
            assert!(begun_at.elapsed() < PATIENCE, "not logged in time: {text}");
            std::thread::yield_now();
        }
    }

    /// Waits until it ends by itself; the exit code, and everything on standard error.
    pub fn ends(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("the program ends").code();
        (code, self.log())
    }

    /// Sends a signal by its name, and waits for the end; the exit code.
    pub fn end_by(mut self, signal: &str) -> Option<i32> {
        let process = self.child.id().to_string();
        let sent = Command::new("bash").args(["-c", &format!("kill -{signal} {process}")]).status();
        assert!(sent.expect("bash").success());
        self.child.wait().expect("the program ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
