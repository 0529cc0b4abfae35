//! Small values of the app's own, which it has nowhere safer to keep: preferences, templates, hashes of tokens.

use rusqlite::{OptionalExtension, params};

use crate::client::Client;
use crate::error::{Error, Misuse};

/// Longest name of a value, in bytes.
const KEY_MAX_BYTES: usize = 64;
/// Longest value, in bytes.
const VALUE_MAX_BYTES: usize = 256 * 1024;

impl Client {
    /// The value that the app keeps under this key, if any.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn app_data(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.store.read(|view| {
            let mut statement = view.prepare("SELECT value FROM app_data WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps a value of at most 256 KiB under a key of 1 to 64 bytes, in place of the one before; none removes it.
    ///
    /// # Errors
    /// [`Misuse::AppDataLength`], [`Error::Store`].
    pub fn put_app_data(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), Error> {
        let fits = value.is_none_or(|value| value.len() <= VALUE_MAX_BYTES);
        if key.is_empty() || key.len() > KEY_MAX_BYTES || !fits {
            return Err(Misuse::AppDataLength.into());
        }
        let unit = self.store.begin()?;
        match value {
            Some(value) => {
                let put = "INSERT OR REPLACE INTO app_data (key, value) VALUES (?1, ?2)";
                unit.sql().prepare_cached(put)?.execute(params![key, value])?
            }
            None => unit.sql().prepare_cached("DELETE FROM app_data WHERE key = ?1")?.execute([key])?,
        };
        Ok(unit.commit()?)
    }
}
