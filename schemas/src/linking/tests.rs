//! Both sides of a linking, and whoever stands in between.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec;

use ed25519_dalek::SigningKey;

use super::*;
use crate::bytes::Opaque;
use crate::certificate::issue::{self, AccountSubject, Validity};
use crate::certificate::{AccountCertificate, Holder, TrustAnchor, UnverifiedChain};
use crate::device_list::{DeviceList, DeviceListError};
use crate::enrolment::Endpoint;
use crate::id::AccountId;
use crate::time::{SECONDS_PER_DAY, UnixSeconds};

const RELAY: &str = "relay.example:443";
const ACCOUNT: AccountId = AccountId::new([1; 16]);
const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const TENANT: u8 = 9;
const PRIMARY: u8 = 1;
const OTHER: u8 = 2;
const DEVICE: u8 = 3;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn account_key(seed: u8) -> AccountKey {
    AccountKey::new(key(seed).verifying_key().to_bytes())
}

fn device(seed: u8) -> DeviceKey {
    DeviceKey::new(key(seed).verifying_key().to_bytes())
}

fn nonce(byte: u8) -> LinkNonce {
    LinkNonce::new([byte; LINK_NONCE_BYTES])
}

fn offering(seed: u8, nonce_byte: u8) -> Offering {
    let (sealing_key, rendezvous) = (SealingKey::new([seed; 32]), RendezvousId::new([5; 16]));
    Offering::new(device(seed), sealing_key, rendezvous, nonce(nonce_byte), RELAY.to_owned())
}

fn answering(offering: &Offering, seed: u8, nonce_byte: u8) -> Answering {
    // As the primary reads it: from the text.
    let offer = offering.offer().to_string().parse().unwrap();
    Answering::new(offer, RELAY, account_key(seed), nonce(nonce_byte)).unwrap()
}

/// Both sides, when both show the code.
fn comparing() -> (Comparing, Compared) {
    let offering = offering(DEVICE, 6);
    let answering = answering(&offering, PRIMARY, 7);
    let comparing = offering.hear(answering.hello());
    let compared = answering.hear(comparing.nonce()).unwrap();
    (comparing, compared)
}

fn validity(days: u64) -> Validity {
    Validity { not_before: NOW, not_after: NOW.plus(days * SECONDS_PER_DAY) }
}

/// What the account with this key gives to these devices: the first is certified, all are listed.
fn contents(seed: u8, devices: &[u8]) -> LinkGrantContents {
    let tenant = issue::tenant("Clinic", &key(TENANT), [1; 16], validity(1000)).unwrap();
    let anchor = TrustAnchor::from_der(&tenant).unwrap();
    let subject =
        AccountSubject { account: ACCOUNT, account_key: account_key(seed), holder: &Holder::Patient };
    let account = issue::account(&anchor, &key(TENANT), subject, [2; 16], validity(1000)).unwrap();
    let certified = AccountCertificate::verify(&account, &anchor, NOW).unwrap();
    let leaf = issue::device(&certified, &key(seed), device(devices[0]), [3; 16], validity(85)).unwrap();
    let listed = devices.iter().map(|seed| device(*seed)).collect();
    let endpoint = || Endpoint { address: RELAY.to_owned(), key_hash: KeyHash::new([8; 32]) };
    LinkGrantContents {
        authority: endpoint(),
        relay: endpoint(),
        relay_name: "relay".to_owned(),
        tenant: Opaque::from(tenant),
        chain: UnverifiedChain::new(leaf, account),
        device_list: DeviceList::sign(ACCOUNT, 2, listed, &key(seed)).unwrap().to_unverified(),
    }
}

