//! The command line of the demonstration.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Plays Colloque on this machine: an authority, a relay and people, each in processes of their own.
#[derive(Parser, Debug)]
#[command(name = "colloque-demo", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Keep everything in this folder, for a look afterwards. It must be new or empty.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Language of what is shown [default: that of the system].
    #[arg(long, global = true, value_name = "fr|en", hide_possible_values = true)]
    pub(crate) lang: Option<Language>,
}

/// What can be played.
#[derive(Subcommand, Clone, Copy, Debug)]
pub(crate) enum Command {
    /// A clinic to try in the browser; also what happens without a command.
    Clinic,
    /// The narrated tour.
    Tour,
}

/// A language of the demonstration.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

impl Language {
    /// As the client chooses: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides, and English is for
    /// all languages but French.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        let locale = locale.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default();
        let word = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if word.eq_ignore_ascii_case("fr") { Self::Fr } else { Self::En }
    }

    /// The word that the client's `--lang` takes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides_and_english_is_the_rest() {
        let of = |all: &'static str, lang: &'static str| {
            Language::of_environment(|name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert_eq!(of("", "fr_FR.UTF-8"), Language::Fr);
        assert_eq!(of("C", "fr_FR.UTF-8"), Language::En);
        assert_eq!(of("FR", ""), Language::Fr);
        assert_eq!(of("", ""), Language::En);
    }

    #[test]
    fn no_argument_is_the_clinic_and_options_stand_on_either_side_of_it() {
        let parsed = |line: &[&str]| Arguments::try_parse_from([&["colloque-demo"], line].concat());
        assert!(parsed(&[]).unwrap().command.is_none());
        for line in [&["tour", "--lang", "fr", "--keep", "d"][..], &["--lang", "fr", "--keep", "d", "tour"]] {
            let arguments = parsed(line).unwrap();
            assert_eq!(arguments.lang, Some(Language::Fr));
            assert_eq!(arguments.keep.as_deref(), Some("d".as_ref()));
        }
        assert!(parsed(&["--lang", "de"]).is_err());
    }
}
