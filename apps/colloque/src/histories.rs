//! What conversations of before are on their way between the owner's devices, as people read it.

use colloque_client_core::{History, HistoryState, OwnDevice};
use colloque_schemas::history::Scope;
use colloque_schemas::id::HistoryId;
use jiff::tz::TimeZone;

use crate::devices;
use crate::moment;
use crate::plain;
use crate::words::{Words, key};

/// Digits that tell one from the others.
const HISTORY_DIGITS: usize = 8;

/// The first digits of its id.
pub(crate) fn digits(history: HistoryId) -> String {
    history.to_string().chars().take(HISTORY_DIGITS).collect()
}

/// To or from which device, of what, and how far it is.
pub(crate) fn line(history: &History, own: &[OwnDevice], zone: &TimeZone, words: &Words) -> String {
    let named = own.iter().find(|device| device.device == history.device);
    let name = named.and_then(|device| device.name.as_deref()).map(plain::name);
    let device = name.unwrap_or_else(|| devices::digits(&history.device));
    let whose = if history.is_given { key!("history-given") } else { key!("history-received") };
    let parts = [
        words.say(whose, &[("device", device.into())]),
        scope(&history.scope, zone, words),
        state(history, words),
    ];
    parts.join(" · ")
}

fn scope(scope: &Scope, zone: &TimeZone, words: &Words) -> String {
    match scope {
        Scope::All => words.say(key!("history-all"), &[]),
        Scope::Since(at) => {
            words.say(key!("history-since"), &[("day", moment::day(*at, zone, words).into())])
        }
        Scope::Threads(threads) => words.say(key!("history-threads"), &[("count", threads.len().into())]),
    }
}

/// How far it is, or why it did not get there.
pub(crate) fn state(history: &History, words: &Words) -> String {
    let count = |key, count: u64| words.say(key, &[("count", count.into())]);
    match &history.state {
        HistoryState::Done if history.is_given => count(key!("history-given-done"), history.done),
        HistoryState::Done => count(key!("history-done"), history.done),
        HistoryState::Moving => {
            let values = [("done", history.done.into()), ("count", history.messages.into())];
            words.say(key!("history-moving"), &values)
        }
        HistoryState::Failed { reason } => match reason.as_str() {
            "ended" => words.say(key!("history-ended"), &[]),
            "unknown-device" => words.say(key!("history-device-removed"), &[]),
            "history-too-long" => words.say(key!("history-too-long"), &[]),
            id => words.say(key!("history-failed"), &[("reason", words.reason(&plain::name(id)).into())]),
        },
    }
}
