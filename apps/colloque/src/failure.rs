//! Everything that ends a command otherwise than done: one line for the person, one id and one exit code for scripts.

use std::io;
use std::path::{Path, PathBuf};

use colloque_client_core::{Error, Misuse, ServerFault, StoreError};
use colloque_schemas::limits::TEXT_MAX_BYTES;
use colloque_schemas::refusal::Refusal;

use crate::plain;
use crate::words::{Key, Words, key};

#[cfg(test)]
mod tests;

/// The exit codes, as the manual lists them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// It is done: at the relay, where that is what was asked.
    Done = 0,
    /// Something else went wrong.
    Other = 1,
    /// What was asked cannot be understood or does not exist.
    Usage = 2,
    /// A rule or a server refuses it.
    Refused = 3,
    /// The server cannot be reached; what is on this device waits.
    Waiting = 4,
}

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments are not understood: the whole line, made when they were read.
    Arguments(String),
    /// A whole line that says which thread was refused what, with the id of the reason.
    Refused(String),
    /// client-core's.
    Client(Error),
    /// Neither `--profile` nor `COLLOQUE_PROFILE`, and no home folder.
    NoProfileFolder,
    /// The passphrase is empty.
    PassphraseEmpty,
    /// The two passphrases differ.
    PassphrasesDiffer,
    /// The passphrase has fewer characters than this.
    PassphraseShort(usize),
    /// There is no terminal to ask at, and no file was named.
    PassphraseUnasked,
    /// Others may read the file of the passphrase.
    PassphraseFileShared(PathBuf),
    /// A file cannot be read.
    FileUnreadable(PathBuf, io::Error),
    /// A picture of this name cannot be decoded here, and so not be cleaned.
    PictureUnclean(String),
    /// A file cannot be written.
    FileUnwritable(PathBuf, io::Error),
    /// A document cannot be brought here, for a reason that is a whole line.
    DocumentLost(String),
    /// What was read is not UTF-8.
    NotText,
    /// The text is not a whole invitation.
    NotAnInvitation,
    /// The text is not a whole offer of a new device.
    NotAnOffer,
    /// Not the digits that a new device shows.
    NotACode,
    /// No code can be read in a picture.
    PictureWithoutCode,
    /// A linking of a device ended without one, for the reason with this id.
    LinkEnded(&'static str),
    /// No device of the owner of this name or key.
    UnknownDevice(String),
    /// Several devices of this name or key.
    AmbiguousDevice(String),
    /// No conversations of this number are on their way between devices.
    UnknownHistory(String),
    /// Not a day.
    Day(String),
    /// Nothing to send.
    TextEmpty,
    /// A template without a name or text, with too long a one, or one too many.
    Template,
    /// More than one message holds.
    TextTooLong,
    /// No person of this name or account.
    UnknownPerson(String),
    /// The person's account key was never seen: there is nothing to compare.
    KeyUnseen,
    /// Several persons of this name or account.
    AmbiguousPerson(String),
    /// Not an account id.
    NotAnAccount(String),
    /// Nothing that can be a name.
    Petname,
    /// No thread of this row or id.
    UnknownThread(String),
    /// Several threads whose id begins so.
    AmbiguousThread(String),
    /// Not a mode.
    Mode(String),
    /// Not a local date and time.
    Deadline(String),
    /// The safety number that was scanned is not the one of this account and one's own.
    SafetyNumberDiffers,
    /// A file is not written over.
    FileExists(PathBuf),
    /// This build makes no PDF.
    PdfAbsent,
    /// Nothing that an integration can be called: empty, too long, unprintable, or another one's name.
    IntegrationName(String),
    /// There are as many integrations as there may be.
    IntegrationCount(usize),
    /// An integration that may do nothing.
    IntegrationScopes,
    /// No integration of this name.
    UnknownIntegration(String),
    /// Results cannot be written.
    Output(io::Error),
    /// The operating system refuses what the program needs to run.
    System(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Client(Error::Refused(refusal))
    }
}

