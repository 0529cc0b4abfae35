//! The text that is being written, kept while it is: nothing typed is lost to a closed window, a lock or a restart.

use axum::http::StatusCode;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::posted::Posted;

#[derive(Deserialize)]
pub(super) struct DraftForm {
    /// Empty for a thread that is not opened yet.
    thread: String,
    text: String,
}

pub(super) async fn keep(Posted { visit, form }: Posted<DraftForm>) -> Result<StatusCode, Fault> {
    let thread = match form.thread.as_str() {
        "" => None,
        thread => Some(thread.parse().map_err(|_| Fault::NotFound)?),
    };
    let text = form.text.replace("\r\n", "\n");
    visit.ask(move |client, _| Ok(client.keep_draft(thread, &text)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
