//! Texts that a professional writes again and again, with fields to fill in: `{appointment date}`.
//!
//! They are kept in the encrypted store, as values of the app's own. A field is a name between braces; braces around
//! anything else are text.

use std::collections::BTreeMap;
use std::ops::Range;

use colloque_client_core::Client;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Where they are kept.
const KEY: &str = "templates";
/// More would not be a list to choose from.
const TEMPLATES_MAX: usize = 40;
const NAME_MAX_CHARACTERS: usize = 60;
const FIELD_MAX_CHARACTERS: usize = 40;
/// So that all of them fit one value of the store, escaped.
const TEMPLATE_MAX_BYTES: usize = 4000;

/// One text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// All of them, by name.
///
/// # Errors
///
/// As the store says.
pub(crate) fn all(client: &Client) -> Result<Vec<Template>, Failure> {
    let kept = client.app_data(KEY)?;
    // What a newer program wrote and this one does not understand is not shown, and replaced only by a person's act.
    Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default())
}

/// Keeps a text under a name, in place of the one of that name.
///
/// # Errors
///
/// `Template`; as the store says.
pub(crate) fn keep(client: &mut Client, name: &str, text: &str) -> Result<(), Failure> {
    let (name, text) = (name.trim(), text.replace("\r\n", "\n").trim_end().to_owned());
    let is_name =
        (1..=NAME_MAX_CHARACTERS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let is_text = !text.trim().is_empty() && text.len() <= TEMPLATE_MAX_BYTES;
    let mut templates = all(client)?;
    templates.retain(|template| template.name != name);
    if !is_name || !is_text || templates.len() >= TEMPLATES_MAX {
        return Err(Failure::Template);
    }
    templates.push(Template { name: name.to_owned(), text });
    put(client, templates)
}

/// Removes the text of this name.
///
/// # Errors
///
/// As the store says.
pub(crate) fn remove(client: &mut Client, name: &str) -> Result<(), Failure> {
    let mut templates = all(client)?;
    templates.retain(|template| template.name != name);
    put(client, templates)
}

fn put(client: &mut Client, mut templates: Vec<Template>) -> Result<(), Failure> {
    templates.sort_by(|a, b| a.name.cmp(&b.name));
    let bytes = serde_json::to_vec(&templates).unwrap_or_default();
    Ok(client.put_app_data(KEY, Some(&bytes))?)
}

impl Template {
    /// The names of its fields, each once, in the order of the text.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let mut fields: Vec<&str> = Vec::new();
        for (_, name) in places(&self.text) {
            if !fields.contains(&name) {
                fields.push(name);
            }
        }
        fields
    }

    /// The text with its fields filled in; those without a value stay as they are.
    pub(crate) fn filled(&self, values: &BTreeMap<String, String>) -> String {
        let (mut filled, mut from) = (String::new(), 0);
        for (place, name) in places(&self.text) {
            let Some(value) = values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
            else {
                continue;
            };
            filled.push_str(self.text.get(from..place.start).unwrap_or_default());
            filled.push_str(value);
            from = place.end;
        }
        filled.push_str(self.text.get(from..).unwrap_or_default());
        filled
    }
}

/// Every field of a text: where it is, braces included, and its name.
fn places(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find('{')).map(|at| from.saturating_add(at))
    {
        from = open.saturating_add(1);
        let Some(inside) = text.get(from..) else { break };
        let Some(length) = inside
            .find(['{', '}'])
            .filter(|end| inside.get(*end..).is_some_and(|rest| rest.starts_with('}')))
        else {
            continue;
        };
        let Some(name) = inside.get(..length).filter(|name| is_field(name)) else { continue };
        let end = from.saturating_add(length).saturating_add(1);
        places.push((open..end, name));
        from = end;
    }
    places
}

fn is_field(name: &str) -> bool {
    let is_named = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '\'' | '’');
    name.trim() == name
        && (1..=FIELD_MAX_CHARACTERS).contains(&name.chars().count())
        && name.chars().all(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template { name: "name".to_owned(), text: text.to_owned() }
    }

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_field_is_a_name_between_braces_and_is_asked_for_once() {
        let template =
            template("Le {date} à {heure}, {prénom de l’enfant}. Rappel : {date}. {} { x } {a{b} {c\nd} {");
        assert_eq!(template.fields(), ["date", "heure", "prénom de l’enfant", "b"]);
    }

    #[test]
    fn fields_are_filled_with_what_was_typed_and_what_was_typed_is_no_template() {
        let template = template("Le {date} à {heure}, salle {salle}; {date}.");
        let filled = template.filled(&values(&[("date", " 3 mai "), ("heure", "{date}"), ("salle", " ")]));
        assert_eq!(filled, "Le 3 mai à {date}, salle {salle}; 3 mai.");
    }

    #[test]
    fn a_text_without_fields_is_left_as_it_is() {
        let text = "{}{{}}{ }{-x-} }{";
        assert_eq!(template(text).filled(&values(&[("date", "x")])), text);
        assert_eq!(template("{-x-}").fields(), ["-x-"]);
    }
}
