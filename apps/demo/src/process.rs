//! Processes: commands that end, servers that stay. None outlives this program: dropped is killed.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// For a command or the start of a server; far more than any of them takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// For a server that was asked to stop.
const STOPPING: Duration = Duration::from_secs(20);

/// What a command did.
pub(crate) struct Ran {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it printed, results and remarks in the order in which a terminal shows them.
    pub(crate) text: String,
}

/// Runs a command to its end, with this as its standard input.
pub(crate) async fn run(mut command: Command, input: &str) -> Result<Ran> {
    let (mut reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer).kill_on_drop(true);
    let mut child = command.spawn().context("a process cannot be started")?;
    // Its copies of the pipe would keep the reader waiting.
    drop(command);
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map(|_| bytes)
    });
    if let Some(mut stdin) = child.stdin.take() {
        // A command that wants no input may end before it is written.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let status = timeout(PATIENCE, child.wait()).await.context("a command does not end")??;
    let text = String::from_utf8(reading.await??).context("a command printed no text")?;
    Ok(Ran { code: status.code().unwrap_or(-1), text })
}

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    // Kept open: a server that prints to a closed pipe fails.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server, its log in this file, and waits for the line that says where it listens.
    pub(crate) async fn start(mut command: Command, log: &Path) -> Result<(Self, String)> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?).kill_on_drop(true);
        let mut child = command.spawn().context("a server cannot be started")?;
        let output = child.stdout.take().context("a server without output")?;
        let mut lines = BufReader::new(output).lines();
        let first = timeout(PATIENCE, lines.next_line()).await.context("a server does not start")??;
        let Some(line) = first else {
            bail!("a server ended at its start: {}", std::fs::read_to_string(log)?.trim());
        };
        Ok((Self { child, _output: lines }, line))
    }

    /// Its process.
    pub(crate) fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it at once. Waits until it is gone, so that nothing writes to its folder any more.
    pub(crate) async fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }

    /// Asks it to end, as an operator does, and returns its exit code.
    pub(crate) async fn stop(mut self) -> Result<i32> {
        let process = self.child.id().context("a server has ended before it was asked to")?;
        // Sending a signal takes unsafe code or a shell.
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {process}")]).status().await?;
        if !asked.success() {
            bail!("SIGTERM cannot be sent");
        }
        let status = timeout(STOPPING, self.child.wait()).await.context("a server does not stop")??;
        Ok(status.code().unwrap_or(-1))
    }
}
