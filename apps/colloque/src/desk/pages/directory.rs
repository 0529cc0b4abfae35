//! The directory of professionals, looked through at the authority: whoever is in it is known here afterwards.

use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::connection::Reached;
use colloque_client_core::{Client, Error};
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{DIRECTORY_ITEMS_MAX, DIRECTORY_PAGE_ITEMS};

use super::super::fault::Fault;
use super::super::posted::Posted;
use super::super::visit::Visit;
use super::lock::NoFields;
use super::people::list_page;
use crate::failure::Failure;

pub(super) async fn read(Posted { visit, .. }: Posted<NoFields>) -> Result<Response, Fault> {
    let mut after = None;
    for _ in 0..DIRECTORY_ITEMS_MAX.div_ceil(DIRECTORY_PAGE_ITEMS) {
        after = match Box::pin(page(&visit, after)).await? {
            Ok(next) => next,
            Err(error) => {
                return list_page(&visit, Some(Failure::from(error).line(&visit.viewer.words))).await;
            }
        };
        if after.is_none() {
            break;
        }
    }
    Ok(Redirect::to("/people#colleagues").into_response())
}

/// Reads one page; says where the next one begins. The client is not held while the network is waited for.
async fn page(visit: &Visit, after: Option<AccountId>) -> Result<Result<Option<AccountId>, Error>, Fault> {
    let authority = visit.ask(|client, _| Ok(client.authority().clone())).await?;
    let reached = match Reached::server(&authority).await {
        Ok(reached) => reached,
        Err(error) => return Ok(Err(error)),
    };
    let binding = reached.binding();
    let asks = move |client: &mut Client, now| client.directory_request(after, binding, now);
    let request = visit.ask(move |client, viewer| Ok(asks(client, viewer.now)?)).await?;
    let reply = match reached.ask(request).await {
        Ok(reply) => reply,
        Err(error) => return Ok(Err(error)),
    };
    visit
        .ask(move |client, viewer| Ok(client.take_directory(after, &reply, viewer.now).map(|page| page.next)))
        .await
}
