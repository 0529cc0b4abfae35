use colloque_client_core::LinkError;
use colloque_client_core::store::Damage;
use colloque_schemas::id::Seq;
use colloque_schemas::linking::{GrantFault, LinkFault};
use colloque_schemas::refusal::{RefusalCode, Retry};
use colloque_schemas::rule::{Denied, Rule};

use super::*;
use crate::plain::is_deceptive;
use crate::words::Language;

fn client(error: impl Into<Error>) -> Failure {
    Failure::Client(error.into())
}

fn text() -> String {
    "it\u{1b}[2J".to_owned()
}

/// Those of devices.
fn of_devices() -> Vec<(Failure, &'static str, Exit)> {
    vec![
        (client(Misuse::NoLinking), "no-linking", Exit::Refused),
        (client(Misuse::TooManyDevices), "too-many-devices", Exit::Refused),
        (client(Misuse::UnknownDevice), "unknown-device", Exit::Usage),
        (client(Misuse::RelayAddress), "relay-address", Exit::Usage),
        (client(LinkError::from(LinkFault::CodeDiffers)), "link-code-differs", Exit::Refused),
        (client(LinkError::from(GrantFault::Unlisted)), "grant-unlisted", Exit::Refused),
        (Failure::LinkEnded("link-other-nonce"), "link-other-nonce", Exit::Refused),
        (Failure::LinkEnded("link-over"), "link-over", Exit::Refused),
        (Refusal::from(Denied::from(Rule::DevicesAreListed)).into(), "R25", Exit::Refused),
        (Failure::NotAnOffer, "not-an-offer", Exit::Usage),
        (Failure::NotACode, "not-a-code", Exit::Usage),
        (Failure::PictureWithoutCode, "picture-without-code", Exit::Usage),
        (Failure::UnknownDevice(text()), "unknown-device", Exit::Usage),
        (Failure::AmbiguousDevice(text()), "ambiguous-device", Exit::Usage),
    ]
}

/// Each other failure with its id and exit code.
fn all() -> Vec<(Failure, &'static str, Exit)> {
    let unreadable = || io::Error::from(io::ErrorKind::PermissionDenied);
    vec![
        (client(StoreError::Missing), "profile-missing", Exit::Other),
        (client(StoreError::AlreadyExists), "profile-exists", Exit::Other),
        (client(StoreError::WrongPassphrase), "wrong-passphrase", Exit::Other),
        (client(StoreError::InUse), "profile-in-use", Exit::Other),
        (client(StoreError::Corrupt(Damage::Row)), "profile-damaged", Exit::Other),
        (client(StoreError::DiskFull), "disk-full", Exit::Other),
        (client(StoreError::NewerVersion { found: 2, supported: 1 }), "profile-newer", Exit::Other),
        (client(StoreError::Io(io::ErrorKind::PermissionDenied)), "profile-unreachable", Exit::Other),
        (client(StoreError::UnitLost), "store", Exit::Other),
        (client(ServerFault::Unreachable("host:1".to_owned())), "unreachable", Exit::Waiting),
        (client(ServerFault::Disconnected), "disconnected", Exit::Waiting),
        (client(ServerFault::WrongKey), "server-key", Exit::Other),
        (client(ServerFault::WrongAccount), "server-account", Exit::Other),
        (client(ServerFault::Version(2)), "server-version", Exit::Other),
        (client(ServerFault::Protocol), "server-protocol", Exit::Other),
        (client(Misuse::UnknownThread), "unknown-thread", Exit::Usage),
        (client(Misuse::UnknownAccount), "unknown-account", Exit::Usage),
        (client(Misuse::NotEnrolled), "not-enrolled", Exit::Other),
        (client(Misuse::AlreadyEnrolled), "already-enrolled", Exit::Other),
        (client(Misuse::TextLength), "text-too-long", Exit::Usage),
        (client(Misuse::PatientCount), "patient-count", Exit::Usage),
        (client(Misuse::ThreadInactive), "thread-inactive", Exit::Refused),
        (client(Misuse::AccountKeyChanged), "account-key-changed", Exit::Refused),
        (client(Misuse::AlreadyActivated), "already-activated", Exit::Refused),
        (client(Misuse::NotPrimary), "not-primary", Exit::Refused),
        (client(Denied::from(Rule::OnlyProfessionalsOpen)), "R01", Exit::Refused),
        (Refusal::never(RefusalCode::CodeRefused).into(), "code-refused", Exit::Refused),
        (Refusal::from(Denied::from(Rule::OneReplyOnly)).into(), "R04", Exit::Refused),
        (Failure::Client(Error::Bug("of ours")), "bug", Exit::Other),
        (Failure::NoProfileFolder, "no-profile-folder", Exit::Usage),
        (Failure::PassphraseEmpty, "passphrase-empty", Exit::Usage),
        (Failure::PassphrasesDiffer, "passphrases-differ", Exit::Usage),
        (Failure::PassphraseUnasked, "passphrase-unasked", Exit::Usage),
        (Failure::PassphraseFileShared(text().into()), "passphrase-file-shared", Exit::Usage),
        (Failure::FileUnreadable(text().into(), unreadable()), "file-unreadable", Exit::Other),
        (Failure::NotText, "not-text", Exit::Usage),
        (Failure::NotAnInvitation, "not-an-invitation", Exit::Usage),
        (Failure::TextEmpty, "text-empty", Exit::Usage),
        (Failure::TextTooLong, "text-too-long", Exit::Usage),
        (Failure::Template, "template", Exit::Usage),
        (Failure::UnknownPerson(text()), "unknown-person", Exit::Usage),
        (Failure::KeyUnseen, "key-unseen", Exit::Usage),
        (Failure::AmbiguousPerson(text()), "ambiguous-person", Exit::Usage),
        (Failure::NotAnAccount(text()), "not-an-account", Exit::Usage),
        (Failure::Petname, "petname", Exit::Usage),
        (Failure::UnknownThread(text()), "unknown-thread", Exit::Usage),
        (Failure::AmbiguousThread(text()), "ambiguous-thread", Exit::Usage),
        (Failure::Mode(text()), "mode", Exit::Usage),
        (Failure::Deadline(text()), "deadline", Exit::Usage),
        (Failure::SafetyNumberDiffers, "safety-number-differs", Exit::Refused),
        (Failure::FileExists(text().into()), "file-exists", Exit::Other),
        (Failure::FileUnwritable(text().into(), unreadable()), "file-unwritable", Exit::Other),
        (Failure::PdfAbsent, "pdf-absent", Exit::Other),
        (Failure::IntegrationName(text()), "integration-name", Exit::Usage),
        (Failure::IntegrationCount(16), "integration-count", Exit::Usage),
        (Failure::IntegrationScopes, "integration-scopes", Exit::Usage),
        (Failure::UnknownIntegration(text()), "unknown-integration", Exit::Usage),
        (Failure::Output(unreadable()), "output", Exit::Other),
        (Failure::System(unreadable()), "system", Exit::Other),
    ]
}

