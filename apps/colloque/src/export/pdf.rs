//! Threads as PDF/A-2a that is PDF/UA-1 as well: to be read by people, with screen readers too, for as long as archives last.
//!
//! The page is laid out by typst from `thread.typ`. Whatever anybody wrote reaches it as a value inside JSON, never as
//! markup. The same record gives the same bytes.

use serde::Serialize;
use typst::foundations::{Datetime, Dict, IntoValue as _, Smart};
use typst_as_lib::{TypstEngine, TypstTemplateMainFile};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use colloque_schemas::id::Seq;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;

use crate::export::glyphs::{FAMILIES, FONTS, Glyphs};
use crate::export::record::{Document, ItemKind, Message, Name, Party, Record};
use crate::moment;
use crate::words::{Words, key};

#[cfg(test)]
mod tests;

const TEMPLATE: &str = include_str!("thread.typ");

/// Why there is no PDF: what typst says about it, which may quote the thread.
pub(crate) struct NotMade(String);

impl core::fmt::Debug for NotMade {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if cfg!(test) { &self.0 } else { "NotMade(..)" })
    }
}

/// What the document shows, in words.
#[derive(Serialize)]
struct Pages {
    language: &'static str,
    families: [&'static str; FAMILIES.len()],
    title: String,
    /// Short enough for the head of every page.
    running: String,
    page: String,
    threads: Vec<Thread>,
}

#[derive(Serialize)]
struct Thread {
    title: String,
    /// What is said, of what.
    facts: Vec<(String, String)>,
    about: Section<String>,
    parties: Section<Vec<String>>,
    columns: Vec<String>,
    entries: Section<Entry>,
}

#[derive(Serialize)]
struct Section<T> {
    heading: String,
    items: Vec<T>,
}

/// A message, or a line with nothing but a place before it.
#[derive(Serialize)]
struct Entry {
    /// Who wrote it; nothing for a line.
    author: Option<String>,
    /// Role, time and place, as far as there are any.
    facts: Vec<String>,
    paragraphs: Vec<Paragraph>,
    /// Set in a way that no text can be: none that says the same passes for one.
    documents: Vec<String>,
}

/// Lines that are read in one direction.
#[derive(Serialize)]
struct Paragraph {
    is_right_to_left: bool,
    lines: Vec<String>,
}

/// The PDF.
///
/// # Errors
///
/// `NotMade` of no threads; no text is known that causes it.
pub(crate) fn bytes(records: &[Record], words: &Words) -> Result<Vec<u8>, NotMade> {
    let engine = engine();
    let made = made(records, words, &engine);
    // What typst keeps for the next time holds whole threads.
    typst::comemo::evict(0);
    made
}

/// The same on every machine: its own fonts only, and no file but the template.
fn engine() -> TypstEngine<TypstTemplateMainFile> {
    TypstEngine::builder().main_file(TEMPLATE).fonts(FONTS).build()
}

fn made(
    records: &[Record],
    words: &Words,
    engine: &TypstEngine<TypstTemplateMainFile>,
) -> Result<Vec<u8>, NotMade> {
    let not_made = |reason: &dyn core::fmt::Debug| NotMade(format!("{reason:?}"));
    let first = records.first().ok_or_else(|| NotMade("no thread".to_owned()))?;
    let world = engine.world_builder().build().map_err(|error| not_made(&error))?;
    let glyphs = Glyphs::of(&world);
    let page = serde_json::to_string(&pages(records, words, &glyphs)).map_err(|error| not_made(&error))?;
    let mut inputs = Dict::new();
    inputs.insert("page".into(), page.into_value());
    let world = engine.world_builder().with_inputs(inputs).build().map_err(|error| not_made(&error))?;
    let document = typst::compile(&world).output.map_err(|error| not_made(&error))?;
    let options = PdfOptions {
        ident: Smart::Custom(identifier(records)),
        creator: Smart::Custom(Some(concat!("colloque ", env!("CARGO_PKG_VERSION")).to_owned())),
        timestamp: timestamp(first.made.at),
        standards: PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
            .map_err(|error| not_made(&error))?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|error| not_made(&error))
}

/// Of the document: of its threads, the device that made it, and the time.
fn identifier(records: &[Record]) -> String {
    let of = |record: &Record| format!("{} {} {}", record.thread, record.made_on, record.made.at.0);
    records.iter().map(of).collect::<Vec<_>>().join(" ")
}

fn pages(records: &[Record], words: &Words, glyphs: &Glyphs) -> Pages {
    let mut threads: Vec<Thread> =
        records.iter().map(|record| Writer { record, words, glyphs }.thread()).collect();
    let subject = words.say(key!("export-subject"), &[]);
    let (title, running) = match (records, threads.as_mut_slice()) {
        // The title of the document is that of its thread.
        ([record], [thread]) => (std::mem::take(&mut thread.title), format!("{subject} {}", record.thread)),
        _ => {
            let title = words.say(key!("export-title-all"), &[("count", records.len().into())]);
            (title.clone(), title)
        }
    };
    let page = words.say(key!("export-page"), &[("page", "{page}".into()), ("pages", "{pages}".into())]);
    Pages { language: words.language().word(), families: FAMILIES, title, running, page, threads }
}

/// Each line is read in the direction of its first letter, else in that of the line before (UAX 9, P2 and P3): in the
/// other one, a number stands on the wrong side of its unit.
fn paragraphs(lines: Vec<String>) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for line in lines {
        let letter = line.chars().find(|character| character.is_alphabetic());
        let is_right_to_left = letter.map(|letter| matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
        match paragraphs.last_mut() {
            Some(last) if is_right_to_left.is_none_or(|is| is == last.is_right_to_left) => {
                last.lines.push(line)
            }
            _ => paragraphs.push(Paragraph {
                is_right_to_left: is_right_to_left.unwrap_or_default(),
                lines: vec![line],
            }),
        }
    }
    paragraphs
}

/// The date of the document, in UTC: PDF/A demands one.
fn timestamp(at: UnixSeconds) -> Option<Timestamp> {
    let utc = jiff::tz::TimeZone::UTC.to_datetime(moment::in_calendar(at)?);
    let part = |number: i8| u8::try_from(number).ok();
    let (month, day) = (part(utc.month())?, part(utc.day())?);
    let (hour, minute, second) = (part(utc.hour())?, part(utc.minute())?, part(utc.second())?);
    Datetime::from_ymd_hms(utc.year().into(), month, day, hour, minute, second).map(Timestamp::new_utc)
}

/// Puts a record into words that the fonts can show.
struct Writer<'a> {
    record: &'a Record,
    words: &'a Words,
    glyphs: &'a Glyphs,
}

