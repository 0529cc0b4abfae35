//! Sign-in: only a device that holds its key, that its account lists, under a chain that this tenant's authority issued
//! and that is valid now, to this relay, on this very connection. Anything else gets one refusal and the end of it.

use colloque_schemas::certificate::{AccountCertificate, Holder, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::frame::{PublishDevices, Request, Response, SignIn};
use colloque_schemas::id::{AccountKey, DeviceKey};
use colloque_schemas::limits::{PROTOCOL_VERSION, SIGN_IN_SECONDS};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::sign_in::SignInStatement;
use colloque_schemas::signed::Statement;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::world::{RELAY_NAME, anchor_of, key, professional, serial, validity};
use colloque_tests::{RawDevice, World};

const FAILED: Refusal =
    Refusal { code: RefusalCode::SignInFailed, rule: None, retry: Retry::OnNewConnection };

fn uncertified() -> Refusal {
    Denied::from(Rule::LeavesAreCertified).into()
}

async fn doctor() -> (World, RawDevice) {
    let mut world = World::new().await;
    let doctor = RawDevice::new(&mut world, &professional("Dr Ana Verne"));
    (world, doctor)
}

/// Signs in with what the device holds, and expects this refusal, nothing stored, and no second try.
async fn is_refused(world: &mut World, device: &mut RawDevice, expected: Refusal) {
    let (challenge, binding) = device.connect(world);
    let request = device.sign_in_request(&challenge, binding);
    is_refused_for(world, device, request, expected).await;
}

async fn is_refused_for(world: &World, device: &mut RawDevice, request: Request, expected: Refusal) {
    let before = world.digest().await;
    assert_eq!(device.ask(world, request.clone()).await, Err(expected));
    assert_eq!(device.ask(world, request).await, Err(FAILED), "the nonce is spent");
    let out_of_turn = Refusal::never(RefusalCode::OutOfTurn);
    let claim = Request::ClaimKeyPackages(device.account);
    assert_eq!(device.ask(world, claim).await, Err(out_of_turn), "nobody is signed in");
    assert_eq!(world.digest().await, before);
}

/// An account certificate that another tenant of the same name issued.
fn of_another_tenant(world: &mut World, device: &RawDevice) -> Vec<u8> {
    let now = world.clock.read();
    let other_key = key(world.rng());
    let other_anchor = anchor_of(&other_key, now, world.rng());
    let subject = issue::AccountSubject {
        account: device.account,
        account_key: AccountKey::new(device.account_key.verifying_key().to_bytes()),
        holder: &professional("Dr Ana Verne"),
    };
    issue::account(&other_anchor, &other_key, subject, serial(world.rng()), validity(now, 1000)).unwrap()
}

/// A new leaf for the device, valid for these days from now on.
fn renew_leaf(world: &mut World, device: &mut RawDevice, validity: issue::Validity) {
    let now = world.clock.read();
    let account = AccountCertificate::verify(device.chain.account(), &world.anchor, now).unwrap();
    let serial = serial(world.rng());
    let leaf = issue::device(&account, &device.account_key, device.device(), serial, validity).unwrap();
    device.chain = UnverifiedChain::new(leaf, device.chain.account().to_vec());
}

#[tokio::test]
async fn a_certified_and_listed_device_signs_in_once() {
    let (mut world, mut doctor) = doctor().await;
    let (challenge, binding) = doctor.connect(&mut world);
    let request = doctor.sign_in_request(&challenge, binding);
    assert!(doctor.ask(&world, request.clone()).await.is_ok());
    let again = Err(Refusal::never(RefusalCode::OutOfTurn));
    assert_eq!(doctor.ask(&world, request).await, again, "and not twice");
}

#[tokio::test]
async fn a_chain_of_another_tenant_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let foreign = of_another_tenant(&mut world, &doctor);
    doctor.chain = UnverifiedChain::new(doctor.chain.leaf().to_vec(), foreign);
    is_refused(&mut world, &mut doctor, uncertified()).await;
}

