//! What a certificate says about the person: everything public about a professional, nothing about a patient.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use super::rpps::{NotAnRpps, Rpps};
use crate::role::Role;

/// Longest name, and longest profession, in bytes of UTF-8.
pub const MAX_IDENTITY_TEXT_BYTES: usize = 100;

/// Who an account belongs to. A professional without a public identity cannot be expressed, nor a patient with one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A health professional, whose directory entry is public.
    Professional(ProfessionalIdentity),
    /// A patient: names and identifiers travel inside threads only.
    Patient,
}

impl Holder {
    /// The role that the certificate gives.
    pub const fn role(&self) -> Role {
        match self {
            Self::Professional(_) => Role::Professional,
            Self::Patient => Role::Patient,
        }
    }
}

/// The public identity of a professional, as certified by the authority.
///
/// `Debug` hides it: it is public, but a log of it says who was active when.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfessionalIdentity {
    name: String,
    profession: String,
    rpps: Rpps,
}

/// What is wrong with a public identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentityError {
    /// Empty, too long, padded with blanks or holding characters that do not print.
    #[error("the name is empty, longer than 100 bytes, or holds characters that cannot be shown")]
    Name,
    /// Empty, too long, padded with blanks or holding characters that do not print.
    #[error("the profession is empty, longer than 100 bytes, or holds characters that cannot be shown")]
    Profession,
    /// Not an RPPS number.
    #[error(transparent)]
    Rpps(#[from] NotAnRpps),
}

impl ProfessionalIdentity {
    /// An identity from its parts, if they can be shown to people as they are. Name and profession have 1 to
    /// [`MAX_IDENTITY_TEXT_BYTES`] bytes.
    ///
    /// # Errors
    /// [`IdentityError::Name`] or [`IdentityError::Profession`], for the first that has another length, a blank at
    /// either end, or a character that is invisible or reorders its neighbours.
    pub fn new(name: &str, profession: &str, rpps: Rpps) -> Result<Self, IdentityError> {
        if !is_plain(name, MAX_IDENTITY_TEXT_BYTES) {
            return Err(IdentityError::Name);
        }
        if !is_plain(profession, MAX_IDENTITY_TEXT_BYTES) {
            return Err(IdentityError::Profession);
        }
        Ok(Self { name: name.to_owned(), profession: profession.to_owned(), rpps })
    }

    /// The name shown to patients.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The profession, in the words of the authority.
    pub fn profession(&self) -> &str {
        &self.profession
    }

    /// The national number.
    pub const fn rpps(&self) -> Rpps {
        self.rpps
    }
}

impl fmt::Debug for ProfessionalIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProfessionalIdentity(..)")
    }
}

/// Whether a text has 1 to `max_bytes` bytes, no blank at either end and no character that is invisible or reorders
/// its neighbours: a name has to look like what it is (Unicode TR 36, section 2).
pub(super) fn is_plain(text: &str, max_bytes: usize) -> bool {
    let is_sized = (1..=max_bytes).contains(&text.len());
    is_sized && text.trim() == text && !text.chars().any(is_deceptive)
}

/// Control characters, line and paragraph separators, zero-width characters and bidirectional overrides.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn identity(name: &str, profession: &str) -> Result<ProfessionalIdentity, IdentityError> {
        ProfessionalIdentity::new(name, profession, "10101234564".parse().unwrap())
    }

    #[test]
    fn ordinary_names_of_any_script_are_accepted() {
        for name in ["Dr Zoé d’Été-Łaska", "Д-р Иванова", "أحمد", &"é".repeat(50)] {
            assert_eq!(identity(name, "Médecin").unwrap().name(), name);
        }
    }

    #[test]
    fn texts_that_cannot_be_shown_as_they_are_name_the_part_at_fault() {
        let long = "é".repeat(51);
        for bad in
            ["", " Dr", "Dr ", "D\0r", "D\nr", "D\u{202e}r", "D\u{200b}r", "D\u{2028}r", "D\u{7f}r", &long]
        {
            assert_eq!(identity(bad, "Médecin"), Err(IdentityError::Name), "{bad:?}");
            assert_eq!(identity("Dr", bad), Err(IdentityError::Profession), "{bad:?}");
        }
    }

    #[test]
    fn debug_of_a_holder_shows_neither_name_nor_number() {
        let holder = Holder::Professional(identity("Dr Ada", "Médecin").unwrap());
        assert_eq!(format!("{holder:?}"), "Professional(ProfessionalIdentity(..))");
    }
}
