//! What programs read of the owner's own devices.

use colloque_client_core::OwnDevice;
use serde::Serialize;

/// The first line of `device offer`.
#[derive(Serialize)]
pub(crate) struct OfferJson<'a> {
    /// For `device link` on the main device.
    pub(crate) offer: &'a str,
}

/// The second line of `device offer`.
#[derive(Serialize)]
pub(crate) struct LinkCodeJson<'a> {
    /// Six digits, for a person to give to `device link`.
    pub(crate) code: &'a str,
}

/// The last line of `device link`.
#[derive(Serialize)]
pub(crate) struct LinkedJson {
    /// `done`.
    pub(crate) state: &'static str,
    /// The new device.
    pub(crate) device: String,
    /// Whether it is in every conversation by now.
    pub(crate) is_everywhere: bool,
}

/// An item of `device list`.
#[derive(Serialize)]
pub(crate) struct OwnDeviceJson<'a> {
    device: String,
    this: bool,
    /// Null where this device cannot tell.
    main: Option<bool>,
    name: Option<&'a str>,
    linked_at: Option<u64>,
    threads: u64,
}

impl<'a> OwnDeviceJson<'a> {
    /// On the main device, or not.
    pub(crate) fn new(device: &'a OwnDevice, this_is_main: bool) -> Self {
        Self {
            device: device.device.to_string(),
            this: device.is_this,
            main: (device.is_this || this_is_main).then_some(device.is_this && this_is_main),
            name: device.name.as_deref(),
            linked_at: device.linked_at.map(|at| at.0),
            threads: device.threads,
        }
    }
}
