//! What a program is started under: strace, by which calls of the system fail, take long or are written down, or a limit.

use std::path::Path;
use std::process::Command;

use crate::required;

/// What is done to one program.
pub struct Under {
    program: &'static str,
    arguments: Vec<String>,
}

impl Under {
    /// Whether strace is there and may be used; says why not, unless it is required.
    pub fn strace_is_there() -> bool {
        let tried =
            Command::new("strace").args(["-f", "-qq", "--seccomp-bpf", "-e", "trace=none", "true"]).output();
        let tried = tried.map_err(|error| format!("strace: {error}")).and_then(|tried| {
            let errors = String::from_utf8_lossy(&tried.stderr).into_owned();
            tried.status.success().then_some(()).ok_or_else(|| format!("strace: {errors}"))
        });
        required::unless_absent("strace", tried).is_some()
    }

    /// Calls of this name on this file fail with this error: those of these numbers, counted by each thread from 1, as
    /// `3`, `3..5` or `3+`.
    pub fn failing(call: &str, file: &Path, error: &str, which: &str) -> Self {
        Self::injecting(call, file, &format!("error={error}:when={which}"))
    }

    /// Calls of this name on this file take so much longer.
    pub fn slowing(call: &str, file: &Path, milliseconds: u32) -> Self {
        Self::injecting(call, file, &format!("delay_enter={}", milliseconds * 1000))
    }

    fn injecting(call: &str, file: &Path, what: &str) -> Self {
        let file = file.to_str().expect("a path in text");
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{what}"));
        Self::new(&["-o", "/dev/null", "-P", file, "-e", &trace, "-e", &inject])
    }

    /// Writes down in this file what [`crate::power`] has to know. Syncs are slow, so that most of the time something is
    /// not synced.
    pub fn noting(log: &Path) -> Self {
        let log = log.to_str().expect("a path in text");
        let slowly = "inject=fsync,fdatasync:delay_enter=200000";
        Self::new(&["-o", log, "-y", "-s", "0", "-e", "trace=pwrite64,fsync,fdatasync", "-e", slowly])
    }

    /// As a grandchild, so that the process that was started is the program itself.
    fn new(arguments: &[&str]) -> Self {
        let all = ["-D", "-f", "-qq", "--seccomp-bpf"].iter().chain(arguments);
        Self { program: "strace", arguments: all.map(|argument| (*argument).to_owned()).collect() }
    }

    /// No more open files and sockets than this.
    pub fn files(limit: u32) -> Self {
        Self { program: "prlimit", arguments: vec![format!("--nofile={limit}:{limit}")] }
    }

    /// What starts the other program.
    pub const fn program(&self) -> &'static str {
        self.program
    }

    /// Its arguments, and behind them the other program and its own.
    pub fn arguments<'a>(&'a self, program: &'a str, arguments: &'a [&str]) -> Vec<&'a str> {
        self.arguments.iter().map(String::as_str).chain([program]).chain(arguments.iter().copied()).collect()
    }
}