impl Failure {
    /// What the process ends with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Client(error) => exit_of(error),
            Self::Refused(_) | Self::DocumentLost(_) | Self::LinkEnded(_) | Self::SafetyNumberDiffers => {
                Exit::Refused
            }
            Self::Output(_)
            | Self::System(_)
            | Self::FileUnreadable(..)
            | Self::FileExists(_)
            | Self::FileUnwritable(..)
            | Self::PdfAbsent => Exit::Other,
            Self::Arguments(_)
            | Self::NoProfileFolder
            | Self::PassphraseEmpty
            | Self::PassphrasesDiffer
            | Self::PassphraseShort(_)
            | Self::PassphraseUnasked
            | Self::PassphraseFileShared(_)
            | Self::PictureUnclean(_)
            | Self::NotText
            | Self::NotAnInvitation
            | Self::NotAnOffer
            | Self::NotACode
            | Self::PictureWithoutCode
            | Self::UnknownDevice(_)
            | Self::AmbiguousDevice(_)
            | Self::UnknownHistory(_)
            | Self::Day(_)
            | Self::TextEmpty
            | Self::TextTooLong
            | Self::Template
            | Self::UnknownPerson(_)
            | Self::KeyUnseen
            | Self::AmbiguousPerson(_)
            | Self::NotAnAccount(_)
            | Self::Petname
            | Self::UnknownThread(_)
            | Self::AmbiguousThread(_)
            | Self::Mode(_)
            | Self::IntegrationName(_)
            | Self::IntegrationCount(_)
            | Self::IntegrationScopes
            | Self::UnknownIntegration(_)
            | Self::Deadline(_) => Exit::Usage,
        }
    }

    /// Whether there is nobody left to tell: the reader of the results has gone.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The line for the person: what is wrong, what to do, and the id.
    pub(crate) fn line(&self, words: &Words) -> String {
        let say = |key, id: &str| with_id(words.say(key, &[]), id);
        let about =
            |key, id: &str, text: &str| with_id(words.say(key, &[("text", plain::name(text).into())]), id);
        match self {
            Self::Arguments(line) | Self::Refused(line) | Self::DocumentLost(line) => line.clone(),
            Self::Client(error) => client_line(error, words),
            Self::NoProfileFolder => say(key!("error-no-profile-folder"), "no-profile-folder"),
            Self::PassphraseEmpty => say(key!("error-passphrase-empty"), "passphrase-empty"),
            Self::PassphrasesDiffer => say(key!("error-passphrases-differ"), "passphrases-differ"),
            Self::PassphraseShort(least) => {
                let line = words.say(key!("error-passphrase-short"), &[("count", (*least).into())]);
                with_id(line, "passphrase-short")
            }
            Self::PassphraseUnasked => say(key!("error-passphrase-unasked"), "passphrase-unasked"),
            Self::PassphraseFileShared(path) => {
                about(key!("error-passphrase-file-shared"), "passphrase-file-shared", &path.to_string_lossy())
            }
            Self::FileUnreadable(path, error) => {
                with_id(file_line(key!("error-file-unreadable"), path, error, words), "file-unreadable")
            }
            Self::FileUnwritable(path, error) => {
                with_id(file_line(key!("error-file-unwritable"), path, error, words), "file-unwritable")
            }
            Self::PictureUnclean(name) => about(key!("error-picture-unclean"), "picture-unclean", name),
            Self::NotText => say(key!("error-not-text"), "not-text"),
            Self::NotAnInvitation => say(key!("error-not-an-invitation"), "not-an-invitation"),
            Self::NotAnOffer => say(key!("error-not-an-offer"), "not-an-offer"),
            Self::NotACode => say(key!("error-not-a-code"), "not-a-code"),
            Self::PictureWithoutCode => say(key!("desk-picture-without-code"), "picture-without-code"),
            Self::LinkEnded(reason) => words.reason(reason),
            Self::UnknownDevice(text) => about(key!("error-unknown-device"), "unknown-device", text),
            Self::UnknownHistory(text) => about(key!("error-unknown-history"), "unknown-history", text),
            Self::Day(text) => about(key!("error-day"), "day", text),
            Self::AmbiguousDevice(text) => about(key!("error-ambiguous-device"), "ambiguous-device", text),
            Self::TextEmpty => say(key!("error-text-empty"), "text-empty"),
            Self::TextTooLong => too_long(words),
            Self::Template => say(key!("error-template"), "template"),
            Self::UnknownPerson(text) => about(key!("error-unknown-person"), "unknown-person", text),
            Self::KeyUnseen => say(key!("error-key-unseen"), "key-unseen"),
            Self::AmbiguousPerson(text) => about(key!("error-ambiguous-person"), "ambiguous-person", text),
            Self::NotAnAccount(text) => about(key!("error-not-an-account"), "not-an-account", text),
            Self::Petname => say(key!("error-petname"), "petname"),
            Self::UnknownThread(text) => about(key!("error-unknown-thread"), "unknown-thread", text),
            Self::AmbiguousThread(text) => about(key!("error-ambiguous-thread"), "ambiguous-thread", text),
            Self::Mode(text) => about(key!("error-mode"), "mode", text),
            Self::Deadline(text) => about(key!("error-deadline"), "deadline", text),
            Self::SafetyNumberDiffers => say(key!("error-safety-number"), "safety-number-differs"),
            Self::FileExists(path) => {
                about(key!("error-file-exists"), "file-exists", &path.to_string_lossy())
            }
            Self::PdfAbsent => say(key!("error-pdf-absent"), "pdf-absent"),
            Self::IntegrationName(text) => about(key!("error-integration-name"), "integration-name", text),
            Self::IntegrationCount(most) => {
                let line = words.say(key!("error-integration-count"), &[("count", (*most).into())]);
                with_id(line, "integration-count")
            }
            Self::IntegrationScopes => say(key!("error-integration-scopes"), "integration-scopes"),
            Self::UnknownIntegration(text) => {
                about(key!("error-unknown-integration"), "unknown-integration", text)
            }
            Self::Output(error) => about(key!("error-output"), "output", &error.to_string()),
            Self::System(error) => about(key!("error-system"), "system", &error.to_string()),
        }
    }
}

