//! The folder of the tour, the servers that run in it, and the commands that people type there.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::arguments::Language;
use crate::narrator::{Both, Narrator};
use crate::process::{Ran, Server, run};
use crate::{AUTHORITY, CLIENT, RELAY};

/// Who types a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Runs the authority and the relay.
    Operator,
    /// Dr Ana Verne.
    Verne,
    /// M. Basile Roux, patient.
    Roux,
    /// Mme Lina Morel, patient.
    Morel,
    /// A copy of Dr Verne's device.
    Copy,
}

impl Who {
    /// Names the prompt, the profile and the passphrase file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Operator => "admin",
            Self::Verne => "verne",
            Self::Roux => "roux",
            Self::Morel => "morel",
            Self::Copy => "copy",
        }
    }
}

/// Where everything is.
pub(crate) struct Stage {
    /// Tells what happens.
    pub(crate) narrator: Narrator,
    /// Every text and name that the relay is not to know.
    pub(crate) planted: Vec<String>,
    /// The servers. They go before the folder does.
    pub(crate) servers: Vec<Server>,
    program: PathBuf,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Stage {
    /// An empty stage, in a folder to keep or a temporary one.
    pub(crate) fn new(language: Language, keep: Option<&Path>) -> Result<Self> {
        let temporary = match keep {
            None => Some(TempDir::with_prefix("colloque-")?),
            Some(folder) => {
                fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
                let is_empty = fs::read_dir(folder)?.next().is_none();
                ensure!(is_empty, "{} is not empty: name a new folder for --keep", folder.display());
                None
            }
        };
        let folder = temporary.as_ref().map(TempDir::path).or(keep).context("no folder")?;
        Ok(Self {
            narrator: Narrator::new(language),
            planted: Vec::new(),
            servers: Vec::new(),
            program: std::env::current_exe()?,
            folder: folder.canonicalize()?,
            _temporary: temporary,
        })
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A text of the tour's language that the relay is not to know.
    pub(crate) fn plant(&mut self, text: Both<'_>) -> String {
        let text = self.narrator.pick(text).to_owned();
        self.planted.push(text.clone());
        text
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<()> {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(self.path(name))?;
        Ok(std::io::Write::write_all(&mut file, content.as_bytes())?)
    }

    /// The passphrase of a person's profile.
    pub(crate) fn passphrase(&self, who: Who) -> Result<String> {
        let content = fs::read_to_string(self.path(&format!("{}.passphrase", who.word())))?;
        Ok(content.lines().next().unwrap_or_default().to_owned())
    }

    /// Makes the profile of `to` a copy of the one of `from`, which no process uses at the time.
    pub(crate) fn copy_profile(&self, from: Who, to: Who) -> Result<()> {
        let (from, to) = (self.path(from.word()), self.path(to.word()));
        if to.exists() {
            fs::remove_dir_all(&to)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Types a command that has to succeed, shows it with its output, and returns that.
    pub(crate) async fn done(&self, who: Who, line: &[&str]) -> Result<String> {
        succeeded(line, self.typed(who, line, None).await?)
    }

    /// As [`Self::done`], with a file of the folder as standard input.
    pub(crate) async fn done_with(&self, who: Who, line: &[&str], file: &str) -> Result<String> {
        succeeded(line, self.typed(who, line, Some(file)).await?)
    }

    /// Types a command, as [`Self::done`], that has to be refused by this rule.
    pub(crate) async fn refused(&self, who: Who, line: &[&str], rule: &str) -> Result<()> {
        let ran = self.typed(who, line, None).await?;
        let line = line.join(" ");
        ensure!(ran.code == REFUSED, "`{line}` ended with {} and not as refused", ran.code);
        ensure!(ran.text.contains(&format!("({rule})")), "`{line}` was not refused by {rule}");
        Ok(())
    }

    async fn typed(&self, who: Who, line: &[&str], file: Option<&str>) -> Result<Ran> {
        self.narrator.command(who.word(), line, file)?;
        let input = file.map(|file| fs::read_to_string(self.path(file))).transpose()?;
        let ran = run(self.prepared(who, line)?, &input.unwrap_or_default()).await?;
        self.narrator.output(&ran.text)?;
        Ok(ran)
    }

    /// Runs a command without showing it, and returns what it printed.
    pub(crate) async fn quietly(&self, who: Who, line: &[&str]) -> Result<String> {
        succeeded(line, run(self.prepared(who, line)?, "").await?)
    }

    /// Starts a part that stays, without showing it, and returns its first line.
    pub(crate) async fn stay(&mut self, who: Who, line: &[&str], log: &str) -> Result<String> {
        let (server, first) = Server::start(self.prepared(who, line)?, &self.path(log)).await?;
        self.servers.push(server);
        Ok(first)
    }

    /// Runs a command without showing it, and reads the JSON that it prints.
    pub(crate) async fn json(&self, who: Who, line: &[&str]) -> Result<Value> {
        let line = [line, &["--json"]].concat();
        let text = self.quietly(who, &line).await?;
        serde_json::from_str(&text).with_context(|| format!("`{}` printed no JSON", line.join(" ")))
    }

    /// Starts a server, shows its command and first line, and returns that line.
    pub(crate) async fn serve(&mut self, line: &[&str], log: &str) -> Result<String> {
        let shown = [line, &["&"]].concat();
        self.narrator.command(Who::Operator.word(), &shown, None)?;
        let mut command = self.prepared(Who::Operator, line)?;
        // All that it can say, so that there is more to search.
        command.env("RUST_LOG", "debug");
        let (server, first) = Server::start(command, &self.path(log)).await?;
        self.narrator.output(&first)?;
        self.servers.push(server);
        Ok(first)
    }

    /// This program as one of its parts, in the folder, as this person.
    fn prepared(&self, who: Who, line: &[&str]) -> Result<Command> {
        let (name, rest) = line.split_first().context("an empty command")?;
        let part = match *name {
            "colloque-authority" => AUTHORITY,
            "colloque-relay" => RELAY,
            "colloque" => CLIENT,
            other => bail!("{other} is not a part"),
        };
        let mut command = Command::new(&self.program);
        let locale = format!("{}.UTF-8", self.narrator.language().word());
        command.arg(part).args(rest).current_dir(&self.folder).env("LC_ALL", locale);
        if who != Who::Operator {
            let passphrase_file = if who == Who::Copy { Who::Verne } else { who }.word();
            command
                .env("COLLOQUE_PROFILE", self.path(who.word()))
                .env("COLLOQUE_PASSPHRASE_FILE", self.path(&format!("{passphrase_file}.passphrase")));
        }
        Ok(command)
    }
}

/// The client's exit code for what a rule or server refuses.
const REFUSED: i32 = 3;

fn succeeded(line: &[&str], ran: Ran) -> Result<String> {
    ensure!(ran.code == 0, "`{}` ended with {}: {}", line.join(" "), ran.code, ran.text.trim());
    Ok(ran.text)
}
