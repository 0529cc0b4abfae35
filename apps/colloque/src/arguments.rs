//! The command line: its shape here, its words in the `.ftl` files, its mistakes as one line each.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::document::DocumentPlace;
use crate::export::Format;
use crate::failure::{Failure, with_id};
use crate::integration::Scope;
use crate::plain;
use crate::words::{Language, Words, key};

mod help;

#[cfg(test)]
mod tests;

/// The whole command line.
#[derive(Parser, Debug)]
#[command(
    name = "colloque",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) profile: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "fr|en", value_parser = language)]
    pub(crate) lang: Option<Language>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

fn language(text: &str) -> Result<Language, &'static str> {
    Language::ALL.into_iter().find(|language| language.word() == text).ok_or("fr|en")
}

fn format(text: &str) -> Result<Format, &'static str> {
    Format::of(text).ok_or("pdf|fhir")
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Enrol {
        invitation: Option<String>,
        #[arg(long, value_name = "FILE", conflicts_with = "invitation")]
        file: Option<PathBuf>,
        #[arg(long, conflicts_with_all = ["invitation", "file"])]
        resume: bool,
    },
    Invite {
        name: String,
        #[arg(long)]
        again: bool,
    },
    Colleagues,
    Whoami,
    Patients {
        #[command(subcommand)]
        change: Option<PatientsVerb>,
    },
    Open {
        #[arg(long, value_name = "PERSON", required = true)]
        patient: Vec<String>,
        #[arg(long, value_name = "MODE", default_value = "open", hide_default_value = true)]
        mode: String,
        #[command(flatten)]
        text: TextArguments,
    },
    Threads,
    Send {
        thread: String,
        #[command(flatten)]
        text: TextArguments,
        #[arg(long, value_name = "FILE")]
        attach: Vec<PathBuf>,
    },
    Save {
        thread: String,
        document: Option<DocumentPlace>,
        #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
        into: PathBuf,
    },
    Read {
        thread: String,
    },
    Export {
        thread: String,
        #[arg(long, value_name = "pdf|fhir", value_parser = format)]
        format: Format,
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[arg(long)]
        with_names: bool,
    },
    Watch,
    Mode {
        thread: String,
        mode: String,
    },
    Close {
        thread: String,
    },
    Reopen {
        thread: String,
        #[arg(default_value = "open", hide_default_value = true)]
        mode: String,
    },
    Continue {
        thread: String,
        #[command(flatten)]
        text: TextArguments,
    },
    Leave {
        thread: String,
    },
    Add {
        thread: String,
        person: String,
    },
    Remove {
        thread: String,
        person: String,
    },
    Block {
        person: String,
    },
    Unblock {
        person: String,
    },
    Members {
        thread: String,
    },
    Verify {
        person: String,
        #[arg(long, value_name = "TEXT")]
        scan: Option<String>,
        #[arg(long)]
        confirm: bool,
    },
    Integration {
        #[command(subcommand)]
        change: IntegrationVerb,
    },
    Device {
        #[command(subcommand)]
        change: DeviceVerb,
    },
    Desk {
        #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
        port: u16,
        #[arg(long, value_name = "MINUTES", default_value_t = 10, hide_default_value = true, value_parser = clap::value_parser!(u16).range(1..=720))]
        idle: u16,
        #[arg(long)]
        no_browser: bool,
    },
    Sync,
}

/// What `patients` can change.
#[derive(Subcommand, Debug)]
pub(crate) enum PatientsVerb {
    Name { account: String, petname: String },
}

/// What can be done about the owner's own devices.
#[derive(Subcommand, Debug)]
pub(crate) enum DeviceVerb {
    Offer {
        #[arg(long, value_name = "HOST:PORT")]
        relay: String,
    },
    Link {
        offer: Option<String>,
        #[arg(long, value_name = "FILE", conflicts_with = "offer")]
        file: Option<PathBuf>,
        #[arg(long, value_name = "FILE", conflicts_with_all = ["offer", "file"])]
        picture: Option<PathBuf>,
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    List,
    Unlink {
        device: String,
    },
    Give {
        device: String,
        #[arg(long, value_name = "DATE", conflicts_with = "thread")]
        since: Option<String>,
        #[arg(long, value_name = "THREAD")]
        thread: Vec<String>,
    },
    History,
    Stop {
        history: String,
    },
    Main {
        device: String,
    },
}

/// What can be done about integrations.
#[derive(Subcommand, Debug)]
pub(crate) enum IntegrationVerb {
    Add {
        name: String,
        #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',', value_parser = scope)]
        scope: Vec<Scope>,
    },
    List,
    Remove {
        name: String,
    },
}

fn scope(text: &str) -> Result<Scope, &'static str> {
    Scope::of(text).ok_or("read|write|export|events")
}

/// Where a message's text comes from.
#[derive(Args, Debug)]
pub(crate) struct TextArguments {
    pub(crate) text: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A verb.
    Verb(Box<Arguments>),
    /// A text that was asked for: help or version.
    Text(String),
}

/// Reads the command line.
///
/// # Errors
///
/// `Arguments`, with the line that says what is wrong with it.
pub(crate) fn parsed(arguments: Vec<OsString>, words: &Words) -> Result<Asked, Failure> {
    let command = help::worded(Arguments::command(), words);
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Asked::Text(error.render().to_string().trim_end().to_owned()));
        }
        Err(error) => return Err(Failure::Arguments(mistake(&error, words))),
    };
    let arguments = Arguments::from_arg_matches(&matches);
    arguments
        .map(|read| Asked::Verb(Box::new(read)))
        .map_err(|error| Failure::Arguments(mistake(&error, words)))
}

/// The language that `--lang` asks for, looked for before anything else is read: mistakes are told in it as well.
pub(crate) fn language_asked(arguments: &[OsString]) -> Option<Language> {
    let mut texts =
        arguments.iter().filter_map(|argument| argument.to_str()).take_while(|text| *text != "--");
    while let Some(text) = texts.next() {
        let value = match text.strip_prefix("--lang") {
            Some("") => texts.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(found) = value.and_then(|value| language(value).ok()) {
            return Some(found);
        }
    }
    None
}

/// One line for a mistake, whatever clap would say in several.
fn mistake(error: &clap::Error, words: &Words) -> String {
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(plain::name(text)),
        Some(ContextValue::Strings(texts)) => Some(plain::name(&texts.join(", "))),
        _ => None,
    };
    let argument = of(ContextKind::InvalidArg).unwrap_or_default();
    let text = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let verb = of(ContextKind::InvalidSubcommand).unwrap_or_default();
            words.say(key!("usage-verb"), &[("text", verb.into())])
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            words.say(key!("usage-no-verb"), &[])
        }
        ErrorKind::UnknownArgument => words.say(key!("usage-unknown"), &[("text", argument.into())]),
        ErrorKind::MissingRequiredArgument => words.say(key!("usage-missing"), &[("text", argument.into())]),
        ErrorKind::ArgumentConflict => words.say(key!("usage-conflict"), &[("text", argument.into())]),
        _ => words.say(key!("usage-value"), &[("text", argument.into())]),
    };
    with_id(text, "usage")
}
