//! A FHIR R4 `Communication` that practice software asks to have sent: whom it is for, in which thread, and the text.
//!
//! What is read is read strictly; elements that are not used are passed over, as FHIR demands, but for those that may
//! change the meaning of the others (`modifierExtension`, `implicitRules`): what has one is refused.

use colloque_schemas::id::{AccountId, ThreadId};
use colloque_schemas::limits::TEXT_MAX_BYTES;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::export::fhir::{ACCOUNT_URI, NAME_SYSTEM, URI_SYSTEM, UUID_URI};

#[cfg(test)]
mod tests;

/// The patient, as the software names one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Recipient {
    /// By account.
    Account(AccountId),
    /// By the name that the owner of this device gave: to be found among the people whom it knows.
    Name(String),
}

/// What is to be sent.
#[derive(PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) recipient: Recipient,
    /// The thread that it is part of; none if it begins one.
    pub(crate) thread: Option<ThreadId>,
    /// Fits into a message.
    pub(crate) text: String,
}

/// Why a `Communication` is not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unsendable {
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
    /// No identifier of the recipient is an account of Colloque or a name that was given here: it is known by nothing else.
    RecipientUnidentified,
    /// What should be an account has other than 32 lowercase hexadecimal digits.
    Account,
    /// It is part of several things, of one that is no thread, or of a thread with other patients.
    PartOf,
    /// There is not exactly one.
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
            Self::Malformed => "malformed",
            Self::ResourceType => "resource-type",
            Self::ModifierUnknown => "modifier-unknown",
            Self::Status => "status",
            Self::RecipientCount => "recipient-count",
            Self::RecipientKind => "recipient-kind",
            Self::RecipientUnidentified => "recipient-unidentified",
            Self::Account => "account",
            Self::PartOf => "part-of",
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
    part_of: Vec<Reference>,
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

impl Identifier {
    /// The URI that it is, if it is one.
    fn uri(&self) -> Option<&str> {
        self.value.as_deref().filter(|_| self.system.as_deref() == Some(URI_SYSTEM))
    }
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
    let thread = match read.part_of.as_slice() {
        [] => None,
        [whole] => Some(thread_of(whole).ok_or(Unsendable::PartOf)?),
        _ => return Err(Unsendable::PartOf),
    };
    let [payload] = <[Payload; 1]>::try_from(read.payload).map_err(|_| Unsendable::PayloadCount)?;
    Ok(Outgoing { recipient, thread, text: text_of(payload)? })
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

/// The account among these identifiers, else the name.
fn identified(identifiers: &[Identifier]) -> Result<Recipient, Unsendable> {
    let mut uris = identifiers.iter().filter_map(Identifier::uri);
    if let Some(digits) = uris.find_map(|uri| uri.strip_prefix(ACCOUNT_URI)) {
        return digits.parse().map(Recipient::Account).map_err(|_| Unsendable::Account);
    }
    let mut names = identifiers.iter().filter(|identifier| identifier.system.as_deref() == Some(NAME_SYSTEM));
    match (names.next().and_then(|name| name.value.as_deref()), names.next()) {
        (Some(name), None) if !name.trim().is_empty() => Ok(Recipient::Name(name.to_owned())),
        _ => Err(Unsendable::RecipientUnidentified),
    }
}

/// The thread, named as an exported bundle names it: by the URN of the UUID that its id is.
fn thread_of(reference: &Reference) -> Option<ThreadId> {
    let uuid = reference.identifier.as_ref()?.uri()?.strip_prefix(UUID_URI)?;
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    if groups != [8, 4, 4, 4, 12] {
        return None;
    }
    uuid.replace('-', "").parse().ok()
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
