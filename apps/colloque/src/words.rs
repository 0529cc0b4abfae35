//! What the program says, in the language of its user: one `.ftl` file for each language.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use colloque_client_core::Language as NumberLanguage;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Role;
use colloque_schemas::rule::Rule;

#[cfg(test)]
mod tests;

/// A language of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::French];

    /// The word that `--lang` takes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language of such a word, or of a POSIX locale such as `fr_FR.UTF-8`.
    pub(crate) fn of(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(language))
    }

    /// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides (POSIX, section 8.2); English if it is no language of ours.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|locale| !locale.is_empty());
        locale.and_then(|locale| Self::of(&locale)).unwrap_or(Self::English)
    }

    /// The files of its messages, one for each part of the program.
    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                include_str!("locales/en.ftl"),
                include_str!("locales/desk.en.ftl"),
                include_str!("locales/programs.en.ftl"),
                include_str!("locales/devices.en.ftl"),
            ],
            Self::French => &[
                include_str!("locales/fr.ftl"),
                include_str!("locales/desk.fr.ftl"),
                include_str!("locales/programs.fr.ftl"),
                include_str!("locales/devices.fr.ftl"),
            ],
        }
    }
}

impl Language {
    /// Messages that replace others of the same key at the desk.
    const fn instead_at_the_desk(self) -> &'static str {
        match self {
            Self::English => include_str!("locales/instead.en.ftl"),
            Self::French => include_str!("locales/instead.fr.ftl"),
        }
    }
}

impl From<Language> for NumberLanguage {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::French => Self::French,
        }
    }
}

/// The id of a message. Written `key!("…")`, so that a test finds every use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) &'static str);

/// Names a message of the `.ftl` files.
macro_rules! key {
    ($id:literal) => {
        $crate::words::Key($id)
    };
}
pub(crate) use key;

/// The messages of one language.
pub(crate) struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    pub(crate) fn new(language: Language) -> Self {
        let identifier: LanguageIdentifier = language.word().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // The marks that isolate values would show as boxes in some terminals; values are made harmless before they come here.
        bundle.set_use_isolating(false);
        for source in language.sources() {
            bundle.add_resource_overriding(resource(source));
        }
        Self { language, bundle }
    }

    /// As [`Self::new`], where no command line is: what would speak of commands speaks of pages.
    pub(crate) fn desk(language: Language) -> Self {
        let mut words = Self::new(language);
        words.bundle.add_resource_overriding(resource(language.instead_at_the_desk()));
        words
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// A message with its values. Values from others are made plain before.
    pub(crate) fn say(&self, key: Key, values: &[(&str, FluentValue<'_>)]) -> String {
        self.find(key.0, values).unwrap_or_else(|| key.0.to_owned())
    }

    /// What a rule says to the person whom it stops, with its id.
    pub(crate) fn rule(&self, rule: Rule) -> String {
        self.with_id("rule", rule.id())
    }

    /// Why the relay or authority refused, with the id of the rule or reason.
    pub(crate) fn refusal(&self, refusal: &Refusal) -> String {
        match refusal.rule {
            // Asked of a server, it is about the device that asks.
            Some(Rule::DevicesAreListed) => self.unlisted(),
            Some(rule) => self.rule(rule),
            None => self.refusal_code(refusal.code),
        }
    }

    /// What keeps the relay away, by the id of the rule or reason.
    pub(crate) fn relay_fault(&self, id: &str) -> String {
        if id == Rule::DevicesAreListed.id() { self.unlisted() } else { self.reason(id) }
    }

    /// That this very device was taken out of its account.
    fn unlisted(&self) -> String {
        format!("{} ({})", self.say(key!("device-removed"), &[]), Rule::DevicesAreListed.id())
    }

    /// Why the relay or authority refused, with the id of the reason.
    pub(crate) fn refusal_code(&self, code: RefusalCode) -> String {
        self.with_id("refusal", code.id())
    }

    /// Why an envelope is not shown, a document not here, or a linking over, by its id: of a rule, fault or refusal.
    pub(crate) fn reason(&self, id: &str) -> String {
        let families = ["rule", "fault", "refusal", "linking"];
        let known = families.iter().find_map(|family| self.find(&format!("{family}-{id}"), &[]));
        let text = known.or_else(|| self.find("fault-other", &[])).unwrap_or_default();
        format!("{text} ({id})")
    }

    /// The word for a role.
    pub(crate) fn role(&self, role: Role) -> String {
        match role {
            Role::Professional => self.say(key!("role-professional"), &[]),
            Role::Patient => self.say(key!("role-patient"), &[]),
        }
    }

    /// The help text of a command or argument, if there is one.
    pub(crate) fn help(&self, id: &str) -> Option<String> {
        self.find(&format!("help-{id}"), &[])
    }

    fn with_id(&self, family: &str, id: &str) -> String {
        let text = self.find(&format!("{family}-{id}"), &[]).unwrap_or_default();
        format!("{text} ({id})")
    }

    fn find(&self, id: &str, values: &[(&str, FluentValue<'_>)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let arguments: FluentArgs<'_> = values.iter().cloned().collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        #[cfg(test)]
        assert!(errors.is_empty(), "{id}: {errors:?}");
        Some(text)
    }
}

/// The messages of a file. What cannot be parsed is left out, and a test shows that there is no such thing.
fn resource(source: &str) -> FluentResource {
    match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    }
}
