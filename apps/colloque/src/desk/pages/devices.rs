//! The owner's own devices: which there are, and removing one. Adding one is in `link`.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use colloque_client_core::{Client, OwnDevice};
use colloque_schemas::id::DeviceKey;
use serde::Deserialize;

use super::super::fault::Fault;
use super::super::page::{Html as _, Nav, Page};
use super::super::posted::Posted;
use super::super::visit::{Viewer, Visit};
use crate::devices;
use crate::failure::Failure;
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
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RemoveForm {
    device: String,
}

pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    visit.desk.keeper.linkings().clear();
    page(&visit, None).await
}

/// Holds on this device at once; the relay and the conversations follow when there is a connection.
pub(super) async fn remove(Posted { visit, form }: Posted<RemoveForm>) -> Result<Response, Fault> {
    let device: DeviceKey = form.device.parse().map_err(|_| Fault::Malformed)?;
    let removed = visit.ask(move |client, _| Ok(client.unlink_device(device))).await?;
    match removed {
        Ok(()) => Ok(Redirect::to("/devices").into_response()),
        Err(error) => page(&visit, Some(Failure::from(error).line(&visit.viewer.words))).await,
    }
}

async fn page(visit: &Visit, problem: Option<String>) -> Result<Response, Fault> {
    let (devices, is_main) = visit.ask(rows).await?;
    let page = visit.page(Nav::Settings, visit.viewer.words.say(key!("desk-own-devices"), &[]));
    Ok(DevicesPage { page, devices, is_main, problem }.html())
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
