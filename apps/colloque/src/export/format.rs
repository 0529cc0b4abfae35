//! The forms of an exported thread.

use crate::export::{Record, fhir};
use crate::failure::Failure;
use crate::words::Words;

/// The form of an exported thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Pdf,
    Fhir,
}

impl Format {
    /// The format of a word, if this program has it.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Pdf, Self::Fhir].into_iter().find(|format| format.word() == word)
    }

    /// The word that `--format` takes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Fhir => "fhir",
        }
    }

    /// What a file of it is (RFC 6838).
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Fhir => "application/fhir+json",
        }
    }

    /// What the name of a file of it ends in.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Fhir => "json",
        }
    }

    /// Whether this build makes it.
    ///
    /// # Errors
    ///
    /// `PdfAbsent`.
    pub(crate) fn check(self) -> Result<(), Failure> {
        match self {
            Self::Pdf if cfg!(not(feature = "pdf")) => Err(Failure::PdfAbsent),
            _ => Ok(()),
        }
    }

    /// The document: a file of this form, of one thread or several. Takes a second of computing for a long thread.
    ///
    /// # Errors
    ///
    /// `PdfAbsent`; `Output` or `Client`, for no thread that is known.
    pub(crate) fn document(self, records: &[Record], words: &Words) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Fhir => fhir::bytes(records, words).map_err(|error| Failure::Output(error.into())),
            // What typst says about it may quote the thread: it is not passed on.
            #[cfg(feature = "pdf")]
            Self::Pdf => crate::export::pdf::bytes(records, words)
                .map_err(|_| colloque_client_core::Error::Bug("a thread cannot be laid out").into()),
            #[cfg(not(feature = "pdf"))]
            Self::Pdf => Err(Failure::PdfAbsent),
        }
    }
}
