//! The owner's own devices: which there are, what they give each other, and removing one. Adding one is in `link`.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, Error, HistoryState, OwnDevice};
use colloque_schemas::history::Scope;
use colloque_schemas::id::{DeviceKey, HistoryId};
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use crate::devices;
use crate::failure::Failure;
use crate::histories;
use crate::moment;
use crate::plain;
use crate::words::key;

/// A device of the owner.
struct DeviceRow {
    /// Its whole key, for the form.
    key: String,
    digits: String,
    label: String,
    facts: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    page: Page,
    devices: Vec<DeviceRow>,
    /// Whether this is the main device, which alone can change anything.
    is_main: bool,
    /// Which device is to be the main one, once it is connected.
    next_main: Option<String>,
    histories: Vec<HistoryRow>,
    problem: Option<String>,
}

/// Conversations on their way from a device to another.
struct HistoryRow {
    id: String,
    line: String,
    is_moving: bool,
}

#[derive(Deserialize)]
pub(super) struct DeviceForm {
    device: String,
}

#[derive(Deserialize)]
pub(super) struct GiveForm {
    device: String,
    /// A day; empty for all.
    since: String,
}

#[derive(Deserialize)]
pub(super) struct StopForm {
    history: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    visit.desk.keeper.linkings().clear();
    page(&visit, None).await
}

/// Holds on this device at once; the relay and the conversations follow when there is a connection.
pub(super) async fn remove(Posted { visit, form }: Posted<DeviceForm>) -> Result<Response, Fault> {
    let device: DeviceKey = form.device.parse().map_err(|_| Fault::Malformed)?;
    let removed = visit.ask(move |client, _| Ok(client.unlink_device(device))).await?;
    after(&visit, removed.map_err(Failure::from)).await
}

/// Conversations of before, for a device that was added later.
pub(super) async fn give(Posted { visit, form }: Posted<GiveForm>) -> Result<Response, Fault> {
    let device: DeviceKey = form.device.parse().map_err(|_| Fault::Malformed)?;
    let scope = match form.since.trim() {
        "" => Some(Scope::All),
        day => moment::parsed_day(day, &visit.viewer.zone).map(Scope::Since),
    };
    let Some(scope) = scope else { return after(&visit, Err(Failure::Day(plain::name(&form.since)))).await };
    let given = visit.ask(move |client, viewer| Ok(client.give_history(device, scope, viewer.now))).await?;
    after(&visit, given.map(drop).map_err(Failure::from)).await
}

pub(super) async fn stop(Posted { visit, form }: Posted<StopForm>) -> Result<Response, Fault> {
    let history: HistoryId = form.history.parse().map_err(|_| Fault::Malformed)?;
    let stopped = visit.ask(move |client, _| Ok(client.end_history(history))).await?;
    after(&visit, stopped.map_err(Failure::from)).await
}

/// Holds once the other device has been connected and has taken over.
pub(super) async fn make_main(Posted { visit, form }: Posted<DeviceForm>) -> Result<Response, Fault> {
    let device: DeviceKey = form.device.parse().map_err(|_| Fault::Malformed)?;
    let moved: Result<(), Error> = visit.ask(move |client, _| Ok(client.move_primary(device))).await?;
    after(&visit, moved.map_err(Failure::from)).await
}

async fn after(visit: &Visit, done: Result<(), Failure>) -> Result<Response, Fault> {
    match done {
        Ok(()) => Ok(Redirect::to("/devices").into_response()),
        Err(failure) => page(visit, Some(failure.line(&visit.viewer.words))).await,
    }
}

async fn page(visit: &Visit, problem: Option<String>) -> Result<Response, Fault> {
    let page = visit.page(Nav::Settings, visit.viewer.words.say(key!("desk-own-devices"), &[]));
    let (devices, is_main) = visit.ask(rows).await?;
    let (histories, next_main) = visit.ask(moving).await?;
    Ok(DevicesPage { page, devices, is_main, next_main, histories, problem }.html())
}

fn moving(client: &mut Client, viewer: &Viewer) -> Result<(Vec<HistoryRow>, Option<String>), Fault> {
    let own = client.own_devices()?;
    let rows = client.histories()?.into_iter().map(|history| HistoryRow {
        id: history.history.to_string(),
        line: histories::line(&history, &own, &viewer.zone, &viewer.words),
        is_moving: history.state == HistoryState::Moving,
    });
    let next = client.moves_primary_to();
    let next = own.iter().find(|device| Some(device.device) == next);
    let words = &viewer.words;
    let waiting = |device| {
        let label = devices::label(device, true, words);
        words.say(key!("device-main-waiting"), &[("device", label.into())])
    };
    Ok((rows.collect(), next.map(waiting)))
}

fn rows(client: &mut Client, viewer: &Viewer) -> Result<(Vec<DeviceRow>, bool), Fault> {
    let is_main = client.own().is_primary;
    let row = |device: OwnDevice| DeviceRow {
        key: device.device.to_string(),
        digits: devices::digits(&device.device),
        label: devices::label(&device, is_main, &viewer.words),
        facts: devices::facts(&device, &viewer.zone, &viewer.words),
        is_this: device.is_this,
    };
    Ok((client.own_devices()?.into_iter().map(row).collect(), is_main))
}
