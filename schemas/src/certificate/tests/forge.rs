//! Makes certificates that `issue` would never make, properly signed.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use ed25519_dalek::{Signer, SigningKey};
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::der::asn1::{Any, BitString, Ia5String, ObjectIdentifier, OctetString, Utf8StringRef};
use x509_cert::der::oid::db::rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::pkix::name::GeneralName;

use crate::certificate::ROLE_EXTENSION;
use crate::certificate::issue::sign;

/// Some extension that no kind of certificate carries: authorityInfoAccess.
pub(super) const STRANGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");

/// Changes what a certificate says and signs it again.
pub(super) fn forge(der: &[u8], signer: &SigningKey, edit: impl FnOnce(&mut TbsCertificate)) -> Vec<u8> {
    let mut tbs = Certificate::from_der(der).unwrap().tbs_certificate;
    edit(&mut tbs);
    sign(&tbs, signer).unwrap()
}

/// Changes the fields of the `TBSCertificate` as bare encodings, for what the typed form cannot hold, and signs again.
pub(super) fn forge_loosely(der: &[u8], signer: &SigningKey, edit: impl FnOnce(&mut Vec<Any>)) -> Vec<u8> {
    let [tbs, algorithm, _] = <[Any; 3]>::try_from(Vec::<Any>::from_der(der).unwrap()).unwrap();
    let mut fields = Vec::<Any>::from_der(&tbs.to_der().unwrap()).unwrap();
    edit(&mut fields);
    let signed = fields.to_der().unwrap();
    let signature = BitString::from_bytes(&signer.sign(&signed).to_bytes()).unwrap();
    let signature = Any::from_der(&signature.to_der().unwrap()).unwrap();
    vec![Any::from_der(&signed).unwrap(), algorithm, signature].to_der().unwrap()
}

/// Changes the outer part of a certificate; the signature stays as it was.
pub(super) fn rewrap(der: &[u8], edit: impl FnOnce(&mut Certificate)) -> Vec<u8> {
    let mut certificate = Certificate::from_der(der).unwrap();
    edit(&mut certificate);
    certificate.to_der().unwrap()
}

pub(super) fn extension(id: ObjectIdentifier, critical: bool, value: &[u8]) -> Extension {
    Extension { extn_id: id, critical, extn_value: OctetString::new(value).unwrap() }
}

/// Adds an extension at the end.
pub(super) fn add(tbs: &mut TbsCertificate, extension: Extension) {
    tbs.extensions.get_or_insert_default().push(extension);
}

/// Takes an extension away, and gives it back.
pub(super) fn remove(tbs: &mut TbsCertificate, id: ObjectIdentifier) -> Extension {
    let extensions = tbs.extensions.as_mut().unwrap();
    let place = extensions.iter().position(|extension| extension.extn_id == id).unwrap();
    extensions.remove(place)
}

/// Gives an extension another value, or adds it.
pub(super) fn replace(tbs: &mut TbsCertificate, id: ObjectIdentifier, value: &[u8]) {
    let critical = remove(tbs, id).critical;
    add(tbs, extension(id, critical, value));
}

pub(super) fn constrain(tbs: &mut TbsCertificate, ca: bool, path_len_constraint: Option<u8>) {
    let constraints = BasicConstraints { ca, path_len_constraint };
    replace(tbs, ID_CE_BASIC_CONSTRAINTS, &constraints.to_der().unwrap());
}

pub(super) fn rename(tbs: &mut TbsCertificate, names: Vec<GeneralName>) {
    replace(tbs, ID_CE_SUBJECT_ALT_NAME, &names.to_der().unwrap());
}

pub(super) fn uri(text: &str) -> GeneralName {
    GeneralName::UniformResourceIdentifier(Ia5String::new(text).unwrap())
}

pub(super) fn account_uri(account: crate::id::AccountId) -> GeneralName {
    uri(&format!("urn:colloque:account:{account}"))
}

/// Gives the role extension these texts.
pub(super) fn certify(tbs: &mut TbsCertificate, texts: &[&str]) {
    replace(tbs, ROLE_EXTENSION, &role(texts));
}

pub(super) fn role(texts: &[&str]) -> Vec<u8> {
    let texts: Vec<_> = texts.iter().map(|text| Utf8StringRef::new(*text).unwrap()).collect();
    texts.to_der().unwrap()
}