/// A sentence with the id that scripts and support know it by.
pub(crate) fn with_id(text: String, id: &str) -> String {
    format!("{text} ({id})")
}

fn file_line(key: Key, path: &Path, error: &io::Error, words: &Words) -> String {
    let (path, reason) = (plain::name(&path.to_string_lossy()), plain::name(&error.to_string()));
    words.say(key, &[("text", path.into()), ("reason", reason.into())])
}

fn too_long(words: &Words) -> String {
    let max = TEXT_MAX_BYTES / 1024;
    with_id(words.say(key!("error-text-too-long"), &[("kibibytes", max.into())]), "text-too-long")
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Misuse(
            Misuse::AccountKeyChanged
            | Misuse::ThreadInactive
            | Misuse::AlreadyActivated
            | Misuse::NotPrimary
            | Misuse::PrimaryMoves
            | Misuse::HistoryGoesOn
            | Misuse::NoLinking
            | Misuse::TooManyDevices,
        ) => Exit::Refused,
        Error::Misuse(Misuse::NotEnrolled | Misuse::AlreadyEnrolled) => Exit::Other,
        Error::Misuse(_) => Exit::Usage,
        Error::Denied(_) | Error::Refused(_) | Error::Link(_) => Exit::Refused,
        Error::Server(ServerFault::Unreachable(_) | ServerFault::Disconnected) => Exit::Waiting,
        _ => Exit::Other,
    }
}

/// The line of an error of client-core.
pub(crate) fn client_line(error: &Error, words: &Words) -> String {
    match error {
        Error::Denied(denied) => words.rule(denied.rule),
        Error::Refused(refusal) => words.refusal(refusal),
        Error::Misuse(misuse) => misuse_line(*misuse, error.id(), words),
        Error::Server(fault) => server_line(fault, error.id(), words),
        Error::Store(fault) => store_line(fault, words),
        Error::Peer(fault) => words.reason(fault.id()),
        Error::Link(fault) => words.reason(fault.id()),
        Error::Bug(what) => {
            let line = words.say(key!("error-bug"), &[("text", plain::name(what).into())]);
            with_id(line, error.id())
        }
        _ => with_id(words.say(key!("error-other"), &[]), error.id()),
    }
}

