//! The one extension of our own: the role, and what a role makes public.
//!
//! ```text
//! Role ::= SEQUENCE OF UTF8String   -- { "patient" }
//!                                   -- { "professional", name, profession, RPPS number }
//! ```

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Encode, Error as DerError};

use super::error::CertificateError;
use super::identity::{Holder, IdentityError, ProfessionalIdentity};
use crate::role::Role;

/// Names the role extension, which is never critical: stock validators must be able to pass over it.
///
/// The arc is the enterprise number 32473, which RFC 5612 sets aside for documents and examples. It stands for a
/// number of the project's own; taking one changes every account certificate and is therefore a new wire version.
pub const ROLE_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.28.1");

/// The extension's value for this holder, in DER.
pub(super) fn encode(holder: &Holder) -> Result<Vec<u8>, DerError> {
    let word = holder.role().word();
    let texts = match holder {
        Holder::Professional(identity) => {
            let rpps = identity.rpps().to_string();
            vec![word.to_owned(), identity.name().to_owned(), identity.profession().to_owned(), rpps]
        }
        Holder::Patient => vec![word.to_owned()],
    };
    texts.to_der()
}

/// The holder that an extension value describes. Exactly what [`encode`] makes is read, nothing else.
pub(super) fn decode(value: &[u8]) -> Result<Holder, CertificateError> {
    let texts = Vec::<String>::from_der(value).map_err(|_| CertificateError::RoleMalformed)?;
    let (word, rest) = texts.split_first().ok_or(CertificateError::RoleMalformed)?;
    match (Role::from_word(word), rest) {
        (Some(Role::Patient), []) => Ok(Holder::Patient),
        (Some(Role::Patient), _) => Err(CertificateError::IdentityOnPatient),
        (Some(Role::Professional), [name, profession, rpps]) => {
            let rpps = rpps.parse().map_err(IdentityError::Rpps)?;
            Ok(Holder::Professional(ProfessionalIdentity::new(name, profession, rpps)?))
        }
        (Some(Role::Professional), _) => Err(CertificateError::IdentityMissing),
        (None, _) => Err(CertificateError::RoleUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_both_forms_are_fixed() {
        let identity = ProfessionalIdentity::new("Dr A", "Med", "10101234564".parse().unwrap()).unwrap();
        let professional = Holder::Professional(identity);
        let bytes = b"\x30\x26\x0c\x0cprofessional\x0c\x04Dr A\x0c\x03Med\x0c\x0b10101234564";
        assert_eq!(encode(&professional).unwrap(), bytes);
        assert_eq!(decode(bytes), Ok(professional));
        assert_eq!(encode(&Holder::Patient).unwrap(), b"\x30\x09\x0c\x07patient");
        assert_eq!(decode(b"\x30\x09\x0c\x07patient"), Ok(Holder::Patient));
    }

    #[test]
    fn other_encodings_of_the_same_texts_are_refused() {
        let bad: [&[u8]; 6] = [
            b"",
            b"\x30\x00",
            b"\x0c\x07patient",
            b"\x30\x09\x13\x07patient",
            b"\x30\x81\x09\x0c\x07patient",
            b"\x30\x09\x0c\x07patient\x00",
        ];
        for value in bad {
            assert_eq!(decode(value), Err(CertificateError::RoleMalformed), "{value:x?}");
        }
    }
}
