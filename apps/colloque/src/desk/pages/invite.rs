//! An invitation for a patient: asked for by name, shown to be scanned, printed or read out, and shown again until it ends.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::connection::Reached;
use colloque_client_core::{Client, Error, Inviting};
use colloque_schemas::id::AccountId;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::lock::NoFields;
use super::people::{list_page, parsed, person_page};
use crate::failure::Failure;
use crate::moment;
use crate::people::{People, checked_petname, label_of};
use crate::qr;
use crate::words::key;

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    page: Page,
    account: String,
    /// What is handed over; none when it has ended or was used.
    handed: Option<Handed>,
    /// Until when, or since when not any more, in a sentence.
    life: String,
    is_met: bool,
}

/// An invitation in both forms.
struct Handed {
    text: String,
    /// To scan; the text in it is ours.
    qr: String,
}

#[derive(Deserialize)]
pub(super) struct InviteForm {
    name: String,
}

/// What is to be asked of the authority, or the account for which there is an invitation already.
enum Begun {
    Asking(Inviting),
    There(AccountId),
}

pub(super) async fn invite(Posted { visit, form }: Posted<InviteForm>) -> Result<Response, Fault> {
    let begin = move |client: &mut Client, viewer: &Viewer| {
        let name = checked_petname(&form.name)?;
        // Pressed twice, or forgotten: one name has one invitation at a time.
        let open = client.invitations()?.into_iter();
        for invited in open.filter(|invited| !invited.is_met && invited.expires_at > viewer.now) {
            if client.contact(invited.account)?.petname.as_deref() == Some(name) {
                return Ok(Begun::There(invited.account));
            }
        }
        Ok(Begun::Asking(client.begin_invitation(name, viewer.now)?))
    };
    match Box::pin(asked(&visit, begin)).await? {
        Ok(account) => Ok(Redirect::to(&format!("/people/{account}/invitation")).into_response()),
        Err(failure) => list_page(&visit, Some(failure.line(&visit.viewer.words))).await,
    }
}

/// Another invitation for somebody who has not enrolled; it ends the one before.
pub(super) async fn again(
    Path(account): Path<String>,
    Posted { visit, .. }: Posted<NoFields>,
) -> Result<Response, Fault> {
    let account = parsed(&account)?;
    let begin = move |client: &mut Client, viewer: &Viewer| {
        Ok(Begun::Asking(client.begin_invitation_again(account, viewer.now)?))
    };
    match Box::pin(asked(&visit, begin)).await? {
        Ok(account) => Ok(Redirect::to(&format!("/people/{account}/invitation")).into_response()),
        Err(failure) => match Fault::from(failure) {
            Fault::Failure(failure) => {
                person_page(&visit, account, Some(failure.line(&visit.viewer.words))).await
            }
            fault => Err(fault),
        },
    }
}

pub(super) async fn show(visit: Visit, Path(account): Path<String>) -> Result<Response, Fault> {
    let account = parsed(&account)?;
    let (invited, name) = visit
        .ask(move |client, viewer| {
            let invited = client.invitation(account)?.ok_or(Fault::NotFound)?;
            Ok((invited, label_of(&client.contact(account)?, &viewer.words)))
        })
        .await?;
    let Viewer { words, zone, now } = &visit.viewer;
    let is_open = !invited.is_met && invited.expires_at > *now;
    let text = invited.invitation.to_string();
    let key = match (invited.is_met, is_open) {
        (true, _) => key!("invitation-used"),
        (false, true) => key!("invitation-until"),
        (false, false) => key!("invitation-over"),
    };
    let time = moment::shown(invited.expires_at, zone, words);
    let page = InvitationPage {
        page: visit.page(Nav::People, words.say(key!("invitation-title"), &[("name", name.into())])),
        account: account.to_string(),
        handed: is_open.then(|| Handed { qr: qr::svg(&text), text }),
        life: words.say(key, &[("time", time.into())]),
        is_met: invited.is_met,
    };
    Ok(page.html())
}

/// Asks the authority for an invitation. The client is not held meanwhile: other pages go on.
async fn asked(
    visit: &Visit,
    begin: impl FnOnce(&mut Client, &Viewer) -> Result<Begun, Failure> + Send + 'static,
) -> Result<Result<AccountId, Failure>, Fault> {
    let begun = visit
        .ask(move |client, viewer| Ok(begin(client, viewer).map(|begun| (begun, client.authority().clone()))))
        .await?;
    let (inviting, authority) = match begun {
        Ok((Begun::Asking(inviting), authority)) => (inviting, authority),
        Ok((Begun::There(account), _)) => return Ok(Ok(account)),
        Err(failure) => return Ok(Err(failure)),
    };
    let reached = match Reached::server(&authority).await {
        Ok(reached) => reached,
        Err(error) => return Ok(Err(error.into())),
    };
    let binding = reached.binding();
    let (inviting, request) = visit
        .ask(move |client, _| {
            let request = client.invitation_request(&inviting, binding)?;
            Ok((inviting, request))
        })
        .await?;
    let reply = match reached.ask(request).await {
        Ok(reply) => reply,
        Err(error) => return Ok(Err(error.into())),
    };
    visit
        .ask(move |client, _| {
            let invited: Result<_, Error> = client.finish_invitation(inviting, &reply);
            Ok(invited.map(|invited| invited.account).map_err(Failure::from))
        })
        .await
}

/// Those of these people who have not activated their mailbox, with what is said of them.
pub(super) struct Absent {
    pub(super) account: String,
    pub(super) name: String,
    /// Whether this device invited them, and so may again.
    pub(super) is_invited: bool,
}

impl Absent {
    pub(super) fn among(
        client: &Client,
        people: &People,
        viewer: &Viewer,
        accounts: &[AccountId],
    ) -> Result<Vec<Self>, Fault> {
        let absent = |account: &AccountId| {
            let is_invited = client.invitation(*account)?.is_some();
            Ok(Self { account: account.to_string(), name: people.name(*account, &viewer.words), is_invited })
        };
        accounts.iter().map(absent).collect()
    }
}
