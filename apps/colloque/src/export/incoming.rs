//! A FHIR R4 `Communication` that practice software asks to have sent: whom it is for, and which texts.
//!
//! What is read is read strictly; elements that are not used are passed over, as FHIR demands, but for those that may
//! change the meaning of the others (`modifierExtension`, `implicitRules`): what has one is refused.

use colloque_schemas::id::AccountId;
use colloque_schemas::limits::TEXT_MAX_BYTES;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::export::fhir::{ACCOUNT_URI, URI_SYSTEM};

#[cfg(test)]
mod tests;

/// Longest `Communication` that is read.
pub(crate) const COMMUNICATION_MAX_BYTES: usize = 1024 * 1024;

/// Most texts in one. Each becomes a message.
pub(crate) const TEXTS_MAX: usize = 8;

/// What is to be sent.
#[derive(PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) recipient: Recipient,
    /// One to [`TEXTS_MAX`], each of which fits into a message.
    pub(crate) texts: Vec<String>,
}

/// Whom it is for.
#[derive(PartialEq, Eq)]
pub(crate) enum Recipient {
    /// An account of Colloque.
    Account(AccountId),
    /// An identifier by which the practice software knows the patient. Neither part is empty.
    Identifier { system: String, value: String },
}

/// Why a `Communication` is not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unsendable {
    /// Longer than [`COMMUNICATION_MAX_BYTES`].
    TooLarge,
    /// Not JSON, or an element that is used has another type or stands twice.
    Malformed,
    /// Another resource, or none.
    ResourceType,
    /// An element that changes the meaning of others in a way that is not known here.
    ModifierUnknown,
    /// No code of a message that is still to be sent, or has been sent elsewhere.
    Status,
    /// There is not exactly one recipient.
    RecipientCount,
    /// The recipient is no patient.
    RecipientKind,
    /// The recipient has no identifier, or several that are no account, or only an address that leads nowhere here.
    RecipientUnidentified,
    /// What should be an account has other than 32 lowercase hexadecimal digits.
    Account,
    /// There are none, or more than [`TEXTS_MAX`].
    PayloadCount,
    /// A payload is something else than one text.
    PayloadKind,
    /// A text is blank.
    TextEmpty,
    /// A text is longer than a message.
    TextTooLong,
    /// A text has control characters other than tab and line ends, which FHIR forbids.
    TextCharacters,
}

impl Unsendable {
    /// The id that programs know it by.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Malformed => "malformed",
            Self::ResourceType => "resource-type",
            Self::ModifierUnknown => "modifier-unknown",
            Self::Status => "status",
            Self::RecipientCount => "recipient-count",
            Self::RecipientKind => "recipient-kind",
            Self::RecipientUnidentified => "recipient-unidentified",
            Self::Account => "account",
            Self::PayloadCount => "payload-count",
            Self::PayloadKind => "payload-kind",
            Self::TextEmpty => "text-empty",
            Self::TextTooLong => "text-too-long",
            Self::TextCharacters => "text-characters",
        }
    }
}

