//! The few resources and data types of FHIR R4 (4.0.1) that a thread needs, with the elements that it uses and no
//! other. What is empty is left out: FHIR has no empty lists.

use serde::Serialize;

/// `Bundle`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    pub(super) resource_type: &'static str,
    pub(super) language: &'static str,
    pub(super) identifier: Identifier,
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timestamp: Option<String>,
    /// Of a search alone (bdl-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) link: Vec<Link>,
    pub(super) entry: Vec<BundleEntry>,
}

/// `Bundle.link`.
#[derive(Serialize)]
pub(super) struct Link {
    pub(super) relation: &'static str,
    pub(super) url: String,
}

/// `Bundle.entry`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BundleEntry {
    pub(super) full_url: String,
    pub(super) resource: Resource,
    /// Of a search alone (bdl-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) search: Option<Search>,
}

/// `Bundle.entry.search`.
#[derive(Serialize)]
pub(super) struct Search {
    /// `match`, or `include` for what comes along.
    pub(super) mode: &'static str,
}

/// What an entry holds.
#[derive(Serialize)]
#[serde(tag = "resourceType")]
pub(super) enum Resource {
    Communication(Box<Communication>),
    Practitioner(Practitioner),
    Patient(Patient),
}

/// `Communication`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Communication {
    /// Of the texts that are ours; nobody said which language a message is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<&'static str>,
    pub(super) identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) part_of: Vec<Reference>,
    pub(super) status: Status,
    /// The patient, if there is exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) recipient: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sender: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) payload: Vec<Payload>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) note: Vec<Annotation>,
}

/// The codes of `http://hl7.org/fhir/event-status` that a thread or message can have.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    Preparation,
    InProgress,
    NotDone,
    Completed,
    Unknown,
}

/// `Communication.payload`, which has one of these.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Payload {
    ContentString(String),
    ContentAttachment(Attachment),
}

/// `Attachment`, of which the content is elsewhere.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub(super) content_type: &'static str,
    pub(super) size: u64,
    pub(super) title: String,
}

/// `Annotation`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Annotation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) author_reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    pub(super) text: String,
}

/// `Practitioner`.
#[derive(Serialize)]
pub(super) struct Practitioner {
    pub(super) identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) name: Vec<HumanName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) qualification: Vec<Qualification>,
}

/// `Practitioner.qualification`.
#[derive(Serialize)]
pub(super) struct Qualification {
    pub(super) code: CodeableConcept,
}

/// `Patient`.
#[derive(Serialize)]
pub(super) struct Patient {
    pub(super) identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) name: Vec<HumanName>,
}

/// `HumanName`.
#[derive(Serialize)]
pub(super) struct HumanName {
    pub(super) text: String,
}

/// `CodeableConcept`.
#[derive(Serialize, Clone)]
pub(super) struct CodeableConcept {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) coding: Vec<Coding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

/// `Coding`.
#[derive(Serialize, Clone)]
pub(super) struct Coding {
    pub(super) system: &'static str,
    pub(super) code: &'static str,
}

/// `Identifier`.
#[derive(Serialize, Clone)]
pub(super) struct Identifier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<CodeableConcept>,
    pub(super) system: String,
    pub(super) value: String,
}

/// `Reference`.
#[derive(Serialize, Clone)]
pub(super) struct Reference {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    pub(super) identifier: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display: Option<String>,
}