/// What both sides say of these contents: the one that signs them, and the one that gets them.
fn granted(contents: &LinkGrantContents, signer: u8, at: UnixSeconds) -> Result<LinkGrant, GrantFault> {
    let (comparing, compared) = comparing();
    let unchecked = UnverifiedLinkGrant::sign(compared.transcript, contents.clone(), &key(signer));
    let confirmed = compared.confirm(comparing.code()).unwrap();
    let accepted = comparing.accept(unchecked, at);
    let signed = confirmed.grant(contents.clone(), &key(signer), at);
    assert_eq!(signed.map(|_| ()), accepted.as_ref().map(|_| ()).map_err(Clone::clone), "both say the same");
    accepted
}

#[test]
fn both_sides_show_the_same_code_and_the_new_device_becomes_one_of_the_account() {
    let (comparing, compared) = comparing();
    assert_eq!(comparing.code(), compared.code());
    let typed: LinkCode = comparing.code().to_string().parse().unwrap();
    let confirmed = compared.confirm(typed).unwrap();
    assert_eq!(confirmed.device(), device(DEVICE));
    let grant = confirmed.grant(contents(PRIMARY, &[DEVICE, 4]), &key(PRIMARY), NOW).unwrap();
    let grant = comparing.accept(grant, NOW).unwrap();
    assert_eq!(grant.credential.account(), ACCOUNT);
    assert_eq!(grant.credential.device_key(), device(DEVICE));
    assert_eq!((grant.device_list.number(), grant.device_list.devices().len()), (2, 2));
}

#[test]
fn every_key_and_nonce_of_either_side_changes_the_code() {
    let code = |offering: Offering, seed: u8, nonce_byte: u8| {
        let answering = answering(&offering, seed, nonce_byte);
        offering.hear(answering.hello()).code()
    };
    let honest = code(offering(DEVICE, 6), PRIMARY, 7);
    assert_eq!(code(offering(DEVICE, 6), PRIMARY, 7), honest);
    assert_ne!(code(offering(OTHER, 6), PRIMARY, 7), honest);
    assert_ne!(code(offering(DEVICE, 8), PRIMARY, 7), honest);
    assert_ne!(code(offering(DEVICE, 6), OTHER, 7), honest);
    assert_ne!(code(offering(DEVICE, 6), PRIMARY, 8), honest);
}

#[test]
fn who_puts_in_other_keys_on_the_way_to_the_new_device_is_seen_in_the_code() {
    let offering = offering(DEVICE, 6);
    let answering = answering(&offering, PRIMARY, 7);
    let in_between = LinkHello { account_key: account_key(OTHER), nonce: nonce(7) };
    let comparing = offering.hear(&in_between);
    let compared = answering.hear(comparing.nonce()).unwrap();
    assert_eq!(compared.confirm(comparing.code()).unwrap_err(), LinkFault::CodeDiffers);
}

#[test]
fn a_nonce_cannot_be_chosen_after_the_primary_has_told_its_own() {
    let offering = offering(DEVICE, 6);
    for byte in [0, 5, 7] {
        let answering = answering(&offering, PRIMARY, 7);
        assert_eq!(answering.hear(&nonce(byte)).unwrap_err(), LinkFault::OtherNonce);
    }
    assert!(answering(&offering, PRIMARY, 7).hear(&nonce(6)).is_ok());
}

#[test]
fn an_offer_for_another_relay_is_not_answered() {
    let offer = offering(DEVICE, 6).offer().clone();
    let answering = Answering::new(offer, "relay.elsewhere:443", account_key(PRIMARY), nonce(7));
    assert_eq!(answering.unwrap_err(), LinkFault::OtherRelay);
}

