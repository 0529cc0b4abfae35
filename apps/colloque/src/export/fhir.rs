//! Threads as a `Bundle` of FHIR R4 (4.0.1).
//!
//! | in the bundle | is |
//! |---|---|
//! | the first `Communication` of each | the thread: no payload; its notes say what the document is, and what happened beside messages |
//! | each further `Communication` | a message, `partOf` the first; `preparation`, and never sent, if it waits |
//! | `Practitioner` | a professional: certified name, profession, national number |
//! | `Patient` | a patient: the account, which says nothing outside Colloque, and the given name if it was asked for |
//!
//! The bundle of a copy is a `collection`, the answer to a search a `searchset`: a `document` would need a `Composition`, which a thread does not have. No message says
//! which one it answers, so there is no `inResponseTo`; the second identifier of a message is its place in the thread.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use colloque_client_core::Standing;
use colloque_schemas::id::{AccountId, Seq};
use colloque_schemas::role::Role;

use crate::export::record::{Document, Item, ItemKind, Message, Name, Party, Record};
use crate::plain;
use crate::words::{Words, key};
use resource::{
    Annotation, Attachment, Bundle, BundleEntry, CodeableConcept, Coding, Communication, HumanName,
    Identifier, Link, Patient, Payload, Practitioner, Qualification, Reference, Resource, Search, Status,
};

mod resource;
#[cfg(test)]
mod tests;

/// The system of identifiers that are URIs themselves (RFC 3986).
pub(super) const URI_SYSTEM: &str = "urn:ietf:rfc:3986";

/// What stands before the digits of an account in its URI, in certificates as well.
pub(super) const ACCOUNT_URI: &str = "urn:colloque:account:";

/// The system of the name that the owner of this device gave to a patient, or of a certified one: known here alone.
pub(super) const NAME_SYSTEM: &str = "urn:colloque:name";

/// What stands before a UUID in its URN (RFC 9562, section 4).
pub(super) const UUID_URI: &str = "urn:uuid:";

/// National identifiers of French health professionals: here the kind of register, then the number in it.
const IDNPS_SYSTEM: &str = "urn:oid:1.2.250.1.71.4.2.1";

/// The kind of register that RPPS is.
const IDNPS_RPPS: char = '8';

/// RPPS numbers as they are.
const RPPS_SYSTEM: &str = "https://rpps.esante.gouv.fr";

/// The types of identifiers in France (FR Core).
const IDENTIFIER_TYPES: &str = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203";

/// The bundle of a copy, in JSON on one line.
///
/// # Errors
///
/// Of `serde_json`: none is known that these types can cause.
pub(crate) fn bytes(records: &[Record], words: &Words) -> Result<Vec<u8>, serde_json::Error> {
    written(&bundle(records, words))
}

/// The answer to a search for what is part of a thread (`Communication?part-of=`), which was asked at this address: its
/// messages match, and the thread and the people come along.
///
/// # Errors
///
/// As [`bytes`].
pub(crate) fn found(record: &Record, address: String, words: &Words) -> Result<Vec<u8>, serde_json::Error> {
    let mut found = bundle(std::slice::from_ref(record), words);
    for entry in &mut found.entry {
        let matches = matches!(&entry.resource, Resource::Communication(one) if !one.part_of.is_empty());
        entry.search = Some(Search { mode: if matches { "match" } else { "include" } });
    }
    let matches = |entry: &&BundleEntry| entry.search.as_ref().is_some_and(|search| search.mode == "match");
    found.total = Some(found.entry.iter().filter(matches).count());
    found.link = vec![Link { relation: "self", url: address }];
    found.r#type = "searchset";
    written(&found)
}

fn written(bundle: &Bundle) -> Result<Vec<u8>, serde_json::Error> {
    Ok(plain::json(&serde_json::to_string(bundle)?).into_bytes())
}

