//! Proposals that nobody may make (R17 to R20), and proposals outside Commits (R22).

use colloque_client_core::mls::{SUITE, group_context_extensions, join_config};
use colloque_schemas::certificate::Holder;
use colloque_schemas::envelope::EnvelopeKind;
use colloque_tests::rogue::bucket;
use colloque_tests::world::professional;
use colloque_tests::{Plan, Rogue, Scene};
use openmls::prelude::tls_codec::Serialize;
use openmls::prelude::*;
use openmls::schedule::PreSharedKeyId;

const HANDSHAKE: EnvelopeKind = EnvelopeKind::Handshake;

/// The bytes of a proposal that changes nothing (the context as it is), for others of the same length to stand in for.
fn placeholder(scene: &Scene, rogue: &mut Rogue) -> (Extensions<GroupContext>, Vec<u8>) {
    let charter = rogue.charter_in_force(&scene.world).to_bytes();
    let context = group_context_extensions(charter).unwrap();
    let written = [&7_u16.to_be_bytes()[..], &context.tls_serialize_detached().unwrap()].concat();
    (context, written)
}

/// `kind`, then one variable-length vector that fills what `ending` leaves of `length` bytes, then `ending`.
fn filled(kind: u16, length: usize, ending: &[u8]) -> Vec<u8> {
    let body = length - 4 - ending.len();
    let prefix = 0x4000 | u16::try_from(body).unwrap();
    [&kind.to_be_bytes()[..], &prefix.to_be_bytes(), &vec![0; body], ending].concat()
}

/// The rogue commits `meant` in place of the placeholder.
fn assert_forgery_refused(
    scene: &mut Scene,
    rogue: &mut Rogue,
    meant: impl Fn(usize) -> Vec<u8>,
    expected: &str,
) {
    rogue.catch_up(&scene.rig);
    let (context, written) = placeholder(scene, rogue);
    let meant = meant(written.len());
    rogue.forgery.begin(written, meant);
    let (commit, _) = rogue.commit(&scene.world, Plan { context: Some(context), ..Plan::default() });
    rogue.forgery.end();
    scene.assert_refused(HANDSHAKE, commit, expected);
}

#[tokio::test]
async fn r17_client_refuses_to_reinitialise_a_thread() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    // A ReInit: group id, version, suite, no extensions (RFC 9420 section 12.1.5).
    let suite = u16::from(SUITE).to_be_bytes();
    let ending = [&[0, 1][..], &suite, &[0]].concat();
    let re_init = |length| filled(5, length, &ending);
    assert_forgery_refused(&mut scene, &mut rogue, re_init, "R17");
}

#[tokio::test]
async fn r18_client_refuses_a_pre_shared_key() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let id = PreSharedKeyId::external(b"shared".to_vec(), vec![7; 32]);
    id.store(&rogue.provider, &[9; 32]).unwrap();
    let others = vec![Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id)))];
    let (commit, _) = rogue.commit(&scene.world, Plan { others, ..Plan::default() });
    scene.assert_refused(HANDSHAKE, commit, "R18");
}

#[tokio::test]
async fn r19_client_refuses_an_external_commit_from_a_leaked_group_info() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let info = rogue.leak_group_info();
    let built = MlsGroup::external_commit_builder()
        .with_config(join_config())
        .build_group(&colleague.provider, info, colleague.credential())
        .unwrap()
        .leaf_node_parameters(
            LeafNodeParameters::builder()
                .with_capabilities(colloque_client_core::mls::capabilities())
                .build(),
        )
        .load_psks(colleague.provider.storage())
        .unwrap()
        .build(colleague.provider.rand(), colleague.provider.crypto(), &colleague.signer, |_| true)
        .unwrap();
    let (_, bundle) = built.finalize(&colleague.provider).unwrap();
    scene.assert_refused(HANDSHAKE, bucket(bundle.commit()), "R19");
}

#[tokio::test]
async fn r19_client_refuses_a_stranger_who_proposes_itself() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let stranger = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let (id, epoch) = (rogue.group().group_id().clone(), rogue.group().epoch());
    let key_package = stranger.key_package();
    let proposal =
        JoinProposal::new::<openmls_rust_crypto::MemoryStorage>(key_package, id, epoch, &stranger.signer);
    scene.assert_refused(HANDSHAKE, bucket(&proposal.unwrap()), "R19");
}

#[tokio::test]
async fn r20_client_refuses_proposals_of_types_that_no_rule_names() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    for kind in [8, 0x0a0a, 0xf00d] {
        assert_forgery_refused(&mut scene, &mut rogue, |length| filled(kind, length, &[]), "R20");
    }
}

#[tokio::test]
async fn r20_client_refuses_a_self_remove() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    // A SelfRemove has no body: another proposal, inline as well, fills the rest.
    let self_remove = |length: usize| {
        let rest = filled(0xf00d, length - 3, &[]);
        [&10_u16.to_be_bytes()[..], &[1], &rest].concat()
    };
    assert_forgery_refused(&mut scene, &mut rogue, self_remove, "R20");
}

#[tokio::test]
async fn r22_client_refuses_a_proposal_alone_and_no_later_commit_carries_it() {
    let (mut scene, mut rogue) = Scene::with_patient_rogue().await;
    let stranger = Rogue::new(&mut scene.world, &Holder::Patient);
    let proposal = rogue.propose_add(&stranger.key_package());
    scene.assert_refused(HANDSHAKE, proposal, "R22");
    // The innocent Commit of an honest member, after that.
    let before = scene.views();
    let now = scene.world.clock.read();
    let mode = colloque_schemas::answer_mode::AnswerMode::NoReply;
    scene.doctor.client().set_mode(scene.thread, mode, now).unwrap();
    scene.settle();
    assert_eq!(scene.patient.client().thread(scene.thread).unwrap().mode, mode);
    assert_eq!(scene.views().map(|view| view.roster), before.map(|view| view.roster));
    assert!(scene.rig.inbox(stranger.device.device()).is_empty());
    scene.assert_goes_on();
}

#[tokio::test]
async fn r22_client_refuses_a_commit_that_refers_to_a_proposal_sent_before() {
    let (mut scene, mut rogue, _) = Scene::with_rogues().await;
    let colleague = Rogue::new(&mut scene.world, &professional("Dr Zoé Noir"));
    let proposal = rogue.propose_add(&colleague.key_package());
    scene.assert_refused(HANDSHAKE, proposal, "R22");
    rogue.catch_up(&scene.rig);
    let (commit, _) = rogue.commit(&scene.world, Plan { with_stored: true, ..Plan::default() });
    scene.assert_refused(HANDSHAKE, commit, "R22");
}
