//! Who is in a thread, and since when; adding a colleague and taking one out.

use axum::extract::Path;
use axum::response::Response;
use colloque_client_core::{Client, Participant};
use colloque_schemas::id::{AccountId, Seq, ThreadId};
use colloque_schemas::role::Role;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::posted::Posted;
use super::super::visit::Viewer;
use super::thread::{Asked, acted, parsed};
use crate::failure::Failure;
use crate::moment;
use crate::people::{People, label_of};
use crate::words::key;

/// Colleagues to choose from on a page; others are added by their account number.
pub(super) const COLLEAGUES: usize = 24;

/// A person in a thread.
pub(super) struct MemberRow {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) mark: String,
    pub(super) is_own: bool,
    pub(super) devices: u64,
    /// Since when, in a sentence.
    pub(super) since: String,
    /// Whether the owner may take this person out.
    pub(super) is_removable: bool,
}

impl MemberRow {
    /// Whether the owner may take this person out.
    pub(super) const fn may_be_removed(&self) -> bool {
        self.is_removable
    }
}

/// A colleague to choose.
pub(super) struct Colleague {
    pub(super) account: String,
    pub(super) label: String,
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    /// One whom this device knows.
    #[serde(default)]
    colleague: String,
    /// Or an account number.
    #[serde(default)]
    account: String,
}

#[derive(Deserialize)]
pub(super) struct RemoveForm {
    account: String,
}

pub(super) async fn add(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<AddForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let typed: String = form.account.split_whitespace().collect();
    let chosen = if typed.is_empty() { form.colleague } else { typed };
    let act = move |client: &mut Client, viewer: &Viewer| {
        let account = chosen.parse().map_err(|_| Failure::NotAnAccount(chosen))?;
        Ok(client.add_member(thread, account, viewer.now)?)
    };
    acted(&visit, thread, Asked::default(), act).await
}

pub(super) async fn remove(
    Path(thread): Path<String>,
    Posted { visit, form }: Posted<RemoveForm>,
) -> Result<Response, Fault> {
    let thread = parsed(&thread)?;
    let act = move |client: &mut Client, viewer: &Viewer| {
        let account = form.account.parse().map_err(|_| Failure::NotAnAccount(form.account))?;
        Ok(client.remove_member(thread, account, viewer.now)?)
    };
    acted(&visit, thread, Asked::default(), act).await
}

/// Everyone in a thread.
pub(super) fn members(
    client: &Client,
    viewer: &Viewer,
    people: &People,
    thread: ThreadId,
) -> Result<Vec<MemberRow>, Fault> {
    let words = &viewer.words;
    let joined = client.joined(thread)?;
    let is_closed = client.thread(thread)?.mode.is_closed();
    let mut members: Vec<MemberRow> = Vec::new();
    for participant in client.participants(thread)? {
        let account = participant.account.to_string();
        if let Some(row) = members.iter_mut().find(|row| row.account == account) {
            row.devices += 1;
            continue;
        }
        let is_own = participant.account == people.own();
        let may_leave = participant.role == Role::Professional || is_closed;
        members.push(MemberRow {
            account,
            name: people.name(participant.account, words),
            mark: people.mark(participant.account, words),
            is_own,
            devices: 1,
            since: since(&participant, joined.filter(|_| !is_own), viewer),
            is_removable: people.own_role() == Role::Professional && !is_own && may_leave,
        });
    }
    Ok(members)
}

/// Since when somebody has access. Who was there when the owner `joined` was so before; the rest is not known here.
fn since(participant: &Participant, joined: Option<Seq>, viewer: &Viewer) -> String {
    if joined.is_some_and(|joined| participant.since <= joined) {
        return viewer.words.say(key!("desk-since-before"), &[]);
    }
    // Of a Commit only the day is known, which is one of UTC.
    let is_opening = participant.since <= Seq::START.next();
    let zone = if is_opening { viewer.zone.clone() } else { TimeZone::UTC };
    let day = moment::day(participant.since_at, &zone, &viewer.words);
    viewer.words.say(key!("desk-since"), &[("day", day.into())])
}

/// The professionals whom this device knows and who are not in the thread, as many as a page names.
pub(super) fn colleagues(
    client: &Client,
    viewer: &Viewer,
    members: &[MemberRow],
) -> Result<Vec<Colleague>, Fault> {
    let own: AccountId = client.own().account;
    let is_in = |account: &str| members.iter().any(|row| row.account == account);
    let known = client.contacts()?.into_iter();
    let known = known.filter(|contact| contact.role == Some(Role::Professional) && contact.account != own);
    let rows = known.map(|contact| Colleague {
        label: label_of(&contact, &viewer.words),
        account: contact.account.to_string(),
    });
    Ok(rows.filter(|row| !is_in(&row.account)).take(COLLEAGUES).collect())
}