fn bundle(records: &[Record], words: &Words) -> Bundle {
    let mut entry: Vec<BundleEntry> = Vec::new();
    let mut known = BTreeSet::new();
    for found in records.iter().flat_map(|record| entries(record, words)) {
        // A person of several threads is the same person: the address is made of the account.
        if known.insert(found.full_url.clone()) {
            entry.push(found);
        }
    }
    let made = records.iter().map(|record| {
        [record.thread.as_bytes().as_slice(), record.made_on.as_bytes(), &record.made.at.0.to_be_bytes()]
            .concat()
    });
    Bundle {
        resource_type: "Bundle",
        language: words.language().word(),
        identifier: uri(url("copy", &made.collect::<Vec<_>>().concat())),
        r#type: "collection",
        timestamp: records.first().and_then(|record| record.made.rfc3339.clone()),
        total: None,
        link: Vec::new(),
        entry,
    }
}

/// A thread, its people and its messages.
fn entries(record: &Record, words: &Words) -> Vec<BundleEntry> {
    let mut entry = vec![entry_of(
        "thread",
        record.thread.as_bytes(),
        Resource::Communication(Box::new(thread(record, words))),
    )];
    entry.extend(record.parties.iter().filter_map(|party| {
        let resource = person(party)?;
        Some(entry_of("account", party.account.as_bytes(), resource))
    }));
    entry.extend(record.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Message(found) => {
            let resource = Resource::Communication(Box::new(message(record, item.seq, found, words)));
            Some(entry_of("message", found.message.as_bytes(), resource))
        }
        ItemKind::Line(_) => None,
    }));
    entry
}

fn entry_of(kind: &str, id: &[u8], resource: Resource) -> BundleEntry {
    BundleEntry { full_url: url(kind, id), resource, search: None }
}

/// The address of a resource within the bundle: a UUID of version 8 (RFC 9562) made of its kind and id. Authors choose
/// the ids of messages; none can make its message take the address of a person or of the thread.
fn url(kind: &str, id: &[u8]) -> String {
    let hash = Sha256::new_with_prefix(kind).chain_update([0]).chain_update(id).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    uuid(&bytes)
}

/// The URN of a UUID (RFC 9562, section 4).
fn uuid(bytes: &[u8; 16]) -> String {
    let mut urn = UUID_URI.to_owned();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            urn.push('-');
        }
        HEXLOWER.encode_append(&[*byte], &mut urn);
    }
    urn
}