fn misuse_line(misuse: Misuse, id: &str, words: &Words) -> String {
    let key = match misuse {
        Misuse::UnknownThread => key!("misuse-unknown-thread"),
        Misuse::UnknownAccount => key!("misuse-unknown-account"),
        Misuse::NotEnrolled => key!("misuse-not-enrolled"),
        Misuse::AlreadyEnrolled => key!("misuse-already-enrolled"),
        Misuse::TextLength => return too_long(words),
        Misuse::PatientCount => key!("misuse-patient-count"),
        Misuse::QueryLength => key!("misuse-query-length"),
        Misuse::AppDataLength => key!("misuse-app-data-length"),
        Misuse::ThreadInactive => key!("misuse-thread-inactive"),
        Misuse::NotBlockable => key!("misuse-not-blockable"),
        Misuse::AccountKeyChanged => key!("misuse-account-key-changed"),
        Misuse::UnknownDocument => key!("misuse-unknown-document"),
        Misuse::DocumentCount => key!("misuse-document-count"),
        Misuse::DocumentTooLarge => key!("misuse-document-too-large"),
        Misuse::DocumentNotHere => key!("misuse-document-not-here"),
        Misuse::DocumentUnsent => key!("misuse-document-unsent"),
        Misuse::SourceUnreadable => key!("misuse-source-unreadable"),
        Misuse::AlreadyActivated => key!("misuse-already-activated"),
        Misuse::NotPrimary => key!("misuse-not-primary"),
        Misuse::PrimaryMoves => key!("misuse-primary-moves"),
        Misuse::UnknownHistory => key!("misuse-unknown-history"),
        Misuse::HistoryGoesOn => key!("misuse-history-goes-on"),
        Misuse::NoLinking => key!("misuse-no-linking"),
        Misuse::TooManyDevices => key!("misuse-too-many-devices"),
        Misuse::UnknownDevice => key!("misuse-unknown-device"),
        Misuse::RelayAddress => key!("misuse-relay-address"),
        _ => key!("error-other"),
    };
    with_id(words.say(key, &[]), id)
}

fn server_line(fault: &ServerFault, id: &str, words: &Words) -> String {
    let text = match fault {
        ServerFault::Protocol => words.say(key!("server-protocol"), &[]),
        ServerFault::Version(version) => words.say(key!("server-version"), &[("version", (*version).into())]),
        ServerFault::WrongKey => words.say(key!("server-key"), &[]),
        ServerFault::Unreachable(address) => {
            words.say(key!("server-unreachable"), &[("address", plain::name(address).into())])
        }
        ServerFault::Disconnected => words.say(key!("server-disconnected"), &[]),
        ServerFault::WrongAccount => words.say(key!("server-account"), &[]),
        ServerFault::Certificate(reason) => {
            words.say(key!("server-certificate"), &[("reason", reason.id().into())])
        }
        _ => words.say(key!("error-other"), &[]),
    };
    with_id(text, id)
}

fn store_line(fault: &StoreError, words: &Words) -> String {
    let say = |key, id: &str| with_id(words.say(key, &[]), id);
    match fault {
        StoreError::Missing => say(key!("store-missing"), "profile-missing"),
        StoreError::AlreadyExists => say(key!("store-already-exists"), "profile-exists"),
        StoreError::WrongPassphrase | StoreError::WrongKey => {
            say(key!("store-wrong-passphrase"), "wrong-passphrase")
        }
        StoreError::InUse => say(key!("store-in-use"), "profile-in-use"),
        StoreError::Corrupt(_) => say(key!("store-corrupt"), "profile-damaged"),
        StoreError::NewerVersion { .. } => say(key!("store-newer"), "profile-newer"),
        StoreError::DiskFull => say(key!("store-disk-full"), "disk-full"),
        StoreError::Io(kind) => {
            let line = words.say(key!("store-unreachable"), &[("reason", kind.to_string().into())]);
            with_id(line, "profile-unreachable")
        }
        _ => say(key!("store-other"), "store"),
    }
}
