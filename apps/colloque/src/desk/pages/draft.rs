//! The text that is being written, kept while it is: nothing typed is lost to a closed window, a lock or a restart.
//!
//! Two windows may write one text. Each says what it knows of the text that is kept; where that is another one by now,
//! nothing is kept, and whoever types is told.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use colloque_client_core::DraftOf;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::fault::Fault;
use super::super::posted::Posted;

/// Bytes of a mark: enough that no two texts have the same by chance.
const MARK_BYTES: usize = 12;

#[derive(Deserialize)]
pub(super) struct DraftForm {
    /// Empty for a thread that is not opened yet.
    thread: String,
    /// For whom it would be opened; empty for nobody yet.
    #[serde(default)]
    patient: String,
    text: String,
    /// The mark of the text that is kept, as far as the window knows.
    known: String,
}

/// By which a window knows a text that is kept.
pub(super) fn mark(text: &str) -> String {
    let hash = Sha256::new_with_prefix("colloque draft 1").chain_update(text).finalize();
    BASE64URL_NOPAD.encode(hash.get(..MARK_BYTES).unwrap_or_default())
}

pub(super) async fn keep(Posted { visit, form }: Posted<DraftForm>) -> Result<Response, Fault> {
    let of = match (form.thread.as_str(), form.patient.as_str()) {
        ("", "") => DraftOf::New(None),
        ("", patient) => DraftOf::New(Some(patient.parse().map_err(|_| Fault::NotFound)?)),
        (thread, _) => DraftOf::Thread(thread.parse().map_err(|_| Fault::NotFound)?),
    };
    let (text, known) = (form.text.replace("\r\n", "\n"), form.known);
    let kept = visit
        .ask(move |client, _| {
            if mark(&client.draft(of)?.unwrap_or_default()) != known {
                return Ok(None);
            }
            client.keep_draft(of, &text)?;
            Ok(Some(mark(&text)))
        })
        .await?;
    Ok(kept.map_or_else(|| StatusCode::CONFLICT.into_response(), |mark| mark.into_response()))
}
