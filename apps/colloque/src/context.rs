//! What every verb works with: options, words, streams, the profile.

use std::io::BufRead;
use std::path::PathBuf;

use colloque_client_core::connection::{Clock as _, SystemClock};
use colloque_client_core::{Client, Entropy, KeySource, Passphrase};
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use jiff::tz::TimeZone;
use rand_core::OsRng;

use crate::arguments::{Arguments, Verb};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::output::Output;
use crate::passphrase::{self, Asked};
use crate::people::People;
use crate::render::Renderer;
use crate::words::{Words, key};

/// Where text is read from when neither argument nor file gives it.
pub(crate) struct Input<'io> {
    pub(crate) reader: &'io mut dyn BufRead,
    /// Whether a person sits there, who is told what may be answered before typing.
    pub(crate) is_terminal: bool,
}

/// What every verb works with. `'streams` are those of the process, `'io` is this command's hold on them.
pub(crate) struct Context<'io, 'streams> {
    pub(crate) words: &'io Words,
    pub(crate) zone: TimeZone,
    pub(crate) input: Input<'io>,
    pub(crate) output: &'io mut Output<'streams>,
    pub(crate) profile: PathBuf,
    pub(crate) is_json: bool,
    pub(crate) is_offline: bool,
    passphrase_file: Option<PathBuf>,
}

impl<'io, 'streams> Context<'io, 'streams> {
    /// From the command line, and from the environment where that says nothing.
    ///
    /// # Errors
    ///
    /// `NoProfileFolder`.
    pub(crate) fn new(
        arguments: Arguments,
        environment: Environment,
        words: &'io Words,
        input: Input<'io>,
        output: &'io mut Output<'streams>,
    ) -> Result<(Verb, Self), Failure> {
        let profile = arguments.profile.map_or_else(|| environment.profile(), Ok)?;
        let context = Self {
            words,
            input,
            output,
            profile,
            is_json: arguments.json,
            is_offline: arguments.offline,
            passphrase_file: arguments.passphrase_file.or_else(|| environment.passphrase_file()),
            zone: environment.zone,
        };
        Ok((arguments.verb, context))
    }

    /// Opens the profile.
    ///
    /// # Errors
    ///
    /// As `passphrase::obtained`, and `Client` for whatever is wrong with the store.
    pub(crate) fn open(&self) -> Result<Client, Failure> {
        if !self.profile.is_dir() {
            // Before anyone is asked for a passphrase that opens nothing.
            return Err(Failure::Client(colloque_client_core::StoreError::Missing.into()));
        }
        let source = self.key_source(Asked::Once)?;
        Ok(Client::open(&self.profile, &source, entropy())?)
    }

    /// The passphrase of the profile, as what opens it.
    pub(crate) fn key_source(&self, asked: Asked) -> Result<KeySource, Failure> {
        self.passphrase(asked).map(KeySource::Passphrase)
    }

    /// The passphrase of the profile, asked for if no file holds it.
    pub(crate) fn passphrase(&self, asked: Asked) -> Result<Passphrase, Failure> {
        passphrase::obtained(self.passphrase_file.as_deref(), asked, self.words)
    }

    /// Whether a file holds the passphrase, so that nobody needs to be asked.
    pub(crate) const fn has_passphrase_file(&self) -> bool {
        self.passphrase_file.is_some()
    }

    /// Now, by the clock of the machine.
    pub(crate) fn now(&self) -> UnixSeconds {
        SystemClock.now()
    }

    /// What lines are made with.
    pub(crate) fn renderer<'a>(&'a self, people: &'a People) -> Renderer<'a> {
        Renderer { people, zone: &self.zone, words: self.words }
    }

    /// What a patient is to see wherever something is read or written.
    pub(crate) fn notice(&self, role: Role) -> Option<String> {
        (role == Role::Patient).then(|| self.words.say(key!("emergency"), &[]))
    }
}

/// The randomness of the operating system.
pub(crate) fn entropy() -> Entropy {
    Box::new(OsRng)
}