#[tokio::test]
async fn a_chain_with_a_flipped_bit_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let good = doctor.chain.clone();
    let flipped = |certificate: &[u8]| {
        let mut certificate = certificate.to_vec();
        *certificate.last_mut().unwrap() ^= 1;
        certificate
    };
    doctor.chain = UnverifiedChain::new(flipped(good.leaf()), good.account().to_vec());
    is_refused(&mut world, &mut doctor, uncertified()).await;
    doctor.chain = UnverifiedChain::new(good.leaf().to_vec(), flipped(good.account()));
    is_refused(&mut world, &mut doctor, uncertified()).await;
}

#[tokio::test]
async fn an_account_certificate_in_place_of_the_leaf_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let account = doctor.chain.account().to_vec();
    doctor.chain = UnverifiedChain::new(account.clone(), account);
    doctor.device_key = doctor.account_key.clone();
    is_refused(&mut world, &mut doctor, uncertified()).await;
}

#[tokio::test]
async fn an_expired_chain_and_one_that_is_not_valid_yet_are_refused() {
    let (mut world, mut doctor) = doctor().await;
    let now = world.clock.read();
    let until_now = issue::Validity { not_before: now.minus(SECONDS_PER_DAY), not_after: now.minus(1) };
    renew_leaf(&mut world, &mut doctor, until_now);
    is_refused(&mut world, &mut doctor, uncertified()).await;
    let from_soon = issue::Validity { not_before: now.plus(1), not_after: now.plus(SECONDS_PER_DAY) };
    renew_leaf(&mut world, &mut doctor, from_soon);
    is_refused(&mut world, &mut doctor, uncertified()).await;
    world.clock.advance(1);
    doctor.sign_in(&mut world).await;
}

#[tokio::test]
async fn a_patients_leaf_under_a_professionals_certificate_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let patient = RawDevice::new(&mut world, &Holder::Patient);
    // The patient's own keys and list, with the role of somebody else.
    let stolen = doctor.chain.account().to_vec();
    let swapped = UnverifiedChain::new(patient.chain.leaf().to_vec(), stolen);
    doctor.chain = swapped;
    doctor.device_key = patient.device_key;
    doctor.list = patient.list;
    is_refused(&mut world, &mut doctor, uncertified()).await;
}

#[tokio::test]
async fn a_copied_chain_without_its_device_key_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    doctor.device_key = key(world.rng());
    is_refused(&mut world, &mut doctor, FAILED).await;
}

#[tokio::test]
async fn an_account_key_that_is_not_the_certified_one_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    // A leaf that says all the right things, signed by another account key.
    let impostor_key = key(world.rng());
    let now = world.clock.read();
    let public = AccountKey::new(impostor_key.verifying_key().to_bytes());
    let certificate = world.certify_as(doctor.account, public, &Holder::Patient);
    let account = AccountCertificate::verify(&certificate, &world.anchor, now).unwrap();
    let serial = serial(world.rng());
    let leaf = issue::device(&account, &impostor_key, doctor.device(), serial, validity(now, 10)).unwrap();
    doctor.chain = UnverifiedChain::new(leaf, doctor.chain.account().to_vec());
    is_refused(&mut world, &mut doctor, uncertified()).await;
}

#[tokio::test]
async fn a_sign_in_is_good_for_its_own_nonce_relay_version_and_connection_only() {
    let (mut world, mut doctor) = doctor().await;
    let (recorded, old_binding) = doctor.connect(&mut world);
    let replayed = doctor.sign_in_request(&recorded, old_binding);
    let _ = doctor.connect(&mut world);
    is_refused_for(&world, &mut doctor, replayed, FAILED).await;

    let (challenge, binding) = doctor.connect(&mut world);
    let forwarded = doctor.sign_in_request(&challenge, old_binding);
    assert_ne!(old_binding, binding);
    is_refused_for(&world, &mut doctor, forwarded, FAILED).await;

    for (relay_name, signed_version) in [("relay.elsewhere", PROTOCOL_VERSION), (RELAY_NAME, 2)] {
        let (challenge, channel_binding) = doctor.connect(&mut world);
        let statement = SignInStatement {
            relay_name: relay_name.to_owned(),
            nonce: challenge.nonce,
            version: signed_version,
            channel_binding,
        };
        let signature = statement.sign(&doctor.device_key);
        let (chain, device_list) = (doctor.chain.clone(), doctor.list.to_unverified());
        let request = Request::SignIn(SignIn { version: PROTOCOL_VERSION, chain, device_list, signature });
        is_refused_for(&world, &mut doctor, request, FAILED).await;
    }
}