impl Writer<'_> {
    fn thread(&self) -> Thread {
        let record = self.record;
        let heading = |key| self.words.say(key, &[]);
        // The opener, who comes first, and the patients.
        let principals = (0..).zip(&record.parties);
        let principals = principals.filter(|(at, party)| *at == 0 || party.role == Some(Role::Patient));
        let people: Vec<&str> = principals.map(|(_, party)| party.name.text()).collect();
        let title = self.words.say(key!("export-title"), &[("people", people.join(", ").into())]);
        let mut about: Vec<String> = record.about.iter().map(|text| self.glyphs.name(text)).collect();
        about.push(self.words.say(key!("export-characters"), &[]));
        let columns = [
            key!("export-number"),
            key!("export-name"),
            key!("export-function"),
            key!("export-identifiers"),
            key!("export-stay"),
        ];
        Thread {
            title: self.glyphs.name(&title),
            facts: self.facts(),
            about: Section { heading: heading(key!("export-about")), items: about },
            parties: Section {
                heading: heading(key!("export-parties")),
                items: (1..).zip(&record.parties).map(|(number, party)| self.party(number, party)).collect(),
            },
            columns: columns.map(heading).into(),
            entries: Section {
                heading: heading(key!("export-entries")),
                items: record.items.iter().map(|item| self.entry(item.seq, &item.kind)).collect(),
            },
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (record, words) = (self.record, self.words);
        let opener = record.parties.first().map(|party| self.glyphs.name(&party.label)).unwrap_or_default();
        let opened = [("time", record.opened.local.clone().into()), ("name", opener.into())];
        [
            (key!("export-subject"), record.thread.to_string()),
            (key!("export-opened"), words.say(key!("export-opened-by"), &opened)),
            (key!("export-answers"), record.answers.clone()),
            (key!("export-counts"), record.counted(words)),
        ]
        .map(|(key, fact)| (words.say(key, &[]), fact))
        .into()
    }

    fn party(&self, number: usize, party: &Party) -> Vec<String> {
        let words = self.words;
        let role = party.role.map(|role| words.role(role)).unwrap_or_default();
        let mut identifiers =
            vec![words.say(key!("export-account"), &[("account", party.account.to_string().into())])];
        let (name, function) = match &party.name {
            Name::Certified { name, profession, rpps } => {
                let number = rpps.map(|rpps| rpps.as_str().to_owned());
                identifiers.extend(number.map(|n| words.say(key!("export-rpps"), &[("number", n.into())])));
                let values = [("profession", self.glyphs.name(profession).into()), ("role", role.into())];
                (name.clone(), words.say(key!("export-certified"), &values))
            }
            Name::Given(name) => {
                (words.say(key!("export-name-given"), &[("name", name.clone().into())]), role)
            }
            Name::Unnamed(name) => (name.clone(), role),
        };
        vec![
            number.to_string(),
            self.glyphs.name(&name),
            function,
            identifiers.join("\n"),
            party.stay.clone(),
        ]
    }

    fn entry(&self, seq: Option<Seq>, kind: &ItemKind) -> Entry {
        let place = match seq {
            Some(seq) => self.words.say(key!("entry-place"), &[("place", seq.to_string().into())]),
            None => self.words.say(key!("export-waiting"), &[]),
        };
        match kind {
            ItemKind::Message(message) => self.message(place, message),
            ItemKind::Line(line) => Entry {
                author: None,
                facts: vec![place],
                paragraphs: paragraphs(vec![self.glyphs.name(line)]),
                documents: Vec::new(),
            },
        }
    }

    fn message(&self, place: String, message: &Message) -> Entry {
        let author = self.record.party(message.author);
        let mut facts: Vec<String> =
            author.and_then(|party| party.role).map(|role| self.words.role(role)).into_iter().collect();
        facts.extend([message.sent.local.clone(), place]);
        Entry {
            author: author.map(|party| self.glyphs.name(&party.label)),
            facts,
            paragraphs: paragraphs(self.glyphs.lines(&message.text)),
            documents: message.documents.iter().map(|document| self.document(document)).collect(),
        }
    }

    fn document(&self, document: &Document) -> String {
        let values = [
            ("name", self.glyphs.name(&document.name).into()),
            ("type", document.media_type.into()),
            ("bytes", document.bytes.into()),
        ];
        self.words.say(key!("export-document"), &values)
    }
}
