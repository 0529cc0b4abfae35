//! The two roles. Closed on purpose: a third makes the compiler list everything that has to be decided for it.

use core::fmt;

use crate::id::AccountId;

/// What the authority certifies that a person is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Role {
    /// A health professional: opens threads and sets their terms.
    #[n(0)]
    Professional,
    /// A patient: answers in threads that a professional opened.
    #[n(1)]
    Patient,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Professional, Self::Patient];

    /// The word of the role extension in an account certificate.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Professional => "professional",
            Self::Patient => "patient",
        }
    }

    /// The role of this word, if there is one.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Who acts: the two facts about a member that every rule starts from, both taken from a verified chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Actor {
    /// The person.
    pub account: AccountId,
    /// What the authority certifies that the person is.
    pub role: Role,
}