#[test]
fn each_way_in_which_a_grant_is_not_for_this_device_has_its_own_reason() {
    let good = contents(PRIMARY, &[DEVICE, 4]);
    assert!(granted(&good, PRIMARY, NOW).is_ok());
    let of = |contents: LinkGrantContents, signer: u8| granted(&contents, signer, NOW).unwrap_err();
    assert_eq!(of(good.clone(), OTHER), GrantFault::BadSignature);
    assert_eq!(of(contents(OTHER, &[DEVICE]), PRIMARY), GrantFault::OtherAccount);
    assert_eq!(of(contents(PRIMARY, &[4, DEVICE]), PRIMARY), GrantFault::OtherDevice);
    let unlisted = contents(PRIMARY, &[4]).device_list;
    assert_eq!(
        of(LinkGrantContents { device_list: unlisted, ..good.clone() }, PRIMARY),
        GrantFault::Unlisted
    );
    let foreign = contents(OTHER, &[DEVICE]).device_list;
    let bad_list = GrantFault::DeviceList(DeviceListError::BadSignature);
    assert_eq!(of(LinkGrantContents { device_list: foreign, ..good.clone() }, PRIMARY), bad_list);
    for address in ["", "relay\n", &"r".repeat(101)] {
        let relay_name = address.to_owned();
        assert_eq!(of(LinkGrantContents { relay_name, ..good.clone() }, PRIMARY), GrantFault::Address);
    }
    let late = granted(&good, PRIMARY, NOW.plus(86 * SECONDS_PER_DAY));
    assert!(matches!(late, Err(GrantFault::Certificate(_))), "{late:?}");
}

#[test]
fn a_grant_of_an_earlier_linking_is_refused() {
    let (earlier, compared) = comparing();
    let confirmed = compared.confirm(earlier.code()).unwrap();
    let grant = confirmed.grant(contents(PRIMARY, &[DEVICE]), &key(PRIMARY), NOW).unwrap();
    let offering = offering(DEVICE, 10);
    let answering = answering(&offering, PRIMARY, 7);
    let now = offering.hear(answering.hello());
    assert_eq!(now.accept(grant, NOW).unwrap_err(), GrantFault::OtherLinking);
}

#[test]
fn an_offer_is_read_only_whole_and_of_this_version() {
    let offer = offering(DEVICE, 6).offer().clone();
    let text = offer.to_string();
    assert_eq!(format!("  {text}\n").parse(), Ok(offer.clone()));
    let elsewhere = LinkOffer { relay_address: "relay\u{7}".to_owned(), ..offer.clone() };
    let next = LinkOffer { version: 2, ..offer };
    let long = format!("{OFFER_PREFIX}{}", "A".repeat(4 * LINK_OFFER_MAX_BYTES));
    let bad = ["", &text[1..], &text[..text.len() - 1], &next.to_string(), &elsewhere.to_string(), &long];
    for text in bad {
        assert_eq!(text.parse::<LinkOffer>(), Err(NotAnOffer), "{text}");
    }
}

#[test]
fn a_code_is_six_digits_and_read_with_or_without_spaces() {
    assert_eq!(LinkCode(7_042).to_string(), "007 042");
    assert_eq!("007042".parse(), Ok(LinkCode(7_042)));
    assert_eq!(" 00 70 42 ".parse(), Ok(LinkCode(7_042)));
    for text in ["", "07042", "0007042", "+07042", "００７０４２", "00704a"] {
        assert_eq!(text.parse::<LinkCode>(), Err(NotACode), "{text}");
    }
}

#[test]
fn ids_of_faults_are_each_their_own() {
    let faults = [LinkFault::OtherRelay, LinkFault::OtherNonce, LinkFault::CodeDiffers].map(LinkFault::id);
    let grants = [
        GrantFault::OtherLinking,
        GrantFault::BadSignature,
        GrantFault::OtherAccount,
        GrantFault::OtherDevice,
        GrantFault::DeviceList(DeviceListError::BadDevices),
        GrantFault::Unlisted,
        GrantFault::Address,
    ];
    let mut ids = vec![];
    ids.extend(faults);
    ids.extend(grants.iter().map(GrantFault::id));
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
}

#[test]
fn no_debug_output_shows_a_nonce_and_it_is_wiped() {
    fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
    is_wiped::<LinkNonce>();
    let text = format!("{:?}", offering(DEVICE, 6));
    assert!(text.contains("LinkNonce(..)") && !text.contains('6'), "{text}");
}