#[test]
fn every_failure_is_one_line_with_its_id_in_each_language_and_has_its_exit_code() {
    for language in Language::ALL {
        let words = Words::new(language);
        for (failure, id, exit) in all().into_iter().chain(of_devices()) {
            let line = failure.line(&words);
            assert!(line.ends_with(&format!(" ({id})")), "{line}");
            assert!(!line.chars().any(is_deceptive), "one line, nothing a terminal acts on: {line:?}");
            assert!(line.len() > id.len() + 15, "says something: {line}");
            assert!(!line.contains("error-") && !line.contains('$'), "has words and values: {line}");
            assert_eq!(failure.exit(), exit, "{line}");
        }
    }
}

#[test]
fn a_failure_is_said_in_the_language_of_the_user() {
    let failure = client(StoreError::WrongPassphrase);
    assert_eq!(
        failure.line(&Words::new(Language::English)),
        "Wrong passphrase: try again. (wrong-passphrase)"
    );
    let french = failure.line(&Words::new(Language::French));
    assert_eq!(french, "Phrase secrète incorrecte : réessayez. (wrong-passphrase)");
}

#[test]
fn only_a_reader_that_has_gone_is_not_told() {
    assert!(Failure::Output(io::ErrorKind::BrokenPipe.into()).is_silent());
    assert!(all().iter().all(|(failure, _, _)| !failure.is_silent()));
}

#[test]
fn a_device_that_was_taken_out_of_its_account_is_told_so_and_nobody_elses_device_is_meant() {
    let refused = Failure::from(Refusal::from(Denied::from(Rule::DevicesAreListed)));
    let denied = client(Denied::from(Rule::DevicesAreListed));
    for (language, taken_out) in [
        (Language::English, "This device was removed from your account"),
        (Language::French, "Cet appareil a été retiré de votre compte"),
    ] {
        let words = Words::new(language);
        assert!(refused.line(&words).starts_with(taken_out), "{}", refused.line(&words));
        assert!(!denied.line(&words).starts_with(taken_out), "{}", denied.line(&words));
        assert_eq!(words.relay_fault("R25"), refused.line(&words));
        assert_eq!(words.relay_fault("server-key"), words.reason("server-key"));
    }
}

#[test]
fn a_refusal_that_stands_for_a_rule_is_said_as_that_rule() {
    let refusal = Refusal { retry: Retry::AfterCatchingUp(Seq(7)), ..Refusal::head_stale(Seq(7)) };
    assert!(Failure::from(refusal).line(&Words::new(Language::English)).ends_with("(R29)"));
}
