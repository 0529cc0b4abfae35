//! Leaves: who a device is, wherever one enters a thread (R16, R23, R24).

use colloque_schemas::certificate::Holder;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey};
use colloque_tests::rogue::credential;
use colloque_tests::world::professional;
use colloque_tests::world::{anchor_of, key};
use colloque_tests::{Plan, RawDevice, Rogue, Scene, World};
use openmls::prelude::CredentialWithKey;

fn assert_refused(scene: &mut Scene, rogue: &mut Rogue, plan: Plan, expected: &str) {
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, plan);
    scene.assert_refused(EnvelopeKind::Handshake, commit, expected);
}

/// A device of this account under another account key, which the tenant certified.
fn with_other_account_key(world: &mut World, account: AccountId, holder: &Holder) -> Rogue {
    let other = key(world.rng());
    let public = AccountKey::new(other.verifying_key().to_bytes());
    let certificate = world.certify_as(account, public, holder);
    Rogue::on(RawDevice::with_account(world, other, &certificate))
}

#[tokio::test]
async fn r16_client_refuses_an_update_of_a_leaf_to_another_identity() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    // Another account, whose authentic certificate names the same device key.
    let mut other = RawDevice::new(&mut scene.world, &professional("Dr Zoé Noir"));
    other.device_key = rogue.device.device_key.clone();
    let other = Rogue::on(other);
    let chain = other.chain_for(&mut scene.world, 80);
    let leaf = Some(credential(&chain, rogue.device.device()));
    assert_refused(&mut scene, &mut rogue, Plan { leaf, ..Plan::default() }, "R16");
    // The same account, and another device.
    let sibling = rogue.sibling(&mut scene.world);
    let leaf = Some(sibling.credential());
    let leaf_key = Some(sibling.device.device_key.clone());
    assert_refused(&mut scene, &mut rogue, Plan { leaf, leaf_key, ..Plan::default() }, "R16");
}

#[tokio::test]
async fn r23_client_refuses_a_commit_that_brings_a_leaf_whose_certificates_are_not_its_own() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let stranger = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    // The credential of an honest member, copied under a foreign key.
    let members: Vec<_> = rogue.group().members().collect();
    for member in members {
        let signature_key = stranger.credential().signature_key;
        let copied = CredentialWithKey { credential: member.credential, signature_key };
        let adds = vec![stranger.key_package_with(copied)];
        assert_refused(&mut scene, &mut rogue, Plan { adds, ..Plan::default() }, "R23");
    }
    // Its own leaf, updated to a certificate of another device.
    let own = rogue.credential().signature_key;
    let copied = CredentialWithKey { credential: stranger.credential().credential, signature_key: own };
    assert_refused(&mut scene, &mut rogue, Plan { leaf: Some(copied), ..Plan::default() }, "R23");
}

#[tokio::test]
async fn r23_client_refuses_certificates_of_another_tenant_and_expired_ones() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let mut elsewhere = World::new().await;
    elsewhere.tenant_key = key(scene.world.rng());
    let now = scene.world.clock.read();
    elsewhere.anchor = anchor_of(&elsewhere.tenant_key, now, scene.world.rng());
    let foreign = Rogue::new(&mut elsewhere, &professional("Dr Zoé Noir"));
    let adds = vec![foreign.key_package()];
    assert_refused(&mut scene, &mut rogue, Plan { adds, ..Plan::default() }, "R23");
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let short = rogue.chain_for(&mut scene.world, 3);
    let leaf = Some(credential(&short, rogue.device.device()));
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan { leaf: leaf.clone(), ..Plan::default() });
    let seq = scene.post(EnvelopeKind::Handshake, commit);
    rogue.merge(seq);
    scene.world.clock.advance(4 * 86_400);
    // Expired when it is written again, though it was good when it was written first.
    assert_refused(&mut scene, &mut rogue, Plan { leaf, ..Plan::default() }, "R23");
    let leaf = Some(credential(&rogue.chain_for(&mut scene.world, 80), rogue.device.device()));
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan { leaf: leaf.clone(), ..Plan::default() });
    let seq = scene.post(EnvelopeKind::Handshake, commit);
    rogue.merge(seq);
    scene.world.clock.advance(77 * 86_400);
    let adds = vec![colleague.key_package()];
    assert_refused(&mut scene, &mut rogue, Plan { adds, leaf, ..Plan::default() }, "R23");
}

#[tokio::test]
async fn r23_client_refuses_a_leaf_that_says_it_is_a_device_of_nobody() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let stranger = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let mut leaf = stranger.device.chain.leaf().to_vec();
    let last = leaf.len() - 1;
    leaf[last] ^= 1;
    let account = stranger.device.chain.account().to_vec();
    let forged = colloque_schemas::certificate::UnverifiedChain::new(leaf, account);
    let device: DeviceKey = stranger.device.device();
    let adds = vec![stranger.key_package_with(credential(&forged, device))];
    assert_refused(&mut scene, &mut rogue, Plan { adds, ..Plan::default() }, "R23");
}

#[tokio::test]
async fn r24_client_refuses_a_second_account_key_of_an_account_in_one_thread() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let holder = professional("Dr Ana Verne");
    let doctor = scene.doctor.account();
    for account in [doctor, rogue.account()] {
        let impostor = with_other_account_key(&mut scene.world, account, &holder);
        let adds = vec![impostor.key_package()];
        assert_refused(&mut scene, &mut rogue, Plan { adds, ..Plan::default() }, "R24");
    }
    // Two at once, of an account that is not in the thread yet.
    let first = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let second = with_other_account_key(&mut scene.world, first.account(), &professional("Dr Zoé Noir"));
    let adds = vec![first.key_package(), second.key_package()];
    assert_refused(&mut scene, &mut rogue, Plan { adds, ..Plan::default() }, "R24");
}
