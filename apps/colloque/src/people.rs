//! How persons are called: by what the authority certifies, or by the name that the owner of this device gave, which is marked as such.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use colloque_client_core::{Client, Contact, Error, Misuse, Own};
use colloque_schemas::certificate::Holder;
use colloque_schemas::id::AccountId;
use colloque_schemas::role::Role;

use crate::failure::Failure;
use crate::plain;
use crate::words::{Words, key};

/// Digits of an account id that stand for a person without a name.
const SHORT_DIGITS: usize = 8;

/// Fewest digits that name an account or thread by the start of its id.
pub(crate) const PREFIX_MIN_DIGITS: usize = 4;

/// Everyone that this device knows, its owner included.
pub(crate) struct People {
    own: AccountId,
    role: Role,
    contacts: HashMap<AccountId, Contact>,
}

impl People {
    pub(crate) fn of(client: &Client) -> Result<Self, Failure> {
        Ok(Self::new(&client.own(), client.contacts()?))
    }

    /// The owner alone, until others are met.
    pub(crate) fn alone(client: &Client) -> Self {
        Self::new(&client.own(), Vec::new())
    }

    /// These as well, as far as this device knows them.
    pub(crate) fn meet(
        &mut self,
        client: &Client,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<(), Failure> {
        for account in accounts {
            if let Entry::Vacant(place) = self.contacts.entry(account) {
                match client.contact(account) {
                    Ok(contact) => {
                        place.insert(contact);
                    }
                    Err(Error::Misuse(Misuse::UnknownAccount)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    pub(crate) fn new(own: &Own, contacts: Vec<Contact>) -> Self {
        let contacts = contacts.into_iter().map(|contact| (contact.account, contact)).collect();
        Self { own: own.account, role: own.holder.role(), contacts }
    }

    /// The owner of this device.
    pub(crate) const fn own(&self) -> AccountId {
        self.own
    }

    /// The role of the owner of this device.
    pub(crate) const fn own_role(&self) -> Role {
        self.role
    }

    /// The words for a person: safe to print.
    pub(crate) fn label(&self, account: AccountId, words: &Words) -> String {
        if account == self.own {
            return words.say(key!("person-own"), &[]);
        }
        match self.contacts.get(&account) {
            Some(contact) => label_of(contact, words),
            None => unnamed(None, account, words),
        }
    }

    /// The name alone: for sentences in which profession and marks would be in the way.
    pub(crate) fn name(&self, account: AccountId, words: &Words) -> String {
        let contact = self.contacts.get(&account);
        let name = contact.and_then(|contact| contact.certified_name.as_ref().or(contact.petname.as_ref()));
        name.map_or_else(|| self.label(account, words), |name| plain::name(name))
    }

    /// What a name rests on: the certificate, or the owner of this device. Nothing of the owner, and of one without a name.
    pub(crate) fn mark(&self, account: AccountId, words: &Words) -> String {
        let contact = self.contacts.get(&account).filter(|_| account != self.own);
        match contact {
            Some(Contact { certified_name: Some(_), profession, role, .. }) => words.say(
                key!("person-mark-certified"),
                &[
                    ("profession", plain::name(profession.as_deref().unwrap_or_default()).into()),
                    ("role", words.role(role.unwrap_or(Role::Professional)).into()),
                ],
            ),
            Some(Contact { petname: Some(_), .. }) => words.say(key!("person-mark-petname"), &[]),
            _ => String::new(),
        }
    }

    /// The account that a person is named by: petname, certified name, account id or its first digits.
    ///
    /// # Errors
    ///
    /// `UnknownPerson`, `AmbiguousPerson`.
    pub(crate) fn find(&self, text: &str) -> Result<AccountId, Failure> {
        if let Ok(account) = text.parse() {
            return Ok(account);
        }
        let wanted = text.trim().to_lowercase();
        let is_named =
            |name: &Option<String>| name.as_ref().is_some_and(|name| name.to_lowercase() == wanted);
        let named = |contact: &&Contact| is_named(&contact.petname) || is_named(&contact.certified_name);
        let mut found: Vec<AccountId> =
            self.contacts.values().filter(named).map(|contact| contact.account).collect();
        if found.is_empty() && wanted.len() >= PREFIX_MIN_DIGITS {
            let begins = |account: &&AccountId| account.to_string().starts_with(&wanted);
            found = self.contacts.keys().filter(begins).copied().collect();
        }
        match found.as_slice() {
            [account] => Ok(*account),
            [] => Err(Failure::UnknownPerson(text.to_owned())),
            _ => Err(Failure::AmbiguousPerson(text.to_owned())),
        }
    }
}

/// Longest petname, in bytes: as a certified name.
const PETNAME_MAX_BYTES: usize = 100;

/// A name that can be given to a person.
///
/// # Errors
///
/// `Petname`.
pub(crate) fn checked_petname(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.len() <= PETNAME_MAX_BYTES && !name.chars().any(plain::is_deceptive);
    if is_name { Ok(name) } else { Err(Failure::Petname) }
}

/// The words for a contact: safe to print.
pub(crate) fn label_of(contact: &Contact, words: &Words) -> String {
    let petname = contact.petname.as_deref().map(plain::name);
    match (&contact.certified_name, petname, contact.role) {
        (Some(name), _, role) => words.say(
            key!("person-certified"),
            &[
                ("name", plain::name(name).into()),
                ("profession", plain::name(contact.profession.as_deref().unwrap_or_default()).into()),
                ("role", words.role(role.unwrap_or(Role::Professional)).into()),
            ],
        ),
        (None, Some(name), _) => words.say(key!("person-petname"), &[("name", name.into())]),
        (None, None, role) => unnamed(role, contact.account, words),
    }
}

/// The words for somebody without a name.
pub(crate) fn unnamed(role: Option<Role>, account: AccountId, words: &Words) -> String {
    let account = short(account).into();
    match role {
        Some(role) => {
            words.say(key!("person-unnamed"), &[("role", words.role(role).into()), ("account", account)])
        }
        None => words.say(key!("person-unknown"), &[("account", account)]),
    }
}

/// The words for the owner of this device, from its own certificate.
pub(crate) fn holder_label(holder: &Holder, words: &Words) -> String {
    match holder {
        Holder::Professional(identity) => words.say(
            key!("person-certified"),
            &[
                ("name", plain::name(identity.name()).into()),
                ("profession", plain::name(identity.profession()).into()),
                ("role", words.role(Role::Professional).into()),
            ],
        ),
        Holder::Patient => words.role(Role::Patient),
    }
}

/// The first digits of an account id.
fn short(account: AccountId) -> String {
    account.to_string().chars().take(SHORT_DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{PATIENT, PROFESSIONAL, STRANGER, people_of_patient, people_of_professional};
    use crate::plain::is_deceptive;
    use crate::words::Language;

    #[test]
    fn a_professional_is_called_as_certified_and_a_patient_by_the_petname_marked_as_one() {
        let words = Words::new(Language::English);
        let label = people_of_patient().label(PROFESSIONAL, &words);
        assert_eq!(label, "Dr Anne Martin, general practitioner (professional, certified)");
        let label = people_of_professional().label(PATIENT, &words);
        assert_eq!(label, "Louis (name that you gave)");
        assert_eq!(people_of_patient().label(PATIENT, &words), "You");
    }

    #[test]
    fn a_hostile_name_does_not_reach_the_terminal() {
        let mut contact = crate::cast::patient_contact();
        contact.petname = Some("Louis\u{1b}[2J\u{202e}".to_owned());
        let label = label_of(&contact, &Words::new(Language::English));
        assert!(!label.chars().any(is_deceptive), "{label:?}");
    }

    #[test]
    fn a_person_is_found_by_petname_certified_name_or_digits_and_never_guessed() {
        let people = people_of_professional();
        assert_eq!(people.find("louis").ok(), Some(PATIENT));
        assert_eq!(people.find("2222").ok(), Some(PATIENT));
        assert_eq!(
            people.find(&STRANGER.to_string()).ok(),
            Some(STRANGER),
            "a whole id names also a stranger"
        );
        assert_eq!(people_of_patient().find("Dr Anne Martin").ok(), Some(PROFESSIONAL));
        assert!(matches!(people.find("222"), Err(Failure::UnknownPerson(_))), "too few digits");
        assert!(
            matches!(people.find("Lou"), Err(Failure::UnknownPerson(_))),
            "a part of a name names nobody"
        );
    }

    #[test]
    fn two_persons_of_one_name_are_not_told_apart_by_it() {
        let mut other = crate::cast::patient_contact();
        other.account = STRANGER;
        let people =
            People::new(&crate::cast::own_professional(), vec![crate::cast::patient_contact(), other]);
        assert!(matches!(people.find("Louis"), Err(Failure::AmbiguousPerson(_))));
    }
}