#[tokio::test]
async fn another_version_is_refused_as_such() {
    let (mut world, mut doctor) = doctor().await;
    let (challenge, binding) = doctor.connect(&mut world);
    let Request::SignIn(sign_in) = doctor.sign_in_request(&challenge, binding) else { panic!() };
    let request = Request::SignIn(SignIn { version: PROTOCOL_VERSION + 1, ..sign_in });
    let refusal = Refusal::never(RefusalCode::VersionUnsupported);
    is_refused_for(&world, &mut doctor, request, refusal).await;
}

#[tokio::test]
async fn a_nonce_is_good_for_a_short_time_only() {
    let (mut world, mut doctor) = doctor().await;
    let (challenge, binding) = doctor.connect(&mut world);
    world.clock.advance(SIGN_IN_SECONDS + 1);
    let request = doctor.sign_in_request(&challenge, binding);
    is_refused_for(&world, &mut doctor, request, FAILED).await;
}

#[tokio::test]
async fn a_list_without_the_device_or_signed_by_another_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let unlisted: Refusal = Denied::from(Rule::DevicesAreListed).into();
    let other = DeviceKey::new(key(world.rng()).verifying_key().to_bytes());
    doctor.list = DeviceList::sign(doctor.account, 2, vec![other], &doctor.account_key).unwrap();
    is_refused(&mut world, &mut doctor, unlisted).await;
    let stranger = key(world.rng());
    doctor.list = DeviceList::sign(doctor.account, 2, vec![doctor.device()], &stranger).unwrap();
    is_refused(&mut world, &mut doctor, unlisted).await;
}

#[tokio::test]
async fn two_lists_of_one_number_are_refused_and_an_older_one_of_a_device_that_the_newest_leaves_out() {
    let (mut world, mut doctor) = doctor().await;
    let device = doctor.device();
    let other = DeviceKey::new(key(world.rng()).verifying_key().to_bytes());
    let (account, account_key) = (doctor.account, doctor.account_key.clone());
    let list = |number, devices| DeviceList::sign(account, number, devices, &account_key).unwrap();
    doctor.list = list(2, vec![device]);
    doctor.sign_in(&mut world).await;
    // Another list of the number that is known is a fork, not a newer list.
    doctor.list = list(2, vec![device, other]);
    is_refused(&mut world, &mut doctor, Refusal::never(RefusalCode::DeviceListStale)).await;
    doctor.list = list(2, vec![device]);
    doctor.sign_in(&mut world).await;
    let device_list = list(3, vec![other]).to_unverified();
    let published = Request::PublishDevices(PublishDevices { device_list, chains: vec![] });
    assert_eq!(doctor.ask(&world, published).await, Ok(Response::Done));
    is_refused(&mut world, &mut doctor, Denied::from(Rule::DevicesAreListed).into()).await;
}

#[tokio::test]
async fn a_sign_in_frame_that_changes_on_its_way_is_refused() {
    let (mut world, mut doctor) = doctor().await;
    let (challenge, binding) = doctor.connect(&mut world);
    let Request::SignIn(sign_in) = doctor.sign_in_request(&challenge, binding) else { panic!() };
    let mut signature = codec::encode(&sign_in.signature);
    *signature.last_mut().unwrap() ^= 1;
    let signature = codec::decode(&signature, 128).unwrap();
    let request = Request::SignIn(SignIn { signature, ..sign_in });
    is_refused_for(&world, &mut doctor, request, FAILED).await;
}
