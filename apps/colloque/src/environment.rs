//! What the program takes from its surroundings, read once.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::failure::Failure;
use crate::words::Language;

/// Names the profile folder.
pub(crate) const PROFILE: &str = "COLLOQUE_PROFILE";

/// Names the file that holds the passphrase.
pub(crate) const PASSPHRASE_FILE: &str = "COLLOQUE_PASSPHRASE_FILE";

/// Environment variables and the time zone.
pub(crate) struct Environment {
    variable: fn(&str) -> Option<OsString>,
    /// The zone of the system.
    pub(crate) zone: TimeZone,
}

impl Environment {
    /// Of this process.
    pub(crate) fn of_process() -> Self {
        Self { variable: |name| env::var_os(name), zone: TimeZone::system() }
    }

    #[cfg(test)]
    pub(crate) fn new(variable: fn(&str) -> Option<OsString>, zone: TimeZone) -> Self {
        Self { variable, zone }
    }

    /// The language that the locale asks for.
    pub(crate) fn language(&self) -> Language {
        Language::of_environment(|name| self.value(name).and_then(|value| value.into_string().ok()))
    }

    /// The file that holds the passphrase, if one is named.
    pub(crate) fn passphrase_file(&self) -> Option<PathBuf> {
        self.value(PASSPHRASE_FILE).map(PathBuf::from)
    }

    /// The folder of the profile: as named, or `colloque` in the platform's folder for data of programs.
    ///
    /// # Errors
    ///
    /// `NoProfileFolder` when nothing names a home folder.
    pub(crate) fn profile(&self) -> Result<PathBuf, Failure> {
        if let Some(named) = self.value(PROFILE) {
            return Ok(named.into());
        }
        let home = || self.value("HOME").map(PathBuf::from);
        let data = if cfg!(windows) {
            self.value("APPDATA").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Application Support"))
        } else {
            // XDG Base Directory Specification: a relative path is to be ignored.
            let named = self.value("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            named.or_else(|| home().map(|home| home.join(".local/share")))
        };
        data.map(|data| data.join("colloque")).ok_or(Failure::NoProfileFolder)
    }

    fn value(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_profile_is_the_named_folder_or_one_under_the_folder_for_data() {
        let of = |variable| Environment::new(variable, TimeZone::UTC).profile().ok();
        let home = |name: &str| (name == "HOME").then(|| "/home/anne".into());
        assert_eq!(of(home), Some("/home/anne/.local/share/colloque".into()));
        let data = |name: &str| (name == "XDG_DATA_HOME").then(|| "/data".into());
        assert_eq!(of(data), Some("/data/colloque".into()));
        assert_eq!(of(|name| (name == PROFILE).then(|| "there".into())), Some("there".into()));
        assert_eq!(of(|_| Some("".into())), None, "an empty variable is as good as none");
    }
}
