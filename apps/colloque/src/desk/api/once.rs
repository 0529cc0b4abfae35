//! Asking again: a program that got no answer asks the same under the same key, and is told what came of the first time.
//!
//! `Idempotency-Key`, as draft-ietf-httpapi-idempotency-key-header describes it. That something is about to be done is
//! written down before it is done, and what came of it after: if the program ends in between, nothing is done twice.

use axum::http::HeaderMap;
use colloque_client_core::{Client, Error};
use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use crate::integration::Integration;

const HEADER: &str = "idempotency-key";
/// Longest key, in bytes.
const KEY_MAX_BYTES: usize = 64;
/// Requests of an integration that are remembered; the oldest is forgotten first.
const REMEMBERED_MAX: usize = 256;

/// Under which a request was made, and what it was.
pub(super) struct RequestKey {
    key: String,
    asked: Sha256,
}

impl RequestKey {
    /// Of a request with this method and path.
    ///
    /// # Errors
    ///
    /// `IdempotencyKey`.
    pub(super) fn of(headers: &HeaderMap, named: String) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| (1..=KEY_MAX_BYTES).contains(&key.len()));
        let key = key.filter(|_| values.next().is_none()).ok_or(Problem::IdempotencyKey)?;
        Ok(Some(Self { key: digest(Sha256::new_with_prefix(key)), asked: Sha256::new_with_prefix(named) }))
    }

    /// With its body.
    pub(super) fn about(mut self, body: &[u8]) -> Self {
        self.hears(body);
        self
    }

    /// With more of its body, as it comes.
    pub(super) fn hears(&mut self, body: &[u8]) {
        self.asked.update(body);
    }
}

/// A request as it is remembered: nothing of what it said.
#[derive(Serialize, Deserialize)]
struct Remembered {
    key: String,
    asked: String,
    /// What it was answered; none until it is known.
    answer: Option<Value>,
}

/// Does something, once for each key.
///
/// # Errors
///
/// `IdempotencyMismatch`, `IdempotencyUnsure`, and whatever the act comes to, which is not remembered.
pub(super) fn once<T: Serialize + DeserializeOwned>(
    client: &mut Client,
    integration: &Integration,
    key: Option<RequestKey>,
    act: impl FnOnce(&mut Client) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let Some(RequestKey { key, asked }) = key else { return act(client) };
    let (place, asked) = (integration.requests_key(), digest(asked));
    let mut all = remembered(client, &place)?;
    if let Some(before) = all.iter().find(|before| before.key == key) {
        if before.asked != asked {
            return Err(Problem::IdempotencyMismatch);
        }
        let answer = before.answer.clone().ok_or(Problem::IdempotencyUnsure)?;
        return serde_json::from_value(answer).map_err(|_| damaged().into());
    }
    if all.len() >= REMEMBERED_MAX {
        all.remove(0);
    }
    all.push(Remembered { key, asked, answer: None });
    remember(client, &place, &all)?;
    let done = act(client);
    match &done {
        Ok(done) => {
            let answer = serde_json::to_value(done).map_err(|_| damaged())?;
            all.last_mut().into_iter().for_each(|last| last.answer = Some(answer.clone()));
        }
        // Nothing was done: it may be asked again.
        Err(_) => drop(all.pop()),
    }
    remember(client, &place, &all)?;
    done
}

fn remembered(client: &Client, place: &str) -> Result<Vec<Remembered>, Problem> {
    let stored = client.app_data(place)?;
    stored.map_or(Ok(Vec::new()), |stored| serde_json::from_slice(&stored).map_err(|_| damaged().into()))
}

fn remember(client: &mut Client, place: &str, all: &[Remembered]) -> Result<(), Problem> {
    let stored = serde_json::to_vec(all).map_err(|_| damaged())?;
    Ok(client.put_app_data(place, Some(&stored))?)
}

fn damaged() -> Error {
    Error::Bug("remembered requests")
}

fn digest(hash: Sha256) -> String {
    HEXLOWER.encode(&hash.finalize())
}