fn uri(value: String) -> Identifier {
    Identifier { r#type: None, system: URI_SYSTEM.to_owned(), value }
}

fn account_uri(account: AccountId) -> Identifier {
    uri(format!("{ACCOUNT_URI}{account}"))
}

fn thread(record: &Record, words: &Words) -> Communication {
    let maker = reference(record, record.made_by);
    let stays = record.parties.iter().map(|party| {
        let values = [("name", party.label.clone().into()), ("stay", party.stay.clone().into())];
        words.say(key!("export-stay-line"), &values)
    });
    let answers = words.say(key!("export-answers-line"), &[("answers", record.answers.clone().into())]);
    let about = record.about.iter().cloned().chain([answers]).chain(stays).map(|text| Annotation {
        author_reference: Some(maker.clone()),
        time: record.made.rfc3339.clone(),
        text: string(&text),
    });
    let lines = record.items.iter().filter_map(|item| line(item, words));
    let opener = record.parties.first().map(|party| party.account);
    let others = record.parties.iter().map(|party| party.account).filter(|account| Some(*account) != opener);
    Communication {
        language: Some(words.language().word()),
        identifier: vec![uri(uuid(record.thread.as_bytes()))],
        part_of: Vec::new(),
        status: status(record),
        subject: subject(record),
        sent: record.opened.rfc3339.clone(),
        recipient: others.map(|account| reference(record, account)).collect(),
        sender: opener.map(|account| reference(record, account)),
        payload: Vec::new(),
        note: about.chain(lines).collect(),
    }
}

/// What happened beside messages. The store keeps no time of it, only its place.
fn line(item: &Item, words: &Words) -> Option<Annotation> {
    let ItemKind::Line(line) = &item.kind else { return None };
    let place = item.seq.map(|seq| seq.to_string()).unwrap_or_default();
    let values = [("place", place.into()), ("line", line.clone().into())];
    Some(Annotation {
        author_reference: None,
        time: None,
        text: string(&words.say(key!("export-line"), &values)),
    })
}

const fn status(record: &Record) -> Status {
    match record.standing {
        Standing::Opening => Status::Preparation,
        Standing::Member if record.mode.is_closed() => Status::Completed,
        Standing::Member => Status::InProgress,
        Standing::Departed | Standing::AccessLost | Standing::Forked | Standing::Behind | Standing::Given => {
            Status::Unknown
        }
        Standing::Failed => Status::NotDone,
    }
}

fn message(record: &Record, seq: Option<Seq>, message: &Message, words: &Words) -> Communication {
    let thread = uuid(record.thread.as_bytes());
    let mut identifier = vec![uri(uuid(message.message.as_bytes()))];
    identifier.extend(seq.map(|seq| Identifier {
        r#type: None,
        system: thread.clone(),
        value: seq.to_string(),
    }));
    let part_of = Reference {
        reference: Some(url("thread", record.thread.as_bytes())),
        identifier: uri(thread),
        display: None,
    };
    let text = Some(string(&message.text)).filter(|text| !text.is_empty()).map(Payload::ContentString);
    let documents = message.documents.iter().map(|document| {
        let Document { name, media_type: content_type, bytes: size } = document;
        Payload::ContentAttachment(Attachment { content_type, size: *size, title: string(name) })
    });
    Communication {
        language: None,
        identifier,
        part_of: vec![part_of],
        status: if seq.is_some() { Status::Completed } else { Status::Preparation },
        subject: subject(record),
        sent: message.sent.rfc3339.clone().filter(|_| seq.is_some()),
        recipient: message.recipients.iter().map(|account| reference(record, *account)).collect(),
        sender: Some(reference(record, message.author)),
        payload: text.into_iter().chain(documents).collect(),
        note: match seq {
            Some(_) => Vec::new(),
            None => vec![Annotation {
                author_reference: None,
                time: message.sent.rfc3339.clone(),
                text: words.say(key!("export-waiting"), &[]),
            }],
        },
    }
}

fn subject(record: &Record) -> Option<Reference> {
    let mut patients = record.parties.iter().filter(|party| party.role == Some(Role::Patient));
    match (patients.next(), patients.next()) {
        (Some(patient), None) => Some(reference(record, patient.account)),
        _ => None,
    }
}

/// Somebody of the record: by address if the bundle has a resource of the person, by account in any case.
fn reference(record: &Record, account: AccountId) -> Reference {
    let party = record.party(account);
    Reference {
        reference: party.and_then(|party| party.role).map(|_| url("account", account.as_bytes())),
        identifier: account_uri(account),
        display: party.map(|party| string(party.name.text())),
    }
}

/// None of somebody whose role is not known: FHIR has no resource for such a person.
fn person(party: &Party) -> Option<Resource> {
    let mut identifier = vec![account_uri(party.account)];
    let named = |name: &str| vec![HumanName { text: string(name) }];
    let (name, qualification) = match &party.name {
        Name::Certified { name, profession, rpps } => {
            if let Some(rpps) = rpps {
                let rpps = rpps.as_str();
                identifier.push(national("IDNPS", IDNPS_SYSTEM, format!("{IDNPS_RPPS}{rpps}")));
                identifier.push(national("RPPS", RPPS_SYSTEM, rpps.to_owned()));
            }
            let code = CodeableConcept { coding: Vec::new(), text: Some(string(profession)) };
            (named(name), vec![Qualification { code }])
        }
        Name::Given(name) => (named(name), Vec::new()),
        Name::Unnamed(_) => (Vec::new(), Vec::new()),
    };
    Some(match party.role? {
        Role::Professional => Resource::Practitioner(Practitioner { identifier, name, qualification }),
        Role::Patient => Resource::Patient(Patient { identifier, name }),
    })
}

fn national(code: &'static str, system: &str, value: String) -> Identifier {
    let coding = vec![Coding { system: IDENTIFIER_TYPES, code }];
    Identifier { r#type: Some(CodeableConcept { coding, text: None }), system: system.to_owned(), value }
}

/// A text as FHIR can have it: of characters below the blank only tab and line ends (data type `string`).
fn string(text: &str) -> String {
    let shown = |character: char| match character {
        '\t' | '\n' | '\r' => character,
        '\0'..' ' => plain::REPLACEMENT,
        _ => character,
    };
    text.chars().map(shown).collect()
}
