//! Integrations: programs of the practice that may use the local API, each with a token of its own and what it may do.
//!
//! Kept in the encrypted store, and there only as hashes: nobody who reads it can act as a program, and while the profile
//! is locked there is nothing to compare a token with.

use colloque_client_core::{Client, Error};
use colloque_schemas::time::UnixSeconds;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::failure::Failure;
use crate::plain;
use crate::words::{Key, key};

/// Where the store keeps them.
const KEY: &str = "integrations";
/// What a token begins with, so that one that was left lying somewhere is known for what it is.
const TOKEN_PREFIX: &str = "colloque_";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Most integrations at a time.
const INTEGRATIONS_MAX: usize = 16;
/// Longest name, in bytes.
const NAME_MAX_BYTES: usize = 64;

/// What an integration may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// List and read threads and people.
    Read,
    /// Open threads, send, close, set how patients may answer.
    Write,
    /// Make documents of threads.
    Export,
    /// Hear that something happened, without content.
    Events,
}

impl Scope {
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Export, Self::Events];

    /// The word that `--scope` takes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Export => "export",
            Self::Events => "events",
        }
    }

    /// The scope of such a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// What it means, for people.
    pub(crate) const fn meaning(self) -> Key {
        match self {
            Self::Read => key!("scope-read"),
            Self::Write => key!("scope-write"),
            Self::Export => key!("scope-export"),
            Self::Events => key!("scope-events"),
        }
    }
}

/// What a token is known by: SHA-256 of it, in hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct TokenHash(String);

impl TokenHash {
    /// Of what a request brings, if it has the form of a token.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let random = BASE64URL_NOPAD.decode(token.strip_prefix(TOKEN_PREFIX)?.as_bytes()).ok()?;
        (random.len() == TOKEN_BYTES).then(|| Self(HEXLOWER.encode(&Sha256::digest(token))))
    }

    /// Its digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a program shows to be let in. Exists only until it was told to the owner once.
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    fn new(random: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        random.fill_bytes(&mut bytes);
        let text = Zeroizing::new(format!("{TOKEN_PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)));
        bytes.zeroize();
        Self(text)
    }

    /// To be told.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A program that may use the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Integration {
    /// What the owner calls it; no other has the same name.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
    /// What its token is known by.
    pub(crate) token: TokenHash,
    /// When it was added.
    pub(crate) created_at: u64,
}

impl Integration {
    /// Where the store keeps what it asked for under an idempotency key: a name of fixed length, and nothing of the token.
    pub(crate) fn requests_key(&self) -> String {
        format!("requests-{}", self.token.as_str().get(..32).unwrap_or_default())
    }
}

/// All integrations, as they were added.
///
/// # Errors
///
/// `Client`.
pub(crate) fn all(client: &Client) -> Result<Vec<Integration>, Failure> {
    match client.app_data(KEY)? {
        None => Ok(Vec::new()),
        Some(stored) => Ok(serde_json::from_slice(&stored).map_err(|_| Error::Bug("integrations"))?),
    }
}

/// The integration that this token is of.
///
/// # Errors
///
/// `Client`.
pub(crate) fn find(client: &Client, token: &TokenHash) -> Result<Option<Integration>, Failure> {
    // Of hashes: the time that it takes says nothing of a token.
    Ok(all(client)?.into_iter().find(|integration| integration.token == *token))
}

/// Adds an integration; its token is told now and never again.
///
/// # Errors
///
/// `IntegrationName`, `IntegrationCount`, `Client`.
pub(crate) fn add(
    client: &mut Client,
    name: &str,
    scopes: &[Scope],
    now: UnixSeconds,
    random: &mut impl CryptoRngCore,
) -> Result<Token, Failure> {
    let name = name.trim();
    let mut integrations = all(client)?;
    let is_fit = !name.is_empty() && name.len() <= NAME_MAX_BYTES && !name.chars().any(plain::is_deceptive);
    if !is_fit || integrations.iter().any(|integration| integration.name == name) {
        return Err(Failure::IntegrationName(name.to_owned()));
    }
    if integrations.len() >= INTEGRATIONS_MAX {
        return Err(Failure::IntegrationCount(INTEGRATIONS_MAX));
    }
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| scopes.contains(scope)).collect();
    if scopes.is_empty() {
        return Err(Failure::IntegrationScopes);
    }
    let token = Token::new(random);
    let hash = TokenHash::of(token.as_str()).ok_or(Error::Bug("a token"))?;
    integrations.push(Integration { name: name.to_owned(), scopes, token: hash, created_at: now.0 });
    keep(client, &integrations)?;
    Ok(token)
}

/// Removes an integration: from now on its token opens nothing.
///
/// # Errors
///
/// `UnknownIntegration`, `Client`.
pub(crate) fn remove(client: &mut Client, name: &str) -> Result<(), Failure> {
    let mut integrations = all(client)?;
    let at = integrations.iter().position(|integration| integration.name == name);
    let removed = at.map(|at| integrations.remove(at));
    let removed = removed.ok_or_else(|| Failure::UnknownIntegration(name.to_owned()))?;
    keep(client, &integrations)?;
    Ok(client.put_app_data(&removed.requests_key(), None)?)
}

fn keep(client: &mut Client, integrations: &[Integration]) -> Result<(), Failure> {
    let stored = serde_json::to_vec(integrations).map_err(|_| Error::Bug("integrations"))?;
    Ok(client.put_app_data(KEY, Some(&stored))?)
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn a_token_is_random_known_by_its_hash_alone_and_never_shown_by_accident() {
        let (one, other) = (Token::new(&mut OsRng), Token::new(&mut OsRng));
        assert_ne!(one.as_str(), other.as_str());
        assert_eq!(one.as_str().len(), TOKEN_PREFIX.len() + 43);
        let hash = TokenHash::of(one.as_str()).unwrap();
        assert_eq!(hash.as_str().len(), 64);
        assert_ne!(Some(&hash), TokenHash::of(other.as_str()).as_ref());
        assert_eq!(format!("{one:?}"), "Token(..)");
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        let token = Token::new(&mut OsRng);
        let secret = token.as_str().strip_prefix(TOKEN_PREFIX).unwrap();
        let hash = TokenHash::of(token.as_str()).unwrap();
        for text in ["", "colloque_", secret, &format!("{}=", token.as_str()), "colloque_AAAA", hash.as_str()]
        {
            assert_eq!(TokenHash::of(text), None, "{text}");
        }
    }

    #[test]
    fn every_scope_has_a_word_of_its_own_that_is_also_what_the_store_keeps() {
        for scope in Scope::ALL {
            assert_eq!(Scope::of(scope.word()), Some(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.word());
        }
        assert_eq!(Scope::of("admin"), None);
    }
}
