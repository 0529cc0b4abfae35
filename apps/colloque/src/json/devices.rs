//! What programs read of the owner's own devices.

use colloque_client_core::{History, HistoryState, OwnDevice};
use colloque_schemas::history::Scope;
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

/// An item of `device history`.
#[derive(Serialize)]
pub(crate) struct HistoryJson<'a> {
    history: String,
    /// Whether this device gives it; else it is given it.
    given: bool,
    device: String,
    /// `all`, `since` or `threads`.
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    threads: Vec<String>,
    messages: u64,
    done: u64,
    /// `moving`, `done` or `failed`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    began_at: u64,
}

impl<'a> From<&'a History> for HistoryJson<'a> {
    fn from(history: &'a History) -> Self {
        let (scope, since, threads) = match &history.scope {
            Scope::All => ("all", None, Vec::new()),
            Scope::Since(at) => ("since", Some(at.0), Vec::new()),
            Scope::Threads(threads) => ("threads", None, threads.iter().map(ToString::to_string).collect()),
        };
        let (state, reason) = match &history.state {
            HistoryState::Moving => ("moving", None),
            HistoryState::Done => ("done", None),
            HistoryState::Failed { reason } => ("failed", Some(reason.as_str())),
        };
        Self {
            history: history.history.to_string(),
            given: history.is_given,
            device: history.device.to_string(),
            scope,
            since,
            threads,
            messages: history.messages,
            done: history.done,
            state,
            reason,
            began_at: history.began_at.0,
        }
    }
}
