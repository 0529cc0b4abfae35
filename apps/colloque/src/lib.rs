//! The client of Colloque on the command line, for professionals and patients.
//!
//! | for | see |
//! |---|---|
//! | the command line and its help | `arguments` |
//! | what each verb does | `verb` |
//! | the relay: reached or not, settled or waiting | `link` |
//! | what may be answered, told before typing | `answer` |
//! | lines for people, fields for programs | `render`, `json` |
//! | threads as documents, for people and programs | `export` |
//! | programs that may use the API of the desk | `integration` |
//! | the owner's own devices | `devices` |
//! | languages, errors | `words`, `failure`, `locales/*.ftl` |
//! | text of others, made harmless | `plain` |
//! | words of an emergency in what is about to be sent | `red_flags` |

mod answer;
mod arguments;
#[cfg(test)]
mod cast;
mod context;
mod desk;
mod devices;
mod disk;
mod document;
mod environment;
mod export;
mod failure;
mod histories;
mod integration;
mod json;
mod link;
mod mode;
mod moment;
mod occurrence;
mod output;
mod passphrase;
mod people;
mod pick;
mod picture;
mod plain;
mod qr;
mod red_flags;
mod render;
mod shutdown;
mod template;
mod text;
mod verb;
mod words;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal as _};
use std::process::ExitCode;

use arguments::Asked;
use context::{Context, Input};
use environment::Environment;
use failure::{Exit, Failure};
use output::Output;
use words::Words;

/// Runs one command of the client with these arguments, the program's name first, on the streams, environment and
/// clock of this process. Makes its own single-threaded runtime: not to be called from within one.
///
/// The exit code is 0 when it is done, 2 for what cannot be understood, 3 for what a rule or server refuses, 4 when the
/// relay cannot be reached and something waits, 1 for anything else.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let stdin = io::stdin();
    let is_terminal = stdin.is_terminal();
    let mut output = (io::stdout(), io::stderr());
    let output = Output::new(&mut output.0, &mut output.1);
    let exit = run_on(
        arguments.into_iter().collect(),
        Environment::of_process(),
        // Not held locked: a desk reads lines while it serves.
        &mut io::BufReader::new(stdin),
        is_terminal,
        output,
    );
    ExitCode::from(exit as u8)
}

fn run_on(
    arguments: Vec<OsString>,
    environment: Environment,
    input: &mut dyn BufRead,
    is_terminal: bool,
    mut output: Output<'_>,
) -> Exit {
    let language = arguments::language_asked(&arguments).unwrap_or_else(|| environment.language());
    let words = Words::new(language);
    let result = arguments::parsed(arguments, &words).and_then(|asked| match asked {
        Asked::Text(text) => output.line(&text).map(|()| Exit::Done),
        Asked::Verb(arguments) => {
            let input = Input { reader: input, is_terminal };
            Context::new(*arguments, environment, &words, input, &mut output).and_then(in_runtime)
        }
    });
    result.unwrap_or_else(|failure| {
        if !failure.is_silent() {
            output.remark(&failure.line(&words));
        }
        failure.exit()
    })
}

fn in_runtime(context: (arguments::Verb, Context<'_, '_>)) -> Result<Exit, Failure> {
    let (verb, mut context) = context;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::System)?;
    runtime.block_on(verb::act(verb, &mut context))
}

#[cfg(test)]
mod tests;
