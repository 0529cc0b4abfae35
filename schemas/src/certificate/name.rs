//! The two places where a certificate names something: the subject, and the account URI.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, Ia5String, SetOfVec};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Encode, Error as DerError, Tag};
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use crate::id::AccountId;

/// What an account URI starts with; 32 lowercase hexadecimal digits follow.
const ACCOUNT_URI_PREFIX: &str = "urn:colloque:account:";

/// A name of exactly one common name, a `UTF8String`.
pub(super) fn common_name(text: &str) -> Result<Name, DerError> {
    let attribute =
        AttributeTypeAndValue { oid: COMMON_NAME, value: Any::new(Tag::Utf8String, text.as_bytes())? };
    let relative = RelativeDistinguishedName(SetOfVec::try_from(vec![attribute])?);
    Ok(RdnSequence(vec![relative]))
}

/// The text of a name that is exactly one common name.
pub(super) fn text_of(name: &Name) -> Option<String> {
    let [relative] = name.0.as_slice() else { return None };
    let [attribute] = relative.0.as_slice() else { return None };
    let text = attribute.value.decode_as::<String>().ok()?;
    (common_name(&text).ok()? == *name).then_some(text)
}

/// The subject of this account's certificate, and the issuer of its devices'.
pub(super) fn account_name(account: AccountId) -> Result<Name, DerError> {
    common_name(&account.to_string())
}

/// The value of the subjectAltName extension (RFC 5280, section 4.2.1.6) that names this account.
pub(super) fn alternative_name(account: AccountId) -> Result<Vec<u8>, DerError> {
    let uri = Ia5String::new(&format!("{ACCOUNT_URI_PREFIX}{account}"))?;
    let names: GeneralNames = vec![GeneralName::UniformResourceIdentifier(uri)];
    names.to_der()
}

/// The account that a subjectAltName value names, if it is that and nothing else.
pub(super) fn account_of(alternative_name_value: &[u8]) -> Option<AccountId> {
    let names = GeneralNames::from_der(alternative_name_value).ok()?;
    let [GeneralName::UniformResourceIdentifier(uri)] = names.as_slice() else {
        return None;
    };
    uri.as_str().strip_prefix(ACCOUNT_URI_PREFIX)?.parse().ok()
}
