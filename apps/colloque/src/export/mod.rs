//! A thread as a document that lasts: one plain [`Record`], and the two forms in which it leaves this device.
//!
//! | for | see |
//! |---|---|
//! | what is written down, and in which words | `record`, from `views`; `presence` |
//! | programs: a bundle of FHIR R4 | `fhir` |
//! | people and archives: PDF/A-2a that is PDF/UA-1 as well | `pdf`, `glyphs`, `thread.typ` |
//! | one of the two, as it is asked for | `format` |
//! | the way in: a FHIR `Communication` to be sent | `incoming` |

pub(crate) mod fhir;
mod format;
#[cfg(feature = "pdf")]
mod glyphs;
pub(crate) mod incoming;
#[cfg(feature = "pdf")]
mod pdf;
mod presence;
mod record;
mod views;

#[cfg(test)]
mod sample;

pub(crate) use format::Format;
pub(crate) use record::Record;
pub(crate) use views::{Names, Views};
