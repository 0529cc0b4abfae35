//! The use of a template in a form that writes a message: chosen, asked for its fields, put into the text.

use std::collections::{BTreeMap, HashMap};

use colloque_client_core::Client;
use serde::Deserialize;

use crate::failure::Failure;
use crate::template;

/// What a form that writes a message shows of templates.
#[derive(Default)]
pub(super) struct Offer {
    pub(super) names: Vec<String>,
    /// The one that was chosen, while its fields are asked for.
    pub(super) chosen: Option<String>,
    pub(super) fields: Vec<Field>,
}

/// A field that is asked for.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// What a form says of a template: its name, and the values `f0`, `f1`… of its fields.
#[derive(Deserialize, Clone)]
pub(super) struct Choice {
    #[serde(default)]
    template: String,
    /// The template whose fields were asked for.
    #[serde(default)]
    asked: String,
    #[serde(flatten)]
    values: HashMap<String, String>,
}

impl Choice {
    /// As the fields of a form say it.
    pub(super) fn of(fields: &[(String, String)]) -> Self {
        let values: HashMap<String, String> = fields.iter().cloned().collect();
        let said = |name: &str| values.get(name).cloned().unwrap_or_default();
        Self { template: said("template"), asked: said("asked"), values }
    }
}

impl Offer {
    /// The owner's templates, and what is written once one of them was chosen, if one was.
    pub(super) fn beside(
        client: &Client,
        choice: Option<&Choice>,
        typed: String,
    ) -> Result<(Self, String), Failure> {
        match choice {
            Some(choice) => Self::choose(client, choice, &typed),
            None => Ok((Self::of(client)?, typed)),
        }
    }

    /// The owner's templates, none of them chosen.
    fn of(client: &Client) -> Result<Self, Failure> {
        let names = template::all(client)?.into_iter().map(|template| template.name).collect();
        Ok(Self { names, ..Self::default() })
    }

    /// The template that was chosen after what is written: with its fields filled in, or asked for.
    fn choose(client: &Client, choice: &Choice, typed: &str) -> Result<(Self, String), Failure> {
        let mut offer = Self::of(client)?;
        let found = template::all(client)?.into_iter().find(|template| template.name == choice.template);
        let Some(template) = found else { return Ok((offer, typed.to_owned())) };
        let fields = template.fields();
        let given = |row: usize| choice.values.get(&format!("f{row}")).cloned().unwrap_or_default();
        let was_asked = choice.asked == template.name;
        let values: BTreeMap<String, String> =
            fields.iter().enumerate().map(|(row, name)| ((*name).to_owned(), given(row))).collect();
        if was_asked && values.values().all(|value| !value.trim().is_empty()) || fields.is_empty() {
            let before = typed.trim_end();
            let gap = if before.is_empty() { "" } else { "\n\n" };
            return Ok((offer, format!("{before}{gap}{}", template.filled(&values))));
        }
        offer.fields = fields
            .iter()
            .enumerate()
            .map(|(row, name)| Field {
                name: (*name).to_owned(),
                value: if was_asked { given(row) } else { String::new() },
            })
            .collect();
        offer.chosen = Some(template.name);
        Ok((offer, typed.to_owned()))
    }

    /// Whether this one is chosen.
    pub(super) fn is_chosen(&self, name: &str) -> bool {
        self.chosen.as_deref() == Some(name)
    }
}
