//! What a new device and the primary one say, with real certificates: a grant is signed only if it holds.

use colloque_schemas::bytes::Opaque;
use colloque_schemas::certificate::issue::{self, AccountSubject, Validity};
use colloque_schemas::certificate::{
    AccountCertificate, Holder, MAX_CERTIFICATE_BYTES, TrustAnchor, UnverifiedChain,
};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::enrolment::Endpoint;
use colloque_schemas::id::{AccountKey, DeviceKey, RendezvousId, SealingKey};
use colloque_schemas::limits::{LINK_GRANT_MAX_BYTES, LINK_NONCE_BYTES, LINK_OFFER_MAX_BYTES};
use colloque_schemas::linking::{
    Answering, LinkGrantContents, LinkHello, LinkNonce, LinkOffer, Offering, UnverifiedLinkGrant,
};
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::cast::{DAY, HASH, PATIENT, RELAY_NAME, account_key, device, device_key};
use crate::raw::{array, bytes};
use crate::specimen::{Specimen, Wire, reencode};

impl Wire for LinkOffer {
    const RULE: &'static str = "link-offer";
    const LIMIT_BYTES: usize = LINK_OFFER_MAX_BYTES;
}

impl Wire for LinkHello {
    const RULE: &'static str = "link-hello";
    const LIMIT_BYTES: usize = LINK_OFFER_MAX_BYTES;
}

impl Wire for LinkNonce {
    const RULE: &'static str = "link-nonce";
    const LIMIT_BYTES: usize = LINK_OFFER_MAX_BYTES;
}

impl Wire for UnverifiedLinkGrant {
    const RULE: &'static str = "link-grant";
    const LIMIT_BYTES: usize = LINK_GRANT_MAX_BYTES;
}

const RELAY: &str = "relay.example:443";

fn new_device() -> DeviceKey {
    DeviceKey::new(SigningKey::from_bytes(&[0xaf; 32]).verifying_key().to_bytes())
}

fn nonce(byte: u8) -> LinkNonce {
    LinkNonce::new([byte; LINK_NONCE_BYTES])
}

fn offering() -> Offering {
    let (sealing_key, rendezvous) = (SealingKey::new([0xb0; 32]), RendezvousId::new([0xb1; 16]));
    Offering::new(new_device(), sealing_key, rendezvous, nonce(0xb2), RELAY.to_owned())
}

fn answering() -> Answering {
    let key = AccountKey::new(account_key().verifying_key().to_bytes());
    Answering::new(offering().offer().clone(), RELAY, key, nonce(0xb3)).unwrap()
}

fn contents() -> LinkGrantContents {
    let validity = |days| Validity { not_before: DAY, not_after: day(days) };
    let tenant_key = SigningKey::from_bytes(&[0xb4; 32]);
    let tenant = issue::tenant("Clinique", &tenant_key, [1; 16], validity(3000)).unwrap();
    let anchor = TrustAnchor::from_der(&tenant).unwrap();
    let own_key = AccountKey::new(account_key().verifying_key().to_bytes());
    let subject = AccountSubject { account: PATIENT, account_key: own_key, holder: &Holder::Patient };
    let account = issue::account(&anchor, &tenant_key, subject, [2; 16], validity(1000)).unwrap();
    let certified = AccountCertificate::verify(&account, &anchor, DAY).unwrap();
    let leaf = issue::device(&certified, &account_key(), new_device(), [3; 16], validity(85)).unwrap();
    let list = DeviceList::sign(PATIENT, 2, vec![device(), new_device()], &account_key()).unwrap();
    let endpoint = |address: &str| Endpoint { address: address.to_owned(), key_hash: HASH };
    LinkGrantContents {
        authority: endpoint("authority.example:4433"),
        relay: endpoint(RELAY),
        relay_name: RELAY_NAME.to_owned(),
        tenant: Opaque::from(tenant),
        chain: UnverifiedChain::new(leaf, account),
        device_list: list.to_unverified(),
    }
}

fn day(days: u64) -> UnixSeconds {
    DAY.plus(days * SECONDS_PER_DAY)
}

pub(crate) fn grant() -> UnverifiedLinkGrant {
    let compared = answering().hear(&nonce(0xb2)).unwrap();
    let code = compared.code();
    compared.confirm(code).unwrap().grant(contents(), &account_key(), DAY).unwrap()
}

pub(crate) fn all() -> Vec<Specimen> {
    vec![
        Specimen::new("", offering().offer().clone()),
        Specimen::new("", answering().hello().clone()),
        Specimen::new("", nonce(0xb2)),
        Specimen::new("", grant()),
    ]
}

#[test]
fn the_code_is_what_protocol_md_says_and_the_commitment_is_what_the_cddl_says() {
    let offer = offering().offer().clone();
    let committed =
        Sha256::new().chain_update(b"colloque link commitment 1\0").chain_update([0xb2; 32]).finalize();
    assert_eq!(offer.commitment.as_bytes()[..], committed[..]);
    let said =
        [codec::encode(&offer), codec::encode(answering().hello()), codec::encode(&nonce(0xb2))].concat();
    let hash = Sha256::new().chain_update(b"colloque link transcript 1\0").chain_update(said).finalize();
    let number = u64::from_be_bytes(hash[..8].try_into().unwrap()) % 1_000_000;
    let code = answering().hear(&nonce(0xb2)).unwrap().code();
    assert_eq!(code.to_string().replace(' ', ""), format!("{number:06}"));
}

#[test]
fn the_largest_offer_and_a_grant_with_every_device_fit_their_limits() {
    let widest = LinkOffer { relay_address: "r".repeat(100), ..offering().offer().clone() };
    assert_eq!(widest.to_string().parse(), Ok(widest.clone()));
    let wider = LinkOffer { relay_address: "r".repeat(101), ..widest };
    assert!(wider.to_string().parse::<LinkOffer>().is_err());
    let certificate = || vec![0; MAX_CERTIFICATE_BYTES];
    let endpoint = || Endpoint { address: "a".repeat(100), key_hash: HASH };
    let devices = (1..=8).map(|byte| DeviceKey::new([byte; 32])).collect();
    let fullest = LinkGrantContents {
        authority: endpoint(),
        relay: endpoint(),
        relay_name: "r".repeat(100),
        tenant: Opaque::from(certificate()),
        chain: UnverifiedChain::new(certificate(), certificate()),
        device_list: DeviceList::sign(PATIENT, 2, devices, &account_key()).unwrap().to_unverified(),
    };
    let statement = array(&[bytes(&[1; 32]), codec::encode(&fullest)]);
    let grant = array(&[statement, bytes(&[2; 64])]);
    assert_eq!(reencode::<UnverifiedLinkGrant>(&grant), Ok(grant.clone()));
}

#[test]
fn a_grant_is_signed_over_context_zero_byte_and_statement() {
    let bytes = codec::encode(&grant());
    let (statement, signature) = (&bytes[1..bytes.len() - 66], &bytes[bytes.len() - 64..]);
    let signed = [b"colloque link grant 1\0", statement].concat();
    let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
    account_key().verifying_key().verify_strict(&signed, &signature).unwrap();
    assert!(include_str!("../../colloque.cddl").contains("; \"colloque link grant 1\""));
    assert!(device_key().verifying_key().verify_strict(&signed, &signature).is_err());
}
