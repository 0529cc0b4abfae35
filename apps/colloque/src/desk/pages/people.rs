//! The people that this device knows: their names, their keys, and the number to compare.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Contact, Error, KnownDevice, SafetyNumber};
use colloque_schemas::id::AccountId;
use colloque_schemas::role::Role;
use colloque_schemas::time::UnixSeconds;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::news::News;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use super::lock::NoFields;
use crate::devices;
use crate::failure::Failure;
use crate::moment;
use crate::people::{checked_petname, label_of};
use crate::qr;
use crate::words::{Language, key};

/// A person.
struct PersonView {
    account: String,
    label: String,
    petname: String,
    key_has_changed: bool,
    /// None before a key was seen.
    number: Option<NumberView>,
    is_professional: bool,
    is_blocked: bool,
    /// Invited from here, and not seen since.
    is_invited: bool,
    devices: Vec<DeviceRow>,
}

/// A device of a person.
struct DeviceRow {
    /// The first digits of its key.
    digits: String,
    since: String,
    threads: u64,
}

/// A safety number in every form in which two people can compare it.
struct NumberView {
    digits: Vec<String>,
    spoken: String,
    /// To scan; the text in it is ours.
    qr: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    patients: Vec<PersonView>,
    professionals: Vec<PersonView>,
    own_account: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    page: Page,
    person: PersonView,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NameForm {
    name: String,
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    account: String,
    name: String,
}

/// The number that the owner has compared, so that a key that changed since is not confirmed.
#[derive(Deserialize)]
pub(super) struct ConfirmForm {
    digits: String,
}

pub(super) async fn list(visit: Visit) -> Result<Response, Fault> {
    list_page(&visit, None).await
}

pub(super) async fn list_page(visit: &Visit, problem: Option<String>) -> Result<Response, Fault> {
    let (people, own_account) = visit
        .ask(|client, viewer| {
            let own = client.own().account;
            let invited = waited_for(client)?;
            let contacts = client.contacts()?.into_iter().filter(|contact| contact.account != own);
            let views = contacts.map(|contact| PersonView {
                is_invited: invited.contains(&contact.account),
                ..PersonView::of(&contact, None, viewer)
            });
            Ok((views.collect::<Vec<_>>(), own.to_string()))
        })
        .await?;
    let (professionals, patients) = people.into_iter().partition(|person| person.is_professional);
    let page = visit.page(Nav::People, visit.viewer.words.say(key!("desk-people"), &[]));
    Ok(PeoplePage { page, patients, professionals, own_account, problem }.html())
}

pub(super) async fn show(visit: Visit, Path(account): Path<String>) -> Result<Response, Fault> {
    person_page(&visit, parsed(&account)?, None).await
}

pub(super) async fn person_page(
    visit: &Visit,
    account: AccountId,
    problem: Option<String>,
) -> Result<Response, Fault> {
    let person = visit
        .ask(move |client, viewer| {
            let contact = client.contact(account)?;
            let number = contact.account_key.is_some().then(|| client.safety_number(account)).transpose()?;
            let devices = client.devices(account)?;
            let devices = devices.iter().map(|device| DeviceRow::of(device, viewer)).collect();
            let is_invited = waited_for(client)?.contains(&account);
            Ok(PersonView { devices, is_invited, ..PersonView::of(&contact, number.as_ref(), viewer) })
        })
        .await?;
    let page = visit.page(Nav::People, person.label.clone());
    Ok(PersonPage { page, person, problem }.html())
}

pub(super) async fn name(
    Path(account): Path<String>,
    Posted { visit, form }: Posted<NameForm>,
) -> Result<Response, Fault> {
    let account = parsed(&account)?;
    let act = move |client: &mut Client| {
        let name = checked_petname(&form.name)?;
        Ok(client.name_contact(account, name)?)
    };
    match visit.ask(move |client, _| Ok::<Result<(), Failure>, Fault>(act(client))).await? {
        Ok(()) => Ok(Redirect::to(&format!("/people/{account}")).into_response()),
        Err(failure) => person_page(&visit, account, Some(failure.line(&visit.viewer.words))).await,
    }
}

pub(super) async fn add(Posted { visit, form }: Posted<AddForm>) -> Result<Response, Fault> {
    let act = move |client: &mut Client| {
        let typed: String = form.account.split_whitespace().collect();
        let account: AccountId = typed.parse().map_err(|_| Failure::NotAnAccount(form.account.clone()))?;
        client.name_contact(account, checked_petname(&form.name)?)?;
        Ok(account)
    };
    match visit.ask(move |client, _| Ok::<Result<AccountId, Failure>, Fault>(act(client))).await? {
        Ok(account) => Ok(Redirect::to(&format!("/people/{account}")).into_response()),
        Err(failure) => list_page(&visit, Some(failure.line(&visit.viewer.words))).await,
    }
}

pub(super) async fn confirm(
    Path(account): Path<String>,
    Posted { visit, form }: Posted<ConfirmForm>,
) -> Result<Response, Fault> {
    let account = parsed(&account)?;
    visit
        .ask(move |client, _| {
            let number = client.safety_number(account)?;
            if number.digits() != form.digits {
                return Err(Fault::Failure(Failure::SafetyNumberDiffers));
            }
            Ok(client.confirm_key(account, &number)?)
        })
        .await?;
    Ok(Redirect::to(&format!("/people/{account}")).into_response())
}

/// Holds at once; leaving the threads waits for the relay.
pub(super) async fn block(
    Path(account): Path<String>,
    Posted { visit, .. }: Posted<NoFields>,
) -> Result<Response, Fault> {
    acted(&visit, parsed(&account)?, |client, account, now| client.block(account, now)).await
}

pub(super) async fn unblock(
    Path(account): Path<String>,
    Posted { visit, .. }: Posted<NoFields>,
) -> Result<Response, Fault> {
    acted(&visit, parsed(&account)?, |client, account, _| client.unblock(account)).await
}

/// Does something about a person and shows the person; or shows why not.
async fn acted(
    visit: &Visit,
    account: AccountId,
    act: fn(&mut Client, AccountId, UnixSeconds) -> Result<(), Error>,
) -> Result<Response, Fault> {
    let done = visit.ask(move |client, viewer| Ok::<_, Fault>(act(client, account, viewer.now))).await?;
    match done {
        Ok(()) => {
            visit.desk.keeper.tell(News::Done(None));
            Ok(Redirect::to(&format!("/people/{account}")).into_response())
        }
        Err(error) => person_page(visit, account, Some(Failure::from(error).line(&visit.viewer.words))).await,
    }
}

/// Who was invited from here and has not been seen since.
fn waited_for(client: &Client) -> Result<Vec<AccountId>, Error> {
    let invited = client.invitations()?.into_iter();
    Ok(invited.filter(|invited| !invited.is_met).map(|invited| invited.account).collect())
}

impl PersonView {
    fn of(contact: &Contact, number: Option<&SafetyNumber>, viewer: &Viewer) -> Self {
        Self {
            account: contact.account.to_string(),
            label: label_of(contact, &viewer.words),
            petname: contact.petname.clone().unwrap_or_default(),
            key_has_changed: contact.key_has_changed,
            number: number.map(|number| NumberView::of(number, viewer.words.language())),
            is_professional: contact.role == Some(Role::Professional),
            is_blocked: contact.is_blocked,
            is_invited: false,
            devices: Vec::new(),
        }
    }
}

impl DeviceRow {
    fn of(device: &KnownDevice, viewer: &Viewer) -> Self {
        let since = moment::day(device.since_at, &viewer.zone, &viewer.words);
        Self {
            digits: devices::digits(&device.device),
            since: viewer.words.say(key!("desk-since"), &[("day", since.into())]),
            threads: device.threads,
        }
    }
}

impl NumberView {
    fn of(number: &SafetyNumber, language: Language) -> Self {
        let spoken = number.words(language.into());
        Self {
            digits: number.digits().split(' ').map(str::to_owned).collect(),
            spoken: spoken.join(" "),
            qr: qr::svg(&number.qr_text()),
        }
    }
}

/// The account that an address names.
pub(super) fn parsed(text: &str) -> Result<AccountId, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}
