//! I7: what people write and call each other, who they are, and their keys are planted, and looked for in the relay's
//! files.

use colloque_client_core::StoreError;

use super::{Sim, Verdict};
use crate::cast::Person;
use crate::leak::Canaries;

/// Part of every name.
pub(super) const SURNAME: &str = "Planted-Surname";
/// Part of every text.
pub(super) const SECRET: &str = "in confidence";
/// What is the relay's own secret.
const KEY_FILES: [&str; 1] = ["relay.key"];

/// What is part of all texts and names.
pub(super) fn of_everyone() -> Canaries {
    let mut canaries = Canaries::default();
    [SURNAME, SECRET].into_iter().for_each(|text| canaries.text(text));
    canaries
}

/// Plants who a person is, and its seeds. Switches its device off.
pub(super) fn plant(canaries: &mut Canaries, person: &mut Person) {
    let own = person.client().own();
    canaries.bytes("an account", own.account.as_bytes());
    canaries.bytes("an account key", own.account_key.as_bytes());
    canaries.bytes("a device", own.device.as_bytes());
    canaries.bytes("the key of a store", &person.key);
    person.switch_off();
    let seeds = person.store().read(|view| {
        let mut statement =
            view.prepare("SELECT value FROM meta WHERE name IN ('account-seed', 'device-seed')")?;
        let seeds: Result<Vec<Vec<u8>>, _> = statement.query_map([], |row| row.get(0))?.collect();
        Ok::<_, StoreError>(seeds?)
    });
    let seeds = seeds.expect("an enrolled profile");
    assert_eq!(seeds.len(), 2, "the seeds of an account and of a device");
    seeds.iter().for_each(|seed| canaries.bytes("a seed", seed));
}

impl Sim {
    /// I7.
    pub(super) fn check_relay(&self, canaries: &Canaries) -> Verdict {
        match canaries.found_in_folder(&self.host.data(), &KEY_FILES).first() {
            Some(found) => Err(format!("I7: the relay has {found}")),
            None => Ok(()),
        }
    }
}