/// `Resource.resourceType`, read before the rest: of another resource nothing else can be said to be wrong.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyResource {
    resource_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Communication {
    implicit_rules: Option<IgnoredAny>,
    modifier_extension: Option<IgnoredAny>,
    status: Option<String>,
    #[serde(default)]
    contained: Vec<Contained>,
    #[serde(default)]
    recipient: Vec<Reference>,
    #[serde(default)]
    payload: Vec<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contained {
    resource_type: String,
    id: Option<String>,
    implicit_rules: Option<IgnoredAny>,
    modifier_extension: Option<IgnoredAny>,
    #[serde(default)]
    identifier: Vec<Identifier>,
}

#[derive(Deserialize)]
struct Reference {
    reference: Option<String>,
    r#type: Option<String>,
    identifier: Option<Identifier>,
}

#[derive(Deserialize)]
struct Identifier {
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    modifier_extension: Option<IgnoredAny>,
    content_string: Option<String>,
    content_attachment: Option<IgnoredAny>,
    content_reference: Option<IgnoredAny>,
}

/// Reads a `Communication` in JSON.
///
/// # Errors
///
/// [`Unsendable`], for the first thing that is wrong.
pub(crate) fn read(bytes: &[u8]) -> Result<Outgoing, Unsendable> {
    if bytes.len() > COMMUNICATION_MAX_BYTES {
        return Err(Unsendable::TooLarge);
    }
    let any: AnyResource = serde_json::from_slice(bytes).map_err(|_| Unsendable::Malformed)?;
    if any.resource_type.as_deref() != Some("Communication") {
        return Err(Unsendable::ResourceType);
    }
    let read: Communication = serde_json::from_slice(bytes).map_err(|_| Unsendable::Malformed)?;
    if read.implicit_rules.is_some() || read.modifier_extension.is_some() {
        return Err(Unsendable::ModifierUnknown);
    }
    if !matches!(read.status.as_deref(), Some("preparation" | "in-progress" | "completed")) {
        return Err(Unsendable::Status);
    }
    let [recipient] = read.recipient.as_slice() else { return Err(Unsendable::RecipientCount) };
    let recipient = recipient_of(recipient, &read.contained)?;
    if read.payload.is_empty() || read.payload.len() > TEXTS_MAX {
        return Err(Unsendable::PayloadCount);
    }
    let texts = read.payload.into_iter().map(text_of).collect::<Result<_, _>>()?;
    Ok(Outgoing { recipient, texts })
}

fn recipient_of(reference: &Reference, contained: &[Contained]) -> Result<Recipient, Unsendable> {
    if reference.r#type.as_deref().is_some_and(|of| of != "Patient") {
        return Err(Unsendable::RecipientKind);
    }
    if let Some(identifier) = &reference.identifier {
        return identified(std::slice::from_ref(identifier));
    }
    let id = reference.reference.as_deref().and_then(|reference| reference.strip_prefix('#'));
    let mut found = contained.iter().filter(|resource| id.is_some() && resource.id.as_deref() == id);
    let (Some(patient), None) = (found.next(), found.next()) else {
        return Err(Unsendable::RecipientUnidentified);
    };
    if patient.resource_type != "Patient" {
        return Err(Unsendable::RecipientKind);
    }
    if patient.implicit_rules.is_some() || patient.modifier_extension.is_some() {
        return Err(Unsendable::ModifierUnknown);
    }
    identified(&patient.identifier)
}

/// The account among these identifiers, else the only one.
fn identified(identifiers: &[Identifier]) -> Result<Recipient, Unsendable> {
    let account = identifiers.iter().find_map(|identifier| {
        let is_uri = identifier.system.as_deref() == Some(URI_SYSTEM);
        identifier.value.as_deref().filter(|_| is_uri)?.strip_prefix(ACCOUNT_URI)
    });
    if let Some(digits) = account {
        return digits.parse().map(Recipient::Account).map_err(|_| Unsendable::Account);
    }
    match identifiers {
        [Identifier { system: Some(system), value: Some(value) }]
            if !system.trim().is_empty() && !value.trim().is_empty() =>
        {
            Ok(Recipient::Identifier { system: system.clone(), value: value.clone() })
        }
        _ => Err(Unsendable::RecipientUnidentified),
    }
}

fn text_of(payload: Payload) -> Result<String, Unsendable> {
    if payload.modifier_extension.is_some() {
        return Err(Unsendable::ModifierUnknown);
    }
    let (Some(text), None, None) =
        (payload.content_string, payload.content_attachment, payload.content_reference)
    else {
        return Err(Unsendable::PayloadKind);
    };
    if text.trim().is_empty() {
        return Err(Unsendable::TextEmpty);
    }
    if text.len() > TEXT_MAX_BYTES {
        return Err(Unsendable::TextTooLong);
    }
    if text.chars().any(|character| character < ' ' && !matches!(character, '\t' | '\n' | '\r')) {
        return Err(Unsendable::TextCharacters);
    }
    Ok(text)
}
